//! Would we have known on any day who leaves within the coming ones? Scores at the landmarks of held-out users.
//!
//! Each landmark is predicted twice: from all that is known of the user by then, and from tenure alone, by the hazard of
//! the fitting users; skills are shares of the second's loss that the first saves. Landmarks of one user overlap, so
//! intervals draw users.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Plan,
    bootstrap::{interval, times},
    calibration::{Probabilities, ReliabilityBin},
};
use crate::{
    base::{
        float::{log as ln, log1p},
        luck::Luck,
        units::UserId,
    },
    study::{landmark::Landmark, life::Life},
    user::{
        facet::churn::{
            Departure,
            ahead::{AheadPrior, SIGN_NAMES, Signs},
        },
        priors::Priors,
    },
};

/// How leaving was predicted on any day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AheadReport {
    /// How far ahead was asked \[day\].
    pub horizon_days: f64,
    /// How a departure shows.
    pub departure: Departure,
    /// Moments that were predicted.
    pub landmarks: usize,
    /// Users they belong to.
    pub users: usize,
    /// Landmarks that a departure followed within the horizon.
    pub events: usize,
    /// Share of the baseline's log loss that is saved.
    pub log_skill: Spread,
    /// Share of the baseline's Brier score (Brier 1950) that is saved.
    pub brier_skill: Spread,
    /// Probability that of two landmarks, one followed by a departure and one not, the first was predicted higher.
    pub auc: Spread,
    /// The same of the baseline.
    pub auc_baseline: Spread,
    /// By how much the first is above the second.
    pub auc_gain: Spread,
    /// Slope of the logistic recalibration: 1 is right.
    pub slope: Spread,
    /// Expected calibration error \[1\].
    pub ece: Option<f64>,
    /// What it is held against.
    pub baseline: String,
    /// What each covariate adds to the logarithm of the hazard, per standard deviation: mean of the folds.
    pub weights: BTreeMap<String, f64>,
    /// Predicted and observed shares in ten bins of equal mass.
    pub reliability: Vec<ReliabilityBin>,
}

/// A number, its interval and its folds; none where there is nothing to compute it from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Mean of the folds.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Fold by fold.
    pub folds: Vec<Option<f64>>,
}

/// One landmark.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Forecast {
    user: usize,
    model: f64,
    baseline: f64,
    left: bool,
}

/// A fold's landmarks.
pub(super) struct Forecasts {
    horizon_days: f64,
    departure: Departure,
    weights: Signs,
    users: Vec<UserId>,
    /// From the lowest prediction of the model.
    all: Vec<Forecast>,
    /// Which, from the lowest prediction of the baseline.
    by_baseline: Vec<usize>,
}

