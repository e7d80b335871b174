//! p-values adjusted for having made many tests.
//!
//! Adjusted so that rejecting where the adjusted value is at most α keeps the error of the family
//! at α: the probability of any false rejection (Bonferroni; Holm 1979), or the expected share of
//! false ones among the rejections (Benjamini and Hochberg 1995 for independent or positively
//! dependent tests, Benjamini and Yekutieli 2001 for any).

/// How to adjust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// Each p times the number of tests.
    Bonferroni,
    /// The smallest times n, the next times n - 1, …: never worse than Bonferroni.
    Holm,
    /// False discovery rate.
    BenjaminiHochberg,
    /// False discovery rate under any dependence.
    BenjaminiYekutieli,
}

impl Adjustment {
    /// All of them, each with its key in JSON.
    pub const ALL: [(&'static str, Self); 4] = [
        ("bonferroni", Self::Bonferroni),
        ("holm", Self::Holm),
        ("fdr_bh", Self::BenjaminiHochberg),
        ("fdr_by", Self::BenjaminiYekutieli),
    ];

    /// What it bounds, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Bonferroni => "probability of any false rejection",
            Self::Holm => "the same, and never worse",
            Self::BenjaminiHochberg => "share of false rejections, tests not opposed to each other",
            Self::BenjaminiYekutieli => "share of false rejections, whatever the tests",
        }
    }

    /// Adjusted values of `p_values` (each in [0, 1]), in the order given, at most 1.
    pub fn adjust(self, p_values: &[f64]) -> Vec<f64> {
        let n = p_values.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
        let harmonic: f64 = (1..=n).map(|k| 1.0 / k as f64).sum();
        // By rank from 0.
        let scaled = |rank: usize| {
            let p = p_values[order[rank]];
            p * match self {
                Self::Bonferroni => n as f64,
                Self::Holm => (n - rank) as f64,
                Self::BenjaminiHochberg => n as f64 / (rank + 1) as f64,
                Self::BenjaminiYekutieli => harmonic * n as f64 / (rank + 1) as f64,
            }
        };
        let mut adjusted = vec![0.0; n];
        // A smaller p is never adjusted to a larger value: Holm steps down, the false discovery
        // rate up.
        match self {
            Self::Bonferroni | Self::Holm => {
                let mut so_far = 0.0_f64;
                for rank in 0..n {
                    so_far = so_far.max(scaled(rank)).min(1.0);
                    adjusted[order[rank]] = so_far;
                }
            }
            Self::BenjaminiHochberg | Self::BenjaminiYekutieli => {
                let mut so_far = 1.0_f64;
                for rank in (0..n).rev() {
                    so_far = so_far.min(scaled(rank));
                    adjusted[order[rank]] = so_far;
                }
            }
        }
        adjusted
    }
}
