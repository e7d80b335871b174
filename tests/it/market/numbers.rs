//! The quick number reader against the standard library, to the bit.

use proptest::prelude::*;
use sprag::market::parse_number;

fn check(text: &str) {
    let expected = text.trim_ascii().parse::<f64>().ok().map(f64::to_bits);
    assert_eq!(parse_number(text.as_bytes()).map(f64::to_bits), expected, "{text:?}");
}

#[test]
fn edges_of_the_quick_way() {
    for text in [
        "",
        "-",
        ".",
        "-.",
        "+1",
        "1.",
        ".5",
        "-0",
        "-0.0",
        "00012.50",
        " 7 ",
        "1e5",
        "1E-400",
        "nan",
        "inf",
        "-inf",
        "0x10",
        "1_000",
        "1,5",
        "9007199254740992",
        "9007199254740993",
        "9007199254740993.0",
        "900719925474099.3",
        "0.1",
        "0.3",
        "123456.78901234567890123",
        "9999999999999999999",
        "18446744073709551616",
        "99999999999999999999",
        "0.0000000000000000001",
        "0.00000000000000000000001",
        "1.7976931348623157e308",
        "5e-324",
    ] {
        check(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn prices_with_decimals(whole in 0_u64..10_000_000, decimals in 0_usize..12, part in any::<u64>()) {
        let part = format!("{part:020}");
        check(&format!("{whole}.{}", &part[..decimals]));
    }

    #[test]
    fn digits_of_any_length(text in "-?[0-9]{0,22}(\\.[0-9]{0,25})?(e-?[0-9]{1,3})?") {
        check(&text);
    }

    #[test]
    fn any_float_as_rust_writes_it(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        check(&format!("{value}"));
        check(&format!("{value:e}"));
    }

    #[test]
    fn any_text(text in "\\PC{0,12}") {
        check(&text);
    }
}
