//! Projections told early are right where the signals are causes, and say too much where they are not.

use super::recorded::{Company, history, of};
use crate::{
    history::account::{AccountHistory, AccountRecord},
    study::accounts::surrogate::{Surrogate, surrogate},
};

/// Day on which the contracts of the trial begin, and of enrolment: after the other contracts have ended.
const BEGINS: i32 = 1_150;
const ENROLLED: i32 = 100;
/// When it is foretold, after enrolment: what the play changes has been seen for some weeks.
const AFTER: i32 = 200;
/// Accounts in the trial.
const TRIAL: u64 = 4_000;

/// 4,000 accounts whose contracts ended before, and 4,000 in a trial.
fn world(causal: f64, health: f64) -> (AccountHistory, f64) {
    let company = |account| Company::of(77, account).under(causal, health);
    let later = |mut account: AccountRecord| {
        account.events.iter_mut().for_each(|event| event.day += BEGINS);
        account.enrolled.iter_mut().for_each(|own| own.day += BEGINS);
        account
    };
    let earlier = (TRIAL..2 * TRIAL).map(|account| company(account).lived(None));
    let trial = (0..TRIAL).map(|account| later(company(account).lived(Some(ENROLLED))));
    let change = |one: Company| one.renews(one.adopts(true)) - one.renews(one.adopts(false));
    let truth = (0..TRIAL).map(|account| change(company(account))).sum::<f64>() / TRIAL as f64;
    (of(earlier.chain(trial).collect()), truth)
}

fn told(causal: f64, health: f64) -> (Surrogate, f64) {
    let (history, truth) = world(causal, health);
    (surrogate(&history, AFTER).unwrap(), truth)
}

/// The law holds signals back a little, and a belief of adoption is not adoption: within a quarter of the truth.
#[test]
fn where_modules_are_the_cause_the_effect_is_told_months_before_it_is_seen() {
    let (told, truth) = told(0.4, 0.0);
    println!("cause: truth {truth:.4} {told:?} miss {:?}", told.miss());
    assert!((told.foretold.mean / truth - 1.0).abs() < 0.25, "{truth} {told:?}");
    assert!(told.foretold.lo > Some(0.0));
}

/// The association is 2.5 times the effect, and so is what it foretells; what was seen says so.
#[test]
fn where_health_is_the_cause_the_projection_says_too_much_and_what_was_seen_tells() {
    let (told, truth) = told(0.16, 0.576);
    println!("health: truth {truth:.4} {told:?} miss {:?}", told.miss());
    assert!(told.foretold.mean > 1.6 * truth, "{truth} {told:?}");
    assert!(told.miss().unwrap().hi < Some(0.0), "{:?}", told.miss());
}

#[test]
fn without_a_trial_or_without_decisions_before_it_nothing_is_foretold() {
    assert_eq!(surrogate(&history(1, 300, None), 90), None);
    assert_eq!(surrogate(&history(1, 300, Some(ENROLLED)), AFTER), None);
}
