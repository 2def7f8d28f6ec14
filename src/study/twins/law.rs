//! The law of a fitted world as numbers on unbounded scales, what is not known about them, and back.
//!
//! The scenario's own numbers are the centre, so a person may change them. Around it they vary as the recorded users leave
//! them uncertain: normally, with the inverse curvature of the likelihood as covariance (Gelman et al., *Bayesian Data
//! Analysis*, 3rd ed., § 4.1).

use crate::{
    base::{
        float::{exp, log, normal_quantile, sqrt},
        luck::{Luck, Purpose},
        matrix::factor,
        units::{NonNegative, Positive, Probability, UserId},
    },
    study::{
        calibrate::{
            evidence::{Evidence, Seen},
            level::Level,
            mixture::{Form, OWN, SHARED, shares},
            spending::Spending,
            world::Number,
        },
        reference::special::logistic_of_minus,
    },
    user::population::PopulationLaw,
    world::{
        busy::special,
        scenario::{Acquisition, Churn, Scenario, World},
    },
};

/// A law and what is not known about it.
#[derive(Clone, Debug)]
pub struct Law {
    /// What is known beforehand.
    pub form: Form,
    /// The scenario's numbers, with the shares of the recorded users.
    pub at: Vec<f64>,
    /// Number of segments.
    pub segments: usize,
    /// Lower factor of the covariance; none if the record leaves it open.
    spread: Option<Vec<Vec<f64>>>,
    /// Standard deviation of the logarithm of each channel's new users a day.
    arrivals: Vec<f64>,
    /// Standard deviation of the logarithm of the level at the launch.
    level: f64,
    /// The same of how much is paid.
    spending: f64,
    /// What users of each segment paid, over what the law would have them pay.
    pub paid_over_expected: Vec<f64>,
}

/// Users that the uncertainty is read from at most; with more of them it is scaled.
const MOST_USERS: usize = 20_000;
/// A strength that makes users as good as alike.
const ALIKE: f64 = 200.0;
/// Names of the parts of a law, as chance knows them.
const SHAPES: UserId = UserId(0);
const ARRIVALS: UserId = UserId(1);

impl Law {
    /// Of a scenario's world and those who were recorded.
    #[must_use]
    pub fn of(world: &World, evidence: &Evidence) -> Self {
        let windows = world.churn.windows.iter().map(|end| end.value()).collect();
        let form = Form::of(&evidence.users, windows, evidence.announced);
        let segments = world.population.segments.len();
        let at = form.with_shares_of(&evidence.users, &numbers(world), segments);
        let step = evidence.users.len().div_ceil(MOST_USERS).max(1);
        let some: Vec<Seen> = evidence.users.iter().step_by(step).cloned().collect();
        let scale = sqrt(some.len() as f64 / evidence.users.len().max(1) as f64);
        let spread = form.covariance(&some, at.clone(), segments).and_then(factor);
        let spread =
            spread.map(|lines| lines.into_iter().map(|line| line.iter().map(|x| x * scale).collect()).collect());
        let relative = |now: Number| now.se.unwrap_or(0.0) / now.value;
        let days = evidence.days.0..=evidence.days.1;
        let special: Vec<f64> = days.map(|day| special(&world.rhythm.calendar, day)).collect();
        let level = Level::of(evidence, &special, &form, &at, segments).map_or(0.0, |level| relative(level.now));
        let spending = Spending::of(evidence).map_or(0.0, |spending| relative(spending.now));
        let paid_over_expected = form.paid_over_expected(&evidence.users, &at, segments);
        Self { form, at, segments, spread, arrivals: arrivals(world, evidence), level, spending, paid_over_expected }
    }

    /// The numbers as they may be, in the parameter draw of this luck.
    #[must_use]
    pub fn drawn(&self, luck: &Luck) -> Vec<f64> {
        let mut stream = luck.stream(SHAPES, Purpose::Law, 0);
        let z: Vec<f64> = self.at.iter().map(|_| normal_quantile(stream.uniform()).clamp(-3.0, 3.0)).collect();
        let Some(spread) = &self.spread else { return self.at.clone() };
        let shift =
            |line: &Vec<f64>| line.iter().zip(&z).take(z.len()).map(|(l, z)| l * z).sum::<f64>().clamp(-2.0, 2.0);
        self.at.iter().zip(spread.iter().enumerate()).map(|(at, (i, line))| at + shift(&line[..=i].to_vec())).collect()
    }

    /// A scenario with the numbers of a draw.
    #[must_use]
    pub fn rewritten(&self, scenario: &Scenario, at: &[f64], luck: &Luck) -> Scenario {
        let mut scenario = scenario.clone();
        if let Some(world) = &mut scenario.world {
            self.population(&mut world.population, at);
            self.churn(&mut world.churn, &world.population, at);
            let mut stream = luck.stream(ARRIVALS, Purpose::Law, 0);
            for (channel, sd) in world.acquisition.iter_mut().zip(&self.arrivals) {
                let times = exp(sd * normal_quantile(stream.uniform()) - sd * sd / 2.0);
                brings(&mut channel.brings, times);
            }
            let times = exp(self.level * normal_quantile(stream.uniform()));
            world.rhythm.level = positive(world.rhythm.level.value() * times);
            let times = exp(self.spending * normal_quantile(stream.uniform()));
            world.rhythm.spending.level = positive(world.rhythm.spending.level.value() * times);
        }
        scenario
    }

