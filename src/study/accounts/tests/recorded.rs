//! Histories drawn by hand: what companies are like decides what they adopt and whether they stay.

use super::{Draws, logistic};
use crate::{
    base::units::{Currency, Money},
    history::account::{AccountEvent, AccountHistory, AccountRecord, Enrolment, Happening, MODULES, Terms, Usage},
};

/// Seats of every account.
const SEATS: u32 = 40;
/// A contract's length \[day\].
const TERM: i32 = 365;
/// Log-odds of a module that was adopted: what acting on it changes.
pub const CAUSAL: f64 = 0.16;
/// Log-odds of the health that makes companies adopt and stay.
const HEALTH: f64 = 0.576;
/// Modules that a play makes those adopt who go along.
const ADDED: f64 = 2.0;
/// Share of the treated who go along.
const UPTAKE: f64 = 0.6;

/// What is drawn of a company.
pub struct Company {
    draws: Draws,
    tier: u8,
    health: f64,
    modules: f64,
    /// Log-odds of a module, and of health.
    law: (f64, f64),
}

impl Company {
    /// Modules go with health: of one more module, health is higher by 0.417 (1.2/2.88), so that at equal units the
    /// association is `CAUSAL + 0.417·HEALTH`, 2.5 times what acting changes.
    pub fn of(world: u32, account: u64) -> Self {
        let draws = Draws::of(world, account);
        let health = draws.normal(0);
        let modules = (5.0 + 1.2 * health + 1.2 * draws.normal(1)).round().clamp(0.0, 10.0);
        Self { draws, tier: (account % 2) as u8, health, modules, law: (CAUSAL, HEALTH) }
    }

    /// The same company where renewing hangs on modules and health by other log-odds.
    pub const fn under(self, causal: f64, health: f64) -> Self {
        Self { law: (causal, health), ..self }
    }

    const fn treated(&self) -> bool {
        self.draws.1 % 4 < 2
    }

    /// Probability to renew, with so many modules.
    pub fn renews(&self, modules: f64) -> f64 {
        logistic(0.6 + 0.5 * f64::from(self.tier) + self.law.0 * (modules - 3.0) + self.law.1 * self.health)
    }

    /// Modules at the decision, under an arm.
    pub fn adopts(&self, treated: bool) -> f64 {
        if treated && self.draws.uniform(2) < UPTAKE { self.modules + ADDED } else { self.modules }
    }

    /// One contract, decided at its end; enrolled on a day, if there is a trial.
    pub fn lived(&self, trial: Option<i32>) -> AccountRecord {
        let start = if trial.is_some() { 0 } else { (self.draws.uniform(3) * 730.0) as i32 };
        let treated = trial.is_some() && self.treated();
        let modules = self.adopts(treated);
        let mut events = vec![AccountEvent { day: start, what: Happening::Started(terms(start)) }];
        let weeks = (1..52).filter(|week| trial.is_none() || *week < 22 || *week > 36);
        events.extend(weeks.map(|week| {
            let day = start + 7 * week;
            let now = if trial.is_some_and(|enrolled| day > enrolled + 60) { modules } else { self.modules };
            AccountEvent { day, what: Happening::Used(self.week(week, now)) }
        }));
        let stays = self.draws.uniform(4) < self.renews(modules);
        let end = start + TERM;
        events.push(AccountEvent {
            day: end,
            what: if stays { Happening::Renewed(terms(end)) } else { Happening::Left },
        });
        let arm = if treated { "play" } else { "control" };
        let enrolled = trial.map(|day| Enrolment { arm: arm.into(), day });
        let id = format!("a{:05}", self.draws.1);
        AccountRecord { id: id.into(), tier: self.tier, parent: None, enrolled, members: Vec::new(), events }
    }

    /// A week in which a third of the seats come and a few of them use each module that was adopted.
    fn week(&self, week: i32, modules: f64) -> Usage {
        let extra = (self.draws.uniform(1_000 + week as u32) * 4.0) as u32;
        let mut users = [0; MODULES];
        users[..modules as usize].fill(4 + extra);
        Usage { seats: SEATS, active: 12 + extra, sessions: 20 + 3 * extra, users }
    }
}

const fn terms(start: i32) -> Terms {
    Terms { recurring: Money::from_minor(1_200_000), seats: SEATS, renewal: start + TERM, renewals: 0 }
}

/// All that happened to so many companies.
pub fn history(world: u32, accounts: u64, trial: Option<i32>) -> AccountHistory {
    of((0..accounts).map(|account| Company::of(world, account).lived(trial)).collect())
}

/// A history of these accounts.
pub fn of(accounts: Vec<AccountRecord>) -> AccountHistory {
    AccountHistory {
        currency: Currency::new("USD").unwrap(),
        tiers: vec!["small".into(), "large".into()],
        roles: vec!["all".into()],
        modules: (0..12).map(|module| format!("m{module}").into()).collect(),
        skus: Vec::new(),
        days: (0, 1_600),
        accounts,
    }
}
