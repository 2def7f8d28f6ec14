//! Worlds of accounts, lived in every way there is.

use std::{path::Path, sync::Arc};

use super::{
    Epoch, check,
    cohort::Seating,
    direct::{self, Lived, Plan, plainly, world},
    ground::Ground,
    play::PlayEffect,
};
use crate::{
    base::units::{NonNegative, Positive},
    history::account::Happening,
    world::scenario::{Scenario, ScenarioFile},
};

/// The shipped scenario with fewer and smaller accounts.
pub(super) fn small(share: f64) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/b2b_hr.ron");
    let mut scenario = ScenarioFile::read(&path).unwrap().scenario;
    let accounts = scenario.accounts.as_mut().unwrap();
    for tier in &mut accounts.tiers {
        tier.count = ((f64::from(tier.count) * share) as u32).max(3);
        tier.new_per_year = NonNegative::new(tier.new_per_year.value() * share).unwrap();
        tier.seats.mean = Positive::new(tier.seats.mean.value().min(60.0)).unwrap();
    }
    for play in &mut accounts.plays {
        play.accounts_per_month = play.accounts_per_month.map(|most| Positive::new(most.value() * share).unwrap());
    }
    scenario
}

fn lived(scenario: &Scenario, seating: Seating) -> Lived {
    let ground = Arc::new(Ground::of(scenario).unwrap());
    plainly(&world(&ground, scenario.seed, 0, seating, true), &direct::arms(scenario))
}

fn same(one: &Lived, other: &Lived) {
    assert_eq!(one.books, other.books);
    assert_eq!(one.history, other.history);
}

#[test]
fn a_world_is_the_same_however_its_actors_are_seated_and_hosted() {
    for epoch in [Epoch::Week, Epoch::Day] {
        let mut scenario = small(0.03);
        scenario.accounts.as_mut().unwrap().epoch = epoch;
        scenario.clock.warmup_days = 200;
        scenario.clock.horizon_days = 170;
        let one = lived(&scenario, Seating::Together);
        assert!(one.books[0].all().renewals.0 > 20);
        for seating in [Seating::Scattered(1), Seating::Scattered(23)] {
            same(&one, &lived(&scenario, seating));
        }
        for (threads, seating) in [(1, Seating::Together), (3, Seating::Scattered(17))] {
            let hosted = direct::direct(&scenario, 0..1, Plan { threads, seating }, true, &mut |_, _| {}).unwrap();
            same(&one, &hosted[0]);
        }
    }
}

#[test]
fn arms_with_the_same_plays_are_the_same_to_the_last_bit() {
    let mut scenario = small(0.02);
    let experiment = scenario.experiment.as_mut().unwrap();
    let mut again = experiment.arms[1].clone();
    again.id = "again".to_owned();
    experiment.arms.push(again);
    let lived = lived(&scenario, Seating::Together);
    assert_eq!(lived.books[1], *lived.books.last().unwrap());
    assert_ne!(lived.books[1], lived.books[0]);
}

#[test]
fn asking_accounts_to_stay_never_loses_one_that_stayed_anyway() {
    let mut scenario = small(0.1);
    scenario.experiment.as_mut().unwrap().arms.truncate(4);
    for play in &mut scenario.accounts.as_mut().unwrap().plays[1..3] {
        play.effect = PlayEffect::AddLogOdds(3.0);
        play.accounts_per_month = None;
    }
    let lived = lived(&scenario, Seating::Together);
    let [control, .., by_uplift] = &lived.books[..] else { panic!("there are four arms") };
    let (before, after) = (control.all(), by_uplift.all());
    assert!(after.bridge.left < before.bridge.left, "{} {}", after.bridge.left, before.bridge.left);
    // Nothing else changes but who stays: members of accounts that are there do what they did.
    assert_eq!(after.bridge.opening, before.bridge.opening);
    assert!(after.sessions >= before.sessions);
}

#[test]
fn a_play_that_does_nothing_changes_nothing_but_its_cost() {
    let mut scenario = small(0.05);
    let accounts = scenario.accounts.as_mut().unwrap();
    accounts.plays[0].effect = PlayEffect::ScaleAdoption { by: Positive::new(1.0).unwrap(), days: 240 };
    let lived = lived(&scenario, Seating::Together);
    let (control, playbook) = (lived.books[0].all(), lived.books[1].all());
    assert!(playbook.cost > control.cost && playbook.plays[0].contacted > 0);
    assert_eq!(playbook.bridge, control.bridge);
    assert_eq!((playbook.sessions, playbook.tickets), (control.sessions, control.tickets));
}

#[test]
fn what_others_see_of_an_account_is_in_order_and_whole() {
    let lived = lived(&small(0.05), Seating::Together);
    let history = lived.history.unwrap();
    let mut renewed = 0;
    for account in &history.accounts {
        assert!(account.events.windows(2).all(|pair| pair[0].day <= pair[1].day), "{}", account.id);
        assert!(matches!(account.events[0].what, Happening::Started(_)), "{:?}", account.events[0]);
        assert!(account.events.iter().all(|event| (history.days.0..=history.days.1).contains(&event.day)));
        let left = account.events.iter().position(|event| event.what.ends());
        let rest = left.map(|place| &account.events[place + 1..]).unwrap_or_default();
        assert!(rest.is_empty(), "{}: {rest:?}", account.id);
        renewed += account.decisions().filter(|(_, stayed)| *stayed).count();
        assert!(!account.members.is_empty());
    }
    assert!(renewed > 150);
}

#[test]
fn what_does_not_fit_together_is_told_with_its_place() {
    let mut scenario = small(0.02);
    let accounts = scenario.accounts.as_mut().unwrap();
    accounts.tiers[1].id = "smb".to_owned();
    accounts.modules[3].requires = vec!["tme".to_owned()];
    accounts.roles[0].share = 0.5f64.try_into().unwrap();
    let wrong = check::check(accounts);
    let told: Vec<&str> = wrong.iter().map(|wrong| wrong.what.as_str()).collect();
    assert!(told.contains(&"two tiers are named \"smb\""), "{told:?}");
    assert!(told.iter().any(|what| what.starts_with("no module is named \"tme\"; there are core_hr")), "{told:?}");
    assert!(told.iter().any(|what| what.contains("must add up to 1, but add up to 1.4")), "{told:?}");
    assert!(told.iter().any(|what| what.starts_with("no tier is named \"mid\"")), "{told:?}");
}
