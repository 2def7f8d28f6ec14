//! Whom to treat in a recorded experiment: are learners better than simple rules?
//!
//! Every way to rank is fitted on a random half of the users and judged on the other, ten times over; the spread over
//! the halves is the noise. Policies are judged on all users, each by what was learned from the half they are not in.

use rayon::prelude::*;
use serde::Serialize;

use super::{
    curve::{self, PerUser, Subject},
    feature::Feature,
    policy::{self, Assigned, PolicyValue},
    scorer::{Row, Scorer, linear},
};
use crate::{
    base::{
        luck::{Luck, Purpose},
        units::UserId,
    },
    history::source::table::Table,
    study::experiment::{
        analysis::{Arms, Question},
        error::ExperimentError,
    },
};

/// Random halves.
const SPLITS: u32 = 10;
/// Points of a drawn curve, besides its start.
const STEPS: usize = 20;

/// How ways to choose whom to treat compare, for one arm and one metric.
#[derive(Clone, Debug, Serialize)]
pub struct Targeting {
    /// The arm.
    pub arm: String,
    /// The metric.
    pub metric: String,
    /// The finding as a sentence.
    pub finding: String,
    /// What `qini` is: `share_of_perfect` for outcomes of 0 and 1, else `mean_gap_per_user`: the mean distance of the curve
    /// to the diagonal per user who could be treated, in the outcome's units.
    pub definition: &'static str,
    /// Every way to rank, best first.
    pub rankings: Vec<Ranking>,
    /// The best learner against the best rule.
    pub learner_over_rule: Option<Advantage>,
    /// What choosing among all arms would earn.
    pub policies: Vec<PolicyValue>,
}

/// A way to rank users, judged.
#[derive(Clone, Debug, Serialize)]
pub struct Ranking {
    /// Its name.
    pub name: String,
    /// Whether it learns from all features at once.
    pub learner: bool,
    /// Mean Qini over the halves.
    pub qini: f64,
    /// Standard deviation over the halves.
    pub sd: f64,
    /// Difference of means among the best 30%.
    pub uplift_at_30: f64,
    /// The mean curve: share of users treated, and extra outcomes per user of the whole.
    pub curve: Vec<CurvePoint>,
    #[serde(skip)]
    by_split: Vec<f64>,
}

/// A point of a mean Qini curve.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CurvePoint {
    /// Share of users, best first.
    pub share: f64,
    /// Extra outcomes per user of the whole, were as many treated.
    pub gain: f64,
    /// Standard deviation over the halves.
    pub sd: f64,
}

/// How much better one way is than another.
#[derive(Clone, Debug, Serialize)]
pub struct Advantage {
    /// The best learner.
    pub learner: String,
    /// The best rule.
    pub rule: String,
    /// Mean difference of their Qini.
    pub difference: f64,
    /// Standard deviation of the difference over the halves.
    pub sd: f64,
    /// Whether the difference is above twice its standard deviation.
    pub better: bool,
}

/// The finding as a sentence.
fn finding(arm: &str, metric: &str, advantage: Option<&Advantage>) -> String {
    let head = format!("Whom to treat with {arm} for {metric}:");
    match advantage {
        Some(found) if found.better => format!(
            "{head} {:?} ranks better than the best simple rule, {:?} (Qini by {:.3} ± {:.3}).",
            found.learner, found.rule, found.difference, found.sd
        ),
        Some(found) => format!(
            "{head} no learner beats the simple rule {:?} (the best, {:?}, differs in Qini by {:+.3} ± {:.3}).",
            found.rule, found.learner, found.difference, found.sd
        ),
        None => format!("{head} there is nothing to compare."),
    }
}

/// The experiment's rows for one metric.
struct Data<'a> {
    arms: &'a Arms,
    features: &'a [Feature],
    outcome: Vec<f64>,
    seed: u64,
}

/// Compares ways to choose whom to treat, for every mean metric and arm.
///
/// # Errors
/// [`ExperimentError`] if a column cannot be read.
pub fn of(question: &Question, table: &Table, names: &[String], seed: u64) -> Result<Vec<Targeting>, ExperimentError> {
    let arms = Arms::of(table, &question.arm, question.control.as_deref())?;
    let features = names.iter().map(|name| Feature::of(table, name)).collect::<Result<Vec<_>, _>>()?;
    let mut found = Vec::new();
    for metric in question.metrics.iter().filter(|metric| metric.is_mean()) {
        let data = Data { arms: &arms, features: &features, outcome: table.numbers(&metric.column)?, seed };
        let policies = data.policies(question.alpha);
        for arm in 1..arms.names.len() {
            found.push(data.targeting(arm, &metric.name, policies.clone()));
        }
    }
    Ok(found)
}

