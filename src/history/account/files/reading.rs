//! Reads the folder's tables into one history.

use std::{collections::BTreeMap, path::Path};

use super::{
    Company, Read,
    rolling::rolled,
    table::{Row, Table},
};
use crate::{
    base::units::{Money, UserId},
    history::{
        account::{
            AccountEvent, AccountHistory, AccountRecord, Enrolment, Happening, MODULES, Member, Terms, Usage,
            register::{Contract, Entry, Register},
        },
        error::HistoryError,
        name::Name,
        rejection::{Flaw, Rejection},
    },
};

pub(super) fn read(folder: &Path, company: &Company) -> Result<Read, HistoryError> {
    let mut reading = Reading {
        folder,
        company,
        records: Vec::new(),
        homes: BTreeMap::new(),
        read: Vec::new(),
        rejected: Vec::new(),
    };
    reading.read.push(folder.join("company.ron"));
    // 1. Who there is, and that it fits together.
    let accounts = reading.accounts()?;
    let contracts = reading.contracts()?;
    reading.members()?;
    reading.check(&accounts, contracts)?;
    // 2. What happened.
    let first = days(company).0;
    if let Some(table) = reading.table("usage.csv", &["account", "week_end", "seats", "active", "sessions"])? {
        reading.each(&table, Reading::usage);
    }
    if let Some(table) = reading.table("product.csv", &["at", "member", "module"])? {
        let mut uses = Vec::new();
        reading.each(&table, |reading, row| reading.used(row).map(|used| uses.push(used)));
        rolled(&mut reading.records, uses, first, days(company).1);
    }
    if let Some(table) = reading.table("seen.csv", &["member", "modules", "active_weeks", "sessions", "last_active"])? {
        reading.each(&table, Reading::seen);
    }
    if let Some(table) = reading.table("events.csv", &["day", "account", "kind", "value", "name", "late_days"])? {
        reading.each(&table, Reading::event);
    }
    Ok(reading.done())
}

/// The first day and the day after the last.
fn days(company: &Company) -> (i32, i32) {
    let number = |date: crate::base::time::Date| i32::try_from(date.number()).unwrap_or(i32::MAX);
    (number(company.first), number(company.end))
}

struct Reading<'a> {
    folder: &'a Path,
    company: &'a Company,
    /// In the order of names.
    records: Vec<AccountRecord>,
    /// The account of each member, and their place there.
    homes: BTreeMap<UserId, (usize, usize)>,
    read: Vec<std::path::PathBuf>,
    rejected: Vec<Rejection>,
}

