//! `strategy.toml` into a [`Strategy`], with every finding placed in the file.

use std::ops::Range;

use toml_edit::{Document, Item, Table, TableLike, Value};

use super::{
    MAX_FINDINGS, MAX_LETS, MAX_PARAMS, MAX_POSITIONS, MAX_STRATEGY_BYTES, MAX_TITLE_CHARS,
};
use super::{Origin, Param, Risk, Side, Size, Source, Strategy, WrittenDistance};
use crate::expr::{self, Diagnostic, Span, is_valid_name};
use crate::nearest::nearest;

const SECTIONS: [&str; 7] = ["name", "params", "let", "long", "short", "risk", "size"];
const PARAM_KEYS: [&str; 4] = ["value", "min", "max", "fit"];
const SIDE_KEYS: [&str; 2] = ["enter", "exit"];
const RISK_KEYS: [&str; 4] = ["stop_loss", "take_profit", "trailing_stop", "max_bars"];
const SIZE_KEYS: [&str; 3] = ["weight", "max_positions", "rank"];

pub(super) fn strategy(name: &str, text: &str) -> Result<Strategy, Vec<Diagnostic>> {
    let mut reader = Reader { text, findings: Vec::new() };
    let strategy = reader.read();
    let mut findings = reader.findings;
    if findings.len() > MAX_FINDINGS {
        // Each keeps the text that it is about: thousands would be as many copies of the file.
        let left = findings.len() - MAX_FINDINGS;
        findings.truncate(MAX_FINDINGS);
        let message = format!("there are {left} more findings");
        let label = format!("at most {MAX_FINDINGS} are listed");
        findings.push(Diagnostic::new(message, 0..0, label).help("mend the ones above first"));
    }
    let findings: Vec<Diagnostic> =
        findings.into_iter().map(|finding| finding.within(name, text, 0)).collect();
    match strategy {
        Some(strategy) if findings.is_empty() => Ok(strategy),
        _ => Err(findings),
    }
}

