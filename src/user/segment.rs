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

/// Bayes' rule for the membership; returns the mixture's density.
///
/// Densities of zero everywhere (an outcome beyond 32-bit range) leave the weights as they are.
#[inline]
pub fn update(weights: &mut PerSegment, densities: &PerSegment) -> f32 {
    let total = mixed(weights, densities);
    if total > 1e-30 {
        let scale = 1.0 / total;
        for c in 0..SEGMENTS {
            weights[c] *= densities[c] * scale;
        }
    }
    total.max(1e-30)
}

/// Lets a little membership leak back towards the weights a user of this kind is born with.
#[inline]
pub fn leak(weights: &mut PerSegment, born: &PerSegment) {
    for c in 0..SEGMENTS {
        weights[c] += LEAK * (born[c] - weights[c]);
    }
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
        let mut weights = [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let density = update(&mut weights, &[0.3, 0.1, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0]);
        assert!((density - 0.2).abs() < 1e-6);
        assert!((weights[0] - 0.75).abs() < 1e-6 && (weights[1] - 0.25).abs() < 1e-6);
    }
}
