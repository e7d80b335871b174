//! The best of many trials: is choosing it overfitting, is it better than the benchmark, and how
//! many trials were there really?

use std::path::Path;

use serde_json::Value as Json;

use super::sheet::Sheet;
use super::{Failure, matrix, resampling};
use crate::cli::{PboArgs, SpaArgs, TrialsArgs};
use crate::stats::block_length::optimal_block_length;
use crate::stats::effective::{Correlations, THRESHOLD, by_mean_correlation, clusters};
use crate::stats::luck::{Luck, variance_across};
use crate::stats::pbo;
use crate::stats::sharpe::{SharpeEstimate, expected_max};
use crate::stats::spa::{PValue, PValues, Spa};
use crate::stats::{Matrix, Undefined, Value, deviation, quantile, sorted};

pub(super) fn pbo(args: &PboArgs) -> Result<Sheet, Failure> {
    let (names, matrix) = matrix(&args.matrix)?;
    let found = pbo::pbo(&matrix, args.blocks).map_err(Failure::usage)?;
    let mut sheet = Sheet::default();
    sheet.count("T", matrix.bars() as u64, "bars");
    sheet.count("trials", names.len() as u64, "trials");
    sheet.count("blocks", args.blocks as u64, "blocks that the bars were cut into");
    sheet.count("dropped_bars", found.dropped_bars as u64, "oldest bars, which fill no block");
    let combinations = found.outcomes.len() as u64;
    sheet.count("combinations", combinations, "choices of half of the blocks as in-sample");
    sheet.figure(
        "pbo",
        Ok(found.pbo()),
        "the best in-sample is at or below the median out-of-sample",
    );
    sheet.figure("pbo_strict", Ok(found.pbo_strict()), "it is below the median");
    sheet.figure("logit_mean", Ok(found.logit_mean()), "mean logit of its rank out-of-sample");
    sheet.figure("logit_sd", Ok(found.logit_sd()), "standard deviation of the logits");
    sheet.figure("prob_oos_loss", Ok(found.prob_oos_loss()), "it loses money out-of-sample");
    sheet.figure("mean_is", Ok(found.mean_in_sample()), "its mean Sharpe ratio per bar in-sample");
    sheet.figure("mean_oos", Ok(found.mean_out_of_sample()), "and out-of-sample");
    let line = found.degradation();
    let slope = line.map(|(slope, _)| slope);
    sheet.figure("degradation_slope", slope, "out-of-sample on in-sample Sharpe ratio");
    let intercept = line.map(|(_, intercept)| intercept);
    sheet.figure("degradation_intercept", intercept, "of the same line");
    sheet.note(
        "0 is a true edge, 0.5 what noise gives on average, 1 a search whose every gain in one half \
         is a loss in the other.",
    );
    Ok(sheet)
}

pub(super) fn spa(args: &SpaArgs) -> Result<Sheet, Failure> {
    let (names, d) = differences(&args.matrix, args.benchmark.as_deref())?;
    let bootstrap = resampling(&args.resampling, || median_block(&d))?;
    let spa = Spa::new(&d, &bootstrap).map_err(Failure::usage)?;
    let (raw, studentised) = (spa.raw(), spa.studentised());
    let mut sheet = Sheet::default();
    sheet.count("T", d.bars() as u64, "bars");
    sheet.count("trials", names.len() as u64, "trials");
    sheet.figure("block", Ok(bootstrap.mean_block()), "mean length of a block in bars");
    sheet.count("reps", args.resampling.reps as u64, "replications");
    sheet.count("seed", args.resampling.seed, "seed of the random numbers");
    sheet.other("best", names[spa.best()].clone(), "the trial with the highest mean");
    let statistic = spa.reality_check_statistic();
    sheet.figure("reality_check_stat", Ok(statistic), "√T times that mean");
    sheet.figure("spa_stat", spa.statistic(), "largest √T mean over its long-run deviation");
    p_value(&mut sheet, "reality_check", Ok(raw.upper), "White: no trial beats the benchmark");
    let of = |of: fn(PValues) -> PValue| studentised.map(of);
    p_value(&mut sheet, "spa_lower", of(|p| p.lower), "Hansen, without bad trials: liberal");
    let consistent = of(|p| p.consistent);
    p_value(&mut sheet, "spa_consistent", consistent, "Hansen, without clearly bad ones: use it");
    p_value(&mut sheet, "spa_upper", of(|p| p.upper), "Hansen, with every trial: conservative");
    for (key, p) in [("lower", raw.lower), ("consistent", raw.consistent), ("upper", raw.upper)] {
        sheet.figure_in_json(format!("spa_{key}_raw"), Ok(p.share));
        sheet.figure_in_json(format!("spa_{key}_raw_plus1"), Ok(p.plus_one));
    }
    sheet.figure("alpha", Ok(args.alpha), "probability that any of the following isn't superior");
    match spa.superior(args.alpha) {
        Ok(found) => {
            let names: Vec<Json> = found.iter().map(|trial| names[*trial].clone().into()).collect();
            sheet.other("superior", names, "better than the benchmark (Romano and Wolf)");
        }
        Err(reason) => sheet.figure("superior", Err(reason), "better than the benchmark"),
    }
    Ok(sheet)
}

