//! Splits and statistical inference, held to other packages' numbers and to their own laws.

pub mod oracle;
mod splits;
