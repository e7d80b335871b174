//! The stationary bootstrap (Politis and Romano, "The Stationary Bootstrap", 1994).
//!
//! A replication is as long as the series and made of blocks that begin anywhere, wrap around at
//! the end and have geometrically distributed lengths, so that it keeps the dependence between near
//! bars. All replications draw from one stream of `splitmix64` numbers, one after the other; the
//! state of the stream at the start of each is worked out first, so that replications can run on
//! any number of threads and be the same.

use rayon::prelude::*;
use thiserror::Error;

/// The generator `splitmix64` (Steele, Lea and Flood 2014): small, and the same in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Goes on as if `count` numbers had been drawn.
    pub fn skip(&mut self, count: u64) {
        self.state = self.state.wrapping_add(count.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        self.skip(1);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// ⌊u n⌋ for a uniform u: an index below `n`, which is below 2⁵³.
    pub fn index(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
}

/// How a series is resampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    mean_block: f64,
    replications: usize,
    seed: u64,
}

/// Settings with which nothing can be resampled.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum BootstrapError {
    /// A block shorter than a bar.
    #[error("a mean block of {mean_block} bars; it has to be 1 or more")]
    Block {
        /// What was given.
        mean_block: f64,
    },
    /// None, or more than anyone needs.
    #[error("{replications} replications; there have to be from 1 to {MOST_REPLICATIONS}")]
    Replications {
        /// What was given.
        replications: usize,
    },
}

/// The most replications.
pub const MOST_REPLICATIONS: usize = 1_000_000;

impl Bootstrap {
    /// Blocks of `mean_block` bars on average, at least 1; `replications` of them from the stream
    /// of `seed`.
    ///
    /// # Errors
    ///
    /// [`BootstrapError`] names the setting out of range.
    pub fn new(mean_block: f64, replications: usize, seed: u64) -> Result<Self, BootstrapError> {
        if !(mean_block >= 1.0 && mean_block.is_finite()) {
            return Err(BootstrapError::Block { mean_block });
        }
        if replications == 0 || replications > MOST_REPLICATIONS {
            return Err(BootstrapError::Replications { replications });
        }
        Ok(Self { mean_block, replications, seed })
    }

    /// Bars of a block on average.
    pub fn mean_block(&self) -> f64 {
        self.mean_block
    }

    /// Number of replications.
    pub fn replications(&self) -> usize {
        self.replications
    }

    /// Calls `measure` with the indices of each replication of a series of `bars`, and returns the
    /// results in the order of the replications.
    pub fn map<T: Send>(&self, bars: usize, measure: impl Fn(&[usize]) -> T + Sync) -> Vec<T> {
        if bars == 0 {
            return Vec::new();
        }
        let mut stream = SplitMix64::new(self.seed);
        let starts: Vec<SplitMix64> = (0..self.replications)
            .map(|_| {
                let start = stream;
                self.draw(&mut stream, bars, |_| {});
                start
            })
            .collect();
        let replicate = |indices: &mut Vec<usize>, mut stream: SplitMix64| {
            indices.clear();
            self.draw(&mut stream, bars, |index| indices.push(index));
            measure(indices)
        };
        let room = || Vec::with_capacity(bars);
        starts.into_par_iter().map_init(room, replicate).collect()
    }

    /// Draws one replication, index by index.
    fn draw(&self, stream: &mut SplitMix64, bars: usize, mut take: impl FnMut(usize)) {
        let restart = 1.0 / self.mean_block;
        let mut index = stream.index(bars);
        take(index);
        for _ in 1..bars {
            index = if stream.unit() < restart { stream.index(bars) } else { (index + 1) % bars };
            take(index);
        }
    }
}
