//! When a user leaves: once the hazard has used up what they can stand, which a fix of the defect may put off.
//!
//! Without relief the moment follows in closed form from the budget drawn at birth. In an arm that fixes the defect, the
//! hazard spared between two looks is added to the budget; the beliefs that decide who is treated do not change meanwhile.

use super::{NEVER, Scene, User};
use crate::{
    history::session::Observation,
    world::{
        arm::ArmPlan,
        book::Book,
        intervention::Sight,
        stage::{SECONDS, Stage},
    },
};

impl User {
    /// Whether the user is still there at a second; if not, the departure is seen and booked.
    #[inline]
    pub(super) fn stays(&mut self, at: u32, scene: &Scene<'_>, book: &mut Book<'_>) -> bool {
        if let Some(arm) = scene.arm.filter(|arm| arm.relieves()) {
            self.be_relieved(at, arm, scene);
        }
        if at < self.leaves {
            return true;
        }
        self.leave(scene, book);
        false
    }

    #[inline(never)]
    fn leave(&mut self, scene: &Scene<'_>, book: &mut Book<'_>) {
        let left = self.leaves;
        self.observe(&Observation::Left(scene.stage.moment(left)), scene, book);
        self.gone = true;
        // Only a message may still reach them.
        self.next[..2].fill(NEVER);
        book.left(left);
        if let Some(arm) = scene.arm.filter(|_| self.treated != 0) {
            book.treatment(left, self.treated, 0, &arm.edits);
        }
        self.treated = 0;
    }

    /// The second at which the user has stood enough, if no more relief comes.
    pub(super) fn moment_of_leaving(&self, stage: &Stage) -> u32 {
        let tenure = stage.hazard.tenure(usize::from(self.persona.segment), self.stands);
        // A number too large, or infinite, becomes the largest there is: never.
        self.born.saturating_add((tenure * f64::from(SECONDS)).ceil() as u32)
    }

    /// Takes off the hazard that a fix of the defect has spared the user since the last look.
    #[inline]
    fn be_relieved(&mut self, at: u32, arm: &ArmPlan, scene: &Scene<'_>) {
        let relief = self.relief(at, arm, scene);
        if relief != 0.0 {
            let stood = scene.stage.hazard.accumulated(usize::from(self.persona.segment), self.tenure(at));
            if stood >= self.stands + relief {
                self.leaves = self.moment_within(at, arm, scene);
                return;
            }
            self.stands += relief;
            self.leaves = self.moment_of_leaving(scene.stage);
        }
        self.checked = at;
    }

    /// Hazard spared from the last look to a second; below 0 where it has grown.
    fn relief(&self, at: u32, arm: &ArmPlan, scene: &Scene<'_>) -> f64 {
        let (from, to) = (self.tenure(self.checked), self.tenure(at));
        if from >= to {
            return 0.0;
        }
        if arm.scales_hazard {
            self.relief_by_scale(at, arm, scene, (from, to))
        } else {
            self.relief_by_fix(at, arm, scene, (from, to))
        }
    }

    /// Where the defect may be fixed and nothing else touches the hazard.
    fn relief_by_fix(&self, at: u32, arm: &ArmPlan, scene: &Scene<'_>, (from, to): (f64, f64)) -> f64 {
        let Some(cliff) = &scene.stage.hazard.cliff else { return 0.0 };
        let (from, to) = (from.max(cliff.from), to.min(cliff.to));
        if from >= to {
            return 0.0;
        }
        let excess = cliff.excess[usize::from(self.persona.segment)] * scene.lot.fixable;
        let days = |sight: &Sight<'_>| {
            let closed = arm.fixed_days(sight, self.born, from, to);
            closed.unwrap_or_else(|| {
                self.by_steps((from, to), |tenure| {
                    f64::from(arm.conditions(&sight.at_tenure(tenure as f32), self.second_at(tenure)).fixed)
                })
            })
        };
        excess * self.seen(arm, at, scene, days)
    }

    /// Where the whole hazard may be scaled.
    fn relief_by_scale(&self, at: u32, arm: &ArmPlan, scene: &Scene<'_>, (from, to): (f64, f64)) -> f64 {
        let (hazard, segment) = (&scene.stage.hazard, usize::from(self.persona.segment));
        self.seen(arm, at, scene, |sight| {
            if arm.spared_days(sight, self.born, from, to).is_some() {
                let days = |from: f64, to: f64| arm.spared_days(sight, self.born, from, to).unwrap_or(0.0);
                return hazard.weighed(segment, (from, to), days);
            }
            self.by_steps((from, to), |tenure| {
                let met = arm.conditions(&sight.at_tenure(tenure as f32), self.second_at(tenure));
                let rate = hazard.rate(segment, tenure);
                let excess = hazard.cliff.as_ref().filter(|cliff| cliff.from <= tenure && tenure < cliff.to);
                let excess = excess.map_or(0.0, |cliff| cliff.excess[segment] * scene.lot.fixable);
                rate - (rate - excess * f64::from(met.fixed)) * f64::from(met.hazard)
            })
        })
    }

    /// Integral over tenure by the midpoint rule, in steps of at most half a day.
    fn by_steps(&self, (from, to): (f64, f64), of: impl Fn(f64) -> f64) -> f64 {
        let steps = ((to - from) * 2.0).ceil().max(1.0);
        let step = (to - from) / steps;
        (0..steps as u32).map(|i| step * of(from + (f64::from(i) + 0.5) * step)).sum()
    }

    fn second_at(&self, tenure: f64) -> u32 {
        self.born + (tenure * f64::from(SECONDS)) as u32
    }

    /// Bisects for the second, up to one at which the user is gone, at which they had stood enough.
    fn moment_within(&self, at: u32, arm: &ArmPlan, scene: &Scene<'_>) -> u32 {
        let segment = usize::from(self.persona.segment);
        let (mut low, mut high) = (self.checked, at);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let stood = scene.stage.hazard.accumulated(segment, self.tenure(middle));
            let there = stood < self.stands + self.relief(middle, arm, scene);
            *(if there { &mut low } else { &mut high }) = middle;
        }
        high
    }

    /// Days since the first session.
    #[inline]
    fn tenure(&self, at: u32) -> f64 {
        f64::from(at - self.born) / f64::from(SECONDS)
    }
}
