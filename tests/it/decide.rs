//! Gates: what each measures, held to figures that are computed here in another way, and that its limit is a limit.

use sprag::backtest::{Backtest, Span};
use sprag::check::{self, Candidate};
use sprag::decide::{Case, Decision, Incumbent, TABLE, baseline_gates, decide};
use sprag::evaluation::{Arena, Evaluation};
use sprag::market::{Bars, Market};
use sprag::program::Program;
use sprag::state::{GateOutcome, Verdict};
use sprag::strategy::neighbours;

const DAY: i64 = 86_400_000;

/// A wave on a slow rise, a small one on top, and another symbol out of step with it.
fn market() -> Market {
    let symbol = |name: &str, shift: f64| {
        let mut bars = Bars { symbol: name.into(), ..Bars::default() };
        for i in 0..1_400 {
            let x = i as f64 + shift;
            let close = (100.0 + 10.0 * (x / 7.0).sin() + 2.0 * (x * 1.7).sin()) * (x / 4e3).exp();
            bars.time.push(i * DAY);
            bars.open.push(close * 0.999);
            bars.high.push(close * 1.01);
            bars.low.push(close * 0.985);
            bars.close.push(close);
            bars.volume.push(1_000.0);
        }
        bars
    };
    Market::new(vec![symbol("A", 0.0), symbol("B", 11.0)])
}

const RULES: &str = "[params]\nn = { value = 6, min = 3, max = 30 }\n\
    [long]\nenter = 'close > sma(close, n) * 0.998'\nexit = 'close < sma(close, n)'\n\
    [risk]\nstop_loss = '3 * atr(5)'\ntake_profit = '25%'\n";

struct Bench {
    program: Program,
    market: Market,
}

impl Bench {
    /// All limits as low as they go, but for these settings.
    fn with(settings: &[&str]) -> Self {
        let open = [
            "gates.min_delta=0",
            "gates.min_trades=0",
            "gates.min_trades_per_fold=0",
            "gates.max_drawdown=1",
            "gates.complexity=0",
            "gates.benchmark=false",
            "gates.cost_stress=0",
            "gates.plateau=0",
            "costs.slippage_bps=2",
            "costs.fee_fixed=0.01",
        ];
        let mut program = Program::default();
        program.set_all(open).unwrap();
        program.set_all(settings.iter().copied()).unwrap();
        Self { program, market: market() }
    }

    fn arena(&self) -> Arena<'_> {
        Arena::new(&self.program, &self.market).unwrap()
    }

    fn evaluate(&self, rules: &str) -> Evaluation {
        let arena = self.arena();
        arena.score(arena.backtest(&candidate(rules).compiled)).unwrap()
    }

    fn decide(&self, rules: &str, incumbent: Option<Incumbent>) -> Decision {
        let (arena, candidate) = (self.arena(), candidate(rules));
        let evaluation = arena.score(arena.backtest(&candidate.compiled)).unwrap();
        let subject = (&candidate.strategy, &candidate.compiled);
        decide(Case::new(&arena, subject, &evaluation, incumbent))
    }

    fn gate(&self, id: &str, incumbent: Option<Incumbent>) -> GateOutcome {
        let decision = self.decide(RULES, incumbent);
        let gate = decision.gates.iter().find(|gate| gate.id == id);
        gate.unwrap_or_else(|| panic!("{id} was not asked: {:?}", decision.gates)).clone()
    }
}

fn candidate(rules: &str) -> Candidate {
    check::read("strategy.toml", rules).unwrap_or_else(|flaw| panic!("{flaw}"))
}

fn close(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} != {expected}");
}

/// Each gate, open by the others' settings: with its limit just within the measured value it passes, just beyond it
/// fails, and says so.
#[test]
fn a_limit_is_a_limit() {
    let incumbent = Some(Incumbent {
        score: 1.0,
        sharpe: Some(0.5),
        nodes: candidate(RULES).compiled.nodes - 4,
    });
    let score = Bench::with(&[]).evaluate(RULES).score.value;
    type LimitOf = fn(f64) -> f64;
    let rows: [(&str, &str, LimitOf); 5] = [
        ("score_margin", "gates.min_delta", |value| value - 1.0),
        ("min_trades", "gates.min_trades", |value| value),
        ("min_trades_per_fold", "gates.min_trades_per_fold", |value| value),
        ("max_drawdown", "gates.max_drawdown", |value| value),
        ("complexity", "gates.complexity", |value| value / 4.0),
    ];
    for (id, setting, limit_of) in rows {
        let measured =
            Bench::with(&["gates.complexity=0.000001"]).gate(id, incumbent).value.unwrap();
        let limit = limit_of(measured);
        let whole = setting.contains("min_trades");
        let (more, less) =
            if whole { (limit + 1.0, limit) } else { (limit * 1.000_001, limit * 0.999_999) };
        let verdict = |limit: f64| {
            let gate = Bench::with(&[&format!("{setting}={limit}")]).gate(id, incumbent);
            assert_eq!(gate.value, Some(measured), "{id}");
            gate.pass
        };
        let is_ceiling = id == "max_drawdown";
        assert_eq!((verdict(less), verdict(more)), (!is_ceiling, is_ceiling), "{id} at {limit}");
    }
    assert!(score > 5.0, "the strategy of this test scores {score}");
}

