//! The tables of an account history, written from what was joined.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    Deal, Rows, Spot, Told,
    contracts::{self, Agreed, Outcome, Terms},
    ledger::{Account, Ledger},
};
use crate::{
    base::{
        codec,
        time::Date,
        units::{Currency, Money},
    },
    history::{
        account::{
            MODULES,
            files::{Company, decimal},
        },
        import::{
            privacy::Id,
            rates::Rates,
            summary::{Amount, Rejected, reasons},
        },
        name::Name,
        rejection::{Flaw, Place, Rejection},
    },
};

/// Products on top that are told apart.
const PRODUCTS: usize = 8;

/// How deals are read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The currency of the history; by default the one of most deals.
    pub currency: Option<Currency>,
    /// Rates of exchange.
    pub rates: Rates,
    /// How long a contract runs whose deal does not say \[month\].
    pub months: u32,
    /// How late a renewal may be won \[day\].
    pub grace: i32,
}

/// An account history as files.
#[derive(Clone, Debug)]
pub struct Made {
    /// Contents by name.
    pub files: Vec<(&'static str, String)>,
    /// What is in them.
    pub summary: Summary,
    /// What was left out, of the rows and of what they came to.
    pub rejected: Vec<Rejection>,
}

/// An account history in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Accounts with a contract and a member.
    pub accounts: u64,
    /// Contracts.
    pub contracts: u64,
    /// Decisions at the end of a contract: renewed, and not.
    pub decisions: (u64, u64),
    /// What was bought on top.
    pub expansions: u64,
    /// People of these accounts.
    pub members: u64,
    /// Different uses: a person, a day, a module.
    pub uses: u64,
    /// Tickets.
    pub tickets: u64,
    /// Modules, by how many people used them.
    pub modules: Vec<Name>,
    /// Uses of modules beyond the most that are told apart.
    pub uses_of_others: u64,
    /// Recurring revenue of the contracts that run at the end.
    pub recurring: Amount,
    /// The first day and the day after the last.
    pub days: (String, String),
    /// Of all amounts.
    pub currency: Currency,
    /// Price of the deals that were won, as the exports have it: in contracts and expansions, and left out.
    pub reconciliation: Reconciliation,
    /// Rows left out.
    pub rejected: Vec<Rejected>,
    /// What was made of each file.
    pub files: BTreeMap<Name, Rows>,
}

/// Both sides of the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// Won in all.
    pub won: Amount,
    /// In contracts and expansions.
    pub in_contracts: Amount,
    /// Left out: of accounts without members, or contradicting others.
    pub left_out: Amount,
    /// Without a rate of exchange, in no total: how many deals.
    pub unconverted: u64,
    /// Whether both sides are the same to the minor unit.
    pub balances: bool,
}

/// Writes the tables.
///
/// # Errors
/// When there is nothing that an account history could be made of, in words.
pub fn make(told: Told, settings: &Settings) -> Result<Made, String> {
    let Ledger { accounts, rejected } = Ledger::of(&told);
    let deals = accounts.values().flat_map(|account| account.deals.iter().map(|(_, deal)| deal));
    let currency = settings.currency.unwrap_or_else(|| most_used(deals.clone()));
    let Some(last) = accounts.values().filter_map(last_day).max() else {
        let what = "no row tells of a deal that was decided, a use or a ticket of an account";
        return Err(format!("{what}{}", why(&told, &rejected)));
    };
    let end = last + 1;
    let terms = Terms { months: settings.months, grace: settings.grace, end };
    let mut making = Making { currency, settings, terms, kept: BTreeMap::new(), rejected, books: Books::default() };
    for (name, account) in accounts {
        making.account(name, account);
    }
    making.parents();
    if making.kept.is_empty() {
        return Err(format!("no account has both a contract and a member{}", why(&told, &making.rejected)));
    }
    Ok(making.made(told))
}

/// What was left out most often.
fn why(told: &Told, joined: &[Rejection]) -> String {
    let mut left_out: BTreeMap<String, u64> = BTreeMap::new();
    for (why, rows) in told.files.values().flat_map(|file| &file.ignored) {
        *left_out.entry((*why).to_owned()).or_default() += rows;
    }
    for reason in reasons(&told.rejected).into_iter().chain(reasons(joined)) {
        *left_out.entry(reason.reason).or_default() += reason.rows;
    }
    let mut left_out: Vec<(String, u64)> = left_out.into_iter().collect();
    left_out.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    let said: Vec<String> = left_out.iter().take(4).map(|(why, rows)| format!("{why} ({rows} rows)")).collect();
    if said.is_empty() { String::new() } else { format!("; left out: {}", said.join("; ")) }
}

