//! One simulated user, lived through: the circle of the whole simulation.
//!
//! Persona + conditions + luck → events → self-model → conditions. Everything is a plain function of the user's
//! own state, so a life needs no runtime and no other user.
//!
//! Sessions are points of a Poisson process (or renewals) in operational time *and height*: an organic session has
//! a height below 1, a session that a treatment may add lies between 1 and the highest multiple of any arm, and a
//! session happens where its height is below the multiple that the user's conditions give. So a treatment never
//! moves a session that would have happened anyway: arms share all luck that they can share (thinning, Lewis &
//! Shedler 1979, *Naval Research Logistics Quarterly* 26).

mod contacts;
mod leaving;

use super::{
    arm::{ArmPlan, Lot},
    arrivals::Newborn,
    book::Book,
    conditions::{Answer, Conditions},
    founder::{Founder, TWIN},
    intervention::{Moment, Sight},
    mail::Mail,
    stage::{SECONDS, Stage},
};
use crate::{
    base::{
        luck::{Purpose, uniform},
        units::{Money, UserId},
    },
    history::session::{Observation, Session},
    user::{
        persona::Persona,
        segment::{PerSegment, SEGMENTS},
        self_model::SelfModel,
    },
};

/// "Never", as a second.
pub const NEVER: u32 = u32::MAX;

/// A user: what they are, what is believed of them, and where their life stands.
#[derive(Clone, Debug)]
pub struct User {
    persona: Persona,
    model: SelfModel,
    /// Operational time of the next organic session, and of the next one that a treatment may add.
    activity: [f64; 2],
    /// The same in seconds, and when the next message may be.
    next: [u32; 3],
    ordinals: [u32; 2],
    /// Place among all arrivals.
    index: u32,
    born: u32,
    /// When they were last seen; never, if they have not come yet \[s\].
    last: u32,
    /// Relief from the hazard is accounted for up to here.
    checked: u32,
    /// Hazard that the user can stand in all, relief so far included.
    stands: f64,
    /// When that is used up, if no more relief comes \[s\].
    leaves: u32,
    gone: bool,
    /// Money in the primary window [minor units].
    window: i32,
    treated: u8,
    /// Interventions that have ever treated the user: one bit each.
    enrolled: u8,
    /// Messages decided since the last session, by the arm's first two interventions that write: four bits each.
    letters: u8,
}

const _: () = assert!(size_of::<User>() <= 592, "with its share of lists and books a user must stay within 640 bytes");

/// Where a user lives: what is the same for all, this world's chance, and the arm; none before the launch.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What is the same for all.
    pub stage: &'a Stage,
    /// This world's chance.
    pub lot: &'a Lot,
    /// What the company does.
    pub arm: Option<&'a ArmPlan>,
}

/// A session about to happen.
struct Visit {
    at: u32,
    words: [u32; 4],
    height: f32,
    purpose: Purpose,
    ordinal: u32,
}

impl User {
    /// Draws a newborn; their first session is the moment they come.
    #[must_use]
    pub fn born(newborn: &Newborn, scene: &Scene<'_>) -> Self {
        let mut user = Self::drawn(newborn, scene);
        user.arrive(scene);
        user
    }

    /// A newborn comes in this arm.
    #[inline]
    pub fn arrive(&mut self, scene: &Scene<'_>) {
        self.open_to_additions(scene, self.activity[0]);
    }

    /// A newborn, or a founder, as they are in every arm.
    #[inline]
    #[must_use]
    pub fn drawn(newborn: &Newborn, scene: &Scene<'_>) -> Self {
        let Scene { stage, lot, .. } = *scene;
        if let Some(founder) = lot.founders.at(newborn.index) {
            return Self::founding(founder, newborn.index, scene);
        }
        let persona = Persona::draw(&stage.born, &lot.luck, newborn.user, newborn.segment);
        let words = lot.luck.block(newborn.user, Purpose::Leaving, 0);
        let activity = stage.activity(newborn.day, uniform(words[1]));
        let born = stage.second(&persona, activity);
        let model = SelfModel::new(newborn.user, stage.moment(born), newborn.channel, &stage.priors);
        let mut user = Self {
            persona,
            model,
            activity: [activity, f64::INFINITY],
            next: [born, NEVER, NEVER],
            ordinals: [0, 0],
            index: newborn.index,
            born,
            last: NEVER,
            checked: born,
            stands: persona.churn.generate(words[0]),
            leaves: NEVER,
            gone: false,
            window: 0,
            treated: 0,
            enrolled: 0,
            letters: 0,
        };
        user.leaves = user.moment_of_leaving(stage);
        user
    }

