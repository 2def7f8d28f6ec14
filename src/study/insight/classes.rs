//! Hidden segments of users, as far as the record carries them: the mixture of [`calibrate`](crate::study::calibrate), with
//! windows of tenure that respect a cliff.
//!
//! A second segment must pay for its parameters by Schwarz's criterion (1978), so that a crowd of one kind is seldom split; a
//! third only by Akaike's (1974), the expected likelihood of users not seen. Where two and three are nearly as good, what is
//! told of a segment is as uncertain as that.

use rayon::prelude::*;

use super::{cliff::Cliff, facts::Facts};
use crate::{
    base::{
        float::{exp, log, normal_quantile},
        luck::{Luck, Purpose},
        matrix::factor,
        units::UserId,
    },
    study::calibrate::{
        evidence::{Evidence, Seen},
        mixture::{Form, Mixture, SHARED},
        world,
    },
};

/// Users that segments are fitted to at most, and those that starts are tried on. Where departures are silent the likelihood
/// of a user is an integral that takes some thirty times as long.
const MOST_USERS: [usize; 2] = [2_000, 20_000];
const TRIED_USERS: [usize; 2] = [300, 600];
/// Users that a segment needs.
const USERS_PER_SEGMENT: usize = 150;
/// How a part of the users may differ: ln rate, logit of paying, ln amount, ln hazard.
const WAYS: [[f64; 4]; 4] =
    [[0.3, 0.5, 0.4, -0.5], [0.9, 0.0, 0.0, -0.4], [0.0, 0.9, 0.2, 0.0], [0.4, -0.4, 0.5, -0.3]];
/// How the rest may differ in itself.
const WITHIN: [f64; 4] = [0.05, 0.25, 0.12, -0.3];

/// The segments and what they were fitted to.
#[derive(Clone, Debug)]
pub struct Classes {
    /// What each user did, in the order of [`Facts::people`].
    pub evidence: Evidence,
    /// The form of the laws.
    pub form: Form,
    /// The fitted segments.
    pub mixture: Mixture,
    /// Another number of segments that the users bear nearly as well, and its weight; none if no other is thought of.
    pub rival: Option<(Mixture, f64)>,
    /// Whether tenure is unknown.
    pub truncated: bool,
}

impl Classes {
    /// Fits them; none without a session.
    #[must_use]
    pub fn of(facts: &Facts, evidence: Evidence, cliff: Option<&Cliff>) -> Option<Self> {
        if evidence.users.is_empty() {
            return None;
        }
        let told = world::windows(&evidence, facts.truncated);
        let windows = cliff.map_or(told, |cliff| {
            let (from, to) = cliff.days();
            let first = Some(30.0).filter(|first| first + 10.0 < from);
            first.into_iter().chain([from, to]).filter(|end| *end > 0.0).collect()
        });
        let form = Form::of(&evidence.users, windows, evidence.announced);
        let some = every(&evidence.users, MOST_USERS[usize::from(evidence.announced)]);
        let (mixture, rival) = fitted(&form, &some);
        Some(Self { evidence, form, mixture, rival, truncated: facts.truncated })
    }

    /// Probability of each segment for a user.
    #[must_use]
    pub fn membership(&self, user: &Seen) -> Vec<f64> {
        self.form.membership(user, &self.mixture.at, self.mixture.segments)
    }

    /// The same for all users, in their order.
    #[must_use]
    pub fn memberships(&self, users: &[Seen]) -> Vec<Vec<f64>> {
        let members = self.form.members(&self.mixture.at, self.mixture.segments);
        users.par_iter().map(|user| members.of(user)).collect()
    }

    /// Laws that the record bears as well, drawn around a fitted one.
    #[must_use]
    pub fn drawn(around: &Mixture, count: u32, seed: u64) -> Vec<Mixture> {
        let Some(root) = factor(around.covariance.clone()) else { return Vec::new() };
        let luck = Luck::new(seed, 0);
        let draw = |draw: u32| {
            let mut stream = luck.stream(UserId(1), Purpose::Law, draw);
            let normals: Vec<f64> = root.iter().map(|_| normal_quantile(stream.uniform())).collect();
            let shift = root.iter().map(|line| line.iter().zip(&normals).map(|(a, b)| a * b).sum::<f64>());
            let at = around.at.iter().zip(shift).map(|(at, by)| at + by.clamp(-2.0, 2.0)).collect();
            Mixture { at, ..around.clone() }
        };
        (0..count).map(draw).collect()
    }

