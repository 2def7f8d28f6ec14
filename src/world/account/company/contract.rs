//! Contracts: the decision at the end of the notice period, and what a renewal does to price and seats.

use super::{Company, Scene, terms};
use crate::{
    base::{
        float::log,
        luck::{Purpose, uniform},
        units::{Money, UserId},
    },
    history::account::Happening,
    world::account::{book::TierBook, ground::Ground, population::Newcomer, renewal::logistic},
};

/// Days after a contract's first on which its invoice is due.
const DUE: u32 = 30;

/// How long a late invoice stays open, on average, beyond that \[day\].
const LATE: f64 = 21.0;

/// A contract that runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Running {
    /// Its first day.
    pub started: i32,
    /// The day on which it is renewed or ends.
    pub renewal: u32,
    /// Renewals before it.
    pub renewals: u16,
    /// Terms for which the price is still held.
    pub held: u16,
    pub recurring: Money,
    pub seats: u32,
    /// Whether it will be renewed, once decided.
    pub stays: Option<bool>,
    /// When its invoice is paid, and how late that is.
    pub paid: Option<(u32, u16)>,
    /// Whether its beginning has been seen.
    pub begun: bool,
}

impl Running {
    pub fn first(newcomer: &Newcomer, ground: &Ground) -> Self {
        let years = if newcomer.persona.multi_year { ground.law.contract.multi_year.terms } else { 1 };
        Self {
            started: newcomer.started,
            renewal: newcomer.renewal(ground),
            renewals: newcomer.renewals,
            held: years.saturating_sub(newcomer.renewals % years.max(1)),
            recurring: newcomer.recurring,
            seats: newcomer.seats,
            stays: None,
            paid: None,
            begun: false,
        }
    }
}

impl Company {
    /// What contracts do in an epoch: begin, are paid, are decided on, end.
    pub(super) fn contracts(&mut self, scene: &Scene<'_>, book: &mut TierBook) {
        self.begin(scene, book);
        self.pay(scene, book);
        self.decide(scene);
        let Some(running) = self.running.filter(|running| running.renewal < scene.days.1) else { return };
        let stays = running.stays.unwrap_or(true);
        book.renewals.0 += 1;
        book.renewals.1 += u64::from(stays);
        self.settle_plays(running.recurring, stays, book);
        if stays {
            self.renew(running, scene, book);
        } else {
            self.leave(running, scene, book);
        }
    }

    /// The first contract that is seen.
    fn begin(&mut self, scene: &Scene<'_>, book: &mut TierBook) {
        let Some(running) = self.running.filter(|running| !running.begun) else { return };
        self.see(scene, self.from, Happening::Started(terms(&running, scene)));
        self.running = Some(Running { begun: true, paid: self.invoice(&running, self.from, scene), ..running });
        if self.from > 0 {
            book.came.0 += 1;
            book.came.1 += running.recurring;
        }
    }

    /// When the invoice of a contract is paid; that of one that had begun before the world is paid already.
    fn invoice(&self, running: &Running, day: u32, scene: &Scene<'_>) -> Option<(u32, u16)> {
        if running.started < 0 {
            return None;
        }
        let ordinal = u32::from(running.renewals);
        let [.., late, long] = scene.luck.block(self.name(), Purpose::Renewal, ordinal << 1 | 1);
        let is_late = uniform(late) < scene.ground.law.contract.late_invoices.value();
        let days = if is_late { 1.0 - log(uniform(long)) * LATE } else { 0.0 };
        Some((day + DUE + days as u32, days as u16))
    }

    fn pay(&mut self, scene: &Scene<'_>, book: &mut TierBook) {
        let Some(running) = &mut self.running else { return };
        let Some((day, late_days)) = running.paid.filter(|(day, _)| *day < scene.days.1) else { return };
        running.paid = None;
        let amount = running.recurring;
        book.invoices.0 += 1;
        book.invoices.1 += u64::from(late_days > 0);
        self.see(scene, day.max(scene.days.0), Happening::Paid { amount, late_days });
    }

