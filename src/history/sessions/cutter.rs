//! One life cut into observations, event by event: what is known at a moment never depends on what comes later.

use super::{Catalogues, Outcome, Sessionisation, kinds::Kinds};
use crate::{
    base::{
        time::{DAY, LocalClock, SimTime},
        units::Money,
    },
    history::{
        event::{Event, EventKind},
        name::Name,
        session::{Fate, Message, Observation, SEVERITIES, Session},
    },
};

/// Cuts lives, one after the other.
#[derive(Debug)]
pub struct Cutter<'a> {
    settings: &'a Sessionisation,
    clock: LocalClock,
    contents: Kinds,
    features: Kinds,
    channels: Kinds,
    styles: Kinds,
    /// Longest pause within a session \[s\].
    timeout: i64,
    /// Longest time to answer a message \[s\].
    patience: i64,
}

/// One life, as far as it is cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cut {
    /// In time order.
    pub observations: Vec<Observation>,
    /// As long as [`Self::observations`].
    pub outcomes: Vec<Outcome>,
    /// The channel that brought the user, if it was known when they first did something.
    pub channel: Option<Name>,
    /// Items, features, ways and tones that have no kind and no pool to go to.
    pub unknown: u64,
    /// Of the last act of the session that is open.
    last_act: Option<SimTime>,
    /// Where that session is.
    open: usize,
    pending: Vec<Sent>,
    /// Events seen.
    seen: usize,
    /// Which event opened that session, and which messages waited for an answer then.
    opening: (usize, Vec<usize>),
}

/// A life as far as it is settled: what will never change, whatever is seen from a moment on.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// In time order.
    pub observations: Vec<Observation>,
    /// The channel that brought the user, if it was known when they first did something.
    pub channel: Option<Name>,
    /// The events, by their place in the life, that what is to come still depends on: without the others, the rest
    /// of the life is cut the same.
    pub kept: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Sent {
    /// Which event of the life it is.
    event: usize,
    at: SimTime,
    channel: u8,
    style: u8,
}

impl<'a> Cutter<'a> {
    /// For events in a span of time.
    #[must_use]
    pub fn new(settings: &'a Sessionisation, catalogues: &Catalogues, span: (SimTime, SimTime)) -> Self {
        Self {
            settings,
            clock: LocalClock::new(&settings.zone, span.0, span.1),
            contents: Kinds::of(&catalogues.contents),
            features: Kinds::of(&catalogues.features),
            channels: Kinds::of(&catalogues.channels),
            styles: Kinds::of(&catalogues.styles),
            timeout: i64::from(settings.timeout_minutes) * 60,
            patience: i64::from(settings.answer_days) * DAY,
        }
    }