/// A p-value in both spellings; people see the one that should be reported.
fn p_value(sheet: &mut Sheet, key: &str, found: Result<PValue, Undefined>, meaning: &'static str) {
    sheet.figure_in_json(key, found.map(|p| p.share));
    sheet.figure(format!("{key}_plus1"), found.map(|p| p.plus_one), meaning);
}

/// The trials of a matrix minus its benchmark.
fn differences(path: &Path, benchmark: Option<&str>) -> Result<(Vec<String>, Matrix), Failure> {
    let (mut names, matrix) = matrix(path)?;
    let Some(benchmark) = benchmark else { return Ok((names, matrix)) };
    let Some(at) = names.iter().position(|name| name == benchmark) else {
        let file = path.display();
        return Err(Failure::usage(format!(
            "{file}:1: no column `{benchmark}`; it has {}",
            names.join(", ")
        )));
    };
    if names.len() == 1 {
        return Err(Failure::usage(format!("{}: no trial beside `{benchmark}`", path.display())));
    }
    names.remove(at);
    let mut values = Vec::with_capacity(names.len() * matrix.bars());
    for row in matrix.rows() {
        let others = row.iter().enumerate().filter(|(trial, _)| *trial != at);
        values.extend(others.map(|(_, value)| value - row[at]));
    }
    Ok((names.clone(), Matrix::from_rows(names.len(), values).map_err(Failure::usage)?))
}

/// The median over trials of the block length that suits each.
fn median_block(d: &Matrix) -> Value {
    let lengths: Vec<f64> = (0..d.trials())
        .filter_map(|trial| optimal_block_length(&d.column(trial)).ok())
        .map(|length| length.stationary)
        .collect();
    match lengths.is_empty() {
        true => Err(Undefined("fewer than 20 bars, or no trial that varies")),
        false => Ok(quantile(&sorted(&lengths), 0.5)),
    }
}

pub(super) fn trials(args: &TrialsArgs) -> Result<Sheet, Failure> {
    let (names, matrix) = matrix(&args.matrix)?;
    let correlations = Correlations::of(&matrix).map_err(Failure::usage)?;
    let (bars, count) = (matrix.bars(), names.len() as u64);
    let estimates: Vec<(usize, SharpeEstimate)> = (0..names.len())
        .filter_map(|trial| Some((trial, SharpeEstimate::of(&matrix.column(trial)).ok()?)))
        .collect();
    let sharpes: Vec<f64> = estimates.iter().map(|(_, estimate)| estimate.sr).collect();
    let best = estimates.iter().rev().max_by(|a, b| a.1.sr.total_cmp(&b.1.sr));
    let best = best.ok_or(Undefined("no trial's returns vary"));
    let variance = variance_across(&sharpes, bars);
    let mean_correlation = correlations.mean();
    let groups = clusters(correlations, args.threshold.unwrap_or(THRESHOLD));

    let mut sheet = Sheet::default();
    sheet.count("trials", count, "trials, all of them");
    sheet.count("T", bars as u64, "bars");
    let members = grouped(&names, &groups);
    sheet.count("n_eff_clusters", members.len() as u64, "groups of trials with like returns");
    let n_eff = by_mean_correlation(mean_correlation, count);
    sheet.figure("n_eff_mean_correlation", Ok(n_eff), "ρ + (1 - ρ) N, which is cautious");
    sheet.figure("mean_correlation", Ok(mean_correlation), "mean correlation ρ between two trials");
    let spread = if sharpes.len() < 2 {
        Err(Undefined("fewer than two trials whose returns vary"))
    } else {
        Ok(deviation(&sharpes) * deviation(&sharpes))
    };
    sheet.figure("var_sr", spread, "variance of the Sharpe ratios per bar across trials");
    sheet.figure("trials_variance", Ok(variance), "the same, but at least 1/T: what is used below");
    let best_name = best.map_or(Json::Null, |(trial, _)| names[*trial].clone().into());
    sheet.other("best", best_name, "the trial with the highest Sharpe ratio");
    sheet.figure("sr_best", best.map(|(_, e)| e.sr), "its Sharpe ratio per bar");
    let annual = best.map(|(_, e)| e.sr * args.periods.sqrt());
    sheet.figure("sr_best_annual", annual, "annualised by the root of time");
    let luck = expected_max(count, variance);
    sheet.figure("sr0", Ok(luck), "Sharpe ratio per bar that the best would show by luck");
    let dsr = best.and_then(|(_, estimate)| estimate.dsr(count, variance));
    sheet.figure("dsr", dsr, "probability that the best one's true ratio is above sr0");
    sheet.json_only("clusters", members);
    sheet.luck(&Luck::of(count, bars, variance, args.periods));
    Ok(sheet)
}

/// The names in each group.
fn grouped(names: &[String], groups: &[usize]) -> Vec<Vec<String>> {
    let mut members: Vec<Vec<String>> = Vec::new();
    for (name, &group) in names.iter().zip(groups) {
        // Groups are numbered in the order in which they first appear.
        if group == members.len() {
            members.push(Vec::new());
        }
        members[group].push(name.clone());
    }
    members
}