impl Reading<'_> {
    fn table(&mut self, file: &str, needed: &[&str]) -> Result<Option<Table>, HistoryError> {
        let table = Table::if_there(self.folder, file, needed)?;
        self.read.extend(table.iter().map(|table| table.path.clone()));
        Ok(table)
    }

    /// Reads every row; those that are none are left out and kept.
    fn each(&mut self, table: &Table, mut read: impl FnMut(&mut Self, &Row<'_>) -> Result<(), Flaw>) {
        for row in table.rows() {
            if let Err(flaw) = read(self, &row) {
                self.rejected.push(table.rejection(&row, flaw));
            }
        }
    }

    fn accounts(&mut self) -> Result<Table, HistoryError> {
        let table = Table::read(self.folder, "accounts.csv", &["account", "tier"])?;
        self.read.push(table.path.clone());
        let mut rows: Vec<Row<'_>> = table.rows().collect();
        rows.sort_by(|a, b| a.text("account").cmp(b.text("account")));
        for row in &rows {
            let record = self.account(row, &rows).map_err(|flaw| table.refused(row, flaw))?;
            if self.records.last().is_some_and(|last| last.id == record.id) {
                return Err(table.refused(row, Flaw::new("account", "there once", record.id.as_str())));
            }
            self.records.push(record);
        }
        Ok(table)
    }

    fn account(&self, row: &Row<'_>, rows: &[Row<'_>]) -> Result<AccountRecord, Flaw> {
        let parent = Some(row.text("parent")).filter(|parent| !parent.is_empty());
        let place = |name: &str| rows.binary_search_by(|other| other.text("account").cmp(name)).ok();
        let parent = parent.map(|name| place(name).ok_or_else(|| Flaw::new("parent", "one of the accounts", name)));
        let arm = row.text("arm");
        let enrolled =
            if arm.is_empty() { None } else { Some(Enrolment { arm: arm.into(), day: row.day("enrolled")? }) };
        Ok(AccountRecord {
            id: row.some("account")?.into(),
            tier: row.known("tier", &self.company.tiers)? as u8,
            parent: parent.transpose()?.map(|place| place as u32),
            enrolled,
            members: Vec::new(),
            events: Vec::new(),
        })
    }

    fn place(&self, row: &Row<'_>) -> Result<usize, Flaw> {
        let name = row.some("account")?;
        let found = self.records.binary_search_by(|record| record.id.as_str().cmp(name));
        found.map_err(|_| Flaw::new("account", "one of those in accounts.csv", name))
    }

    /// Contracts become what happened; they are returned for the check.
    fn contracts(&mut self) -> Result<Vec<Vec<Contract>>, HistoryError> {
        let needed = ["account", "start", "renewal", "recurring", "seats", "outcome"];
        let table = Table::read(self.folder, "contracts.csv", &needed)?;
        self.read.push(table.path.clone());
        let mut all: Vec<Vec<Stated>> = vec![Vec::new(); self.records.len()];
        for row in table.rows() {
            let read = self.place(&row).and_then(|place| Ok((place, self.contract(&row)?)));
            let (place, contract) = read.map_err(|flaw| table.refused(&row, flaw))?;
            all[place].push(contract);
        }
        for (record, contracts) in self.records.iter_mut().zip(&mut all) {
            contracts.sort_by_key(|one: &Stated| one.start);
            record.events = happened(contracts, days(self.company));
        }
        Ok(all
            .iter()
            .map(|own| own.iter().map(|one| Contract { start: one.start, renewal: one.terms.renewal }).collect())
            .collect())
    }

    fn contract(&self, row: &Row<'_>) -> Result<Stated, Flaw> {
        let amount = row.text("recurring");
        let recurring = Money::parse(amount, self.company.currency)
            .map_err(|why| Flaw::new("recurring", why.to_string(), amount))?;
        let renewals = row.text("renewals");
        let outcome = row.text("outcome");
        Ok(Stated {
            start: row.day("start")?,
            terms: Terms {
                recurring,
                seats: row.parsed("seats", "a whole number")?,
                renewal: row.day("renewal")?,
                renewals: if renewals.is_empty() { 0 } else { row.parsed("renewals", "a whole number")? },
            },
            counted: !renewals.is_empty(),
            left: match outcome {
                "left" => true,
                "renewed" | "running" => false,
                _ => return Err(Flaw::new("outcome", "one of renewed, left, running", outcome)),
            },
        })
    }

    fn members(&mut self) -> Result<(), HistoryError> {
        let table = Table::read(self.folder, "members.csv", &["member", "account", "role"])?;
        self.read.push(table.path.clone());
        for row in table.rows() {
            let read = self.place(&row).and_then(|place| {
                Ok((place, UserId::of(row.some("member")?), row.known("role", &self.company.roles)? as u8))
            });
            let (place, user, role) = read.map_err(|flaw| table.refused(&row, flaw))?;
            let member = Member { user, role, modules: 0, active_weeks: 0, sessions: 0, last_active: None };
            let own = &mut self.records[place].members;
            if let Some((other, _)) = self.homes.insert(user, (place, own.len())) {
                let other = self.records[other].id.to_string();
                let expected = format!("in one account once, but is in {other} already");
                return Err(table.refused(&row, Flaw::new("member", expected, row.text("member"))));
            }
            self.records[place].members.push(member);
        }
        Ok(())
    }

    /// What the accounts of a whole register must hold.
    fn check(&self, accounts: &Table, contracts: Vec<Vec<Contract>>) -> Result<(), HistoryError> {
        let entry = |(record, contracts): (&AccountRecord, Vec<Contract>)| Entry {
            id: record.id.to_string(),
            tier: self.company.tiers[usize::from(record.tier)].to_string(),
            parent: record.parent.map(|parent| self.records[parent as usize].id.to_string()),
            members: record.members.iter().map(|member| member.user).collect(),
            contracts,
        };
        let entries = self.records.iter().zip(contracts).map(entry).collect();
        let tiers: Vec<&str> = self.company.tiers.iter().map(Name::as_str).collect();
        Register::new(entries, &tiers).map(drop).map_err(|error| {
            let row = accounts.rows().find(|row| row.text("account") == error.account());
            accounts.wrong(row.and_then(|row| row.place.line), error)
        })
    }

    fn within(&self, day: i32, column: &'static str, row: &Row<'_>) -> Result<i32, Flaw> {
        let (first, end) = days(self.company);
        let expected = || format!("within the history ({} to {})", self.company.first, self.company.end);
        (first..=end).contains(&day).then_some(day).ok_or_else(|| Flaw::new(column, expected(), row.text(column)))
    }

    fn usage(&mut self, row: &Row<'_>) -> Result<(), Flaw> {
        let place = self.place(row)?;
        let day = self.within(row.day("week_end")?, "week_end", row)?;
        let count = |column| row.parsed::<u32>(column, "a whole number");
        let mut users = [0; MODULES];
        for (cell, module) in users.iter_mut().zip(&self.company.modules) {
            let text = row.text(module);
            *cell = if text.is_empty() {
                0
            } else {
                text.parse().map_err(|_| Flaw::new(module, "a whole number", text))?
            };
        }
        let usage = Usage { seats: count("seats")?, active: count("active")?, sessions: count("sessions")?, users };
        self.records[place].events.push(AccountEvent { day, what: Happening::Used(usage) });
        Ok(())
    }

    fn home(&self, row: &Row<'_>) -> Result<(usize, usize), Flaw> {
        let name = row.some("member")?;
        self.homes
            .get(&UserId::of(name))
            .copied()
            .ok_or_else(|| Flaw::new("member", "one of those in members.csv", name))
    }

    /// One use of a module by a member: the account, the member's place there, the day, the module.
    fn used(&self, row: &Row<'_>) -> Result<(usize, usize, i32, usize), Flaw> {
        let (account, member) = self.home(row)?;
        let day = self.within(row.day_of("at")?, "at", row)?;
        Ok((account, member, day, row.known("module", &self.company.modules)?))
    }

    fn seen(&mut self, row: &Row<'_>) -> Result<(), Flaw> {
        let (account, place) = self.home(row)?;
        let modules = self.modules(row.text("modules"))?;
        let last = row.text("last_active");
        let member = &mut self.records[account].members[place];
        member.last_active = if last.is_empty() { None } else { Some(row.day("last_active")?) };
        member.modules = modules;
        member.active_weeks = row.parsed("active_weeks", "a whole number")?;
        member.sessions = row.parsed("sessions", "a whole number")?;
        Ok(())
    }

    /// One bit a module; between names stand semicolons, or spaces where no name has one.
    fn modules(&self, text: &str) -> Result<u16, Flaw> {
        let place = |name: &str| self.company.modules.iter().position(|module| module.as_str() == name);
        let mut bits = 0;
        for part in text.split(';').map(str::trim) {
            if let Some(place) = place(part) {
                bits |= 1 << place;
                continue;
            }
            for name in part.split_whitespace() {
                let known = place(name);
                bits |= 1 << known.ok_or_else(|| Flaw::new("modules", "modules with semicolons between", name))?;
            }
        }
        Ok(bits)
    }

    fn event(&mut self, row: &Row<'_>) -> Result<(), Flaw> {
        let place = self.place(row)?;
        let day = self.within(row.day("day")?, "day", row)?;
        let what = self.happening(row)?;
        self.records[place].events.push(AccountEvent { day, what });
        Ok(())
    }

    fn happening(&self, row: &Row<'_>) -> Result<Happening, Flaw> {
        let from_to = |least: u8, most: u8, expected: &'static str| {
            let value: u8 = row.parsed("value", expected)?;
            (least..=most)
                .contains(&value)
                .then_some(value)
                .ok_or_else(|| Flaw::new("value", expected, row.text("value")))
        };
        let money = || {
            let text = row.text("value");
            Money::parse(text, self.company.currency).map_err(|why| Flaw::new("value", why.to_string(), text))
        };
        Ok(match row.text("kind") {
            "ticket" => Happening::Ticket { severity: from_to(1, 3, "a severity from 1 to 3")? },
            "satisfaction" => Happening::Satisfaction { score: from_to(1, 5, "a score from 1 to 5")? },
            "review" => Happening::BusinessReview { score: from_to(1, 5, "a score from 1 to 5")? },
            "recommendation" => Happening::Recommendation { score: from_to(0, 10, "a score from 0 to 10")? },
            "sponsor_left" => Happening::SponsorLeft,
            "sponsor_named" => Happening::SponsorNamed,
            "paid" => Happening::Paid { amount: money()?, late_days: row.parsed("late_days", "a whole number")? },
            "expand" => Happening::Expanded { sku: row.known("name", &self.company.skus)? as u8, recurring: money()? },
            "contacted" => Happening::Contacted { play: row.some("name")?.into() },
            other => {
                let known = "one of ticket, satisfaction, review, recommendation, sponsor_left, sponsor_named, paid, expand, contacted";
                return Err(Flaw::new("kind", known, other));
            }
        })
    }

    fn done(self) -> Read {
        let company = self.company;
        let mut accounts = self.records;
        for account in &mut accounts {
            account.events.sort_by_key(|event| (event.day, event.what.rank()));
            account.members.sort_unstable_by_key(|member| member.user);
        }
        let history = AccountHistory {
            currency: company.currency,
            tiers: company.tiers.clone(),
            roles: company.roles.clone(),
            modules: company.modules.clone(),
            skus: company.skus.clone(),
            days: days(company),
            accounts,
        };
        Read { history, rejected: self.rejected, files: self.read }
    }
}

/// A contract as its row has it.
#[derive(Clone)]
struct Stated {
    start: i32,
    terms: Terms,
    /// Whether the row says how many renewals were before it.
    counted: bool,
    left: bool,
}

/// Contracts, in the order of their first days, as what happened.
fn happened(contracts: &mut [Stated], (first, end): (i32, i32)) -> Vec<AccountEvent> {
    let mut events = Vec::new();
    let mut before: Option<Stated> = None;
    for one in contracts {
        let follows = before.as_ref().is_some_and(|before| before.terms.renewal == one.start && !before.left);
        if let Some(before) = before.as_ref().filter(|_| follows && !one.counted) {
            one.terms.renewals = before.terms.renewals.saturating_add(1);
        }
        let what = if follows { Happening::Renewed(one.terms) } else { Happening::Started(one.terms) };
        events.push(AccountEvent { day: one.start.max(first), what });
        if one.left && one.terms.renewal <= end {
            events.push(AccountEvent { day: one.terms.renewal, what: Happening::Left });
        }
        before = Some(one.clone());
    }
    events
}