    /// Cuts a life whose record ends at a moment.
    pub fn live<'e>(&self, life: impl IntoIterator<Item = &'e Event>, end: SimTime) -> Cut {
        let mut cut = Cut::default();
        for event in life {
            self.see(&mut cut, event);
        }
        self.give_up(&mut cut, end);
        cut
    }

    /// Settles a life in time order of which every event before a moment is known, and none after it may be.
    ///
    /// A session is settled once nothing more can be done in it, a message once its fate is known. What comes after
    /// a session that is not settled waits with it, so that observations are learned in their order.
    #[must_use]
    pub fn settle(&self, life: &[Event], now: SimTime) -> Settled {
        let known = life.partition_point(|event| event.at < now);
        let mut cut = Cut::default();
        life[..known].iter().for_each(|event| self.see(&mut cut, event));
        self.give_up(&mut cut, now);
        let (from, waiting) = if cut.last_act.is_some_and(|last| last.0 + self.timeout >= now.0) {
            cut.observations.truncate(cut.open);
            cut.opening
        } else {
            (known, cut.pending.iter().map(|sent| sent.event).collect())
        };
        let kept = waiting.into_iter().chain(from..life.len()).collect();
        Settled { observations: cut.observations, channel: cut.channel, kept }
    }

    /// Takes in the next event of a life.
    pub fn see(&self, cut: &mut Cut, event: &Event) {
        cut.seen += 1;
        self.give_up(cut, event.at);
        match &event.kind {
            EventKind::Acquired { channel, .. } if cut.observations.is_empty() => {
                cut.channel = cut.channel.take().or_else(|| Some(channel.clone()));
            }
            EventKind::Cancel => {
                cut.observe(Observation::Left(event.at));
                cut.last_act = None;
            }
            EventKind::Refund { amount } | EventKind::Dispute { amount } => cut.give_back(*amount),
            EventKind::Message { channel, style } => self.send(cut, event.at, channel, style),
            EventKind::Renew => cut.observe(Observation::Term { at: event.at, renewal: true }),
            EventKind::Ticket { severity } => {
                let severity = severity.saturating_sub(1).min(SEVERITIES as u8 - 1);
                cut.observe(Observation::Ticket { at: event.at, severity });
            }
            EventKind::Review { score } => cut.observe(Observation::Review { at: event.at, score: *score as f32 }),
            kind if is_act(kind) => self.act(cut, event),
            _ => {}
        }
    }

    /// Messages that nobody answered in time.
    fn give_up(&self, cut: &mut Cut, now: SimTime) {
        while let Some(&sent) = cut.pending.first()
            && sent.at.0 + self.patience <= now.0
        {
            cut.pending.remove(0);
            cut.decide(sent, SimTime(sent.at.0 + self.patience), Fate::Ignored);
        }
    }

    fn send(&self, cut: &mut Cut, at: SimTime, channel: &Name, style: &Name) {
        match (self.channels.kind(channel), self.styles.kind(style)) {
            (Some(channel), Some(style)) => cut.pending.push(Sent { event: cut.seen - 1, at, channel, style }),
            _ => cut.unknown += 1,
        }
    }

    fn act(&self, cut: &mut Cut, event: &Event) {
        if let EventKind::Response { taken } = event.kind
            && let Some(sent) = cut.pending.pop()
        {
            // What the user said is an answer to the last message; the visit it belongs to is an act of its own.
            return cut.decide(sent, event.at, if taken { Fate::Taken } else { Fate::Refused });
        }
        if cut.last_act.is_none_or(|last| self.parts(event, last)) {
            self.open(cut, event.at);
        }
        cut.last_act = Some(event.at);
        self.add(cut, event);
    }

    /// Whether an act begins a new session, given the act before it.
    fn parts(&self, event: &Event, last: SimTime) -> bool {
        let pause = event.at.0 - last.0;
        let is_next_day = || self.clock.wall(event.at).day() != self.clock.wall(last).day();
        pause > self.timeout
            || event.kind == EventKind::SessionStart && pause >= self.timeout
            || self.settings.at_midnight && is_next_day()
    }

    fn open(&self, cut: &mut Cut, at: SimTime) {
        cut.open = cut.observations.len();
        cut.opening = (cut.seen - 1, cut.pending.iter().map(|sent| sent.event).collect());
        let wall = self.clock.wall(at);
        let session = Session::new(at, self.settings.dayparts.slot(wall)).with_weekday(wall.weekday());
        cut.observe(Observation::Session(session));
        if self.features.any() {
            cut.observe(Observation::Features { at, used: 0 });
        }
    }

    /// Adds an act to the session that is open.
    fn add(&self, cut: &mut Cut, event: &Event) {
        let open = cut.open;
        let Some(Observation::Session(session)) = cut.observations.get_mut(open) else { return };
        match &event.kind {
            EventKind::Content { item } => match self.contents.kind(item) {
                Some(kind) => *session = session.with_content(kind),
                None => cut.unknown += 1,
            },
            EventKind::Charge { amount } if *amount != Money::ZERO => session.paid = Some(sum(session.paid, *amount)),
            EventKind::Response { taken } => *session = session.with_offer(*taken),
            EventKind::Subscribe { .. } => cut.observe(Observation::Term { at: event.at, renewal: false }),
            EventKind::Feature { name } => match (self.features.kind(name), cut.observations.get_mut(open + 1)) {
                (Some(kind), Some(Observation::Features { used, .. })) => *used |= 1 << kind,
                _ => cut.unknown += 1,
            },
            _ => {}
        }
    }
}

impl Cut {
    /// When the session that is open may be closed, if no more is done in it: after the longest pause.
    #[must_use]
    pub fn last_act(&self) -> Option<SimTime> {
        self.last_act
    }

    fn observe(&mut self, observation: Observation) {
        self.observations.push(observation);
        self.outcomes.push(Outcome::default());
    }

    fn decide(&mut self, sent: Sent, at: SimTime, fate: Fate) {
        let message = Message { at, sent: sent.at, channel: sent.channel, style: sent.style, fate };
        self.observe(Observation::Message(message));
    }

    /// Money that goes back is put down beside the user's last session, and never takes away from what was paid.
    fn give_back(&mut self, amount: Money) {
        let is_session = |observation: &Observation| matches!(observation, Observation::Session(_));
        if let Some(index) = self.observations.iter().rposition(is_session) {
            let outcome = &mut self.outcomes[index];
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
