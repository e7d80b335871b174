//! Is a Sharpe ratio evidence, and what do many p-values say together?

use serde_json::json;

use super::sheet::Sheet;
use super::{Failure, column};
use crate::cli::{AdjustArgs, SharpeArgs};
use crate::stats::luck::Luck;
use crate::stats::multiple::Adjustment;
use crate::stats::sharpe::{
    SharpeEstimate, expected_max, expected_max_z, min_backtest_years, min_backtest_years_bound,
};
use crate::stats::{Undefined, Value};
use crate::table::RETURN;

pub(super) fn sharpe(args: &SharpeArgs) -> Result<Sheet, Failure> {
    let (n, estimate) = estimate(args)?;
    let of = |figure: &dyn Fn(SharpeEstimate) -> Value| estimate.and_then(figure);
    let mut sheet = Sheet::default();
    sheet.figure("sr", of(&|e| Ok(e.sr)), "Sharpe ratio per observation");
    sheet.count("n", n as u64, "number of observations");
    sheet.figure("skew", of(&|e| Ok(e.skew)), "biased skew g1");
    sheet.figure("kurt", of(&|e| Ok(e.kurtosis)), "biased raw kurtosis: 3 for a normal");
    let annual = of(&|e| Ok(e.sr * args.periods.sqrt()));
    sheet.figure("sr_annual", annual, "annualised by the root of time");
    sheet.figure("benchmark", Ok(args.benchmark), "Sharpe ratio per observation to be above");
    let psr = of(&|e| e.psr(args.benchmark));
    sheet.figure("psr", psr, "probability that the true one is above the benchmark");
    let length = of(&|e| e.min_track_record(args.benchmark, args.alpha));
    sheet.figure("min_trl", length, "observations from which on PSR exceeds 1 - alpha");
    let years = length.map(|length| length / args.periods);
    sheet.figure("min_trl_years", years, "the same in years");
    if let Some(trials) = args.trials {
        deflate(&mut sheet, args, trials, n, estimate);
    }
    Ok(sheet)
}

/// What the number of trials does to it.
fn deflate(
    sheet: &mut Sheet,
    args: &SharpeArgs,
    trials: u64,
    n: usize,
    estimate: Result<SharpeEstimate, Undefined>,
) {
    let variance = args.trials_variance.unwrap_or(1.0 / n as f64);
    sheet.count("trials", trials, "trials from which the best was chosen");
    sheet.figure("trials_variance", Ok(variance), "variance of their Sharpe ratios");
    let z = expected_max_z(trials);
    sheet.figure("expected_max_z", Ok(z), "expected best of so many standard normals");
    let benchmark = expected_max(trials, variance);
    sheet.figure("sr0", Ok(benchmark), "Sharpe ratio that the best would show by luck");
    let dsr = estimate.and_then(|estimate| estimate.dsr(trials, variance));
    sheet.figure("dsr", dsr, "probability that the true one is above sr0");
    if let Some(target) = args.target_sr_annual {
        let years = min_backtest_years(trials, target);
        sheet.figure("min_btl_years", years, "backtest that keeps luck below the target");
        let bound = min_backtest_years_bound(trials, target);
        sheet.figure("min_btl_upper_bound_years", bound, "its simple upper bound");
    }
    sheet.luck(&Luck::of(trials, n, variance, args.periods));
}

fn estimate(args: &SharpeArgs) -> Result<(usize, Result<SharpeEstimate, Undefined>), Failure> {
    if let Some(moments) = args.moments {
        let estimate = SharpeEstimate {
            sr: moments.sr,
            n: moments.n,
            skew: moments.skew,
            kurtosis: moments.kurt,
        };
        return Ok((moments.n, Ok(estimate)));
    }
    // The command line asks for one or the other.
    let Some(path) = &args.returns else {
        return Err(Failure::usage("give --returns or --moments"));
    };
    let returns = column(path, RETURN)?;
    Ok((returns.len(), SharpeEstimate::of(&returns)))
}

pub(super) fn adjust(args: &AdjustArgs) -> Sheet {
    let mut sheet = Sheet::default();
    sheet.other("p_values", args.p_values.clone(), "as given");
    sheet.figure("alpha", Ok(args.alpha), "adjusted values up to this are rejections");
    for (name, adjustment) in Adjustment::ALL {
        let adjusted = adjustment.adjust(&args.p_values);
        let reject: Vec<bool> = adjusted.iter().map(|p| *p <= args.alpha).collect();
        sheet.text_only(name, adjusted.clone(), adjustment.meaning());
        sheet.json_only(name, json!({ "adjusted": adjusted, "reject": reject }));
    }
    sheet
}
