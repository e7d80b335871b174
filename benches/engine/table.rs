//! What comes out of the bench: a row per measurement, as text or as JSON.

use serde_json::json;

/// One measurement.
pub struct Row {
    name: String,
    unit: &'static str,
    value: f64,
    /// Milliseconds of the engine and of what it is compared with.
    times: Option<(f64, f64)>,
    /// What the value may be at most.
    most: Option<f64>,
}

impl Row {
    /// Seconds of the engine, over those of what it is compared with.
    pub fn ratio(name: &str, (engine, other): (f64, f64), most: Option<f64>) -> Self {
        let times = Some((engine * 1e3, other * 1e3));
        Self { name: name.into(), unit: "x", value: engine / other, times, most }
    }

    pub fn number(name: &str, unit: &'static str, value: f64, most: Option<f64>) -> Self {
        Self { name: name.into(), unit, value, times: None, most }
    }

    fn verdict(&self) -> &'static str {
        match self.most {
            Some(most) if self.value > most => "over",
            Some(_) => "ok",
            None => "",
        }
    }

    fn text(&self) -> String {
        let (engine, other) = match self.times {
            Some((engine, other)) => (format!("{engine:.3} ms"), format!("{other:.3} ms")),
            None => <(String, String)>::default(),
        };
        let most = self.most.map_or_else(String::new, |most| format!("at most {most}"));
        format!(
            "{:<38} {engine:>12} {other:>12} {:>9.2} {:<10} {most:<12} {}",
            self.name,
            self.value,
            self.unit,
            self.verdict()
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "engine_ms": self.times.map(|times| times.0),
            "other_ms": self.times.map(|times| times.1),
            "at_most": self.most,
            "verdict": self.verdict(),
        })
    }
}

/// Rows, printed as they come unless they are wanted as JSON.
pub struct Table {
    rows: Vec<Row>,
    as_json: bool,
}

impl Table {
    pub fn new(as_json: bool) -> Self {
        if !as_json {
            println!("{:<38} {:>12} {:>12}", "", "engine", "other");
        }
        Self { rows: Vec::new(), as_json }
    }

    pub fn add(&mut self, row: Row) {
        if !self.as_json {
            println!("{}", row.text().trim_end());
        }
        self.rows.push(row);
    }

    pub fn finish(self) {
        if self.as_json {
            let rows: Vec<_> = self.rows.iter().map(Row::json).collect();
            println!("{:#}", json!(rows));
        }
    }
}
