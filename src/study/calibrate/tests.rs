use super::{customers::Customers, models};
use crate::{
    base::{
        time::{DAY, SimTime, Zone},
        units::{Currency, Money, UserId},
    },
    history::{
        event::{Event, EventKind},
        log::History,
    },
};

/// Charges (and other events) of users, as (user, day, kind).
fn history(events: &[(u64, i64, EventKind)]) -> History {
    let event = |(i, (user, day, kind)): (usize, &(u64, i64, EventKind))| Event {
        at: SimTime(day * DAY + 3_600),
        user: UserId(*user),
        ordinal: i as u64,
        kind: kind.clone(),
    };
    History::new(events.iter().enumerate().map(event).collect(), std::collections::BTreeMap::new())
}

fn charge(minor: i64) -> EventKind {
    EventKind::Charge { amount: Money::from_minor(minor) }
}

fn customers(events: &[(u64, i64, EventKind)]) -> Customers {
    Customers::of(&history(events), &Zone::new("UTC").unwrap(), Currency::new("USD").unwrap())
}

#[test]
fn purchases_of_a_day_are_one_and_times_are_in_weeks() {
    let events = [(1, 0, charge(500)), (1, 0, charge(300)), (1, 14, charge(200)), (2, 7, charge(100))];
    let end = [(2, 28, EventKind::SessionStart)];
    let customers = customers(&[&events[..], &end].concat());
    let counts = customers.counts().unwrap();
    let told: Vec<_> = counts.iter().map(|it| (it.repeats(), it.recency(), it.age())).collect();
    assert_eq!(told, [(1, 2.0, 4.0), (0, 0.0, 3.0)]);
    let spend = crate::study::reference::gamma_gamma::Spend::new(2, 5.0).unwrap();
    assert_eq!(customers.spend().unwrap(), [spend]);
}

#[test]
fn who_comes_back_has_not_left_and_cohorts_are_told_by_periods() {
    let (start, cancel) = (EventKind::SessionStart, EventKind::Cancel);
    let events = [
        (1, 0, start.clone()),
        (1, 45, cancel.clone()),
        (2, 0, start.clone()),
        (2, 10, cancel),
        (2, 20, start.clone()),
        (3, 40, start.clone()),
        (3, 95, start),
    ];
    let customers = customers(&events);
    assert!(customers.announced());
    let cohorts = customers.cohorts().unwrap();
    let told: Vec<_> = cohorts.iter().map(|cohort| cohort.survivors().to_vec()).collect();
    assert_eq!(told, [vec![1, 1], vec![2, 2, 1, 1]]);
}

#[test]
fn a_model_that_cannot_be_fitted_says_why() {
    let nobody_pays = customers(&[(1, 0, EventKind::SessionStart), (2, 9, EventKind::SessionStart)]);
    let one = customers(&[(1, 0, charge(500))]);
    for name in models::names() {
        let failed = models::fit(name, &nobody_pays).unwrap_err().to_string();
        assert!(failed.contains("at least one") || failed.contains("no announced departures"), "{name}: {failed}");
        if let Ok(fitted) = models::fit(name, &one) {
            assert!(fitted.parameters.values().all(|value| value.is_finite()), "{name}");
        }
    }
}
