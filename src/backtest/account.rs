//! One account over one fold: orders, fills, and what is decided at a close.
//!
//! At each tick, in this order: exits due at the open, entries due at the open, stops and targets
//! inside the bar, the mark at the close, the decision for the next open. Nothing that happens at a
//! tick reads anything later than that tick. Most ticks only mark: [`stretch`](super::stretch) takes
//! those many at a time.

use super::costs::Rates;
use super::order::Order;
use super::position::{Levels, Position, Trail};
use super::signals::Signals;
use super::stretch::Workspace;
use super::terms::{Distance, Terms};
use super::trade::{ExitReason, OpenTrade, SideName, Trade};
use super::{CostTotals, Fold, FoldRun};
use crate::market::Market;
use crate::program::{BacktestSettings, CostSettings, StopsFrom};
use crate::strategy::Compiled;

/// Slots of an account whose strategy doesn't say: one per symbol, but no more than this.
const DEFAULT_SLOTS: usize = 10;
/// An entry worth no more than this part of the equity isn't made.
const DUST: f64 = 1e-9;

/// What all folds of a backtest share.
pub(super) struct Plan<'a> {
    pub market: &'a Market,
    /// Per symbol.
    pub signals: Vec<&'a Signals>,
    pub rates: Rates,
    pub max_bars: Option<usize>,
    terms: Terms,
    settings: &'a BacktestSettings,
    slots: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        strategy: &Compiled,
        market: &'a Market,
        signals: Vec<&'a Signals>,
        settings: &'a BacktestSettings,
        costs: &CostSettings,
    ) -> Self {
        let slots = match strategy.max_positions {
            Some(slots) => slots as usize,
            None => market.symbols().len().clamp(1, DEFAULT_SLOTS),
        };
        let max_bars = strategy.max_bars.map(|bars| bars as usize);
        let (terms, rates) = (Terms::of(strategy).0, Rates::of(costs));
        Self { market, signals, rates, max_bars, terms, settings, slots }
    }
}

/// An entry that is due at an open.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Position of the symbol in the account.
    s: usize,
    bar: usize,
    side: SideName,
    /// Bar at whose close it was decided.
    decided: usize,
    rank: f64,
}

pub(super) struct Account<'a> {
    pub plan: &'a Plan<'a>,
    pub cash: f64,
    pub positions: Vec<Option<Position>>,
    /// Number of open positions.
    pub open: usize,
    pub orders: Vec<Order>,
    /// Whether any order is due.
    pub ordered: bool,
    /// Last close of each symbol within the fold.
    pub marks: Vec<f64>,
    /// Bar of that close.
    pub mark_bars: Vec<usize>,
    /// Entries due at the current open; empty in between.
    due: Vec<Entry>,
    pub work: Box<Workspace>,
    pub run: FoldRun,
}

/// Runs an account over a fold.
pub(super) fn run(plan: &Plan<'_>, fold: Fold) -> FoldRun {
    let mut account = Account::new(plan, fold);
    let mut tick = account.run.fold.ticks.start;
    while tick < account.run.fold.ticks.end && !account.run.ruined {
        account.open(tick);
        tick = account.hold(tick);
    }
    account.finish()
}

impl<'a> Account<'a> {
    fn new(plan: &'a Plan<'a>, fold: Fold) -> Self {
        let symbols = plan.market.symbols().len();
        Self {
            plan,
            cash: plan.settings.cash,
            positions: vec![None; symbols],
            open: 0,
            orders: vec![Order::default(); symbols],
            ordered: false,
            marks: vec![0.0; symbols],
            mark_bars: vec![0; symbols],
            due: Vec::new(),
            work: Box::new(Workspace::new()),
            run: FoldRun {
                equity: Vec::with_capacity(fold.ticks.len()),
                trades: Vec::new(),
                open_trades: Vec::new(),
                costs: CostTotals::default(),
                turnover: 0.0,
                exposure: 0.0,
                ruined: false,
                fold,
            },
        }
    }

    /// The bar of symbol `s` at a tick.
    pub fn bar(&self, s: usize, tick: usize) -> Option<usize> {
        self.plan.market.placement(s).bar_at(tick)
    }

    /// Notional of the long and of the short positions, at their last marks.
    fn notionals(&self) -> [f64; 2] {
        let mut notionals = [0.0; 2];
        for (position, mark) in self.positions.iter().zip(&self.marks) {
            if let Some(position) = position {
                notionals[position.side as usize] += position.notional(*mark);
            }
        }
        notionals
    }

    fn equity(&self) -> f64 {
        let [longs, shorts] = self.notionals();
        self.cash + (longs - shorts)
    }

