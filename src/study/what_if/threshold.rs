//! Whom to treat: what an arm that acts on a predicted probability would earn with other thresholds.

use serde::{Deserialize, Serialize};

use super::Questions;
use crate::{
    base::units::Probability,
    study::{
        estimate::Estimate,
        projection::{Earnings, LEVEL},
    },
    world::intervention::Intervention,
};

/// Thresholds that are tried.
const TRIED: [f64; 9] = [0.02, 0.05, 0.10, 0.15, 0.25, 0.35, 0.50, 0.65, 0.80];

/// What each threshold would earn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Thresholds {
    /// The intervention, alone in its arm.
    pub intervention: String,
    /// The segment it is made for.
    pub segment: String,
    /// The threshold the scenario states.
    pub stated: f64,
    /// The one that earns most profit of those tried.
    pub best: f64,
    /// By threshold, ascending.
    pub tried: Vec<ThresholdResult>,
}

/// One threshold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ThresholdResult {
    /// Least probability.
    pub p_at_least: f64,
    /// Revenue against the control's, as a share.
    pub uplift: Estimate,
    /// Profit gained a day [major units].
    pub profit_gained: Estimate,
    /// Share of the segment's revenue that comes from treated users.
    pub reach: Option<f64>,
    /// Users treated in an average world.
    pub treated_users: f64,
}

/// Arms asked about one intervention.
pub(super) struct Asked {
    intervention: String,
    segment: String,
    stated: f64,
    arms: Vec<(f64, usize)>,
}

/// One question for each intervention of an arm that is for a predicted segment.
pub(super) fn questions(questions: &mut Questions<'_>) -> Vec<Asked> {
    let scenario = questions.scenario;
    let arms = || scenario.experiment.iter().flat_map(|experiment| &experiment.arms);
    let used = |own: &&Intervention| arms().any(|arm| arm.interventions.contains(&own.id));
    let mut asked = Vec::new();
    for own in scenario.interventions.iter().filter(used) {
        let Some((segment, stated)) = own.eligible.predicted() else { continue };
        if !questions.has_room_for(TRIED.len() + 1) {
            break;
        }
        let mut thresholds: Vec<f64> = TRIED.into_iter().chain([stated]).collect();
        thresholds.sort_by(f64::total_cmp);
        thresholds.dedup();
        let arms = thresholds.into_iter().filter_map(|p| Some((p, arm(questions, own, p)?))).collect();
        asked.push(Asked { intervention: own.id.clone(), segment: segment.to_owned(), stated, arms });
    }
    asked
}

fn arm(questions: &mut Questions<'_>, own: &Intervention, p: f64) -> Option<usize> {
    let threshold = Probability::new(p).ok()?;
    let copy = questions.changed(&own.id, &format!("p ≥ {p}"), |copy| {
        copy.eligible = copy.eligible.with_threshold(threshold);
    });
    Some(questions.arm(vec![copy]))
}

impl Asked {
    pub fn answer(self, earnings: &Earnings<'_>) -> Thresholds {
        let result = |&(p_at_least, arm): &(f64, usize)| ThresholdResult {
            p_at_least,
            uplift: Estimate::of_one_more(&earnings.uplifts(arm), LEVEL),
            profit_gained: Estimate::of_one_more(&earnings.profit_gained(arm), LEVEL),
            reach: earnings.reach(arm),
            treated_users: earnings.treated(arm),
        };
        let tried: Vec<ThresholdResult> = self.arms.iter().map(result).collect();
        let most = tried.iter().max_by(|a, b| a.profit_gained.mean.total_cmp(&b.profit_gained.mean));
        let best = most.map_or(self.stated, |one| one.p_at_least);
        Thresholds { intervention: self.intervention, segment: self.segment, stated: self.stated, best, tried }
    }
}
