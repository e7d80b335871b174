//! A small market and a program for it, in memory.

use sprag::market::{Bars, Clock, Market};
use sprag::program::Program;

/// Bars of one symbol that rises and falls.
pub fn wave(symbol: &str, bars: i64, period: f64) -> Bars {
    let price = |i: i64| {
        let i = i as f64;
        100.0 + 10.0 * (i / period).sin() + 2.0 * (1.7 * i).sin() + i / 50.0
    };
    let close: Vec<f64> = (0..bars).map(price).collect();
    let open: Vec<f64> = (0..bars).map(|i| price(i - 1)).collect();
    let high = open.iter().zip(&close).map(|(a, b)| a.max(*b) + 0.5).collect();
    let low = open.iter().zip(&close).map(|(a, b)| a.min(*b) - 0.5).collect();
    Bars {
        symbol: symbol.into(),
        time: (0..bars).map(|i| i * 86_400_000).collect(),
        open,
        high,
        low,
        close,
        volume: vec![1.0; bars as usize],
        funding: None,
        clock: Clock::default(),
    }
}

/// Two symbols, the second one without its first hundred bars.
pub fn market() -> Market {
    let mut late = wave("LATE", 400, 7.0);
    let keep = |column: &mut Vec<f64>| drop(column.drain(..100));
    late.time.drain(..100);
    for column in [&mut late.open, &mut late.high, &mut late.low, &mut late.close, &mut late.volume]
    {
        keep(column);
    }
    Market::new(vec![wave("WAVE", 400, 9.0), late])
}

/// Two folds each, no holdout unless `extra` asks for one.
pub fn program(extra: &str) -> Program {
    let text = format!("```toml\n[split]\nfolds = 2\nin_sample_folds = 2\n{extra}\n```\n");
    Program::parse(&text, "program.md").unwrap_or_else(|error| panic!("{error}"))
}
