//! What each user of a history did, in the few numbers that a world's laws ask for.
//!
//! Time is in *operational* days: days weighed by how busy their weekday is, so that a user's sessions come evenly.

use crate::{
    base::{
        float::log,
        time::{DAY, LocalClock, SimTime, Zone, weekday},
        units::Currency,
    },
    history::{
        session::{CONTENT_KINDS, DAYPARTS, Observation, Session},
        sessions::Timelines,
    },
    study::life::{Life, lives},
};

/// One user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// The first session [operational day since the Monday before 1970].
    pub began: f64,
    /// Sessions after the first \[1\].
    pub repeats: f64,
    /// From the first session to the last [operational day].
    pub recency: f64,
    /// From the first session to the goodbye, or else the end of the record [operational day].
    pub watched: f64,
    /// Whether they said goodbye then.
    pub left: bool,
    /// Whether the first session paid.
    pub first_paid: bool,
    /// Sessions after the first that paid \[1\].
    pub paid: f64,
    /// Paying sessions, and mean and sum of squared deviations of the logarithm of what they paid [ln major units].
    pub amounts: (f64, f64, f64),
    /// The sum of what they paid [major units].
    pub spent: f64,
    /// Sessions by part of the day, on weekdays and at weekends.
    pub dayparts: [[f64; DAYPARTS]; 2],
    /// Sessions by the content met first.
    pub contents: [f64; CONTENT_KINDS],
}

/// All users, and what they have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Those with a session, in the order of the timelines.
    pub users: Vec<Seen>,
    /// Sessions after the first on each weekday from Monday, and the user-days on which they could be.
    pub week: [(f64, f64); 7],
    /// How busy each weekday is, from Monday; mean 1.
    pub rhythm: [f64; 7],
    /// First local day of the record, and its last whole one.
    pub days: (i64, i64),
    /// New users on each local day of the record.
    pub newcomers: Vec<u32>,
    /// Sessions after the first on each local day of the record.
    pub daily: Vec<u32>,
    /// By local day of the record: what was paid, what the same users pay at other times for as many payments, and the sum of
    /// squares between them [major units].
    pub spending: Vec<(f64, f64, f64)>,
    /// Whether anybody said goodbye.
    pub announced: bool,
}

/// Repeat sessions that a rhythm of the week needs.
const RHYTHM_SESSIONS: f64 = 140.0;

