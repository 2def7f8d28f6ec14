//! One world's chance: its luck, its drawn effects, and what each arm makes of them.

use std::sync::Arc;

use super::{
    conditions::Conditions,
    founder::Founders,
    intervention::{DrawnEffect, Eligibility, Eligible, Intervention, Names, Sight, Use},
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
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself while users live")]
pub struct ArmPlan {
    /// Its place among the scenario's arms.
    pub arm: usize,
    /// Its interventions.
    pub edits: Vec<Edit>,
    /// Whether it targets by the hidden truth instead of the belief: what perfect targeting would reach.
    pub perfect: bool,
    /// Whether any of them fixes the defect behind the cliff.
    pub fixes: bool,
    /// Whether any of them scales the hazard of leaving.
    pub scales_hazard: bool,
    /// Whether any of them writes to users.
    pub writes: bool,
    /// The most that they multiply sessions by, from 1.
    pub most: f64,
    /// Whose uses are sessions, and whose are paying ones: one bit each.
    pub billed: [u8; 2],
}

/// One intervention of an arm, made ready.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Its place among the scenario's interventions.
    pub intervention: usize,
    /// When it starts \[s\].
    pub start: u32,
    /// When it ends \[s\].
    pub end: u32,
    /// From when on nobody new is treated \[s\].
    pub closed: u32,
    /// How long it grows \[s\].
    pub ramp: u32,
    /// Half-life of its novelty \[s\], and the share that stays.
    pub novelty: Option<(f32, f32)>,
    /// Multiple of its size.
    pub force: f32,
    /// Whom it is for.
    pub eligible: Eligible,
    /// What it does.
    pub effect: DrawnEffect,
}

/// Never, as a second.
const NEVER: u32 = u32::MAX;

impl Edit {
    fn new(index: usize, own: &Intervention, names: &Names<'_>, stage: &Stage, luck: &Luck) -> Self {
        let drawn_as = own.drawn_as.unwrap_or(index);
        let effect = own.effect.draw(names, &mut luck.stream(UserId(drawn_as as u64), Purpose::Effect, 0));
        let start = (stage.launch + own.day) * SECONDS;
        let eligible = own.eligible.resolve(names, drawn_as as u32);
        let force = own.force.value() as f32;
        let half_life = own.novelty_half_life_days.map(|days| (days.value() * f64::from(SECONDS)) as f32);
        Self {
            intervention: index,
            start,
            end: own.days.map_or(NEVER, |days| start.saturating_add(days.saturating_mul(SECONDS))),
            closed: NEVER,
            ramp: own.ramp_days * SECONDS,
            novelty: half_life.map(|half_life| (half_life, own.long_run.value() as f32)),
            // More than all of a defect cannot be fixed.
            force: if effect.fixes() { force.min(1.0) } else { force },
            eligible: match effect.scope(start) {
                Some(scope) => Eligible::AllOf(vec![eligible, scope]),
                None => eligible,
            },
            effect,
        }
    }

    /// How far it is in force at a second.
    #[inline]
    #[must_use]
    pub fn strength(&self, at: u32) -> f32 {
        let Some(since) = at.checked_sub(self.start).filter(|_| at < self.end) else { return 0.0 };
        let grown = if since >= self.ramp { self.force } else { self.force * (since as f32 / self.ramp as f32) };
        match self.novelty {
            Some((half_life, stays)) => {
                grown * (stays + (1.0 - stays) * crate::base::float::decay(since as f32, half_life))
            }
            None => grown,
        }
    }

    /// Whether it treats a user of an arm in which it has a place.
    #[inline]
    #[must_use]
    pub fn admits(&self, place: usize, sight: &Sight<'_>, at: u32) -> bool {
        (at < self.closed || sight.is_enrolled(place)) && self.eligible.admits(sight)
    }

    /// Integral of the strength of an intervention whose novelty does not fade, from its start to a second \[s\].
    fn grown(&self, until: f64) -> f64 {
        let (since, ramp) = ((until.min(f64::from(self.end)) - f64::from(self.start)).max(0.0), f64::from(self.ramp));
        f64::from(self.force) * if since < ramp { since * since / (2.0 * ramp) } else { since - 0.5 * ramp }
    }