    /// The account makes up its mind when it would have to give notice.
    fn decide(&mut self, scene: &Scene<'_>) {
        let Some(running) = self.running else { return };
        let law = &scene.ground.law.contract;
        let by = running.renewal.saturating_sub(law.notice_days);
        if running.stays.is_some() || by >= scene.days.1 {
            return;
        }
        let bound = running.held > 1 && !law.multi_year.may_leave;
        let u = uniform(self.renewal_luck(&running, scene)[0]);
        let stays = bound || u < logistic(self.log_odds(scene.ground, by));
        self.running = Some(Running { stays: Some(stays), ..running });
    }

    fn renewal_luck(&self, running: &Running, scene: &Scene<'_>) -> [u32; 4] {
        scene.luck.block(UserId(self.account.into()), Purpose::Renewal, u32::from(running.renewals) << 1)
    }

    fn renew(&mut self, before: Running, scene: &Scene<'_>, book: &mut TierBook) {
        let law = &scene.ground.law.contract;
        let [_, shrinks, grows, _] = self.renewal_luck(&before, scene);
        let mut next = Running { stays: None, renewals: before.renewals + 1, ..before };
        next.started = before.renewal as i32;
        next.renewal = before.renewal + scene.ground.term_days;
        let old = self.opening > Money::ZERO;
        let mut book_if_old = |amount: Money, place: fn(&mut TierBook) -> &mut Money| {
            if old {
                *place(book) += amount;
            }
        };
        if uniform(shrinks) < law.downsell.probability.value() {
            let (seats, price) = shrunk(&before, law.downsell.share.value());
            book_if_old(before.recurring - price, |book| &mut book.bridge.contraction);
            (next.seats, next.recurring) = (seats, price);
        } else {
            let (seats, price) = grown(&before, law.seat_growth.value(), uniform(grows));
            book_if_old(price - before.recurring, |book| &mut book.bridge.seats);
            (next.seats, next.recurring) = (seats, price);
        }
        next.held = before.held.saturating_sub(1);
        if next.held == 0 {
            let uplift = share_of(next.recurring, law.price_uplift.value());
            book_if_old(uplift, |book| &mut book.bridge.uplift);
            next.recurring += uplift;
            next.held = if self.persona.multi_year { law.multi_year.terms } else { 1 };
        }
        next.paid = self.invoice(&next, before.renewal, scene);
        self.see(scene, before.renewal, Happening::Renewed(terms(&next, scene)));
        self.running = Some(next);
    }

    fn leave(&mut self, running: Running, scene: &Scene<'_>, book: &mut TierBook) {
        if self.opening > Money::ZERO {
            book.bridge.churn += running.recurring;
            book.bridge.left += 1;
        }
        self.see(scene, running.renewal, Happening::Left);
        self.running = None;
    }

    /// Recurring revenue now.
    #[must_use]
    pub fn recurring(&self, day: u32) -> Money {
        self.running.as_ref().filter(|_| self.from <= day).map_or(Money::ZERO, |running| running.recurring)
    }
}

/// Seats and price after giving some up: at least one seat stays.
fn shrunk(before: &Running, share: f64) -> (u32, Money) {
    let seats = ((f64::from(before.seats) * (1.0 - share)).round() as u32).max(1);
    (seats, before.recurring - share_of(before.recurring, share))
}

/// Seats and price after adding some: the part of a seat is a chance.
fn grown(before: &Running, growth: f64, u: f64) -> (u32, Money) {
    let seats = (f64::from(before.seats) * (1.0 + growth) + u) as u32;
    let more = f64::from(seats - before.seats) / f64::from(before.seats);
    (seats, before.recurring + share_of(before.recurring, more))
}

/// A share of an amount, to the nearest minor unit.
pub(super) fn share_of(amount: Money, share: f64) -> Money {
    Money::from_minor((amount.minor() as f64 * share).round() as i64)
}
