//! When a user leaves: once the hazard has used up what they can stand, which a fix of the defect may put off.
//!
//! Without relief the moment follows in closed form from the budget drawn at birth. In an arm that fixes the defect, the
//! hazard spared between two looks is added to the budget; the beliefs that decide who is treated do not change meanwhile.

use super::{Scene, User};
use crate::{
    history::session::Observation,
    world::{
        arm::ArmPlan,
        book::Book,
        stage::{SECONDS, Stage},
    },
};

impl User {
    /// Whether the user is still there at a second; if not, the departure is seen and booked.
    #[inline]
    pub(super) fn stays(&mut self, at: u32, scene: &Scene<'_>, book: &mut Book<'_>) -> bool {
        if let Some(arm) = scene.arm.filter(|arm| arm.fixes) {
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
        book.left(left);
        book.treatment(left, self.treated, 0);
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
        if relief > 0.0 {
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

    /// Hazard spared from the last look to a second.
    fn relief(&self, at: u32, arm: &ArmPlan, scene: &Scene<'_>) -> f64 {
        let Some(cliff) = &scene.stage.hazard.cliff else { return 0.0 };
        let (from, to) = (self.tenure(self.checked).max(cliff.from), self.tenure(at).min(cliff.to));
        if from >= to {
            return 0.0;
        }
        let excess = cliff.excess[usize::from(self.persona.segment)] * scene.lot.fixable;
        excess * self.seen(arm, at, |sight| arm.fixed_days(sight, self.born, from, to))
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
