//! A second engine: slow, plain, and written from the documents alone, to compare the real one with.
//!
//! Signals come as plain values per bar, so nothing of the expression language is shared either. One
//! pass over the timeline; at each tick: holding costs, market orders, levels, the close, decisions.
#![allow(clippy::needless_range_loop, reason = "several columns share the index of a symbol")]

use sprag::backtest::{CostTotals, ExitReason, SideName};
use sprag::program::StopsFrom;

use super::words::{Distance, Open, Result, Said, Trade, World};

struct Held {
    side: SideName,
    units: f64,
    entry_index: usize,
    entry_price: f64,
    /// Money in minus money out since the entry.
    flow: f64,
    costs: CostTotals,
    equity_at_entry: f64,
    stop: Option<f64>,
    target: Option<f64>,
    trailing: Option<Distance>,
    best: f64,
    /// Until when borrowing is paid.
    paid_until: i64,
}

#[derive(Clone, Copy)]
struct Order {
    close: Option<ExitReason>,
    open: Option<SideName>,
    /// The bar that decided.
    bar: usize,
}

struct Account<'a> {
    world: &'a World<'a>,
    cash: f64,
    held: Vec<Option<Held>>,
    orders: Vec<Option<Order>>,
    /// Last price seen of each symbol, and its bar.
    mark: Vec<f64>,
    last_bar: Vec<usize>,
    result: Result,
}

/// Runs one account over the ticks from `from` until before `to` (times, milliseconds).
pub fn run(world: &World<'_>, from: i64, to: i64) -> Result {
    let mut times: Vec<i64> = world.symbols.iter().flat_map(|bars| bars.time.clone()).collect();
    times.sort_unstable();
    times.dedup();
    times.retain(|time| (from..to).contains(time));
    let count = world.symbols.len();
    let mut account = Account {
        world,
        cash: world.settings.cash,
        held: (0..count).map(|_| None).collect(),
        orders: vec![None; count],
        mark: vec![f64::NAN; count],
        last_bar: vec![0; count],
        result: Result::default(),
    };
    for (tick, time) in times.iter().enumerate() {
        account.tick(*time, tick + 1 == times.len());
    }
    for (symbol, held) in account.held.iter().enumerate() {
        account.result.open.extend(held.as_ref().map(|held| Open {
            symbol,
            side: held.side,
            entry_index: held.entry_index,
            entry_price: held.entry_price,
            units: held.units,
        }));
    }
    account.result
}

