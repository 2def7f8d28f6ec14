//! Priors of what is observed beside sessions, and of the weeks: visits, messages, features, tickets, reviews, renewals.
//!
//! Shares are each segment's own, shrunk to the population's with the weight of some events; the chains come by
//! expectation–maximisation, the law of renewal by maximum likelihood.

use argmin::{
    core::{CostFunction, Executor},
    solver::goldensectionsearch::GoldenSectionSearch,
};
use rayon::prelude::*;

use super::{assemble::Leaving, evidence::Moments, hidden, reading, static_law::StaticLaw};
use crate::{
    base::float::{exp, log},
    history::session::{FEATURES, SEVERITIES, WAYS},
    study::life::Life,
    user::{
        facet::{
            chance::Chance,
            channel::ChannelPrior,
            choice::ChoicePrior,
            feature::FeaturePrior,
            hidden::Chain,
            level::LevelPrior,
            renewal::{RenewalPrior, TERMS, retention},
            review::ReviewPrior,
            style::StylePrior,
            support::SupportPrior,
            visit::VisitPrior,
        },
        segment::{PerSegment, SEGMENTS},
        self_model::{Mark, Outcome, Witness},
    },
};

/// What one user did beside sessions, and in which weeks they came.
#[derive(Clone, Debug, Default, PartialEq)]
struct Aside {
    weeks: Vec<bool>,
    features: [Vec<bool>; FEATURES],
    /// `[no, yes]`.
    channels: [[f64; 2]; WAYS],
    styles: [[f64; 2]; WAYS],
    severities: [f64; SEVERITIES],
    renewals: [[f64; 2]; TERMS],
    review: Moments,
}

impl Witness for Aside {
    fn marked(&mut self, mark: &Mark<'_>) {
        match mark.outcome {
            Outcome::Visit { came } => self.weeks.push(came),
            Outcome::Feature { feature, used } => self.features[usize::from(feature)].push(used),
            Outcome::Channel { channel, opened, .. } => {
                self.channels[usize::from(channel)][usize::from(opened)] += 1.0;
            }
            Outcome::Style { style, taken } => self.styles[usize::from(style)][usize::from(taken)] += 1.0,
            Outcome::Support(severity) => self.severities[usize::from(severity)] += 1.0,
            Outcome::Review(score) => self.review.add(score),
            Outcome::Renewal { renewals, renewed } => {
                self.renewals[usize::from(renewals).min(TERMS - 1)][usize::from(renewed)] += 1.0;
            }
            _ => {}
        }
    }
}

/// The priors that are fitted here.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherPriors {
    /// Of the visits.
    pub visit: VisitPrior,
    /// Of the message channel.
    pub channel: ChannelPrior,
    /// Of the message style.
    pub style: StylePrior,
    /// Of the features.
    pub feature: FeaturePrior,
    /// Of the tickets.
    pub support: SupportPrior,
    /// Of the reviews.
    pub review: ReviewPrior,
    /// Of the renewal.
    pub renewal: RenewalPrior,
}

/// Rounds of expectation–maximisation.
const ROUNDS: usize = 40;

/// Fits them to users whose membership is known.
#[must_use]
pub fn fit(lives: &[Life<'_>], leaving: Leaving, membership: &[Vec<f64>], law: &StaticLaw) -> OtherPriors {
    let priors = reading(leaving.0, leaving.1);
    let aside = |life: &Life<'_>| {
        let mut aside = Aside::default();
        life.replay(&priors, &mut aside);
        aside
    };
    let users: Vec<Aside> = lives.par_iter().map(aside).collect();
    let chances = |of: &dyn Fn(&Aside, usize) -> [f64; 2], shares: &[f32; WAYS]| {
        std::array::from_fn(|way| chance(&users, membership, &|user| of(user, way), shares[way], 6.0))
    };
    OtherPriors {
        visit: visit(&users, membership, law),
        channel: ChannelPrior { ways: chances(&|user, way| user.channels[way], &law.channels), fatigue: 0.05 },
        style: StylePrior(chances(&|user, way| user.styles[way], &law.styles)),
        feature: features(&users, law),
        support: ChoicePrior::new(&[law.severities; SEGMENTS], 6.0, law.severities),
        review: ReviewPrior { level: review(&users), population: law.review.clone() },
        renewal: renewal(&users, membership, law),
    }
}

/// Events' worth of the population's share in every segment's.
const SHRINK: f64 = 30.0;

/// A chance with each segment's own share.
fn chance(
    users: &[Aside],
    membership: &[Vec<f64>],
    of: &dyn Fn(&Aside) -> [f64; 2],
    population: f32,
    strength: f32,
) -> Chance {
    let mut sums = [[0.0f64; 2]; SEGMENTS];
    for (user, membership) in users.iter().zip(membership) {
        let [no, yes] = of(user);
        // Many answers of one user are worth less than as many of many users.
        let worth = (1.0 + f64::from(strength)) / (no + yes + f64::from(strength));
        for (sum, share) in sums.iter_mut().zip(membership) {
            sum[0] += share * worth * no;
            sum[1] += share * worth * yes;
        }
    }
    let share: PerSegment = sums.map(|[no, yes]| {
        let prior = SHRINK * f64::from(population);
        ((yes + prior) / (no + yes + SHRINK)) as f32
    });
    Chance::new(share, strength, population)
}

