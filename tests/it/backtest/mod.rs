//! The backtest: hand-computed cases, an independent engine, properties, folds.

mod against_reference;
mod cases;
mod folds;
mod memory;
mod metrics;
mod mirror;
mod properties;
pub mod random;
pub mod reference;
mod schemes;
pub mod spoken;
pub mod words;

use sprag::strategy::{Compiled, Strategy, compile};

pub fn compiled(text: &str) -> Compiled {
    let report = |findings: Vec<sprag::expr::Diagnostic>| -> Compiled {
        panic!("{}\n{text}", findings.iter().map(ToString::to_string).collect::<String>())
    };
    match Strategy::parse("strategy.toml", text) {
        Ok(strategy) => compile(&strategy, ("strategy.toml", text)).unwrap_or_else(report),
        Err(findings) => report(findings),
    }
}
