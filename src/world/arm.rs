//! One world's chance: its luck, its drawn effects, and what each arm makes of them.

use std::sync::Arc;

use super::{
    conditions::Conditions,
    founder::Founders,
    intervention::{DrawnEffect, Eligibility, Eligible, Sight},
    scenario::Scenario,
    stage::{SECONDS, Stage},
};
use crate::base::{
    luck::{Luck, Purpose},
    units::UserId,
};

/// One replication: a world that all arms share.
#[derive(Clone, Debug)]
pub struct Lot {
    /// Its luck.
    pub luck: Luck,
    /// Share of the cliff's excess hazard that a fix removes.
    pub fixable: f64,
    /// Its arms, the control first; those with perfect targeting come last.
    pub arms: Vec<ArmPlan>,
    /// The most that all interventions together multiply sessions by, from 1.
    pub ceiling: f64,
    /// Who is there when it begins.
    pub founders: Arc<Founders>,
}

/// What one arm does.
#[derive(Clone, Debug)]
pub struct ArmPlan {
    /// Its place among the scenario's arms.
    pub arm: usize,
    /// Its interventions.
    pub edits: Vec<Edit>,
    /// Whether it targets by the hidden truth instead of the belief: what perfect targeting would reach.
    pub perfect: bool,
    /// Whether any of them fixes the defect behind the cliff.
    pub fixes: bool,
    /// The most that they multiply sessions by, from 1.
    pub most: f64,
}

/// One intervention of an arm, made ready.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Its place among the scenario's interventions.
    pub intervention: usize,
    /// When it starts \[s\].
    pub start: u32,
    /// How long it grows \[s\].
    pub ramp: u32,
    /// Half-life of its novelty \[s\].
    pub novelty: Option<f32>,
    /// Whom it is for.
    pub eligible: Eligible,
    /// What it does.
    pub effect: DrawnEffect,
}

impl Edit {
    /// How far it is in force at a second.
    #[inline]
    #[must_use]
    pub fn strength(&self, at: u32) -> f32 {
        let Some(since) = at.checked_sub(self.start) else { return 0.0 };
        let grown = if since >= self.ramp { 1.0 } else { since as f32 / self.ramp as f32 };
        match self.novelty {
            Some(half_life) => grown * crate::base::float::decay(since as f32, half_life),
            None => grown,
        }
    }

    /// Integral of the strength of an intervention whose novelty does not fade, from its start to a second \[s\].
    fn grown(&self, until: f64) -> f64 {
        let (since, ramp) = ((until - f64::from(self.start)).max(0.0), f64::from(self.ramp));
        if since < ramp { since * since / (2.0 * ramp) } else { since - 0.5 * ramp }
    }

    /// Days between two tenures of a user, each counted by how far it is in force.
    fn days_in_force(&self, sight: &Sight<'_>, born: u32, from: f64, to: f64) -> f64 {
        let (from, to) = match self.eligible {
            Eligible::Tenure(first, last) => (from.max(f64::from(first)), to.min(f64::from(last))),
            eligible if eligible.admits(sight) => (from, to),
            _ => return 0.0,
        };
        if from >= to {
            return 0.0;
        }
        let second = |tenure: f64| f64::from(born) + tenure * f64::from(SECONDS);
        (self.grown(second(to)) - self.grown(second(from))) / f64::from(SECONDS)
    }
}

impl ArmPlan {
    /// Makes an arm's interventions ready.
    #[must_use]
    pub fn new(arm: usize, edits: Vec<Edit>, perfect: bool) -> Self {
        let fixes = edits.iter().any(|edit| edit.effect.fixes());
        let most: f64 = edits.iter().map(|edit| f64::from(edit.effect.most_sessions())).product();
        Self { arm, edits, perfect, fixes, most }
    }

    /// Whether it may add sessions to those that happen anyway.
    #[inline]
    #[must_use]
    pub fn adds_sessions(&self) -> bool {
        self.most > 1.0
    }

    /// Days between two tenures of a user born at a second, each counted by how far the defect is fixed then; the
    /// beliefs do not change meanwhile.
    #[must_use]
    pub fn fixed_days(&self, sight: &Sight<'_>, born: u32, from: f64, to: f64) -> f64 {
        let mut fixes = self.edits.iter().filter(|edit| edit.effect.fixes());
        match (fixes.next(), fixes.next()) {
            (Some(only), None) if only.novelty.is_none() => only.days_in_force(sight, born, from, to),
            _ => self.fixed_days_by_steps(sight, born, from, to),
        }
    }

