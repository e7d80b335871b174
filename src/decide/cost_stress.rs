//! Still worth it when trading costs more than was assumed: costs are the estimate that is most often too kind.

use super::{Gate, Measured};

pub(super) static GATE: Gate = Gate {
    id: "cost_stress",
    summary: "a positive out-of-sample return with all costs [gates] cost_stress times as high",
    measure: |case| {
        let factor = case.settings().cost_stress;
        if factor <= 0.0 {
            return None;
        }
        Some(match case.probes.return_at_costs(factor) {
            Some(total_return) => Measured::above(total_return, 0.0),
            None => Measured { pass: false, value: None, limit: 0.0 },
        })
    },
};
