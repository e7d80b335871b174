//! What trading costs, each kind apart.

use serde::Serialize;

use crate::program::CostSettings;

/// Costs in account currency.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct CostTotals {
    /// Fees: `fee_bps` of notional and `fee_fixed` per order.
    pub fees: f64,
    /// What slippage moved fill prices against the account.
    pub slippage: f64,
    /// What half the spread per side moved fill prices against the account.
    pub spread: f64,
    /// Paid to borrow what was sold short.
    pub borrow: f64,
    /// Funding paid (negative: received).
    pub funding: f64,
}

impl CostTotals {
    /// Adds another account's or trade's costs.
    pub fn add(&mut self, other: &Self) {
        self.fees += other.fees;
        self.slippage += other.slippage;
        self.spread += other.spread;
        self.borrow += other.borrow;
        self.funding += other.funding;
    }
}

/// Cost rates as fractions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    /// Of notional, per side.
    pub(super) fee: f64,
    /// Per order, in account currency.
    pub(super) fee_fixed: f64,
    slippage: f64,
    half_spread: f64,
    /// Of a short's notional, per millisecond held.
    pub(super) borrow_per_ms: f64,
}

const BPS: f64 = 1e-4;
const MS_PER_YEAR: f64 = 365.0 * 86_400_000.0;

/// One fill: the price paid or received, and what of it is cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FillPrice {
    /// The price of the fill.
    pub(super) price: f64,
    /// Slippage per unit.
    pub(super) slippage: f64,
    /// Half spread per unit.
    pub(super) spread: f64,
}

impl Rates {
    pub(super) fn of(costs: &CostSettings) -> Self {
        Self {
            fee: costs.fee_bps * BPS,
            fee_fixed: costs.fee_fixed,
            slippage: costs.slippage_bps * BPS,
            half_spread: costs.spread_bps * BPS / 2.0,
            borrow_per_ms: costs.borrow_bps_per_year * BPS / MS_PER_YEAR,
        }
    }

    /// The price at which an order is filled: `quoted` moved against the order's direction (+1 buys,
    /// -1 sells).
    pub(super) fn fill(&self, quoted: f64, direction: f64) -> FillPrice {
        let slippage = quoted * self.slippage;
        let spread = quoted * self.half_spread;
        FillPrice { price: quoted + direction * (slippage + spread), slippage, spread }
    }

    /// The fee of an order.
    pub(super) fn order_fee(&self, notional: f64) -> f64 {
        notional * self.fee + self.fee_fixed
    }
}
