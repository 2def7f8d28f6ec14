//! Plays as an account meets them: whether it is eligible by what is believed, and what being taken up does.

use super::{Beliefs, Company, Scene, contract::share_of};
use crate::{
    base::{
        luck::{Purpose, uniform},
        units::Money,
    },
    history::account::{Happening, Terms},
    user::account::Signals,
    world::account::{
        book::TierBook,
        ground::MONTH,
        play::{Eligible, Play, PlayEffect, Targeting},
        post::{Application, Grant, Outbox},
    },
};

/// What plays have done with an account.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Playing {
    /// Plays it was eligible for during this contract, one bit each.
    eligible: u8,
    /// Plays it was taken up by during this contract.
    taken_up: u8,
    /// Modules are set up so much more often until a day.
    adoption: Option<(f32, u32)>,
    /// Added to the log-odds of the next renewal.
    log_odds: f64,
    /// Products are bought so much more often until a day, because of a play.
    contact: Option<(f64, u32, u8)>,
}

impl Playing {
    pub fn adoption(&self, day: u32) -> f32 {
        self.adoption.filter(|(_, until)| day < *until).map_or(1.0, |(by, _)| by)
    }

    pub const fn log_odds(&self) -> f64 {
        self.log_odds
    }

    pub fn contact(&self, day: u32) -> f64 {
        self.contact.filter(|(_, until, _)| day < *until).map_or(1.0, |(by, ..)| by)
    }

    pub fn bought(&self, day: u32, book: &mut TierBook) {
        if let Some((.., play)) = self.contact.filter(|(_, until, _)| day < *until) {
            book.plays.get_mut(usize::from(play)).into_iter().for_each(|book| book.bought += 1);
        }
    }
}

impl Company {
    /// What the team has decided.
    pub(super) fn grants(&mut self, scene: &Scene<'_>, grants: &[Grant], book: &mut TierBook) {
        for grant in grants {
            let play = scene.ground.play(grant.play.into());
            self.playing.taken_up |= 1 << grant.play;
            self.see(scene, scene.days.0, Happening::Contacted { play: play.id.as_str().into() });
            let [asks, ..] = scene.luck.block(self.name(), Purpose::Uptake, grant.play.into());
            let goes_along = uniform(asks) < play.uptake.value();
            book.cost += Money::from_major(play.cost.per_account.value(), scene.ground.currency);
            book.minutes += (play.cost.hours.value() * 60.0).round() as u64;
            let own = &mut book.plays[usize::from(grant.play)];
            own.contacted += 1;
            own.went_along += u64::from(goes_along);
            if goes_along {
                self.take_effect(play, grant.play, scene.days.0);
            }
        }
    }

    fn take_effect(&mut self, play: &Play, place: u8, day: u32) {
        match play.effect {
            PlayEffect::ScaleAdoption { by, days } => self.playing.adoption = Some((by.value() as f32, day + days)),
            PlayEffect::AddLogOdds(more) => self.playing.log_odds += more,
            PlayEffect::SalesContact { by, days } => self.playing.contact = Some((by.value(), day + days, place)),
        }
    }

    /// Asks the team for what it is eligible for; eligibility is counted in every arm alike.
    pub(super) fn apply(&mut self, scene: &Scene<'_>, book: &mut TierBook, outbox: &mut Outbox) {
        let (Some(beliefs), Some(terms), false) = (scene.beliefs, self.model.terms(), scene.over) else { return };
        let mut looked_at = None;
        for (place, play) in scene.ground.law.plays.iter().enumerate() {
            let bit = 1 << place;
            let open = self.playing.taken_up & bit == 0 && scene.days.1 >= scene.ground.launch + play.day;
            if !open || !self.is_eligible(play, scene, beliefs, &terms, &mut looked_at) {
                continue;
            }
            book.plays[place].eligible += u64::from(self.playing.eligible & bit == 0);
            self.playing.eligible |= bit;
            if scene.plays & bit != 0 && self.is_treated(place, scene) {
                let signals = looked_at.get_or_insert_with(|| self.model.signals(scene.ground.calendar(scene.days.1)));
                let priority = priority(play, self.tier, signals, beliefs, terms.recurring);
                outbox.applications.push(Application { play: place as u8, account: self.account, priority });
            }
        }
    }

    /// In a trial an account is enrolled when it becomes eligible first, and half of the enrolled are left alone.
    fn is_treated(&mut self, place: usize, scene: &Scene<'_>) -> bool {
        if scene.trial.map(usize::from) != Some(place) {
            return true;
        }
        let [.., arm] = scene.luck.block(self.name(), Purpose::Uptake, u32::MAX);
        let lot = arm < 1 << 31;
        self.enrolled.get_or_insert((scene.days.1, lot)).1
    }

