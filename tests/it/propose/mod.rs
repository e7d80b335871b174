//! Proposers: who is asked, the brief, replies of any kind, what asking costs.

mod brief;
mod choice;
mod diagnose;
mod paid;
mod reply;
mod world;
