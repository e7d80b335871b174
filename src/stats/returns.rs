//! Figures of a series of bar returns: one table, each figure a row.

use super::drawdown::{Deepest, Drawdowns, wealth};
use super::serial::Autocorrelation;
use super::{Figure, Moments, Undefined, Value, finite, is_constant, mean, quantile, sorted};

const FEW: Undefined = Undefined("fewer than two returns");
const CONSTANT: Undefined = Undefined("returns don't vary");
const NO_LOSS: Undefined = Undefined("no negative return");
const NO_DRAWDOWN: Undefined = Undefined("no drawdown");

/// Bar returns, and what several figures need of them.
#[derive(Debug, Clone)]
pub struct ReturnSample {
    returns: Vec<f64>,
    sorted: Vec<f64>,
    wealth: Vec<f64>,
    drawdowns: Drawdowns,
    moments: Moments,
    periods: f64,
}

/// The least-squares line of log wealth on time.
struct Trend {
    r_squared: f64,
    /// Slope over its standard error.
    t: Value,
}

impl ReturnSample {
    /// Takes in finite `returns`, of which there are `periods` a year.
    ///
    /// # Errors
    ///
    /// [`Undefined`] without returns.
    pub fn new(returns: Vec<f64>, periods: f64) -> Result<Self, Undefined> {
        if returns.is_empty() {
            return Err(Undefined("no returns"));
        }
        let wealth = wealth(&returns);
        Ok(Self {
            sorted: sorted(&returns),
            drawdowns: Drawdowns::of(&wealth),
            moments: Moments::of(&returns),
            wealth,
            returns,
            periods,
        })
    }

    fn n(&self) -> f64 {
        self.returns.len() as f64
    }

    fn last_wealth(&self) -> f64 {
        self.wealth[self.wealth.len() - 1]
    }

    fn cagr(&self) -> Value {
        finite(libm::pow(self.last_wealth(), self.periods / self.n()) - 1.0)
    }

    fn annual(&self, per_bar: f64) -> Value {
        finite(per_bar * self.periods.sqrt())
    }

    /// A figure that needs returns that vary.
    fn varying(&self, figure: f64) -> Value {
        if self.returns.len() < 2 {
            return Err(FEW);
        }
        if is_constant(&self.sorted) {
            return Err(CONSTANT);
        }
        finite(figure)
    }

    fn downside(&self) -> f64 {
        let squares: f64 = self.returns.iter().map(|r| r.min(0.0) * r.min(0.0)).sum();
        (squares / self.n()).sqrt()
    }

    fn sortino(&self) -> Value {
        let downside = self.downside();
        match (self.returns.len() < 2, downside > 0.0) {
            (true, _) => Err(FEW),
            (_, false) => Err(NO_LOSS),
            _ => self.annual(self.moments.mean / downside),
        }
    }

    /// Of the sum of negative returns, as a positive number.
    fn over_losses(&self, sum: f64) -> Value {
        let losses: f64 = self.returns.iter().map(|r| (-r).max(0.0)).sum();
        if losses > 0.0 { finite(sum / losses) } else { Err(NO_LOSS) }
    }

    fn quantile(&self, q: f64) -> f64 {
        quantile(&self.sorted, q)
    }

    /// Mean of the lowest so many returns.
    fn mean_of_lowest(&self, count: usize) -> Value {
        finite(mean(&self.sorted[..count]))
    }

    fn deepest(&self) -> Result<Deepest, Undefined> {
        self.drawdowns.deepest.ok_or(NO_DRAWDOWN)
    }

    /// Root mean square of the drawdowns after each return.
    fn ulcer_index(&self) -> f64 {
        (self.drawdowns.depths.iter().map(|depth| depth * depth).sum::<f64>() / self.n()).sqrt()
    }

    fn bars_below_peak(&self) -> usize {
        self.drawdowns.depths.iter().filter(|depth| **depth > 0.0).count()
    }

    fn trend(&self) -> Result<Trend, Undefined> {
        if self.returns.len() < 3 {
            return Err(Undefined("fewer than three returns"));
        }
        if self.last_wealth() <= 0.0 {
            return Err(Undefined("ruin"));
        }
        let logs: Vec<f64> = self.wealth[1..].iter().map(|level| libm::log(*level)).collect();
        let n = self.n();
        let (mean_time, mean_log) = ((n - 1.0) / 2.0, mean(&logs));
        let (mut times, mut products, mut squares) = (0.0, 0.0, 0.0);
        for (at, log) in logs.iter().enumerate() {
            let (time, log) = (at as f64 - mean_time, log - mean_log);
            times += time * time;
            products += time * log;
            squares += log * log;
        }
        if squares <= 0.0 {
            return Err(Undefined("wealth doesn't vary"));
        }
        let slope = products / times;
        let residual = (squares - slope * products).max(0.0);
        let error = (residual / (n - 2.0) / times).sqrt();
        let t = if error > 0.0 {
            finite(slope / error)
        } else {
            Err(Undefined("wealth grows by the same at every bar"))
        };
        Ok(Trend { r_squared: 1.0 - residual / squares, t })
    }
}