#[test]
fn every_gate_is_asked_of_a_candidate_that_passes_and_only_then_the_costly_ones() {
    let all = [
        "gates.benchmark=true",
        "gates.cost_stress=2",
        "gates.plateau=0.1",
        "gates.complexity=0.01",
    ];
    let poor = Incumbent { score: 0.0, sharpe: None, nodes: 5 };
    let incumbent = Some(poor);
    let asked = |decision: &Decision| -> Vec<String> {
        decision.gates.iter().map(|gate| gate.id.clone()).collect()
    };
    let decision = Bench::with(&all).decide(RULES, incumbent);
    assert_eq!(decision.verdict, Verdict::Accepted, "{:?}", decision.gates);
    assert_eq!(decision.reason, "better by the margin, and every gate passed");
    assert_eq!(asked(&decision), TABLE.iter().map(|gate| gate.id).collect::<Vec<_>>());
    assert_eq!(decision.neighbours.len(), 8);

    let decision =
        Bench::with(&[&all[..], &["gates.min_trades=100000"]].concat()).decide(RULES, incumbent);
    assert_eq!(decision.verdict, Verdict::Rejected);
    assert_eq!(decision.reason, "a better score, but it fails min_trades");
    assert_eq!(asked(&decision), TABLE[..6].iter().map(|gate| gate.id).collect::<Vec<_>>());
    assert!(decision.neighbours.is_empty(), "nobody asked for them");

    let better = Some(Incumbent { score: 99.0, ..poor });
    let decision = Bench::with(&all).decide(RULES, better);
    assert_eq!(decision.reason, "no better than the incumbent by the margin");

    let never = RULES.replace("close > sma", "close > 1e9 * sma");
    let decision = Bench::with(&all).decide(&never, None);
    assert_eq!(decision.reason, "no trades out-of-sample");
}

/// Buy-and-hold of two symbols, by hand: half the cash each, bought at the second open of the fold, held to its end.
#[test]
fn the_benchmark_is_what_buying_and_waiting_brings() {
    let bench = Bench::with(&["costs.fee_fixed=0", "backtest.close_at_end=false"]);
    let arena = bench.arena();
    let benchmark = arena.benchmark().unwrap();
    let costs = &bench.program.settings.costs;
    let (fee, slippage) = (costs.fee_bps / 1e4, costs.slippage_bps / 1e4);
    let mut returns = Vec::new();
    for run in benchmark.backtest.span(Span::OutOfSample) {
        let ticks = run.fold.ticks.clone();
        let worth = |tick: usize| -> f64 {
            let half = |bars: &Bars| {
                let price = bars.open[ticks.start + 1] * (1.0 + slippage);
                0.5 / (price * (1.0 + fee)) * bars.close[tick]
            };
            bench.market.symbols().iter().map(half).sum()
        };
        let mut last = 1.0;
        for tick in ticks.clone().skip(1) {
            returns.push(worth(tick) / last - 1.0);
            last = worth(tick);
        }
    }
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let variance =
        returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (returns.len() - 1) as f64;
    let sharpe = mean / variance.sqrt() * benchmark.backtest.bars_per_year.sqrt();
    let found = benchmark.out_of_sample.get("sharpe").get().unwrap();
    assert!((found - sharpe).abs() < 1e-9 * sharpe.abs(), "{found} != {sharpe}");
}

#[test]
fn a_search_may_climb_up_to_the_benchmark_and_not_fall_back_behind_it() {
    let bench = Bench::with(&["gates.benchmark=true"]);
    let market = bench.arena().benchmark().unwrap().out_of_sample.get("sharpe").get().unwrap();
    let own = bench.evaluate(RULES).out_of_sample.get("sharpe").get();
    let limit = |sharpe: Option<f64>| {
        let incumbent = Incumbent { score: 0.0, sharpe, nodes: 100 };
        let gate = bench.gate("benchmark", Some(incumbent));
        assert_eq!((gate.value, gate.pass), (own, own > gate.limit));
        gate.limit.unwrap()
    };
    close(Some(limit(Some(market + 0.3))), market);
    close(Some(limit(Some(market - 0.3))), market - 0.3);
    close(Some(limit(None)), market);
    close(bench.gate("benchmark", None).limit, market);
}

#[test]
fn cost_stress_is_the_return_of_a_program_with_higher_costs() {
    let gate = Bench::with(&["gates.cost_stress=3"]).gate("cost_stress", None);
    let dear = ["costs.fee_bps=15", "costs.slippage_bps=6", "costs.fee_fixed=0.03"];
    let evaluation = Bench::with(&dear).evaluate(RULES);
    close(gate.value, evaluation.out_of_sample.get("total_return").get().unwrap());
    assert_eq!((gate.limit, gate.pass), (Some(0.0), gate.value > Some(0.0)));
}

