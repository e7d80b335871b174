//! What the functions are built from: windows, recursive averages, delays.
//!
//! Two rules hold for all of it. A *window* is undefined while any value in it is undefined. A
//! *recursive* average skips an undefined value: it gives undefined at that bar and keeps its state.
//! Nothing here knows the table, an expression or a bar.

mod accumulation;
mod civil;
mod comoment;
mod crossing;
mod delay;
mod directional;
mod doubling;
mod extreme;
mod levels;
mod mean;
mod moments;
mod range;
mod shape;
mod sliding;
mod smoothing;
mod sorted;
mod strength;

pub(super) use accumulation::{Accumulation, VolumeIndex, money_flow};
pub(super) use civil::{civil, day_number, time_of_day};
pub(super) use comoment::Comoment;
pub(super) use crossing::Crossing;
pub(crate) use delay::Delay;
pub(super) use directional::{AverageDirectional, Directional, Movement};
pub(super) use doubling::DoublingMean;
pub(super) use extreme::Extreme;
pub(super) use mean::{Flat, RollingMean, WeightedMean};
pub(super) use moments::{Moments, Trend};
pub(super) use range::{
    AverageTrueRange, Channel, TrueRange, driftless_variance, halfway, true_range, typical,
};
pub(super) use shape::Shape;
pub(super) use sliding::{Highest, Lowest, Recency, Sliding, Sum, Summary, Sums};
pub(super) use smoothing::{Convergence, Smoothing};
pub(super) use sorted::SortedWindow;
pub(super) use strength::Strength;

/// Magnitudes below this count as zero where TA-Lib divides: what is left there is rounding residue.
const RESIDUE: f64 = 1e-14;

/// Whether nothing but rounding residue is left.
pub(super) fn is_zero(value: f64) -> bool {
    value.abs() < RESIDUE
}
