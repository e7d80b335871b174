//! Values and first defined bars against TA-Lib 0.8 and other libraries on daily bars of GOOG.

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
    ("midprice_14", "midprice(14)"),
    ("ultosc", "ultosc(7, 14, 28)"),
    ("mfi_14", "mfi(14)"),
    ("obv", "obv"),
    ("ad", "ad"),
    ("adosc_3_10", "adosc(3, 10)"),
    ("bop", "bop"),
    ("typprice", "typprice"),
];

/// The same for `more_goog.csv`, whose columns are named after the library that made them.
const MORE_CASES: [(&str, &str); 57] = [
    ("talib:STOCHRSI(c,14,5,3).k", "stochrsi(close, 14, 5, 3).k"),
    ("talib:STOCHRSI(c,14,5,3).d", "stochrsi(close, 14, 5, 3).d"),
    ("talib:STOCHRSI(c,14,14,3).k", "stochrsi(close, 14, 14, 3).k"),
    ("talib:STOCHRSI(c,14,14,3).d", "stochrsi(close, 14, 14, 3).d"),
    ("talib:CORREL(h,l,20)", "correl(high, low, 20)"),
    ("talib:CORREL(c,v,30)", "correl(close, volume, 30)"),
    ("talib:BETA(h,l,5)", "beta(rocp(low, 1), rocp(high, 1), 5)"),
    ("talib:BETA(o,c,60)", "beta(rocp(close, 1), rocp(open, 1), 60)"),
    ("talib:MIDPOINT(c,14)", "midpoint(close, 14)"),
    ("talib:MIDPRICE(26)", "midprice(26)"),
    ("talib:DX(14)", "dx(14)"),
    ("talib:ADXR(14)", "adxr(14)"),
    ("talib:PLUS_DM(14)", "plus_dm(14)"),
    ("talib:MINUS_DM(14)", "minus_dm(14)"),
    ("talib:PLUS_DM(1)", "plus_dm(1)"),
    ("talib:MINUS_DM(2)", "minus_dm(2)"),
    ("talib:ROCP(c,10)", "rocp(close, 10)"),
    ("talib:AVGPRICE", "avgprice"),
    ("talib:MEDPRICE", "medprice"),
    ("talib:TYPPRICE", "typprice"),
    ("talib:WCLPRICE", "wclprice"),
    ("talib:TSF(c,14)", "tsf(close, 14)"),
    ("talib:LINEARREG_ANGLE(c,14)", "linreg_angle(close, 14)"),
    ("talib:LINEARREG_INTERCEPT(c,14)", "linreg_intercept(close, 14)"),
    ("talib:MAXINDEX(c,20)", "argmax(close, 20)"),
    ("talib:MININDEX(l,20)", "argmin(low, 20)"),
    ("talib:TANH(c-o)", "tanh(close - open)"),
    ("pandas_ta:vortex(14).plus", "vortex(14).plus"),
    ("pandas_ta:vortex(14).minus", "vortex(14).minus"),
    ("pandas_ta:chop(14)", "choppiness(14)"),
    ("pandas_ta:cmf(20)", "cmf(20)"),
    ("pandas_ta:er(c,20)", "er(close, 20)"),
    ("pandas_ta:tsi(c,13,25)", "tsi(close, 25, 13)"),
    ("pandas_ta:pvt", "pvt"),
    ("pandas_ta:efi(c,v,13)", "force(13)"),
    ("pandas_ta:zlma(c,30)", "zlema(close, 30)"),
    ("pandas_ta:vwap", "vwap"),
    ("pandas_ta:ha.open", "heikin_ashi.open"),
    ("pandas_ta:ha.high", "heikin_ashi.high"),
    ("pandas_ta:ha.low", "heikin_ashi.low"),
    ("pandas_ta:ha.close", "heikin_ashi.close"),
    ("pandas_ta:ichimoku.9", "ichimoku.conversion"),
    ("pandas_ta:ichimoku.26", "ichimoku.base"),
    ("pandas_ta:ichimoku.a", "ichimoku.span_a[26]"),
    ("pandas_ta:ichimoku.b", "ichimoku.span_b[26]"),
    ("pandas_ta:donchian(20).lower", "donchian(20).lower"),
    ("pandas_ta:donchian(20).middle", "donchian(20).middle"),
    ("pandas_ta:donchian(20).upper", "donchian(20).upper"),
    ("scipy:skew(60)", "skew(log_return(close), 60)"),
    ("scipy:kurtosis(60)", "kurt(log_return(close), 60)"),
    ("numpy:quantile(21,0.9)", "quantile(close, 21, 0.9)"),
    ("scipy:linregress(30)", "rsquared(close, 30)"),
    ("talipp:SuperTrend(10,3)", "supertrend(10, 3).line"),
    ("talipp:SuperTrend.trend", "supertrend(10, 3).direction"),
    ("talipp:Keltner(20,10,2).ub", "keltner(close, 20, 10, 2).upper"),
    ("talipp:Keltner(20,10,2).lb", "keltner(close, 20, 10, 2).lower"),
    ("talipp:RogersSatchell(20)", "rogers_satchell(20)"),
];

/// The bar from which talipp's average true range, which is seeded one bar earlier, is the same.
const TALIPP_SETTLED: usize = 200;

#[test]
fn values_and_first_bars_are_those_of_other_libraries() {
    agree("talib_goog.csv", &CASES);
    agree("more_goog.csv", &MORE_CASES);
}

#[track_caller]
fn agree(file: &str, cases: &[(&str, &str)]) {
    let (names, columns) = table(file);
    let known: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known, "a column of {file} has no case");
    let bars = goog(columns[0].len());
    let mut wrong = Vec::new();
    for ((name, text), expected) in cases.iter().zip(&columns) {
        let found = evaluate(text, &bars);
        // Where a difference of prices comes out near zero, its digits are those of the prices.
        let floor = 1e-9 * smallest_that_counts(expected);
        let from = if name.starts_with("talipp") { TALIPP_SETTLED } else { 0 };
        for (bar, (found, expected)) in found.iter().zip(expected).enumerate().skip(from) {
            let close = (found - expected).abs() <= (1e-9 * expected.abs()).max(floor);
            let both_undefined = found.is_nan() && expected.is_nan();
            if !(close || both_undefined) {
                wrong.push(format!("{name}, bar {bar}: {text} is {found}, not {expected}"));
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

/// The first so many bars.
fn goog(len: usize) -> Bars {
    let (_, mut columns) = table("goog.csv");
    for column in &mut columns {
        column.truncate(len);
    }
    let [_, open, high, low, close, volume] = columns.try_into().unwrap();
    let time = (0..close.len() as i64).map(|day| day * 86_400_000).collect();
    Bars { symbol: "GOOG".into(), time, open, high, low, close, volume, ..Bars::default() }
}
