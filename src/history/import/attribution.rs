//! What campaigns brought and cost: first touch, spend of a channel's day, CAC, payback and return.

use std::collections::BTreeMap;

use super::{
    join::Person,
    number,
    privacy::Id,
    rates::Rates,
    record::{Body, Record, Spend, Touch},
};
use crate::{base::units::Currency, history::name::Name};

/// Spend of a campaign on a day \[minor unit\].
pub type Days = BTreeMap<(Name, Name, i64), i64>;

/// What was spent, and under which names campaigns go.
#[derive(Clone, Debug, Default)]
pub struct Spending {
    /// By channel, campaign and day.
    pub days: Days,
    /// Ids of campaigns by name, where a name has only one.
    ids: BTreeMap<Name, Option<Name>>,
    /// Names by id.
    pub titles: BTreeMap<Name, Name>,
    /// Without a rate, by currency \[minor unit\].
    pub unconverted: BTreeMap<Currency, i64>,
}

impl Spending {
    /// Adds up spend in one currency; where an export names none, it is taken to be that one.
    #[must_use]
    pub fn of(records: &[Record], rates: &Rates, currency: Currency) -> Self {
        let mut found = Self::default();
        let mut parts: BTreeMap<&Name, &Name> = BTreeMap::new();
        let mut finest: BTreeMap<(&Name, i64), u8> = BTreeMap::new();
        for record in records {
            match &record.body {
                Body::Part(ad, campaign) => {
                    parts.insert(ad, campaign);
                }
                Body::Title(id, title) => found.title(id, title),
                Body::Spend(spend) => {
                    finest
                        .entry((&spend.channel, spend.day))
                        .and_modify(|level| *level = spend.level.min(*level))
                        .or_insert(spend.level);
                    if let Some(title) = &spend.title {
                        found.title(&spend.campaign, title);
                    }
                }
                _ => {}
            }
        }
        // Rounded once a cell, so that however the rows were cut, sums are the same.
        let mut cells: BTreeMap<(Name, Name, i64, Currency), i128> = BTreeMap::new();
        let counts = |spend: &&Spend| finest.get(&(&spend.channel, spend.day)) == Some(&spend.level);
        for spend in records
            .iter()
            .filter_map(|record| if let Body::Spend(spend) = &record.body { Some(spend) } else { None })
            .filter(counts)
        {
            let campaign = parts.get(&spend.campaign).map_or(&spend.campaign, |campaign| *campaign);
            let of = spend.currency.unwrap_or(currency);
            *cells.entry((spend.channel.clone(), campaign.clone(), spend.day, of)).or_default() +=
                i128::from(spend.micros);
        }
        for ((channel, campaign, day, of), micros) in cells {
            let minor = number::minor_of_micros(micros, of);
            match rates.convert(minor, of, currency, day) {
                Some(minor) => *found.days.entry((channel, campaign, day)).or_default() += minor,
                None => *found.unconverted.entry(of).or_default() += minor,
            }
        }
        found
    }

    fn title(&mut self, id: &Name, title: &Name) {
        if id != title {
            let known = self.ids.entry(title.clone()).or_insert_with(|| Some(id.clone()));
            if known.as_ref().is_some_and(|known| known != id) {
                *known = None;
            }
            self.titles.insert(id.clone(), title.clone());
        }
    }

    /// A touch with the campaign's id in the place of its name.
    #[must_use]
    pub fn resolve(&self, touch: &Touch) -> Touch {
        let id = touch.campaign.as_ref().and_then(|name| self.ids.get(name).cloned().flatten());
        Touch { channel: touch.channel.clone(), campaign: id.or_else(|| touch.campaign.clone()) }
    }

    /// In all \[minor unit\].
    #[must_use]
    pub fn total(&self) -> i64 {
        self.days.values().sum()
    }
}

