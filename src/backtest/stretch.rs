//! What an account does between one decision and the next: nothing but hold and mark.
//!
//! A stretch ends at the first tick at whose close the strategy decides something, or on which a level
//! is hit. Up to there positions stay as they are, so equity can be computed by columns. The numbers
//! are those of going tick by tick, to the bit.

use std::ops::Range;

use super::account::Account;
use super::trade::SideName;

/// Most ticks of a stretch. What is looked at ahead in vain is bounded by it.
const MOST: usize = 512;
/// The exposure at tick t of a fold is added to sum t mod this.
const LANES: usize = 8;

/// What a stretch is computed in.
pub(super) struct Workspace {
    /// Per tick, notional of the long and of the short positions.
    notionals: [Vec<f64>; 2],
    /// Sums of gross notional over equity.
    exposure: [f64; LANES],
}

impl Account<'_> {
    /// Holds what there is after the open of tick `first`, up to and with the next decision at a close;
    /// gives the tick after that.
    pub fn hold(&mut self, first: usize) -> usize {
        let end = self.next_open_that_fills(first, (first + MOST).min(self.run.fold.ticks.end));
        let decision = self.next_decision(first..end);
        let end = decision.map_or(end, |tick| tick + 1);
        let hit = self.first_hit(first..end);
        self.mark(first..hit.unwrap_or(end));
        let end = hit.map_or(end, |tick| tick + 1);
        if let Some(tick) = hit.filter(|_| !self.run.ruined) {
            if tick > first {
                self.charge_borrow(tick);
            }
            self.close_what_is_hit(tick);
            self.mark(tick..end);
        }
        if (hit.is_some() || decision.is_some()) && !self.run.ruined {
            self.decide(end - 1);
        }
        end
    }

    /// The first tick after `first` and before `end` at which an order finds the bar that it waits for.
    fn next_open_that_fills(&self, first: usize, end: usize) -> usize {
        if !self.ordered {
            return end;
        }
        let waiting = self.orders.iter().enumerate().filter(|(_, order)| order.is_due());
        waiting.fold(end, |end, (s, _)| {
            let placement = self.plan.market.placement(s);
            let bars = placement.bars_within(first..end);
            if bars.is_empty() { end } else { placement.tick_of(bars.start) }
        })
    }

    /// The first of these ticks at whose close an order is due.
    fn next_decision(&self, ticks: Range<usize>) -> Option<usize> {
        let mut found = None;
        for (s, position) in self.positions.iter().enumerate() {
            let placement = self.plan.market.placement(s);
            let bars = placement.bars_within(ticks.start..found.unwrap_or(ticks.end));
            let side = position.as_ref().map(|position| position.side);
            let mut next = self.plan.signals[s].next_decision(side, bars.clone());
            if let (Some(position), Some(most)) = (position, self.plan.max_bars) {
                let last = position.last_decision(most).max(bars.start);
                if last < next.unwrap_or(bars.end) {
                    next = Some(last);
                }
            }
            found = next.map(|bar| placement.tick_of(bar)).or(found);
        }
        found
    }

    /// The first of these ticks on which a position reaches a level.
    fn first_hit(&self, ticks: Range<usize>) -> Option<usize> {
        let mut found = None;
        for (s, position) in self.positions.iter().enumerate() {
            let Some(position) = position else { continue };
            let placement = self.plan.market.placement(s);
            let bars = placement.bars_within(ticks.start..found.unwrap_or(ticks.end));
            let hit = position.levels.first_hit(&self.plan.market.symbols()[s], bars);
            found = hit.map(|bar| placement.tick_of(bar)).or(found);
        }
        found
    }

    fn close_what_is_hit(&mut self, tick: usize) {
        for s in 0..self.positions.len() {
            if let (Some(bar), Some(position)) = (self.bar(s, tick), &self.positions[s])
                && let Some((price, reason)) =
                    position.levels.hit(&self.plan.market.symbols()[s], bar)
            {
                self.close(s, bar, price, reason);
            }
        }
    }

    /// Marks the closes of these ticks. Borrowing up to the first of them is paid already.
    fn mark(&mut self, ticks: Range<usize>) {
        if !self.pays_to_hold() {
            return self.mark_together(ticks);
        }
        for tick in ticks.clone() {
            if tick > ticks.start {
                self.charge_borrow(tick);
            }
            self.charge_funding(tick);
            self.mark_together(tick..tick + 1);
            if self.run.ruined {
                break;
            }
        }
    }

    /// Whether cash changes while positions are held.
    fn pays_to_hold(&self) -> bool {
        let borrows = self.plan.rates.borrow_per_ms > 0.0;
        let symbols = self.plan.market.symbols();
        self.positions.iter().zip(symbols).any(|(position, bars)| {
            position.as_ref().is_some_and(|position| {
                bars.funding.is_some() || (borrows && position.side == SideName::Short)
            })
        })
    }

    /// Longs pay the funding of a bar, on what they are worth at its close; shorts receive it.
    fn charge_funding(&mut self, tick: usize) {
        for s in 0..self.positions.len() {
            let Some(bar) = self.bar(s, tick) else { continue };
            let bars = &self.plan.market.symbols()[s];
            if let (Some(position), Some(funding)) = (&mut self.positions[s], &bars.funding) {
                let paid = position.value(bars.close[bar]) * funding[bar];
                position.costs.funding += paid;
                self.cash -= paid;
            }
        }
    }

    /// Marks ticks between which cash stays what it is.
    fn mark_together(&mut self, ticks: Range<usize>) {
        let from = self.run.equity.len();
        if self.open == 0 {
            self.run.equity.resize(from + ticks.len(), self.cash);
        } else {
            self.value(&ticks);
            let [longs, shorts] = &self.work.notionals;
            let values = longs.iter().zip(shorts).take(ticks.len());
            self.run.equity.extend(values.map(|(long, short)| self.cash + (long - short)));
        }
        let marked = &self.run.equity[from..];
        // The look at all of them is vectorised; hardly ever is there one to be found.
        let is_ruined = |equity: &f64| *equity <= 0.0;
        let ruined = marked.iter().fold(false, |any, equity| any | is_ruined(equity));
        let ruin = if ruined { marked.iter().position(is_ruined) } else { None };
        let alive = ruin.unwrap_or(ticks.len());
        if self.open > 0 {
            self.work.expose(from, &self.run.equity[from..from + alive]);
            self.pass(ticks.start..ticks.start + alive + usize::from(ruined));
        }
        if ruined {
            self.ruin();
            self.run.equity.truncate(from + alive);
            self.run.equity.push(0.0);
        }
    }

    /// Writes the notionals of all positions at each of these ticks.
    fn value(&mut self, ticks: &Range<usize>) {
        for side in &mut self.work.notionals {
            side.clear();
            side.resize(ticks.len(), 0.0);
        }
        for (s, position) in self.positions.iter().enumerate() {
            let Some(position) = position else { continue };
            let placement = self.plan.market.placement(s);
            let closes = &self.plan.market.symbols()[s].close;
            let bars = placement.bars_within(ticks.clone());
            let sums = &mut self.work.notionals[position.side as usize];
            if bars.len() == ticks.len() {
                for (sum, close) in sums.iter_mut().zip(&closes[bars]) {
                    *sum += position.notional(*close);
                }
                continue;
            }
            let mut mark = self.marks[s];
            for (sum, tick) in sums.iter_mut().zip(ticks.clone()) {
                mark = placement.bar_at(tick).map_or(mark, |bar| closes[bar]);
                *sum += position.notional(mark);
            }
        }
    }

    /// Leaves these ticks behind: marks are those of the last close, and trailing stops have followed.
    fn pass(&mut self, ticks: Range<usize>) {
        for (s, position) in self.positions.iter_mut().enumerate() {
            let Some(position) = position else { continue };
            let bars = self.plan.market.placement(s).bars_within(ticks.clone());
            if bars.is_empty() {
                continue;
            }
            let symbol = &self.plan.market.symbols()[s];
            self.mark_bars[s] = bars.end - 1;
            self.marks[s] = symbol.close[bars.end - 1];
            position.levels.pass(symbol, bars);
        }
    }
}

impl Workspace {
    pub(super) fn new() -> Self {
        let room = || Vec::with_capacity(MOST);
        Self { notionals: [room(), room()], exposure: [0.0; LANES] }
    }

    /// Gross notional over equity, summed over all closes.
    pub(super) fn exposure(&self) -> f64 {
        self.exposure.iter().sum()
    }

    /// Adds the exposure at closes from this one of the fold on, whose notionals were just computed.
    fn expose(&mut self, from: usize, equity: &[f64]) {
        let [longs, shorts] = &self.notionals;
        let mut lane = from % LANES;
        for ((long, short), equity) in longs.iter().zip(shorts).zip(equity) {
            self.exposure[lane] += (long + short) / equity;
            lane = (lane + 1) % LANES;
        }
    }
}