/// Users, treated or control, that have the metric.
fn known(data: &Data<'_>, arm: usize) -> Vec<Row> {
    let rows = |arm: usize| data.arms.rows[arm].iter().map(move |&row| (row, arm != 0));
    let all = rows(0).chain(rows(arm)).filter(|(row, _)| !data.outcome[*row].is_nan());
    let mut rows: Vec<Row> = all.map(|(row, treated)| Row { row, treated, outcome: data.outcome[row] }).collect();
    rows.sort_by_key(|row| row.row);
    rows
}

impl<'a> Data<'a> {
    fn luck(&self, split: u32) -> Luck {
        Luck::new(self.seed, split)
    }

    fn in_first_half(&self, row: usize, split: u32) -> bool {
        self.luck(split).block(UserId(row as u64), Purpose::Bootstrap, 0)[0] & 1 == 0
    }

    fn targeting(&self, arm: usize, metric: &str, policies: Vec<PolicyValue>) -> Targeting {
        let rows = known(self, arm);
        let binary = rows.iter().all(|row| row.outcome == 0.0 || row.outcome == 1.0);
        let scorers = Scorer::all(self.features);
        let mut rankings: Vec<Ranking> = scorers.par_iter().map(|scorer| self.ranking(scorer, &rows, binary)).collect();
        rankings.sort_by(|a, b| b.qini.total_cmp(&a.qini));
        let learner_over_rule = advantage(&rankings);
        Targeting {
            arm: self.arms.names[arm].clone(),
            metric: metric.to_owned(),
            finding: finding(&self.arms.names[arm], metric, learner_over_rule.as_ref()),
            definition: if binary { "share_of_perfect" } else { "mean_gap_per_user" },
            learner_over_rule,
            rankings,
            policies,
        }
    }

    fn ranking(&self, scorer: &Scorer, rows: &[Row], binary: bool) -> Ranking {
        let judged: Vec<(f64, f64, Vec<f64>)> =
            (0..SPLITS).map(|split| self.judge(scorer, rows, binary, split)).collect();
        let by_split: Vec<f64> = judged.iter().map(|one| one.0).collect();
        let (qini, sd) = moments(&by_split);
        let point = |step: usize| {
            let gains: Vec<f64> = judged.iter().map(|one| one.2[step]).collect();
            let (gain, sd) = moments(&gains);
            CurvePoint { share: step as f64 / STEPS as f64, gain, sd }
        };
        Ranking {
            name: scorer.name(self.features),
            learner: scorer.is_learner(),
            qini,
            sd,
            uplift_at_30: moments(&judged.iter().map(|one| one.1).collect::<Vec<f64>>()).0,
            curve: (0..=STEPS).map(point).collect(),
            by_split,
        }
    }

    /// Qini, uplift among the best 30%, and the curve, on the half that was not learned from.
    fn judge(&self, scorer: &Scorer, rows: &[Row], binary: bool, split: u32) -> (f64, f64, Vec<f64>) {
        let (training, judging): (Vec<Row>, Vec<Row>) = rows.iter().partition(|row| self.in_first_half(row.row, split));
        let score = scorer.fit(self.features, &training, self.luck(split));
        let subject = |row: &Row| Subject { score: score(row.row), treated: row.treated, outcome: row.outcome };
        let subjects: Vec<Subject> = judging.iter().map(subject).collect();
        let qini = if binary {
            curve::qini_share_of_perfect(&subjects)
        } else {
            // Per user who could be treated, in the outcome's units: the whole gain may be near nothing.
            let treated = subjects.iter().filter(|one| one.treated).count().max(1) as f64;
            PerUser::qini(&subjects).mean_gap() / treated
        };
        (qini, curve::uplift_at(&subjects, 0.3, false), drawn(&subjects))
    }

