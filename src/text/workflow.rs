//! Words of others on their way into a workflow: commands of its log, and its files of outputs.

/// The data of a workflow command such as `::warning::…`: its line breaks and percent signs are spelled out.
pub fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command, such as the title in `::warning title=…::`.
pub fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// One output for `$GITHUB_OUTPUT`: a value of several lines can't become a second output, since its end is a word that
/// isn't in it.
pub fn output(name: &str, value: &str) -> String {
    let mut end = String::from("end_of_value");
    while value.contains(&end) {
        end.push('_');
    }
    format!("{name}<<{end}\n{value}\n{end}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_a_second_command_or_output() {
        assert_eq!(data("50 %\n::error::x\r"), "50 %25%0A::error::x%0D");
        assert_eq!(property("a: b, c"), "a%3A b%2C c");
        assert_eq!(
            output("x", "1\nend_of_value\ny=2"),
            "x<<end_of_value_\n1\nend_of_value\ny=2\nend_of_value_\n"
        );
    }
}
