//! One of several: the Dirichlet–multinomial law that day-part, content and binned gaps share.
//!
//! A user of segment `c` picks kind `k` with a probability from `Dirichlet(s·π_c)`; given decayed counts `n_j`, the next
//! pick is `k` with probability `(n_k + s·π_ck) / (Σn + s)` (Gelman et al., *Bayesian Data Analysis*, 3rd ed., §3.4).
//!
//! Kinds may be related: who came at noon comes in the afternoon rather than at night. With an affinity `A`, a
//! pick of kind `j` speaks for `k` with the share `A_jk` (rows add up to 1), and the last pick speaks once more,
//! with weight `ℓ` and shares `T`: `p_k = (Σ_j n_j·A_jk + ℓ·T_last,k + s·π_ck) / (Σn + ℓ + s)`. What is remembered may
//! be finer than what is asked for: `J` cells for `K` kinds, as many for each, in order.
//!
//! Circumstances may tilt the odds: after a long pause everybody's shopping is another than in between. In circumstances
//! `x` kind `k` is `r_k(x)` times as likely as elsewhere, `p_k(x) = r_k·p_k / Σ_i r_i·p_i`; the sum is linear in the
//! counts, so its coefficients are worked out beforehand.

use serde::{Deserialize, Serialize};
use serde_with::serde_as;

use super::{
    super::segment::{PerSegment, SEGMENTS},
    counts::Counts,
};
use crate::base::{gamma::Gamma, luck::Stream};

/// Prior of one choice: pseudo-counts `s·π_ck`, kinds outside, segments inside.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoicePrior<const K: usize, const J: usize = K> {
    /// Pseudo-counts.
    #[serde_as(as = "[_; K]")]
    pub alpha: [PerSegment; K],
    /// Their sum over kinds, `s`.
    pub strength: f32,
    /// What the whole population picks, whoever asks \[1\].
    #[serde_as(as = "[_; K]")]
    pub population: [f32; K],
    /// How kinds are related; none: every pick speaks for its own kind.
    pub related: Option<Box<Related<K, J>>>,
    /// How circumstances tilt the odds; none: not at all.
    pub tilt: Option<Box<Tilt<K, J>>>,
}

/// How circumstances tilt the odds: `r_k(x)`, and what the normalising sum takes of each cell, of the last pick and of each
/// segment's prior.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tilt<const K: usize, const J: usize = K> {
    /// r_k(x), circumstances outside.
    #[serde_as(as = "Vec<[_; K]>")]
    pub ratio: Vec<[f32; K]>,
    #[serde_as(as = "Vec<[_; J]>")]
    said: Vec<[f32; J]>,
    #[serde_as(as = "Vec<[_; J]>")]
    last: Vec<[f32; J]>,
    born: Vec<PerSegment>,
}

/// What one pick says of kinds. Both are stored by the kind spoken for: `[k][j]`.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Related<const K: usize, const J: usize = K> {
    /// A: any pick.
    #[serde_as(as = "[[_; J]; K]")]
    pub affinity: [[f32; J]; K],
    /// T: the last pick.
    #[serde_as(as = "[[_; J]; K]")]
    pub after: [[f32; J]; K],
    /// ℓ: what the last pick counts beside itself \[1\].
    pub sticky: f32,
}

/// One user's picks, as far as they are remembered: steps of a unit.
#[derive(Clone, Copy, Debug)]
pub struct Picks<'a, const J: usize> {
    /// How many steps each kind has.
    pub steps: &'a [u16; J],
    /// What one step is worth by now \[event\].
    pub unit: f32,
    /// Steps that speak, too, and the share that they count for.
    pub across: Option<(&'a [u16; J], f32)>,
    /// The last pick; [`NO_KIND`](crate::history::session::NO_KIND) before the first.
    pub last: u8,
}

impl<'a, const J: usize> Picks<'a, J> {
    /// Counts of which some is left, and the last pick.
    #[inline]
    #[must_use]
    pub const fn of(counts: &'a Counts<J>, keep: f32, last: u8) -> Self {
        Self { steps: &counts.steps, unit: counts.unit * keep, across: None, last }
    }

