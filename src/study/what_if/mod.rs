//! What else could be tried: other thresholds, other combinations, other sizes of an effect.
//!
//! All questions about one scenario are asked at once: each becomes an arm of one derived experiment, whose worlds are
//! warmed up once and share their luck with those of the scenario's own run. So an answer is a difference within worlds,
//! like every uplift.

pub mod combination;
pub mod goal;
pub mod threshold;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use combination::Combination;
pub use goal::GoalAnswer;
pub use threshold::Thresholds;

use super::projection::Earnings;
use crate::world::{
    engine::{self, EngineError, Plan, Progress},
    scenario::{Arm, Scenario},
};

/// Worlds that questions are asked in, at most: each question is an arm.
const WORLDS: u32 = 12;
/// Arms of a derived experiment, at most.
const ARMS: usize = 40;

/// What a run answers beyond its arms.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WhatIf {
    /// By arm that targets a predicted segment: what each threshold would earn.
    pub thresholds: Vec<Thresholds>,
    /// What each intervention adds to the largest arm, and what they lose or gain by meeting.
    pub combination: Option<Combination>,
    /// What would have to be true for the goal.
    pub goal: Option<GoalAnswer>,
    /// Worlds it was asked in.
    pub replications: u32,
}

/// Arms under construction, the control first.
struct Questions<'a> {
    scenario: &'a Scenario,
    derived: Scenario,
}

/// Asks all questions that a scenario raises.
///
/// # Errors
/// [`EngineError`], as [`engine::direct`].
pub fn ask(scenario: &Scenario, plan: Plan, progress: &mut Progress<'_>) -> Result<WhatIf, EngineError> {
    let mut questions = Questions::of(scenario);
    // 1. Each question is one or more arms.
    let thresholds = threshold::questions(&mut questions);
    let combination = combination::question(&mut questions);
    let goal = goal::question(&mut questions);
    if questions.arms() == 1 {
        return Ok(WhatIf::default());
    }
    // 2. All are lived side by side.
    let worlds = scenario.experiment.as_ref().map_or(1, |own| own.replications).min(WORLDS);
    let stage = engine::stage(&questions.derived)?;
    let books = engine::direct(&questions.derived, &stage, 0..worlds, plan, progress)?;
    let earnings = Earnings::of(&questions.derived, &stage, &books);
    // 3. And read.
    Ok(WhatIf {
        thresholds: thresholds.into_iter().map(|asked| asked.answer(&earnings)).collect(),
        combination: combination.map(|asked| asked.answer(&earnings)),
        goal: goal.map(|asked| asked.answer(&earnings, scenario, &Arc::clone(&stage))),
        replications: worlds,
    })
}

impl<'a> Questions<'a> {
    fn of(scenario: &'a Scenario) -> Self {
        let mut derived = scenario.clone();
        for (index, intervention) in derived.interventions.iter_mut().enumerate() {
            intervention.drawn_as = Some(index);
        }
        if let Some(experiment) = &mut derived.experiment {
            experiment.arms.truncate(1);
            experiment.perfect_targeting = false;
        }
        Self { scenario, derived }
    }

    fn arms(&self) -> usize {
        self.derived.experiment.as_ref().map_or(1, |experiment| experiment.arms.len())
    }

    fn has_room_for(&self, arms: usize) -> bool {
        self.derived.experiment.is_some() && self.arms() + arms <= ARMS
    }

    /// The place of the arm with these interventions, added if there is none yet.
    fn arm(&mut self, interventions: Vec<String>) -> usize {
        let Some(experiment) = &mut self.derived.experiment else { return 0 };
        let same = |arm: &Arm| arm.interventions == interventions;
        if let Some(place) = experiment.arms.iter().position(same) {
            return place;
        }
        experiment.arms.push(Arm { id: format!("question {}", experiment.arms.len()), interventions });
        experiment.arms.len() - 1
    }

    /// The name of a copy of an intervention that is like it but for a change; its luck is the original's.
    fn changed(
        &mut self,
        id: &str,
        mark: &str,
        change: impl FnOnce(&mut crate::world::intervention::Intervention),
    ) -> String {
        let name = format!("{id} {mark}");
        let original = self.derived.interventions.iter().find(|own| own.id == id).cloned();
        if let Some(mut copy) = original.filter(|_| self.derived.interventions.iter().all(|own| own.id != name)) {
            copy.id.clone_from(&name);
            change(&mut copy);
            self.derived.interventions.push(copy);
        }
        name
    }

    /// The arm with most interventions, if any has more than `least`.
    fn largest(&self, least: usize) -> Option<&'a Arm> {
        let arms = self.scenario.experiment.iter().flat_map(|experiment| &experiment.arms);
        arms.filter(|arm| arm.interventions.len() >= least).max_by_key(|arm| arm.interventions.len())
    }
}
