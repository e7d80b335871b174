//! What holds for every row of the table.

use sprag::expr::functions::{
    Function, Kind, MAX_COLUMNS, Parameter, Row, TABLE, find, names, rows,
};
use sprag::expr::{Graph, Scope, bits, column, lower, parse};

use super::harness::{Call, ROUGHNESSES, Random, Roughness, constant_sets, random_bars, same_bits};

/// Calls `law` with every function, roughness of data and set of constants.
fn for_all_calls(len: usize, law: impl Fn(&Call)) {
    for function in TABLE {
        for (seed, roughness) in ROUGHNESSES.into_iter().enumerate() {
            let bars = random_bars(roughness, len, seed as u64 + 20);
            for constants in constant_sets(function) {
                law(&Call::new(function, &constants, &bars));
            }
        }
    }
}

#[test]
fn results_do_not_depend_on_where_blocks_end() {
    for_all_calls(700, |call| {
        let whole = call.run(&[call.len()]);
        for blocks in [&[1][..], &[7], &[64], &[255, 1, 2, 3, 100]] {
            let parts = call.run(blocks);
            let same = whole.iter().zip(&parts).all(|(a, b)| same_bits(a, b));
            assert!(same, "{} in blocks of {blocks:?}", call.describe());
        }
    });
}

/// All memory that an operator works in is taken when it is built.
#[test]
fn no_function_takes_memory_while_it_runs() {
    for_all_calls(300, |call| {
        let mut operator = (call.function.build)(&call.constants);
        let inputs: Vec<&[f64]> = call.inputs.iter().map(Vec::as_slice).collect();
        let mut columns = vec![vec![0.0; call.len()]; call.width()];
        let mut outputs: Vec<&mut [f64]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
        let mut holds = vec![0; bits::words(call.len())];
        let taken = allocation_counter::measure(|| {
            if call.function.condition {
                operator.test(&inputs, false, &mut holds);
            } else {
                operator.advance(&inputs, &mut outputs);
            }
        });
        assert_eq!(taken.count_total, 0, "{}", call.describe());
    });
}

/// A condition as bits is what it is as numbers, also when it is told that all inputs are defined.
#[test]
fn conditions_are_the_same_as_bits() {
    for_all_calls(700, |call| {
        if !call.function.condition {
            return;
        }
        let expected = call.run(&[call.len()]).remove(0);
        let defined = call.inputs.iter().flatten().all(|x| !x.is_nan());
        for block in [64, 192, 640, 704] {
            let mut operator = (call.function.build)(&call.constants);
            let mut found = vec![0.0; call.len()];
            for (start, out) in (0..call.len()).step_by(block).zip(found.chunks_mut(block)) {
                let inputs: Vec<&[f64]> =
                    call.inputs.iter().map(|x| &x[start..start + out.len()]).collect();
                let mut holds = vec![0; bits::words(out.len())];
                operator.test(&inputs, defined, &mut holds);
                bits::unpack(&holds, out);
            }
            assert!(same_bits(&found, &expected), "{} in blocks of {block}", call.describe());
        }
    });
}

#[test]
fn values_up_to_a_bar_depend_on_nothing_after_it() {
    for_all_calls(300, |call| {
        let values = call.run(&[call.len()]);
        let mut random = Random::new(9);
        for cut in [1, 2, 50, 173, 299] {
            let shorter = call.cut(0..cut).run(&[cut]);
            let mut altered = call.cut(0..call.len());
            for column in &mut altered.inputs {
                for value in &mut column[cut..] {
                    *value = if random.chance(0.1) { f64::NAN } else { 200.0 * random.unit() };
                }
            }
            let altered = altered.run(&[call.len()]);
            for ((values, shorter), altered) in values.iter().zip(&shorter).zip(&altered) {
                assert!(same_bits(&values[..cut], shorter), "{} cut at {cut}", call.describe());
                assert!(same_bits(shorter, &altered[..cut]), "{} looks ahead", call.describe());
            }
        }
    });
}

/// The earliest bar at which all outputs are defined, or at which a condition is true.
fn first_bar(call: &Call) -> Option<usize> {
    let outputs = call.run(&[call.len()]);
    (0..call.len()).find(|bar| {
        outputs.iter().all(|column| match call.function.condition {
            true => column[*bar] > 0.0,
            false => !column[*bar].is_nan(),
        })
    })
}

#[test]
fn the_first_defined_bar_is_the_one_in_the_table() {
    for function in TABLE {
        for constants in constant_sets(function) {
            let promised = (function.first)(&constants);
            let found = (0..200).filter_map(|seed| {
                let mut bars = random_bars(Roughness::Clean, 120, seed);
                // A condition needs its luck on the very bar: let some of the data trend.
                for (i, close) in bars.close.iter_mut().enumerate() {
                    match seed % 4 {
                        0 => *close = 1.0 + i as f64,
                        1 => *close = 1000.0 - i as f64,
                        _ => {}
                    }
                    // Some variances are negative, and so undefined, if a close is outside its bar.
                    bars.high[i] = bars.high[i].max(*close);
                    bars.low[i] = bars.low[i].min(*close);
                }
                for time in &mut bars.time {
                    *time += seed as i64 * 3_600_000;
                }
                first_bar(&Call::new(function, &constants, &bars))
            });
            let (earliest, latest) = (found.clone().min(), found.max());
            assert_eq!(earliest, Some(promised), "{} with {constants:?}", function.name);
            let depends_on_luck = function.condition || has_condition(function);
            assert!(depends_on_luck || latest == Some(promised), "{} {constants:?}", function.name);
        }
    }
}

