//! Values and first defined bars against TA-Lib 0.8 on 2,148 daily bars of GOOG.

use sprag::market::Bars;

use super::harness::evaluate;

/// Columns of `talib_goog.csv` (rounded to 12 digits) and the expression that says the same.
const CASES: [(&str, &str); 52] = [
    ("sma_20", "sma(close, 20)"),
    ("ema_20", "ema(close, 20)"),
    ("wma_20", "wma(close, 20)"),
    ("dema_20", "dema(close, 20)"),
    ("tema_20", "tema(close, 20)"),
    ("trima_20", "trima(close, 20)"),
    ("kama_20", "kama(close, 20)"),
    ("t3_5", "t3(close, 5, 0.7)"),
    ("rsi_14", "rsi(close, 14)"),
    ("macd_12_26_9_line", "macd(close, 12, 26, 9).line"),
    ("macd_12_26_9_signal", "macd(close, 12, 26, 9).signal"),
    ("macd_12_26_9_hist", "macd(close, 12, 26, 9).hist"),
    ("bbands_20_2_upper", "bbands(close, 20, 2).upper"),
    ("bbands_20_2_middle", "bbands(close, 20, 2).middle"),
    ("bbands_20_2_lower", "bbands(close, 20, 2).lower"),
    ("stddev_20", "stdev(close, 20)"),
    ("var_20", "var(close, 20)"),
    ("roc_10", "roc(close, 10)"),
    ("mom_10", "mom(close, 10)"),
    ("cmo_14", "cmo(close, 14)"),
    ("ppo_12_26", "ppo(close, 12, 26)"),
    ("apo_12_26", "apo(close, 12, 26)"),
    ("trix_15", "trix(close, 15)"),
    ("linreg_14", "linreg(close, 14)"),
    ("linreg_slope_14", "slope(close, 14)"),
    ("max_20_close", "highest(close, 20)"),
    ("min_20_close", "lowest(close, 20)"),
    ("max_55_high", "highest(high, 55)"),
    ("min_55_low", "lowest(low, 55)"),
    ("trange", "trange"),
    ("atr_14", "atr(14)"),
    ("natr_14", "natr(14)"),
    ("adx_14", "adx(14)"),
    ("plus_di_14", "plus_di(14)"),
    ("minus_di_14", "minus_di(14)"),
    ("cci_20", "cci(20)"),
    ("willr_14", "willr(14)"),
    ("stoch_14_3_3_k", "stoch(14, 3, 3).k"),
    ("stoch_14_3_3_d", "stoch(14, 3, 3).d"),
    ("stochf_14_3_k", "stoch(14, 1, 3).k"),
    ("stochf_14_3_d", "stoch(14, 1, 3).d"),
    ("aroon_25_down", "aroon(25).down"),
    ("aroon_25_up", "aroon(25).up"),
    ("sar", "sar(0.02, 0.2)"),
    ("midprice_14", "(highest(high, 14) + lowest(low, 14)) / 2"),
    ("ultosc", "ultosc(7, 14, 28)"),
    ("mfi_14", "mfi(14)"),
    ("obv", "obv"),
    ("ad", "ad"),
    ("adosc_3_10", "adosc(3, 10)"),
    ("bop", "bop"),
    ("typprice", "(high + low + close) / 3"),
];

#[test]
fn values_and_first_bars_are_those_of_talib() {
    let bars = goog();
    let (names, columns) = talib();
    assert_eq!(names, CASES.map(|(name, _)| name), "a column of the oracle has no case");
    let mut wrong = Vec::new();
    for ((name, text), expected) in CASES.iter().zip(&columns) {
        let found = evaluate(text, &bars);
        // Where a difference of prices comes out near zero, its digits are those of the prices.
        let floor = 1e-9 * smallest_that_counts(expected);
        for (bar, (found, expected)) in found.iter().zip(expected).enumerate() {
            let close = (found - expected).abs() <= (1e-9 * expected.abs()).max(floor);
            let both_undefined = found.is_nan() && expected.is_nan();
            if !(close || both_undefined) {
                wrong.push(format!("{name}, bar {bar}: {text} is {found}, TA-Lib {expected}"));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A thousandth of the typical magnitude.
fn smallest_that_counts(column: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = column.iter().filter(|x| !x.is_nan()).map(|x| x.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    sizes[sizes.len() / 2] * 1e-3
}

fn table(name: &str) -> (Vec<String>, Vec<Vec<f64>>) {
    let path = format!("{}/tests/data/expr/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let mut columns = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, field) in columns.iter_mut().zip(record.unwrap().iter()) {
            column.push(field.parse().unwrap_or(f64::NAN));
        }
    }
    (names, columns)
}

fn talib() -> (Vec<String>, Vec<Vec<f64>>) {
    table("talib_goog.csv")
}

fn goog() -> Bars {
    let (_, columns) = table("goog.csv");
    let [_, open, high, low, close, volume] = columns.try_into().unwrap();
    let time = (0..close.len() as i64).map(|day| day * 86_400_000).collect();
    Bars { symbol: "GOOG".into(), time, open, high, low, close, volume, ..Bars::default() }
}