    /// Names of the segments as a fitted world has them: by size, the largest first.
    #[must_use]
    pub fn name(&self, segment: usize) -> String {
        let shares = self.mixture.shares();
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
        let place = order.iter().position(|&one| one == segment).unwrap_or(0);
        format!("class_{}", place + 1)
    }
}

/// Every so many users, so that there are at most as many.
#[must_use]
pub fn every(users: &[Seen], most: usize) -> Vec<Seen> {
    users.iter().step_by(users.len().div_ceil(most).max(1)).cloned().collect()
}

/// The segments, and those of another number of them that these users bear as well, with its weight.
fn fitted(form: &Form, users: &[Seen]) -> (Mixture, Option<(Mixture, f64)>) {
    let one = form.fit(users, Some(1), 1);
    let parameters = |mixture: &Mixture| mixture.at.len() as f64;
    if users.len() < 2 * USERS_PER_SEGMENT {
        return (one, None);
    }
    let tried = every(users, TRIED_USERS[usize::from(form.announced)]);
    let starts = WAYS.map(|way| parted(form, &one, way));
    let best = best(starts.iter().map(|start| form.fit_from(&tried, start.clone(), 2)));
    let Some(two) = best.map(|best| form.fit_from(users, best.at, 2)) else { return (one, None) };
    let price = log(users.len() as f64);
    if 2.0 * (two.log_likelihood - one.log_likelihood) <= price * (parameters(&two) - parameters(&one)) {
        return (one, None);
    }
    if users.len() < 3 * USERS_PER_SEGMENT {
        return (two, None);
    }
    let three = form.fit_from(users, thirded(form, &two), 3);
    let gain = three.log_likelihood - two.log_likelihood;
    let smallest = three.shares().into_iter().fold(1.0, f64::min);
    // Weights of Akaike's (Burnham & Anderson 2002, *Model Selection and Multimodel Inference*, § 2.9).
    let weight = 1.0 / (1.0 + exp(parameters(&three) - parameters(&two) - gain));
    match smallest > 0.01 {
        true if weight > 0.5 => (three, Some((two, 1.0 - weight))),
        true => (two, Some((three, weight))),
        false => (two, None),
    }
}

fn best(fits: impl Iterator<Item = Mixture>) -> Option<Mixture> {
    fits.filter(|fit| fit.log_likelihood.is_finite()).max_by(|a, b| a.log_likelihood.total_cmp(&b.log_likelihood))
}

/// A segment's own parameters, moved.
fn moved(own: &[f64], [rate, pays, amount, leaving]: [f64; 4], by: f64) -> Vec<f64> {
    let steps = [rate, pays, amount, 0.0].into_iter().chain(std::iter::repeat(leaving));
    own.iter().zip(steps).map(|(own, step)| own + by * step).collect()
}

/// A fifth of the users differ in one way.
fn parted(form: &Form, one: &Mixture, way: [f64; 4]) -> Vec<f64> {
    let own = form.own(&one.at, 0);
    let mut at = one.at[..SHARED].to_vec();
    at.extend(moved(own, way, -0.2));
    at.extend(moved(own, way, 0.8));
    at.push(log(0.2 / 0.8));
    at
}

/// The larger of two segments parted within, and the smaller one made purer.
fn thirded(form: &Form, two: &Mixture) -> Vec<f64> {
    let shares = two.shares();
    let (large, small) = if shares[0] >= shares[1] { (0, 1) } else { (1, 0) };
    let mut at = two.at[..SHARED].to_vec();
    at.extend(moved(form.own(&two.at, large), WITHIN, 0.6));
    at.extend(moved(form.own(&two.at, large), WITHIN, -0.8));
    at.extend(moved(form.own(&two.at, small), WITHIN, 0.6));
    at.push(log(0.7));
    at.push(log((0.6 * shares[small] / (0.55 * shares[large])).clamp(0.02, 2.0)));
    at
}