    /// Weight of all that is remembered \[event\].
    #[inline]
    #[must_use]
    pub fn total(&self) -> f32 {
        let all = |steps: &[u16; J]| steps.iter().map(|&steps| u32::from(steps)).sum::<u32>() as f32;
        self.unit * (all(self.steps) + self.across.map_or(0.0, |(steps, share)| share * all(steps)))
    }

    /// What is remembered of one kind \[event\].
    #[inline]
    #[must_use]
    pub fn count(&self, kind: usize) -> f32 {
        let more = self.across.map_or(0.0, |(steps, share)| share * f32::from(steps[kind]));
        self.unit * (f32::from(self.steps[kind]) + more)
    }

    /// All that speaks, in steps.
    #[inline]
    fn heard(&self) -> [f32; J] {
        let mut heard = [0.0; J];
        match self.across {
            None => fill(&mut heard, |j| f32::from(self.steps[j])),
            Some((across, share)) => fill(&mut heard, |j| f32::from(self.steps[j]) + share * f32::from(across[j])),
        }
        heard
    }
}

impl<const K: usize, const J: usize> ChoicePrior<K, J> {
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
        Self { alpha, strength, population, related: None, tilt: None }
    }

    /// The same shares, held with another strength.
    #[must_use]
    pub fn with_strength(&self, strength: f32) -> Self {
        let mut next = self.clone();
        for value in next.alpha.as_flattened_mut() {
            *value *= strength / self.strength;
        }
        next.strength = strength;
        next.tilted(self.tilt.as_ref().map(|tilt| tilt.ratio.clone()))
    }

    /// The same, where circumstances tilt the odds by these ratios.
    #[must_use]
    pub fn tilted(mut self, ratio: Option<Vec<[f32; K]>>) -> Self {
        self.tilt = ratio.map(|ratio| {
            let sum = |of: &dyn Fn(usize) -> f32, ratio: &[f32; K]| (0..K).map(|k| ratio[k] * of(k)).sum::<f32>();
            let affinity = |k: usize, j: usize| match &self.related {
                Some(related) => related.affinity[k][j],
                None => f32::from(u8::from(k == j * K / J)),
            };
            let after = |k: usize, j: usize| self.related.as_ref().map_or(0.0, |related| related.after[k][j]);
            let said = |ratio| std::array::from_fn(|j| sum(&|k| affinity(k, j), ratio));
            let last = |ratio| std::array::from_fn(|j| sum(&|k| after(k, j), ratio));
            let born = |ratio| std::array::from_fn(|c| sum(&|k| self.alpha[k][c], ratio));
            Box::new(Tilt {
                said: ratio.iter().map(said).collect(),
                last: ratio.iter().map(last).collect(),
                born: ratio.iter().map(born).collect(),
                ratio,
            })
        });
        self
    }

    /// Probability of one kind under each segment, given this user's picks, in some circumstances.
    #[inline]
    #[must_use]
    pub fn probabilities_in(&self, context: u16, kind: usize, picks: &Picks<'_, J>) -> PerSegment {
        let Some((tilt, ratio)) =
            self.tilt.as_ref().and_then(|tilt| Some((tilt, tilt.ratio.get(usize::from(context))?)))
        else {
            return self.probabilities(kind, picks);
        };
        let (heard, context) = (picks.heard(), usize::from(context));
        let said = self.said_for(kind, picks, &heard);
        let mut weight = picks.unit * dot(&tilt.said[context], &heard);
        if let (Some(related), Some(last)) = (&self.related, tilt.last[context].get(usize::from(picks.last))) {
            weight += related.sticky * last;
        }
        let (ratio, mut p) = (ratio[kind], self.alpha[kind]);
        for (p, born) in p.iter_mut().zip(&tilt.born[context]) {
            *p = ratio * (*p + said) / (weight + born);
        }
        p
    }

    /// Probability of one kind under each segment, given this user's picks.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, kind: usize, picks: &Picks<'_, J>) -> PerSegment {
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
    pub fn said(&self, kind: usize, picks: &Picks<'_, J>) -> (f32, f32) {
        let speaks = self.related.as_ref().filter(|_| usize::from(picks.last) < J);
        let weight = picks.total() + speaks.map_or(0.0, |related| related.sticky);
        (self.said_for(kind, picks, &picks.heard()), weight)
    }

    #[inline]
    fn said_for(&self, kind: usize, picks: &Picks<'_, J>, heard: &[f32; J]) -> f32 {
        let Some(related) = &self.related else {
            let own = kind * (J / K)..(kind + 1) * (J / K);
            return picks.unit * heard[own].iter().sum::<f32>();
        };
        let said = picks.unit * dot(&related.affinity[kind], heard);
        related.after[kind].get(usize::from(picks.last)).map_or(said, |after| said + related.sticky * after)
    }
}

