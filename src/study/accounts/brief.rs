//! The morning page of a customer success team: which contracts end soon and how much is at risk, which accounts
//! changed, who is ready for more, and what fits into the hours that the team has.

use serde::{Deserialize, Serialize};

use super::{
    explanation::date,
    insight::{Named, losing, ready},
    outlook::{AtRisk, Laws, Standing, at_risk},
};
use crate::history::account::{AccountEvent, AccountHistory, Happening};

/// What counts as lately \[day\].
const LATELY: i32 = 7;
/// A change of the probability of renewing that is told, over the last week.
const MOVED: f64 = 0.1;

/// The morning page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountBrief {
    /// The day.
    pub day: String,
    /// Accounts that are there, and what they pay \[major units a year\].
    pub accounts: (usize, f64),
    /// Contracts that end within 30, 90 and 120 days.
    pub at_risk: Vec<AtRisk>,
    /// Accounts that changed within the last week: the account, what it pays, what happened, and how probable renewing
    /// was a week ago and is now.
    pub changed: Vec<Changed>,
    /// Accounts whose contract ends soon and where most is expected to be lost.
    pub losing: Vec<Named>,
    /// Accounts that may buy more.
    pub ready: Vec<Named>,
    /// What fits into the team's hours, best first.
    pub plan: Vec<Action>,
    /// Hours that the plan takes, and those there are.
    pub hours: (f64, f64),
}

/// An account that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// Its name.
    pub account: String,
    /// What it pays \[major units a year\].
    pub recurring: f64,
    /// How probable renewing was a week ago, and is now.
    pub renews: (f64, f64),
    /// What happened within the week.
    pub happened: Vec<String>,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// The account.
    pub account: String,
    /// What.
    pub what: String,
    /// What is at stake in expectation \[major units a year\].
    pub at_stake: f64,
    /// Hours.
    pub hours: f64,
}

/// What a conversation about a renewal takes, and one about a product \[hour\].
const HOURS: (f64, f64) = (6.0, 2.0);

/// The page of a day, for a team with so many hours.
#[must_use]
pub fn brief(history: &AccountHistory, day: i32, hours: f64, seed: u64) -> AccountBrief {
    let laws = Laws::learned(history, day);
    let standings = laws.standings(history, day);
    let losing = losing(history, &laws, &standings, day);
    let ready = ready(history, &laws, &standings, day);
    let plan = plan(&losing, &ready, hours);
    AccountBrief {
        day: date(day),
        accounts: (standings.len(), standings.iter().map(|one| one.terms.recurring.major(history.currency)).sum()),
        at_risk: [30, 90, 120].map(|days| at_risk(history, &standings, day, days, seed)).to_vec(),
        changed: changed(history, &laws, &standings, day),
        hours: (plan.iter().map(|action| action.hours).sum(), hours),
        losing,
        ready,
        plan,
    }
}

fn changed(history: &AccountHistory, laws: &Laws, standings: &[Standing<'_>], day: i32) -> Vec<Changed> {
    let of = |one: &Standing<'_>| {
        let before = laws.standing(one.place, one.account, day - LATELY)?.renews.probability;
        let now = one.renews.probability;
        ((now - before).abs() >= MOVED).then(|| Changed {
            account: one.account.id.to_string(),
            recurring: one.terms.recurring.major(history.currency),
            renews: (before, now),
            happened: happened(&one.account.events, day),
        })
    };
    let mut all: Vec<Changed> = standings.iter().filter_map(of).collect();
    let moved = |one: &Changed| (one.renews.1 - one.renews.0).abs() * one.recurring;
    all.sort_by(|a, b| moved(b).total_cmp(&moved(a)).then(a.account.cmp(&b.account)));
    all.truncate(20);
    all
}

fn happened(events: &[AccountEvent], day: i32) -> Vec<String> {
    let lately = events.iter().filter(|event| (day - LATELY + 1..=day).contains(&event.day));
    let told = lately.filter_map(|event| match &event.what {
        Happening::Ticket { severity: 3 } => Some("a ticket of the gravest kind".to_owned()),
        Happening::SponsorLeft => Some("its sponsor left".to_owned()),
        Happening::SponsorNamed => Some("it has a new sponsor".to_owned()),
        Happening::BusinessReview { score } => Some(format!("a business review: {score} of 5")),
        Happening::Recommendation { score } => Some(format!("a survey: {score} of 10")),
        Happening::Renewed(_) => Some("it renewed".to_owned()),
        Happening::Paid { late_days, .. } if *late_days > 0 => Some(format!("it paid {late_days} days late")),
        _ => None,
    });
    let mut told: Vec<String> = told.collect();
    if told.is_empty() {
        told.push("its use".to_owned());
    }
    told
}

/// As many actions as fit, those first that have most at stake an hour.
fn plan(losing: &[Named], ready: &[Named], hours: f64) -> Vec<Action> {
    let save = losing.iter().filter(|one| one.days_to_renewal <= 120).map(|one| {
        let p = one.probability.mean;
        // What a conversation can move is largest where the outcome is open.
        Action {
            account: one.account.clone(),
            what: format!("talk about the renewal in {} days ({:.0}% likely)", one.days_to_renewal, p * 100.0),
            at_stake: one.recurring * p * (1.0 - p),
            hours: HOURS.0,
        }
    });
    let sell = ready.iter().map(|one| Action {
        account: one.account.clone(),
        what: format!("offer {} ({:.0}% likely within 90 days)", one.subject, one.probability.mean * 100.0),
        at_stake: one.recurring * one.probability.mean * (1.0 - one.probability.mean) * 0.3,
        hours: HOURS.1,
    });
    let mut all: Vec<Action> = save.chain(sell).collect();
    all.sort_by(|a, b| (b.at_stake / b.hours).total_cmp(&(a.at_stake / a.hours)).then(a.account.cmp(&b.account)));
    let mut left = hours;
    all.retain(|action| {
        let fits = action.hours <= left;
        left -= if fits { action.hours } else { 0.0 };
        fits
    });
    all
}
