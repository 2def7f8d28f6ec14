//! What the study of accounts says, held against worlds whose truth is known because they were drawn by hand.

mod association;
mod buying;
mod effect;
mod foresight;
mod recorded;
mod surrogate;

use crate::{
    base::{
        float::{exp, normal_quantile},
        luck::{Luck, Purpose, uniform},
        units::UserId,
    },
    study::estimate::Estimate,
};

/// The luck of one account of one world: numbers by their places.
#[derive(Clone, Copy)]
struct Draws(Luck, u64);

impl Draws {
    const fn of(world: u32, account: u64) -> Self {
        Self(Luck::new(2_026, world), account)
    }

    fn uniform(&self, place: u32) -> f64 {
        uniform(self.0.block(UserId(self.1), Purpose::Fit, place)[0])
    }

    fn normal(&self, place: u32) -> f64 {
        normal_quantile(self.uniform(place))
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

fn holds(estimate: &Estimate, truth: f64) -> bool {
    estimate.lo.is_some_and(|lo| lo <= truth) && estimate.hi.is_some_and(|hi| truth <= hi)
}

fn share(times: usize, of: usize) -> f64 {
    times as f64 / of as f64
}