fn has_condition(function: &Function) -> bool {
    function.parameters.iter().any(|parameter| parameter.kind == Kind::Condition)
}

#[test]
fn windows_longer_than_the_data_give_nothing_and_no_panic() {
    for function in TABLE.iter().filter(|f| has_window(f)) {
        for len in [0, 1, 2, 49] {
            let bars = random_bars(Roughness::Tied, len, 4);
            let constants: Vec<f64> = constant_kinds(function)
                .zip(&constant_sets(function)[0])
                .map(|(kind, c)| if is_window(kind) { 20_000.0 } else { *c })
                .collect();
            let values = Call::new(function, &constants, &bars).run(&[len.max(1)]);
            let nothing = |v: &f64| v.is_nan() || (function.condition && *v == 0.0);
            assert!(values.iter().flatten().all(nothing), "{} of {len} bars", function.name);
        }
    }
}

fn has_window(function: &Function) -> bool {
    constant_kinds(function).any(is_window)
}

fn is_window(kind: Kind) -> bool {
    matches!(kind, Kind::Window { .. })
}

fn constant_kinds(function: &Function) -> impl Iterator<Item = Kind> {
    let kinds = function.parameters.iter().map(|parameter| parameter.kind);
    kinds.filter(|kind| !matches!(kind, Kind::Number | Kind::Condition))
}

#[test]
fn no_input_makes_a_function_panic_or_its_value_infinite() {
    const WILD: [f64; 12] = [
        f64::NAN,
        0.0,
        -0.0,
        1.0,
        -1.0,
        1e300,
        -1e300,
        1e-300,
        f64::MIN_POSITIVE,
        5e-324,
        f64::MAX,
        f64::MIN,
    ];
    for function in TABLE {
        for seed in 0..8 {
            let mut random = Random::new(seed);
            let mut bars = random_bars(Roughness::Gaps, 200, seed);
            let columns =
                [&mut bars.open, &mut bars.high, &mut bars.low, &mut bars.close, &mut bars.volume];
            for value in columns.into_iter().flatten() {
                if random.chance(0.4) {
                    *value = WILD[random.below(WILD.len())];
                }
            }
            bars.time[50] = i64::MAX;
            bars.time[51] = i64::MIN;
            for constants in constant_sets(function) {
                let call = Call::new(function, &constants, &bars);
                call.run(&[13]);
                let mut graph = Graph::default();
                let text = call_text(function, &constants);
                let expr = parse(&text).unwrap();
                let root = lower(&expr, &Scope::default(), &mut graph).unwrap();
                let values = column(&graph, root, &bars);
                let finite = values.iter().all(|v| v.is_nan() || v.is_finite());
                assert!(finite, "{text} is infinite");
            }
        }
    }
}

/// The row as a call in the language.
fn call_text(function: &Function, constants: &[f64]) -> String {
    let mut numbers = ["close", "open", "high"].into_iter();
    let mut constants = constants.iter();
    let arguments: Vec<String> = function
        .parameters
        .iter()
        .map(|parameter| match parameter.kind {
            Kind::Number => numbers.next().unwrap().into(),
            Kind::Condition => "close > open".into(),
            _ => constants.next().unwrap().to_string(),
        })
        .collect();
    let text = format!("{}({})", function.name, arguments.join(", "));
    if function.condition { format!("if({text}, 1, 0)") } else { text }
}

#[test]
fn rows_are_well_formed() {
    let mut seen = Vec::new();
    for name in names() {
        assert!(!seen.contains(&name), "{name} is there twice");
        seen.push(name);
    }
    for function in TABLE {
        let series = |p: &&Parameter| matches!(p.kind, Kind::Number | Kind::Condition);
        let inputs = function.parameters.iter().filter(series).count() + function.implicit.len();
        let columns = inputs.max(function.outputs.len());
        assert!(columns <= MAX_COLUMNS, "{}: too many columns", function.name);
    }
    for row in rows() {
        let (name, summary, example) = (row.name(), row.summary(), row.example());
        assert_eq!(Row::find(name).map(Row::name), Some(name));
        assert_eq!(find(name).is_some(), matches!(row, Row::Operator(_)), "{name}");
        assert!(summary.ends_with('.') && !summary.contains("  "), "{name}");
        assert_ne!(row.outputs().len(), 1, "{name}: one output needs no name");
        assert!(example.contains(name), "{name}: its example doesn't use it");
        let optional = row.parameters().iter().skip_while(|p| p.default.is_none());
        assert!(optional.clone().all(|p| p.default.is_some()), "{name}: a gap in the defaults");
        let expr = parse(example).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(expr.to_string(), example, "{name}: its example isn't canonical");
        let lowered = lower(&expr, &Scope::default(), &mut Graph::default());
        assert!(lowered.is_ok(), "{name}: {}", lowered.unwrap_err());
    }
}

#[test]
fn groups_stand_together_in_the_tables() {
    let groups: Vec<_> = rows().map(Row::group).collect();
    assert!(groups.is_sorted());
}
