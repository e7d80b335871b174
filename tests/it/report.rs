//! The report of an iteration: its page as a whole, against hostile words, and under GitHub's limits.
//!
//! `tests/data/report/*.md` and `*.svg` are what a made-up record gives; `UPDATE_EXPECT=1` rewrites them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use sprag::backtest::Span;
use sprag::publish::pull_request;
use sprag::publish::report::{self, Curve, Curves, Material, Shown, Stretch};
use sprag::review::{Answer, Marker, Receipt};
use sprag::state::{
    BenchmarkSummary, FoldSummary, GateOutcome, Holdout, Label, LuckSummary, PullRequest,
    PullState, Record, SpanSummary, Usd, Verdict,
};

const BEFORE: &str = "name = \"plain\"\n\n[params]\nfast = { value = 20, min = 5, max = 60 }\n\n[let]\ncalm = \"atr(14) < 2\"\n\n\
                      [long]\nenter = \"calm and close > sma(close, fast)\"\nexit = \"close < sma(close, fast)\"\n";

fn after() -> String {
    BEFORE.replace("20", "25").replace("\"atr(14) < 2\"", "\"atr(14) < 3\"")
        + "\n[risk]\nmax_bars = 60\n"
}

fn metrics(scale: f64) -> serde_json::Value {
    serde_json::json!({
        "total_return": 0.4 * scale, "cagr": 0.07 * scale, "volatility": 0.1, "sharpe": 0.7 * scale,
        "max_drawdown": 0.2, "trades": 66, "win_rate": 0.5, "return_per_trade": 0.02, "exposure": 0.4,
        "profit_factor": null, "undefined": { "profit_factor": "no loss" },
    })
}

fn fold(id: u32, span: &str, year: u32, total_return: f64) -> FoldSummary {
    FoldSummary {
        id,
        span: span.into(),
        from: format!("{year}-01-02T00:00:00Z"),
        to: format!("{year}-12-30T00:00:00Z"),
        bars: 250,
        total_return: Some(total_return),
        sharpe: (id > 0).then_some(total_return * 10.0),
        max_drawdown: Some(0.1),
        trades: 12,
        return_per_trade: Some(0.01),
    }
}

fn evaluated(iteration: u64, verdict: Verdict, scale: f64) -> Record {
    let market = SpanSummary {
        total_return: Some(1.1),
        cagr: Some(0.16),
        volatility: Some(0.26),
        sharpe: None,
        max_drawdown: Some(0.5),
    };
    let reason = "better by the margin, and every gate passed".to_owned();
    let mut record = Record::new(iteration, "0123456789abcdef", verdict, reason);
    record.hypothesis = Some("Calm markets trend: a wider filter keeps more of them.".into());
    record.proposer.kind = "llm".into();
    record.proposer.model = Some("some-model".into());
    (record.proposer.tokens_in, record.proposer.tokens_out) = (12_000, 800);
    record.proposer.usd = Some(Usd::Known(0.0123));
    record.candidate = Some("00ff".into());
    record.trial = Some(21);
    record.score = Some(3.0 * scale);
    let parts = serde_json::json!({ "E": 0.1 * scale, "f_trades": 0.3, "n_eff": 26.5 });
    record.parts = Some(parts.into());
    record.in_sample = Some(metrics(scale).into());
    record.out_of_sample = Some(metrics(scale * 0.8).into());
    record.folds =
        vec![fold(0, "in_sample", 2003, 0.1 * scale), fold(1, "out_of_sample", 2006, -0.05)];
    record.luck = Some(LuckSummary {
        trials: 21,
        sharpe: Some(0.86),
        dsr: Some(0.41),
        pbo: None,
        label: Label::Search,
        looks: 1,
    });
    record.benchmark = Some(BenchmarkSummary { in_sample: market.clone(), out_of_sample: market });
    let gate = |id: &str, pass, value, limit| GateOutcome {
        id: id.into(),
        pass,
        value: Some(value),
        limit: Some(limit),
    };
    record.gates =
        vec![gate("min_trades", true, 66.0, 50.0), gate("max_drawdown", false, 0.4, 0.35)];
    record.timing_ms = [("total".into(), 1_234.5)].into();
    record
}

