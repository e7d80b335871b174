//! What an account does between one decision and the next: nothing but hold and mark.
//!
//! A stretch ends at the first tick at whose close the strategy decides something, or on which a level
//! is hit. Up to there positions stay as they are, so equity can be computed by columns. The numbers
//! are those of going tick by tick, to the bit.

use std::ops::Range;

use super::account::Account;
use super::trade::SideName;
use crate::wide::wide;

/// Most ticks of a stretch. What is looked at ahead in vain is bounded by it.
const MOST: usize = 512;
/// Sums that are taken side by side.
const LANES: usize = 8;

/// What a stretch is computed in.
pub(super) struct Workspace {
    /// Per tick, notional of the long and of the short positions.
    notionals: [[f64; MOST]; 2],
    /// Whether there are any.
    held: [bool; 2],
    exposures: Exposures,
}

/// Gross notional over equity at closes, summed up.
struct Exposures {
    /// Those of the last closes, so many of which are not yet in the sums.
    last: [f64; 2 * MOST],
    waiting: usize,
    lanes: [f64; LANES],
}

impl<'a> Account<'a> {
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
        let ruined = if self.open == 0 {
            let (cash, equity) = (self.cash, &mut self.run.equity);
            wide!({ equity.extend(std::iter::repeat_n(cash, ticks.len())) });
            self.cash <= 0.0
        } else if let Some((side, units, closes)) = self.alone(&ticks) {
            let (sign, equity) = (side.sign(), &mut self.run.equity);
            let worth = closes.iter().map(|close| units * close);
            let values = worth.map(|worth| (sign * worth, worth));
            self.work.exposures.mark(self.cash, values, equity)
        } else {
            self.value(&ticks);
            self.work.mark(ticks.len(), self.cash, &mut self.run.equity)
        };
        if !ruined {
            return self.pass(ticks);
        }
        let alive = self.run.equity[from..].iter().take_while(|equity| **equity > 0.0).count();
        if self.open > 0 {
            self.work.exposures.forget(ticks.len() - alive);
        }
        self.pass(ticks.start..ticks.start + alive + 1);
        self.ruin();
        self.run.equity.truncate(from + alive);
        self.run.equity.push(0.0);
    }

    /// The only open position, as its side, its units and its closes, if it has one at each of these ticks.
    fn alone(&self, ticks: &Range<usize>) -> Option<(SideName, f64, &'a [f64])> {
        if self.open != 1 {
            return None;
        }
        let s = self.positions.iter().position(Option::is_some)?;
        let position = self.positions[s].as_ref()?;
        let market = self.plan.market;
        let bars = market.placement(s).bars_within(ticks.clone());
        let closes = &market.symbols()[s].close;
        (bars.len() == ticks.len()).then(|| (position.side, position.units, &closes[bars]))
    }

    /// Writes the notionals of all positions at each of these ticks.
    fn value(&mut self, ticks: &Range<usize>) {
        self.work.held = [false; 2];
        for (s, position) in self.positions.iter().enumerate() {
            let Some(position) = position else { continue };
            let placement = self.plan.market.placement(s);
            let closes = &self.plan.market.symbols()[s].close;
            let bars = placement.bars_within(ticks.clone());
            let side = position.side as usize;
            let sums = &mut self.work.notionals[side][..ticks.len()];
            let is_first = !std::mem::replace(&mut self.work.held[side], true);
            let add = |sum: &mut f64, mark: f64| {
                *sum = if is_first { 0.0 } else { *sum } + position.notional(mark);
            };
            if bars.len() == ticks.len() {
                let closes = &closes[bars];
                wide!({ sums.iter_mut().zip(closes).for_each(|(sum, close)| add(sum, *close)) });
                continue;
            }
            let mut mark = self.marks[s];
            for (sum, tick) in sums.iter_mut().zip(ticks.clone()) {
                mark = placement.bar_at(tick).map_or(mark, |bar| closes[bar]);
                add(sum, mark);
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
        let exposures = Exposures { last: [0.0; 2 * MOST], waiting: 0, lanes: [0.0; LANES] };
        Self { notionals: [[0.0; MOST]; 2], held: [false; 2], exposures }
    }

    /// Gross notional over equity, summed over all closes.
    pub(super) fn exposure(&self) -> f64 {
        let Exposures { last, waiting, lanes } = &self.exposures;
        lanes.iter().chain(&last[..*waiting]).sum()
    }

    /// Marks equity with this cash and the notionals at so many ticks; whether any is zero or less.
    fn mark(&mut self, ticks: usize, cash: f64, equity: &mut Vec<f64>) -> bool {
        let [longs, shorts] = &self.notionals;
        let pairs = longs.iter().zip(shorts).take(ticks);
        let exposures = &mut self.exposures;
        match self.held {
            [true, false] => exposures.mark(cash, pairs.map(|(long, _)| (*long, *long)), equity),
            [false, true] => exposures.mark(cash, pairs.map(|(_, short)| (-short, *short)), equity),
            _ => exposures.mark(cash, pairs.map(|(l, s)| (l - s, l + s)), equity),
        }
    }
}

impl Exposures {
    /// Marks equity with this cash and, at each tick, what positions are worth and their gross notional;
    /// whether any is zero or less.
    #[inline(always)]
    fn mark(
        &mut self,
        cash: f64,
        values: impl ExactSizeIterator<Item = (f64, f64)>,
        equity: &mut Vec<f64>,
    ) -> bool {
        if self.waiting > MOST {
            self.add_up();
        }
        let exposures = &mut self.last[self.waiting..][..values.len()];
        self.waiting += values.len();
        wide!({
            // A number's bits as an integer have its sign, and integers have vector instructions for the
            // lowest of all whatever the order in which they are taken.
            let mut lowest = i64::MAX;
            equity.extend(exposures.iter_mut().zip(values).map(|(exposure, (worth, gross))| {
                let equity = cash + worth;
                lowest = lowest.min(equity.to_bits().cast_signed());
                *exposure = gross / equity;
                equity
            }));
            lowest <= 0
        })
    }

    /// Takes the exposures of the last ticks back.
    fn forget(&mut self, ticks: usize) {
        self.waiting = self.waiting.saturating_sub(ticks);
    }

    /// Adds exposures to the sums. The k-th close at which anything is held goes to lane k mod 8, so that
    /// it makes no difference where a stretch ends.
    fn add_up(&mut self) {
        let (chunks, rest) = self.last[..self.waiting].as_chunks::<LANES>();
        self.lanes = wide!({
            let mut lanes = self.lanes;
            for chunk in chunks {
                for (lane, exposure) in lanes.iter_mut().zip(chunk) {
                    *lane += exposure;
                }
            }
            lanes
        });
        let rest = self.waiting - rest.len()..self.waiting;
        self.waiting = rest.len();
        self.last.copy_within(rest, 0);
    }
}
