//! Both potential outcomes of every user who would be enrolled, week by week.

use serde::{Deserialize, Serialize};

use crate::{
    base::units::{Money, UserId},
    history::session::Observation,
    world::{
        arrivals::Newborn,
        engine::cohort::World,
        ledger::Ledger,
        life::{Scene, User},
        stage::SECONDS,
    },
};

/// What is measured of a user from enrolment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Money charged \[minor units a user\].
    Revenue,
    /// Sessions a user.
    Sessions,
    /// Share of users who pay at least once.
    Payers,
    /// Money charged a session: a ratio of two sums.
    RevenuePerSession,
    /// Share of users who are still there.
    Retention,
}

impl Measure {
    /// All there are; the first decides what an experiment is worth.
    pub const ALL: [Self; 5] = [Self::Revenue, Self::Sessions, Self::Payers, Self::RevenuePerSession, Self::Retention];

    /// Its name in words.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Revenue => "revenue a user",
            Self::Sessions => "sessions a user",
            Self::Payers => "share of users who pay",
            Self::RevenuePerSession => "revenue a session",
            Self::Retention => "share of users still there",
        }
    }

    /// Numerator and denominator of one user's outcome.
    pub(super) fn of(self, outcome: &Outcome) -> (f64, f64) {
        match self {
            Self::Revenue => (outcome.revenue as f64, 1.0),
            Self::Sessions => (f64::from(outcome.sessions), 1.0),
            Self::Payers => (f64::from(u8::from(outcome.revenue > 0)), 1.0),
            Self::RevenuePerSession => (outcome.revenue as f64, f64::from(outcome.sessions)),
            Self::Retention => (f64::from(u8::from(outcome.there)), 1.0),
        }
    }
}

/// What a user did from enrolment to the end of a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub sessions: u32,
    pub revenue: i64,
    pub there: bool,
}

/// One user who would be enrolled.
#[derive(Clone, Debug)]
pub(super) struct Enrolled {
    pub user: UserId,
    /// Week of enrolment, from 0.
    pub week: u32,
    /// By week from the launch: without and with the intervention.
    pub outcomes: Vec<[Outcome; 2]>,
}

/// Lives everybody of a world twice; those who are never eligible are left out.
pub(super) fn enrolled(world: &World, weeks: u32) -> Vec<Enrolled> {
    world.arrivals.all().filter_map(|newborn| one(world, &newborn, weeks)).collect()
}

fn one(world: &World, newborn: &Newborn, weeks: u32) -> Option<Enrolled> {
    let launch = world.stage.launch * SECONDS;
    let mut page = Ledger::new(world.run, &world.shape());
    let before = Scene { stage: &world.stage, lot: &world.lot, arm: None };
    let mut user = User::drawn(newborn, &before);
    let is_there = newborn.day < world.stage.launch;
    if is_there {
        let mut nobody = Vec::new();
        let mut book = page.open(None, &world.stage, &mut nobody, &world.arrivals);
        user.live(launch, &before, &mut book);
        user.settle_departure(launch, &before, &mut book);
        if user.is_gone() {
            return None;
        }
    }
    let [control, treated] = [0, 1].map(|arm| lived(world, &mut page, user.clone(), (arm, is_there), weeks));
    // Up to the first treatment both lives are the same, so both would be enrolled in the same week.
    let week = treated.iter().position(|(_, enrolled)| *enrolled)?;
    let since = |weeks: &[(Outcome, bool)], at: usize| {
        let (last, start) = (weeks[at].0, week.checked_sub(1).map_or_else(Outcome::default, |before| weeks[before].0));
        Outcome { sessions: last.sessions - start.sessions, revenue: last.revenue - start.revenue, there: last.there }
    };
    let outcomes = (0..control.len())
        .map(|at| if at < week { Default::default() } else { [since(&control, at), since(&treated, at)] });
    Some(Enrolled { user: newborn.user, week: week as u32, outcomes: outcomes.collect() })
}

/// One life after the launch: what was done by the end of each week, and whether the user was ever treated by then.
fn lived(
    world: &World,
    page: &mut Ledger,
    mut user: User,
    (arm, is_there): (usize, bool),
    weeks: u32,
) -> Vec<(Outcome, bool)> {
    let scene = Scene { stage: &world.stage, lot: &world.lot, arm: Some(&world.lot.arms[arm]) };
    let (mut nobody, mut tape) = (Vec::new(), Vec::new());
    if is_there {
        user.enter(&scene, &mut page.open(Some(arm), &world.stage, &mut nobody, &world.arrivals));
    } else {
        user.arrive(&scene);
    }
    let mut sum = Outcome::default();
    let week = |week: u32| {
        let until = (world.stage.launch + week * 7) * SECONDS;
        let mut book = page.open(Some(arm), &world.stage, &mut nobody, &world.arrivals);
        book.tape = Some(&mut tape);
        user.live(until, &scene, &mut book);
        user.settle_departure(until, &scene, &mut book);
        for session in tape.drain(..).filter_map(|seen| match seen {
            Observation::Session(session) => Some(session),
            _ => None,
        }) {
            sum.sessions += 1;
            sum.revenue += session.paid.map_or(0, Money::minor);
        }
        sum.there = !user.is_gone();
        (sum, user.enrolled() != 0)
    };
    (1..=weeks).map(week).collect()
}
