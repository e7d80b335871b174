//! One account over one fold, tick by tick.
//!
//! At each tick, in this order: exits due at the open, entries due at the open, stops and targets
//! inside the bar, the mark at the close, the decision for the next open. Nothing that happens at a
//! tick reads anything later than that tick.

use super::costs::Rates;
use super::order::Order;
use super::position::{Bar, Position, trail_at};
use super::signals::{DistanceColumn, Signals};
use super::trade::{ExitReason, OpenTrade, SideName, Trade};
use super::{CostTotals, Fold, FoldRun};
use crate::market::{Market, NO_BAR};
use crate::program::{BacktestSettings, CostSettings, StopsFrom};
use crate::strategy::Compiled;

/// Slots of an account whose strategy doesn't say: one per symbol, but no more than this.
const DEFAULT_SLOTS: usize = 10;
/// An entry worth no more than this part of the equity isn't made.
const DUST: f64 = 1e-9;

/// What all folds of a backtest share.
pub(super) struct Plan<'a> {
    market: &'a Market,
    signals: &'a [Signals],
    settings: &'a BacktestSettings,
    rates: Rates,
    slots: usize,
    max_bars: Option<usize>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        strategy: &Compiled,
        market: &'a Market,
        signals: &'a [Signals],
        settings: &'a BacktestSettings,
        costs: &CostSettings,
    ) -> Self {
        let slots = match strategy.max_positions {
            Some(slots) => slots as usize,
            None => market.symbols().len().clamp(1, DEFAULT_SLOTS),
        };
        let max_bars = strategy.max_bars.map(|bars| bars as usize);
        Self { market, signals, settings, rates: Rates::of(costs), slots, max_bars }
    }
}

/// An entry that is due at an open.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Position of the symbol in the account.
    s: usize,
    bar: usize,
    tick: usize,
    side: SideName,
    /// Bar at whose close it was decided.
    decided: usize,
    /// Equity that the slots share at this open, after its exits.
    equity: f64,
}

struct Account<'a> {
    plan: &'a Plan<'a>,
    cash: f64,
    positions: Vec<Option<Position>>,
    /// Number of open positions.
    open: usize,
    orders: Vec<Order>,
    /// Whether any order is due.
    ordered: bool,
    /// Last close of each symbol within the fold.
    marks: Vec<f64>,
    /// Bar of that close.
    mark_bars: Vec<usize>,
    run: FoldRun,
}

/// Runs an account over a fold.
pub(super) fn run(plan: &Plan<'_>, fold: Fold) -> FoldRun {
    let symbols = plan.market.symbols().len();
    let mut account = Account {
        plan,
        cash: plan.settings.cash,
        positions: vec![None; symbols],
        open: 0,
        orders: vec![Order::default(); symbols],
        ordered: false,
        marks: vec![0.0; symbols],
        mark_bars: vec![0; symbols],
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
    };
    for tick in account.run.fold.ticks.clone() {
        account.tick(tick);
        if account.run.ruined {
            break;
        }
    }
    account.finish()
}

