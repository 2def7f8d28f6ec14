//! A world of accounts made ready to be lived: names are places and bits, shares are bounds, dates are days since the
//! world began.

use super::{
    Accounts,
    expansion::{Readiness, Sku},
    play::{Eligible, Play},
    renewal::{Signal, Term},
};
use crate::{
    base::{float::pow, units::Currency},
    history::{account::MODULES, name::Name},
    world::scenario::Scenario,
};

/// Average length of a month \[day\].
pub const MONTH: f64 = 365.25 / 12.0;

/// Sessions in one epoch beyond which more of them touch no further module.
const MOST: usize = 15;

/// What is the same in every replication and arm.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The laws.
    pub law: Accounts,
    /// Currency of all money.
    pub currency: Currency,
    /// Day 0, counted from 1970-01-01.
    pub first_day: i32,
    /// The day of the launch.
    pub launch: u32,
    /// The day on which retention is read and after which nothing new is begun.
    pub horizon: u32,
    /// Days from the world's beginning to its end.
    pub days: u32,
    /// Modules that every account has, one bit each.
    pub core: u16,
    /// All modules.
    pub every: u16,
    /// Modules that must be set up before each.
    pub requires: [u16; MODULES],
    /// By sessions and module: of 256 members with so many sessions, how many touched it.
    pub touches: [[u16; MODULES]; MOST + 1],
    /// Cumulated shares of the roles.
    pub roles: Vec<f64>,
    /// How a member's pace changes with the number of modules taken up.
    pub pace: [f32; MODULES + 1],
    /// Why accounts renew.
    pub terms: Vec<TermRule>,
    /// Products on top.
    pub shelves: Vec<Shelf>,
    /// Length of a contract \[day\].
    pub term_days: u32,
}

/// A term with its signal's place.
#[derive(Clone, Debug)]
pub struct TermRule {
    /// As stated.
    pub term: Term,
    /// The module it is about, as a bit; 0 if about none.
    pub module: u16,
}

/// A product on top, by tier.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// Price by tier, as a share of recurring revenue.
    pub share: Vec<f64>,
    /// Hazard by tier \[a day\].
    pub hazard: Vec<f64>,
    /// How much more often who is ready buys.
    pub ready_multiplier: f64,
    /// Least number of modules in use.
    pub modules: u32,
    /// A module, the share of seats that must use it, and weeks in a row.
    pub used: Vec<(usize, f64, u8)>,
}