/// What a campaign brought and cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Campaign {
    /// Its name, where one is known.
    pub title: Option<Name>,
    /// Spent \[minor unit\].
    pub spend: i64,
    /// Persons whose first touch it was.
    pub new_persons: u64,
    /// Of those, who have paid.
    pub payers: u64,
    /// What they have paid \[minor unit\].
    pub revenue: i64,
    /// What is left of it after refunds, disputes and fees \[minor unit\].
    pub net: i64,
    /// Paid by persons whose last touch before first paying it was \[minor unit\].
    pub revenue_last_touch: i64,
    /// Days from the first spend until what was paid by those it brought reached what had been spent on it.
    pub payback_days: Option<f64>,
    /// Spent on days on which it brought nobody \[minor unit\].
    pub unallotted: i64,
}

/// Campaigns by id, and the cost of bringing each person \[minor unit\].
pub struct Attribution {
    /// By id.
    pub campaigns: BTreeMap<Name, Campaign>,
    /// By person.
    pub cost: BTreeMap<Id, i64>,
    /// Persons without a campaign.
    pub unattributed: Campaign,
}

/// Attributes persons to campaigns by first touch and allots spend of a day to whom the day brought.
#[must_use]
pub fn attribution(persons: &BTreeMap<Id, Person<'_>>, spending: &Spending) -> Attribution {
    let mut found =
        Attribution { campaigns: BTreeMap::new(), cost: BTreeMap::new(), unattributed: Campaign::default() };
    let mut brought: BTreeMap<(Name, i64), Vec<Id>> = BTreeMap::new();
    for (id, person) in persons {
        let campaign = person.first.as_ref().and_then(|(at, touch)| Some((*at, touch.campaign.clone()?)));
        let entry = match &campaign {
            Some((_, name)) => found.campaigns.entry(name.clone()).or_default(),
            None => &mut found.unattributed,
        };
        entry.new_persons += 1;
        entry.payers += u64::from(person.gross() > 0);
        entry.revenue += person.gross();
        entry.net += person.payments.iter().map(|paid| paid.net()).sum::<i64>();
        if let Some((at, name)) = campaign {
            brought.entry((name, at.div_euclid(86_400_000))).or_default().push(*id);
        }
        if let Some(name) = person.last.as_ref().and_then(|(_, touch)| touch.campaign.clone()) {
            found.campaigns.entry(name).or_default().revenue_last_touch += person.gross();
        }
    }
    for ((_, name, day), &spend) in &spending.days {
        let campaign = found.campaigns.entry(name.clone()).or_default();
        campaign.spend += spend;
        match brought.get(&(name.clone(), *day)) {
            Some(ids) => allot(spend, ids, &mut found.cost),
            None => campaign.unallotted += spend,
        }
    }
    for (name, campaign) in &mut found.campaigns {
        campaign.title = spending.titles.get(name).cloned();
        campaign.payback_days = payback(name, persons, spending);
    }
    found
}

/// Equal shares in whole minor units; the first ones by pseudonym bear what is left.
fn allot(spend: i64, ids: &[Id], cost: &mut BTreeMap<Id, i64>) {
    let (each, left) = (spend / ids.len() as i64, spend % ids.len() as i64);
    for (index, id) in ids.iter().enumerate() {
        *cost.entry(*id).or_default() += each + i64::from((index as i64) < left);
    }
}

fn payback(name: &Name, persons: &BTreeMap<Id, Person<'_>>, spending: &Spending) -> Option<f64> {
    let spent = spending
        .days
        .iter()
        .filter(|((_, campaign, _), _)| campaign == name)
        .map(|((_, _, day), spend)| (*day * 86_400_000, *spend));
    let of =
        |person: &&Person<'_>| person.first.as_ref().is_some_and(|(_, touch)| touch.campaign.as_ref() == Some(name));
    let paid = persons.values().filter(of).flat_map(|person| person.payments.iter().map(|paid| (paid.at, -paid.gross)));
    let mut flows: Vec<(i64, i64)> = spent.chain(paid).collect();
    flows.sort_unstable();
    let start = flows.iter().find(|(_, flow)| *flow > 0)?.0;
    let total: i64 = flows.iter().map(|(_, flow)| flow.max(&0)).sum();
    let mut left = total;
    let (at, _) = flows.iter().filter(|(_, flow)| *flow < 0).find(|(_, flow)| {
        left += flow;
        left <= 0
    })?;
    Some((at - start) as f64 / 86_400_000.0)
}