impl Account<'_> {
    fn tick(&mut self, tick: usize) {
        // Most ticks of most accounts are quiet: what can't apply isn't looked at symbol by symbol.
        if self.open > 0 {
            self.charge_borrow(tick);
        }
        if self.ordered {
            self.exits_at_open(tick);
            self.entries_at_open(tick);
        }
        if self.open > 0 {
            self.levels_within(tick);
        }
        self.mark(tick);
        if !self.run.ruined {
            self.decide(tick);
        }
    }

    /// The bar of symbol `s` at a tick.
    fn bar(&self, s: usize, tick: usize) -> Option<usize> {
        let bar = self.plan.market.bar_at(s)[tick];
        (bar != NO_BAR).then_some(bar as usize)
    }

    fn equity(&self) -> f64 {
        let open = self.positions.iter().zip(&self.marks);
        self.cash + open.filter_map(|(p, mark)| Some(p.as_ref()?.value(*mark))).sum::<f64>()
    }

    fn gross(&self) -> f64 {
        let open = self.positions.iter().zip(&self.marks);
        open.filter_map(|(p, mark)| Some(p.as_ref()?.notional(*mark))).sum()
    }

    /// Shorts pay for the time since the last tick, on their notional at the last mark.
    fn charge_borrow(&mut self, tick: usize) {
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
        let mut due: Vec<(f64, usize, usize)> = Vec::new();
        for s in 0..self.orders.len() {
            if self.orders[s].enter.is_none() {
                continue;
            }
            if let Some(bar) = self.bar(s, tick) {
                let rank = self.plan.signals[s].rank.as_ref();
                let rank = rank.map_or(0.0, |column| column[self.orders[s].decided]);
                // An undefined rank comes last.
                due.push((if rank.is_nan() { f64::NEG_INFINITY } else { rank }, s, bar));
            }
        }
        // Stable: equal ranks keep account order.
        due.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Slots are equal: what an earlier entry of this open cost doesn't make the next one smaller.
        let equity = self.equity();
        let mut free = self.plan.slots - self.open.min(self.plan.slots);
        for (_, s, bar) in due {
            let order = std::mem::take(&mut self.orders[s]);
            if free > 0
                && let Some(side) = order.enter
                && self.enter(Entry { s, bar, tick, side, decided: order.decided, equity })
            {
                free -= 1;
            }
        }
    }

    /// Opens a position at the open of `bar`, if everything it needs is defined and affordable.
    fn enter(&mut self, entry: Entry) -> bool {
        let Entry { s, bar, tick, side, decided, equity } = entry;
        let plan = self.plan;
        let signals = &plan.signals[s];
        let fill = plan.rates.fill(plan.market.symbols()[s].open[bar], side.sign());
        let weight = signals.weight.as_ref().map_or(1.0, |column| column[decided]);
        let Some(units) = self.units(weight, equity, fill.price) else { return false };
        // A trade without the stop that the strategy asks for would be another trade: it isn't made.
        let level = |column: &Option<DistanceColumn>, sign: f64| match column {
            None => Some(None),
            Some(column) => column.at(decided, fill.price).map(|d| Some(fill.price + sign * d)),
        };
        let trail = match &signals.trailing_stop {
            None => Some(None),
            Some(column) => trail_at(column, decided, fill.price).map(Some),
        };
        let (Some(stop), Some(target), Some(trail)) = (
            level(&signals.stop_loss, -side.sign()),
            level(&signals.take_profit, side.sign()),
            trail,
        ) else {
            return false;
        };
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
        let live_from = match plan.settings.stops_from {
            StopsFrom::FillBar => bar,
            StopsFrom::NextBar => bar + 1,
        };
        self.open += 1;
        self.positions[s] = Some(Position {
            side,
            units,
            entry_price: fill.price,
            entry_index: bar,
            entry_tick: tick,
            equity_at_entry: equity,
            costs,
            live_from,
            stop,
            target,
            trail,
            best: fill.price,
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
        let free = plan.settings.max_leverage * self.equity() - self.gross();
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
    fn close(&mut self, s: usize, bar: usize, quoted: f64, reason: ExitReason) {
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

    fn levels_within(&mut self, tick: usize) {
        for s in 0..self.positions.len() {
            let Some(index) = self.bar(s, tick) else { continue };
            let Some(position) = &mut self.positions[s] else { continue };
            if index < position.live_from {
                continue;
            }
            let bars = &self.plan.market.symbols()[s];
            let bar = Bar { open: bars.open[index], high: bars.high[index], low: bars.low[index] };
            match position.exit_within(bar) {
                Some((price, reason)) => self.close(s, index, price, reason),
                None => position.complete(bar),
            }
        }
    }

    fn mark(&mut self, tick: usize) {
        if self.open > 0 {
            self.mark_positions(tick);
        }
        let mut equity = self.equity();
        if equity <= 0.0 {
            self.ruin();
            equity = 0.0;
        } else if self.open > 0 {
            self.run.exposure += self.gross() / equity;
        }
        self.run.equity.push(equity);
    }

    fn mark_positions(&mut self, tick: usize) {
        for s in 0..self.positions.len() {
            let Some(bar) = self.bar(s, tick) else { continue };
            let Some(position) = &mut self.positions[s] else { continue };
            let bars = &self.plan.market.symbols()[s];
            self.marks[s] = bars.close[bar];
            self.mark_bars[s] = bar;
            if let Some(funding) = &bars.funding {
                let paid = position.value(bars.close[bar]) * funding[bar];
                position.costs.funding += paid;
                self.cash -= paid;
            }
        }
    }

    /// Equity is gone: everything is closed at its mark and the account stays at zero.
    fn ruin(&mut self) {
        self.close_all(ExitReason::Ruin);
        self.run.ruined = true;
    }

    fn close_all(&mut self, reason: ExitReason) {
        for s in 0..self.positions.len() {
            self.close(s, self.mark_bars[s], self.marks[s], reason);
        }
    }

    fn decide(&mut self, tick: usize) {
        let mut ordered = false;
        for s in 0..self.positions.len() {
            if let Some(bar) = self.bar(s, tick) {
                let flags = self.plan.signals[s].flags[bar];
                self.orders[s] = match &self.positions[s] {
                    Some(position) => Order::within(position, flags, bar, self.plan.max_bars),
                    // An order of an earlier bar was carried out or dropped at this one's open.
                    None if flags.is_quiet() => continue,
                    None => Order::from_flat(flags, bar),
                };
            }
            // Without a bar, an order waits for the symbol's next open.
            ordered |= self.orders[s].is_due();
        }
        self.ordered = ordered;
    }

    fn finish(mut self) -> FoldRun {
        if self.plan.settings.close_at_end && !self.run.ruined {
            self.close_all(ExitReason::End);
            let equity = self.equity().max(0.0);
            if let Some(last) = self.run.equity.last_mut() {
                *last = equity;
            }
        }
        for s in 0..self.positions.len() {
            if let Some(position) = self.positions[s].take() {
                self.leave_open(s, &position);
            }
        }
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
