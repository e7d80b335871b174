//! Values that are computed on other bars than they are asked on: other symbols, longer bars, the universe.
//!
//! A *site* is where expressions are computed: every symbol of the universe in turn, or one symbol, on
//! their own bars or on longer ones. [`supplies`] finds which nodes are needed at which site, computes
//! them innermost first, each once for the whole market, and brings their values to the bars that ask: a
//! column for the evaluator, like any other input. What comes from other bars is there only once those
//! have ended, so nothing of a later bar reaches an earlier one.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::evaluate::{Supplied, columns, nothing};
use super::functions::{Place, Reach};
use super::graph::{Graph, Node, NodeId, Target};
use crate::market::{Bars, CrossSections, Market, Series, Timeframe};

/// For each symbol of the account: the values that `roots` need and that are not computed on its own bars.
/// A symbol that the market doesn't have gives nothing: undefined, or false.
pub fn supplies(graph: &Graph, roots: &[NodeId], market: &Market) -> Vec<Supplied> {
    let own = Site::default();
    let asked = asked_by(graph, roots);
    let mut plan = Plan { graph, market, levels: BTreeMap::new(), stages: Vec::new() };
    for reach in &asked {
        plan.visit_behind(&own, *reach);
    }
    if plan.stages.is_empty() {
        return vec![Supplied::new(); market.symbols().len()];
    }
    let mut stage = Stage::new(graph, market);
    for stage_sites in plan.stages {
        for (site, nodes) in stage_sites {
            stage.compute(&site, &nodes.into_iter().collect::<Vec<NodeId>>());
        }
    }
    stage.supply(&own, &asked)
}

/// Where expressions are computed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Site {
    /// One symbol, by its place in the market's universe and then its context; none is every symbol of
    /// the universe in turn.
    symbol: Option<usize>,
    /// The timeframes by which the bars were put together, one after the other.
    frames: Vec<Timeframe>,
}

/// The nodes among those that compute `roots` which are computed on other bars.
fn asked_by(graph: &Graph, roots: &[NodeId]) -> Vec<NodeId> {
    let mut asked = BTreeSet::new();
    let mut seen = vec![false; graph.len()];
    // Most graphs reach nowhere.
    let mut open = if graph.reaches() > 0 { roots.to_vec() } else { Vec::new() };
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut seen[id.index()], true) {
            continue;
        }
        if matches!(graph.node(id), Node::Reach { .. }) {
            asked.insert(id);
        }
        open.extend(graph.node(id).operands());
    }
    asked.into_iter().collect()
}

/// The bars of a symbol by its place in a site.
fn bars_of(market: &Market, symbol: usize) -> Option<&Bars> {
    let traded = market.symbols();
    traded.get(symbol).or_else(|| market.context().get(symbol.checked_sub(traded.len())?))
}

fn place_of(market: &Market, name: &str) -> Option<usize> {
    market.symbols().iter().chain(market.context()).position(|bars| bars.symbol == name)
}

/// What a value at a site is computed from: the site of its target, and the node there.
fn behind(graph: &Graph, market: &Market, site: &Site, reach: NodeId) -> Option<(Site, NodeId)> {
    let Node::Reach { target, input } = graph.node(reach) else { return None };
    let there = match target {
        Target::Symbol(name) => Site { symbol: Some(place_of(market, name)?), frames: Vec::new() },
        Target::Timeframe(timeframe) => {
            let frames = site.frames.iter().copied().chain([*timeframe]).collect();
            Site { symbol: site.symbol, frames }
        }
        Target::Universe(_) => Site { symbol: None, frames: site.frames.clone() },
    };
    Some((there, *input))
}

/// Which nodes are computed at which site, and in which order.
struct Plan<'a> {
    graph: &'a Graph,
    market: &'a Market,
    /// How many stages come before the one in which a node is computed at a site.
    levels: BTreeMap<(Site, NodeId), usize>,
    stages: Vec<BTreeMap<Site, BTreeSet<NodeId>>>,
}

impl Plan<'_> {
    /// Plans what a value is computed from; the number of stages that this takes.
    fn visit_behind(&mut self, site: &Site, reach: NodeId) -> usize {
        match behind(self.graph, self.market, site, reach) {
            Some((there, input)) => 1 + self.visit(there, input),
            None => 0,
        }
    }

    // Recursive: values on other bars are nested no deeper than a strategy may have of them.
    fn visit(&mut self, site: Site, node: NodeId) -> usize {
        if let Some(level) = self.levels.get(&(site.clone(), node)) {
            return *level;
        }
        let mut level = 0;
        for reach in asked_by(self.graph, &[node]) {
            level = level.max(self.visit_behind(&site, reach));
        }
        self.levels.insert((site.clone(), node), level);
        if self.stages.len() <= level {
            self.stages.resize_with(level + 1, BTreeMap::new);
        }
        self.stages[level].entry(site).or_default().insert(node);
        level
    }
}

