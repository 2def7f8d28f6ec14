//! One of several: the Dirichlet–multinomial law that day-part, content and binned gaps share.
//!
//! A user of segment `c` picks kind `k` with a probability from `Dirichlet(s·π_c)`; given decayed counts `n_j`, the next
//! pick is `k` with probability `(n_k + s·π_ck) / (Σn + s)` (Gelman et al., *Bayesian Data Analysis*, 3rd ed., §3.4).
//!
//! Kinds may be related: who came at noon comes in the afternoon rather than at night. With an affinity `A`, a
//! pick of kind `j` speaks for `k` with the share `A_jk` (rows add up to 1), and the last pick speaks once more,
//! with weight `ℓ` and shares `T`: `p_k = (Σ_j n_j·A_jk + ℓ·T_last,k + s·π_ck) / (Σn + ℓ + s)`.

use serde::{Deserialize, Serialize};
use serde_with::serde_as;

use super::super::segment::{PerSegment, SEGMENTS};

use crate::base::{gamma::Gamma, luck::Stream};

/// Prior of one choice: pseudo-counts `s·π_ck`, kinds outside, segments inside.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoicePrior<const K: usize> {
    /// Pseudo-counts.
    #[serde_as(as = "[_; K]")]
    pub alpha: [PerSegment; K],
    /// Their sum over kinds, `s`.
    pub strength: f32,
    /// What the whole population picks, whoever asks \[1\].
    #[serde_as(as = "[_; K]")]
    pub population: [f32; K],
    /// How kinds are related; none: every pick speaks for its own kind.
    pub related: Option<Box<Related<K>>>,
}

/// What one pick says of others. Both are stored by the kind spoken for: `[k][j]`.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Related<const K: usize> {
    /// A: any pick.
    #[serde_as(as = "[[_; K]; K]")]
    pub affinity: [[f32; K]; K],
    /// T: the last pick.
    #[serde_as(as = "[[_; K]; K]")]
    pub after: [[f32; K]; K],
    /// ℓ: what the last pick counts beside itself \[1\].
    pub sticky: f32,
}

/// One user's picks, as far as they are remembered.
#[derive(Clone, Copy, Debug)]
pub struct Picks<'a, const K: usize> {
    /// Decayed counts.
    pub counts: &'a [f32; K],
    /// Their sum.
    pub total: f32,
    /// What is left of both.
    pub keep: f32,
    /// The last pick; [`NO_PICK`] before the first.
    pub last: u8,
}

/// Nothing was picked yet.
pub const NO_PICK: u8 = u8::MAX;

impl<const K: usize> ChoicePrior<K> {
    /// From each segment's shares (each sums to 1), the strength they have for one user, and the population's
    /// own shares; kinds are unrelated.
    #[must_use]
    pub fn new(shares: &[[f32; K]], strength: f32, population: [f32; K]) -> Self {
        let mut alpha = [[strength / K as f32; SEGMENTS]; K];
        for (c, shares) in shares.iter().enumerate() {
            for k in 0..K {
                alpha[k][c] = strength * shares[k];
            }
        }
        Self { alpha, strength, population, related: None }
    }

    /// The same shares, held with another strength.
    #[must_use]
    pub fn with_strength(&self, strength: f32) -> Self {
        let mut next = self.clone();
        for value in next.alpha.as_flattened_mut() {
            *value *= strength / self.strength;
        }
        next.strength = strength;
        next
    }

    /// Probability of one kind under each segment, given this user's picks.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, kind: usize, picks: &Picks<'_, K>) -> PerSegment {
        let (said, weight) = self.said(kind, picks);
        let scale = 1.0 / (weight + self.strength);
        let mut p = self.alpha[kind];
        for value in &mut p {
            *value = (*value + said) * scale;
        }
        p
    }

    /// What the picks say for a kind, and their weight.
    #[inline]
    #[must_use]
    pub fn said(&self, kind: usize, picks: &Picks<'_, K>) -> (f32, f32) {
        let total = picks.total * picks.keep;
        let Some(related) = &self.related else { return (picks.counts[kind] * picks.keep, total) };
        let said = dot(&related.affinity[kind], picks.counts) * picks.keep;
        if usize::from(picks.last) < K {
            (said + related.sticky * related.after[kind][usize::from(picks.last)], total + related.sticky)
        } else {
            (said, total)
        }
    }
}

