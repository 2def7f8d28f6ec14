//! A day in numbers: users, sessions, payments and money by channel, of those who are new and of those who return; and,
//! apart, the few large payers, the tops of large payments, and money that goes back.

use std::collections::BTreeMap;

use super::tally::{Tally, Visit};
use crate::history::name::Name;

/// Channels that are told apart; the rest is one.
const CHANNELS: usize = 6;
/// Share of expected revenue from which on a payer is told by name \[1\].
const LARGE: f64 = 0.05;
/// Payers who are told by name.
const FEW: usize = 5;
/// Days with a payment that a payer must have, to be expected.
const PAYING_DAYS: u32 = 5;
/// What a day keeps of what it says about a payer's usual day \[1\].
const KEEPS: f64 = 0.95;
/// Share of payments that are not cut \[1\].
const USUAL: f64 = 0.99;
/// Payments that a limit needs.
const PAYMENTS: usize = 200;

/// Who or what is told apart in all days alike; settled by what happened before the first day in question.
#[derive(Clone, Debug)]
pub struct Cut {
    /// Names of channels, by their number.
    pub channels: Vec<String>,
    /// By user: the number of the channel.
    channel: Vec<u8>,
    /// By user: the place among the large payers.
    few: BTreeMap<u32, usize>,
    /// Large payers, the largest first.
    pub payers: Vec<u32>,
    /// Beyond this, the money of one user on one day is told apart [minor unit].
    pub limit: Option<i64>,
}

/// Numbers of a group of users on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Users who came.
    pub users: f64,
    /// Their sessions.
    pub sessions: f64,
    /// Sessions that paid.
    pub paid: f64,
    /// Money, each user's up to the limit [minor unit].
    pub gross: f64,
}

/// A day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// By channel: those who return, those who are new.
    pub channels: Vec<[Cell; 2]>,
    /// Money beyond the limit [minor unit].
    pub beyond: f64,
    /// Money of each large payer [minor unit].
    pub few: Vec<f64>,
    /// Refunds and disputes [minor unit].
    pub back: f64,
}

impl Cut {
    /// From what happened before a day.
    #[must_use]
    pub fn of(tally: &Tally, before: i64) -> Self {
        let (channels, channel) = channels(tally);
        let payers = payers(tally, before);
        let few = payers.iter().enumerate().map(|(place, &user)| (user, place)).collect();
        let limit = limit(tally, before, &few);
        Self { channels, channel, few, payers, limit }
    }

    /// The numbers of a day.
    #[must_use]
    pub fn facts(&self, visits: &[Visit]) -> Facts {
        let channels = vec![[Cell::default(); 2]; self.channels.len()];
        let mut facts = Facts { channels, few: vec![0.0; self.payers.len()], ..Facts::default() };
        visits.iter().for_each(|visit| self.add(&mut facts, visit));
        facts
    }

    fn add(&self, facts: &mut Facts, visit: &Visit) {
        facts.back += visit.back as f64;
        if let Some(&place) = self.few.get(&visit.user) {
            facts.few[place] += visit.gross as f64;
            return;
        }
        if visit.sessions == 0 {
            return;
        }
        let usual = self.limit.map_or(visit.gross, |limit| visit.gross.min(limit));
        facts.beyond += visit.gross as f64 - usual as f64;
        let cell = &mut facts.channels[usize::from(self.channel[visit.user as usize])][usize::from(visit.new)];
        cell.users += 1.0;
        cell.sessions += f64::from(visit.sessions);
        cell.paid += f64::from(visit.paid);
        cell.gross += usual as f64;
    }
}

/// Names of channels, the busiest first, and the channel of each user.
fn channels(tally: &Tally) -> (Vec<String>, Vec<u8>) {
    let mut uses: BTreeMap<Option<&Name>, u64> = BTreeMap::new();
    for visit in tally.days.iter().flatten() {
        *uses.entry(tally.users[visit.user as usize].channel.as_ref()).or_default() += 1;
    }
    let mut busiest: Vec<(Option<&Name>, u64)> = uses.into_iter().collect();
    busiest.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let pools = busiest.len() > CHANNELS;
    let kept: Vec<Option<&Name>> = busiest.iter().take(CHANNELS).map(|(name, _)| *name).collect();
    let mut names: Vec<String> =
        kept.iter().map(|name| name.map_or("channel not known".to_owned(), ToString::to_string)).collect();
    if pools || names.is_empty() {
        names.push("other channels".to_owned());
    }
    let last = names.len() - 1;
    let place = |name: Option<&Name>| kept.iter().position(|other| *other == name).unwrap_or(last) as u8;
    let of_users = tally.users.iter().map(|person| place(person.channel.as_ref())).collect();
    (names, of_users)
}

/// Users of whom a good part of a usual day's revenue is expected.
fn payers(tally: &Tally, before: i64) -> Vec<u32> {
    let mut usual: BTreeMap<u32, (f64, u32)> = BTreeMap::new();
    let (mut total, mut weight) = (0.0, 0.0);
    for (day, visits) in (tally.first..before).zip(&tally.days) {
        // What came later counts more.
        let counts = crate::base::float::exp((before - 1 - day) as f64 * crate::base::float::log(KEEPS));
        weight += counts;
        for visit in visits.iter().filter(|visit| visit.gross > 0) {
            let (sum, days) = usual.entry(visit.user).or_default();
            *sum += counts * visit.gross as f64;
            *days += 1;
            total += counts * visit.gross as f64;
        }
    }
    let is_large = |sum: f64, days: u32| days >= PAYING_DAYS && weight > 0.0 && sum >= LARGE * total;
    let mut large: Vec<(u32, f64)> = usual
        .into_iter()
        .filter(|(_, (sum, days))| is_large(*sum, *days))
        .map(|(user, (sum, _))| (user, sum))
        .collect();
    large.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    large.into_iter().take(FEW).map(|(user, _)| user).collect()
}

/// The money that nearly all users who pay stay below on a day.
fn limit(tally: &Tally, before: i64, few: &BTreeMap<u32, usize>) -> Option<i64> {
    let days = (tally.first..before).zip(&tally.days);
    let paid = days.flat_map(|(_, visits)| visits).filter(|visit| visit.gross > 0 && !few.contains_key(&visit.user));
    let mut paid: Vec<i64> = paid.map(|visit| visit.gross).collect();
    if paid.len() < PAYMENTS {
        return None;
    }
    let place = ((paid.len() - 1) as f64 * USUAL) as usize;
    Some(*paid.select_nth_unstable(place).1)
}
