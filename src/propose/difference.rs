//! Two strategies into the fewest edits that turn one's file into the other's.
//!
//! Who works on a strategy as a whole, an operator of the search on its tree or an agent on its file,
//! knows nothing of edits; whatever was left as it was can't show up in a diff.

use serde_json::{Value as Json, json};

use crate::expr::{Expr, ExprKind};
use crate::strategy::{Edit, Param, Side, Source, Strategy, WrittenDistance};

/// Edits in the order of the file, removals last: a section that is emptied and filled in one go
/// keeps its place.
pub fn edits(old: &Strategy, new: &Strategy) -> Vec<Edit> {
    let mut difference = Difference::default();
    if old.name != new.name {
        difference.set("name", new.name.as_str());
    }
    difference.params(&old.params, &new.params);
    difference.lets(&old.lets, &new.lets);
    difference.side("long", old.long.as_ref(), new.long.as_ref());
    difference.side("short", old.short.as_ref(), new.short.as_ref());
    let (before, after) = (&old.risk, &new.risk);
    difference.distance("risk.stop_loss", &before.stop_loss, &after.stop_loss);
    difference.distance("risk.take_profit", &before.take_profit, &after.take_profit);
    difference.distance("risk.trailing_stop", &before.trailing_stop, &after.trailing_stop);
    difference.rule("risk.max_bars", before.max_bars.as_ref(), after.max_bars.as_ref());
    let (before, after) = (&old.size, &new.size);
    difference.rule("size.weight", before.weight.as_ref(), after.weight.as_ref());
    let count = |slots: Option<u32>| slots.map(Json::from);
    difference.value("size.max_positions", count(before.max_positions), count(after.max_positions));
    difference.rule("size.rank", before.rank.as_ref(), after.rank.as_ref());
    difference.sets.extend(difference.removals);
    difference.sets
}

#[derive(Default)]
struct Difference {
    sets: Vec<Edit>,
    removals: Vec<Edit>,
}

impl Difference {
    fn set(&mut self, path: &str, value: impl Into<Json>) {
        self.sets.push(Edit::set(path, value));
    }

    fn value(&mut self, path: &str, old: Option<Json>, new: Option<Json>) {
        match (old, new) {
            (old, Some(new)) if old.as_ref() != Some(&new) => self.set(path, new),
            (Some(_), None) => self.removals.push(Edit::remove(path)),
            _ => {}
        }
    }

    fn rule(&mut self, path: &str, old: Option<&Source>, new: Option<&Source>) {
        let text = |source: &Source| written(&source.expr, path);
        self.value(path, old.map(text), new.map(text));
    }

    fn distance(
        &mut self,
        path: &str,
        old: &Option<WrittenDistance>,
        new: &Option<WrittenDistance>,
    ) {
        let text = |distance: &WrittenDistance| {
            let expr = &distance.source.expr;
            if distance.percent { Json::from(percentage(expr)) } else { written(expr, path) }
        };
        self.value(path, old.as_ref().map(text), new.as_ref().map(text));
    }

    fn side(&mut self, section: &str, old: Option<&Side>, new: Option<&Side>) {
        if old.is_some() && new.is_none() {
            self.removals.push(Edit::remove(section));
            return;
        }
        let enter = |side: Option<&Side>| side.map(|side| side.enter.clone());
        let exit = |side: Option<&Side>| side.and_then(|side| side.exit.clone());
        self.rule(&format!("{section}.enter"), enter(old).as_ref(), enter(new).as_ref());
        self.rule(&format!("{section}.exit"), exit(old).as_ref(), exit(new).as_ref());
    }

    fn params(&mut self, old: &[Param], new: &[Param]) {
        for param in new {
            let path = format!("params.{}", param.name);
            let number = |value: f64| figure(value, param.whole);
            match old.iter().find(|before| before.name == param.name) {
                Some(before) if before == param => {}
                Some(before) if Param { value: param.value, ..before.clone() } == *param => {
                    self.set(&format!("{path}.value"), number(param.value));
                }
                _ => match param.bounds {
                    None => self.set(&path, number(param.value)),
                    Some((min, max)) => {
                        let mut table = json!({
                            "value": number(param.value), "min": number(min), "max": number(max),
                        });
                        if param.fit {
                            table["fit"] = Json::from(true);
                        }
                        self.set(&path, table);
                    }
                },
            }
        }
        let gone = old.iter().filter(|param| new.iter().all(|other| other.name != param.name));
        self.removals.extend(gone.map(|param| Edit::remove(format!("params.{}", param.name))));
    }

    fn lets(&mut self, old: &[(String, Source)], new: &[(String, Source)]) {
        let find = |all: &[(String, Source)], name: &str| {
            all.iter().find(|(known, _)| known == name).map(|(_, source)| source.clone())
        };
        for (name, source) in new {
            self.rule(&format!("let.{name}"), find(old, name).as_ref(), Some(source));
        }
        for (name, source) in old {
            if find(new, name).is_none() {
                self.rule(&format!("let.{name}"), Some(source), None);
            }
        }
    }
}

/// A number for a file: `20` where it is whole and must stay so, else `20.0`.
fn figure(value: f64, whole: bool) -> Json {
    if whole { Json::from(value as i64) } else { Json::from(value) }
}

/// An expression for a file; a number of bars and a plain weight stand without quotes.
fn written(expr: &Expr, path: &str) -> Json {
    match &expr.kind {
        ExprKind::Number(value) if path == "risk.max_bars" => figure(*value, value.fract() == 0.0),
        ExprKind::Number(value) if path == "size.weight" => Json::from(*value),
        _ => Json::from(expr.to_string()),
    }
}

fn percentage(expr: &Expr) -> String {
    let text = expr.to_string();
    if text.contains(' ') { format!("({text})%") } else { format!("{text}%") }
}