    /// A user who was there before the world: how long they have waited for their next session tells nothing of when it
    /// comes.
    fn founding(founder: &Founder, index: u32, scene: &Scene<'_>) -> Self {
        let Scene { stage, lot, .. } = *scene;
        let launch = stage.launch * SECONDS;
        let mut user = Self {
            persona: founder.persona,
            model: lot.founders.models[founder.model as usize],
            activity: [stage.activity(stage.launch, 0.0), f64::INFINITY],
            next: [NEVER, NEVER, NEVER],
            ordinals: [0, 0],
            index,
            born: founder.born,
            last: founder.last,
            checked: launch,
            stands: founder.stands,
            leaves: NEVER,
            gone: false,
            window: 0,
            treated: 0,
            enrolled: 0,
            letters: 0,
        };
        user.schedule(0, scene, lot.luck.block(user.id(), Purpose::Birth, 1)[0]);
        user.next[0] = user.next[0].max(launch);
        user.leaves = user.moment_of_leaving(stage).max(launch);
        user
    }

    /// Whose life it is.
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.model.user()
    }

    /// Place among all arrivals.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// Whether they have left.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.gone
    }

    /// What is believed of them.
    #[must_use]
    pub const fn model(&self) -> &SelfModel {
        &self.model
    }

    /// What the company believes of them, for an event source of its own.
    pub const fn model_mut(&mut self) -> &mut SelfModel {
        &mut self.model
    }

    /// When something may happen next \[s\].
    #[inline]
    #[must_use]
    pub fn due(&self) -> u32 {
        self.next[0].min(self.next[1]).min(self.next[2])
    }

    /// Reads one word of each cache line that a session needs, well before it is needed.
    #[inline]
    pub fn touch(&self) {
        std::hint::black_box((
            self.next,
            self.persona.segment,
            self.model.sessions(),
            self.model.content().0.steps[0],
            self.model.amount().level.n,
            self.model.review().n,
            self.window,
        ));
    }

    /// Interventions of the arm that have ever treated the user: one bit each.
    #[must_use]
    pub const fn enrolled(&self) -> u8 {
        self.enrolled
    }

    /// Money in the primary window [minor units].
    #[must_use]
    pub fn window(&self) -> i64 {
        i64::from(self.window)
    }

    /// Enters an arm at the launch.
    pub fn enter(&mut self, scene: &Scene<'_>, book: &mut Book<'_>) {
        let launch = scene.stage.launch * SECONDS;
        if !self.gone && self.born < launch {
            self.open_to_additions(scene, scene.stage.activity(scene.stage.launch, 0.0));
            self.be_treated(scene, launch, book);
        }
        self.expect_message(scene);
    }

    /// From here on sessions may be added: the first candidate is drawn.
    fn open_to_additions(&mut self, scene: &Scene<'_>, from: f64) {
        // An arm that adds nothing needs no candidates: with keyed luck, nobody else's moves.
        if scene.arm.is_some_and(ArmPlan::adds_sessions) {
            self.activity[1] = from;
            self.schedule(1, scene, scene.lot.luck.block(self.id(), Purpose::Added, u32::MAX)[0]);
        }
    }

    /// Lives up to a second, that second excluded.
    #[inline]
    pub fn live(&mut self, until: u32, scene: &Scene<'_>, book: &mut Book<'_>) {
        while self.due() < until {
            if self.next[2] < self.next[0].min(self.next[1]) {
                self.be_written_to(self.next[2], scene, book);
                continue;
            }
            let added = usize::from(self.next[1] < self.next[0]);
            let at = self.next[added];
            if !self.stays(at, scene, book) {
                continue;
            }
            let purpose = [Purpose::Session, Purpose::Added][added];
            let ordinal = self.ordinals[added];
            let words = scene.lot.luck.block(self.id(), purpose, ordinal);
            let part = (words[3] & 0xffff) as f32 / 65_536.0;
            let height = if added == 0 { part } else { 1.0 + part * (scene.lot.ceiling as f32 - 1.0) };
            self.visit(&Visit { at, words, height, purpose, ordinal }, scene, book);
            self.ordinals[added] += 1;
            self.schedule(added, scene, words[0]);
        }
    }

    /// A friend has written: lives up to the letter and comes because of it.
    pub fn answer(&mut self, mail: &Mail, scene: &Scene<'_>, book: &mut Book<'_>) {
        if mail.invites > 0 || self.is_waiting() {
            return self.be_invited(mail, scene, book);
        }
        self.live(mail.at, scene, book);
        if self.gone || mail.at < self.born || !self.stays(mail.at, scene, book) {
            return;
        }
        // The writer and their count name the letter: whatever else happens, its luck is its own.
        let ordinal =
            (mail.from.0 as u32).wrapping_mul(0x9E37_79B9) ^ (mail.from.0 >> 32) as u32 ^ mail.ordinal.rotate_left(8);
        let words = scene.lot.luck.block(self.id(), Purpose::Answer, ordinal);
        let purpose = Purpose::Answer;
        self.visit(&Visit { at: mail.at, words, height: 0.0, purpose, ordinal }, scene, book);
    }

    /// Draws when the next session of a kind may be.
    #[inline]
    fn schedule(&mut self, added: usize, scene: &Scene<'_>, word: u32) {
        let times = if added == 0 { 1.0 } else { scene.lot.ceiling - 1.0 };
        self.activity[added] += self.persona.gap.generate(word, times);
        let second = scene.stage.second(&self.persona, self.activity[added]);
        self.next[added] = second.max(self.next[added].saturating_add(1) * u32::from(self.next[added] != NEVER));
    }

    /// One session: met under conditions, predicted, scored, learned and booked.
    #[inline]
    fn visit(&mut self, visit: &Visit, scene: &Scene<'_>, book: &mut Book<'_>) {
        // 1. What the company does, from what it believes.
        let conditions = self.conditions(visit.at, scene);
        let answer = self.answer_to(&conditions);
        if visit.height >= answer.sessions {
            return;
        }
        // 2. What the user does.
        let at = scene.stage.not_before(visit.at, Some(self.last).filter(|&last| last != NEVER));
        let session = self.act(visit, at, answer, &conditions, scene);
        // 3. Predicted, scored, learned, in that order.
        self.observe(&Observation::Session(session), scene, book);
        // 4. Booked.
        self.settle(visit, at, session.paid, &conditions, scene, book);
        self.last = at;
        self.letters = 0;
        self.be_treated(scene, at, book);
        self.expect_message(scene);
    }

    #[inline]
    fn conditions(&self, at: u32, scene: &Scene<'_>) -> Conditions {
        match scene.arm {
            Some(arm) if !arm.edits.is_empty() => self.seen(arm, at, scene, |sight| arm.conditions(sight, at)),
            _ => Conditions::USUAL,
        }
    }

    /// Shows an arm what it may see of this user at a second.
    #[inline]
    fn seen<T>(&self, arm: &ArmPlan, at: u32, scene: &Scene<'_>, look: impl FnOnce(&Sight<'_>) -> T) -> T {
        let tenure_days = (at - self.born) as f32 / SECONDS as f32;
        let moment = Moment { at: scene.stage.moment(at), born: self.born, tenure_days, enrolled: self.enrolled };
        let sight = Sight::of(&self.model, moment, &scene.stage.priors, &scene.lot.luck);
        if arm.perfect { look(&sight.with_membership(self.truth())) } else { look(&sight) }
    }

    /// Perfect knowledge of the segment.
    fn truth(&self) -> PerSegment {
        let mut truth = [0.0; SEGMENTS];
        truth[usize::from(self.persona.segment)] = 1.0;
        truth
    }

    /// How this user, being who they are, answers to what they meet.
    #[inline]
    fn answer_to(&self, conditions: &Conditions) -> Answer {
        let mut answer = conditions.answer;
        for tailoring in conditions.tailored.iter().flatten() {
            let own = if tailoring.segment == self.persona.segment { tailoring.hit } else { tailoring.miss };
            answer.sessions *= own.sessions;
            answer.amount *= own.amount;
        }
        answer
    }

    #[inline]
    fn act(&self, visit: &Visit, at: u32, answer: Answer, conditions: &Conditions, scene: &Scene<'_>) -> Session {
        let kind = self.persona.content.generate((visit.words[3] >> 16) as u16);
        let session = Session::new(scene.stage.moment(at), scene.stage.slot(at)).with_content(kind);
        let first = self.last == NEVER;
        let more = if first { scene.stage.born.first_session_paid_delta() + conditions.first_paid } else { 0.0 };
        if self.persona.purchase.generate(visit.words[2], conditions.paid, more) {
            let scale = f64::from(answer.amount) * scene.stage.spending(at);
            return session.with_paid(self.persona.amount.generate(visit.words[1], scale));
        }
        if conditions.recovered > 0.0 {
            let ordinal = visit.ordinal ^ (visit.purpose as u32) << 24;
            let word = scene.lot.luck.block(self.id(), Purpose::Recovery, ordinal)[0];
            if uniform(word) < f64::from(conditions.recovered) {
                return session.with_paid(conditions.recovered_amount);
            }
        }
        session
    }

    #[inline]
    fn observe(&mut self, observation: &Observation, scene: &Scene<'_>, book: &mut Book<'_>) {
        let prediction = self.model.predict(&scene.stage.priors, observation.at());
        let (scores, lesson) = prediction.score(observation);
        book.score(&scores);
        book.record(observation);
        self.model.learn(lesson);
    }

    /// What becomes of the charge, in the books; a paying user may write to a friend.
    #[inline]
    fn settle(
        &mut self,
        visit: &Visit,
        at: u32,
        paid: Option<Money>,
        conditions: &Conditions,
        scene: &Scene<'_>,
        book: &mut Book<'_>,
    ) {
        let mut returned = Money::ZERO;
        if let Some(amount) = paid {
            returned = self.returned(visit, amount, scene);
            if (scene.stage.window.0..scene.stage.window.1).contains(&(at / SECONDS)) {
                // Two thousand million minor units are more than one user can earn a company in a window.
                self.window = self.window.saturating_add(i32::try_from(amount.minor()).unwrap_or(i32::MAX));
            }
            self.recommend(visit, at, scene, book);
            self.refer(visit, at, conditions, scene, book);
        }
        if self.treated != 0 {
            let used = scene.arm.map_or(0, |arm| arm.used_by(paid.is_some(), at)) & self.treated;
            book.used(at, used);
        }
        book.session(at, paid, returned, self.persona.segment, self.treated != 0);
    }

    #[inline]
    fn returned(&self, visit: &Visit, amount: Money, scene: &Scene<'_>) -> Money {
        let (refund, dispute, fee) = scene.stage.settlement;
        if refund + dispute <= 0.0 {
            return Money::ZERO;
        }
        let ordinal = visit.ordinal ^ (visit.purpose as u32) << 24;
        let luck = uniform(scene.lot.luck.block(self.id(), Purpose::Settlement, ordinal)[0]);
        match luck {
            luck if luck < refund => amount,
            luck if luck < refund + dispute => amount + fee,
            _ => Money::ZERO,
        }
    }

    fn recommend(&mut self, visit: &Visit, at: u32, scene: &Scene<'_>, book: &mut Book<'_>) {
        let Some(rule) = scene.stage.recommendations else { return };
        let ordinal = visit.ordinal ^ (visit.purpose as u32) << 24;
        let words = scene.lot.luck.block(self.id(), Purpose::Recommendation, ordinal);
        let both = rule.per_paid_session.value() * rule.answered.value();
        if uniform(words[0]) < both {
            let tomorrow = (at / SECONDS + 1) * SECONDS + (uniform(words[2]) * f64::from(SECONDS)) as u32;
            book.write(self.id(), ordinal, tomorrow, words[1]);
        }
    }

    #[inline]
    fn be_treated(&mut self, scene: &Scene<'_>, at: u32, book: &mut Book<'_>) {
        let Some(arm) = scene.arm else { return };
        if arm.edits.is_empty() {
            return;
        }
        let treated = self.seen(arm, at, scene, |sight| arm.treating(sight, at));
        if treated != self.treated {
            book.treatment(at, self.treated, treated, &arm.edits);
            self.treated = treated;
            if treated & !self.enrolled != 0 {
                book.entered(at, treated & !self.enrolled);
                self.enrolled |= treated;
            }
        }
    }

    /// Departures up to a second are seen.
    pub fn settle_departure(&mut self, at: u32, scene: &Scene<'_>, book: &mut Book<'_>) {
        if !self.gone && self.born < at {
            self.stays(at, scene, book);
        }
    }

    /// The world ends: departures up to its last second are seen, and the whole life is booked.
    pub fn end(&mut self, end: u32, scene: &Scene<'_>, book: &mut Book<'_>) {
        self.settle_departure(end, scene, book);
        // Who had left before the launch and did not come back is in the books of the time before.
        if !(self.gone && self.leaves < scene.stage.launch * SECONDS && scene.arm.is_some()) {
            self.book_life(end, book);
        }
    }

    /// Books the whole life, as it stands at a second.
    pub fn book_life(&self, end: u32, book: &mut Book<'_>) {
        if self.born < end {
            let gone = self.gone.then_some(self.leaves);
            book.life(self.persona.segment, self.born, gone, end, self.enrolled != 0);
            // Of those who were there before, the ones who left early are not seen: their months would look too faithful.
            if self.id().0 & TWIN == 0 {
                book.months(self.persona.segment, self.born, gone, end);
            }
        }
    }
}
