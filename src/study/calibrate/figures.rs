//! The plain figures of a history that a world fitted to it should show, too.

use serde::Serialize;

use super::evidence::closing_day;
use crate::{
    base::{
        time::{LocalClock, Zone},
        units::Currency,
    },
    history::{session::Observation, sessions::Timelines},
};

/// Figures of the last days of a record.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// How many local days they are of, the last ones.
    pub days: u32,
    /// Sessions a day.
    pub sessions_per_day: f64,
    /// Share of sessions that pay.
    pub paid_share: f64,
    /// Money charged a day [major units].
    pub revenue_per_day: f64,
    /// Share of all users of the record who came more than once.
    pub repeat_share: f64,
}

/// Days that the figures are of, at most.
pub const LATEST: i64 = 28;

impl Figures {
    /// Of the last days of a record, at most half of it.
    #[must_use]
    pub fn of(timelines: &Timelines, zone: &Zone, currency: Currency) -> Self {
        let clock = LocalClock::new(zone, timelines.span.0, timelines.span.1);
        let (first, last) = (clock.wall(timelines.span.0).day(), closing_day(timelines, &clock));
        let days = ((last - first + 1) / 2).clamp(1, LATEST);
        let (mut sessions, mut paid, mut revenue, mut came, mut repeaters) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for user in &timelines.users {
            let mut own = 0;
            for session in timelines.of(user).iter().filter_map(session) {
                own += 1;
                if (last + 1 - days..=last).contains(&clock.wall(session.at).day()) {
                    sessions += 1.0;
                    paid += f64::from(session.paid.is_some());
                    revenue += session.paid.map_or(0.0, |paid| paid.major(currency));
                }
            }
            came += f64::from(own > 0);
            repeaters += f64::from(own > 1);
        }
        let a_day = |sum: f64| sum / days as f64;
        Self {
            days: days as u32,
            sessions_per_day: a_day(sessions),
            paid_share: if sessions > 0.0 { paid / sessions } else { 0.0 },
            revenue_per_day: a_day(revenue),
            repeat_share: if came > 0.0 { repeaters / came } else { 0.0 },
        }
    }
}

fn session(observation: &Observation) -> Option<&crate::history::session::Session> {
    match observation {
        Observation::Session(session) => Some(session),
        _ => None,
    }
}
