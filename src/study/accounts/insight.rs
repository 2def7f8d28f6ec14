//! What a history of accounts reveals: what goes with renewing and with buying more, what a trial says would change if
//! one acted, how much revenue is at risk, and who is ready for more.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    association::{Association, associations},
    effect::{Effect, effect},
    foresight::{Landmark, expansions, renewals},
    outlook::{AHEAD, AtRisk, Laws, Standing, at_risk},
    spread::{Funnel, Health, Spread, funnels, health, spread},
    surrogate::{Surrogate, surrogate},
};
use crate::{
    history::account::AccountHistory,
    study::estimate::Estimate,
    user::account::{Signals, signals::SIGNALS},
};

/// Horizons of revenue at risk \[day\].
const SOON: [i32; 2] = [90, 180];
/// Accounts that are named at most.
const NAMED: usize = 20;

/// What a history reveals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountInsight {
    /// Accounts that are there at the end, and those that ever were.
    pub accounts: (usize, usize),
    /// Their recurring revenue \[major units a year\].
    pub recurring: f64,
    /// Decisions that were looked at, and the share that renewed.
    pub decisions: (usize, f64),
    /// What goes with renewing, 90 days before; not what would make an account renew.
    pub renewal: Vec<Association>,
    /// What goes with buying each product within 90 days.
    pub expansion: Vec<(String, Vec<Association>)>,
    /// What a trial says would change if one acted.
    pub effect: Option<Effect>,
    /// What the trial would do to renewing, as foretold some weeks after enrolment, and what was seen.
    pub surrogate: Option<Surrogate>,
    /// Revenue at risk.
    pub at_risk: Vec<AtRisk>,
    /// Accounts whose contract ends soon and where most revenue is expected to be lost.
    pub losing: Vec<Named>,
    /// Accounts most likely to buy more.
    pub ready: Vec<Named>,
    /// Revenue a year that what goes with leaving goes with: accounts below the median of each signal that is found,
    /// against those above it.
    pub money: Vec<Money>,
    /// How modules spread.
    pub spread: Spread,
    /// How healthy tiers are.
    pub health: Vec<Health>,
    /// How far accounts have come on the way to each product.
    pub funnels: Vec<Funnel>,
}

/// An account worth looking at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    pub account: String,
    /// Its tier.
    pub tier: String,
    /// What it pays \[major units a year\].
    pub recurring: f64,
    /// Days to the end of its contract.
    pub days_to_renewal: i32,
    /// What is asked: renewing, or the product.
    pub subject: String,
    /// How probable it is; 80% interval of what the law does not know.
    pub probability: Estimate,
    /// What speaks for and against it most, in words.
    pub because: Vec<String>,
}

/// Revenue that goes with a signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Money {
    /// The signal.
    pub signal: String,
    /// Recurring revenue of accounts in the worse half \[major units a year\].
    pub recurring: f64,
    /// What of it would be kept a year if they renewed as those do whose signal is one standard deviation better: an
    /// association, not a promise.
    pub a_year: Estimate,
}

/// Looks for all that a history reveals.
#[must_use]
pub fn insight(history: &AccountHistory, seed: u64) -> AccountInsight {
    let (marks, last) = (renewals(history, AHEAD), history.days.1);
    let landmarks = marks.in_order();
    let tiers = history.tiers.len();
    let renewal = associations(landmarks, tiers, &history.modules);
    let expansion = (0..history.skus.len()).into_par_iter().map(|sku| {
        let marks = expansions(history, sku as u8);
        (history.skus[sku].to_string(), associations(marks.in_order(), tiers, &history.modules))
    });
    let laws = Laws::learned(history, last);
    let standings = laws.standings(history, last);
    let modules = renewal.iter().find(|one| one.place == 0);
    let stayed = landmarks.iter().filter(|one| one.happened).count() as f64 / landmarks.len().max(1) as f64;
    AccountInsight {
        accounts: (standings.len(), history.accounts.len()),
        recurring: standings.iter().map(|one| one.terms.recurring.major(history.currency)).sum(),
        decisions: (landmarks.len(), stayed),
        expansion: expansion.collect(),
        surrogate: surrogate(history, AHEAD),
        effect: effect(history, 0, modules.map_or(0.0, |one| one.points.mean), seed),
        at_risk: SOON.iter().map(|&days| at_risk(history, &standings, last, days, seed)).collect(),
        losing: losing(history, &laws, &standings, last),
        ready: ready(history, &laws, &standings, last),
        money: renewal
            .iter()
            .filter(|one| one.is_found())
            .filter_map(|one| money(history, one, &standings, landmarks))
            .collect(),
        spread: spread(history),
        health: health(history, &standings),
        funnels: funnels(history, &standings),
        renewal,
    }
}

