//! What the functions are built from: windows, recursive averages, delays.
//!
//! Two rules hold for all of it. A *window* is undefined while any value in it is undefined. A
//! *recursive* average skips an undefined value: it gives undefined at that bar and keeps its state.
//! Nothing here knows the table, an expression or a bar.

mod accumulation;
mod civil;
mod crossing;
mod delay;
mod directional;
mod mean;
mod moments;
mod range;
mod sliding;
mod smoothing;
mod sorted;

pub(super) use accumulation::Accumulation;
pub(super) use civil::civil;
pub(super) use crossing::Crossing;
pub(crate) use delay::Delay;
pub(super) use directional::Directional;
pub(super) use mean::{Flat, RollingMean, WeightedMean};
pub(super) use moments::{Moments, Trend};
pub(super) use range::{AverageRange, TrueRange, true_range};
pub(super) use sliding::{Highest, Lowest, Recency, Sliding, Sum, Summary};
pub(super) use smoothing::{Convergence, Smoothing};
pub(super) use sorted::SortedWindow;

/// Magnitudes below this count as zero where TA-Lib divides: what is left there is rounding residue.
const RESIDUE: f64 = 1e-14;

/// Whether nothing but rounding residue is left.
pub(super) fn is_zero(value: f64) -> bool {
    value.abs() < RESIDUE
}