    /// Whether the integral of its strength over a user's tenure has a closed form.
    fn is_plain(&self) -> bool {
        self.novelty.is_none() && self.closed == NEVER && self.eligible.tenure().is_some()
    }

    /// Days between two tenures of a user, each counted by how far it is in force.
    fn days_in_force(&self, sight: &Sight<'_>, born: u32, from: f64, to: f64) -> f64 {
        let (first, last) = self.eligible.tenure().unwrap_or((0.0, f64::INFINITY));
        let (from, to) = (from.max(first), to.min(last));
        if from >= to || !self.eligible.admits_at_any_tenure(sight) {
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
        let scales_hazard = edits.iter().any(|edit| edit.effect.hazard().is_some());
        let writes = edits.iter().any(|edit| edit.effect.contact().is_some());
        let most: f64 = edits.iter().map(|edit| f64::from(edit.effect.most_sessions(edit.force))).product();
        let billed = [Use::Session, Use::PaidSession].map(|by| {
            let bit = |(i, edit): (usize, &Edit)| u8::from(edit.effect.used_by() == by) << i;
            edits.iter().enumerate().map(bit).fold(0, |bits, bit| bits | bit)
        });
        Self { arm, edits, perfect, fixes, scales_hazard, writes, most, billed }
    }

    /// The sizes of its interventions' effects as this world drew them.
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        self.edits.iter().flat_map(|edit| edit.effect.numbers()).collect()
    }

    /// Whether it may add sessions to those that happen anyway.
    #[inline]
    #[must_use]
    pub fn adds_sessions(&self) -> bool {
        self.most > 1.0
    }

    /// Whether it changes when users leave.
    #[inline]
    #[must_use]
    pub fn relieves(&self) -> bool {
        self.fixes || self.scales_hazard
    }

    /// Which of its interventions are used by a session at a second: one bit each.
    #[inline]
    #[must_use]
    pub fn used_by(&self, paid: bool, at: u32) -> u8 {
        let used = if paid { self.billed[0] | self.billed[1] } else { self.billed[0] };
        let ended = self.edits.iter().enumerate().filter(|(_, edit)| edit.end <= at);
        ended.fold(used, |used, (place, _)| used & !(1 << place))
    }

    /// What multiplies the users a channel brings on a day that begins at a second.
    #[must_use]
    pub fn yielded(&self, channel: u8, at: u32) -> f64 {
        let own = |edit: &Edit| {
            let yields = &edit.effect.shift()?.yields;
            let (_, by) = yields.iter().find(|(shifted, _)| *shifted == channel)?;
            Some((1.0 + (by - 1.0) * f64::from(edit.strength(at))).max(0.0))
        };
        self.edits.iter().filter_map(own).product()
    }

    /// Days between two tenures of a user born at a second, each counted by how far the defect is fixed then; the
    /// beliefs do not change meanwhile. None if there is no closed form.
    #[must_use]
    pub fn fixed_days(&self, sight: &Sight<'_>, born: u32, from: f64, to: f64) -> Option<f64> {
        let only = self.only(DrawnEffect::fixes)?;
        (!self.scales_hazard).then(|| only.days_in_force(sight, born, from, to))
    }

    /// The same, each day counted by the share of the hazard that is taken off.
    #[must_use]
    pub fn spared_days(&self, sight: &Sight<'_>, born: u32, from: f64, to: f64) -> Option<f64> {
        let only = self.only(|effect| effect.hazard().is_some())?;
        let off = 1.0 - f64::from(only.effect.hazard()?);
        // Nobody can be spared more than all.
        (!self.fixes && off * f64::from(only.force) <= 1.0).then(|| off * only.days_in_force(sight, born, from, to))
    }

