//! Sessionisation: from events to what the self-model is fed with, user by user.
//!
//! What a user does (arrives, meets an item, uses a feature, answers, pays, subscribes, buys more) opens a
//! session or belongs to the one that is open. A session ends when nothing is done for longer than `timeout`, or
//! when the user arrives anew after at least that long. What others do (messages, refunds, disputes, renewals)
//! opens none.

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};

use super::{
    event::{Event, EventKind},
    log::History,
    name::Name,
    session::{CONTENT_KINDS, DaypartCuts, Observation, Session, slot_of},
};
use crate::base::{
    partition::partition,
    time::{LocalClock, SimTime, Zone},
    units::{Money, UserId},
};

/// Name of the content kind that pools those without one of their own.
pub const POOLED: &str = "(other)";

// A belief is fed with millions of them.
const _: () = assert!(size_of::<Session>() == 32);

/// How sessions are cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessionisation {
    /// Longest pause within a session \[min\].
    #[serde(default = "half_an_hour")]
    pub timeout_minutes: u32,
    /// Where the local day is cut.
    pub dayparts: DaypartCuts,
    /// The users' time zone.
    pub zone: Zone,
    /// Content kinds, at most 31, in their order; by default the most frequent ones by name.
    #[serde(default)]
    pub catalogue: Option<Vec<Name>>,
}

const fn half_an_hour() -> u32 {
    30
}

/// Why sessions cannot be cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Too many kinds, or one twice.
    #[error("a catalogue must have at most {} different kinds, but has {found}{}", CONTENT_KINDS - 1, twice(repeated.as_ref()))]
    Catalogue {
        /// How many it has.
        found: usize,
        /// The one that is there twice.
        repeated: Option<Name>,
    },
    /// Nobody did anything.
    #[error("a history must have at least one event, but has none")]
    Empty,
}

fn twice(repeated: Option<&Name>) -> String {
    repeated.map(|name| format!(", with `{name}` twice")).unwrap_or_default()
}

/// The life of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTimeline {
    /// Who.
    pub user: UserId,
    /// Which of [`Timelines::observations`].
    pub range: Range<usize>,
    /// The channel that brought the user, if it is known.
    pub channel: Option<Name>,
    /// The first event.
    pub first: SimTime,
}

/// What became of an observation, beside what the self-model learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Refunds and disputes after the session began and before the next one.
    pub returned: Money,
    /// Whether an offer was taken in the session; none if nothing was offered.
    pub response: Option<bool>,
}

/// The lives of all users.
#[derive(Clone, Debug, PartialEq)]
pub struct Timelines {
    /// By (partition, user).
    pub users: Vec<UserTimeline>,
    /// User by user, each in time order.
    pub observations: Vec<Observation>,
    /// As long as [`Self::observations`].
    pub outcomes: Vec<Outcome>,
    /// Content kinds, by the numbers that sessions hold.
    pub content_names: Vec<Name>,
    /// The first and the last event.
    pub span: (SimTime, SimTime),
}

impl Timelines {
    /// The observations of a user.
    #[must_use]
    pub fn of(&self, user: &UserTimeline) -> &[Observation] {
        &self.observations[user.range.clone()]
    }
}

/// Cuts a history into sessions.
///
/// # Errors
/// [`SessionError`], if the catalogue is none or the history is empty.
pub fn timelines(history: &History, settings: &Sessionisation) -> Result<Timelines, SessionError> {
    let span = match (history.events.first(), history.events.last()) {
        (Some(first), Some(last)) => (first.at, last.at),
        _ => return Err(SessionError::Empty),
    };
    let catalogue = Catalogue::new(history, settings.catalogue.as_deref())?;
    let lives = lives(&history.events);
    let clock = LocalClock::new(&settings.zone, span.0, span.1);
    let timeout = i64::from(settings.timeout_minutes) * 60;
    let mut cutter = Cutter { settings, clock, catalogue: &catalogue, timeout, observations: vec![], outcomes: vec![] };
    let users = lives.iter().map(|life| cutter.live(life)).collect();
    let Cutter { observations, outcomes, .. } = cutter;
    Ok(Timelines { users, observations, outcomes, content_names: catalogue.names, span })
}

/// The events of each user in time order, users by (partition, user).
fn lives(events: &[Event]) -> Vec<Vec<&Event>> {
    let mut index: BTreeMap<UserId, usize> = BTreeMap::new();
    let mut lives: Vec<Vec<&Event>> = Vec::new();
    for event in events {
        let life = *index.entry(event.user).or_insert_with(|| {
            lives.push(Vec::new());
            lives.len() - 1
        });
        lives[life].push(event);
    }
    lives.sort_by_cached_key(|life| (partition(life[0].user), life[0].user));
    lives
}