impl Ground {
    /// Prepares a scenario that has accounts and a first day; none if it lacks either.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Option<Self> {
        let law = scenario.accounts.clone()?;
        let clock = &scenario.clock;
        let first_day = clock.start?.number() - i64::from(clock.warmup_days);
        let bit = |id: &String| law.modules.iter().position(|module| &module.id == id).map_or(0, |place| 1u16 << place);
        let mut requires = [0; MODULES];
        for (own, module) in requires.iter_mut().zip(&law.modules) {
            *own = module.requires.iter().fold(0, |bits, id| bits | bit(id));
        }
        let rule = |term: &Term| {
            let module = if let Signal::Module(id) = &term.signal { bit(id) } else { 0 };
            TermRule { term: term.clone(), module }
        };
        Some(Self {
            currency: scenario.currency,
            first_day: i32::try_from(first_day).ok()?,
            launch: clock.warmup_days,
            horizon: clock.warmup_days + clock.horizon_days,
            days: clock.warmup_days + clock.horizon_days + law.follow_days,
            core: law.modules.iter().filter(|module| module.core).fold(0, |bits, module| bits | bit(&module.id)),
            every: law.modules.iter().fold(0, |bits, module| bits | bit(&module.id)),
            requires,
            touches: touches(&law),
            roles: cumulated(&law),
            pace: paces(&law),
            terms: law.renewal.terms.iter().map(rule).collect(),
            shelves: law.expansion.iter().map(|sku| Shelf::of(sku, &law)).collect(),
            term_days: (law.contract.term_months.value() * MONTH).round().max(1.0) as u32,
            law,
        })
    }

    /// The day as histories have it.
    #[must_use]
    pub const fn calendar(&self, day: u32) -> i32 {
        self.first_day + day as i32
    }

    /// The beginnings and ends of all epochs \[day\]; launch and horizon are among them, and weeks are counted from the
    /// launch.
    #[must_use]
    pub fn epochs(&self) -> Vec<(u32, u32)> {
        let length = self.law.epoch.days();
        let phase = self.launch % length;
        let ends = (1..=self.days).filter(|day| day % length == phase || [self.horizon, self.days].contains(day));
        ends.scan(0, |from, to| Some((std::mem::replace(from, to), to))).collect()
    }

    /// Whether a week of use ends with this day.
    #[must_use]
    pub const fn ends_week(&self, day: u32) -> bool {
        day % 7 == self.launch % 7 && day >= 7
    }

    /// How many weeks the horizon has, the last perhaps not whole.
    #[must_use]
    pub fn weeks(&self) -> usize {
        (self.horizon - self.launch).div_ceil(7) as usize
    }

    /// The play at a place.
    #[must_use]
    pub fn play(&self, place: usize) -> &Play {
        &self.law.plays[place]
    }

    /// Names of the modules.
    #[must_use]
    pub fn modules(&self) -> Vec<Name> {
        self.law.modules.iter().map(|module| module.id.as_str().into()).collect()
    }

    /// The place of the product that a play's eligibility asks about.
    #[must_use]
    pub fn sku_of(&self, eligible: &Eligible) -> Option<usize> {
        let Eligible::ExpansionAtLeast { sku, .. } = eligible else { return None };
        self.law.expansion.iter().position(|own| &own.id == sku)
    }
}

impl Shelf {
    fn of(sku: &Sku, law: &Accounts) -> Self {
        let by_tier = |map: &std::collections::BTreeMap<String, crate::base::units::NonNegative>| -> Vec<f64> {
            law.tiers.iter().map(|tier| map.get(&tier.id).map_or(0.0, |value| value.value())).collect()
        };
        let mut shelf = Self {
            share: by_tier(&sku.acv_share),
            hazard: by_tier(&sku.monthly_hazard).iter().map(|month| month / MONTH).collect(),
            ready_multiplier: sku.ready_multiplier.value(),
            modules: 0,
            used: Vec::new(),
        };
        for condition in &sku.ready_when {
            match condition {
                Readiness::ModulesAtLeast(count) => shelf.modules = shelf.modules.max(u32::from(*count)),
                Readiness::UsedWeekly { module, seats_share, weeks } => {
                    let place = law.modules.iter().position(|own| &own.id == module);
                    shelf.used.extend(place.map(|place| (place, seats_share.value(), *weeks)));
                }
            }
        }
        shelf
    }
}

/// Whether at least one of some sessions touches a module, in 256ths.
fn touches(law: &Accounts) -> [[u16; MODULES]; MOST + 1] {
    let mut table = [[0; MODULES]; MOST + 1];
    for (sessions, row) in table.iter_mut().enumerate() {
        for (cell, module) in row.iter_mut().zip(&law.modules) {
            let misses = pow(1.0 - module.share_of_sessions.value(), sessions as f64);
            *cell = ((1.0 - misses) * 256.0).round() as u16;
        }
    }
    table
}

fn cumulated(law: &Accounts) -> Vec<f64> {
    law.roles
        .iter()
        .scan(0.0, |sum, role| {
            *sum += role.share.value();
            Some(*sum)
        })
        .collect()
}

fn paces(law: &Accounts) -> [f32; MODULES + 1] {
    let (slope, typical) = (law.usage.per_module.value(), law.usage.typical_modules.value());
    // Nobody comes less than a fifth as often for having little to do there.
    std::array::from_fn(|modules| (1.0 + slope * (modules as f64 - typical)).max(0.2) as f32)
}
