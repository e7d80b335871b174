//! Random bars through every accepted notation and back, and arbitrary bytes through the reader.

use proptest::prelude::*;
use sprag::market::{Bars, Kind, TimeMs, format_time, read_csv, time::format_date};

/// 2020-01-01T00:00:00Z
pub const START: TimeMs = 1_577_836_800_000;

/// A notation: its name, the finest step in ms that it can express, and how it is written.
type Notation = (&'static str, TimeMs, fn(TimeMs) -> String);

/// How a file may write its times.
const TIMES: [Notation; 9] = [
    ("date", 86_400_000, format_date),
    ("compact", 86_400_000, |t| format_date(t).replace('-', "")),
    ("iso", 1, format_time),
    ("offset", 1, |t| format_time(t + 19_800_000).replace('Z', "+05:30")),
    ("zoneless", 1, |t| format_time(t).replace('T', " ").replace('Z', "")),
    ("seconds", 1000, |t| (t / 1000).to_string()),
    ("float seconds", 1000, |t| format!("{}.0", t / 1000)),
    ("milliseconds", 1, |t| t.to_string()),
    ("nanoseconds", 1, |t| (t * 1_000_000).to_string()),
];

/// What may vary besides the notation of times.
#[derive(Debug, Clone)]
struct Style {
    time: usize,
    delimiter: char,
    quoted: bool,
    line_end: &'static str,
    byte_order_mark: bool,
    blanks: bool,
    last_line_ends: bool,
    scientific: bool,
    extra_column: bool,
}

fn style() -> impl Strategy<Value = Style> {
    let switches = any::<[bool; 6]>();
    let delimiter = prop::sample::select(vec![',', ';', '\t']);
    let line_end = prop::sample::select(vec!["\n", "\r\n"]);
    (0..TIMES.len(), delimiter, line_end, switches).prop_map(|(time, delimiter, line_end, on)| {
        Style {
            time,
            delimiter,
            quoted: on[0],
            line_end,
            byte_order_mark: on[1],
            blanks: on[2],
            last_line_ends: on[3],
            scientific: on[4],
            extra_column: on[5],
        }
    })
}

/// Random bars whose times count steps from 0.
pub fn bars() -> impl Strategy<Value = Bars> {
    let row = (
        1_i64..50,
        [1e-6..1e6_f64, 1e-6..1e6, 1e-6..1e6, 1e-6..1e6],
        0.0..1e12_f64,
        -0.01..0.01_f64,
    );
    (prop::collection::vec(row, 1..40), any::<bool>()).prop_map(|(rows, has_funding)| {
        let mut bars =
            Bars { symbol: "X".into(), funding: has_funding.then(Vec::new), ..Bars::default() };
        let mut time = 0;
        for (step, mut prices, volume, funding) in rows {
            time += step;
            prices.sort_by(f64::total_cmp);
            bars.time.push(time);
            bars.low.push(prices[0]);
            bars.open.push(prices[1]);
            bars.close.push(prices[2]);
            bars.high.push(prices[3]);
            bars.volume.push(volume);
            if let Some(column) = &mut bars.funding {
                column.push(funding);
            }
        }
        bars
    })
}

/// The bars as text, columns in an order that no reader would guess.
fn write(bars: &Bars, style: &Style) -> String {
    let mut table = vec![
        vec!["High", "adj_close_note", "Close", "TIMESTAMP", "Low", " Volume ", "Open"]
            .into_iter()
            .map(String::from)
            .collect::<Vec<_>>(),
    ];
    let number =
        |value: f64| if style.scientific { format!("{value:e}") } else { value.to_string() };
    for i in 0..bars.len() {
        let time = TIMES[style.time].2(bars.time[i]);
        let n = |column: &Vec<f64>| number(column[i]);
        table.push(vec![
            n(&bars.high),
            "n/a".into(),
            n(&bars.close),
            time,
            n(&bars.low),
            n(&bars.volume),
            n(&bars.open),
        ]);
    }
    for (i, row) in table.iter_mut().enumerate() {
        if let Some(funding) = &bars.funding {
            row.push(if i == 0 { "funding_rate".into() } else { number(funding[i - 1]) });
        }
        if !style.extra_column {
            row.remove(1);
        }
    }
    let field = |text: &String| match (style.quoted, style.blanks) {
        (true, _) => format!("\"{text}\""),
        (false, true) => format!(" {text} "),
        (false, false) => text.clone(),
    };
    let join = |row: &Vec<String>| {
        row.iter().map(field).collect::<Vec<_>>().join(&style.delimiter.to_string())
    };
    let lines: Vec<String> = table.iter().map(join).collect();
    let mark = if style.byte_order_mark { "\u{feff}" } else { "" };
    let end = if style.last_line_ends { style.line_end.repeat(3) } else { String::new() };
    format!("{mark}{}{end}", lines.join(style.line_end))
}

/// Both zeros, and both ways to say none, are the same content.
#[test]
fn spellings_of_zero_hash_alike() {
    let hash = |header: &str, row: &str| {
        let text = format!("time,open,high,low,close{header}\n2020-01-01,10,11,9,10{row}\n");
        read_csv("X.csv", "X", text.as_bytes()).bars.unwrap().content_hash()
    };
    assert_eq!(hash(",volume", ",-0"), hash(",volume", ",0.00"));
    assert_eq!(hash(",volume", ",0"), hash("", ""));
    assert_eq!(hash(",funding", ",-0.0"), hash(",funding", ",0"));
    assert_ne!(hash(",funding", ",0"), hash("", ""));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_notation_gives_the_same_bars(mut bars in bars(), style in style()) {
        let unit = TIMES[style.time].1;
        bars.time.iter_mut().for_each(|time| *time = START + *time * unit);
        let text = write(&bars, &style);
        let parsed = read_csv("X.csv", "X", text.as_bytes());
        prop_assert_eq!(&parsed.check.errors, &vec![], "{}", text);
        let zoneless = parsed.check.warnings.iter().any(|w| w.kind == Kind::TimeWithoutZone);
        prop_assert_eq!(zoneless, TIMES[style.time].0 == "zoneless");
        let read = parsed.bars.unwrap();
        prop_assert_eq!(read.content_hash(), bars.content_hash());
        prop_assert_eq!(read, bars);
    }

    /// A spoiled line is the one that is named, however the file ends its lines.
    #[test]
    fn errors_name_their_line(mut bars in bars(), style in style(), spoiled in any::<prop::sample::Index>()) {
        let unit = TIMES[style.time].1;
        bars.time.iter_mut().for_each(|time| *time = START + *time * unit);
        let spoiled = spoiled.index(bars.len());
        bars.high[spoiled] = bars.low[spoiled] / 2.0;
        let parsed = read_csv("X.csv", "X", write(&bars, &style).as_bytes());
        prop_assert!(parsed.bars.is_none());
        let lines: Vec<_> = parsed.check.errors.iter().map(|e| (e.line, e.kind)).collect();
        prop_assert_eq!(lines, vec![(Some(spoiled as u64 + 2), Kind::HighBelow)]);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_csv("f.csv", "f", &bytes);
        let _ = read_csv("f.csv", "f", &[b"time,open,high,low,close,volume\n", &bytes[..]].concat());
    }

    /// Bytes that look more like a file than noise does.
    #[test]
    fn mangled_files_never_panic(text in "([-0-9TZ:.,;eE\"\n\r\t +]|nan|inf|2020-01-0[1-9]|,10,11,9,10\n){0,60}") {
        let parsed = read_csv("f.csv", "f", format!("date,open,high,low,close\n{text}").as_bytes());
        if let Some(bars) = parsed.bars {
            prop_assert!(bars.time.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!((0..bars.len()).all(|i| bars.low[i] > 0.0 && bars.high[i] >= bars.low[i]));
        }
    }
}