impl Evidence {
    /// Reads timelines.
    #[must_use]
    pub fn of(timelines: &Timelines, zone: &Zone, currency: Currency) -> Self {
        let clock = LocalClock::new(zone, timelines.span.0, timelines.span.1);
        let day = |at: SimTime| clock.wall(at).day();
        let lives = lives(timelines).0;
        let come: Vec<(Life<'_>, Vec<Session>)> =
            lives.into_iter().map(|life| (life, sessions(&life))).filter(|(_, all)| !all.is_empty()).collect();
        let days = (day(timelines.span.0), closing_day(timelines, &clock));
        let mut newcomers = vec![0; (days.1 - days.0 + 1) as usize];
        let (mut week, mut daily) = ([(0.0, 0.0); 7], vec![0; newcomers.len()]);
        let mut spending = vec![(0.0, 0.0, 0.0); newcomers.len()];
        for (life, sessions) in &come {
            newcomers[(day(sessions[0].at).min(days.1) - days.0) as usize] += 1;
            let ends = day(left(life).unwrap_or(life.end)).min(days.1);
            let repeats = sessions[1..].iter().map(|session| day(session.at)).filter(|&day| day <= days.1);
            repeats.for_each(|day| {
                week[usize::from(weekday(day))].0 += 1.0;
                daily[(day - days.0).max(0) as usize] += 1;
            });
            expose(&mut week, day(sessions[0].at) + 1, ends);
            spend(&mut spending, sessions, currency, |at| usize::try_from(day(at) - days.0).ok());
        }
        let rhythm = rhythm(&week);
        let reader = Reader { clock: &clock, rhythm: &rhythm, currency };
        let users = come.iter().map(|(life, sessions)| reader.seen(life, sessions)).collect();
        let announced = come.iter().any(|(life, _)| left(life).is_some());
        Self { users, week, rhythm, days, newcomers, daily, spending, announced }
    }

    /// Length of the record \[day\].
    #[must_use]
    pub fn length(&self) -> i64 {
        self.days.1 - self.days.0 + 1
    }
}

/// The last local day of a record, or the one before if the record ends early in it: with less than half the sessions of a
/// usual day.
#[must_use]
pub fn closing_day(timelines: &Timelines, clock: &LocalClock) -> i64 {
    let (first, last) = (clock.wall(timelines.span.0).day(), clock.wall(timelines.span.1).day());
    let (mut of_last, mut of_week) = (0, 0);
    for session in timelines.observations.iter().filter(|it| matches!(it, Observation::Session(_))) {
        let day = clock.wall(session.at()).day();
        of_last += i64::from(day == last);
        of_week += i64::from((last - 7..last).contains(&day));
    }
    let before = (last - first).min(7);
    if 2 * of_last * before < of_week { last - 1 } else { last }
}

fn sessions(life: &Life<'_>) -> Vec<Session> {
    let session = |observation: &Observation| match observation {
        Observation::Session(session) => Some(*session),
        _ => None,
    };
    life.observations.iter().filter_map(session).collect()
}

/// When they said goodbye, if nothing came after it.
fn left(life: &Life<'_>) -> Option<SimTime> {
    let last = life.observations.iter().rev();
    let mut telling = last.filter(|it| matches!(it, Observation::Left(_) | Observation::Session(_)));
    telling.next().filter(|it| matches!(it, Observation::Left(_))).map(Observation::at)
}

/// Adds a user's days from one to another, that one included.
fn expose(week: &mut [(f64, f64); 7], from: i64, to: i64) {
    let days = to - from + 1;
    if days <= 0 {
        return;
    }
    week.iter_mut().for_each(|(_, days_on)| *days_on += (days / 7) as f64);
    (0..days % 7).for_each(|i| week[usize::from(weekday(from + i))].1 += 1.0);
}

/// Adds what a user paid to the days on which they did, beside the mean of their other payments.
fn spend(
    days: &mut [(f64, f64, f64)],
    sessions: &[Session],
    currency: Currency,
    place: impl Fn(SimTime) -> Option<usize>,
) {
    let paid = |session: &Session| Some((session.at, session.paid?.major(currency))).filter(|(_, paid)| *paid > 0.0);
    let all: Vec<(SimTime, f64)> = sessions.iter().filter_map(paid).collect();
    if all.len() < 3 {
        return;
    }
    let total: f64 = all.iter().map(|(_, paid)| paid).sum();
    for (at, paid) in &all {
        let usual = (total - paid) / (all.len() - 1) as f64;
        if let Some(day) = place(*at).and_then(|place| days.get_mut(place)) {
            *day = (day.0 + paid, day.1 + usual, day.2 + (paid - usual).powi(2));
        }
    }
}

/// Sessions a user-day by weekday, relative to their mean; even where there are too few.
fn rhythm(week: &[(f64, f64); 7]) -> [f64; 7] {
    let sessions: f64 = week.iter().map(|day| day.0).sum();
    if sessions < RHYTHM_SESSIONS || week.iter().any(|&(_, days)| days < 1.0) {
        return [1.0; 7];
    }
    // Half a session more, so that no day is dead for good.
    let rates = week.map(|(sessions, days)| (sessions + 0.5) / days);
    let mean = rates.iter().sum::<f64>() / 7.0;
    rates.map(|rate| rate / mean)
}

struct Reader<'a> {
    clock: &'a LocalClock,
    rhythm: &'a [f64; 7],
    currency: Currency,
}

impl Reader<'_> {
    fn seen(&self, life: &Life<'_>, sessions: &[Session]) -> Seen {
        let mut seen = Seen { repeats: (sessions.len() - 1) as f64, ..Seen::default() };
        let (gone, start) = (left(life), self.activity(sessions[0].at));
        let last = sessions.last().map_or(start, |session| self.activity(session.at));
        seen.left = gone.is_some();
        seen.began = start;
        seen.recency = last - start;
        seen.watched = (self.activity(gone.unwrap_or(life.end)) - start).max(seen.recency).max(1e-6);
        seen.first_paid = sessions[0].paid.is_some();
        seen.paid = sessions[1..].iter().filter(|session| session.paid.is_some()).count() as f64;
        seen.amounts = self.amounts(sessions);
        seen.spent =
            sessions.iter().filter_map(|session| session.paid).map(|paid| paid.major(self.currency).max(0.0)).sum();
        for session in sessions {
            let slot = session.slot();
            seen.dayparts[usize::from(slot.weekend)][usize::from(slot.daypart)] += 1.0;
            session.content().into_iter().for_each(|kind| seen.contents[usize::from(kind)] += 1.0);
        }
        seen
    }

    fn amounts(&self, sessions: &[Session]) -> (f64, f64, f64) {
        let paid = sessions.iter().filter_map(|session| session.paid).filter(|paid| paid.minor() > 0);
        let logs: Vec<f64> = paid.map(|paid| log(paid.major(self.currency))).collect();
        if logs.is_empty() {
            return (0.0, 0.0, 0.0);
        }
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        (n, mean, logs.iter().map(|y| (y - mean).powi(2)).sum())
    }

    /// Operational time since the Monday before 1970 [operational day].
    fn activity(&self, at: SimTime) -> f64 {
        let wall = self.clock.wall(at);
        let monday = wall.day() - i64::from(wall.weekday());
        let before: f64 = self.rhythm[..usize::from(wall.weekday())].iter().sum();
        let share = f64::from(wall.second_of_day()) / DAY as f64;
        monday as f64 + before + share * self.rhythm[usize::from(wall.weekday())]
    }
}