/// Content kinds by name.
struct Catalogue {
    names: Vec<Name>,
    kinds: BTreeMap<Name, u8>,
    /// The kind of all other names; not asked for if there are none.
    pooled: u8,
}

impl Catalogue {
    fn new(history: &History, given: Option<&[Name]>) -> Result<Self, SessionError> {
        let counts = counts(&history.events);
        let mut names = match given {
            Some(given) => checked(given)?,
            None => frequent(&counts),
        };
        let kinds: BTreeMap<Name, u8> =
            names.iter().enumerate().map(|(kind, name)| (name.clone(), kind as u8)).collect();
        let pooled = names.len() as u8;
        if counts.keys().any(|&name| !kinds.contains_key(name)) {
            names.push(POOLED.into());
        }
        Ok(Self { names, kinds, pooled })
    }

    fn kind(&self, item: &Name) -> u8 {
        self.kinds.get(item).copied().unwrap_or(self.pooled)
    }
}

fn checked(given: &[Name]) -> Result<Vec<Name>, SessionError> {
    let mut sorted = given.to_vec();
    sorted.sort_unstable();
    let repeated = sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone());
    if repeated.is_some() || given.len() >= CONTENT_KINDS {
        return Err(SessionError::Catalogue { found: given.len(), repeated });
    }
    Ok(given.to_vec())
}

fn counts(events: &[Event]) -> BTreeMap<&Name, u64> {
    let mut counts: BTreeMap<&Name, u64> = BTreeMap::new();
    for event in events {
        if let EventKind::Content { item } = &event.kind {
            *counts.entry(item).or_insert(0) += 1;
        }
    }
    counts.into_iter().collect()
}

/// The most frequent names, of equals the first; all of them if they fit. Sorted by name, so that a kind's number
/// does not change with how often it is met.
fn frequent(counts: &BTreeMap<&Name, u64>) -> Vec<Name> {
    let kept = if counts.len() <= CONTENT_KINDS { CONTENT_KINDS } else { CONTENT_KINDS - 1 };
    let mut ranked: Vec<(&Name, u64)> = counts.iter().map(|(&name, &count)| (name, count)).collect();
    ranked.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    let mut names: Vec<Name> = ranked.into_iter().take(kept).map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    names
}

/// Cuts one life after the other.
struct Cutter<'a> {
    settings: &'a Sessionisation,
    clock: LocalClock,
    catalogue: &'a Catalogue,
    /// Longest pause within a session \[s\].
    timeout: i64,
    observations: Vec<Observation>,
    outcomes: Vec<Outcome>,
}

impl Cutter<'_> {
    fn live(&mut self, life: &[&Event]) -> UserTimeline {
        let start = self.observations.len();
        let mut channel = None;
        let mut last_act = None;
        for event in life {
            match &event.kind {
                EventKind::Acquired { channel: by, .. } => channel = channel.or_else(|| Some(by.clone())),
                EventKind::Cancel => {
                    self.observe(Observation::Left(event.at));
                    last_act = None;
                }
                EventKind::Refund { amount } | EventKind::Dispute { amount } => self.give_back(start, *amount),
                kind if is_act(kind) => {
                    if last_act.is_none_or(|last| self.parts(event, last)) {
                        self.open(event.at);
                    }
                    last_act = Some(event.at);
                    self.add(kind);
                }
                _ => {}
            }
        }
        UserTimeline { user: life[0].user, range: start..self.observations.len(), channel, first: life[0].at }
    }

    /// Whether an act begins a new session, given the act before it.
    fn parts(&self, event: &Event, last: SimTime) -> bool {
        let pause = event.at.0 - last.0;
        pause > self.timeout || event.kind == EventKind::SessionStart && pause >= self.timeout
    }

    fn observe(&mut self, observation: Observation) {
        self.observations.push(observation);
        self.outcomes.push(Outcome::default());
    }

    fn open(&mut self, at: SimTime) {
        let slot = slot_of(&self.settings.dayparts, &self.clock, at);
        self.observe(Observation::Session(Session { at, paid: None, contents: 0, content: None, slot }));
    }

    /// Adds an act to the session that is open.
    fn add(&mut self, kind: &EventKind) {
        let (Some(Observation::Session(session)), Some(outcome)) =
            (self.observations.last_mut(), self.outcomes.last_mut())
        else {
            return;
        };
        match kind {
            EventKind::Content { item } => {
                let kind = self.catalogue.kind(item);
                session.contents |= 1 << kind;
                session.content = session.content.or(Some(kind));
            }
            EventKind::Charge { amount } if *amount != Money::ZERO => session.paid = Some(sum(session.paid, *amount)),
            EventKind::Response { taken } => outcome.response = Some(*taken || outcome.response == Some(true)),
            _ => {}
        }
    }

    /// Money that goes back is put down beside the user's last session, and never takes away from what was paid.
    fn give_back(&mut self, start: usize, amount: Money) {
        let is_session = |observation: &Observation| matches!(observation, Observation::Session(_));
        if let Some(index) = self.observations[start..].iter().rposition(is_session) {
            let outcome = &mut self.outcomes[start + index];
            outcome.returned = sum(Some(outcome.returned), amount);
        }
    }
}

