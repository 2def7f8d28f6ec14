//! A hidden state behind yes and no: the Markov chain that engagement and feature adoption share.
//!
//! At each step the state moves by `T` and then says yes with a probability of its own; what is known is a
//! probability of each state, filtered forward (Rabiner 1989, *A tutorial on hidden Markov models*, §III.A).

use serde::{Deserialize, Serialize};
use serde_with::serde_as;

/// Law of a chain with `S` states.
#[serde_as]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain<const S: usize> {
    /// State before the first step.
    #[serde_as(as = "[_; S]")]
    pub start: [f32; S],
    /// T: `step[from][to]`.
    #[serde_as(as = "[[_; S]; S]")]
    pub step: [[f32; S]; S],
    /// Probability that each state says yes.
    #[serde_as(as = "[_; S]")]
    pub yes: [f32; S],
}

impl<const S: usize> Chain<S> {
    /// State after the next step, before it says anything.
    #[inline]
    #[must_use]
    pub fn moved(&self, state: &[f32; S]) -> [f32; S] {
        let mut next = [0.0; S];
        for (weight, row) in state.iter().zip(&self.step) {
            for (next, share) in next.iter_mut().zip(row) {
                *next += weight * share;
            }
        }
        next
    }

    /// Probability that a state says yes.
    #[inline]
    #[must_use]
    pub fn says_yes(&self, state: &[f32; S]) -> f32 {
        state.iter().zip(&self.yes).map(|(weight, yes)| weight * yes).sum()
    }

    /// State once it has said so.
    #[inline]
    #[must_use]
    pub fn heard(&self, state: &[f32; S], yes: bool) -> [f32; S] {
        let mut next = [0.0; S];
        for ((next, weight), said) in next.iter_mut().zip(state).zip(&self.yes) {
            *next = weight * if yes { *said } else { 1.0 - said };
        }
        let total: f32 = next.iter().sum();
        if total > 1e-30 { next.map(|weight| weight / total) } else { *state }
    }
}

/// A probability as it is kept: in steps of 1/65,535.
#[inline]
#[must_use]
pub fn packed<const S: usize>(state: &[f32; S]) -> [u16; S] {
    state.map(|weight| (weight * 65_535.0 + 0.5) as u16)
}

/// A kept probability, as it is read.
#[inline]
#[must_use]
pub fn unpacked<const S: usize>(kept: &[u16; S]) -> [f32; S] {
    let total = kept.iter().map(|&weight| u32::from(weight)).sum::<u32>().max(1) as f32;
    kept.map(|weight| f32::from(weight) / total)
}
