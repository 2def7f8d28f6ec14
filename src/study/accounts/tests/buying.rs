//! Buying more: landmarks ask what was open, and the module that makes accounts buy is found from weeks of use.

use super::{Draws, share};
use crate::{
    base::units::{Currency, Money},
    history::account::{AccountEvent, AccountHistory, AccountRecord, Happening, MODULES, Terms, Usage},
    study::accounts::{
        association::{Association, associations},
        foresight::{PURCHASE, expansions},
    },
    user::account::PLAIN,
};

const WORLDS: u32 = 40;
const USED: usize = 8;
/// The module that makes accounts buy.
const PLANTED: usize = 2;
/// Days of a history.
const DAYS: i32 = 640;

fn terms() -> Terms {
    Terms { recurring: Money::from_minor(500_000), seats: 40, renewal: 2_000, renewals: 0 }
}

fn event(day: i32, what: Happening) -> AccountEvent {
    AccountEvent { day, what }
}

fn record(place: u64, events: Vec<AccountEvent>) -> AccountRecord {
    let id = format!("a{place:05}");
    AccountRecord { id: id.into(), tier: 0, parent: None, enrolled: None, members: Vec::new(), events }
}

/// Healthy accounts adopt more of everything; only one module makes them buy.
fn account(world: u32, place: u64) -> AccountRecord {
    let draws = Draws::of(world, place);
    let health = draws.normal(0);
    let adopted: Vec<bool> = (0..USED as u32).map(|module| draws.normal(10 + module) + 0.6 * health > 0.2).collect();
    let mut users = [0; MODULES];
    users.iter_mut().zip(&adopted).for_each(|(users, &adopted)| *users = if adopted { 6 } else { 0 });
    let hazard = if adopted[PLANTED] { 0.004 } else { 0.000_8 };
    let mut events = vec![event(0, Happening::Started(terms()))];
    let mut open = true;
    for week in 1..DAYS / 7 {
        let usage = Usage { seats: 40, active: 14, sessions: 25, users };
        events.push(event(7 * week, Happening::Used(usage)));
        if open && draws.uniform(100 + week as u32) < 7.0 * hazard {
            events.push(event(7 * week, Happening::Expanded { sku: 0, recurring: Money::from_minor(100_000) }));
            open = false;
        }
    }
    record(place, events)
}

fn history(accounts: Vec<AccountRecord>) -> AccountHistory {
    AccountHistory {
        currency: Currency::new("USD").unwrap(),
        tiers: vec!["all".into()],
        roles: vec!["all".into()],
        modules: (0..USED).map(|module| format!("m{module}").into()).collect(),
        skus: vec!["plus".into()],
        days: (0, DAYS),
        accounts,
    }
}

/// 40 worlds of 300 accounts: the planted module is found in at least 90%, of 280 others at most 5%.
#[test]
fn the_module_that_makes_accounts_buy_is_found_from_weeks_of_use() {
    let world = |world: u32| {
        let history = history((0..300).map(|place| account(world, place)).collect());
        associations(expansions(&history, 0).in_order(), 1, &history.modules)
    };
    let all: Vec<Association> = (0..WORLDS).flat_map(world).filter(|one| one.place >= PLAIN).collect();
    let found = |planted: bool| {
        let own = || all.iter().filter(|one| (one.place == PLAIN + PLANTED) == planted);
        share(own().filter(|one| one.is_found()).count(), own().count())
    };
    println!("buying: planted {:.3} others {:.3}", found(true), found(false));
    assert!(found(true) >= 0.9 && found(false) <= 0.05, "{} {}", found(true), found(false));
}

#[test]
fn what_is_asked_was_open_and_what_came_of_it_is_known_within_the_history() {
    let bought = |day| event(day, Happening::Expanded { sku: 0, recurring: Money::from_minor(1) });
    let began = || event(0, Happening::Started(terms()));
    let accounts = vec![record(0, vec![began(), bought(200)]), record(1, vec![began()])];
    let marks = expansions(&history(accounts), 0);
    let of = |account: u32| -> Vec<(i32, bool)> {
        marks.in_order().iter().filter(|one| one.account == account).map(|one| (one.at, one.happened)).collect()
    };
    assert_eq!(of(0), [(90, false), (180, true)]);
    assert_eq!(of(1), [90, 180, 270, 360, 450, 540].map(|day| (day, false)));
    assert!(marks.in_order().iter().all(|one| one.known == one.at + PURCHASE && one.known < DAYS));
}