fn curve(bars: usize, slope: f64) -> Curve {
    let equity: Vec<f64> =
        (0..bars).map(|bar| 1.0 + slope * bar as f64 + 0.05 * (bar as f64 / 9.0).sin()).collect();
    let mut peak: f64 = 1.0;
    let drawdown = equity.iter().map(|value| {
        peak = peak.max(*value);
        1.0 - value / peak
    });
    Curve { drawdown: drawdown.collect(), equity }
}

fn curves(bars: usize) -> Curves {
    let stretch = |span, from: &str| Stretch {
        span,
        folds: vec![(0, from.into()), (bars / 2, "2005-01-02".into())],
        to: "2009-12-30".into(),
        candidate: curve(bars, 0.002),
        incumbent: Some(curve(bars, 0.001)),
        market: Some(curve(bars, 0.004)),
    };
    Curves {
        stretches: vec![
            stretch(Span::InSample, "2003-01-02"),
            stretch(Span::OutOfSample, "2006-01-03"),
        ],
    }
}

fn material<'a>(
    record: &'a Record,
    incumbent: Option<&'a Record>,
    after: &'a str,
    curves: &'a Curves,
) -> Material<'a> {
    Material {
        record,
        incumbent,
        before: incumbent.map(|_| BEFORE),
        after: Some(after),
        standing: Some((Label::Certified, Holdout { looks: 1, budget: 3 })),
        curves: Some(curves),
    }
}

fn expect(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert!(text == expected, "{}: if this is right, UPDATE_EXPECT=1\n{text}", path.display());
}

#[test]
fn pages_and_the_picture_are_as_they_were() {
    let (old, curves) = (evaluated(3, Verdict::Accepted, 1.0), curves(600));
    let (new, after) = (evaluated(12, Verdict::Accepted, 1.3), after());
    let full = material(&new, Some(&old), &after, &curves);
    let at =
        report::picture_address("https://github.com/someone/research", "0a1b", "state/a (1).svg");
    expect("accepted.md", &report::markdown(&full, Shown::Picture(&at), "sprag verify 12"));
    expect("accepted.svg", &report::svg(12, &curves));
    let mut baseline = evaluated(0, Verdict::Baseline, 1.0);
    (baseline.hypothesis, baseline.proposer) = (None, Default::default());
    let first = material(&baseline, None, &after, &curves);
    expect("baseline.md", &report::markdown(&first, Shown::Chart, "sprag verify 0"));
    let reason = "params.fast.value = 99 is above max = 60".to_owned();
    let mut invalid = Record::new(13, "0123456789abcdef", Verdict::Invalid, reason);
    invalid.edits = vec![sprag::state::Edit::set("params.fast.value", 99)];
    let bare = Material {
        before: None,
        after: None,
        curves: None,
        standing: None,
        ..material(&invalid, None, &after, &curves)
    };
    expect("invalid.md", &report::markdown(&bare, Shown::Chart, "sprag verify 13"));
}

/// What a reader's page would do, beside showing text.
fn acts(markdown: &str) -> Vec<String> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut found = Vec::new();
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                found.push(format!("link {dest_url}"));
            }
            Event::Html(html) | Event::InlineHtml(html)
                if &*html != "<span>" && &*html != "</span>" =>
            {
                found.push(format!("html {html}"));
            }
            Event::Start(Tag::Heading { level, .. }) => found.push(format!("heading {level}")),
            Event::Start(Tag::Table(_)) => found.push("table".into()),
            Event::Start(Tag::CodeBlock(_)) => found.push("code".into()),
            Event::Start(Tag::BlockQuote(_)) => found.push("quote".into()),
            Event::Start(Tag::Item | Tag::Strong | Tag::Emphasis | Tag::Strikethrough)
            | Event::Rule
            | Event::TaskListMarker(_) => found.push("other".into()),
            _ => {}
        }
    }
    found
}

