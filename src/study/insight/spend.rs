//! What was spent on bringing users: by local day, channel and campaign.

use std::{collections::BTreeMap, path::Path};

use crate::{
    base::{time::Date, units::Currency},
    history::{error::HistoryError, source::table::Table},
    world::scenario::{Acquisition, Scenario},
};

/// Spend by (day, channel, campaign) [major units].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spend {
    /// The campaign is empty where none is named.
    pub days: BTreeMap<(i64, String, String), f64>,
}

impl Spend {
    /// Reads a table with columns `day`, `channel`, `campaign` and `spend` (minor units), as an import writes it; a channel
    /// stands for a campaign where there is none.
    ///
    /// # Errors
    /// [`HistoryError`], if the file cannot be read or lacks a column.
    pub fn read(path: &Path, currency: Currency) -> Result<Self, HistoryError> {
        let table = Table::read(path, &["day", "channel", "campaign", "spend"])?;
        let (days, day_names) = table.labels("day")?;
        let (channels, channel_names) = table.labels("channel")?;
        let (campaigns, campaign_names) = table.labels("campaign")?;
        let amounts = table.numbers("spend")?;
        let mut spend = Self::default();
        for row in 0..table.rows {
            let Ok(day) = Date::parse(&day_names[days[row] as usize]) else { continue };
            if !amounts[row].is_finite() {
                continue;
            }
            let channel = channel_names[channels[row] as usize].clone();
            let campaign = campaign_names[campaigns[row] as usize].clone();
            let major = amounts[row] / currency.minor_per_major() as f64;
            *spend.days.entry((day.number(), channel, campaign)).or_default() += major;
        }
        Ok(spend)
    }

    /// What a world's company spends, on each day of a record.
    #[must_use]
    pub fn planned(scenario: &Scenario, (from, to): (i64, i64)) -> Self {
        let mut spend = Self::default();
        let channels = scenario.world.iter().flat_map(|world| &world.acquisition);
        for channel in channels {
            if let Acquisition::Paid { spend_per_day, .. } = &channel.brings {
                for day in from..=to {
                    spend.days.insert((day, channel.id.clone(), String::new()), spend_per_day.value());
                }
            }
        }
        spend
    }

    /// Of a channel between two days, both included [major units].
    #[must_use]
    pub fn of_channel(&self, channel: &str, (from, to): (i64, i64)) -> f64 {
        self.between(from, to).filter(|((_, name, _), _)| name == channel).map(|(_, spend)| spend).sum()
    }

    /// Of a campaign between two days, both included [major units].
    #[must_use]
    pub fn of_campaign(&self, campaign: &str, (from, to): (i64, i64)) -> f64 {
        self.between(from, to).filter(|((_, _, name), _)| name == campaign).map(|(_, spend)| spend).sum()
    }

    /// Of everything between two days, both included [major units].
    #[must_use]
    pub fn total(&self, (from, to): (i64, i64)) -> f64 {
        self.between(from, to).map(|(_, spend)| spend).sum()
    }

    /// Of a channel on each day on which there was any.
    #[must_use]
    pub fn daily(&self, channel: &str) -> BTreeMap<i64, f64> {
        let mut days = BTreeMap::new();
        for ((day, name, _), spend) in &self.days {
            if name == channel {
                *days.entry(*day).or_default() += spend;
            }
        }
        days
    }

    fn between(&self, from: i64, to: i64) -> impl Iterator<Item = (&(i64, String, String), &f64)> {
        let start = (from, String::new(), String::new());
        self.days.range(start..).take_while(move |((day, _, _), _)| *day <= to)
    }
}