    fn population(&self, law: &mut PopulationLaw, at: &[f64]) {
        law.traits.rate_shape = positive(exp(at[0]));
        if law.traits.paid_strength.is_some() {
            law.traits.paid_strength = Some(positive(exp(at[1])));
        }
        law.traits.price_level_sigma = non_negative(exp(at[2]));
        // New users are shared out as the scenario says, moved as far as the recorded ones leave open.
        let (known, drawn) = (shares(&self.at, self.segments), shares(at, self.segments));
        let moved = |c: usize| law.segments[c].share.value() * drawn[c] / known[c].max(1e-12);
        let moved: Vec<f64> = (0..self.segments).map(moved).collect();
        let total: f64 = moved.iter().sum();
        for (c, segment) in law.segments.iter_mut().enumerate() {
            let own = self.form.own(at, c);
            segment.share = probability(moved[c] / total.max(1e-12));
            segment.sessions_per_30d = positive(30.0 * exp(own[0]));
            segment.paid_prob = probability(logistic_of_minus(-own[1]));
            segment.amount.mean = positive(exp(own[2]));
            segment.amount.sigma = non_negative(exp(own[3]));
        }
    }

    fn churn(&self, churn: &mut Churn, law: &PopulationLaw, at: &[f64]) {
        let ends: Vec<f64> = churn.windows.iter().map(|end| end.value()).collect();
        for (c, segment) in law.segments.iter().enumerate() {
            let hazards = &self.form.own(at, c)[OWN..];
            let loss = |(w, ln): (usize, &f64)| probability(1.0 - exp(-exp(*ln) * length(&ends, w)));
            let losses = hazards.iter().enumerate().map(loss).collect();
            churn.loss.insert(segment.id.clone(), losses);
        }
    }
}

/// A world's numbers in the order of [`Form`]: shared, by segment, log odds of the segments.
fn numbers(world: &World) -> Vec<f64> {
    let law = &world.population;
    let strength = law.traits.paid_strength.map_or(ALIKE, Positive::value);
    let mut at = vec![log(law.traits.rate_shape.value()), log(strength)];
    at.push(log(law.traits.price_level_sigma.value().max(1e-3)));
    debug_assert_eq!(at.len(), SHARED);
    let ends: Vec<f64> = world.churn.windows.iter().map(|end| end.value()).collect();
    for segment in &law.segments {
        let pays = segment.paid_prob.value().clamp(1e-6, 1.0 - 1e-6);
        let sigma = segment.amount.sigma.value().max(0.01);
        let rate = segment.sessions_per_30d.value() / 30.0;
        at.extend([log(rate), log(pays / (1.0 - pays)), log(segment.amount.mean.value()), log(sigma)]);
        let losses = world.churn.loss.get(&segment.id).into_iter().flatten();
        at.extend(losses.enumerate().map(|(w, loss)| ln_hazard(loss.value(), length(&ends, w))));
    }
    let first = law.segments.first().map_or(1.0, |segment| segment.share.value().max(1e-6));
    at.extend(law.segments.iter().skip(1).map(|segment| log(segment.share.value().max(1e-6) / first)));
    at
}

fn ln_hazard(loss: f64, days: f64) -> f64 {
    log((-log((1.0 - loss).max(1e-9)) / days).max(1e-6))
}

/// Length of a window; of the time after the last, a month \[day\].
fn length(ends: &[f64], window: usize) -> f64 {
    let start = window.checked_sub(1).map_or(0.0, |before| ends[before]);
    ends.get(window).map_or(30.0, |end| end - start)
}

/// How well each channel's rate is known: as well as a Poisson count tells that varies from week to week as it did.
fn arrivals(world: &World, evidence: &Evidence) -> Vec<f64> {
    let days = evidence.length().max(1) as f64;
    let spread = sqrt(dispersion(&evidence.newcomers));
    let sd = |count: f64| spread / sqrt(count + 0.5);
    world.acquisition.iter().map(|channel| sd(channel.users_per_day() * days).min(1.0)).collect()
}

/// Variance of the weekly new users over their mean, at least 1; around the level of two weeks.
fn dispersion(newcomers: &[u32]) -> f64 {
    let weeks: Vec<f64> = newcomers.chunks_exact(7).map(|week| week.iter().map(|&n| f64::from(n)).sum()).collect();
    let pairs: Vec<f64> = weeks.chunks_exact(2).filter(|pair| pair[0] + pair[1] > 0.0).map(ratio).collect();
    if pairs.len() < 3 {
        return 1.0;
    }
    (pairs.iter().sum::<f64>() / pairs.len() as f64).max(1.0)
}

/// (a − b)² / (a + b), of which the mean is 1 for two equal Poisson counts.
fn ratio(pair: &[f64]) -> f64 {
    (pair[0] - pair[1]).powi(2) / (pair[0] + pair[1])
}

fn brings(acquisition: &mut Acquisition, times: f64) {
    match acquisition {
        Acquisition::Paid { cac, .. } => *cac = positive(cac.value() / times.max(1e-6)),
        Acquisition::Organic { users_per_day } => *users_per_day = non_negative(users_per_day.value() * times),
    }
}

fn positive(value: f64) -> Positive {
    Positive::new(value.clamp(1e-9, 1e12)).unwrap_or_else(|_| unreachable!("it is within its range"))
}

fn non_negative(value: f64) -> NonNegative {
    NonNegative::new(value.clamp(0.0, 1e12)).unwrap_or_else(|_| unreachable!("it is within its range"))
}

fn probability(value: f64) -> Probability {
    Probability::new(value.clamp(0.0, 1.0)).unwrap_or_else(|_| unreachable!("it is within its range"))
}
