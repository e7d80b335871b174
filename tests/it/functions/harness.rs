//! What the tests of the functions share: data, calls of one row of the table, comparison.

use std::ops::Range;

use sprag::expr::functions::{Function, Kind};
use sprag::expr::{Scope, Series, column, lower, parse};
use sprag::market::Bars;

/// A small generator of its own, so that cases stay the same whatever library is updated.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Between 0 and 1.
    pub fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }
}

/// How rough the random data is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Roughness {
    /// Distinct prices, every value defined.
    Clean,
    /// Prices on a coarse grid: ties, standstills, bars without range or volume.
    Tied,
    /// Tied, and undefined values in the middle.
    Gaps,
}

pub const ROUGHNESSES: [Roughness; 3] = [Roughness::Clean, Roughness::Tied, Roughness::Gaps];

/// Random bars: a walk around 100.
pub fn random_bars(kind: Roughness, len: usize, seed: u64) -> Bars {
    let mut random = Random::new(seed);
    let mut bars = Bars { symbol: "RANDOM".into(), ..Bars::default() };
    let mut close = 100.0;
    for i in 0..len {
        let grid = |x: f64| if kind == Roughness::Clean { x } else { (x * 2.0).round() / 2.0 };
        let open = grid(close + random.unit() - 0.5);
        close = (close + 3.0 * (random.unit() - 0.5)).clamp(50.0, 150.0);
        let (top, bottom) = (open.max(grid(close)), open.min(grid(close)));
        bars.time.push(1_700_000_000_000 + i as i64 * 5_400_000);
        bars.open.push(open);
        bars.high.push(grid(top + 0.7 * random.unit()));
        bars.low.push(grid(bottom - 0.7 * random.unit()));
        bars.close.push(grid(close));
        let silent = kind != Roughness::Clean && random.chance(0.1);
        bars.volume.push(if silent { 0.0 } else { (1e6 * random.unit()).round() });
    }
    if kind == Roughness::Gaps {
        let columns =
            [&mut bars.open, &mut bars.high, &mut bars.low, &mut bars.close, &mut bars.volume];
        for column in columns {
            for value in column {
                if random.chance(0.02) {
                    *value = f64::NAN;
                }
            }
        }
    }
    bars
}

/// A row of the table with constants and the columns that its operator reads.
pub struct Call {
    pub function: &'static Function,
    pub constants: Vec<f64>,
    pub inputs: Vec<Vec<f64>>,
}

impl Call {
    /// The row on these bars: its number arguments are the close and then the open, its condition is
    /// a close above the open.
    pub fn new(function: &'static Function, constants: &[f64], bars: &Bars) -> Self {
        let mut numbers = [&bars.close, &bars.open, &bars.high].into_iter();
        let mut inputs = Vec::new();
        for parameter in function.parameters {
            match parameter.kind {
                Kind::Number => inputs.push(numbers.next().unwrap().clone()),
                Kind::Condition => {
                    let rose = bars.close.iter().zip(&bars.open).map(|(c, o)| f64::from(c > o));
                    inputs.push(rose.collect());
                }
                _ => {}
            }
        }
        inputs.extend(function.implicit.iter().map(|series| series_of(*series, bars)));
        Self { function, constants: constants.to_vec(), inputs }
    }

    pub fn len(&self) -> usize {
        self.inputs[0].len()
    }

    pub fn width(&self) -> usize {
        self.function.outputs.len().max(1)
    }

    /// The operator's outputs when it is fed blocks of these lengths, over and over.
    pub fn run(&self, blocks: &[usize]) -> Vec<Vec<f64>> {
        let mut operator = (self.function.build)(&self.constants);
        // Not NaN and not zero: a value that the operator forgets to write must show.
        let mut outputs = vec![vec![123_456.789; self.len()]; self.width()];
        let mut start = 0;
        for length in blocks.iter().cycle() {
            let range = start..(start + length).min(self.len());
            let inputs: Vec<&[f64]> = self.inputs.iter().map(|x| &x[range.clone()]).collect();
            let mut out: Vec<&mut [f64]> =
                outputs.iter_mut().map(|column| &mut column[range.clone()]).collect();
            operator.advance(&inputs, &mut out);
            start = range.end;
            if start == self.len() {
                return outputs;
            }
        }
        outputs
    }

