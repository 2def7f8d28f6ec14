//! What an experiment says would change if one acted, beside what the association promises.
//!
//! Accounts were enrolled and randomised; the outcome is the first decision after that. The arms' difference in
//! renewing is the effect of the play among the enrolled, whoever went along (intention to treat). Divided by their
//! difference in a signal it is the effect of one unit of the signal, if the play works through it alone (Wald 1940;
//! Angrist, Imbens & Rubin 1996, *Identification of causal effects using instrumental variables*, JASA 91).

use serde::{Deserialize, Serialize};

use super::association::LEVEL;
use crate::{
    base::{
        float::{normal_quantile, sqrt},
        luck::{Luck, Purpose, uniform},
        units::UserId,
    },
    history::account::{AccountHistory, AccountRecord},
    study::{
        estimate::Estimate,
        validation::bootstrap::{interval, poisson},
    },
    user::account::{AccountModel, Signals},
};

/// Draws of the bootstrap of ratios.
const DRAWS: u32 = 400;

/// What a trial says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The arm that was treated.
    pub arm: String,
    /// Enrolled accounts whose contract has ended since, by arm: treated, left alone.
    pub decided: (usize, usize),
    /// Shares that renewed, likewise.
    pub renewed: (f64, f64),
    /// Their difference: what the play changes among the enrolled.
    pub effect: Estimate,
    /// What the play changes in each signal that it may work through.
    pub through: Vec<Through>,
    /// Accounts, in both arms together, with which the effect of half the size of the association's promise would be
    /// seen in 4 of 5 experiments.
    pub needed: Option<f64>,
}

/// A signal that a play may work through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Through {
    /// The signal.
    pub signal: String,
    /// What the play changes in it.
    pub moved: Estimate,
    /// Effect on renewing of one unit, if the play works through it alone.
    pub effect_per_unit: Estimate,
    /// What the association promises for one unit.
    pub promised_per_unit: f64,
    /// What the association would have promised for the whole of what was moved.
    pub promised: Estimate,
}

impl Through {
    /// How many times the effect the association promises, by the ends of the effect's interval: the promise is taken
    /// as it stands. Without ends where the effect may be none.
    #[must_use]
    pub fn promise_over_effect(&self) -> Estimate {
        let Estimate { mean, lo, hi, level } = self.effect_per_unit;
        let ends = [lo, hi].map(|end| end.map(|end| self.promised_per_unit / end));
        let sure = lo.zip(hi).is_some_and(|(lo, hi)| lo * hi > 0.0);
        let sorted = ends[0].zip(ends[1]).filter(|_| sure).map(|(a, b)| (a.min(b), a.max(b)));
        let (lo, hi) = (sorted.map(|ends| ends.0), sorted.map(|ends| ends.1));
        Estimate { mean: self.promised_per_unit / mean, lo, hi, level }
    }
}

/// An enrolled account with its outcome.
pub(super) struct Enrolled {
    pub account: u32,
    pub treated: bool,
    pub renewed: f64,
    /// The signal before the decision less that at enrolment.
    pub moved: f64,
}

/// Reads the trial of a history; none if nobody was enrolled in two arms. `promised` is the association of one unit of
/// the signal at a place with renewing, in points of probability.
#[must_use]
pub fn effect(history: &AccountHistory, place: usize, promised: f64, seed: u64) -> Option<Effect> {
    let enrolled: Vec<Enrolled> =
        history.accounts.iter().enumerate().filter_map(|(at, account)| decided(at, account, place)).collect();
    let arm = history
        .accounts
        .iter()
        .find_map(|account| account.enrolled.as_ref().filter(|own| own.arm.as_str() != "control"))?;
    let (treated, control) = arms(&enrolled);
    if treated.len() < 2 || control.len() < 2 {
        return None;
    }
    let renewed = (mean(&treated, |one| one.renewed), mean(&control, |one| one.renewed));
    let signal = Signals::name(place, &history.modules)?;
    Some(Effect {
        arm: arm.arm.to_string(),
        decided: (treated.len(), control.len()),
        renewed,
        effect: difference(&treated, &control, |one| one.renewed),
        through: vec![through(signal, &treated, &control, promised, seed)],
        needed: needed(renewed.1, promised * difference(&treated, &control, |one| one.moved).mean / 2.0),
    })
}

