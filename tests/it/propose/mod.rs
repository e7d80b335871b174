//! Proposers: the brief, replies of any kind, what asking costs.

mod brief;
mod diagnose;
mod paid;
mod reply;
mod world;