    /// The same call with numbers around zero in place of prices.
    pub fn around_zero(&self) -> Self {
        let mut call = self.cut(0..self.len());
        let series = self.function.parameters.iter().filter(|p| !is_constant(p.kind));
        for (parameter, column) in series.zip(&mut call.inputs) {
            if parameter.kind == Kind::Number {
                column.iter_mut().for_each(|x| *x = (*x - 100.0) / 4.0);
            }
        }
        call
    }

    /// The same call on a part of its input.
    pub fn cut(&self, range: Range<usize>) -> Self {
        let inputs = self.inputs.iter().map(|x| x[range.clone()].to_vec()).collect();
        Self { function: self.function, constants: self.constants.clone(), inputs }
    }

    pub fn describe(&self) -> String {
        format!("{} with {:?}", self.function.name, self.constants)
    }
}

fn series_of(series: Series, bars: &Bars) -> Vec<f64> {
    match series {
        Series::Open => bars.open.clone(),
        Series::High => bars.high.clone(),
        Series::Low => bars.low.clone(),
        Series::Close => bars.close.clone(),
        Series::Volume => bars.volume.clone(),
        Series::Time => bars.time.iter().map(|time| *time as f64).collect(),
    }
}

/// Sets of constants to try a row with: its defaults, its least, and some in between.
pub fn constant_sets(function: &Function) -> Vec<Vec<f64>> {
    let constants: Vec<_> = function.parameters.iter().filter(|p| is_constant(p.kind)).collect();
    let set = |lengths: [u32; 3], shares: [f64; 2]| -> Vec<f64> {
        let choose = |(i, kind): (usize, Kind)| match kind {
            Kind::Window { least } => f64::from(lengths[i % 3].max(least)),
            Kind::Count { least, most } => f64::from((least + lengths[0] / 2).min(most)),
            Kind::Constant { least, most } => least + shares[i % 2] * (most - least),
            _ => unreachable!(),
        };
        constants.iter().map(|p| p.kind).enumerate().map(choose).collect()
    };
    let defaults: Vec<f64> = constants.iter().filter_map(|p| p.default).collect();
    let mut sets = vec![
        set([1, 1, 1], [0.3, 0.3]),
        set([2, 3, 4], [0.375, 0.625]),
        set([3, 9, 5], [0.9, 0.1]),
        set([14, 5, 7], [0.5, 0.02]),
    ];
    if !defaults.is_empty() && defaults.len() == sets[0].len() {
        sets.push(defaults);
    }
    sets.dedup();
    sets
}

fn is_constant(kind: Kind) -> bool {
    matches!(kind, Kind::Window { .. } | Kind::Count { .. } | Kind::Constant { .. })
}

/// An expression's values over bars.
pub fn evaluate(text: &str, bars: &Bars) -> Vec<f64> {
    let mut graph = sprag::expr::Graph::default();
    let expr = parse(text).unwrap_or_else(|error| panic!("{error}"));
    let root =
        lower(&expr, &Scope::default(), &mut graph).unwrap_or_else(|error| panic!("{error}"));
    column(&graph, root, bars)
}

/// Equal to the bit, all NaNs being one.
pub fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

/// The first bar at which two columns differ: by more than `relative` of the larger one and more
/// than `absolute`, or in being defined.
pub fn first_difference(a: &[f64], b: &[f64], relative: f64, absolute: f64) -> Option<usize> {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).position(|(a, b)| {
        if a.is_nan() || b.is_nan() {
            return a.is_nan() != b.is_nan();
        }
        (a - b).abs() > (relative * a.abs().max(b.abs())).max(absolute)
    })
}
