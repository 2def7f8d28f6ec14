//! What reaches users between their sessions: messages of the company, and friends who tell of the product.
//!
//! A message is sent after a silence; whether a user who has left is among the silent the company cannot tell. Its day is
//! decided at midnight and its hour by the way that is chosen, so that a session before it breaks the silence. All luck of
//! a message is keyed by its day: no session of the user's own moves.

use super::{NEVER, Scene, User, Visit};
use crate::{
    base::{
        gamma::Gamma,
        luck::{Purpose, uniform},
    },
    history::session::{Fate, Message, Observation},
    user::self_model::SelfModel,
    world::{
        arm::{ArmPlan, Edit},
        arrivals::Newborn,
        book::Book,
        conditions::Conditions,
        intervention::Contact,
        mail::Mail,
        stage::{SECONDS, Stage},
    },
};

impl User {
    /// Notes when the next message may be sent, if nothing is heard of the user until then.
    #[inline]
    pub(super) fn expect_message(&mut self, scene: &Scene<'_>) {
        if let Some(arm) = scene.arm.filter(|arm| arm.writes) {
            self.next[2] = self.next_message(arm).map_or(NEVER, |next| next.at);
        }
    }

    /// Midnight at which the next message is decided, and which of the arm's interventions sends it.
    fn next_message(&self, arm: &ArmPlan) -> Option<Next> {
        let since = if self.last == NEVER { return None } else { self.last };
        let writers =
            arm.edits.iter().enumerate().filter_map(|(place, edit)| Some((place, edit, edit.effect.contact()?)));
        let of = |(writer, (place, edit, contact)): (u32, (usize, &Edit, &Contact))| {
            let sent = self.sent(writer);
            let first = since.saturating_add(contact.after).max(edit.start);
            let next = first.saturating_add(sent.saturating_mul(contact.after)).div_ceil(SECONDS);
            (sent < contact.times).then(|| Next { at: next.saturating_mul(SECONDS), writer, place })
        };
        (0..2).zip(writers).filter_map(of).min().filter(|next| next.at < NEVER)
    }

    /// Messages that one of the arm's two writers has decided since the last session.
    const fn sent(&self, writer: u32) -> u32 {
        (self.letters >> (4 * writer) & 15) as u32
    }

    fn note_sent(&mut self, writer: u32, scene: &Scene<'_>) {
        self.letters += 1 << (4 * writer);
        self.expect_message(scene);
    }

    /// A message is decided at midnight, or sent at its hour.
    #[inline(never)]
    pub(super) fn be_written_to(&mut self, at: u32, scene: &Scene<'_>, book: &mut Book<'_>) {
        let midnight = at / SECONDS * SECONDS;
        let Some(arm) = scene.arm else { return self.next[2] = NEVER };
        let Some(Next { writer, place, .. }) = self.next_message(arm) else { return self.next[2] = NEVER };
        let edit = &arm.edits[place];
        let Some(contact) = edit.effect.contact() else { return self.next[2] = NEVER };
        if !self.gone {
            self.stays(at, scene, book);
        }
        let strength = edit.strength(midnight);
        if strength <= 0.0 || !self.seen(arm, midnight, scene, |sight| edit.admits(place, sight, midnight)) {
            return self.note_sent(writer, scene);
        }
        let (way, propensity) = self.seen(arm, midnight, scene, |sight| {
            let mut stream = scene.lot.luck.stream(self.id(), Purpose::Contact, midnight / SECONDS);
            contact.choose(sight, &mut stream)
        });
        let hour = self.hour(contact, way, midnight, scene);
        if at == midnight {
            self.next[2] = midnight + hour;
            return;
        }
        let sent = Sent { at, place, way, propensity, strength };
        self.note_sent(writer, scene);
        self.receive(&sent, contact, scene, book);
    }

    /// Seconds after midnight at which a way is taken: its own hour, or the middle of the part of the day in which the
    /// user is believed to come most.
    fn hour(&self, contact: &Contact, way: u8, midnight: u32, scene: &Scene<'_>) -> u32 {
        let believed = || {
            let weekend = scene.stage.slot(midnight).weekend;
            let parts = self.model.predict(&scene.stage.priors, scene.stage.moment(midnight)).dayparts(weekend);
            let most = parts.iter().copied().fold(0.0, f32::max);
            let part = parts.iter().position(|&share| share >= most).unwrap_or(0);
            let hours: Vec<u32> = (0..24).filter(|&hour| part_of(scene.stage, midnight, hour) == part).collect();
            hours.get(hours.len() / 2).copied().unwrap_or(12)
        };
        let hour = contact.hours.get(usize::from(way)).copied().flatten().map_or_else(believed, u32::from);
        (hour % 24) * 3_600 + 1
    }

    /// A message arrives: answered or not, and the self-model learns which.
    fn receive(&mut self, sent: &Sent, contact: &Contact, scene: &Scene<'_>, book: &mut Book<'_>) {
        let words = scene.lot.luck.block(self.id(), Purpose::Contact, sent.at / SECONDS);
        let answered = if self.gone {
            uniform(words[1]) < f64::from((contact.returns * sent.strength).min(1.0))
        } else {
            let tastes = self.tastes(contact, scene);
            uniform(words[0]) < contact.answer(&tastes, sent.way, sent.strength) * self.presence(contact, sent, scene)
        };
        book.used(sent.at, 1 << sent.place);
        book.message(sent.place, sent.way, sent.propensity, answered);
        let moment = scene.stage.moment(sent.at);
        let fate = if answered { Fate::Taken } else { Fate::Ignored };
        let message = Message { at: moment, sent: moment, channel: sent.way, style: sent.way, fate };
        self.observe(&Observation::Message(message), scene, book);
        if answered {
            if self.gone {
                self.come_back(sent.at, scene);
            }
            self.come_because_of(sent.at, scene, book);
        }
    }

