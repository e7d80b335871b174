//! Random numbers that are the same on every machine and with every version of every crate.
//!
//! Only the ChaCha8 stream is borrowed; ranges and choices are made here, because the values that a
//! general library draws from a range may change between its versions. No transcendental function is
//! used either: those differ in the last digit between systems. Nothing here asks the machine for
//! randomness: every stream is named by whoever draws from it.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Rng(Source);

#[derive(Debug, Clone)]
enum Source {
    Stream(Box<ChaCha8Rng>),
    Numbers(std::vec::IntoIter<u64>),
}

impl Rng {
    /// A stream of its own for each domain (which keeps apart what is seeded alike for different
    /// purposes), seed and number of the stream: none depends on how many numbers another one used.
    pub fn seeded(domain: &[u8; 8], seed: [u64; 3], stream: u64) -> Self {
        let mut bytes = [0; 32];
        let [a, b, c] = seed.map(u64::to_le_bytes);
        for (part, word) in bytes.chunks_exact_mut(8).zip([a, b, c, *domain]) {
            part.copy_from_slice(&word);
        }
        let mut rng = ChaCha8Rng::from_seed(bytes);
        rng.set_stream(stream);
        Self(Source::Stream(Box::new(rng)))
    }

    /// These numbers, then zeros. Zero draws the first and smallest of everything, so a property test
    /// that shrinks the numbers shrinks what was made from them.
    pub fn replaying(numbers: Vec<u64>) -> Self {
        Self(Source::Numbers(numbers.into_iter()))
    }

    fn next(&mut self) -> u64 {
        match &mut self.0 {
            Source::Stream(rng) => rng.next_u64(),
            Source::Numbers(numbers) => numbers.next().unwrap_or(0),
        }
    }

    /// A number to seed something else with.
    pub fn seed(&mut self) -> u64 {
        self.next()
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in 0..n; 0 for n = 0. The bias is below n / 2⁶⁴.
    pub fn below(&mut self, n: usize) -> usize {
        let wide = u128::from(self.next()) * n as u128;
        (wide >> 64) as usize
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of the items, each alike; none of none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// An item moved out of a list.
    pub fn take<T>(&mut self, items: &mut Vec<T>) -> Option<T> {
        let at = self.below(items.len());
        (at < items.len()).then(|| items.swap_remove(at))
    }

    /// A value of the Beta distribution with whole parameters of at least 1: the a-th smallest of
    /// a + b - 1 uniform numbers has it (David and Nagaraja, *Order Statistics*, section 2.3).
    pub fn beta(&mut self, a: usize, b: usize) -> f64 {
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
        let first = |seed, stream| Rng::seeded(b"test---1", seed, stream).unit();
        let all =
            [first([1, 2, 0], 0), first([2, 1, 0], 0), first([1, 2, 1], 0), first([1, 2, 0], 1)];
        for (i, a) in all.iter().enumerate() {
            assert!(all.iter().skip(i + 1).all(|b| a.to_bits() != b.to_bits()));
        }
        assert_eq!(first([1, 2, 0], 0).to_bits(), all[0].to_bits());
        let other = Rng::seeded(b"test---2", [1, 2, 0], 0).unit();
        assert_ne!(other.to_bits(), all[0].to_bits());
    }

    #[test]
    fn replayed_numbers_are_followed_by_zeros() {
        let mut rng = Rng::replaying(vec![u64::MAX, 1 << 63]);
        assert_eq!([rng.below(10), rng.below(10), rng.below(10)], [9, 5, 0]);
        assert_eq!(rng.unit().to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn ranges_are_covered_and_kept() {
        let mut rng = Rng::seeded(b"test---1", [7, 0, 0], 0);
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
        let mut rng = Rng::seeded(b"test---1", [3, 0, 0], 0);
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
