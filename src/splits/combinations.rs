//! Choices of k out of n, in lexicographic order.

/// Every choice of `k` of the numbers `0..n`, each in rising order, the choices in lexicographic
/// order: 0 1, 0 2, 1 2.
#[derive(Debug, Clone)]
pub struct Combinations {
    n: usize,
    next: Option<Vec<usize>>,
}

impl Combinations {
    /// All choices; none where `k` is more than `n`.
    pub fn new(n: usize, k: usize) -> Self {
        Self { n, next: (k <= n).then(|| (0..k).collect()) }
    }
}

impl Iterator for Combinations {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let current = self.next.take()?;
        let k = current.len();
        // The last place that can still rise; everything after it follows it closely.
        let rises = (0..k).rev().find(|&place| current[place] < self.n - k + place);
        self.next = rises.map(|place| {
            let mut next = current.clone();
            for (step, value) in next[place..].iter_mut().enumerate() {
                *value = current[place] + 1 + step;
            }
            next
        });
        Some(current)
    }
}

/// The number of choices of `k` out of `n`; `None` where it exceeds `usize`.
pub fn binomial(n: usize, k: usize) -> Option<usize> {
    if k > n {
        return Some(0);
    }
    let mut choices = 1_u128;
    for i in 0..k.min(n - k) {
        // Exact: a product of i + 1 neighbouring numbers is divisible by (i + 1)!.
        choices = choices.checked_mul((n - i) as u128)? / (i as u128 + 1);
    }
    usize::try_from(choices).ok()
}