fn visit(users: &[Aside], membership: &[Vec<f64>], law: &StaticLaw) -> VisitPrior {
    let weeks = |user: &Aside| {
        let yes = user.weeks.iter().filter(|&&came| came).count() as f64;
        [user.weeks.len() as f64 - yes, yes]
    };
    let mut prior = VisitPrior::around(law.week, chance(users, membership, &weeks, law.week, 4.0));
    let sequences: Vec<Vec<bool>> = users.iter().map(|user| user.weeks.clone()).collect();
    if sequences.iter().any(|weeks| !weeks.is_empty()) {
        prior.chain = hidden::fit(&sequences, &prior.chain, ROUNDS);
    }
    prior
}

/// One chain a feature, up to the last that was ever used.
fn features(users: &[Aside], law: &StaticLaw) -> FeaturePrior {
    let met = |&feature: &usize| users.iter().any(|user| !user.features[feature].is_empty());
    let count = (0..FEATURES).filter(met).max().map_or(0, |last| last + 1);
    let chain = |feature: usize| {
        let share = law.features[feature];
        let start = Chain {
            start: [0.2, 0.8],
            step: [[0.98, 0.02], [0.1, 0.9]],
            yes: [(3.0 * share).clamp(0.3, 0.9), (0.3 * share).clamp(0.01, 0.3)],
        };
        let sequences: Vec<Vec<bool>> = users.iter().map(|user| user.features[feature].clone()).collect();
        hidden::fit(&sequences, &start, ROUNDS)
    };
    FeaturePrior { chains: (0..count).map(chain).collect(), population: law.features[..count].to_vec() }
}

/// The level of review scores: its mean, and the spread within and between users.
fn review(users: &[Aside]) -> LevelPrior {
    let mut all = Moments::default();
    users.iter().for_each(|user| all = all.plus(&user.review));
    let within: Vec<f64> = users.iter().filter(|u| u.review.n >= 2.0).map(|user| user.review.variance()).collect();
    let spread = all.variance().max(1e-3);
    let within = if within.is_empty() { 0.5 * spread } else { within.iter().sum::<f64>() / within.len() as f64 };
    let (shape, within) = (2.5, within.max(1e-3));
    let kappa = (within / (spread - within).max(0.1 * spread)) as f32;
    LevelPrior {
        mean: [all.mean() as f32; SEGMENTS],
        scale: [(shape * within) as f32; SEGMENTS],
        kappa,
        shape: shape as f32,
    }
}

/// Logarithms of α, β and c.
type BdwLogs = [f64; 3];

/// Loss of a law of renewal along one of its parameters.
struct Along<'a> {
    terms: &'a [[f64; 2]; TERMS],
    at: BdwLogs,
    axis: usize,
}

impl CostFunction for Along<'_> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, x: &f64) -> Result<f64, argmin::core::Error> {
        let mut at = self.at;
        at[self.axis] = *x;
        let rates = retention(exp(at[0]), exp(at[1]), exp(at[2]));
        let loss = |([no, yes], rate): (&[f64; 2], f64)| -(yes * log(rate) + no * log(1.0 - rate));
        // A weak pull to the shifted beta–geometric law of even odds keeps what the data do not say within reason.
        let pull = 0.05 * (at[0] * at[0] + at[1] * at[1]) + 2.0 * at[2] * at[2];
        Ok(self.terms.iter().zip(rates).map(loss).sum::<f64>() + pull)
    }
}

fn renewal(users: &[Aside], membership: &[Vec<f64>], law: &StaticLaw) -> RenewalPrior {
    let mut terms = [[0.0; 2]; TERMS];
    for user in users {
        for (sum, term) in terms.iter_mut().zip(&user.renewals) {
            sum[0] += term[0];
            sum[1] += term[1];
        }
    }
    if terms.as_flattened().iter().sum::<f64>() < 1.0 {
        return RenewalPrior { share: vec![[law.renewal; SEGMENTS]], population: law.renewal };
    }
    let rates = terms_law(&terms);
    let of = |user: &Aside| user.renewals.iter().fold([0.0, 0.0], |[no, yes], term| [no + term[0], yes + term[1]]);
    let segments = chance(users, membership, &of, law.renewal, 4.0).share;
    let logit = |p: f64| log(p / (1.0 - p));
    let tilt = segments.map(|share| logit(f64::from(share)) - logit(f64::from(law.renewal)));
    let share = rates.map(|rate| tilt.map(|tilt| (1.0 / (1.0 + exp(-logit(rate) - tilt))) as f32));
    RenewalPrior { share: share.to_vec(), population: law.renewal }
}

/// Retention by term of the beta–discrete-Weibull law that suits the terms best: one parameter after the other.
fn terms_law(terms: &[[f64; 2]; TERMS]) -> [f64; TERMS] {
    let mut at: BdwLogs = [0.0; 3];
    for round in 0..60 {
        let axis = round % 3;
        let found = GoldenSectionSearch::new(at[axis] - 1.5, at[axis] + 1.5)
            .and_then(|solver| solver.with_tolerance(1e-3))
            .and_then(|solver| {
                let along = Along { terms, at, axis };
                Executor::new(along, solver).configure(|state| state.param(at[axis]).max_iters(40)).run()
            });
        at[axis] = found.ok().and_then(|result| result.state.best_param).unwrap_or(at[axis]).clamp(-6.0, 6.0);
    }
    retention(exp(at[0]), exp(at[1]), exp(at[2]))
}