    fn is_eligible(
        &self,
        play: &Play,
        scene: &Scene<'_>,
        beliefs: &Beliefs,
        terms: &Terms,
        looked_at: &mut Option<Signals>,
    ) -> bool {
        let today = scene.ground.calendar(scene.days.1);
        // Cheap conditions are looked at first: predictions are asked for only where they decide.
        let (plain, predicted): (Vec<_>, Vec<_>) =
            play.eligible.iter().partition(|condition| !condition.is_predicted());
        plain.into_iter().all(|condition| self.is_plainly(condition, scene, terms, today))
            && predicted.into_iter().all(|condition| {
                let signals = looked_at.get_or_insert_with(|| self.model.signals(today));
                self.is_predicted(condition, scene, beliefs, signals)
            })
    }

    fn is_plainly(&self, condition: &Eligible, scene: &Scene<'_>, terms: &Terms, today: i32) -> bool {
        let to_renewal = terms.renewal - today;
        match condition {
            Eligible::ModulesAtMost(most) => self.model.adopted_modules(today).count_ones() <= u32::from(*most),
            Eligible::ContractDays(from, to) => {
                let run = scene.ground.term_days as i32 - to_renewal;
                (*from as i32..=*to as i32).contains(&run)
            }
            // Once notice would have had to be given the account has made up its mind.
            Eligible::DaysToRenewal(within) => {
                let notice = scene.ground.law.contract.notice_days as i32;
                (notice + 1..=*within as i32).contains(&to_renewal)
            }
            Eligible::Tiers(tiers) => tiers.contains(&scene.ground.law.tiers[usize::from(self.tier)].id),
            Eligible::Share(share) => {
                let [_, lot, ..] = scene.luck.block(self.name(), Purpose::Uptake, u32::MAX);
                uniform(lot) < share.value()
            }
            Eligible::RenewalAtMost(_) | Eligible::ExpansionAtLeast { .. } => true,
        }
    }

    fn is_predicted(&self, condition: &Eligible, scene: &Scene<'_>, beliefs: &Beliefs, signals: &Signals) -> bool {
        match condition {
            Eligible::RenewalAtMost(most) => beliefs.renewal.predict(self.tier, signals).probability <= most.value(),
            Eligible::ExpansionAtLeast { probability, .. } => scene.ground.sku_of(condition).is_some_and(|sku| {
                let law = beliefs.expansion.get(sku);
                let foretold = law.map_or(0.0, |law| law.predict(self.tier, signals).probability);
                self.shop.held >> sku & 1 == 0 && foretold >= probability.value()
            }),
            _ => true,
        }
    }

    /// A contract has ended: what came of the plays it was eligible for.
    pub(super) fn settle_plays(&mut self, recurring: Money, stays: bool, book: &mut TierBook) {
        for (place, own) in book.plays.iter_mut().enumerate() {
            if self.playing.eligible >> place & 1 == 1 {
                own.due += 1;
                own.renewed += u64::from(stays);
                own.recurring_due += recurring;
                own.recurring_kept += if stays { recurring } else { Money::ZERO };
            }
        }
        self.playing = Playing { adoption: self.playing.adoption, contact: self.playing.contact, ..Playing::default() };
    }
}

impl Eligible {
    const fn is_predicted(&self) -> bool {
        matches!(self, Self::RenewalAtMost(_) | Self::ExpansionAtLeast { .. })
    }
}

/// Who comes first, by what is believed.
fn priority(play: &Play, tier: u8, signals: &Signals, beliefs: &Beliefs, recurring: Money) -> f64 {
    let renews = || beliefs.renewal.predict(tier, signals).probability;
    match (play.targeting, play.effect) {
        (Targeting::InTurn, _) => 0.0,
        (Targeting::ByRisk, _) => 1.0 - renews(),
        (Targeting::ByUplift, PlayEffect::AddLogOdds(more)) => {
            let p = renews();
            share_of(recurring, p * (1.0 - p) * more).minor() as f64
        }
        (Targeting::ByUplift, _) => recurring.minor() as f64,
    }
}

/// How many accounts a team takes up in so many days.
pub(in crate::world::account) fn room(play: &Play, since: u32, days: u32) -> Option<f64> {
    let full = play.accounts_per_month?.value() * f64::from(days) / MONTH;
    let ramp = if play.ramp_days == 0 { 1.0 } else { f64::from(since + days) / f64::from(play.ramp_days) };
    Some(full * ramp.min(1.0))
}
