//! Which accounts there are, what they are as they come, and how many places for members each may need.

use super::{
    ground::{Ground, TermRule},
    renewal::{Signal, Twofold, logistic},
};
use crate::{
    base::{
        float::{exp, expm1, normal_quantile, pow},
        gamma::Gamma,
        luck::{Luck, Purpose, Stream, poisson, uniform},
        units::{Money, UserId},
    },
    history::account::MODULES,
};

/// Yearly cohorts from which those come who are there as the world begins.
const COHORTS: f64 = 10.0;
/// How often it is tried to find one who is still there; a tenth of that is plenty.
const TRIES: u32 = 400;

/// What an account is as it comes. Hidden: only the generator and tests may see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Persona {
    /// How much sooner than others it sets modules up.
    pub drive: f32,
    /// How much more than elsewhere members do.
    pub pace: f32,
    /// How well it does with the product, in standard deviations: drive and pace go with it.
    pub health: f32,
    /// Its own log-odds of renewing, against the mean account.
    pub frailty: f32,
    /// Whether its contracts last several terms.
    pub multi_year: bool,
}

/// An account as it comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Newcomer {
    /// Its number.
    pub account: u32,
    /// The place of its tier.
    pub tier: u8,
    /// The day on which it comes; 0 for who is there as the world begins.
    pub from: u32,
    /// The first day of its contract, before the world's beginning for who is there then.
    pub started: i32,
    /// Renewals behind it.
    pub renewals: u16,
    /// The company it belongs to.
    pub parent: Option<u32>,
    /// Hidden nature.
    pub persona: Persona,
    /// Recurring revenue \[a year\].
    pub recurring: Money,
    /// People with access.
    pub seats: u32,
    /// Places for members: as many as it can come to need.
    pub places: u32,
    /// Modules that are set up.
    pub modules: u16,
    /// How long it has had the product \[week\].
    pub weeks: f64,
}

/// All accounts of a world, by their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// The accounts.
    pub accounts: Vec<Newcomer>,
    /// The first member of each, counted through all accounts; one more than there are accounts.
    pub first: Vec<u32>,
}

impl Population {
    /// Draws the accounts of one world.
    #[must_use]
    pub fn drawn(ground: &Ground, luck: &Luck) -> Self {
        let mut accounts = Vec::new();
        for (tier, law) in ground.law.tiers.iter().enumerate() {
            let first = accounts.len() as u32;
            for _ in 0..law.count {
                accounts.push(Newcomer::drawn(ground, luck, accounts.len() as u32, tier as u8, None));
            }
            adopt(ground, luck, &mut accounts, first);
        }
        for day in 1..ground.days {
            for (tier, law) in ground.law.tiers.iter().enumerate() {
                let u = uniform(luck.block(UserId(tier as u64), Purpose::NewAccounts, day)[0]);
                for _ in 0..poisson(law.new_per_year.value() / 365.25, u) {
                    accounts.push(Newcomer::drawn(ground, luck, accounts.len() as u32, tier as u8, Some(day)));
                }
            }
        }
        let places = |sum: &mut u32, account: &Newcomer| Some(std::mem::replace(sum, *sum + account.places));
        let first: Vec<u32> = accounts.iter().scan(0, places).collect();
        let all = accounts.iter().map(|account| account.places).sum();
        Self { first: first.into_iter().chain([all]).collect(), accounts }
    }

    /// How many places for members there are.
    #[must_use]
    pub fn places(&self) -> usize {
        self.first.last().copied().unwrap_or(0) as usize
    }
}

/// Gives some accounts of a tier a parent among those before them: no circle can come of it.
fn adopt(ground: &Ground, luck: &Luck, accounts: &mut [Newcomer], first: u32) {
    let share = ground.law.parent_share.value();
    for place in first as usize + 1..accounts.len() {
        let [belongs, whose, ..] = luck.block(UserId(place as u64), Purpose::Account, 2);
        if uniform(belongs) < share {
            let above = f64::from(place as u32 - first) * uniform(whose);
            accounts[place].parent = Some(first + above as u32);
        }
    }
}

impl Newcomer {
    fn drawn(ground: &Ground, luck: &Luck, account: u32, tier: u8, comes: Option<u32>) -> Self {
        let law = &ground.law.tiers[usize::from(tier)];
        let user = UserId(account.into());
        let [acv, seats, phase, _] = luck.block(user, Purpose::Account, 0);
        let (persona, renewals) = match comes {
            Some(_) => (Persona::drawn(ground, &mut luck.stream(user, Purpose::Account, 1 << 8)), 0),
            None => Persona::still_there(ground, luck, user, tier),
        };
        let elapsed = f64::from(ground.term_days) * uniform(phase);
        let started = comes.map_or(-(elapsed as i32), |day| day as i32);
        // Nobody buys access for no one.
        let seats = law.seats.quantile(uniform(seats)).round().max(1.0) as u32;
        let term = f64::from(ground.term_days);
        let weeks = comes.map_or((term * f64::from(renewals) + elapsed) / 7.0, |_| 0.0);
        Self {
            account,
            tier,
            from: comes.unwrap_or(0),
            started,
            renewals,
            parent: None,
            persona,
            recurring: Money::from_major(law.acv.quantile(uniform(acv)), ground.currency),
            seats,
            places: places(ground, seats),
            modules: founding_modules(ground, luck, user, &persona, weeks),
            weeks,
        }
    }

