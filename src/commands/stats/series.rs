//! Figures of one series of returns: metrics, trades, bootstrap intervals, permutation test.

use serde_json::{Map, json};

use super::sheet::Sheet;
use super::{Failure, column, resampling};
use crate::cli::{BootstrapArgs, MetricsArgs, PermutationArgs, TradesArgs};
use crate::stats::block_length::optimal_block_length;
use crate::stats::interval::{Interval, intervals};
use crate::stats::permutation::permutation_test;
use crate::stats::returns::{self, ReturnSample};
use crate::stats::serial::Autocorrelation;
use crate::stats::trades::{self, TradeSample};
use crate::stats::{Value, mean};
use crate::table::RETURN;

/// Lags of the Ljung-Box tests that are reported.
const LJUNG_BOX_LAGS: [usize; 4] = [1, 5, 10, 20];

pub(super) fn metrics(args: &MetricsArgs) -> Result<Sheet, Failure> {
    let values = column(&args.returns, RETURN)?;
    let mut sheet = Sheet::default();
    let sample = ReturnSample::new(values.clone(), args.periods).map_err(Failure::usage)?;
    sheet.table(returns::TABLE, &sample);
    serial(&mut sheet, &values);
    Ok(sheet)
}

/// Autocorrelations, and tests of whether there are any.
fn serial(sheet: &mut Sheet, values: &[f64]) {
    match Autocorrelation::of(values, 5) {
        Ok(found) => {
            let meaning = "autocorrelation at lags 1 to 5";
            sheet.other("autocorrelation_1_5", found.rho().to_vec(), meaning);
        }
        Err(reason) => sheet.figure("autocorrelation_1_5", Err(reason), "autocorrelation"),
    }
    let mut tests = Map::new();
    for lags in LJUNG_BOX_LAGS {
        if let Ok(found) = Autocorrelation::of(values, lags) {
            let (q, p) = found.ljung_box();
            tests.insert(lags.to_string(), json!({ "stat": q, "p": p.ok() }));
        }
    }
    let p = Autocorrelation::of(values, 10).and_then(|found| found.ljung_box().1);
    sheet.figure("ljung_box_p_10", p, "p-value of no autocorrelation up to lag 10");
    sheet.json_only("ljung_box", tests);
}

pub(super) fn trades(args: &TradesArgs) -> Result<Sheet, Failure> {
    let values = column(&args.returns, RETURN)?;
    let mut sheet = Sheet::default();
    sheet.table(trades::TABLE, &TradeSample::new(values).map_err(Failure::usage)?);
    Ok(sheet)
}

pub(super) fn bootstrap(args: &BootstrapArgs) -> Result<Sheet, Failure> {
    let values = column(&args.returns, RETURN)?;
    let optimal = || optimal_block_length(&values).map(|length| length.stationary);
    let bootstrap = resampling(&args.resampling, optimal)?;
    let found = intervals(&values, &bootstrap);
    let sharpe = |of: fn(&Interval) -> f64| -> Value {
        found.as_ref().map(|found| of(&found.sharpe)).map_err(|reason| *reason)
    };
    let drawdown = |of: fn(&Interval) -> f64| -> Value {
        found.as_ref().map(|found| of(&found.max_drawdown)).map_err(|reason| *reason)
    };
    let mut sheet = Sheet::default();
    sheet.count("T", values.len() as u64, "number of returns");
    sheet.figure("block", Ok(bootstrap.mean_block()), "mean length of a block in bars");
    sheet.count("reps", args.resampling.reps as u64, "replications");
    sheet.count("seed", args.resampling.seed, "seed of the random numbers");
    sheet.figure("sr", sharpe(|i| i.observed), "Sharpe ratio per bar");
    sheet.figure("lo95", sharpe(|i| i.quantile(0.025)), "lower end of its 95 % interval");
    sheet.figure("hi95", sharpe(|i| i.quantile(0.975)), "upper end of its 95 % interval");
    sheet.figure("lo90", sharpe(|i| i.quantile(0.05)), "lower end of its 90 % interval");
    sheet.figure("hi90", sharpe(|i| i.quantile(0.95)), "upper end of its 90 % interval");
    sheet.figure("se", sharpe(|i| i.standard_error()), "its standard error");
    sheet.figure("share_le_0", sharpe(|i| i.share_at_most(0.0)), "replications at or below 0");
    sheet.figure("max_drawdown", drawdown(|i| i.observed), "maximum drawdown, positive");
    let low = drawdown(|i| i.quantile(0.025));
    sheet.figure("max_drawdown_lo95", low, "lower end of its 95 % interval");
    let high = drawdown(|i| i.quantile(0.975));
    sheet.figure("max_drawdown_hi95", high, "upper end of its 95 % interval");
    let median = drawdown(|i| i.quantile(0.5));
    sheet.figure("max_drawdown_median", median, "half of the replications fall deeper");
    let worst = drawdown(|i| i.quantile(0.95));
    sheet.figure("max_drawdown_hi90", worst, "one replication in twenty falls deeper");
    Ok(sheet)
}

pub(super) fn permutation(args: &PermutationArgs) -> Result<Sheet, Failure> {
    let positions = column(&args.returns, "position")?;
    let returns = column(&args.returns, RETURN)?;
    let found = permutation_test(&positions, &returns, args.reps, args.seed);
    let found = found.map_err(Failure::usage)?;
    let mut sheet = Sheet::default();
    sheet.count("T", returns.len() as u64, "number of returns");
    sheet.count("reps", args.reps as u64, "replications");
    sheet.count("seed", args.seed, "seed of the random numbers");
    sheet.figure("observed_mean", Ok(found.observed), "mean of position times return");
    let chance = mean(&found.permuted);
    sheet.figure(
        "permuted_mean",
        Ok(chance),
        "the same with positions in random order, on average",
    );
    sheet.count("exceed", found.exceed as u64, "replications at least as good");
    sheet.figure("p_value", Ok(found.p.plus_one), "(1 + exceed) / (1 + reps)");
    Ok(sheet)
}
