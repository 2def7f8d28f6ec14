//! One account: adds up what its members do, says what it thinks, renews or leaves, buys more, and is taken up by
//! plays. What is believed of it, from what it lets others see, goes with it.

mod contract;
mod expanding;
mod landmark;
mod played;
mod voice;

use super::{
    book::TierBook,
    ground::Ground,
    population::{Newcomer, Persona},
    post::{Grant, Letter, News, Notice, Outbox, Tally},
    renewal::{Signal, Twofold},
};
use crate::{
    base::{
        float::pow,
        luck::Luck,
        units::{Money, UserId},
    },
    history::account::{AccountEvent, Happening, MODULES, Terms, Usage},
    user::account::{AccountModel, law::Law},
};
use contract::Running;
pub use expanding::Shop;
use landmark::Landmarks;
pub use landmark::{Sampled, Subject};
use played::Playing;
pub(super) use played::room;
use voice::Voice;

/// Weeks in the 90 days for which the gravest tickets count.
const QUARTER: usize = 13;

/// What is believed of all accounts alike: laws learned before the launch.
#[derive(Clone, Debug)]
pub struct Beliefs {
    /// Of renewing.
    pub renewal: Law,
    /// Of buying each product within 90 days.
    pub expansion: Vec<Law>,
}

/// What accounts live in.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The laws.
    pub ground: &'a Ground,
    /// This world's chance.
    pub luck: &'a Luck,
    /// First day and the day after the last.
    pub days: (u32, u32),
    /// What is believed; nothing before the launch.
    pub beliefs: Option<&'a Beliefs>,
    /// Whether the horizon has passed: nothing new is begun.
    pub over: bool,
    /// Plays of this arm, one bit each.
    pub plays: u8,
    /// The play whose eligible accounts are randomised, half of them to be left alone.
    pub trial: Option<u8>,
    /// Whether what happens is kept.
    pub recorded: bool,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Company {
    /// Its number.
    pub account: u32,
    /// The place of its tier.
    pub tier: u8,
    persona: Persona,
    from: u32,
    /// Where it stands; none before it comes and after it has left.
    running: Option<Running>,
    /// Recurring revenue at the launch; 0 if it was not there.
    opening: Money,
    natural: u16,
    modules: u16,
    sponsored: bool,
    /// When the sponsor left last.
    vacant_since: Option<u32>,
    pace: f32,
    peers: [f32; MODULES],
    share: Twofold,
    /// Gravest tickets in each of the last weeks.
    severe: [u8; QUARTER],
    voice: Voice,
    playing: Playing,
    shop: Shop,
    /// What is believed of it.
    pub model: AccountModel,
    /// What others saw.
    pub events: Vec<AccountEvent>,
    /// What of it is not in the model yet.
    fresh: Vec<AccountEvent>,
    /// What was believed before decisions that are over: lessons for the laws.
    landmarks: Landmarks,
    /// What members were told last.
    told: Option<Notice>,
    /// When it was enrolled in a trial, and whether it is treated there.
    pub enrolled: Option<(u32, bool)>,
}

impl Company {
    /// An account before the first epoch.
    #[must_use]
    pub fn of(newcomer: &Newcomer, ground: &Ground, luck: &Luck) -> Self {
        Self {
            account: newcomer.account,
            tier: newcomer.tier,
            persona: newcomer.persona,
            from: newcomer.from,
            running: Some(Running::first(newcomer, ground)),
            opening: Money::ZERO,
            natural: newcomer.modules,
            modules: newcomer.modules,
            sponsored: true,
            vacant_since: None,
            pace: 1.0,
            peers: [0.0; MODULES],
            share: Twofold::untouched(f64::NAN),
            severe: [0; QUARTER],
            voice: Voice::begun(newcomer, ground, luck),
            playing: Playing::default(),
            shop: Shop::default(),
            model: AccountModel::new(newcomer.tier),
            events: Vec::new(),
            fresh: Vec::new(),
            landmarks: Landmarks::default(),
            told: None,
            enrolled: None,
        }
    }

    /// Whether it has come by a day and not left.
    #[must_use]
    pub const fn is_there(&self, day: u32) -> bool {
        self.from <= day && self.running.is_some()
    }

    /// The number by which chance knows it.
    const fn name(&self) -> UserId {
        UserId(self.account as u64)
    }