    /// The end of its first contract.
    #[must_use]
    pub const fn renewal(&self, ground: &Ground) -> u32 {
        let end = self.started + ground.term_days as i32;
        if end < 1 { 1 } else { end as u32 }
    }
}

impl Persona {
    fn drawn(ground: &Ground, stream: &mut Stream) -> Self {
        let mut normal = || normal_quantile(stream.uniform());
        let (health, own) = (normal(), normal());
        let level = |sigma: f64, score: f64| exp(sigma * score - sigma * sigma / 2.0) as f32;
        let frailty = &ground.law.renewal.frailty;
        let leaves = Gamma::of(frailty.a.value()).draw(stream);
        let stays = Gamma::of(frailty.b.value()).draw(stream);
        Self {
            drive: level(ground.law.adoption.drive_sigma.value(), health),
            // Half of what makes the pace is the health, half the account's own way.
            pace: level(ground.law.usage.account_sigma.value(), (health + own) * std::f64::consts::FRAC_1_SQRT_2),
            health: health as f32,
            frailty: frailty.log_odds(leaves / (leaves + stays)) as f32,
            multi_year: stream.uniform() < ground.law.contract.multi_year.share.value(),
        }
    }

    /// One of ten yearly cohorts who has renewed each time since: those who are likely to leave have left, whatever it
    /// is that makes them so.
    fn still_there(ground: &Ground, luck: &Luck, user: UserId, tier: u8) -> (Self, u16) {
        for tried in 0..TRIES {
            let mut stream = luck.stream(user, Purpose::Account, 1 << 8 | tried);
            let persona = Self::drawn(ground, &mut stream);
            let renewals = (stream.uniform() * COHORTS) as u16;
            let renews = logistic(persona.usual_log_odds(ground, tier));
            if (0..renewals).all(|_| stream.uniform() < renews) {
                return (persona, renewals);
            }
        }
        (Self::drawn(ground, &mut luck.stream(user, Purpose::Account, 1 << 8 | TRIES)), 0)
    }

    /// The log-odds of renewing in a usual year: signals as they are in the long run for such an account.
    fn usual_log_odds(&self, ground: &Ground, tier: u8) -> f64 {
        let (adoption, others) = (&ground.law.adoption, (ground.every & !ground.core).count_ones());
        let (up, down) = (adoption.set_up.value() * f64::from(self.drive), adoption.drop.value());
        let modules = f64::from(ground.core.count_ones())
            + if up + down > 0.0 { f64::from(others) * up / (up + down) } else { 0.0 };
        let pace = f64::from(ground.pace[modules.round() as usize]) * f64::from(self.pace);
        let came =
            ground.law.roles.iter().map(|role| -role.share.value() * expm1(-role.sessions_per_week.value() * pace));
        let reviewed = ground.law.tiers[usize::from(tier)].review_every_months.is_some();
        let value = |rule: &TermRule| match &rule.term.signal {
            Signal::ActiveModules => modules,
            Signal::Module(_) => (modules / f64::from(others.max(1))).min(1.0),
            Signal::WeeklyActiveShare => came.clone().sum(),
            Signal::ReviewSentiment if reviewed => 0.8 * f64::from(self.health),
            Signal::ReviewSentiment | Signal::SevereTickets90d => 0.0,
            Signal::SponsorChange180d => ground.law.voices.sponsor_changes_per_year.value() / 2.0,
        };
        let terms = ground.terms.iter().map(|rule| rule.term.log_odds(Twofold::untouched(value(rule))));
        ground.law.tiers[usize::from(tier)].renewal_intercept + f64::from(self.frailty) + terms.sum::<f64>()
    }
}

/// Seats grow at most once a term.
fn places(ground: &Ground, seats: u32) -> u32 {
    let terms = f64::from(ground.days / ground.term_days + 1);
    (f64::from(seats) * pow(1.0 + ground.law.contract.seat_growth.value(), terms) + terms).ceil() as u32
}

/// Modules of an account that has had the product for some weeks: set-up and dropping are in balance, or on the way.
fn founding_modules(ground: &Ground, luck: &Luck, user: UserId, persona: &Persona, weeks: f64) -> u16 {
    let adoption = &ground.law.adoption;
    let (up, down) = (adoption.set_up.value() * f64::from(persona.drive), adoption.drop.value());
    let has = if up + down > 0.0 { up / (up + down) * -expm1(-(up + down) * weeks) } else { 0.0 };
    let mut stream = luck.stream(user, Purpose::Account, 4);
    let drawn = (0..MODULES).fold(0, |bits, m| bits | u16::from(stream.uniform() < has) << m) & ground.every;
    let mut modules = drawn | ground.core;
    // What lacks what it needs goes, and what needed that goes with it.
    for _ in 0..MODULES {
        modules = (0..MODULES)
            .filter(|m| modules >> m & 1 == 1)
            .fold(0, |kept, m| kept | u16::from(modules & ground.requires[m] == ground.requires[m]) << m);
    }
    modules
}