    /// The one intervention of a nature, if there is but one and its strength has a closed integral.
    fn only(&self, is: impl Fn(&DrawnEffect) -> bool) -> Option<&Edit> {
        let mut all = self.edits.iter().filter(|edit| is(&edit.effect));
        all.next().filter(|edit| edit.is_plain() && all.next().is_none())
    }

    /// What a user meets.
    #[inline]
    #[must_use]
    pub fn conditions(&self, sight: &Sight<'_>, at: u32) -> Conditions {
        let mut conditions = Conditions::USUAL;
        for (place, edit) in self.edits.iter().enumerate() {
            let strength = edit.strength(at);
            if strength > 0.0 && edit.admits(place, sight, at) {
                edit.effect.apply(strength, &mut conditions);
            }
        }
        conditions
    }

    /// Which interventions treat a user now: one bit each.
    #[inline]
    #[must_use]
    pub fn treating(&self, sight: &Sight<'_>, at: u32) -> u8 {
        let treats = |(place, edit): (usize, &Edit)| {
            let now = edit.start <= at && at < edit.end && edit.force > 0.0;
            u8::from(now && edit.admits(place, sight, at)) << place
        };
        self.edits.iter().enumerate().fold(0, |bits, edit| bits | treats(edit))
    }
}

/// A limit that an intervention of an arm reached in one world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Place of the arm in the lot.
    pub arm: usize,
    /// Place of the intervention in the arm.
    pub place: usize,
    /// From this second on nobody new is treated.
    pub closed: u32,
    /// From this second on nobody is.
    pub end: u32,
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

    /// The same with limits that were reached.
    #[must_use]
    pub fn limited(mut self, reached: &[Reached]) -> Self {
        for limit in reached {
            let edit = self.arms.get_mut(limit.arm).and_then(|arm| arm.edits.get_mut(limit.place));
            if let Some(edit) = edit {
                edit.closed = edit.closed.min(limit.closed);
                edit.end = edit.end.min(limit.end);
            }
        }
        self
    }

    /// Whether an arm moves the yield of the channels.
    #[must_use]
    pub fn shifts(&self) -> bool {
        self.arms.iter().flat_map(|arm| &arm.edits).any(|edit| edit.effect.shift().is_some())
    }

    /// How many people there are who may be told about the product.
    #[must_use]
    pub fn prospects(&self) -> u32 {
        let told = self.arms.iter().flat_map(|arm| &arm.edits).filter_map(|edit| edit.effect.prospects());
        told.max().unwrap_or(0)
    }

    /// Whether an arm writes to users who have left.
    #[must_use]
    pub fn wins_back(&self) -> bool {
        let contacts = self.arms.iter().flat_map(|arm| &arm.edits).filter_map(|edit| edit.effect.contact());
        contacts.into_iter().any(|contact| contact.returns > 0.0)
    }
}

/// All interventions of a scenario, drawn once a world: two arms that share one share its size.
fn edits(scenario: &Scenario, stage: &Stage, luck: &Luck) -> Vec<Edit> {
    let channels = scenario.world.as_ref().map_or(&[][..], |world| &world.acquisition);
    let names = Names { segments: &stage.segments, channels, currency: stage.currency };
    let all = scenario.interventions.iter().enumerate();
    all.map(|(index, own)| Edit::new(index, own, &names, stage, luck)).collect()
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
        |edit: &Edit| scenario.interventions[edit.intervention].eligible.parts().iter().any(|part| is_believed(part));
    let mut arms: Vec<ArmPlan> = Vec::new();
    for (arm, rule) in experiment.arms.iter().enumerate() {
        arms.push(ArmPlan::new(arm, chosen(&rule.interventions), false));
    }
    let perfect = arms.iter().filter(|plan| experiment.perfect_targeting && plan.edits.iter().any(believed));
    let perfect: Vec<ArmPlan> = perfect.map(|plan| ArmPlan { perfect: true, ..plan.clone() }).collect();
    arms.extend(perfect);
    arms
}

const fn is_believed(eligibility: &Eligibility) -> bool {
    matches!(eligibility, Eligibility::Predicted { .. })
}
