//! The canaries: that they live on the real engine, that each broken one kills them, and that random
//! programs are what they should be.

mod broken;
mod in_the_loop;
pub mod markets;
mod noise;
mod prefix;
mod programs;