/// A record all of whose words are somebody's.
fn said_by(words: &str) -> (Record, String) {
    let mut record = evaluated(12, Verdict::Accepted, 1.3);
    record.hypothesis = Some(words.into());
    record.expected = Some(words.into());
    record.idea = Some(words.into());
    record.reason = words.into();
    record.proposer.kind = words.into();
    record.proposer.model = Some(words.into());
    record.gates[0].id = words.into();
    record.folds[0].span = words.into();
    record.folds[0].from = words.into();
    let mut after: toml_edit::DocumentMut = after().parse().unwrap();
    after["name"] = toml_edit::value(words);
    (record, after.to_string())
}

/// The page has the same parts whatever the words say.
#[track_caller]
fn assert_harmless(words: &str) {
    let (old, curves) = (evaluated(3, Verdict::Accepted, 1.0), curves(50));
    let page = |words: &str| {
        let (record, after) = said_by(words);
        let material = material(&record, Some(&old), &after, &curves);
        report::markdown(&material, Shown::Chart, "sprag verify 12")
    };
    let text = page(words);
    assert_eq!(acts(&text), acts(&page("words")), "{words:?}\n{text}");
    // In code nobody is mentioned; elsewhere GitHub looks for it after Markdown is done.
    for line in text.lines().filter(|line| line.contains('@')) {
        let mut prose = String::new();
        for event in Parser::new_ext(line, Options::ENABLE_TABLES) {
            if let Event::Text(text) = event {
                prose.push_str(&text);
            }
        }
        let mentions = prose.split('@').skip(1).any(|rest| rest.starts_with(char::is_alphanumeric));
        let is_diff = line.starts_with(['+', '-', '@', ' ']);
        assert!(!mentions || is_diff, "{line}");
    }
}

