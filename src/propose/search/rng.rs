//! Random numbers that are the same on every machine and with every version of every crate.
//!
//! Only the ChaCha8 stream is borrowed; ranges and choices are made here, because the values that a
//! general library draws from a range may change between its versions. No transcendental function is
//! used either: those differ in the last digit between systems.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Keeps the search's numbers apart from those of anything else that is seeded alike.
const DOMAIN: &[u8; 8] = b"search-1";

/// A stream of random numbers.
pub(super) struct Rng(ChaCha8Rng);

impl Rng {
    /// The stream of one draft: `attempt` counts what was refused in this iteration, `draft` what was
    /// drafted in this call. No draft depends on how many numbers another one used.
    pub(super) fn new(seed: u64, iteration: u64, attempt: u64, draft: u64) -> Self {
        let mut bytes = [0; 32];
        let words = [seed.to_le_bytes(), iteration.to_le_bytes(), attempt.to_le_bytes(), *DOMAIN];
        for (part, word) in bytes.chunks_exact_mut(8).zip(words) {
            part.copy_from_slice(&word);
        }
        let mut rng = ChaCha8Rng::from_seed(bytes);
        rng.set_stream(draft);
        Self(rng)
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in 0..n; 0 for n = 0. The bias is below n / 2⁶⁴.
    pub(super) fn below(&mut self, n: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * n as u128;
        (wide >> 64) as usize
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of the items, each alike; none of none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// An item moved out of a list.
    pub(super) fn take<T>(&mut self, items: &mut Vec<T>) -> Option<T> {
        let at = self.below(items.len());
        (at < items.len()).then(|| items.swap_remove(at))
    }

    /// A value of the Beta distribution with whole parameters of at least 1: the a-th smallest of
    /// a + b - 1 uniform numbers has it (David and Nagaraja, *Order Statistics*, section 2.3).
    pub(super) fn beta(&mut self, a: usize, b: usize) -> f64 {
        let mut drawn: Vec<f64> = (0..a.max(1) + b.max(1) - 1).map(|_| self.unit()).collect();
        let (_, value, _) = drawn.select_nth_unstable_by(a.max(1) - 1, f64::total_cmp);
        *value
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn streams_differ_and_repeat() {
        let first =
            |seed, iteration, attempt, draft| Rng::new(seed, iteration, attempt, draft).unit();
        let all = [first(1, 2, 0, 0), first(2, 1, 0, 0), first(1, 2, 1, 0), first(1, 2, 0, 1)];
        for (i, a) in all.iter().enumerate() {
            assert!(all.iter().skip(i + 1).all(|b| a.to_bits() != b.to_bits()));
        }
        assert_eq!(first(1, 2, 0, 0).to_bits(), all[0].to_bits());
    }

    #[test]
    fn ranges_are_covered_and_kept() {
        let mut rng = Rng::new(7, 0, 0, 0);
        let mut seen = [0_u32; 5];
        for _ in 0..5_000 {
            seen[rng.below(5)] += 1;
        }
        assert!(seen.iter().all(|n| (850..1_150).contains(n)), "{seen:?}");
        assert_eq!(rng.below(0), 0);
        assert!(rng.pick::<u8>(&[]).is_none());
    }

    #[test]
    fn beta_has_the_mean_and_spread_of_its_parameters() {
        let mut rng = Rng::new(3, 0, 0, 0);
        for (a, b) in [(1, 1), (2, 6), (30, 10)] {
            let n = 4_000;
            let drawn: Vec<f64> = (0..n).map(|_| rng.beta(a, b)).collect();
            let (a, b) = (a as f64, b as f64);
            let mean = drawn.iter().sum::<f64>() / n as f64;
            let variance = drawn.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64;
            let expected = a * b / ((a + b) * (a + b) * (a + b + 1.0));
            assert!((mean - a / (a + b)).abs() < 4.0 * (expected / n as f64).sqrt());
            assert!((variance / expected - 1.0).abs() < 0.12, "{variance} {expected}");
        }
    }
}
