//! What other languages call things. Nothing here knows whether a name is known.

/// Names from other languages and libraries, and how the same is written here.
const ELSEWHERE: [(&str, &str); 97] = [
    ("accdist", "ad"),
    ("ao", "sma(medprice, 5) - sma(medprice, 34)"),
    ("aroonosc", "aroon(n).up - aroon(n).down"),
    ("autocorr", "correl(x, x[k], n)"),
    ("average", "sma"),
    ("avg", "sma"),
    ("barssince", "bars_since"),
    ("bb", "bbands"),
    ("bollinger", "bbands"),
    ("ceiling", "ceil"),
    ("change", "mom"),
    ("chop", "choppiness"),
    ("clip", "clamp"),
    ("corr", "correl"),
    ("correlation", "correl"),
    ("cross", "cross_above(a, b) or cross_below(a, b)"),
    ("crossover", "cross_above"),
    ("crossunder", "cross_below"),
    ("dayofmonth", "day"),
    ("dayofweek", "weekday"),
    ("dc", "donchian"),
    ("decay_linear", "wma"),
    ("delay", "x[n]"),
    ("delta", "mom"),
    ("diff", "mom"),
    ("dmi", "adx"),
    ("efficiency_ratio", "er"),
    ("efi", "force"),
    ("ewm", "ema"),
    ("ha", "heikin_ashi"),
    ("heikinashi", "heikin_ashi"),
    ("hhv", "highest"),
    ("highestbars", "argmax"),
    ("hl2", "medprice"),
    ("hlc3", "typprice"),
    ("hlcc4", "wclprice"),
    ("idxmax", "argmax"),
    ("idxmin", "argmin"),
    ("iff", "if"),
    ("kc", "keltner"),
    ("kijun", "ichimoku"),
    ("kurtosis", "kurt"),
    ("lag", "x[n]"),
    ("linearreg", "linreg"),
    ("linearreg_angle", "linreg_angle"),
    ("linearreg_intercept", "linreg_intercept"),
    ("linearreg_slope", "slope"),
    ("llv", "lowest"),
    ("ln", "log"),
    ("log10", "log(x) / log(10)"),
    ("lowestbars", "argmin"),
    ("ma", "sma"),
    ("maxindex", "argmax"),
    ("mean", "sma"),
    ("minindex", "argmin"),
    ("momentum", "mom"),
    ("ohlc4", "avgprice"),
    ("pct_change", "rocp"),
    ("percentile", "quantile"),
    ("percentrank", "percent_rank"),
    ("prev", "x[n]"),
    ("previous", "x[n]"),
    ("price_volume_trend", "pvt"),
    ("psar", "sar"),
    ("pvo", "ppo(volume, 12, 26)"),
    ("r2", "rsquared"),
    ("r_squared", "rsquared"),
    ("ref", "x[n]"),
    ("rocr", "x / x[n]"),
    ("rogerssatchell", "rogers_satchell"),
    ("shift", "x[n]"),
    ("skewness", "skew"),
    ("smma", "rma"),
    ("std", "stdev"),
    ("stddev", "stdev"),
    ("stoch_rsi", "stochrsi"),
    ("stochf", "stoch(n, 1, d)"),
    ("tenkan", "ichimoku"),
    ("time", "hour"),
    ("tr", "trange"),
    ("true_range", "trange"),
    ("ts_argmax", "argmax"),
    ("ts_argmin", "argmin"),
    ("ts_max", "highest"),
    ("ts_mean", "sma"),
    ("ts_min", "lowest"),
    ("ts_rank", "percent_rank"),
    ("ts_sum", "sum"),
    ("typical_price", "typprice"),
    ("uo", "ultosc"),
    ("value_when", "valuewhen"),
    ("variance", "var"),
    ("vi", "vortex"),
    ("where", "if"),
    ("williams_r", "willr"),
    ("wpr", "willr"),
    ("zlma", "zlema"),
];

/// How what other languages call `name` is written here.
pub(super) fn known_elsewhere_as(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    ELSEWHERE.iter().find(|(known, _)| *known == name).map(|(_, here)| *here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Graph, Scope, functions, lower, parse};

    #[test]
    fn what_is_advised_exists_and_what_is_foreign_does_not() {
        let mut scope = Scope::default();
        for name in ["x", "a", "b"] {
            scope.binding(name, parse("close").unwrap());
        }
        for name in ["n", "k", "d"] {
            scope.param(name, 5.0);
        }
        for (foreign, here) in ELSEWHERE {
            assert!(functions::find(foreign).is_none(), "{foreign} is a function here");
            let known = functions::find(here).is_some()
                || lower(&parse(here).unwrap(), &scope, &mut Graph::default()).is_ok();
            assert!(known, "{foreign}: {here}");
        }
        assert!(ELSEWHERE.is_sorted());
    }
}