/// Predicts the landmarks of users; none if the priors do not say who leaves, or nobody has a landmark.
pub(super) fn forecasts(lives: &[Life<'_>], priors: &Priors) -> Option<Forecasts> {
    let prior = priors.ahead.as_ref()?;
    let of = |(user, life): (usize, &Life<'_>)| -> Vec<Forecast> {
        let landmarks = life.landmarks(priors, prior.horizon_days).into_iter();
        landmarks.map(|landmark| forecast(user, &landmark, prior)).collect()
    };
    let mut all = lives.par_iter().enumerate().map(of).collect::<Vec<_>>().concat();
    all.sort_by(|a, b| a.model.total_cmp(&b.model));
    let mut by_baseline: Vec<usize> = (0..all.len()).collect();
    by_baseline.sort_by(|&a, &b| all[a].baseline.total_cmp(&all[b].baseline));
    let users = lives.iter().map(|life| life.user).collect();
    let (horizon_days, weights, departure) = (prior.horizon_days, prior.weight, priors.churn.departure);
    (!all.is_empty()).then_some(Forecasts { horizon_days, departure, weights, users, all, by_baseline })
}

fn forecast(user: usize, landmark: &Landmark, prior: &AheadPrior) -> Forecast {
    let model = prior.chance(&landmark.standing);
    let baseline = prior.chance_by_tenure(landmark.standing.weeks);
    Forecast { user, model, baseline, left: landmark.left }
}

/// What the landmarks of all folds say.
pub(super) fn report(folds: &[&Forecasts], plan: &Plan, luck: &Luck) -> Option<AheadReport> {
    let first = folds.first()?;
    let found: Vec<Measures> = folds.iter().map(|fold| fold.measures(&vec![1.0; fold.users.len()])).collect();
    let drawn: Vec<Vec<Measures>> = folds.iter().map(|fold| fold.draws(plan.draws, luck)).collect();
    let spread = |of: fn(&Measures) -> Option<f64>| spread(&found, &drawn, plan.level, of);
    let mut counts = Probabilities::default();
    let all = || folds.iter().flat_map(|fold| &fold.all);
    all().for_each(|forecast| counts.add(forecast.model, forecast.left, 1));
    let calibration = counts.calibration();
    Some(AheadReport {
        horizon_days: first.horizon_days,
        departure: first.departure,
        landmarks: all().count(),
        users: folds.iter().map(|fold| fold.present()).sum(),
        events: all().filter(|forecast| forecast.left).count(),
        log_skill: spread(|found| found.log_skill),
        brier_skill: spread(|found| found.brier_skill),
        auc: spread(|found| found.auc),
        auc_baseline: spread(|found| found.auc_baseline),
        auc_gain: spread(|found| Some(found.auc? - found.auc_baseline?)),
        slope: spread(|found| found.slope),
        ece: calibration.ece,
        baseline: "tenure only".to_owned(),
        weights: weights(folds),
        reliability: calibration.reliability,
    })
}

/// Mean weights of the covariates that differ between users, by name.
fn weights(folds: &[&Forecasts]) -> BTreeMap<String, f64> {
    let mean = |i: usize| folds.iter().map(|fold| fold.weights[i]).sum::<f64>() / folds.len() as f64;
    let named = SIGN_NAMES.iter().enumerate().map(|(i, name)| ((*name).to_owned(), mean(i)));
    named.filter(|(_, weight)| *weight != 0.0).collect()
}

/// Mean over the folds, and between which values it lies in most draws.
fn spread(
    found: &[Measures],
    drawn: &[Vec<Measures>],
    level: f64,
    of: impl Fn(&Measures) -> Option<f64> + Copy,
) -> Spread {
    let count = drawn.iter().map(Vec::len).min().unwrap_or(0);
    let draws = (0..count).filter_map(|draw| super::mean(drawn.iter().map(|fold| of(&fold[draw]))));
    let draws: Vec<f64> = draws.collect();
    let ends = (draws.len() > 1).then(|| interval(draws, level));
    Spread {
        value: super::mean(found.iter().map(of)),
        lo: ends.map(|ends| ends.0),
        hi: ends.map(|ends| ends.1),
        folds: found.iter().map(of).collect(),
    }
}

/// What some landmarks say.
#[derive(Clone, Debug, Default, PartialEq)]
struct Measures {
    log_skill: Option<f64>,
    brier_skill: Option<f64>,
    auc: Option<f64>,
    auc_baseline: Option<f64>,
    slope: Option<f64>,
}

impl Forecasts {
    /// Users with a landmark.
    fn present(&self) -> usize {
        let mut seen = vec![false; self.users.len()];
        self.all.iter().for_each(|forecast| seen[forecast.user] = true);
        seen.into_iter().filter(|&seen| seen).count()
    }

    fn draws(&self, count: u32, luck: &Luck) -> Vec<Measures> {
        let draw = |draw: u32| {
            let weights: Vec<f64> = self.users.iter().map(|&user| times(user, draw, luck)).collect();
            self.measures(&weights)
        };
        (0..count).into_par_iter().map(draw).collect()
    }

    /// What the landmarks say if each user counts so often.
    fn measures(&self, weights: &[f64]) -> Measures {
        let (mut log, mut brier, mut counts) = ([0.0; 2], [0.0; 2], Probabilities::default());
        for forecast in &self.all {
            let (weight, y) = (weights[forecast.user], f64::from(u8::from(forecast.left)));
            for (i, p) in [forecast.model, forecast.baseline].into_iter().enumerate() {
                log[i] -= weight * if forecast.left { ln(p) } else { log1p(-p) };
                brier[i] += weight * (y - p).powi(2);
            }
            counts.add(forecast.model, forecast.left, weight as u64);
        }
        let skill = |loss: [f64; 2]| (loss[1] > 0.0).then(|| 1.0 - loss[0] / loss[1]);
        let of = |forecast: &Forecast, p: f64| (p, weights[forecast.user], forecast.left);
        Measures {
            log_skill: skill(log),
            brier_skill: skill(brier),
            auc: auc(self.all.iter().map(|forecast| of(forecast, forecast.model))),
            auc_baseline: auc(self.by_baseline.iter().map(|&i| of(&self.all[i], self.all[i].baseline))),
            slope: counts.slope(),
        }
    }
}

/// Area under the curve of (prediction, weight, whether it happened) in ascending order, ties halved (Hanley & McNeil
/// 1982); none if either answer never comes.
fn auc(ascending: impl Iterator<Item = (f64, f64, bool)>) -> Option<f64> {
    let (mut yes, mut no, mut won) = (0.0, 0.0, 0.0);
    let mut tied = (f64::NAN, 0.0, 0.0);
    for (p, weight, happened) in ascending {
        if p != tied.0 {
            tied = (p, 0.0, 0.0);
        }
        if happened {
            // Above all noes before it; those that tie count half, those to come in the tie are added below.
            won += weight * (no - 0.5 * tied.2);
            (yes, tied.1) = (yes + weight, tied.1 + weight);
        } else {
            won += weight * 0.5 * tied.1;
            (no, tied.2) = (no + weight, tied.2 + weight);
        }
    }
    (yes > 0.0 && no > 0.0).then(|| won / (yes * no))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::{
        base::{
            luck::{Luck, Purpose},
            time::{DAY, SimTime},
        },
        history::session::{Observation, Session, Slot},
        study::{fit, life::UNKNOWN_CHANNEL, validation::split::Split},
        user::priors::Priors,
    };

    /// Users who come with a rate of their own and leave with a hazard that falls with it, day by day.
    fn leaver(id: u64) -> Vec<Observation> {
        let mut stream = Luck::new(3, 0).stream(UserId(id), Purpose::Birth, 0);
        let rate = 0.02 + 0.5 * stream.uniform();
        let mut seen = Vec::new();
        for day in 0..200 {
            let at = SimTime(day * DAY + 40_000);
            if stream.uniform() < rate {
                let slot = Slot { weekend: false, daypart: 1, late: false };
                seen.push(Observation::Session(Session::new(at, slot)));
            }
            if stream.uniform() < 0.02 * (1.0 - 1.8 * rate) {
                seen.push(Observation::Left(SimTime(at.0 + 3_600)));
                break;
            }
        }
        seen
    }

    #[test]
    fn who_leaves_is_known_better_than_by_tenure_and_as_often_as_said() {
        let seen: Vec<Vec<Observation>> = (0..600).map(leaver).collect();
        let (first, end, channel) = (SimTime(0), SimTime(200 * DAY), UNKNOWN_CHANNEL);
        let user = |id: usize| UserId(id as u64);
        let life = |(id, observations)| Life { user: user(id), channel, first, end, observations };
        let lives: Vec<Life<'_>> = seen.iter().map(Vec::as_slice).enumerate().map(life).collect();
        let mut priors = Priors::ignorant();
        priors.ahead = fit::ahead::fit(&lives[..300], &priors, 30.0);
        let plan = Plan { split: Split::TwoFold, ..Plan::default() };
        let fold = forecasts(&lives[300..], &priors).unwrap();
        let found = report(&[&fold], &plan, &Luck::new(1, 0)).unwrap();
        assert!(found.log_skill.lo.unwrap() > 0.0 && found.brier_skill.lo.unwrap() > 0.0, "{found:?}");
        assert!(found.auc_gain.lo.unwrap() > 0.0 && (0.7..1.4).contains(&found.slope.value.unwrap()), "{found:?}");
        assert!(found.slope.lo.unwrap() < 1.0 && found.slope.hi.unwrap() > 1.0, "{found:?}");
    }

    #[test]
    fn ties_count_half() {
        let auc = |of: &[(f64, bool)]| auc(of.iter().map(|&(p, happened)| (p, 1.0, happened)));
        assert_eq!(auc(&[(0.1, false), (0.2, true)]), Some(1.0));
        assert_eq!(auc(&[(0.1, true), (0.1, false), (0.1, false), (0.1, true)]), Some(0.5));
        assert_eq!(auc(&[(0.1, true), (0.2, false), (0.2, true), (0.3, true)]), Some(0.5));
        assert_eq!(auc(&[(0.1, true)]), None);
    }
}
