//! How long the phases of an iteration take, by the clock of the ports.

use std::collections::BTreeMap;

use crate::ports::Clock;

/// Milliseconds per phase, by the clock of the ports.
pub(super) struct Timing {
    laps: Vec<(&'static str, f64)>,
    start: jiff::Timestamp,
    last: jiff::Timestamp,
}

impl Timing {
    pub(super) fn start(clock: &dyn Clock) -> Self {
        let now = clock.now();
        Self { laps: Vec::new(), start: now, last: now }
    }

    pub(super) fn lap(&mut self, clock: &dyn Clock, phase: &'static str) {
        let now = clock.now();
        self.laps.push((phase, milliseconds(now, self.last)));
        self.last = now;
    }

    pub(super) fn total(self, clock: &dyn Clock) -> BTreeMap<String, f64> {
        let mut phases = BTreeMap::new();
        for (phase, ms) in self.laps {
            *phases.entry(phase.to_owned()).or_insert(0.0) += ms;
        }
        phases.insert("total".into(), milliseconds(clock.now(), self.start));
        phases
    }
}

/// Microsecond resolution is what anybody reads.
fn milliseconds(now: jiff::Timestamp, before: jiff::Timestamp) -> f64 {
    now.duration_since(before).as_micros() as f64 / 1e3
}
