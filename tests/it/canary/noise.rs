//! The null: a thousand random strategies on markets without a pattern.

use sprag::canary::random::Rules;
use sprag::canary::{Draws, Engine, Sample};
use sprag::market::Market;
use sprag::program::{CostSettings, Settings};

use super::markets::{Listing, SHIPPED, market};

const THOUSAND: Draws = Draws { markets: 500, strategies: 2 };

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// Three years of the shipped market, from before its youngest symbol was listed.
fn three_years() -> Market {
    let (_, market) = &*SHIPPED;
    let listed = market.symbols().iter().map(|bars| bars.time[0]).max().unwrap();
    let tick = market.timeline().partition_point(|time| *time < listed);
    let ticks = &market.timeline()[tick - 150..tick + 600];
    let symbols = market.symbols().iter().map(|bars| {
        let place = |time: i64| bars.time.partition_point(|t| *t < time);
        bars.part(place(ticks[0])..place(ticks[ticks.len() - 1]))
    });
    Market::new(symbols.collect())
}

/// Whatever the bars came from, nothing is earned before costs: the mean return is 0 within four
/// standard errors, and the squared t-statistics are 1 in the mean, as by chance.
#[track_caller]
fn earns_nothing(sample: &Sample) {
    assert_eq!(sample.findings(), Vec::<String>::new());
    assert!(sample.returns.len() == 500 && sample.trades > 100_000, "{}", sample.trades);
    let (mean, error) = mean_and_error(&sample.returns);
    assert!(mean.abs() < 4.0 * error, "{mean} ± {error}");
    // A strategy of few trades has less spread than a normal variable: somewhat less than 1 is usual.
    let (mean, error) = mean_and_error(&sample.squares);
    assert!((0.8 - 4.0 * error..1.0 + 4.0 * error).contains(&mean), "{mean} ± {error}");
}

#[test]
fn a_thousand_random_strategies_earn_nothing_on_shuffled_returns() {
    let settings = &SHIPPED.0.settings;
    let sample = Sample::draw(&Engine::OWN, settings, &three_years(), Rules::AtOpens, THOUSAND, 1);
    earns_nothing(&sample);
    // Trades of a few days pay the program's costs for nothing.
    let (mean, error) = mean_and_error(&sample.scores);
    assert!(mean < -4.0 * error, "{mean} ± {error}");
}

/// The same where symbols come late, leave early, and have days of their own.
#[test]
fn calendars_that_differ_are_no_pattern() {
    let listings = [(0, 0, 0.0), (100, 0, 0.2), (0, 150, 0.5)]
        .map(|(before, after, missing)| Listing { before, after, missing, funding: true });
    let rough = market(500, &listings, 5);
    let settings = &SHIPPED.0.settings;
    earns_nothing(&Sample::draw(&Engine::OWN, settings, &rough, Rules::AtOpens, THOUSAND, 2));
}

/// With all rules, stops and targets too, and without costs: about zero on a scale from -100 to 100, and
/// not above it.
#[test]
fn the_mean_score_of_a_thousand_random_strategies_is_about_zero() {
    let costs = CostSettings { fee_bps: 0.0, ..CostSettings::default() };
    let settings = Settings { costs, ..SHIPPED.0.settings.clone() };
    let sample = Sample::draw(&Engine::OWN, &settings, &three_years(), Rules::All, THOUSAND, 3);
    let (mean, error) = mean_and_error(&sample.returns);
    assert!(mean.abs() < 4.0 * error, "{mean} ± {error}");
    let (mean, error) = mean_and_error(&sample.scores);
    assert!((-4.0..0.0 + 2.0 * error).contains(&mean), "{mean} ± {error}");
    assert!(error < 0.5, "{error}");
}
