//! Market data: bars in memory, calendars, readers of the formats people have.
//!
//! Never touches a file, the clock or the network: it parses bytes that it is given.

mod bars;
pub mod calendar;
pub mod time;
mod universe;

pub use bars::{Bars, TimeMs};
pub use universe::{Market, NO_BAR};