/// All figures in the order in which they are reported.
pub static TABLE: &[Figure<ReturnSample>] = &[
    Figure::count("T", "number of returns", |s| Ok(s.n())),
    Figure::new("total_return", "compounded return", |s| finite(s.last_wealth() - 1.0)),
    Figure::new("cagr", "compound annual growth rate", ReturnSample::cagr),
    Figure::new("volatility", "standard deviation (ddof 1), annualised", |s| {
        if s.returns.len() < 2 { Err(FEW) } else { s.annual(s.moments.sd) }
    }),
    Figure::new("sharpe", "mean over standard deviation, annualised by the root of time", |s| {
        s.annual(s.varying(s.moments.mean_over_sd)?)
    }),
    Figure::new("sortino", "mean over downside deviation, annualised", ReturnSample::sortino),
    Figure::new(
        "downside_deviation",
        "root mean square of negative returns over all bars, annualised",
        |s| s.annual(s.downside()),
    ),
    Figure::new("max_drawdown", "largest fall from a peak, as a positive fraction of it", |s| {
        Ok(s.deepest().map_or(0.0, |deepest| deepest.depth))
    }),
    Figure::count(
        "max_drawdown_peak_index",
        "where that peak was; 0 is before the first return",
        |s| Ok(s.deepest()?.peak as f64),
    ),
    Figure::count("max_drawdown_trough_index", "where it was deepest", |s| {
        Ok(s.deepest()?.trough as f64)
    }),
    Figure::count("max_drawdown_recovery_index", "where the peak was reached again", |s| {
        Ok(s.deepest()?.recovery.ok_or(Undefined("not recovered"))? as f64)
    }),
    Figure::new("calmar", "CAGR over maximum drawdown", |s| finite(s.cagr()? / s.deepest()?.depth)),
    Figure::new("recovery_factor", "total return over maximum drawdown", |s| {
        finite((s.last_wealth() - 1.0) / s.deepest()?.depth)
    }),
    Figure::new("ulcer_index", "root mean square drawdown over all bars", |s| {
        finite(s.ulcer_index())
    }),
    Figure::new("upi_martin", "CAGR over ulcer index (Martin ratio)", |s| {
        s.deepest()?;
        finite(s.cagr()? / s.ulcer_index())
    }),
    Figure::new("pain_index", "mean drawdown over all bars", |s| finite(mean(&s.drawdowns.depths))),
    Figure::new("average_drawdown", "mean drawdown over the bars below a peak", |s| {
        s.deepest()?;
        finite(s.drawdowns.depths.iter().sum::<f64>() / s.bars_below_peak() as f64)
    }),
    Figure::new(
        "underwater_share",
        "share of points of wealth below a peak, start included",
        |s| Ok(s.bars_below_peak() as f64 / s.wealth.len() as f64),
    ),
    Figure::count("longest_underwater_bars", "longest stretch below a peak", |s| {
        Ok(s.drawdowns.stretches().into_iter().max().unwrap_or(0) as f64)
    }),
    Figure::count("number_of_drawdowns", "stretches below a peak", |s| {
        Ok(s.drawdowns.stretches().len() as f64)
    }),
    Figure::count("open_drawdown_bars", "bars since the last peak", |s| {
        Ok(s.drawdowns.open_bars() as f64)
    }),
    Figure::new("omega0", "sum of gains over sum of losses", |s| {
        s.over_losses(s.returns.iter().map(|r| r.max(0.0)).sum())
    }),
    Figure::new("gain_to_pain", "sum of returns over sum of losses", |s| {
        s.over_losses(s.returns.iter().sum())
    }),
    Figure::new("tail_ratio", "95th over 5th percentile, magnitudes (type 7 quantiles)", |s| {
        let (low, high) = (s.quantile(0.05).abs(), s.quantile(0.95).abs());
        if low > 0.0 { finite(high / low) } else { Err(Undefined("the 5th percentile is zero")) }
    }),
    Figure::new("var95_historical", "5th percentile of returns, signed", |s| {
        finite(s.quantile(0.05))
    }),
    Figure::new("cvar95_lowest_k", "mean of the lowest ⌊(T - 1) 0.05⌋ + 1 returns", |s| {
        s.mean_of_lowest(((s.n() - 1.0) * 0.05) as usize + 1)
    }),
    Figure::new("cvar95_le_var", "mean of the returns at or below `var95_historical`", |s| {
        let bound = s.quantile(0.05);
        s.mean_of_lowest(s.sorted.partition_point(|r| *r <= bound))
    }),
    Figure::new("skew_g1", "biased skew", |s| s.varying(s.moments.skew)),
    Figure::new("kurt_g2", "biased raw kurtosis: 3 for a normal", |s| {
        s.varying(s.moments.kurtosis)
    }),
    Figure::new("kurt_excess_g2", "the same in excess of a normal's", |s| {
        s.varying(s.moments.kurtosis - 3.0)
    }),
    Figure::new("best", "highest return", |s| Ok(s.sorted[s.sorted.len() - 1])),
    Figure::new("worst", "lowest return", |s| Ok(s.sorted[0])),
    Figure::new("positive_share", "share of returns above 0", |s| {
        Ok(s.returns.iter().filter(|r| **r > 0.0).count() as f64 / s.n())
    }),
    Figure::new("cumulative_arithmetic", "sum of returns", |s| finite(s.returns.iter().sum())),
    Figure::new("stability_r2", "R² of log wealth on time", |s| finite(s.trend()?.r_squared)),
    Figure::new("k_ratio_t", "slope of log wealth on time over its standard error", |s| {
        s.trend()?.t
    }),
    Figure::new("k_ratio_2003", "the same over T (Kestner 2003)", |s| Ok(s.trend()?.t? / s.n())),
    Figure::new("lo_eta_21", "Lo's factor from a Sharpe ratio per bar to one over 21 bars", |s| {
        Autocorrelation::of(&s.returns, 20)?.lo_eta()
    }),
    Figure::new("sharpe_monthly_lo2002", "Sharpe ratio over 21 bars, by that factor", |s| {
        let eta = Autocorrelation::of(&s.returns, 20)?.lo_eta()?;
        finite(s.varying(s.moments.mean_over_sd)? * eta)
    }),
    Figure::new("newey_west_t_lag10", "t of the mean, its standard error by Newey and West", |s| {
        Autocorrelation::of(&s.returns, 10)?.newey_west_t()
    }),
];
