//! One of several: the Dirichlet–multinomial law that day-part and content share.
//!
//! A user of segment `c` picks kind `k` with a probability from `Dirichlet(s·π_c)`; given decayed counts `n_k`,
//! the next pick is `k` with probability `(n_k + s·π_ck) / (Σn + s)` (Gelman et al., *Bayesian Data Analysis*,
//! 3rd ed., §3.4).

use super::super::segment::{PerSegment, SEGMENTS};

/// Prior of one choice: pseudo-counts `s·π_ck`, kinds outside, segments inside.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoicePrior<const K: usize> {
    /// Pseudo-counts.
    pub alpha: [PerSegment; K],
    /// Their sum over kinds, `s`.
    pub strength: f32,
    /// What the whole population picks, whoever asks [1].
    pub population: [f32; K],
}

impl<const K: usize> ChoicePrior<K> {
    /// From each segment's shares (each sums to 1), the strength they have for one user, and the population's
    /// own shares.
    #[must_use]
    pub fn new(shares: &[[f32; K]], strength: f32, population: [f32; K]) -> Self {
        let mut alpha = [[strength / K as f32; SEGMENTS]; K];
        for (c, shares) in shares.iter().enumerate() {
            for k in 0..K {
                alpha[k][c] = strength * shares[k];
            }
        }
        Self { alpha, strength, population }
    }

    /// The same shares, held with another strength.
    #[must_use]
    pub fn with_strength(&self, strength: f32) -> Self {
        let mut alpha = self.alpha;
        for value in alpha.as_flattened_mut() {
            *value *= strength / self.strength;
        }
        Self { alpha, strength, population: self.population }
    }

    /// Probability of one kind under each segment, given this user's decayed count of it and of all kinds.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, kind: usize, count: f32, total: f32) -> PerSegment {
        let scale = 1.0 / (total + self.strength);
        let mut p = self.alpha[kind];
        for value in &mut p {
            *value = (*value + count) * scale;
        }
        p
    }
}

/// Takes a uniform 16-bit number to a kind: the number of cumulated shares at or below it, without a branch.
#[inline]
#[must_use]
pub fn pick<const K: usize>(cumulated: &[u16; K], uniform: u16) -> usize {
    let mut kind = 0;
    for &bound in cumulated {
        kind += usize::from(bound <= uniform && bound != u16::MAX);
    }
    kind
}

/// Cumulates shares into 16-bit bounds for [`pick`]; the last kind that has a share takes what rounding leaves.
#[must_use]
pub fn cumulate<const K: usize>(shares: &[f64]) -> [u16; K] {
    let total: f64 = shares.iter().sum();
    let mut bounds = [u16::MAX; K];
    let mut sum = 0.0;
    let last = shares.iter().rposition(|&share| share > 0.0).unwrap_or(0);
    for (bound, share) in bounds.iter_mut().zip(shares).take(last) {
        sum += share / total;
        *bound = (sum * 65_536.0).round().min(65_534.0) as u16;
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_follow_their_shares_and_never_a_kind_without_one() {
        let bounds: [u16; 6] = cumulate(&[0.5, 0.0, 0.25, 0.25]);
        let mut counts = [0u32; 6];
        for uniform in 0..=u16::MAX {
            counts[pick(&bounds, uniform)] += 1;
        }
        assert_eq!(counts, [32_768, 0, 16_384, 16_384, 0, 0]);
    }

    #[test]
    fn predictive_probabilities_add_up_to_one_in_every_segment() {
        let prior = ChoicePrior::<3>::new(&[[0.2, 0.3, 0.5], [0.6, 0.2, 0.2]], 9.0, [0.4, 0.3, 0.3]);
        let counts = [2.5, 0.0, 1.25];
        for c in 0..2 {
            let sum: f32 = (0..3).map(|k| prior.probabilities(k, counts[k], 3.75)[c]).sum();
            assert!((sum - 1.0).abs() < 1e-6);
        }
    }
}