/// Sum of products, in eight lanes and one fixed order that vector instructions can follow.
#[inline]
fn dot<const K: usize>(shares: &[f32; K], counts: &[f32; K]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let ((shares, more_shares), (counts, more_counts)) = (shares.as_chunks::<8>(), counts.as_chunks::<8>());
    for (shares, counts) in shares.iter().zip(counts) {
        for ((lane, share), count) in lanes.iter_mut().zip(shares).zip(counts) {
            *lane += share * count;
        }
    }
    for ((lane, share), count) in lanes.iter_mut().zip(more_shares).zip(more_counts) {
        *lane += share * count;
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// Takes a uniform 16-bit number to a kind: how many cumulated shares are at or below it, all compared at once.
#[inline]
#[must_use]
pub fn pick<const K: usize>(cumulated: &[u16; K], uniform: u16) -> usize {
    // Bounds are at most 65,534 or, from the last kind on, 65,535, which nothing reaches.
    let uniform = uniform.min(65_534);
    let mut kind = 0u16;
    for &bound in cumulated {
        kind += u16::from(bound <= uniform);
    }
    usize::from(kind)
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

/// A Dirichlet law over kinds, ready for drawing: gammas over their sum.
#[derive(Clone, Debug)]
pub struct Taste {
    /// Kinds that have a share, and their laws.
    kinds: Vec<(usize, Gamma)>,
    /// Shares of the kinds, for laws so wide that every gamma may vanish.
    shares: Vec<f64>,
}

impl Taste {
    /// A law of these mean shares and this strength.
    #[must_use]
    pub fn of(shares: &[f64], strength: f64) -> Self {
        let kinds = shares.iter().enumerate().filter(|&(_, &share)| share > 0.0);
        Self {
            kinds: kinds.map(|(kind, share)| (kind, Gamma::of(share * strength))).collect(),
            shares: shares.to_vec(),
        }
    }

    /// A user's own shares around the population's, cumulated for [`pick`]; kinds without a share stay without.
    #[must_use]
    pub fn draw<const K: usize>(&self, stream: &mut Stream) -> [u16; K] {
        let mut drawn = [0.0f64; K];
        let mut total = 0.0;
        for &(kind, law) in &self.kinds {
            drawn[kind] = law.draw(stream);
            total += drawn[kind];
        }
        if total > 1e-200 { self.cumulated(&drawn, 65_536.0 / total) } else { self.one_kind(stream) }
    }

    #[inline]
    fn cumulated<const K: usize>(&self, drawn: &[f64; K], scale: f64) -> [u16; K] {
        let mut bounds = [u16::MAX; K];
        let last = self.kinds.last().map_or(0, |&(kind, _)| kind);
        let mut sum = 0.0;
        for (bound, share) in bounds.iter_mut().zip(drawn).take(last) {
            sum += share;
            *bound = (sum * scale + 0.5).min(65_534.0) as u16;
        }
        bounds
    }

    /// What the law tends to as its strength vanishes: a taste for one kind, chosen by share.
    fn one_kind<const K: usize>(&self, stream: &mut Stream) -> [u16; K] {
        let (uniform, mut sum) = (stream.uniform(), 0.0);
        let below = |share: &&f64| {
            sum += **share;
            sum <= uniform
        };
        let chosen = self.shares.iter().take_while(below).count();
        let mut drawn = [0.0; K];
        let chosen = chosen.min(self.kinds.last().map_or(0, |&(kind, _)| kind));
        drawn[chosen] = 1.0;
        self.cumulated(&drawn, 65_536.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        luck::{Luck, Purpose},
        units::UserId,
    };

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
            let picks = Picks { counts: &counts, total: 3.75, keep: 0.5, last: 2 };
            let sum: f32 = (0..3).map(|k| prior.probabilities(k, &picks)[c]).sum();
            assert!((sum - 1.0).abs() < 1e-6);
        }
    }

    /// Shares of 5,000 users: mean within 5 standard errors, and never a kind without a share.
    #[test]
    fn tastes_have_the_mean_of_their_law_however_wide() {
        for strength in [1e-4, 0.5, 22.0] {
            let taste = Taste::of(&[0.5, 0.0, 0.3, 0.2], strength);
            let mut sums = [0.0; 4];
            for i in 0..5_000 {
                let bounds: [u16; 6] = taste.draw(&mut Luck::new(4, i).stream(UserId(1), Purpose::Birth, 0));
                let mut before = 0.0;
                for (sum, bound) in sums.iter_mut().zip([bounds[0], bounds[1], bounds[2], u16::MAX]) {
                    *sum += (f64::from(bound) - before) / 65_535.0 / 5e3;
                    before = f64::from(bound);
                }
            }
            for (mean, share) in sums.into_iter().zip([0.5f64, 0.0, 0.3, 0.2]) {
                let error = (share * (1.0 - share) / (strength + 1.0) / 5e3).sqrt();
                assert!((mean - share).abs() <= 5.0 * error + 1e-4, "{strength}: {mean} against {share}");
            }
        }
    }
}