    /// Borrowing up to this tick, then the orders that are due at its open.
    fn open(&mut self, tick: usize) {
        if self.open > 0 {
            self.charge_borrow(tick);
        }
        if self.ordered {
            self.exits_at_open(tick);
            self.entries_at_open(tick);
            // Without a bar, an order waits for the symbol's next open.
            self.ordered = self.orders.iter().any(Order::is_due);
        }
    }

    /// Shorts pay for the time since the last tick, on their notional at the last mark.
    pub fn charge_borrow(&mut self, tick: usize) {
        let rate = self.plan.rates.borrow_per_ms;
        if rate <= 0.0 || tick == self.run.fold.ticks.start {
            return;
        }
        let timeline = self.plan.market.timeline();
        let elapsed = (timeline[tick] - timeline[tick - 1]) as f64;
        for (position, mark) in self.positions.iter_mut().zip(&self.marks) {
            let Some(position) = position.as_mut().filter(|p| p.side == SideName::Short) else {
                continue;
            };
            let cost = position.notional(*mark) * rate * elapsed;
            position.costs.borrow += cost;
            self.cash -= cost;
        }
    }

    fn exits_at_open(&mut self, tick: usize) {
        for s in 0..self.positions.len() {
            let Some(reason) = self.orders[s].exit else { continue };
            if let Some(bar) = self.bar(s, tick) {
                self.orders[s].exit = None;
                self.close(s, bar, self.plan.market.symbols()[s].open[bar], reason);
            }
        }
    }

    fn entries_at_open(&mut self, tick: usize) {
        let mut due = std::mem::take(&mut self.due);
        for s in 0..self.orders.len() {
            let Order { enter: Some(side), decided, .. } = self.orders[s] else { continue };
            if let Some(bar) = self.bar(s, tick) {
                let numbers = self.plan.signals[s].numbers(decided);
                due.push(Entry { s, bar, side, decided, rank: self.plan.terms.rank(numbers) });
            }
        }
        // Stable: equal ranks keep account order.
        due.sort_by(|a, b| b.rank.total_cmp(&a.rank));
        // Slots are equal: what an earlier entry of this open cost doesn't make the next one smaller.
        let equity = self.equity();
        let mut free = self.plan.slots - self.open.min(self.plan.slots);
        for entry in due.drain(..) {
            self.orders[entry.s] = Order::default();
            if free > 0 && self.enter(entry, tick, equity) {
                free -= 1;
            }
        }
        self.due = due;
    }

    /// Opens a position at the open of a bar, if everything it needs is defined and affordable.
    /// `equity` is what the slots share at this open, after its exits.
    fn enter(&mut self, entry: Entry, tick: usize, equity: f64) -> bool {
        let Entry { s, bar, side, decided, .. } = entry;
        let plan = self.plan;
        let numbers = plan.signals[s].numbers(decided);
        let fill = plan.rates.fill(plan.market.symbols()[s].open[bar], side.sign());
        let weight = plan.terms.weight(numbers);
        let Some(units) = self.units(weight, equity, fill.price) else { return false };
        let Some(levels) = plan.levels(side, fill.price, bar, numbers) else { return false };
        let notional = units * fill.price;
        let costs = CostTotals {
            fees: plan.rates.order_fee(notional),
            slippage: units * fill.slippage,
            spread: units * fill.spread,
            ..CostTotals::default()
        };
        self.cash -= side.sign() * notional + costs.fees;
        self.run.turnover += notional / equity;
        self.marks[s] = fill.price;
        self.open += 1;
        self.positions[s] = Some(Position {
            side,
            units,
            entry_price: fill.price,
            entry_index: bar,
            entry_tick: tick,
            equity_at_entry: equity,
            costs,
            levels,
        });
        true
    }

    /// How many units an entry gets: its weight of an equal slot of `equity`, and never more than
    /// leverage allows once the order's fixed fee is paid.
    fn units(&self, weight: f64, equity: f64, price: f64) -> Option<f64> {
        let plan = self.plan;
        // Checked here, since `f64::min` drops a NaN: an undefined weight would get all that is free.
        if weight.is_nan() {
            return None;
        }
        let slot = equity / plan.slots as f64;
        let [longs, shorts] = self.notionals();
        let now = self.cash + (longs - shorts);
        let free = plan.settings.max_leverage * now - (longs + shorts);
        let budget = (weight * slot).min(free - plan.rates.fee_fixed);
        // What rounding leaves of the cash after another entry took all of it is no position.
        if budget <= equity * DUST {
            return None;
        }
        let mut units = budget / (price * (1.0 + plan.rates.fee));
        let lot = plan.settings.lot;
        if lot > 0.0 {
            units = (units / lot).floor() * lot;
        }
        (units.is_finite() && units > 0.0).then_some(units)
    }

