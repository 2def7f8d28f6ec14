//! What a record or a replica of it is measured by: the sessions of each user, on the record's days.

use crate::{
    base::{
        time::{DAY, LocalClock, SimTime, Zone, weekday},
        units::Currency,
    },
    history::{
        session::{Observation, Session},
        sessions::Timelines,
    },
};

/// The days of the record, the same for its replicas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'a> {
    /// First and last local day.
    pub days: (i64, i64),
    pub zone: &'a Zone,
    pub currency: Currency,
}

/// One session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    /// When, since the first day began \[day\].
    pub at: f64,
    /// Day of the week, Monday first.
    pub weekday: u8,
    /// Half day-part cell: part of the day, and whether at the weekend.
    pub daypart: u8,
    pub weekend: bool,
    /// What was paid [major unit]; none if nothing.
    pub paid: Option<f64>,
}

/// The sessions of all users.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    /// Length \[day\].
    pub days: f64,
    /// By user, in order of time; those who came.
    pub users: Vec<Vec<Visit>>,
}

impl Trace {
    pub fn of(timelines: &Timelines, span: &Span<'_>) -> Self {
        let clock = LocalClock::new(span.zone, timelines.span.0, timelines.span.1);
        let visit = |session: &Session| visit(session, &clock, span);
        let user = |user| -> Vec<Visit> { timelines.of(user).iter().filter_map(session).filter_map(visit).collect() };
        let users = timelines.users.iter().map(user).filter(|visits| !visits.is_empty()).collect();
        Self { days: (span.days.1 - span.days.0 + 1) as f64, users }
    }

    /// All sessions.
    pub fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.users.iter().flatten()
    }

    /// Revenue of each day [major unit].
    pub fn revenue_by_day(&self) -> Vec<f64> {
        let mut days = vec![0.0; self.days as usize];
        for visit in self.visits() {
            days[(visit.at as usize).min(self.days as usize - 1)] += visit.paid.unwrap_or(0.0);
        }
        days
    }
}

fn session(observation: &Observation) -> Option<&Session> {
    match observation {
        Observation::Session(session) => Some(session),
        _ => None,
    }
}

/// A session, if it lies within the days.
fn visit(session: &Session, clock: &LocalClock, span: &Span<'_>) -> Option<Visit> {
    let at: SimTime = session.at;
    let wall = clock.wall(at);
    let slot = session.slot();
    (span.days.0..=span.days.1).contains(&wall.day()).then(|| Visit {
        at: (wall.0 - span.days.0 * DAY) as f64 / DAY as f64,
        weekday: weekday(wall.day()),
        daypart: slot.daypart,
        weekend: slot.weekend,
        paid: session.paid.map(|paid| paid.major(span.currency)),
    })
}
