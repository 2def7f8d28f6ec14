//! Association and effect told apart where a trial is in the data.

use super::{
    holds,
    recorded::{CAUSAL, Company, history},
    share,
};
use crate::study::accounts::{
    association::associations,
    effect::{effect, needed},
    foresight::renewals,
};

const WORLDS: u32 = 100;
const ACCOUNTS: u64 = 600;
/// Day of enrolment.
const ENROLLED: i32 = 100;

/// What the play changes among these accounts on average, and what one module changes.
fn truth(world: u32) -> (f64, f64) {
    let all = || (0..ACCOUNTS).map(move |account| Company::of(world, account));
    let change = |company: &Company| {
        let (with, without) = (company.adopts(true), company.adopts(false));
        (company.renews(with) - company.renews(without), with - without)
    };
    let sums = all().map(|company| change(&company)).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    (sums.0 / ACCOUNTS as f64, sums.0 / sums.1)
}

/// 100 trials of 600 accounts: 95% ± 5% of intervals hold the effect, and those of one module likewise; the association
/// promises 2.5 ± 0.4 times as much.
#[test]
fn a_trial_tells_the_effect_where_the_association_promises_two_and_a_half_times_as_much() {
    let (mut effects, mut units, mut promised, mut true_units, mut ratios) = (0, 0, 0.0, 0.0, Vec::new());
    for world in 0..WORLDS {
        let history = history(world, ACCOUNTS, Some(ENROLLED));
        let (change, unit) = truth(world);
        let found = associations(renewals(&history, 90).in_order(), 2, &history.modules);
        let naive = found.iter().find(|one| one.place == 0).unwrap().points.mean;
        let told = effect(&history, 0, naive, 7).unwrap();
        effects += usize::from(holds(&told.effect, change));
        units += usize::from(holds(&told.through[0].effect_per_unit, unit));
        ratios.push(told.through[0].promise_over_effect());
        promised += naive;
        true_units += unit;
    }
    let (effects, units) = (share(effects, WORLDS as usize), share(units, WORLDS as usize));
    let ratio = promised / true_units;
    let known = ratios.iter().filter(|ratio| ratio.lo.is_some()).count();
    let ratio_inside = ratios.iter().filter(|told| holds(told, ratio)).count();
    println!(
        "effect inside {effects:.3}, unit inside {units:.3}, promise over effect {ratio:.3}, known {known}, inside {ratio_inside}"
    );
    assert!((effects - 0.95).abs() <= 0.05 && (units - 0.95).abs() <= 0.05, "{effects} {units}");
    assert!((ratio - 2.5).abs() < 0.4 && CAUSAL > 0.0, "{ratio}");
}

#[test]
fn a_history_without_a_trial_has_no_effect_to_tell() {
    assert_eq!(effect(&history(1, 50, None), 0, 0.02, 7), None);
}

/// Decided ten days after enrolment: nothing can have moved, so no level of the signal may count as a move.
#[test]
fn who_decides_right_after_enrolment_has_not_moved() {
    let history = history(3, 200, Some(355));
    let told = effect(&history, 0, 0.02, 7).unwrap();
    assert_eq!(told.through[0].moved.mean, 0.0);
    assert_eq!(told.through[0].effect_per_unit.lo, None);
}

/// (1.96 + 0.8416)²·(.86·.14 + .90·.10)/.04² = 1,032 in each arm.
#[test]
fn a_trial_that_would_tell_has_its_size() {
    let size = needed(0.86, 0.04).unwrap();
    assert!((2_062.0..=2_068.0).contains(&size), "{size}");
    assert_eq!((needed(0.86, 0.0), needed(0.95, 0.2)), (None, None));
}
