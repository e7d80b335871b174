//! Columns of numbers from CSV text, and errors that lead to the line.

use sprag::table::{CsvText, RETURN, read_column, read_matrix};

fn csv(content: &str) -> CsvText<'_> {
    CsvText { name: "f.csv", content: content.as_bytes() }
}

#[test]
fn other_columns_spaces_and_foreign_line_ends_do_no_harm() {
    for text in [
        "return\n1e-2\n-0.5\n",
        "\u{feff}return\r\n0.01\r\n-0.5",
        "time,return,note\n1, 0.01 ,a\n2,-.5,\"b, c\"\n",
        "\"return\"\n\"0.01\"\n-0.5\n\n\n",
    ] {
        assert_eq!(read_column(&csv(text), RETURN).unwrap(), [0.01, -0.5], "{text:?}");
    }
}

#[test]
fn errors_name_file_line_and_remedy() {
    let column = |text| read_column(&csv(text), RETURN).unwrap_err().to_string();
    assert_eq!(
        column("Return\n0.1\n"),
        "f.csv:1: no column `return` in the header, which has: `Return`; the first line has to name \
         the columns, for instance `return`"
    );
    assert!(
        column("").starts_with("f.csv:1: no column `return` in the header, which has: nothing")
    );
    assert!(column("return,return\n").starts_with("f.csv:1: column `return` is there twice"));
    for (text, line) in [
        ("return\n0.1\n1%\n", 3),
        ("return\r\n0.1\r\n1%\r\n", 3),
        ("return\n0.1\n\"\"\n", 3),
        ("\n\nreturn\n0.1\nnan\n", 5),
        ("return\n-inf\n", 2),
        ("return\n1e999\n", 2),
    ] {
        let message = column(text);
        assert!(message.starts_with(&format!("f.csv:{line}: `")), "{text:?}: {message}");
        assert!(message.contains("is not a finite number; write 1.25 % as 0.0125"), "{message}");
    }
    assert_eq!(
        column("return\n0,01\n"),
        "f.csv:2: 2 field(s) where the header names 1; separate fields by commas and decimals by a \
         point"
    );
    // In a file of one column an empty line would otherwise be a bar that vanishes.
    assert!(column("return\n0.1\n\n0.2\n").starts_with("f.csv:4: an empty line before this row"));
    assert!(column("return\r\n0.1\r\n\r\n0.2").starts_with("f.csv:4: an empty line"));
    let broken = CsvText { name: "f.csv", content: b"return\n\xff\n" };
    assert!(
        read_column(&broken, RETURN)
            .unwrap_err()
            .to_string()
            .contains("expected comma-separated UTF-8")
    );
}

#[test]
fn a_matrix_has_every_column_but_the_time() {
    let matrix = read_matrix(&csv("time,a,b\n2024-01-01,0.1,-0.2\n2024-01-02,3e-2, 4\n")).unwrap();
    assert_eq!(matrix.names, ["a", "b"]);
    assert_eq!(matrix.values, [0.1, -0.2, 0.03, 4.0]);
    let error = |text| read_matrix(&csv(text)).unwrap_err().to_string();
    assert!(error("a,b\n0.1,0.2\n0.1,x\n").starts_with("f.csv:3: `x` in column `b` is not a"));
    assert!(error("a,a\n0.1,0.2\n").starts_with("f.csv:1: column `a` is there twice"));
    assert!(error(",a\n0,0.1\n1,0.2\n").starts_with("f.csv:1: column 1 has no name"));
    assert!(error("a,b\n0.1\n").starts_with("f.csv:2: 1 field(s) where the header names 2"));
    assert!(error("date\n2024-01-01\n").starts_with("f.csv:1: no column but the time"));
    assert!(error("").starts_with("f.csv:1: no column but the time"));
}