fn last_day(account: &Account) -> Option<i32> {
    let used = account.uses.last().map(|(day, ..)| *day);
    let asked = account.tickets.values().map(|(day, ..)| *day).max();
    let decided = account.deals.iter().filter(|(_, deal)| deal.won.is_some()).map(|(_, deal)| deal.closed).max();
    used.into_iter().chain(asked).chain(decided).max()
}

fn most_used<'a>(deals: impl Iterator<Item = &'a Deal>) -> Currency {
    let mut uses: BTreeMap<Currency, u64> = BTreeMap::new();
    deals.filter_map(|deal| deal.currency).for_each(|currency| *uses.entry(currency).or_default() += 1);
    let most = uses.into_iter().max_by_key(|&(currency, uses)| (uses, std::cmp::Reverse(currency)));
    most.map_or_else(crate::history::import::dollars, |(currency, _)| currency)
}

#[derive(Clone, Copy, Default)]
struct Books {
    won: i64,
    sold: i64,
    unconverted: u64,
}

struct Making<'a> {
    currency: Currency,
    settings: &'a Settings,
    terms: Terms,
    kept: BTreeMap<Name, (Account, Agreed)>,
    rejected: Vec<Rejection>,
    books: Books,
}

impl Making<'_> {
    fn account(&mut self, name: Name, account: Account) {
        let deals: Vec<(Spot, Deal)> = account.deals.iter().filter_map(|deal| self.converted(deal)).collect();
        let mut agreed = contracts::agreed(&deals, &account.signed, self.terms);
        self.rejected.append(&mut agreed.rejected);
        self.books.won +=
            deals.iter().filter(|(_, deal)| deal.won == Some(true)).map(|(_, deal)| deal.amount).sum::<i64>();
        let missing = match () {
            () if agreed.contracts.is_empty() => "with at least 1 contract (a deal that was won)",
            () if account.members.is_empty() => "with at least 1 member (a contact, or somebody who uses the product)",
            () => {
                self.books.sold += agreed.sold;
                self.kept.insert(name, (account, agreed));
                return;
            }
        };
        self.leave_out("account", missing, &name);
    }

    /// What the joined tables lack is of no row.
    fn leave_out(&mut self, field: &str, expected: &'static str, found: &str) {
        let place = Place { row: 0, line: None };
        self.rejected.push(Rejection::new(&"(joined)".into(), place, Flaw::new(field, expected, found)));
    }

    fn converted(&mut self, (spot, deal): &(Spot, Deal)) -> Option<(Spot, Deal)> {
        let from = deal.currency.unwrap_or(self.currency);
        let amount = self.settings.rates.convert(deal.amount, from, self.currency, deal.closed.into());
        if amount.is_none() && deal.won == Some(true) {
            self.books.unconverted += 1;
            let expected = format!("in {}, or with a rate (--rate {from}/{}=…)", self.currency, self.currency);
            self.rejected.push(spot.rejection(Flaw::new("amount", expected, from.code())));
        }
        Some((spot.clone(), Deal { amount: amount?, ..deal.clone() }))
    }

    /// A parent that is not among the accounts, or leads back to the account, is none.
    fn parents(&mut self) {
        let up: BTreeMap<Name, Name> =
            self.kept.iter().filter_map(|(name, (account, _))| Some((name.clone(), account.parent.clone()?))).collect();
        let is_above_itself = |name: &Name| {
            let chain = std::iter::successors(up.get(name), |above| up.get(*above));
            chain.take(up.len() + 1).any(|above| above == name)
        };
        for name in up.keys() {
            let is_known = self.kept.contains_key(&up[name]);
            if is_above_itself(name) {
                self.leave_out("parent", "an account that is not below this one", name);
            }
            if let Some((account, _)) = self.kept.get_mut(name).filter(|_| !is_known || is_above_itself(name)) {
                account.parent = None;
            }
        }
    }

    fn made(self, told: Told) -> Made {
        let modules = self.modules();
        let products = self.products();
        let tiers: BTreeSet<Name> = self.kept.values().map(|(account, _)| tier(account)).collect();
        let company = Company {
            currency: self.currency,
            tiers: tiers.into_iter().collect(),
            roles: vec!["user".into(), "contact".into()],
            modules: modules.clone(),
            skus: products.clone(),
            first: date(self.first()),
            end: date(self.terms.end),
        };
        let files = vec![
            ("company.ron", codec::to_string(&company)),
            ("accounts.csv", self.accounts()),
            ("contracts.csv", self.contracts()),
            ("members.csv", self.members()),
            ("product.csv", self.uses(&modules)),
            ("events.csv", self.events(&products)),
        ];
        let mut rejected = told.rejected;
        rejected.extend(self.rejected.iter().cloned());
        rejected.sort_by(|a, b| (&a.file, a.row, a.line, &a.found).cmp(&(&b.file, b.row, b.line, &b.found)));
        let summary = self.summary(&company, told.files, &rejected);
        Made { files, summary, rejected }
    }

    /// The first day of all.
    fn first(&self) -> i32 {
        let days = self.kept.values().flat_map(|(account, agreed)| {
            let used = account.uses.first().map(|(day, ..)| *day);
            let asked = account.tickets.values().map(|(day, ..)| *day).min();
            agreed.contracts.first().map(|contract| contract.start).into_iter().chain(used).chain(asked)
        });
        days.min().unwrap_or(self.terms.end - 1).min(self.terms.end - 1)
    }

    /// Those that most people used, in the order of their names.
    fn modules(&self) -> Vec<Name> {
        let mut users: BTreeMap<&Name, BTreeSet<Id>> = BTreeMap::new();
        for (_, who, module) in self.kept.values().flat_map(|(account, _)| &account.uses) {
            users.entry(module).or_default().insert(*who);
        }
        let mut by_use: Vec<_> =
            users.into_iter().map(|(module, users)| (std::cmp::Reverse(users.len()), module)).collect();
        by_use.sort();
        let mut most: Vec<Name> = by_use.into_iter().take(MODULES).map(|(_, module)| module.clone()).collect();
        most.sort();
        most
    }

    fn products(&self) -> Vec<Name> {
        let mut sold: BTreeMap<&Name, u64> = BTreeMap::new();
        for expansion in self.kept.values().flat_map(|(_, agreed)| &agreed.expansions) {
            *sold.entry(&expansion.product).or_default() += 1;
        }
        if sold.len() <= PRODUCTS {
            return sold.into_keys().cloned().collect();
        }
        let mut by_sales: Vec<_> =
            sold.into_iter().map(|(product, sales)| (std::cmp::Reverse(sales), product)).collect();
        by_sales.sort();
        let most = by_sales.into_iter().take(PRODUCTS - 1).map(|(_, product)| product.clone());
        most.chain(["other".into()]).collect()
    }

    fn accounts(&self) -> String {
        let row = |(name, (account, _)): (&Name, &(Account, Agreed))| {
            let parent = account.parent.as_ref().map(ToString::to_string).unwrap_or_default();
            vec![name.to_string(), tier(account).to_string(), parent]
        };
        table(&["account", "tier", "parent"], self.kept.iter().map(row))
    }

    fn contracts(&self) -> String {
        let rows = self.kept.iter().flat_map(|(name, (account, agreed))| {
            let seats = account.members.len().max(1) as u32;
            agreed.contracts.iter().map(move |one| {
                let outcome = match one.outcome {
                    Outcome::Renewed => "renewed",
                    Outcome::Left => "left",
                    Outcome::Running => "running",
                };
                vec![
                    name.to_string(),
                    date(one.start).to_string(),
                    date(one.renewal).to_string(),
                    decimal(Money::from_minor(one.recurring), self.currency),
                    one.seats.unwrap_or(seats).to_string(),
                    outcome.to_owned(),
                ]
            })
        });
        table(&["account", "start", "renewal", "recurring", "seats", "outcome"], rows)
    }

    fn members(&self) -> String {
        let rows = self.kept.iter().flat_map(|(name, (account, _))| {
            let role = |uses: bool| if uses { "user" } else { "contact" };
            account
                .members
                .iter()
                .map(move |(who, uses)| vec![who.to_string(), name.to_string(), role(*uses).to_owned()])
        });
        table(&["member", "account", "role"], rows)
    }

    fn uses(&self, modules: &[Name]) -> String {
        let uses = self.kept.values().flat_map(|(account, _)| &account.uses);
        let mut uses: Vec<_> = uses.filter(|(_, _, module)| modules.contains(module)).collect();
        uses.sort();
        let row =
            |(day, who, module): &(i32, Id, Name)| vec![date(*day).to_string(), who.to_string(), module.to_string()];
        table(&["at", "member", "module"], uses.into_iter().map(row))
    }

    fn events(&self, products: &[Name]) -> String {
        let mut rows = Vec::new();
        for (name, (account, agreed)) in &self.kept {
            let mut put = |day: i32, kind: &str, value: String, of: &str| {
                rows.push(vec![
                    date(day).to_string(),
                    name.to_string(),
                    kind.to_owned(),
                    value,
                    of.to_owned(),
                    String::new(),
                ]);
            };
            for (day, severity, satisfaction) in account.tickets.values() {
                put(*day, "ticket", severity.to_string(), "");
                if let Some(score) = satisfaction {
                    put(*day, "satisfaction", score.to_string(), "");
                }
            }
            for expansion in &agreed.expansions {
                let product = if products.contains(&expansion.product) { expansion.product.as_str() } else { "other" };
                put(expansion.day, "expand", decimal(Money::from_minor(expansion.recurring), self.currency), product);
            }
        }
        rows.sort();
        table(&["day", "account", "kind", "value", "name", "late_days"], rows.into_iter())
    }

    fn summary(&self, company: &Company, files: BTreeMap<Name, Rows>, rejected: &[Rejection]) -> Summary {
        let amount = |minor| Amount { minor, currency: self.currency };
        let contracts = || self.kept.values().flat_map(|(_, agreed)| &agreed.contracts);
        let ended = |outcome| contracts().filter(|one| one.outcome == outcome).count() as u64;
        let count = |of: fn(&Account) -> usize| self.kept.values().map(|(account, _)| of(account) as u64).sum::<u64>();
        let uses = count(|account| account.uses.len());
        let known = |use_: &&(i32, Id, Name)| company.modules.contains(&use_.2);
        let kept = self.kept.values().flat_map(|(account, _)| account.uses.iter().filter(known)).count() as u64;
        let running = self.kept.values().map(|(_, agreed)| running(agreed)).sum();
        let Books { won, sold, unconverted } = self.books;
        Summary {
            accounts: self.kept.len() as u64,
            contracts: contracts().count() as u64,
            decisions: (ended(Outcome::Renewed), ended(Outcome::Left)),
            expansions: self.kept.values().map(|(_, agreed)| agreed.expansions.len() as u64).sum(),
            members: count(|account| account.members.len()),
            uses: kept,
            tickets: count(|account| account.tickets.len()),
            modules: company.modules.clone(),
            uses_of_others: uses - kept,
            recurring: amount(running),
            days: (company.first.to_string(), company.end.to_string()),
            currency: self.currency,
            reconciliation: Reconciliation {
                won: amount(won),
                in_contracts: amount(sold),
                left_out: amount(won - sold),
                unconverted,
                balances: sold <= won,
            },
            rejected: reasons(rejected),
            files,
        }
    }
}

/// Recurring revenue of the contract that runs at the end, with what was bought on top.
fn running(agreed: &Agreed) -> i64 {
    let last = agreed.contracts.last().filter(|last| last.outcome == Outcome::Running);
    last.map_or(0, |last| {
        let on_top = agreed.expansions.iter().filter(|expansion| expansion.day >= last.start);
        last.recurring + on_top.map(|expansion| expansion.recurring).sum::<i64>()
    })
}

fn tier(account: &Account) -> Name {
    account.tier.clone().unwrap_or_else(|| "all".into())
}

fn date(day: i32) -> Date {
    Date::from_number(day.into()).unwrap_or_else(|| unreachable!("days were read from dates"))
}

fn table(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let written = out.write_record(columns).and_then(|()| {
        for row in rows {
            out.write_record(&row)?;
        }
        Ok(())
    });
    // A vector takes whatever is written.
    written
        .ok()
        .and_then(|()| out.into_inner().ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}