    /// What choosing among all arms would earn: nobody treated, everybody alike, by one feature, by all.
    fn policies(&self, alpha: f64) -> Vec<PolicyValue> {
        let count = self.arms.names.len();
        let rows: Vec<(usize, Row)> = (0..count)
            .flat_map(|arm| {
                known(self, arm).into_iter().filter(move |row| row.treated == (arm != 0)).map(move |row| (arm, row))
            })
            .collect();
        let shares: Vec<f64> = (0..count)
            .map(|arm| rows.iter().filter(|(of, _)| *of == arm).count() as f64 / rows.len().max(1) as f64)
            .collect();
        let models: Vec<Chooser<'a>> = [true, false].map(|half| self.chooser(&rows, half)).into();
        let mut found = Vec::new();
        let mut judge = |name: &str, choose: &dyn Fn(&Chooser<'_>, usize) -> usize| {
            let user = |(arm, row): &(usize, Row)| {
                let model = &models[usize::from(self.in_first_half(row.row, 0))];
                let chosen = choose(model, row.row);
                let expected = |arm: usize| (model.expected[arm])(row.row);
                Assigned {
                    arm: *arm,
                    outcome: row.outcome,
                    chosen,
                    expected: expected(*arm),
                    expected_of_chosen: expected(chosen),
                }
            };
            let users: Vec<Assigned> = rows.iter().map(user).collect();
            found.push(policy::value(name, &users, &shares, alpha));
        };
        for arm in 0..count {
            judge(&format!("everybody {}", self.arms.names[arm]), &|_, _| arm);
        }
        for (place, feature) in self.features.iter().enumerate() {
            judge(&format!("one feature: {}", feature.name), &|model, row| model.by_bin[place][feature.bins[row]]);
        }
        judge("a model for each arm", &|model, row| best(&model.expected.iter().map(|of| of(row)).collect::<Vec<_>>()));
        found
    }

    /// What one half teaches.
    fn chooser(&self, rows: &[(usize, Row)], half: bool) -> Chooser<'a> {
        let taught = || rows.iter().filter(|(_, row)| self.in_first_half(row.row, 0) == half);
        let count = self.arms.names.len();
        let expected = (0..count).map(|arm| -> Box<dyn Fn(usize) -> f64> {
            let own: Vec<Row> = taught().filter(|(of, _)| *of == arm).map(|(_, row)| *row).collect();
            Box::new(linear(self.features, &own))
        });
        let by_bin = |feature: &Feature| -> Vec<usize> {
            let mut sums = vec![vec![(0.0, 0.0); count]; feature.count];
            for (arm, row) in taught() {
                let sum = &mut sums[feature.bins[row.row]][*arm];
                *sum = (sum.0 + 1.0, sum.1 + row.outcome);
            }
            let mean = |&(n, sum): &(f64, f64)| if n > 0.0 { sum / n } else { f64::NEG_INFINITY };
            sums.iter().map(|arms| best(&arms.iter().map(mean).collect::<Vec<_>>())).collect()
        };
        Chooser { expected: expected.collect(), by_bin: self.features.iter().map(by_bin).collect() }
    }
}

/// What was learned from a half: each arm's expectation, and the best arm of each bin of each feature.
struct Chooser<'a> {
    expected: Vec<Box<dyn Fn(usize) -> f64 + 'a>>,
    by_bin: Vec<Vec<usize>>,
}

fn best(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

/// The Qini curve at equal steps: extra outcomes per user of the whole, were all treated that a share holds. Among the
/// judged about half are treated; dividing by those gives the gain per user who could be.
fn drawn(subjects: &[Subject]) -> Vec<f64> {
    let points = curve::qini(subjects);
    let (users, treated) = (subjects.len() as f64, subjects.iter().filter(|one| one.treated).count().max(1) as f64);
    let at = |step: usize| {
        let wanted = users * step as f64 / STEPS as f64;
        let place = points.partition_point(|point| point.users < wanted).min(points.len() - 1);
        let (to, from) = (points[place], points[place.saturating_sub(1)]);
        let part = if to.users > from.users { (wanted - from.users) / (to.users - from.users) } else { 1.0 };
        (from.gain + part * (to.gain - from.gain)) / treated
    };
    (0..=STEPS).map(at).collect()
}

fn advantage(rankings: &[Ranking]) -> Option<Advantage> {
    let learner = rankings.iter().find(|one| one.learner)?;
    let rule = rankings.iter().find(|one| !one.learner)?;
    let differences: Vec<f64> = learner.by_split.iter().zip(&rule.by_split).map(|(a, b)| a - b).collect();
    let (difference, sd) = moments(&differences);
    let (learner, rule) = (learner.name.clone(), rule.name.clone());
    Some(Advantage { learner, rule, difference, sd, better: difference > 2.0 * sd })
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    crate::study::estimate::moments(values)
}