impl Account<'_> {
    fn tick(&mut self, time: i64, last: bool) {
        if self.result.ruined {
            let equity = *self.result.equity.last().unwrap();
            return self.result.equity.push(equity);
        }
        let bars: Vec<Option<usize>> =
            self.world.symbols.iter().map(|bars| bars.time.binary_search(&time).ok()).collect();
        for s in 0..bars.len() {
            self.borrow(s, time);
        }
        self.market_orders(&bars);
        for s in 0..bars.len() {
            if let Some(bar) = bars[s] {
                self.levels(s, bar);
            }
        }
        for s in 0..bars.len() {
            let Some(bar) = bars[s] else { continue };
            let symbol = &self.world.symbols[s];
            self.mark[s] = symbol.close[bar];
            self.last_bar[s] = bar;
            if let (Some(held), Some(funding)) = (&mut self.held[s], &symbol.funding) {
                let paid = held.side.sign() * held.units * symbol.close[bar] * funding[bar];
                held.costs.funding += paid;
                held.flow -= paid;
                self.cash -= paid;
            }
        }
        let ruined = self.equity() <= 0.0;
        if !ruined {
            self.result.exposure += self.gross() / self.equity();
        }
        self.result.ruined = ruined;
        let all = if ruined {
            Some(ExitReason::Ruin)
        } else {
            (last && self.world.settings.close_at_end).then_some(ExitReason::End)
        };
        if let Some(reason) = all {
            for s in 0..bars.len() {
                self.close(s, self.last_bar[s], self.mark[s], reason);
            }
        }
        // The last closes cost something as well.
        self.result.ruined |= all.is_some() && self.equity() <= 0.0;
        // A ruined account is worth nothing; what it owes beyond that is somebody else's loss.
        let equity = if self.result.ruined { 0.0 } else { self.equity() };
        self.result.equity.push(equity);
        for s in 0..bars.len() {
            if let Some(bar) = bars[s] {
                self.orders[s] = self.decide(s, bar);
            }
        }
    }

    fn equity(&self) -> f64 {
        let worth = |(held, mark): (&Option<Held>, &f64)| {
            held.as_ref().map_or(0.0, |held| held.side.sign() * held.units * mark)
        };
        self.cash + self.held.iter().zip(&self.mark).map(worth).sum::<f64>()
    }

    fn gross(&self) -> f64 {
        let worth = |(held, mark): (&Option<Held>, &f64)| {
            held.as_ref().map_or(0.0, |held| held.units * mark)
        };
        self.held.iter().zip(&self.mark).map(worth).sum()
    }

    /// Calendar days since the fill, on the last known worth.
    fn borrow(&mut self, s: usize, time: i64) {
        let Some(held) = &mut self.held[s] else { return };
        if held.side == SideName::Long {
            return;
        }
        let days = (time - held.paid_until) as f64 / 86_400_000.0;
        held.paid_until = time;
        let rate = self.world.costs.borrow_bps_per_year / 1e4 / 365.0;
        let paid = held.units * self.mark[s] * rate * days;
        held.costs.borrow += paid;
        held.flow -= paid;
        self.cash -= paid;
    }

    /// The fill price of an order that buys (+1) or sells (-1), and what the order costs.
    fn fill(&self, quoted: f64, direction: f64) -> (f64, impl Fn(f64) -> CostTotals + use<>) {
        let costs = self.world.costs.clone();
        let (slippage, spread) =
            (quoted * costs.slippage_bps / 1e4, quoted * costs.spread_bps / 2e4);
        let price = quoted + direction * (slippage + spread);
        let of = move |units: f64| CostTotals {
            fees: units * price * costs.fee_bps / 1e4 + costs.fee_fixed,
            slippage: units * slippage,
            spread: units * spread,
            ..CostTotals::default()
        };
        (price, of)
    }

    fn market_orders(&mut self, bars: &[Option<usize>]) {
        let due: Vec<Option<Order>> =
            (0..bars.len()).map(|s| bars[s].and_then(|_| self.orders[s].take())).collect();
        for s in 0..bars.len() {
            if let (Some(bar), Some(Order { close: Some(reason), .. })) = (bars[s], due[s]) {
                self.close(s, bar, self.world.symbols[s].open[bar], reason);
            }
        }
        let mut entries: Vec<(usize, SideName, Said)> = Vec::new();
        for s in 0..bars.len() {
            let Some(Order { open: Some(side), bar, .. }) = due[s] else { continue };
            entries.push((s, side, self.world.said[s][bar]));
        }
        // The highest rank first, an undefined one last, ties in account order (the sort is stable).
        let key = |said: &Said| if said.rank.is_nan() { f64::NEG_INFINITY } else { said.rank };
        entries.sort_by(|a, b| key(&b.2).total_cmp(&key(&a.2)));
        let slots = self.world.slots.unwrap_or(bars.len().min(10));
        let equity = self.equity();
        for (s, side, said) in entries {
            if self.held.iter().flatten().count() < slots {
                self.open(s, bars[s].unwrap(), side, &said, (equity, slots));
            }
        }
    }

    fn open(
        &mut self,
        s: usize,
        bar: usize,
        side: SideName,
        said: &Said,
        (equity, slots): (f64, usize),
    ) {
        let costs = self.world.costs;
        let symbol = &self.world.symbols[s];
        let (price, cost_of) = self.fill(symbol.open[bar], side.sign());
        let each = price * (1.0 + costs.fee_bps / 1e4);
        let distances = [said.stop, said.target, said.trailing];
        if distances.iter().flatten().any(|distance| !distance.is_usable()) {
            return;
        }
        let room = self.world.settings.max_leverage * self.equity() - self.gross();
        let most = (room - costs.fee_fixed) / each;
        let wanted = said.weight * equity / slots as f64 / each;
        // An undefined weight enters nothing.
        if wanted.is_nan() {
            return;
        }
        let mut units = if wanted < most { wanted } else { most };
        let lot = self.world.settings.lot;
        if lot > 0.0 {
            units = (units / lot).floor() * lot;
        }
        // What rounding leaves of the room is no position.
        if units * price <= 1e-9 * self.equity() {
            return;
        }
        let costs = cost_of(units);
        let flow = -side.sign() * units * price - costs.fees;
        self.cash += flow;
        self.result.turnover += units * price / equity;
        let sign = side.sign();
        // Equity is marked at closes; until its first one a position is worth what it was filled at.
        self.mark[s] = price;
        self.held[s] = Some(Held {
            side,
            units,
            entry_index: bar,
            entry_price: price,
            flow,
            costs,
            equity_at_entry: equity,
            stop: said.stop.map(|distance| price - sign * distance.from(price)),
            target: said.target.map(|distance| price + sign * distance.from(price)),
            trailing: said.trailing,
            best: price,
            paid_until: symbol.time[bar],
        });
    }

    fn close(&mut self, s: usize, bar: usize, price: f64, reason: ExitReason) {
        let Some(held) = self.held[s].take() else { return };
        let (price, cost_of) = self.fill(price, -held.side.sign());
        let mut costs = cost_of(held.units);
        let flow = held.side.sign() * held.units * price - costs.fees;
        costs.add(&held.costs);
        self.cash += flow;
        self.result.turnover += held.units * price / held.equity_at_entry;
        self.result.trades.push(Trade {
            symbol: s,
            side: held.side,
            entry_index: held.entry_index,
            entry_price: held.entry_price,
            exit_index: bar,
            exit_price: price,
            units: held.units,
            pnl: held.flow + flow,
            costs,
            equity_at_entry: held.equity_at_entry,
            reason,
        });
    }

    /// Stops, trailing stops and targets within one bar. Prices are seen through the side's sign, so
    /// that for both sides a level that is "below" is a stop.
    fn levels(&mut self, s: usize, bar: usize) {
        let Some(held) = &mut self.held[s] else { return };
        let symbol = &self.world.symbols[s];
        let filled_here = held.entry_index == bar;
        let live = !filled_here || self.world.settings.stops_from == StopsFrom::FillBar;
        let sign = held.side.sign();
        let (open, worst, far) = match held.side {
            SideName::Long => (symbol.open[bar], symbol.low[bar], symbol.high[bar]),
            SideName::Short => (symbol.open[bar], symbol.high[bar], symbol.low[bar]),
        };
        let trailing = held.trailing.map(|distance| held.best - sign * distance.from(held.best));
        let nearer = match (held.stop, trailing) {
            (Some(stop), Some(trailing)) if (trailing - stop) * sign > 0.0 => {
                Some((trailing, ExitReason::Trailing))
            }
            (Some(stop), _) => Some((stop, ExitReason::Stop)),
            (None, trailing) => trailing.map(|level| (level, ExitReason::Trailing)),
        };
        let mut hit = None;
        if live {
            // Nobody knows the order of prices within a bar: the stop is asked first.
            let stop = nearer.filter(|(level, _)| (worst - level) * sign <= 0.0);
            let target = held.target.filter(|level| (far - level) * sign >= 0.0);
            hit = match (stop, target) {
                (Some((level, reason)), _) => {
                    let gapped = (open - level) * sign < 0.0;
                    Some((if gapped { open } else { level }, reason))
                }
                (None, Some(level)) => {
                    let gapped = (open - level) * sign > 0.0;
                    Some((if gapped { open } else { level }, ExitReason::Target))
                }
                (None, None) => None,
            };
        }
        if live && (far - held.best) * sign > 0.0 {
            held.best = far;
        }
        if let Some((price, reason)) = hit {
            self.close(s, bar, price, reason);
        }
    }

    fn decide(&self, s: usize, bar: usize) -> Option<Order> {
        let said = &self.world.said[s][bar];
        let long = said.long_enter && !said.long_exit;
        let short = said.short_enter && !said.short_exit;
        let order = match &self.held[s] {
            None => {
                let open = match (long, short) {
                    (true, false) => Some(SideName::Long),
                    (false, true) => Some(SideName::Short),
                    // Both at once is no opinion.
                    _ => None,
                };
                Order { close: None, open, bar }
            }
            Some(held) => {
                let (exit, other, flip) = match held.side {
                    SideName::Long => (said.long_exit, SideName::Short, short && !long),
                    SideName::Short => (said.short_exit, SideName::Long, long && !short),
                };
                let timeout =
                    self.world.max_bars.is_some_and(|most| held.entry_index + most == bar + 1);
                let close = if flip {
                    Some(ExitReason::Flip)
                } else if exit {
                    Some(ExitReason::Signal)
                } else {
                    timeout.then_some(ExitReason::MaxBars)
                };
                Order { close, open: flip.then_some(other), bar }
            }
        };
        (order.close.is_some() || order.open.is_some()).then_some(order)
    }
}
