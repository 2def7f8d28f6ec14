//! Customers as the reference models see them: when they bought, for how much, and how long they stayed.
//!
//! Purchases of one local day are one. Times are in weeks, tenures in periods of 30 days, money in major units.

use std::collections::BTreeMap;

use crate::{
    base::{
        time::{LocalClock, SimTime, Zone},
        units::{Currency, UserId},
    },
    history::{event::EventKind, log::History},
    study::reference::{Purchases, SummaryError, gamma_gamma::Spend, retention::Cohort},
};

/// Length of a period of tenure \[day\].
pub const PERIOD_DAYS: i64 = 30;

/// All customers of a history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Customers {
    /// By user: local days with a purchase, ascending, and what was paid on each [major units].
    purchases: Vec<Vec<(i64, f64)>>,
    /// By user: local days of their first and last event, and whether they said goodbye.
    stays: Vec<Stay>,
    /// The last local day of the record.
    last: i64,
}

/// How long a user was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stay {
    first: i64,
    /// The day of the goodbye, unless something followed it.
    left: Option<i64>,
}

impl Customers {
    /// Reads them from a history.
    #[must_use]
    pub fn of(history: &History, zone: &Zone, currency: Currency) -> Self {
        let (Some(first), Some(last)) = (history.events.first(), history.events.last()) else { return Self::default() };
        let clock = LocalClock::new(zone, first.at, last.at);
        let day = |at: SimTime| clock.wall(at).day();
        let mut purchases: BTreeMap<UserId, BTreeMap<i64, f64>> = BTreeMap::new();
        let mut stays: BTreeMap<UserId, Stay> = BTreeMap::new();
        for event in &history.events {
            let today = day(event.at);
            let stay = stays.entry(event.user).or_insert(Stay { first: today, left: None });
            match &event.kind {
                EventKind::Cancel => stay.left = Some(today),
                EventKind::Charge { amount } if amount.minor() > 0 => {
                    stay.left = None;
                    *purchases.entry(event.user).or_default().entry(today).or_default() += amount.major(currency);
                }
                kind if comes(kind) => stay.left = None,
                _ => {}
            }
        }
        let purchases = purchases.into_values().map(|days| days.into_iter().collect()).collect();
        Self { purchases, stays: stays.into_values().collect(), last: day(last.at) }
    }

    /// Users who ever bought.
    #[must_use]
    pub fn buyers(&self) -> usize {
        self.purchases.len()
    }

    /// Repeat purchase days, recency and age of everybody who bought \[week\], with the gaps between them.
    ///
    /// # Errors
    /// None for the days of a calendar.
    pub fn counts(&self) -> Result<Vec<Purchases>, SummaryError> {
        let weeks = |days: i64| days as f64 / 7.0;
        let one = |days: &Vec<(i64, f64)>| {
            let first = days.first().map_or(self.last, |&(day, _)| day);
            let times: Vec<f64> = days.iter().map(|&(day, _)| weeks(day - first)).collect();
            Purchases::from_times(&times, weeks(self.last - first))
        };
        self.purchases.iter().map(one).collect()
    }

    /// Mean spend per purchase day of those who came back, over all their purchase days [major units].
    ///
    /// # Errors
    /// If amounts are so large that they add up to no number.
    pub fn spend(&self) -> Result<Vec<Spend>, SummaryError> {
        let repeaters = self.purchases.iter().filter(|days| days.len() > 1);
        let mean = |days: &Vec<(i64, f64)>| days.iter().map(|(_, paid)| paid).sum::<f64>() / days.len() as f64;
        repeaters.map(|days| Spend::new(days.len() as u32, mean(days))).collect()
    }

    /// Whether anybody said goodbye.
    #[must_use]
    pub fn announced(&self) -> bool {
        self.stays.iter().any(|stay| stay.left.is_some())
    }

    /// Users watched for the same number of whole periods, and how many of them were left after each.
    ///
    /// # Errors
    /// None, since who has left stays away.
    pub fn cohorts(&self) -> Result<Vec<Cohort>, SummaryError> {
        let mut cohorts: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for stay in &self.stays {
            let watched = ((self.last - stay.first) / PERIOD_DAYS) as usize;
            let stayed = stay.left.map_or(watched, |day| ((day - stay.first) / PERIOD_DAYS) as usize);
            let cohort = cohorts.entry(watched).or_insert_with(|| vec![0; watched + 1]);
            cohort.iter_mut().take(stayed + 1).for_each(|left| *left += 1);
        }
        cohorts.into_values().map(Cohort::new).collect()
    }
}

/// Whether an event is something the user does, so that they are there again.
fn comes(kind: &EventKind) -> bool {
    use EventKind::{Content, Expand, Feature, Renew, SessionStart, Subscribe};
    matches!(kind, SessionStart | Content { .. } | Feature { .. } | Subscribe { .. } | Renew | Expand { .. })
}
