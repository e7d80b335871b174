//! Numbers of a record that stay text: they say what a reader of the whole value says, and refuse what it refuses.

use serde_json::{Value, json};
use sprag::state::Figures;

fn read(text: &str) -> Result<Figures, serde_json::Error> {
    serde_json::from_str(text)
}

/// Texts of all kinds: some are no JSON, or JSON of which no value can be made.
fn texts() -> Vec<String> {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let mut all: Vec<String> = [
        "null",
        "true",
        "3",
        "\"text\"",
        "[]",
        "[1, {\"sharpe\": 2}]",
        "{}",
        "{\"sharpe\":1.25,\"calmar\":null,\"undefined\":{\"calmar\":\"no drawdown\"}}",
        "{ \"calmar\" : null, \"sharpe\" : 1.25,\n\"undefined\":{\"calmar\":\"no drawdown\"} }",
        "{\"bars\":18446744073709551615,\"trades\":-3,\"sharpe\":-0.0}",
        "{\"bars\":18446744073709551616,\"sharpe\":5e-324,\"calmar\":1.7976931348623157e308}",
        "{\"sharpe\":1,\"sharpe\":2}",
        "{\"sharpe\":1,\"sharpe\":\"two\"}",
        "{\"\\u0073harpe\":0.1,\"ca\\nlmar\":\"\\ud83d\\ude00\"}",
        "{\"sharpe\":1e999}",
        "{\"sharpe\":1E309}",
        "{\"sharpe\":1e+0309}",
        "{\"sharpe\":1e-999,\"calmar\":1e0000000001}",
        "{\"sharpe\":9.5e99,\"calmar\":2.5E+007}",
        "{\"deep\":[{\"sharpe\":-1e400}]}",
        "{\"sharpe\":\"\\ud800\"}",
        "{\"\\udc00\":1}",
        "{\"sharpe\":01}",
        "{\"sharpe\":.5}",
        "{\"sharpe\":NaN}",
        "{\"sharpe\":1,}",
        "{sharpe:1}",
        "{\"sharpe\"}",
        "{\"sharpe\":1",
        "",
    ]
    .map(str::to_owned)
    .into();
    all.extend([1, 100, 126, 127, 128, 129, 5_000].map(nested));
    let long = |digits: usize| format!("{{\"sharpe\":{}e99}}", "9".repeat(digits));
    all.extend([63, 64, 65, 90, 126, 127, 128, 129, 191, 208, 210, 308, 400].map(long));
    all.extend(
        [126, 127, 309, 400].map(|digits| format!("{{\"sharpe\":0.{}e-99}}", "9".repeat(digits))),
    );
    all.extend([63, 64, 65].map(|n| format!("{{\"deep\":[{}]}}", "[],".repeat(n) + "1")));
    all.extend([100, 127, 128].map(|depth| format!("{{\"sharpe\":{}}}", nested(depth))));
    all
}

#[test]
fn figures_say_what_the_value_says_and_refuse_what_it_refuses() {
    let (mut fine, mut refused) = (0, 0);
    for text in texts() {
        let (figures, value) = (read(&text), serde_json::from_str::<Value>(&text));
        let (Ok(figures), Ok(value)) = (&figures, &value) else {
            assert!(figures.is_err() && value.is_err(), "{text}: {figures:?}, {value:?}");
            refused += 1;
            continue;
        };
        fine += 1;
        for name in ["sharpe", "calmar", "undefined", "bars", "trades", "no such name"] {
            let expected = value.get(name).and_then(Value::as_f64);
            assert_eq!(figures.get(name).map(f64::to_bits), expected.map(f64::to_bits), "{text}");
        }
        let [calmar, sharpe] = figures.pick(["calmar", "sharpe"]);
        assert_eq!((calmar, sharpe), (figures.get("calmar"), figures.get("sharpe")), "{text}");
        let expected = value.as_object().into_iter().flatten();
        let expected = expected.map(|(name, value)| (name.clone(), value.as_f64()));
        assert!(expected.eq(figures.all()), "{text}");
        assert_eq!(*figures, Figures::from(value.clone()), "{text}");
        let again = serde_json::to_string(figures).unwrap();
        assert_eq!(read(&again).unwrap(), *figures, "{text} is written as {again}");
        assert_eq!(serde_json::to_value(figures).unwrap(), *value, "{text}");
    }
    assert!(fine > 15 && refused > 12, "{fine} fine, {refused} refused");
}

#[test]
fn figures_differ_where_their_values_do() {
    let all: Vec<(Figures, Value)> = texts()
        .iter()
        .filter_map(|text| Some((read(text).ok()?, serde_json::from_str(text).ok()?)))
        .collect();
    for (one, one_value) in &all {
        for (other, other_value) in &all {
            assert_eq!(one == other, one_value == other_value, "{one:?} and {other:?}");
        }
    }
}

#[test]
fn figures_are_laid_out_as_what_they_stand_in() {
    let value = json!({"sharpe": 1.25, "undefined": {"calmar": "no drawdown", "omega": []}});
    let figures = Figures::from(value.clone());
    assert_eq!(serde_json::to_string(&figures).unwrap(), value.to_string());
    let pretty = serde_json::to_string_pretty(&[&figures]).unwrap();
    assert_eq!(pretty, serde_json::to_string_pretty(&[&value]).unwrap());
}
