//! Conditions that an entry may have to meet besides its own.

use super::{Term, slot};

/// Windows of a few weeks.
const SHORT: &[f64] = &[5.0, 10.0, 14.0, 20.0, 30.0];
/// Windows of a few months.
const MIDDLE: &[f64] = &[20.0, 40.0, 60.0, 90.0, 120.0];
/// Windows of a quarter to a year.
const LONG: &[f64] = &[60.0, 100.0, 150.0, 200.0, 250.0];

pub(super) static ALL: &[Term] = &[
    // Trend.
    Term {
        text: "close > sma(close, trend_bars)",
        slots: &[slot("trend_bars", LONG)],
        why: "rises above a long average tend to go on",
    },
    Term {
        text: "ema(close, trend_fast) > ema(close, trend_slow)",
        slots: &[slot("trend_fast", SHORT), slot("trend_slow", LONG)],
        why: "entries with the trend end better than entries against it",
    },
    Term {
        text: "sma(close, trend_bars) > sma(close, trend_bars)[20]",
        slots: &[slot("trend_bars", LONG)],
        why: "a rising average marks a trend that is still alive",
    },
    Term {
        text: "slope(log(close), slope_bars) > 0",
        slots: &[slot("slope_bars", MIDDLE)],
        why: "a fitted line that rises is less easily fooled by single bars",
    },
    Term {
        text: "adx(adx_bars) > adx_floor",
        slots: &[
            slot("adx_bars", &[10.0, 14.0, 20.0]),
            slot("adx_floor", &[15.0, 20.0, 25.0, 30.0]),
        ],
        why: "trades in a market without a trend lose on average",
    },
    Term {
        text: "aroon(aroon_bars).up > aroon(aroon_bars).down",
        slots: &[slot("aroon_bars", &[15.0, 25.0, 50.0])],
        why: "a high more recent than the low shows who is in control",
    },
    Term {
        text: "plus_di(di_bars) > minus_di(di_bars)",
        slots: &[slot("di_bars", &[10.0, 14.0, 20.0, 30.0])],
        why: "upward movement that outweighs the downward tends to persist",
    },
    // Momentum.
    Term {
        text: "close > close[momentum_bars]",
        slots: &[slot("momentum_bars", MIDDLE)],
        why: "past winners go on winning over the next weeks",
    },
    Term {
        text: "roc(close, roc_bars) > roc_floor",
        slots: &[slot("roc_bars", MIDDLE), slot("roc_floor", &[0.0, 2.0, 5.0, 10.0])],
        why: "strength over months persists, and weak rises don't pay the costs",
    },
    Term {
        text: "rsi(close, rsi_bars) > rsi_floor",
        slots: &[slot("rsi_bars", SHORT), slot("rsi_floor", &[40.0, 45.0, 50.0, 55.0])],
        why: "gains that outweigh losses show buyers in control",
    },
    Term {
        text: "macd(close, 12, 26, 9).hist > 0",
        slots: &[],
        why: "accelerating prices leave less time for a reversal",
    },
    Term {
        text: "count(close > close[1], count_bars) >= count_bars / 2",
        slots: &[slot("count_bars", &[6.0, 10.0, 20.0])],
        why: "steady rises last longer than single jumps",
    },
    // Pullback and mean reversion.
    Term {
        text: "rsi(close, dip_bars) < dip_level",
        slots: &[slot("dip_bars", &[2.0, 3.0, 5.0]), slot("dip_level", &[20.0, 30.0, 40.0, 50.0])],
        why: "buying after a short dip gets a better price for the same move",
    },
    Term {
        text: "close < sma(close, dip_bars)",
        slots: &[slot("dip_bars", &[5.0, 10.0, 20.0])],
        why: "short-term falls are partly reversed",
    },
    Term {
        text: "zscore(close, z_bars) < z_top",
        slots: &[slot("z_bars", &[10.0, 20.0, 50.0]), slot("z_top", &[-1.0, 0.0, 1.0, 1.5, 2.0])],
        why: "prices stretched far above their mean fall back first",
    },
    Term {
        text: "willr(willr_bars) < willr_top",
        slots: &[
            slot("willr_bars", &[10.0, 14.0, 20.0]),
            slot("willr_top", &[-70.0, -50.0, -30.0, -20.0]),
        ],
        why: "a close near the top of its range leaves little room",
    },
    Term {
        text: "stoch(stoch_bars, 3, 3).k < stoch_top",
        slots: &[
            slot("stoch_bars", &[10.0, 14.0, 20.0]),
            slot("stoch_top", &[30.0, 50.0, 70.0, 80.0]),
        ],
        why: "an overbought price rests before it goes on",
    },
    Term {
        text: "close < bbands(close, band_bars, 2).upper",
        slots: &[slot("band_bars", &[10.0, 20.0, 50.0])],
        why: "chasing a price outside its band buys the top of the swing",
    },
    // Place within the range.
    Term {
        text: "close > highest(high, high_bars) * high_part",
        slots: &[slot("high_bars", LONG), slot("high_part", &[0.8, 0.85, 0.9, 0.95])],
        why: "stocks near their high meet few holders waiting to get out even",
    },
    Term {
        text: "percent_rank(close, rank_bars) > rank_floor",
        slots: &[slot("rank_bars", LONG), slot("rank_floor", &[40.0, 50.0, 60.0, 75.0])],
        why: "a price high among its own past is in an upswing",
    },
    // Volatility.
    Term {
        text: "natr(natr_bars) < natr_top",
        slots: &[slot("natr_bars", &[10.0, 14.0, 20.0]), slot("natr_top", &[2.0, 3.0, 4.0, 5.0])],
        why: "signals drown in noise when ranges are wide",
    },
    Term {
        text: "natr(natr_bars) < sma(natr(natr_bars), usual_bars)",
        slots: &[slot("natr_bars", &[10.0, 14.0, 20.0]), slot("usual_bars", LONG)],
        why: "markets quieter than usual trend better than nervous ones",
    },
    Term {
        text: "percent_rank(natr(14), quiet_bars) < quiet_top",
        slots: &[
            slot("quiet_bars", &[100.0, 150.0, 200.0, 250.0]),
            slot("quiet_top", &[50.0, 65.0, 80.0, 90.0]),
        ],
        why: "the wildest days are where losses cluster",
    },
    Term {
        text: "stdev(log_return(close), vol_bars) < stdev(log_return(close), vol_usual)",
        slots: &[slot("vol_bars", &[10.0, 20.0, 30.0]), slot("vol_usual", &[100.0, 150.0, 200.0])],
        why: "returns per unit of risk are higher when volatility is falling",
    },
    Term {
        text: "trange < range_top * atr(14)",
        slots: &[slot("range_top", &[1.0, 1.25, 1.5, 2.0])],
        why: "entries after an outsized bar fill at a bad price",
    },
    // Volume.
    Term {
        text: "volume > volume_part * sma(volume, volume_bars)",
        slots: &[slot("volume_part", &[0.8, 1.0, 1.2, 1.5]), slot("volume_bars", &[20.0, 50.0])],
        why: "moves on little volume are reversed more often",
    },
    Term {
        text: "obv > sma(obv, obv_bars)",
        slots: &[slot("obv_bars", &[20.0, 50.0, 100.0])],
        why: "volume that flows in on rising days leads the price",
    },
    Term {
        text: "mfi(mfi_bars) < mfi_top",
        slots: &[slot("mfi_bars", &[10.0, 14.0, 20.0]), slot("mfi_top", &[40.0, 60.0, 80.0])],
        why: "buying is exhausted once most of the money flows in on up days",
    },
    // Calendar.
    Term {
        text: "weekday != skipped_day",
        slots: &[slot("skipped_day", &[1.0, 2.0, 3.0, 4.0, 5.0])],
        why: "the open after that day fills worse than others",
    },
    Term {
        text: "month != skipped_month",
        slots: &[slot("skipped_month", &[5.0, 6.0, 8.0, 9.0])],
        why: "that month has been a weak one for stocks",
    },
];
