//! Associations: planted modules are found, others are not, and intervals hold the truth at their rate.

use super::{Draws, holds, logistic, share};
use crate::{
    base::units::Money,
    study::accounts::{
        association::{Association, associations},
        foresight::Landmark,
    },
    user::account::{PLAIN, Signals, signals::SIGNALS},
};

const WORLDS: u32 = 60;
const MODULES: usize = 10;
/// Log-odds of an adopted module, by its place; those of no other module differ from 0.
const PLANTED: [(usize, f64); 2] = [(2, 1.6), (7, -1.6)];
/// Log-odds of a signal that all modules go with.
const ACTIVE: f64 = 3.0;

/// An account whose modules and activity go together, and whose decision hangs on two modules, activity and tier.
fn landmark(world: u32, account: u32) -> Landmark {
    let draws = Draws::of(world, account.into());
    let health = draws.normal(0);
    let mut signals = Signals([0.0; SIGNALS]);
    (1..PLAIN).for_each(|place| signals.0[place] = draws.normal(place as u32));
    signals.0[1] = logistic(0.8 * health + 0.5 * draws.normal(1));
    for module in 0..MODULES {
        let adopted = draws.normal(100 + module as u32) + 0.6 * health > 0.3;
        signals.0[PLAIN + module] = if adopted { 0.97 } else { 0.03 };
    }
    signals.0[0] = signals.0[PLAIN..].iter().sum();
    let tier = (account % 3) as u8;
    let planted: f64 = PLANTED.iter().map(|(module, beta)| beta * signals.0[PLAIN + module]).sum();
    let log_odds = 0.4 * f64::from(tier) + planted + ACTIVE * (signals.0[1] - 0.5) + 0.8;
    let happened = draws.uniform(200) < logistic(log_odds);
    Landmark { account, tier, at: 0, known: 90, signals, recurring: Money::from_minor(100), happened }
}

fn world(world: u32, accounts: u32) -> Vec<Association> {
    let landmarks: Vec<Landmark> = (0..accounts).map(|account| landmark(world, account)).collect();
    let names: Vec<String> = (0..MODULES).map(|module| format!("m{module}")).collect();
    associations(&landmarks, 3, &names)
}

fn truth(place: usize) -> f64 {
    PLANTED.iter().find(|(module, _)| place == PLAIN + module).map_or(0.0, |(_, beta)| *beta)
}

/// Modules that were found of those planted, those that were not planted but found, and intervals with the truth
/// inside: shares.
fn figures(accounts: u32) -> (f64, f64, f64) {
    let worlds: Vec<Association> = (0..WORLDS).flat_map(|place| world(place, accounts)).collect();
    let modules: Vec<&Association> = worlds.iter().filter(|one| one.place >= PLAIN).collect();
    let found = |planted: bool| {
        let own = || modules.iter().filter(|one| (truth(one.place) != 0.0) == planted);
        share(own().filter(|one| one.is_found()).count(), own().count())
    };
    let inside = modules.iter().filter(|one| holds(&one.log_odds, truth(one.place))).count();
    (found(true), found(false), share(inside, modules.len()))
}

/// 60 worlds of 600 accounts: of 120 planted modules at least 90% are found, of 480 others at most 5%, and 95% ± 4% of
/// 600 intervals hold the truth.
#[test]
fn planted_modules_are_found_others_are_not_and_intervals_hold_the_truth() {
    let (planted, others, inside) = figures(600);
    println!("600 accounts: planted {planted:.3} others {others:.3} inside {inside:.3}");
    assert!(planted >= 0.9 && others <= 0.05 && (inside - 0.95).abs() <= 0.04, "{planted} {others} {inside}");
}

/// With few accounts less is found, but not more that is not there.
#[test]
fn few_accounts_make_no_false_finds() {
    let (planted, others, inside) = figures(250);
    println!("250 accounts: planted {planted:.3} others {others:.3} inside {inside:.3}");
    assert!(others <= 0.05 && (inside - 0.95).abs() <= 0.04, "{planted} {others} {inside}");
}

/// Points of probability a unit are what a small step in the signal brings on average over the accounts.
#[test]
fn points_are_the_mean_of_what_a_small_step_changes() {
    let accounts = 20_000;
    let landmarks: Vec<Landmark> = (0..accounts).map(|account| landmark(900, account)).collect();
    let names: Vec<String> = (0..MODULES).map(|module| format!("m{module}")).collect();
    let found = associations(&landmarks, 3, &names);
    let active = found.iter().find(|one| one.place == 1).unwrap();
    let slope = |one: &Landmark| {
        let planted: f64 = PLANTED.iter().map(|(module, beta)| beta * one.signals.0[PLAIN + module]).sum();
        let p = logistic(0.4 * f64::from(one.tier) + planted + ACTIVE * (one.signals.0[1] - 0.5) + 0.8);
        ACTIVE * p * (1.0 - p)
    };
    let truth = landmarks.iter().map(slope).sum::<f64>() / f64::from(accounts);
    println!("points: truth {truth:.4}, {:?}", active.points);
    assert!(holds(&active.points, truth), "{truth} {:?}", active.points);
}

#[test]
fn without_landmarks_or_without_variation_nothing_is_claimed() {
    assert!(associations(&[], 3, &["m0"]).is_empty());
    let mut all: Vec<Landmark> = (0..50).map(|account| landmark(1, account)).collect();
    all.iter_mut().for_each(|one| one.happened = true);
    let claimed = associations(&all, 3, &["m0"]).into_iter().filter(Association::is_found).count();
    assert_eq!(claimed, 0);
}