    /// Lives one epoch: hears its members, lives its own days, is looked at by the team, and writes back.
    pub fn live(&mut self, scene: &Scene<'_>, post: &Post<'_>, book: Option<&mut TierBook>, outbox: &mut Outbox) {
        let mut nobody = TierBook::default();
        let book = book.unwrap_or(&mut nobody);
        if !self.is_there(scene.days.1 - 1) {
            return;
        }
        // 1. What members wrote.
        self.hear(scene, post, book);
        // 2. Its own days.
        self.grants(scene, post.grants, book);
        self.speak(scene, book);
        self.shop_around(scene, book);
        self.contracts(scene, book);
        // 3. What others saw of it becomes belief.
        self.learn(scene);
        // 4. What is done about it, and what members find next.
        self.apply(scene, book, outbox);
        self.tell(scene, outbox);
    }

    /// Members are written to only when something is new.
    fn tell(&mut self, scene: &Scene<'_>, outbox: &mut Outbox) {
        let notice = self.notice(scene);
        if self.told != Some(notice) {
            self.told = Some(notice);
            outbox.notices.push(notice);
        }
    }

    /// Hands over what can be learned of decisions that are over.
    pub fn lessons(&mut self) -> Vec<Sampled> {
        self.landmarks.hand_over()
    }

    fn hear(&mut self, scene: &Scene<'_>, post: &Post<'_>, book: &mut TierBook) {
        if scene.ground.ends_week(scene.days.0) {
            self.severe.rotate_right(1);
            self.severe[0] = 0;
            self.used(scene, post.tallies, book);
        }
        for letter in post.letters {
            match letter.news {
                News::Ticket { severity, judgement } => self.ticket(scene, letter, severity, judgement, book),
                News::Modules { set_up, natural, dropped } => {
                    self.modules = (self.modules | set_up | natural) & !dropped;
                    self.natural = (self.natural | natural) & !dropped;
                }
                News::SponsorLeft => self.lose_sponsor(scene, letter.day),
            }
        }
        self.find_sponsor(scene);
    }

    /// A week of use, added up over the cohorts in which members live.
    fn used(&mut self, scene: &Scene<'_>, tallies: &[Tally], book: &mut TierBook) {
        let seats = self.running.as_ref().map_or(0, |running| running.seats);
        let mut usage = Usage { seats, ..Usage::default() };
        let mut natural = 0;
        for tally in tallies {
            usage.active += tally.active;
            usage.sessions += tally.sessions;
            natural += tally.natural;
            usage.users.iter_mut().zip(tally.users).for_each(|(all, users)| *all += users);
        }
        if self.from > scene.days.0 {
            return;
        }
        book.sessions += u64::from(usage.sessions);
        let seats = f64::from(seats.max(1));
        self.peers = usage.users.map(|users| (f64::from(users) / seats) as f32);
        self.share = Twofold {
            actual: faded(self.share.actual, f64::from(usage.active) / seats),
            natural: faded(self.share.natural, f64::from(natural) / seats),
        };
        self.see(scene, scene.days.0, Happening::Used(usage));
    }

    fn see(&mut self, scene: &Scene<'_>, day: u32, what: Happening) {
        self.fresh.push(AccountEvent { day: scene.ground.calendar(day), what });
    }

    /// What happened is believed in the order of days.
    fn learn(&mut self, scene: &Scene<'_>) {
        self.fresh.sort_by_key(|event| (event.day, event.what.rank()));
        if let Some(left) = self.fresh.iter().position(|event| event.what.ends()) {
            // What the rest of the epoch would have brought does not happen any more.
            self.fresh.truncate(left + 1);
        }
        for event in self.fresh.drain(..) {
            if scene.beliefs.is_none() {
                self.landmarks.settle(self.tier, &event, scene.ground.shelves.len());
            }
            self.model.observe(event.day, &event.what);
            if scene.recorded {
                self.events.push(event);
            }
        }
        if scene.beliefs.is_none() {
            self.landmarks.pass(scene.ground.calendar(scene.days.1), &self.model, self.shop.held);
        }
    }

    /// What members find there in the next epoch.
    fn notice(&self, scene: &Scene<'_>) -> Notice {
        let day = scene.days.1;
        let adoption = self.playing.adoption(day);
        Notice {
            seats: self.running.as_ref().map_or(0, |running| running.seats),
            modules: self.modules,
            natural: self.natural,
            sponsored: self.sponsored,
            pace: self.pace * self.persona.pace,
            adoption,
            drive: self.persona.drive,
            peers: self.peers,
            ..Notice::absent(self.account, self.tier)
        }
    }