struct Reader<'a> {
    text: &'a str,
    findings: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn find(&mut self, message: impl Into<String>, span: Span, label: impl Into<String>) {
        self.findings.push(Diagnostic::new(message, span, label));
    }

    fn read(&mut self) -> Option<Strategy> {
        if self.text.len() > MAX_STRATEGY_BYTES {
            // How many more is not said: whoever reads the file stops where it is too long.
            let message = format!("the strategy has more than {MAX_STRATEGY_BYTES} bytes");
            self.find(message, 0..0, "no more are allowed");
            return None;
        }
        let document = match Document::parse(self.text) {
            Ok(document) => document,
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                self.find("this is not valid TOML", span, error.message().trim());
                return None;
            }
        };
        let root: &Table = document.as_table();
        self.known_keys(root, &SECTIONS, "a strategy", "");
        let name = self.name(root);
        let params = self.params(root);
        let lets = self.lets(root);
        let long = self.side(root, "long");
        let short = self.side(root, "short");
        let risk = self.risk(root);
        let size = self.size(root);
        if long.is_none() && short.is_none() && self.findings.is_empty() {
            self.findings.push(
                Diagnostic::new("a strategy needs [long] or [short]", 0..0, "neither is here")
                    .help("add for example\n[long]\nenter = \"close > sma(close, 50)\"\nexit = \"close < sma(close, 50)\""),
            );
        }
        self.check_exits(root, [("long", &long), ("short", &short)]);
        Some(Strategy { name, params, lets, long, short, risk, size })
    }

    /// Reports keys that are not in `known`.
    fn known_keys(&mut self, table: &dyn TableLike, known: &[&str], what: &str, path: &str) {
        for (key, item) in table.iter() {
            if known.contains(&key) {
                continue;
            }
            let span = table.key(key).and_then(toml_edit::Key::span);
            let span = span.or_else(|| item.span()).unwrap_or(0..0);
            // A key of a section written at the top, or the other way round, is a common slip.
            let sections = [("risk", &RISK_KEYS[..]), ("size", &SIZE_KEYS), ("long", &SIDE_KEYS)];
            let home = sections.iter().find(|(_, keys)| keys.contains(&key));
            let help = match home {
                Some((section, _)) => Some(format!("`{key}` belongs under [{section}]")),
                None => nearest(key, known.iter().copied())
                    .map(|near| format!("did you mean `{near}`?")),
            };
            let message = format!("unknown key `{path}{}`", key.escape_debug());
            let label = format!("{what} has {}", known.join(", "));
            self.findings.push(Diagnostic::new(message, span, label).maybe_help(help));
        }
    }

    fn table<'t>(&mut self, root: &'t Table, key: &str) -> Option<&'t dyn TableLike> {
        let item = root.get(key)?;
        let table = item.as_table_like();
        if table.is_none() {
            let span = item.span().unwrap_or(0..0);
            self.find(format!("`{key}` must be a table"), span, format!("expected [{key}]"));
        }
        table
    }

    fn name(&mut self, root: &Table) -> String {
        match root.get("name") {
            None => "unnamed".into(),
            Some(item) => match item.as_str() {
                Some(name) if name.chars().count() <= MAX_TITLE_CHARS => name.into(),
                _ => {
                    let span = item.span().unwrap_or(0..0);
                    let label = format!("expected at most {MAX_TITLE_CHARS} characters");
                    self.find("`name` must be text", span, label);
                    String::new()
                }
            },
        }
    }

    fn params(&mut self, root: &Table) -> Vec<Param> {
        let Some(table) = self.table(root, "params") else { return Vec::new() };
        self.limit(table, "params", MAX_PARAMS);
        let params = table.iter().filter_map(|(name, item)| {
            self.check_name(table, name);
            self.param(name, item)
        });
        params.collect()
    }

    fn param(&mut self, name: &str, item: &Item) -> Option<Param> {
        let span = item.span().unwrap_or(0..0);
        if let Some(value) = number(item) {
            let whole = item.is_integer();
            return Some(Param { name: name.into(), value, bounds: None, whole, fit: false });
        }
        let Some(table) = item.as_table_like() else {
            self.find(
                format!("`params.{name}` must be a number or a table"),
                span,
                "expected for example { value = 20, min = 5, max = 60 }",
            );
            return None;
        };
        self.known_keys(table, &PARAM_KEYS, "a parameter", &format!("params.{name}."));
        let mut parts = [None; 3];
        let mut whole = true;
        // The keys that are numbers come first.
        for (part, key) in parts.iter_mut().zip(PARAM_KEYS) {
            let Some(item) = table.get(key) else { continue };
            *part = number(item);
            whole &= item.is_integer();
            if part.is_none() {
                let span = item.span().unwrap_or(0..0);
                self.find(format!("`params.{name}.{key}` must be a number"), span, "not a number");
            }
        }
        let [value, min, max] = parts;
        let Some(value) = value else {
            if !table.contains_key("value") {
                self.find(format!("`params.{name}` has no value"), span, "expected `value = …`");
            }
            return None;
        };
        let bounds = match (min, max) {
            (Some(min), Some(max)) if min <= value && value <= max => Some((min, max)),
            (Some(min), Some(max)) => {
                let label = format!("expected min ≤ value ≤ max, found {min} ≤ {value} ≤ {max}");
                self.find(format!("`params.{name}` is out of its bounds"), span, label);
                None
            }
            (None, None) => None,
            _ => {
                let message = format!("`params.{name}` has only one bound");
                self.find(message, span, "give both `min` and `max`, or neither");
                None
            }
        };
        let fit = self.fit(name, table, bounds.is_some());
        Some(Param { name: name.into(), value, bounds, whole, fit })
    }

    fn fit(&mut self, name: &str, table: &dyn TableLike, bounded: bool) -> bool {
        let Some(item) = table.get("fit") else { return false };
        let span = item.span().unwrap_or(0..0);
        let Some(fit) = item.as_bool() else {
            self.find(format!("`params.{name}.fit` must be true or false"), span, "neither");
            return false;
        };
        if fit && !bounded {
            let message = format!("`params.{name}` is to be fitted and has no bounds");
            self.find(message, span, "give `min` and `max` as well");
        }
        fit && bounded
    }

    fn lets(&mut self, root: &Table) -> Vec<(String, Source)> {
        let Some(table) = self.table(root, "let") else { return Vec::new() };
        self.limit(table, "let", MAX_LETS);
        let params = root.get("params").and_then(Item::as_table_like);
        let mut lets = Vec::new();
        for (name, item) in table.iter() {
            self.check_name(table, name);
            if params.is_some_and(|params| params.contains_key(name)) {
                let span = table.key(name).and_then(toml_edit::Key::span).unwrap_or(0..0);
                self.find(format!("`{name}` is a parameter already"), span, "choose another name");
            }
            if let Some(source) = self.expression(item, &format!("let.{name}")) {
                lets.push((name.into(), source));
            }
        }
        lets
    }

    fn check_name(&mut self, table: &dyn TableLike, name: &str) {
        if let Err(message) = is_valid_name(name) {
            let span = table.key(name).and_then(toml_edit::Key::span).unwrap_or(0..0);
            self.find(message, span, "this name");
        }
    }

    fn limit(&mut self, table: &dyn TableLike, key: &str, most: usize) {
        if table.len() > most {
            let message = format!("[{key}] has {} entries", table.len());
            self.find(message, 0..0, format!("at most {most} are allowed"));
        }
    }

    fn side(&mut self, root: &Table, key: &str) -> Option<Side> {
        let table = self.table(root, key)?;
        self.known_keys(table, &SIDE_KEYS, &format!("[{key}]"), &format!("{key}."));
        let Some(enter) = table.get("enter") else {
            let span = root.get(key).and_then(Item::span).unwrap_or(0..0);
            self.find(format!("[{key}] has no `enter`"), span, "expected `enter = \"…\"`");
            return None;
        };
        let enter = self.expression(enter, &format!("{key}.enter"));
        let exit = table.get("exit").map(|item| self.expression(item, &format!("{key}.exit")));
        let exit = match exit {
            None => None,
            Some(exit) => Some(exit?),
        };
        Some(Side { enter: enter?, exit })
    }

    fn check_exits(&mut self, root: &Table, sides: [(&str, &Option<Side>); 2]) {
        // What the file has, rather than what could be read of it: one mistake is one finding.
        let risk = root.get("risk").and_then(Item::as_table_like);
        let ends = risk.is_some_and(|risk| RISK_KEYS.iter().any(|key| risk.contains_key(key)));
        for (key, side) in sides {
            if side.as_ref().is_some_and(|side| side.exit.is_none()) && !ends {
                let span = root.get(key).and_then(Item::span).unwrap_or(0..0);
                self.find(
                    format!("nothing ends a position of [{key}]"),
                    span,
                    "expected `exit = \"…\"` here, or a rule under [risk]",
                );
            }
        }
    }

    fn risk(&mut self, root: &Table) -> Risk {
        let Some(table) = self.table(root, "risk") else { return Risk::default() };
        self.known_keys(table, &RISK_KEYS, "[risk]", "risk.");
        Risk {
            stop_loss: self.distance(table, "stop_loss"),
            take_profit: self.distance(table, "take_profit"),
            trailing_stop: self.distance(table, "trailing_stop"),
            max_bars: table
                .get("max_bars")
                .and_then(|item| self.number_or_expression(item, "risk.max_bars")),
        }
    }

    fn distance(&mut self, table: &dyn TableLike, key: &str) -> Option<WrittenDistance> {
        let item = table.get(key)?;
        let key = format!("risk.{key}");
        let Some(text) = item.as_str().filter(|text| text.trim_end().ends_with('%')) else {
            let source = self.number_or_expression(item, &key)?;
            return Some(WrittenDistance { source, percent: false });
        };
        let inner = text.trim_end().strip_suffix('%').unwrap_or(text);
        let source = self.parsed(item, inner, &key)?;
        Some(WrittenDistance { source, percent: true })
    }

    fn size(&mut self, root: &Table) -> Size {
        let Some(table) = self.table(root, "size") else { return Size::default() };
        self.known_keys(table, &SIZE_KEYS, "[size]", "size.");
        let max_positions = table.get("max_positions").and_then(|item| {
            let value = item.as_integer().and_then(|n| u32::try_from(n).ok());
            let value = value.filter(|n| (1..=MAX_POSITIONS).contains(n));
            if value.is_none() {
                let span = item.span().unwrap_or(0..0);
                let label = format!("expected a whole number from 1 to {MAX_POSITIONS}");
                self.find("`size.max_positions` is out of range", span, label);
            }
            value
        });
        Size {
            weight: table
                .get("weight")
                .and_then(|item| self.number_or_expression(item, "size.weight")),
            max_positions,
            rank: table.get("rank").and_then(|item| self.expression(item, "size.rank")),
        }
    }

    /// An expression in quotes, or a bare TOML number.
    fn number_or_expression(&mut self, item: &Item, key: &str) -> Option<Source> {
        match (number(item), item.span()) {
            (Some(_), Some(span)) => {
                // TOML writes some numbers in ways that expressions don't: hexadecimal, `+1`.
                let value = number(item)?;
                let text = self.text.get(span.clone()).unwrap_or_default();
                let expr = expr::parse(text).or_else(|_| expr::parse(&value.to_string())).ok()?;
                let origin =
                    Origin { key: key.into(), offset: Some(span.start), text: text.into() };
                Some(Source { expr, origin })
            }
            _ => self.expression(item, key),
        }
    }

    fn expression(&mut self, item: &Item, key: &str) -> Option<Source> {
        let Some(text) = item.as_str() else {
            let span = item.span().unwrap_or(0..0);
            self.find(format!("`{key}` must be an expression"), span, "expected text in quotes");
            return None;
        };
        self.parsed(item, text, key)
    }

    fn parsed(&mut self, item: &Item, text: &str, key: &str) -> Option<Source> {
        let span = item.span().unwrap_or(0..0);
        let origin = Origin { key: key.into(), offset: self.offset(span, text), text: text.into() };
        match expr::parse(text) {
            Ok(expr) => Some(Source { expr, origin }),
            Err(finding) => {
                self.findings.push(origin.place(finding, None));
                None
            }
        }
    }

    /// Where a string's content begins in the file, if the file spells it letter by letter.
    fn offset(&self, span: Range<usize>, content: &str) -> Option<usize> {
        let raw = self.text.get(span.clone())?;
        raw.find(content).map(|at| span.start + at)
    }
}

impl Origin {
    /// Moves a finding about the expression to its place in the file; where the file spells the
    /// expression with escapes, the finding shows the expression itself.
    pub(super) fn place(&self, finding: Diagnostic, file: Option<(&str, &str)>) -> Diagnostic {
        match (self.offset, file) {
            (Some(offset), Some((name, text))) => finding.within(name, text, offset),
            (Some(offset), None) => {
                let span = finding.span.start + offset..finding.span.end + offset;
                Diagnostic { span, ..finding }
            }
            (None, _) => finding.within(&self.key, &self.text, 0),
        }
    }
}

fn number(item: &Item) -> Option<f64> {
    let value = match item.as_value()? {
        Value::Integer(n) => *n.value() as f64,
        Value::Float(x) => *x.value(),
        _ => return None,
    };
    value.is_finite().then_some(value)
}