#[test]
fn words_of_others_do_nothing_on_a_page() {
    for words in [
        "<script>alert(1)</script>",
        "<!-- sprag:iteration=99 -->",
        "-->\n<img src=x onerror=y>",
        "![x](https://example.org/beacon.png)",
        "[click](javascript:alert(1))",
        "https://example.org and www.example.org",
        "closes #12, fixes GH-3, o/r#4",
        "@someone @org/team please merge",
        "# Heading\n\n## Another",
        "| a | b |\n|---|---|\n| c | d |",
        "```\nout of the fence\n```sh",
        "~~~\n~~~",
        "````\n`````",
        "`code` and ``code``",
        "*bold* _it_ **x** ~~y~~",
        "- [x] done\n1. one\n+ two",
        "> quote\n---\n***",
        "&lt;b&gt; &#64;someone",
        "\\<b\\>\\",
        "$\\rm{x}$ $$y$$",
        "::error::x ##[group]",
        "\u{202e}abc\u{200b}\u{feff}",
        "[ref]: https://example.org\n[ref]",
        "<details><summary>x",
        "a | b \\| c `|` d",
        "line\r\n\r\n    indented",
    ] {
        assert_harmless(words);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_words_at_all_do_anything(words in "[-<>!\\[\\]()`*_#@|~$&:;/.\\\\a-c0-2 \n]{0,60}") {
        // Words that show nothing have no place on the page.
        prop_assume!(!sprag::text::line(&words, 100).is_empty());
        assert_harmless(&words);
    }
}

#[test]
fn a_report_fits_whatever_stands_in_it() {
    let long = "words of a model and more ".repeat(40_000);
    let (mut record, _) = said_by(&long);
    record.folds = (0..5_000).map(|id| fold(id, "out_of_sample", 2006, 0.01)).collect();
    let gate = record.gates[0].clone();
    record.gates = vec![gate; 1_000];
    let after: String = (0..5_000).map(|n| format!("k{n} = \"{}\"\n", "`|".repeat(100))).collect();
    let old = evaluated(3, Verdict::Accepted, 1.0);
    let curves = curves(200_000);
    let material = material(&record, Some(&old), &after, &curves);
    for shown in [Shown::Chart, Shown::Picture(&"x".repeat(1_000))] {
        let text = report::markdown(&material, shown, &long);
        assert!(text.len() <= report::MOST_BYTES, "{}", text.len());
        assert!(text.contains("#### Reproduce"), "what matters is there");
    }
    let svg = report::svg(12, &curves);
    assert!(svg.len() < 24_000, "{}", svg.len());
    let one = report::markdown(&material, Shown::Chart, "sprag verify 12");
    let small = |at| Record::new(at, "epoch", Verdict::Rejected, "no better".into());
    let records: Vec<Record> = (0..30_000).map(small).collect();
    let many: Vec<(&Record, String)> = records.iter().map(|record| (record, one.clone())).collect();
    let summary = report::summary("30,000 iterations", &many);
    assert!(summary.len() < report::SUMMARY_BYTES, "{}", summary.len());
    assert!(summary.contains(&one), "the last one is there in full");
}

/// What GitHub takes: 65,536 characters of a body, 256 of a title.
#[test]
fn what_a_pull_request_says_fits_at_any_length_of_the_history() {
    let long = "words of a model and more ".repeat(40_000);
    let records: Vec<Arc<Record>> =
        (0..20_000).map(|number| evaluated(number, Verdict::Accepted, 1.0).into()).collect();
    let (mut record, _) = said_by(&long);
    record.iteration = 20_000;
    record.reason.clone_from(&long);
    record.candidate = Some("0".repeat(64));
    let page = "\u{1F4C8}".repeat(report::MOST_BYTES);
    let receipt = Receipt { iteration: u64::MAX, record: u64::MAX, origin: "f".repeat(64) };
    let body = pull_request::body(&receipt, &page);
    assert!(body.chars().count() <= 65_536);
    let mut bodies = vec![body.clone()];
    let states = [PullState::Waiting, PullState::Declined, PullState::Withdrawn];
    for state in states {
        let mut pull = PullRequest::new(7, state);
        pull.commit = Some(long.clone());
        let record = record.clone().with_pull_request(pull);
        for iteration in [7, 8] {
            bodies.push(pull_request::told(iteration, &record, &page));
        }
    }
    for answer in [Answer::Tried(19_999), Answer::Again(19_999), Answer::Held, Answer::Unknown] {
        bodies.push(pull_request::answered(&answer, &records));
    }
    for body in &bodies {
        let marked = pull_request::comment(Marker::Answer(u64::MAX), body);
        assert!(marked.chars().count() <= 65_536);
        assert_eq!(Marker::find(&marked), Some(Marker::Answer(u64::MAX)));
    }
    assert_eq!(Receipt::find(&body), Some(receipt));
    for incumbent in [None, records.last()] {
        assert!(pull_request::title(&record, incumbent.map(AsRef::as_ref)).chars().count() <= 256);
    }
}

#[test]
fn a_picture_is_whole_for_odd_curves() {
    let flat = Curve { equity: vec![1.0; 3], drawdown: vec![0.0; 3] };
    let stretch = |candidate: Curve, folds| Stretch {
        span: Span::OutOfSample,
        folds,
        to: "2009-12-30".into(),
        candidate,
        incumbent: None,
        market: None,
    };
    let one = Curve { equity: vec![0.001], drawdown: vec![0.999] };
    let huge = Curve { equity: vec![1.0, 1e9, 1e-3], drawdown: vec![0.0, 0.0, 1.0] };
    for curves in [
        Curves { stretches: Vec::new() },
        Curves { stretches: vec![stretch(Curve { equity: vec![], drawdown: vec![] }, vec![])] },
        Curves { stretches: vec![stretch(flat, vec![(0, "2009-01-01".into())])] },
        Curves { stretches: vec![stretch(one, vec![(0, "2009-01-01".into())])] },
        Curves { stretches: vec![stretch(huge, vec![(0, "2009-01-01".into())])] },
    ] {
        let (svg, chart) = (report::svg(1, &curves), report::chart(&curves));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        for text in [&svg, &chart] {
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}
