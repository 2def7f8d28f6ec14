//! Latent segments: a user belongs to one of up to eight, and nobody sees to which.
//!
//! Membership is a mixture weight per segment, updated by Bayes' rule with every facet's predictive density:
//! `w_c ← w_c · p_c(y) / Σ_k w_k · p_k(y)`. A small leak back to equal odds keeps a weight from sticking at 0
//! (a hidden Markov chain with slow switching; Rabiner 1989, §III).

use crate::base::float::ln32;

/// Largest number of latent segments.
pub const SEGMENTS: usize = 8;
/// One number a segment; unused segments have weight 0.
pub type PerSegment = [f32; SEGMENTS];

/// Share of the membership that leaks to the other segments with each session.
const LEAK: f32 = 1e-4;

/// The mixture's density: `Σ_c w_c · p_c`.
#[inline]
#[must_use]
pub fn mixed(weights: &PerSegment, densities: &PerSegment) -> f32 {
    let mut products = [0.0; SEGMENTS];
    for c in 0..SEGMENTS {
        products[c] = weights[c] * densities[c];
    }
    // Folded by halves: the order of vector instructions.
    let mut four = [0.0; SEGMENTS / 2];
    for c in 0..SEGMENTS / 2 {
        four[c] = products[c] + products[c + SEGMENTS / 2];
    }
    (four[0] + four[2]) + (four[1] + four[3])
}

/// Membership at work: weights that need not add up to 1, so that many outcomes cost one division.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Membership {
    /// In proportion to the membership.
    pub weights: PerSegment,
    /// Their sum.
    pub total: f32,
}

impl Membership {
    /// From weights that add up to 1.
    #[inline]
    #[must_use]
    pub const fn new(weights: PerSegment) -> Self {
        Self { weights, total: 1.0 }
    }

    /// The mixture's density.
    #[inline]
    #[must_use]
    pub fn mixed(&self, densities: &PerSegment) -> f32 {
        mixed(&self.weights, densities) / self.total
    }

    /// Bayes' rule; returns the mixture's density.
    ///
    /// Densities of zero everywhere (an outcome beyond 32-bit range) leave the weights as they are.
    #[inline]
    pub fn update(&mut self, densities: &PerSegment) -> f32 {
        let was = self.total;
        let total = mixed(&self.weights, densities);
        let density = total / was;
        if density > 1e-30 {
            for c in 0..SEGMENTS {
                self.weights[c] *= densities[c];
            }
            self.total = total;
            if !(1e-20..1e20).contains(&total) {
                *self = Self::new(self.shares());
            }
        }
        density.max(1e-30)
    }

    /// The membership: weights that add up to 1.
    #[inline]
    #[must_use]
    pub fn shares(&self) -> PerSegment {
        let scale = 1.0 / self.total;
        self.weights.map(|weight| weight * scale)
    }

    /// The membership after a little of it has leaked back towards the weights a user of this kind is born with.
    #[inline]
    #[must_use]
    pub fn leaked(&self, born: &PerSegment) -> PerSegment {
        let mut shares = self.shares();
        for c in 0..SEGMENTS {
            shares[c] += LEAK * (born[c] - shares[c]);
        }
        shares
    }
}

/// A membership as it is kept: in steps of 1/65,535; whoever may be a member keeps at least one.
#[inline]
#[must_use]
pub fn packed(shares: &PerSegment) -> [u16; SEGMENTS] {
    shares.map(|share| {
        let steps = share * 65_535.0;
        let least = if share > 0.0 { 1.0 } else { 0.0 };
        (steps + 0.5).max(least) as u16
    })
}

/// A kept membership, as it is read: it adds up to 1.
#[inline]
#[must_use]
pub fn unpacked(kept: &[u16; SEGMENTS]) -> PerSegment {
    let total = kept.iter().map(|&steps| u32::from(steps)).sum::<u32>().max(1) as f32;
    kept.map(|steps| f32::from(steps) / total)
}

/// Uncertainty of the membership \[nat\]: 0 when it is sure.
#[must_use]
pub fn entropy(weights: &PerSegment) -> f32 {
    weights.iter().filter(|&&w| w > 0.0).map(|&w| -w * ln32(w)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_moves_membership_by_bayes_rule() {
        let mut membership = Membership::new([0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let density = membership.update(&[0.3, 0.1, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0]);
        assert!((density - 0.2).abs() < 1e-6);
        let weights = unpacked(&packed(&membership.shares()));
        assert!((weights[0] - 0.75).abs() < 1e-5 && (weights[1] - 0.25).abs() < 1e-5 && weights[2] == 0.0);
    }
}