/// The first decision after enrolment, and the signal a month before it.
fn decided(at: usize, account: &AccountRecord, place: usize) -> Option<Enrolled> {
    let enrolment = account.enrolled.as_ref()?;
    let (day, renewed) = account.decisions().find(|(day, _)| *day > enrolment.day)?;
    // Who decides soon after has had no time to move.
    let judged = (day - 30).max(enrolment.day);
    Some(Enrolled {
        account: at as u32,
        treated: enrolment.arm.as_str() != "control",
        renewed: f64::from(u8::from(renewed)),
        moved: signal_on(account, judged, place) - signal_on(account, enrolment.day, place),
    })
}

/// A signal as of a day.
fn signal_on(account: &AccountRecord, day: i32, place: usize) -> f64 {
    let mut model = AccountModel::new(account.tier);
    account.events.iter().take_while(|event| event.day <= day).for_each(|event| model.observe(event.day, &event.what));
    model.signals(day).0[place]
}

fn mean(all: &[&Enrolled], of: fn(&Enrolled) -> f64) -> f64 {
    all.iter().map(|one| of(one)).sum::<f64>() / all.len() as f64
}

/// Treated and left alone.
pub(super) fn arms(enrolled: &[Enrolled]) -> (Vec<&Enrolled>, Vec<&Enrolled>) {
    enrolled.iter().partition(|one| one.treated)
}

/// Difference of two means with Welch's standard error and a normal interval.
pub(super) fn difference(treated: &[&Enrolled], control: &[&Enrolled], of: fn(&Enrolled) -> f64) -> Estimate {
    let variance = |all: &[&Enrolled]| {
        let centre = mean(all, of);
        let squares: f64 = all.iter().map(|one| (of(one) - centre) * (of(one) - centre)).sum();
        squares / (all.len() - 1) as f64 / all.len() as f64
    };
    let change = mean(treated, of) - mean(control, of);
    let reach = normal_quantile(0.5 + LEVEL / 2.0) * sqrt(variance(treated) + variance(control));
    Estimate { mean: change, lo: Some(change - reach), hi: Some(change + reach), level: LEVEL }
}

fn through(signal: String, treated: &[&Enrolled], control: &[&Enrolled], promised: f64, seed: u64) -> Through {
    let moved = difference(treated, control, |one| one.moved);
    let luck = Luck::new(seed, 0);
    let ratio = |weight: &dyn Fn(&Enrolled) -> f64| {
        let of = |all: &[&Enrolled], value: fn(&Enrolled) -> f64| {
            let sum: f64 = all.iter().map(|one| weight(one)).sum();
            all.iter().map(|one| weight(one) * value(one)).sum::<f64>() / sum
        };
        let renewed = of(treated, |one| one.renewed) - of(control, |one| one.renewed);
        renewed / (of(treated, |one| one.moved) - of(control, |one| one.moved))
    };
    let draw =
        |draw: u32| ratio(&|one| poisson(uniform(luck.block(UserId(one.account.into()), Purpose::Bootstrap, draw)[0])));
    let draws: Vec<f64> = (0..DRAWS).map(draw).filter(|value| value.is_finite()).collect();
    // Where the play did not surely move the signal nothing can be said of a unit of it.
    let known = moved.lo.is_some_and(|lo| lo > 0.0) || moved.hi.is_some_and(|hi| hi < 0.0);
    let ends = (known && draws.len() > 1).then(|| interval(draws, LEVEL));
    Through {
        signal,
        moved,
        effect_per_unit: Estimate {
            mean: ratio(&|_| 1.0),
            lo: ends.map(|(lo, _)| lo),
            hi: ends.map(|(_, hi)| hi),
            level: LEVEL,
        },
        promised_per_unit: promised,
        promised: if promised < 0.0 {
            flipped(&moved.times(-promised))
        } else {
            moved.times(promised.max(f64::MIN_POSITIVE))
        },
    }
}

fn flipped(estimate: &Estimate) -> Estimate {
    Estimate { mean: -estimate.mean, lo: estimate.hi.map(|hi| -hi), hi: estimate.lo.map(|lo| -lo), ..*estimate }
}

/// Accounts in both arms, to see a share that renews change by so much: for a two-sided test at 5% with power 80% (Fleiss, Levin & Paik 2003, eq. 4.14, without the
/// correction of continuity).
#[must_use]
pub fn needed(renews: f64, change: f64) -> Option<f64> {
    let with = renews + change;
    let holds = change.abs() > 1e-6 && (0.0..=1.0).contains(&with);
    let z = normal_quantile(0.975) + normal_quantile(0.8);
    let spread = renews * (1.0 - renews) + with * (1.0 - with);
    holds.then(|| (2.0 * z * z * spread / (change * change)).ceil())
}
