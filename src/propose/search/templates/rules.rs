//! Entries with the exits that belong to them, one per family of strategies.

use super::{Rule, slot};

pub(super) static ALL: &[Rule] = &[
    Rule {
        title: "average cross",
        enter: "cross_above(ema(close, fast_bars), ema(close, slow_bars))",
        exit: "cross_below(ema(close, fast_bars), ema(close, slow_bars))",
        slots: &[
            slot("fast_bars", &[5.0, 10.0, 20.0, 30.0]),
            slot("slow_bars", &[40.0, 50.0, 100.0, 150.0]),
        ],
        why: "a fast average above a slow one marks the start of a trend",
    },
    Rule {
        title: "trend following",
        enter: "ema(close, fast_bars) > ema(close, slow_bars)",
        exit: "ema(close, fast_bars) < ema(close, slow_bars)",
        slots: &[
            slot("fast_bars", &[2.0, 5.0, 10.0, 20.0, 30.0]),
            slot("slow_bars", &[20.0, 40.0, 50.0, 100.0, 150.0]),
        ],
        why: "trends last longer than chance would have it",
    },
    Rule {
        title: "price above its average",
        enter: "close > sma(close, average_bars)",
        exit: "close < sma(close, average_bars)",
        slots: &[slot("average_bars", &[10.0, 20.0, 50.0, 100.0, 150.0, 200.0])],
        why: "large losses happen below the long average",
    },
    Rule {
        title: "momentum",
        enter: "close > close[momentum_bars]",
        exit: "close < close[momentum_bars]",
        slots: &[slot("momentum_bars", &[10.0, 20.0, 40.0, 60.0, 120.0, 250.0])],
        why: "what has risen over months tends to rise on",
    },
    Rule {
        title: "channel breakout",
        enter: "close > highest(high, breakout_bars)[1]",
        exit: "close < lowest(low, exit_bars)[1]",
        slots: &[
            slot("breakout_bars", &[10.0, 20.0, 40.0, 55.0, 100.0]),
            slot("exit_bars", &[5.0, 10.0, 20.0, 30.0]),
        ],
        why: "a new high has nobody above it who waits to sell",
    },
    Rule {
        title: "volatility breakout",
        enter: "close > ema(close, band_bars) + band_atrs * atr(band_bars)",
        exit: "close < ema(close, band_bars)",
        slots: &[slot("band_bars", &[10.0, 20.0, 40.0]), slot("band_atrs", &[1.0, 1.5, 2.0, 2.5])],
        why: "a move larger than the usual range starts a new swing",
    },
    Rule {
        title: "band breakout",
        enter: "cross_above(close, bbands(close, band_bars, band_width).upper)",
        exit: "close < bbands(close, band_bars, band_width).middle",
        slots: &[slot("band_bars", &[20.0, 30.0, 50.0]), slot("band_width", &[1.0, 1.5, 2.0])],
        why: "a close outside the band shows that the range has broken",
    },
    Rule {
        title: "pullback in a trend",
        enter: "close > sma(close, trend_bars) and rsi(close, dip_bars) < dip_level",
        exit: "rsi(close, dip_bars) > 65",
        slots: &[
            slot("trend_bars", &[100.0, 150.0, 200.0]),
            slot("dip_bars", &[2.0, 3.0, 4.0]),
            slot("dip_level", &[5.0, 10.0, 15.0, 20.0, 30.0]),
        ],
        why: "short dips within a long rise are bought back within days",
    },
    Rule {
        title: "recovery in a trend",
        enter: "close > sma(close, trend_bars) and cross_above(rsi(close, 14), recovery_level)",
        exit: "close < sma(close, exit_bars)",
        slots: &[
            slot("trend_bars", &[60.0, 100.0, 200.0]),
            slot("recovery_level", &[35.0, 40.0, 45.0, 50.0]),
            slot("exit_bars", &[20.0, 50.0, 100.0]),
        ],
        why: "a turn up after a rest has the trend behind it",
    },
    Rule {
        title: "band reversion",
        enter: "close < bbands(close, band_bars, band_width).lower and close > sma(close, 200)",
        exit: "close > bbands(close, band_bars, band_width).middle",
        slots: &[slot("band_bars", &[10.0, 20.0, 30.0]), slot("band_width", &[1.5, 2.0, 2.5])],
        why: "falls out of the band come back to the middle while the trend holds",
    },
    Rule {
        title: "reversion to the mean",
        enter: "zscore(close, z_bars) < z_enter",
        exit: "zscore(close, z_bars) > 0",
        slots: &[
            slot("z_bars", &[5.0, 10.0, 20.0, 40.0]),
            slot("z_enter", &[-2.5, -2.0, -1.5, -1.0]),
        ],
        why: "prices far below their recent mean return to it",
    },
    Rule {
        title: "macd cross",
        enter: "cross_above(macd(close, 12, 26, 9).line, macd(close, 12, 26, 9).signal) and close > sma(close, trend_bars)",
        exit: "cross_below(macd(close, 12, 26, 9).line, macd(close, 12, 26, 9).signal)",
        slots: &[slot("trend_bars", &[100.0, 150.0, 200.0])],
        why: "momentum that turns up within a rise starts the next leg",
    },
    Rule {
        title: "stochastic turn",
        enter: "cross_above(stoch(14, 3, 3).k, stoch(14, 3, 3).d) and stoch(14, 3, 3).k < turn_level",
        exit: "stoch(14, 3, 3).k > 80",
        slots: &[slot("turn_level", &[20.0, 30.0, 40.0])],
        why: "a turn near the bottom of the range is the start of a swing",
    },
    Rule {
        title: "near the high",
        enter: "close > highest(high, high_bars) * 0.95",
        exit: "close < highest(high, high_bars) * exit_part",
        slots: &[slot("high_bars", &[60.0, 120.0, 250.0]), slot("exit_part", &[0.8, 0.85, 0.9])],
        why: "stocks near their high outrun those far from it",
    },
    Rule {
        title: "volume breakout",
        enter: "close > highest(close, breakout_bars)[1] and volume > volume_part * sma(volume, 50)",
        exit: "close < sma(close, exit_bars)",
        slots: &[
            slot("breakout_bars", &[20.0, 40.0, 60.0]),
            slot("volume_part", &[1.0, 1.25, 1.5]),
            slot("exit_bars", &[20.0, 30.0, 50.0]),
        ],
        why: "a breakout that many take part in fails less often",
    },
];
