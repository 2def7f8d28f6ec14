//! Customers by the days they bought on.

use std::collections::BTreeMap;

use crate::{
    base::{
        time::{DAY, LocalClock, Zone},
        units::{Money, UserId},
    },
    history::{event::EventKind, log::History},
};

/// What counts as a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Days on which something was paid.
    Payments,
    /// Days on which the user came, whether they paid or not.
    Visits,
}

/// One customer: local days, and what was paid on each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Customer {
    /// Who.
    pub user: UserId,
    /// Local day numbers of purchases, ascending, each once.
    pub days: Vec<i64>,
    /// What was paid on each of them, net of nothing.
    pub paid: Vec<Money>,
}

/// Everybody who ever bought.
#[derive(Clone, Debug, PartialEq)]
pub struct Customers {
    /// By user.
    pub all: Vec<Customer>,
    /// The first and the last local day of the record.
    pub span: (i64, i64),
    /// What counts.
    pub counted: Counted,
}

/// Share of the days with a visit on which something was paid, above which a record is one of orders: those of nothing
/// count, too.
const ORDERS: f64 = 0.9;

impl Customers {
    /// Reads customers from a history; what counts is chosen by the record if not given.
    #[must_use]
    pub fn of(history: &History, zone: &Zone, counted: Option<Counted>) -> Self {
        let ends = (history.events.first(), history.events.last());
        let (Some(first), Some(last)) = ends else {
            return Self { all: Vec::new(), span: (0, 0), counted: counted.unwrap_or(Counted::Payments) };
        };
        let clock = LocalClock::new(zone, first.at, last.at);
        let day = |at| clock.wall(at).0.div_euclid(DAY);
        let mut days: BTreeMap<UserId, BTreeMap<i64, Option<Money>>> = BTreeMap::new();
        for event in &history.events {
            let paid = match &event.kind {
                EventKind::Charge { amount } if *amount > Money::ZERO => Some(*amount),
                EventKind::SessionStart | EventKind::Content { .. } => None,
                _ => continue,
            };
            let known = days.entry(event.user).or_default().entry(day(event.at)).or_default();
            *known = paid.map(|paid| plus(*known, paid)).or(*known);
        }
        let counted = counted.unwrap_or_else(|| typical(&days));
        let all = days.into_iter().filter_map(|(user, days)| Customer::of(user, &days, counted)).collect();
        Self { all, span: (day(first.at), day(last.at)), counted }
    }
}

fn plus(known: Option<Money>, paid: Money) -> Money {
    Money::from_minor(known.unwrap_or_default().minor().saturating_add(paid.minor()))
}

fn typical(days: &BTreeMap<UserId, BTreeMap<i64, Option<Money>>>) -> Counted {
    let all = || days.values().flat_map(BTreeMap::values);
    let (paid, visits) = (all().flatten().count() as f64, all().count() as f64);
    if paid == 0.0 || paid >= ORDERS * visits { Counted::Visits } else { Counted::Payments }
}

impl Customer {
    fn of(user: UserId, days: &BTreeMap<i64, Option<Money>>, counted: Counted) -> Option<Self> {
        let counts = |(_, paid): &(&i64, &Option<Money>)| counted == Counted::Visits || paid.is_some();
        let (days, paid): (Vec<i64>, Vec<Money>) =
            days.iter().filter(counts).map(|(&day, paid)| (day, paid.unwrap_or_default())).unzip();
        (!days.is_empty()).then_some(Self { user, days, paid })
    }

    /// How many purchases there were by the end of a day.
    #[must_use]
    pub fn by(&self, day: i64) -> usize {
        self.days.partition_point(|&bought| bought <= day)
    }
}