    /// By the midpoint rule, in steps of at most half a day.
    fn fixed_days_by_steps(&self, sight: &Sight<'_>, born: u32, from: f64, to: f64) -> f64 {
        let steps = ((to - from) * 2.0).ceil().max(1.0);
        let step = (to - from) / steps;
        let fixed_at = |tenure: f64| {
            let at = born + (tenure * f64::from(SECONDS)) as u32;
            f64::from(self.conditions(&sight.at_tenure(tenure as f32), at).fixed)
        };
        (0..steps as u32).map(|i| step * fixed_at(from + (f64::from(i) + 0.5) * step)).sum()
    }

    /// What a user meets.
    #[inline]
    #[must_use]
    pub fn conditions(&self, sight: &Sight<'_>, at: u32) -> Conditions {
        let mut conditions = Conditions::USUAL;
        for edit in &self.edits {
            let strength = edit.strength(at);
            if strength > 0.0 && edit.eligible.admits(sight) {
                edit.effect.apply(strength, &mut conditions);
            }
        }
        conditions
    }

    /// Which interventions treat a user now: one bit each.
    #[inline]
    #[must_use]
    pub fn treating(&self, sight: &Sight<'_>, at: u32) -> u8 {
        let treats = |edit: &Edit| at >= edit.start && edit.eligible.admits(sight);
        self.edits.iter().enumerate().fold(0, |bits, (i, edit)| bits | u8::from(treats(edit)) << i)
    }
}

impl Lot {
    /// Draws a replication's effects. Every arm that targets a predicted segment gets a twin that knows it.
    #[must_use]
    pub fn draw(scenario: &Scenario, stage: &Stage, replication: u32) -> Self {
        let luck = Luck::new(scenario.seed, replication);
        let edits = edits(scenario, stage, &luck);
        let arms = arms(scenario, &edits);
        let ceiling = arms.iter().map(|plan| plan.most).fold(1.0, f64::max);
        let cliff = scenario.world.as_ref().and_then(|world| world.churn.cliff.as_ref());
        let fixable = cliff.map_or(0.0, |cliff| {
            let mut stream = luck.stream(UserId(u64::MAX), Purpose::Effect, 0);
            cliff.share_fixable.draw(&mut stream).clamp(0.0, 1.0)
        });
        Self { luck, fixable, arms, ceiling, founders: Arc::default() }
    }
}

/// All interventions of a scenario, drawn once a world: two arms that share one share its size.
fn edits(scenario: &Scenario, stage: &Stage, luck: &Luck) -> Vec<Edit> {
    let ready = |(index, intervention): (usize, &super::intervention::Intervention)| Edit {
        intervention: index,
        start: (stage.launch + intervention.day) * SECONDS,
        ramp: intervention.ramp_days * SECONDS,
        novelty: intervention.novelty_half_life_days.map(|days| (days.value() * f64::from(SECONDS)) as f32),
        eligible: intervention.eligible.resolve(&stage.names()),
        effect: intervention.effect.draw(&stage.names(), &mut luck.stream(UserId(index as u64), Purpose::Effect, 0)),
    };
    scenario.interventions.iter().enumerate().map(ready).collect()
}

fn arms(scenario: &Scenario, edits: &[Edit]) -> Vec<ArmPlan> {
    let Some(experiment) = &scenario.experiment else {
        return vec![ArmPlan::new(0, Vec::new(), false)];
    };
    let chosen = |ids: &[String]| -> Vec<Edit> {
        let named = ids.iter().filter_map(|id| scenario.interventions.iter().position(|i| &i.id == id));
        named.map(|index| edits[index].clone()).collect()
    };
    let believed =
        |edit: &Edit| matches!(scenario.interventions[edit.intervention].eligible, Eligibility::Predicted { .. });
    let mut arms: Vec<ArmPlan> = Vec::new();
    for (arm, rule) in experiment.arms.iter().enumerate() {
        arms.push(ArmPlan::new(arm, chosen(&rule.interventions), false));
    }
    let perfect = arms.iter().filter(|plan| plan.edits.iter().any(believed));
    let perfect: Vec<ArmPlan> = perfect.map(|plan| ArmPlan { perfect: true, ..plan.clone() }).collect();
    arms.extend(perfect);
    arms
}