    /// Hidden shares of taste for the ways, the same in all arms and at all times.
    fn tastes(&self, contact: &Contact, scene: &Scene<'_>) -> Vec<f64> {
        let even = 1.0 / contact.ways() as f64;
        if !contact.taste.is_finite() {
            return vec![even; contact.ways()];
        }
        let mut stream = scene.lot.luck.stream(self.id(), Purpose::Ways, 0);
        let law = Gamma::of((contact.taste * even).max(1e-3));
        let drawn: Vec<f64> = (0..contact.ways()).map(|_| law.draw(&mut stream)).collect();
        let sum: f64 = drawn.iter().sum();
        drawn.iter().map(|share| if sum > 0.0 { share / sum } else { even }).collect()
    }

    /// How much of a user's day lies in the part in which a message comes, relative to even shares; where no way has an
    /// hour the hour does not matter.
    fn presence(&self, contact: &Contact, sent: &Sent, scene: &Scene<'_>) -> f64 {
        if contact.hours.len() < 2 {
            return 1.0;
        }
        let shares = self.persona.daypart.shares();
        let part = usize::from(scene.stage.slot(sent.at).daypart);
        let used = shares.iter().filter(|&&share| share > 0.0).count().max(1) as f64;
        shares.get(part).map_or(1.0, |share| share * used)
    }

    /// Who had left is there again, and can stand as much as anybody of their tenure.
    fn come_back(&mut self, at: u32, scene: &Scene<'_>) {
        let day = at / SECONDS;
        let words = scene.lot.luck.block(self.id(), Purpose::Return, day);
        let tenure = f64::from(at - self.born) / f64::from(SECONDS);
        let stood = scene.stage.hazard.accumulated(usize::from(self.persona.segment), tenure);
        self.stands = stood + self.persona.churn.generate(words[0]);
        self.gone = false;
        self.checked = at;
        self.leaves = self.moment_of_leaving(scene.stage).max(at + 1);
        // Tomorrow on they come by themselves again.
        self.activity[0] = scene.stage.activity(day + 1, 0.0);
        self.schedule(0, scene, words[1]);
        self.open_to_additions(scene, scene.stage.activity(day + 1, 0.0));
    }

    /// The session that a message brings.
    fn come_because_of(&mut self, at: u32, scene: &Scene<'_>, book: &mut Book<'_>) {
        let (purpose, ordinal) = (Purpose::Contacted, at / SECONDS);
        let words = scene.lot.luck.block(self.id(), purpose, ordinal);
        self.visit(&Visit { at, words, height: 0.0, purpose, ordinal }, scene, book);
    }

    /// A paying user may make somebody come who has not come before.
    #[inline]
    pub(super) fn refer(
        &self,
        visit: &Visit,
        at: u32,
        conditions: &Conditions,
        scene: &Scene<'_>,
        book: &mut Book<'_>,
    ) {
        if conditions.refers <= 0.0 {
            return;
        }
        let Some(arm) = scene.arm else { return };
        let place = arm.edits.iter().position(|edit| edit.effect.prospects().is_some());
        let ordinal = visit.ordinal ^ (visit.purpose as u32) << 24;
        let words = scene.lot.luck.block(self.id(), Purpose::Referral, ordinal);
        if let Some(place) = place.filter(|_| uniform(words[0]) < f64::from(conditions.refers)) {
            let tomorrow = (at / SECONDS + 1) * SECONDS + (uniform(words[2]) * f64::from(SECONDS)) as u32;
            book.invite(self.id(), ordinal, tomorrow, words[1], place as u8 + 1);
        }
    }

    /// Whether they are somebody who has not come and only comes if told to.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.born == NEVER
    }

    /// Somebody who comes only if told to, or in this arm not at all.
    pub fn wait(&mut self) {
        self.born = NEVER;
        self.next.fill(NEVER);
    }

    /// A friend has told: who has not come yet comes for the first time that day.
    pub(super) fn be_invited(&mut self, mail: &Mail, scene: &Scene<'_>, book: &mut Book<'_>) {
        if !self.is_waiting() || mail.invites == 0 || mail.at >= scene.stage.days * SECONDS {
            return;
        }
        let Newborn { user, channel, .. } = mail.to;
        let (day, words) = (mail.at / SECONDS, scene.lot.luck.block(user, Purpose::Leaving, 0));
        self.activity[0] = scene.stage.activity(day, uniform(words[1]));
        self.born = scene.stage.second(&self.persona, self.activity[0]);
        self.next[0] = self.born;
        self.checked = self.born;
        self.model = SelfModel::new(user, scene.stage.moment(self.born), channel, &scene.stage.priors);
        self.leaves = self.moment_of_leaving(scene.stage);
        self.arrive(scene);
        book.born(&Newborn { day, ..mail.to });
        book.used(mail.at, 1 << (mail.invites - 1));
    }
}

/// The next message to decide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    /// Midnight.
    at: u32,
    /// Which of the arm's two writers.
    writer: u32,
    /// Its place in the arm.
    place: usize,
}

/// A message on its way.
struct Sent {
    at: u32,
    /// Place of the intervention in the arm.
    place: usize,
    way: u8,
    propensity: f64,
    strength: f32,
}

/// The part of the day of an hour.
fn part_of(stage: &Stage, midnight: u32, hour: u32) -> usize {
    usize::from(stage.slot(midnight + hour * 3_600).daypart)
}