#[test]
fn the_plateau_is_the_median_neighbour() {
    let bench = Bench::with(&["gates.plateau=0.25"]);
    let decision = bench.decide(RULES, None);
    let gate = decision.gates.last().unwrap();
    assert_eq!(gate.id, "plateau");
    let candidate = candidate(RULES);
    let arena = bench.arena();
    let mut scores: Vec<f64> = neighbours(&candidate.strategy, &candidate.compiled)
        .iter()
        .map(|near| arena.score(arena.backtest(near)).unwrap().score.value)
        .collect();
    scores.sort_by(f64::total_cmp);
    close(gate.value, scores[3]);
    close(gate.limit, bench.evaluate(RULES).score.value / 4.0);
    let hashes: Vec<_> = decision.neighbours.iter().map(|near| near.hash.clone()).collect();
    assert_eq!(hashes.len(), 8);
    assert!(!hashes.contains(candidate.hash()));
}

/// In each pair every number is moved once up and once down, by a tenth or by one.
#[test]
fn neighbours_move_every_number_both_ways() {
    let candidate = candidate(RULES);
    let near = neighbours(&candidate.strategy, &candidate.compiled);
    let same = neighbours(&candidate.strategy, &candidate.compiled);
    let hashes = |all: &[sprag::strategy::Compiled]| -> Vec<String> {
        all.iter().map(|one| one.hash.to_string()).collect()
    };
    assert_eq!(hashes(&near), hashes(&same), "the same strategy has the same neighbours");
    // The numbers: n = 6, 0.998, 3, 5 and 25 percent; each takes two values besides its own, four times each.
    let fractions: Vec<f64> = near
        .iter()
        .map(|one| match one.take_profit {
            Some(sprag::strategy::Distance::Fraction(fraction)) => fraction,
            ref other => panic!("{other:?}"),
        })
        .collect();
    for value in [0.22, 0.28] {
        let times = fractions.iter().filter(|fraction| (**fraction - value).abs() < 1e-12).count();
        assert_eq!(times, 4, "25 percent, whole, by 2.5 rounded: {fractions:?}");
    }
    // What is fixed stays, and a strategy without numbers has no neighbours.
    let fixed = "[long]\nenter = 'close > open'\nexit = 'close < open'\n";
    let fixed = check::read("strategy.toml", fixed).unwrap();
    assert!(neighbours(&fixed.strategy, &fixed.compiled).is_empty());
    let bounded = RULES.replace("value = 6, min = 3", "value = 3, min = 3");
    let at_bound = check::read("strategy.toml", &bounded).unwrap();
    assert_eq!(neighbours(&at_bound.strategy, &at_bound.compiled).len(), 8);
}

#[test]
fn what_fitting_chose_is_kept_while_gates_probe() {
    let rules = RULES.replace("max = 30 }", "max = 30, fit = true }");
    let bench = Bench::with(&["gates.cost_stress=3", "gates.plateau=0.01"]);
    let decision = bench.decide(&rules, None);
    let fitted = bench.evaluate(&rules).fitted.unwrap();
    assert_eq!(decision.neighbours.len(), 8);
    for near in &decision.neighbours {
        assert_eq!(near.evaluation.fitted.as_ref().unwrap().rounds, fitted.rounds);
    }
    // The stressed run is that of the plain strategy with the chosen value.
    let chosen = RULES.replace("value = 6", &format!("value = {}", fitted.rounds[0]["n"]));
    let dear = ["costs.fee_bps=15", "costs.slippage_bps=6", "costs.fee_fixed=0.03"];
    let plain = Bench::with(&dear).evaluate(&chosen);
    let gate = decision.gates.iter().find(|gate| gate.id == "cost_stress").unwrap();
    close(gate.value, plain.out_of_sample.get("total_return").get().unwrap());
}

#[test]
fn a_baseline_is_asked_nothing_that_costs_a_run() {
    let bench = Bench::with(&["gates.cost_stress=2", "gates.plateau=0.5", "gates.benchmark=true"]);
    let (arena, candidate) = (bench.arena(), candidate(RULES));
    let evaluation = arena.score(arena.backtest(&candidate.compiled)).unwrap();
    let subject = (&candidate.strategy, &candidate.compiled);
    let gates = baseline_gates(&Case::new(&arena, subject, &evaluation, None));
    let ids: Vec<&str> = gates.iter().map(|gate| gate.id.as_str()).collect();
    assert_eq!(
        ids,
        ["score_margin", "min_trades", "min_trades_per_fold", "max_drawdown", "benchmark"]
    );
    let runs: &Backtest = &evaluation.backtest;
    assert!(!runs.span(Span::OutOfSample).is_empty());
}
