//! Conditions that end a trade besides those it has.

use super::{Term, slot};

pub(super) static ALL: &[Term] = &[
    // Loss of trend.
    Term {
        text: "close < sma(close, exit_bars)",
        slots: &[slot("exit_bars", &[10.0, 20.0, 50.0, 100.0])],
        why: "a close below the average says that the move is over",
    },
    Term {
        text: "close < lowest(low, exit_bars)[1]",
        slots: &[slot("exit_bars", &[5.0, 10.0, 20.0, 40.0])],
        why: "a new low is how most large losses begin",
    },
    Term {
        text: "close < close[exit_lag]",
        slots: &[slot("exit_lag", &[10.0, 20.0, 40.0, 60.0])],
        why: "a position that has not risen for weeks ties up money",
    },
    Term {
        text: "ema(close, exit_fast) < ema(close, exit_slow)",
        slots: &[slot("exit_fast", &[5.0, 10.0, 20.0]), slot("exit_slow", &[30.0, 50.0, 100.0])],
        why: "crossed averages show that the trend has turned",
    },
    Term {
        text: "cross_below(macd(close, 12, 26, 9).line, macd(close, 12, 26, 9).signal)",
        slots: &[],
        why: "momentum fades before the price turns",
    },
    Term {
        text: "falling(close, falling_bars)",
        slots: &[slot("falling_bars", &[3.0, 4.0, 5.0])],
        why: "several falls in a row are the start of a decline",
    },
    Term {
        text: "close < highest(high, peak_bars) * peak_part",
        slots: &[slot("peak_bars", &[20.0, 40.0, 60.0]), slot("peak_part", &[0.85, 0.9, 0.95])],
        why: "a fall this deep from the peak is seldom recovered soon",
    },
    Term {
        text: "close < highest(high, peak_bars) - peak_atrs * atr(20)",
        slots: &[slot("peak_bars", &[20.0, 40.0, 60.0]), slot("peak_atrs", &[2.0, 3.0, 4.0])],
        why: "a fall of several average ranges from the peak is no noise",
    },
    Term {
        text: "adx(14) < trendless",
        slots: &[slot("trendless", &[12.0, 15.0, 18.0, 20.0])],
        why: "without a trend there is nothing left to hold for",
    },
    // Profit taking.
    Term {
        text: "rsi(close, hot_bars) > hot_level",
        slots: &[
            slot("hot_bars", &[2.0, 5.0, 14.0]),
            slot("hot_level", &[65.0, 70.0, 75.0, 80.0, 90.0]),
        ],
        why: "overbought prices give part of their gain back",
    },
    Term {
        text: "close > bbands(close, band_bars, 2).upper",
        slots: &[slot("band_bars", &[20.0, 30.0, 50.0])],
        why: "a price above its band has run ahead of itself",
    },
    Term {
        text: "zscore(close, z_bars) > z_exit",
        slots: &[slot("z_bars", &[20.0, 50.0, 100.0]), slot("z_exit", &[1.0, 1.5, 2.0, 2.5])],
        why: "prices stretched far above their mean fall back",
    },
    Term {
        text: "stoch(stoch_bars, 3, 3).k > stoch_exit",
        slots: &[slot("stoch_bars", &[10.0, 14.0, 20.0]), slot("stoch_exit", &[80.0, 85.0, 90.0])],
        why: "closes at the top of the range are followed by a rest",
    },
    // Nervous markets.
    Term {
        text: "natr(14) > nervous * sma(natr(14), 100)",
        slots: &[slot("nervous", &[1.25, 1.5, 2.0])],
        why: "a sudden rise in volatility comes before the worst days",
    },
    Term {
        text: "volume > climax * sma(volume, 50) and close < open",
        slots: &[slot("climax", &[2.0, 2.5, 3.0])],
        why: "heavy volume on a falling day is the large holders leaving",
    },
];