/// What a user does, as against what is done to the user.
const fn is_act(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::SessionStart
            | EventKind::Content { .. }
            | EventKind::Feature { .. }
            | EventKind::Response { .. }
            | EventKind::Charge { .. }
            | EventKind::Subscribe { .. }
            | EventKind::Expand { .. }
    )
}

/// Amounts that somebody made up may be as large as a number can be; the sum stays there.
fn sum(so_far: Option<Money>, amount: Money) -> Money {
    Money::from_minor(so_far.unwrap_or_default().minor().saturating_add(amount.minor()))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::base::time::DAY;

    const MINUTE: i64 = 60;

    fn settings() -> Sessionisation {
        Sessionisation {
            timeout_minutes: 30,
            dayparts: DaypartCuts::new(vec![0, 6, 12, 18]).unwrap(),
            zone: Zone::new("America/Chicago").unwrap(),
            catalogue: None,
        }
    }

    fn event(at: i64, kind: EventKind) -> Event {
        Event { at: SimTime(at), user: UserId(1), ordinal: 0, kind }
    }

    fn content(item: &str) -> EventKind {
        EventKind::Content { item: item.into() }
    }

    fn charge(minor: i64) -> EventKind {
        EventKind::Charge { amount: Money::from_minor(minor) }
    }

    fn cut(events: Vec<Event>) -> Timelines {
        timelines(&History::new(events, BTreeMap::new()), &settings()).unwrap()
    }

    fn starts(lines: &Timelines) -> Vec<i64> {
        lines.observations.iter().map(|observation| observation.at().0).collect()
    }

    #[test]
    fn a_session_start_parts_at_the_timeout_and_other_acts_just_after_it() {
        let end = 30 * MINUTE;
        let second = |at, kind| starts(&cut(vec![event(0, EventKind::SessionStart), event(at, kind)])).len();
        assert_eq!(second(end - 1, EventKind::SessionStart), 1);
        assert_eq!(second(end, EventKind::SessionStart), 2);
        assert_eq!(second(end, charge(1)), 1);
        assert_eq!(second(end + 1, charge(1)), 2);
    }

    #[test]
    fn the_pause_counts_from_the_last_act_not_from_the_start() {
        let acts = (0..4).map(|i| event(i * 29 * MINUTE, content("a"))).collect();
        assert_eq!(starts(&cut(acts)), [0]);
    }

    #[test]
    fn charges_add_up_and_refunds_never_take_away() {
        let refund = EventKind::Refund { amount: Money::from_minor(700) };
        let late = event(9 * DAY, refund);
        let lines = cut(vec![event(0, charge(500)), event(60, charge(250)), late, event(10 * DAY, content("a"))]);
        let Observation::Session(session) = lines.observations[0] else { panic!() };
        assert_eq!(session.paid, Some(Money::from_minor(750)));
        assert_eq!(lines.outcomes[0].returned, Money::from_minor(700));
        assert_eq!(starts(&lines), [0, 10 * DAY], "a refund is no session");
    }

    #[test]
    fn contents_are_a_set_and_the_first_is_known() {
        let lines = cut(vec![event(0, content("b")), event(1, content("a")), event(2, content("b"))]);
        let Observation::Session(session) = lines.observations[0] else { panic!() };
        assert_eq!((session.contents, session.content), (0b11, Some(1)));
        assert_eq!(lines.content_names, ["a", "b"].map(Name::from));
    }

    #[test]
    fn leaving_is_an_observation_and_ends_the_session() {
        let lines = cut(vec![event(0, content("a")), event(60, EventKind::Cancel), event(120, content("a"))]);
        assert_eq!(lines.observations[1], Observation::Left(SimTime(60)));
        assert_eq!(lines.observations.len(), 3);
    }

    #[test]
    fn a_response_that_was_taken_stays_taken() {
        let response = |at, taken| event(at, EventKind::Response { taken });
        let lines = cut(vec![response(0, false), response(1, true), response(2, false), event(DAY, charge(1))]);
        assert_eq!(lines.outcomes[0].response, Some(true));
        assert_eq!(lines.outcomes[1].response, None);
    }

    #[test]
    fn the_rarest_kinds_of_a_large_catalogue_are_pooled() {
        let mut events: Vec<Event> = (0..40).map(|i| event(i, content(&format!("k{i:02}")))).collect();
        events.push(event(50, content("k39")));
        let lines = cut(events);
        assert_eq!(lines.content_names.len(), CONTENT_KINDS);
        assert_eq!(&*lines.content_names[30], "k39");
        assert_eq!(&*lines.content_names[31], POOLED);
        let all = (0..32).map(|i| event(i, content(&format!("k{i:02}")))).collect();
        assert_eq!(&*cut(all).content_names[31], "k31", "32 kinds need no pool");
    }

    #[test]
    fn a_given_catalogue_keeps_its_order_and_pools_the_rest() {
        let settings = Sessionisation { catalogue: Some(vec!["z".into(), "a".into()]), ..settings() };
        let history = History::new(vec![event(0, content("q")), event(1, content("z"))], BTreeMap::new());
        let lines = timelines(&history, &settings).unwrap();
        assert_eq!(lines.content_names, ["z", "a", POOLED].map(Name::from));
        let Observation::Session(session) = lines.observations[0] else { panic!() };
        assert_eq!((session.contents, session.content), (0b101, Some(2)));
        let repeated = Sessionisation { catalogue: Some(vec!["a".into(), "a".into()]), ..settings };
        assert!(timelines(&history, &repeated).is_err());
    }

    /// Clocks in Chicago went from 02:00 to 03:00 on 2026-03-08 and from 02:00 back to 01:00 on 2026-11-01.
    #[test]
    fn dayparts_follow_the_wall_clock_across_daylight_saving() {
        let at = |text| SimTime::parse(text).unwrap().0;
        let moments = ["2026-03-07T11:59:59Z", "2026-03-07T12:00:00Z", "2026-03-08T10:59:59Z", "2026-03-08T11:00:00Z"];
        let lines = cut(moments.map(|text| event(at(text), content("a"))).to_vec());
        let slots: Vec<(u8, bool)> = lines.observations.iter().filter_map(slot).collect();
        // One second parts no session, so each pair of moments is one session that keeps its first slot.
        assert_eq!(slots, [(0, true), (0, true)]);
        for (moment, daypart) in moments.into_iter().zip([0, 1, 0, 1]) {
            assert_eq!(slot(&cut(vec![event(at(moment), content("a"))]).observations[0]).unwrap().0, daypart);
        }
        let monday = cut(vec![event(at("2026-11-02T05:59:59Z"), content("a"))]);
        assert_eq!(slot(&monday.observations[0]), Some((3, true)), "still Sunday in Chicago");
    }

    fn slot(observation: &Observation) -> Option<(u8, bool)> {
        match observation {
            Observation::Session(session) => Some((session.slot.daypart, session.slot.weekend)),
            Observation::Left(_) => None,
        }
    }

    proptest! {
        #[test]
        fn every_charge_is_in_exactly_one_session_of_its_user(
            acts in vec((0i64..400_000, 0u64..5, select(vec![0, 1, 7, 250])), 1..60)
        ) {
            let events = acts.iter().enumerate().map(|(i, &(at, user, minor))| {
                Event { at: SimTime(at), user: UserId(user), ordinal: i as u64, kind: charge(minor) }
            });
            let lines = cut(events.collect());
            let paid = |user: &UserTimeline| lines.of(user).iter().map(|observation| match observation {
                Observation::Session(session) => session.paid.unwrap_or_default(),
                Observation::Left(_) => Money::ZERO,
            }).sum::<Money>().minor();
            for user in &lines.users {
                let want: i64 = acts.iter().filter(|act| UserId(act.1) == user.user).map(|act| act.2).sum();
                prop_assert_eq!(paid(user), want);
                prop_assert!(lines.of(user).windows(2).all(|pair| pair[1].at().0 - pair[0].at().0 > 30 * MINUTE));
            }
            prop_assert!(lines.users.is_sorted_by_key(|user| (partition(user.user), user.user)));
        }
    }
}