    /// What members find as the world begins.
    #[must_use]
    pub fn first_notice(&self) -> Notice {
        let seats = if self.from == 0 { self.running.as_ref().map_or(0, |running| running.seats) } else { 0 };
        Notice {
            seats,
            modules: self.modules,
            natural: self.natural,
            pace: self.persona.pace,
            drive: self.persona.drive,
            ..Notice::absent(self.account, self.tier)
        }
    }

    /// The launch: what is there counts from here on.
    pub fn open(&mut self, day: u32, book: &mut TierBook) {
        let Some(running) = self.running.as_ref().filter(|_| self.from < day) else { return };
        self.opening = running.recurring;
        book.bridge.opening += running.recurring;
        book.bridge.accounts += 1;
        book.bridge.seats_held += u64::from(running.seats);
    }

    /// The log-odds of renewing, as they are.
    fn log_odds(&self, ground: &Ground, day: u32) -> f64 {
        let tier = &ground.law.tiers[usize::from(self.tier)];
        let own = tier.renewal_intercept + f64::from(self.persona.frailty);
        let terms =
            ground.terms.iter().map(|rule| rule.term.log_odds(self.signal(&rule.term.signal, rule.module, day)));
        own + terms.sum::<f64>() + self.playing.log_odds()
    }

    fn signal(&self, signal: &Signal, module: u16, day: u32) -> Twofold {
        match signal {
            Signal::ActiveModules => {
                Twofold { actual: self.modules.count_ones().into(), natural: self.natural.count_ones().into() }
            }
            Signal::Module(_) => Twofold {
                actual: f64::from(u8::from(self.modules & module != 0)),
                natural: f64::from(u8::from(self.natural & module != 0)),
            },
            Signal::WeeklyActiveShare if self.share.actual.is_nan() => Twofold::default(),
            Signal::WeeklyActiveShare => self.share,
            Signal::SevereTickets90d => Twofold::untouched(self.severe.iter().map(|&week| f64::from(week)).sum()),
            Signal::ReviewSentiment => Twofold::untouched(self.voice.sentiment()),
            Signal::SponsorChange180d => {
                let lately = self.vacant_since.is_some_and(|left| day.saturating_sub(left) < 180);
                Twofold::untouched(f64::from(u8::from(lately)))
            }
        }
    }

    fn lose_sponsor(&mut self, scene: &Scene<'_>, day: u32) {
        if self.sponsored {
            self.sponsored = false;
            self.vacant_since = Some(day);
            self.see(scene, day, Happening::SponsorLeft);
        }
    }

    /// Where nobody sponsors the product its use fades; with a new sponsor it comes back, by a tenth a week.
    fn find_sponsor(&mut self, scene: &Scene<'_>) {
        let weeks = f64::from(scene.days.1 - scene.days.0) / 7.0;
        if self.sponsored {
            self.pace = (1.0 - (1.0 - f64::from(self.pace)) * pow(0.9, weeks)) as f32;
            return;
        }
        let kept = 1.0 - scene.ground.law.usage.unsponsored_decay.value();
        self.pace *= pow(kept, weeks) as f32;
        let named = self.vacant_since.map_or(0, |left| left + scene.ground.law.voices.vacancy_days);
        if named < scene.days.1 {
            self.sponsored = true;
            self.see(scene, named.max(scene.days.0), Happening::SponsorNamed);
        }
    }
}

/// What has come for an account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Post<'a> {
    /// From members, in order.
    pub letters: &'a [Letter],
    /// From members, to be added up.
    pub tallies: &'a [Tally],
    /// From the team.
    pub grants: &'a [Grant],
}

/// A mean over the last weeks: a half-life of four.
fn faded(before: f64, now: f64) -> f64 {
    const KEPT: f64 = 0.840_896_415_253_714_6;
    if before.is_nan() { now } else { KEPT * before + (1.0 - KEPT) * now }
}

/// The terms of a contract as others see them.
fn terms(running: &Running, scene: &Scene<'_>) -> Terms {
    Terms {
        recurring: running.recurring,
        seats: running.seats,
        renewal: scene.ground.calendar(running.renewal),
        renewals: running.renewals,
    }
}