/// Fills an array four at a time, as vector instructions store them and the next will want to load them.
#[inline]
fn fill<const J: usize>(values: &mut [f32; J], value: impl Fn(usize) -> f32) {
    let (fours, rest) = values.as_chunks_mut::<4>();
    let full = 4 * fours.len();
    for (i, four) in fours.iter_mut().enumerate() {
        *four = [value(4 * i), value(4 * i + 1), value(4 * i + 2), value(4 * i + 3)];
    }
    for (j, rest) in rest.iter_mut().enumerate() {
        *rest = value(full + j);
    }
}

/// Sum of products, in eight lanes and one fixed order that vector instructions can follow.
#[inline]
fn dot<const J: usize>(shares: &[f32; J], heard: &[f32; J]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let ((shares, more_shares), (heard, more_heard)) = (shares.as_chunks::<8>(), heard.as_chunks::<8>());
    for (shares, heard) in shares.iter().zip(heard) {
        for ((lane, share), heard) in lanes.iter_mut().zip(shares).zip(heard) {
            *lane += share * heard;
        }
    }
    for ((lane, share), heard) in lanes.iter_mut().zip(more_shares).zip(more_heard) {
        *lane += share * heard;
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// All shares together, in the steps of cumulated ones.
const WHOLE: u8 = u8::MAX;

/// Takes a uniform 16-bit number to a kind: how many cumulated shares are at or below it, all compared at once.
#[inline]
#[must_use]
pub fn pick<const K: usize>(cumulated: &[u8; K], uniform: u16) -> usize {
    // Below the whole: a bound that is the whole is never reached.
    let step = ((u32::from(uniform) * u32::from(WHOLE)) >> 16) as u8;
    let mut kind = 0u8;
    for &bound in cumulated {
        kind += u8::from(bound <= step);
    }
    usize::from(kind)
}

/// Shares of the kinds, from cumulated ones \[1\].
#[must_use]
pub fn shares<const K: usize>(cumulated: &[u8; K]) -> [f64; K] {
    let before = |kind: usize| kind.checked_sub(1).map_or(0, |before| cumulated[before]);
    std::array::from_fn(|kind| f64::from(cumulated[kind].saturating_sub(before(kind))) / f64::from(WHOLE))
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

    /// A user's own shares around the population's, cumulated for [`pick`] in steps of 1/255; kinds without a share stay
    /// without.
    #[must_use]
    pub fn draw<const K: usize>(&self, stream: &mut Stream) -> [u8; K] {
        let mut drawn = [0.0f64; K];
        let mut total = 0.0;
        for &(kind, law) in &self.kinds {
            drawn[kind] = law.draw(stream);
            total += drawn[kind];
        }
        if total > 1e-200 { self.cumulated(&drawn, total) } else { self.one_kind(stream) }
    }

    #[inline]
    fn cumulated<const K: usize>(&self, drawn: &[f64; K], total: f64) -> [u8; K] {
        let mut bounds = [WHOLE; K];
        let last = self.kinds.last().map_or(0, |&(kind, _)| kind);
        let (mut sum, scale) = (0.0, f64::from(WHOLE) / total);
        for (bound, share) in bounds.iter_mut().zip(drawn).take(last) {
            sum += share;
            *bound = (sum * scale + 0.5) as u8;
        }
        bounds
    }

    /// What the law tends to as its strength vanishes: a taste for one kind, chosen by share.
    fn one_kind<const K: usize>(&self, stream: &mut Stream) -> [u8; K] {
        let (uniform, mut sum) = (stream.uniform(), 0.0);
        let below = |share: &&f64| {
            sum += **share;
            sum <= uniform
        };
        let chosen = self.shares.iter().take_while(below).count();
        let mut drawn = [0.0; K];
        let chosen = chosen.min(self.kinds.last().map_or(0, |&(kind, _)| kind));
        drawn[chosen] = 1.0;
        self.cumulated(&drawn, 1.0)
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
        let bounds = [51, 51, 102, WHOLE, WHOLE, WHOLE];
        let mut counts = [0u32; 6];
        for uniform in 0..=u16::MAX {
            counts[pick(&bounds, uniform)] += 1;
        }
        let shares = counts.map(|count| (f64::from(count) / 65_536.0 * 1e4).round() / 1e4);
        assert_eq!(shares, [0.2, 0.0, 0.2, 0.6, 0.0, 0.0]);
    }

    #[test]
    fn predictive_probabilities_add_up_to_one_in_every_segment() {
        let prior = ChoicePrior::<3, 3>::new(&[[0.2, 0.3, 0.5], [0.6, 0.2, 0.2]], 9.0, [0.4, 0.3, 0.3]);
        let counts = Counts { unit: 0.25, steps: [10, 0, 5] };
        for c in 0..2 {
            let picks = Picks::of(&counts, 0.5, 2);
            let sum: f32 = (0..3).map(|k| prior.probabilities(k, &picks)[c]).sum();
            assert!((sum - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn tilted_probabilities_add_up_to_one_and_keep_their_ratio() {
        let prior = ChoicePrior::<3, 3>::new(&[[0.2, 0.3, 0.5], [0.6, 0.2, 0.2]], 9.0, [0.4, 0.3, 0.3]);
        let after = [[0.6, 0.3, 0.2], [0.2, 0.5, 0.2], [0.2, 0.2, 0.6]];
        let related = Some(Box::new(Related { affinity: after, after, sticky: 0.7 }));
        let prior = ChoicePrior { related, ..prior }.tilted(Some(vec![[1.0; 3], [2.0, 1.0, 0.5]]));
        let counts = Counts { unit: 0.25, steps: [10, 0, 5] };
        let picks = Picks::of(&counts, 0.5, 2);
        for c in 0..2 {
            let p = |context, kind| prior.probabilities_in(context, kind, &picks)[c];
            assert!(((0..3).map(|kind| p(1, kind)).sum::<f32>() - 1.0).abs() < 1e-6);
            assert!((p(0, 1) - prior.probabilities(1, &picks)[c]).abs() < 1e-6);
            assert!((p(1, 0) / p(1, 2) - 4.0 * p(0, 0) / p(0, 2)).abs() < 1e-4);
        }
    }

    /// Shares of 5,000 users: mean within 5 standard errors, and never a kind without a share.
    #[test]
    fn tastes_have_the_mean_of_their_law_however_wide() {
        for strength in [1e-4, 0.5, 22.0] {
            let taste = Taste::of(&[0.5, 0.0, 0.3, 0.2], strength);
            let mut sums = [0.0; 4];
            for i in 0..5_000 {
                let bounds: [u8; 6] = taste.draw(&mut Luck::new(4, i).stream(UserId(1), Purpose::Birth, 0));
                let mut before = 0.0;
                for (sum, bound) in sums.iter_mut().zip([bounds[0], bounds[1], bounds[2], WHOLE]) {
                    *sum += (f64::from(bound) - before) / 255.0 / 5e3;
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