    /// Closes a position at a quoted price, which costs then worsen.
    pub fn close(&mut self, s: usize, bar: usize, quoted: f64, reason: ExitReason) {
        let Some(mut position) = self.positions[s].take() else { return };
        self.open -= 1;
        let sign = position.side.sign();
        let fill = self.plan.rates.fill(quoted, -sign);
        let notional = position.notional(fill.price);
        let fee = self.plan.rates.order_fee(notional);
        self.cash += sign * notional - fee;
        position.costs.add(&CostTotals {
            fees: fee,
            slippage: position.units * fill.slippage,
            spread: position.units * fill.spread,
            ..CostTotals::default()
        });
        let costs = position.costs;
        let moved = position.units * (fill.price - position.entry_price) * sign;
        self.run.turnover += notional / position.equity_at_entry;
        self.run.costs.add(&costs);
        self.run.trades.push(Trade {
            symbol: s,
            side: position.side,
            entry_index: position.entry_index,
            entry_tick: position.entry_tick,
            entry_price: position.entry_price,
            exit_index: bar,
            exit_price: fill.price,
            units: position.units,
            // Slippage and spread are in the prices already.
            pnl: moved - costs.fees - costs.borrow - costs.funding,
            equity_at_entry: position.equity_at_entry,
            costs,
            bars: bar - position.entry_index,
            reason,
        });
    }

    /// Equity is gone: everything is closed at its mark and the account stays at zero.
    pub fn ruin(&mut self) {
        self.close_all(ExitReason::Ruin);
        self.run.ruined = true;
    }

    fn close_all(&mut self, reason: ExitReason) {
        for s in 0..self.positions.len() {
            self.close(s, self.mark_bars[s], self.marks[s], reason);
        }
    }

    /// Decides, as of the close of a tick, what is ordered for the next open.
    pub fn decide(&mut self, tick: usize) {
        for s in 0..self.positions.len() {
            let Some(bar) = self.bar(s, tick) else { continue };
            let signals = self.plan.signals[s];
            self.orders[s] = match &self.positions[s] {
                Some(position) => Order::within(position, signals, bar, self.plan.max_bars),
                None => Order::from_flat(signals, bar),
            };
            self.ordered |= self.orders[s].is_due();
        }
    }

    fn finish(mut self) -> FoldRun {
        if self.plan.settings.close_at_end && !self.run.ruined {
            self.close_all(ExitReason::End);
            // What the last closes cost can be more than was left.
            let equity = self.equity();
            self.run.ruined = equity <= 0.0;
            if let Some(last) = self.run.equity.last_mut() {
                *last = equity.max(0.0);
            }
        }
        for s in 0..self.positions.len() {
            if let Some(position) = self.positions[s].take() {
                self.leave_open(s, &position);
            }
        }
        self.run.exposure = self.work.exposure();
        // A ruined account stays at zero to the end of its fold.
        self.run.equity.resize(self.run.fold.ticks.len(), 0.0);
        self.run
    }

    fn leave_open(&mut self, s: usize, position: &Position) {
        let mark = self.marks[s];
        let costs = position.costs;
        let moved = position.units * (mark - position.entry_price) * position.side.sign();
        self.run.costs.add(&costs);
        self.run.open_trades.push(OpenTrade {
            symbol: s,
            side: position.side,
            entry_index: position.entry_index,
            entry_price: position.entry_price,
            units: position.units,
            mark_price: mark,
            pnl: moved - costs.fees - costs.borrow - costs.funding,
            costs,
            bars: self.mark_bars[s] - position.entry_index,
        });
    }
}

impl Plan<'_> {
    /// The levels of a position that is filled at this price in this bar. There are none where a
    /// distance is undefined: a trade without the stop that the strategy asks for would be another
    /// trade, and isn't made.
    fn levels(&self, side: SideName, price: f64, bar: usize, numbers: &[f64]) -> Option<Levels> {
        let Terms { stop_loss, take_profit, trailing_stop, .. } = self.terms;
        let level = |distance: Option<Distance>, sign: f64| match distance {
            None => Some(None),
            Some(distance) => Some(Some(price + sign * distance.from(price, numbers)?)),
        };
        let trail = match trailing_stop {
            None => None,
            Some(distance) => {
                let value = distance.from(price, numbers)?;
                Some(match distance {
                    Distance::Price(_) => Trail::Price(value),
                    Distance::Fraction(fraction) => Trail::Fraction(fraction),
                })
            }
        };
        let live_from = match self.settings.stops_from {
            StopsFrom::FillBar => bar,
            StopsFrom::NextBar => bar + 1,
        };
        let (stop, target) = (level(stop_loss, -side.sign())?, level(take_profit, side.sign())?);
        Some(Levels { side, live_from, stop, target, trail, best: price })
    }
}
