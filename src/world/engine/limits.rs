//! Limits of interventions: room for so many users, or a budget.
//!
//! A limit couples all users, but only through one day: that on which it is reached. So a world is lived without limits
//! first; its books say on which day the first one was passed, and up to then nothing changes when it is lived again with
//! that day known. Each round settles at least one limit for good, and limits are few.

use crate::world::{
    arm::{Lot, Reached},
    intervention::{Cap, Cost},
    ledger::{ArmBook, Closed},
    scenario::Scenario,
    stage::{SECONDS, Stage},
};

/// Limits reached so far, by world.
#[derive(Debug, Default)]
pub(super) struct Limits {
    capped: bool,
    first: u32,
    worlds: Vec<Vec<Reached>>,
}

impl Limits {
    /// None is reached yet.
    pub fn of(scenario: &Scenario) -> Self {
        Self { capped: scenario.interventions.iter().any(|own| own.cap.is_some()), ..Self::default() }
    }

    /// Those reached in a world.
    pub fn reached(&self, replication: u32) -> &[Reached] {
        let world = replication.checked_sub(self.first).and_then(|world| self.worlds.get(world as usize));
        world.map_or(&[], Vec::as_slice)
    }

    /// Notes in each world the first limit that was passed; whether there was any.
    pub fn tighten(&mut self, scenario: &Scenario, stage: &Stage, first: u32, books: &[Closed]) -> bool {
        if !self.capped {
            return false;
        }
        self.first = first;
        self.worlds.resize(books.len(), Vec::new());
        let mut any = false;
        for (world, (reached, book)) in self.worlds.iter_mut().zip(books).enumerate() {
            let lot = Lot::draw(scenario, stage, first + world as u32);
            for (arm, page) in book.arms.iter().enumerate() {
                let passed = passed(scenario, stage, &lot, (arm, page), reached);
                any |= passed.is_some();
                reached.extend(passed);
            }
        }
        any
    }
}

/// The limit of an arm that was passed first, of those not noted yet.
fn passed(
    scenario: &Scenario,
    stage: &Stage,
    lot: &Lot,
    (arm, page): (usize, &ArmBook),
    noted: &[Reached],
) -> Option<Reached> {
    let edits = lot.arms.get(arm)?.edits.iter().enumerate();
    let limits = edits.flat_map(|(place, edit)| {
        let own = &scenario.interventions[edit.intervention];
        let cap = own.cap.unwrap_or_default();
        let never = Reached { arm, place, closed: u32::MAX, end: u32::MAX };
        let room = filled(page, place, cap).map(|day| (day, Reached { closed: after(day), ..never }));
        let budget = spent(page, place, cap, own.cost, stage).map(|day| (day, Reached { end: after(day), ..never }));
        [room, budget].into_iter().flatten()
    });
    let is_new = |limit: &(usize, Reached)| !noted.contains(&limit.1);
    limits.filter(is_new).min_by_key(|(day, _)| *day).map(|(_, limit)| limit)
}

/// The first second after a day.
fn after(day: usize) -> u32 {
    (day as u32 + 1) * SECONDS
}

/// The day on which the room is full.
fn filled(page: &ArmBook, place: usize, cap: Cap) -> Option<usize> {
    let room = i64::from(cap.users?);
    let mut users = 0;
    page.entered[place].iter().position(|entered| {
        users += entered;
        users >= room
    })
}

/// The day on which the budget is spent.
fn spent(page: &ArmBook, place: usize, cap: Cap, cost: Cost, stage: &Stage) -> Option<usize> {
    let budget = cap.budget?.value();
    let (mut treated, mut sum) = (0, 0.0);
    (0..stage.days as usize).find(|&day| {
        treated += page.treated[place][day];
        sum += cost.of(page.entered[place][day], page.uses[place][day], treated);
        sum >= budget && sum > 0.0
    })
}
