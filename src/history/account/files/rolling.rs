//! Uses of modules by members, rolled up by week; and what each member did, summed up.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::account::{AccountEvent, AccountRecord, Happening, Usage};

/// One use: the account, the member's place there, the day, the module.
pub(super) type Use = (usize, usize, i32, usize);

/// What one member did in one week.
#[derive(Default)]
struct Week {
    days: BTreeSet<i32>,
    modules: u16,
}

/// Adds weeks of use to all accounts while they have a contract, weeks in which nobody came included: silence tells
/// something too. Weeks are counted from the first day; a day with any use counts as one session.
pub(super) fn rolled(records: &mut [AccountRecord], uses: Vec<Use>, first: i32, end: i32) {
    let mut weeks: BTreeMap<(usize, i32, usize), Week> = BTreeMap::new();
    for (account, member, day, module) in uses {
        let week_end = first + ((day - first).div_euclid(7) + 1) * 7;
        let week = weeks.entry((account, week_end, member)).or_default();
        week.days.insert(day);
        week.modules |= 1 << module;
    }
    for (&(account, week_end, member), week) in &weeks {
        let member = &mut records[account].members[member];
        member.modules |= week.modules;
        member.active_weeks = member.active_weeks.saturating_add(1);
        member.sessions += week.days.len() as u32;
        member.last_active = Some(week_end);
    }
    for (place, record) in records.iter_mut().enumerate() {
        let ends = (first + 7..=end).step_by(7);
        let used: Vec<AccountEvent> = ends.filter_map(|week_end| usage(record, &weeks, place, week_end)).collect();
        record.events.extend(used);
    }
}

fn usage(
    record: &AccountRecord,
    weeks: &BTreeMap<(usize, i32, usize), Week>,
    place: usize,
    week_end: i32,
) -> Option<AccountEvent> {
    let seats = record.terms_on(week_end - 1)?.seats;
    let mut usage = Usage { seats, ..Usage::default() };
    for (_, week) in weeks.range((place, week_end, 0)..=(place, week_end, usize::MAX)) {
        usage.active += 1;
        usage.sessions += week.days.len() as u32;
        let counted = usage.users.iter_mut().enumerate().filter(|(module, _)| week.modules >> module & 1 == 1);
        counted.for_each(|(_, users)| *users += 1);
    }
    Some(AccountEvent { day: week_end, what: Happening::Used(usage) })
}
