//! Whom a user is like: membership in the latent segments, and what sets each segment apart.

use serde::Serialize;

use crate::user::{
    explain::{Distinction, TOLD, Words},
    priors::Priors,
    self_model::SelfModel,
};

/// Membership in one segment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Membership {
    /// The segment's name.
    pub segment: String,
    /// Probability that the user belongs to it \[1\].
    pub p: f64,
    /// Probability before anything was known of the user \[1\].
    pub born: f64,
    /// What sets it apart from the population, most telling first.
    pub apart: Vec<Distinction>,
}

/// How many distinctions are told.
const TELLING: usize = 3;
/// A law that differs less from the population's is like it \[nat\].
const ALIKE: f64 = 0.005;

/// A user's memberships, the likeliest first.
#[must_use]
pub fn memberships(model: &SelfModel, priors: &Priors, words: &Words) -> Vec<Membership> {
    // Nobody is told apart from the population by the only segment there is.
    let kinds = if priors.segments.len() > 1 { TELLING } else { 0 };
    let of = |(segment, name): (usize, &String)| Membership {
        segment: name.clone(),
        p: f64::from(model.weights()[segment]),
        born: f64::from(priors.born.last().map_or(0.0, |everyone| everyone[segment])),
        apart: apart(priors, words, segment, kinds),
    };
    let mut memberships: Vec<Membership> = priors.segments.iter().enumerate().map(of).collect();
    memberships.sort_by(|a, b| b.p.total_cmp(&a.p));
    memberships
}

fn apart(priors: &Priors, words: &Words, segment: usize, kinds: usize) -> Vec<Distinction> {
    let mut apart: Vec<Distinction> = TOLD.iter().filter_map(|told| told.distinction(priors, words, segment)).collect();
    apart.retain(|distinction| distinction.divergence > ALIKE);
    apart.sort_by(|a, b| b.divergence.total_cmp(&a.divergence));
    apart.truncate(kinds);
    apart
}