/// Accounts whose contract ends within 180 days, by what is expected to be lost.
#[must_use]
pub fn losing(history: &AccountHistory, laws: &Laws, standings: &[Standing<'_>], day: i32) -> Vec<Named> {
    let mut soon: Vec<&Standing<'_>> =
        standings.iter().filter(|one| (0..SOON[1]).contains(&(one.terms.renewal - day))).collect();
    let lost = |one: &Standing<'_>| one.terms.recurring.minor() as f64 * (1.0 - one.renews.probability);
    soon.sort_by(|a, b| lost(b).total_cmp(&lost(a)).then(a.place.cmp(&b.place)));
    let named = |one: &&Standing<'_>| Named {
        subject: "renewal".to_owned(),
        probability: told(&one.renews),
        because: because(&laws.renewal.contributions(&one.signals), &one.signals, history),
        ..plainly(history, one, day)
    };
    soon.iter().take(NAMED).map(named).collect()
}

/// Accounts most likely to buy a product within 90 days, by what it would bring in expectation.
#[must_use]
pub fn ready(history: &AccountHistory, laws: &Laws, standings: &[Standing<'_>], day: i32) -> Vec<Named> {
    let mut all: Vec<(&Standing<'_>, usize, f64)> = Vec::new();
    for one in standings {
        for (sku, told) in one.buys.iter().enumerate() {
            all.extend(told.as_ref().map(|told| (one, sku, told.probability * one.terms.recurring.minor() as f64)));
        }
    }
    all.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.place.cmp(&b.0.place)));
    let named = |(one, sku, _): &(&Standing<'_>, usize, f64)| {
        let forecast = one.buys[*sku].as_ref()?;
        Some(Named {
            subject: history.skus[*sku].to_string(),
            probability: told(forecast),
            because: because(&laws.expansion[*sku].contributions(&one.signals), &one.signals, history),
            ..plainly(history, one, day)
        })
    };
    all.iter().take(NAMED).filter_map(named).collect()
}

fn plainly(history: &AccountHistory, one: &Standing<'_>, day: i32) -> Named {
    Named {
        account: one.account.id.to_string(),
        tier: history.tiers[usize::from(one.account.tier)].to_string(),
        recurring: one.terms.recurring.major(history.currency),
        days_to_renewal: one.terms.renewal - day,
        subject: String::new(),
        probability: Estimate { mean: f64::NAN, lo: None, hi: None, level: 0.8 },
        because: Vec::new(),
    }
}

fn told(forecast: &crate::user::account::law::Forecast) -> Estimate {
    Estimate { mean: forecast.probability, lo: Some(forecast.lo), hi: Some(forecast.hi), level: 0.8 }
}

/// The three signals that move the log-odds most.
#[must_use]
pub fn because(moved: &[f64; SIGNALS], signals: &Signals, history: &AccountHistory) -> Vec<String> {
    let mut order: Vec<usize> = (0..SIGNALS).collect();
    order.sort_by(|&a, &b| moved[b].abs().total_cmp(&moved[a].abs()).then(a.cmp(&b)));
    let said = |&place: &usize| {
        let name = Signals::name(place, &history.modules).filter(|_| moved[place].abs() >= 0.05)?;
        Some(format!("{} {:.2}: {:+.2} log-odds", name.replace('_', " "), signals.0[place], moved[place]))
    };
    order.iter().take(3).filter_map(said).collect()
}

fn money(
    history: &AccountHistory,
    found: &Association,
    standings: &[Standing<'_>],
    landmarks: &[Landmark],
) -> Option<Money> {
    let mut values: Vec<f64> = landmarks.iter().map(|one| one.signals.0[found.place]).collect();
    values.sort_by(f64::total_cmp);
    let median = *values.get(values.len() / 2)?;
    let worse = |one: &&Standing<'_>| {
        let above = one.signals.0[found.place] - median;
        if found.log_odds.mean > 0.0 { above < 0.0 } else { above > 0.0 }
    };
    let recurring = standings.iter().filter(worse).map(|one| one.terms.recurring.major(history.currency)).sum::<f64>();
    let (points, times) = (&found.points, recurring * found.spread);
    let a_year = if points.mean < 0.0 {
        Estimate { mean: -points.mean, lo: points.hi.map(|v| -v), hi: points.lo.map(|v| -v), ..*points }.times(times)
    } else {
        points.times(times)
    };
    Some(Money { signal: found.signal.clone(), recurring, a_year })
}