/// What was computed so far.
struct Stage<'a> {
    graph: &'a Graph,
    market: &'a Market,
    /// The bars of a site: of one symbol, or of each symbol of the universe.
    series: BTreeMap<Site, Vec<Series<'a>>>,
    /// A node's values at a site, a column for each of its series.
    values: BTreeMap<(Site, NodeId), Vec<Vec<f64>>>,
    /// Which bars of a site's series stand side by side.
    sections: BTreeMap<Vec<Timeframe>, CrossSections>,
}

impl<'a> Stage<'a> {
    fn new(graph: &'a Graph, market: &'a Market) -> Self {
        let mut stage = Self {
            graph,
            market,
            series: BTreeMap::new(),
            values: BTreeMap::new(),
            sections: BTreeMap::new(),
        };
        stage.prepare(&Site::default());
        stage
    }

    /// Makes the bars of a site, and those that they are put together from.
    fn prepare(&mut self, site: &Site) {
        if self.series.contains_key(site) {
            return;
        }
        let series = match site.frames.split_last() {
            None => match site.symbol {
                None => self.market.symbols().iter().map(Series::native).collect(),
                Some(symbol) => {
                    bars_of(self.market, symbol).into_iter().map(Series::native).collect()
                }
            },
            Some((last, before)) => {
                let source = Site { symbol: site.symbol, frames: before.to_vec() };
                self.prepare(&source);
                self.of(&source).par_iter().map(|series| series.resampled(*last)).collect()
            }
        };
        self.series.insert(site.clone(), series);
    }

    fn of(&self, site: &Site) -> &[Series<'a>] {
        self.series.get(site).map_or(&[], Vec::as_slice)
    }

    /// Computes nodes at a site; what they ask of others was computed before.
    fn compute(&mut self, site: &Site, nodes: &[NodeId]) {
        self.prepare(site);
        let supplies = self.supply(site, &asked_by(self.graph, nodes));
        let columns: Vec<Vec<Vec<f64>>> = self
            .of(site)
            .par_iter()
            .zip(&supplies)
            .map(|(series, supplied)| columns(self.graph, nodes, series.bars(), supplied))
            .collect();
        let mut by_node: Vec<Vec<Vec<f64>>> = nodes.iter().map(|_| Vec::new()).collect();
        for of_series in columns {
            for (of_node, column) in by_node.iter_mut().zip(of_series) {
                of_node.push(column);
            }
        }
        for (node, columns) in nodes.iter().zip(by_node) {
            self.values.insert((site.clone(), *node), columns);
        }
    }

    /// The values that a site's series ask of other bars.
    fn supply(&mut self, site: &Site, asked: &[NodeId]) -> Vec<Supplied> {
        let mut supplies = vec![Supplied::new(); self.of(site).len()];
        for reach in asked {
            let columns = self.bring(site, *reach).unwrap_or_default();
            for (supplied, column) in supplies.iter_mut().zip(columns) {
                supplied.insert(*reach, column);
            }
        }
        supplies
    }

    /// A value that was computed elsewhere, on each series of a site; none if it has no meaning there.
    fn bring(&mut self, site: &Site, reach: NodeId) -> Option<Vec<Vec<f64>>> {
        let (there, input) = behind(self.graph, self.market, site, reach)?;
        let Node::Reach { target, .. } = self.graph.node(reach) else { return None };
        if let Target::Universe(function) = target {
            return self.compare(site, &there, input, function);
        }
        let values = self.values.get(&(there.clone(), input))?;
        let other = self.of(&there);
        let before = nothing(self.graph, reach);
        let bring = |(s, series): (usize, &Series<'_>)| match target {
            Target::Symbol(_) => spread(&values[0], &series.ended_of(&other[0]), before),
            _ => spread(&values[s], &other[s].complete_periods(series.bars().len()), before),
        };
        Some(self.of(site).par_iter().enumerate().map(bring).collect())
    }

    /// Values compared across the universe; none for a symbol that isn't of it.
    fn compare(
        &mut self,
        site: &Site,
        universe: &Site,
        input: NodeId,
        function: &Reach,
    ) -> Option<Vec<Vec<f64>>> {
        let Place::Universe(statistic) = function.place else { return None };
        if !self.sections.contains_key(&universe.frames) {
            let sections = CrossSections::of(self.of(universe));
            self.sections.insert(universe.frames.clone(), sections);
        }
        let sections = self.sections.get(&universe.frames)?;
        let mut columns = self.values.get(&(universe.clone(), input))?.clone();
        let (mut values, mut scratch) = (Vec::new(), Vec::new());
        for group in sections.groups() {
            values.clear();
            values.extend(group.iter().map(|(s, bar)| columns[*s as usize][*bar as usize]));
            statistic(&mut values, &mut scratch);
            for ((s, bar), value) in group.iter().zip(&values) {
                columns[*s as usize][*bar as usize] = super::functions::defined(*value);
            }
        }
        match site.symbol {
            None => Some(columns),
            Some(symbol) if symbol < columns.len() => Some(vec![columns.swap_remove(symbol)]),
            Some(_) => None,
        }
    }
}

/// At each bar the last of the values that are there by then, as many as `counts` says.
fn spread(values: &[f64], counts: &[usize], before: f64) -> Vec<f64> {
    let last = |count: &usize| count.checked_sub(1).map_or(before, |last| values[last]);
    counts.iter().map(last).collect()
}
