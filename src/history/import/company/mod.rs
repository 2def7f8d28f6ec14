//! Exports of a company's CRM, support and product turned into an account history.
//!
//! Each tool's tables are read by one file here into [facts](Fact); [`Ledger`](ledger::Ledger) finds out which accounts
//! the tools mean and who belongs to them, [`contracts`] makes contracts of deals, and [`folder`] writes the tables that
//! every command on accounts takes. A new tool is a new file and a line in the list below.

pub mod contracts;
pub mod folder;
pub mod ledger;

mod hubspot;
mod salesforce;
mod segment;
mod zendesk;

use std::{collections::BTreeMap, io, path::Path};

use super::{
    archive,
    intake::Source,
    parquet,
    privacy::{Id, IdKind, Pseudonyms},
    row::Row,
    table,
};
use crate::{
    base::units::Currency,
    history::{
        name::Name,
        rejection::{Flaw, Place, Rejection},
    },
};

/// The tools, in the order in which their tables are tried.
const TOOLS: [Tool; 4] = [salesforce::TOOL, hubspot::TOOL, zendesk::TOOL, segment::TOOL];

/// A tool whose tables are understood.
struct Tool {
    name: &'static str,
    /// Reads a row; false if it is of no table of this tool.
    read: fn(&Row, &mut Facts<'_>) -> Result<bool, Flaw>,
}

/// An account as a tool names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The tool.
    pub tool: &'static str,
    /// Its id there. Companies are no persons: ids stay as they are.
    pub id: Name,
}

/// What a row tells of accounts.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// There is an account.
    Account {
        /// Which.
        key: Key,
        /// Its tier, if a column was said to tell.
        tier: Option<Name>,
        /// The account above it.
        parent: Option<Key>,
        /// The site of its own, if one is known.
        site: Option<Name>,
        /// The id of the same account elsewhere, if the tool keeps it.
        elsewhere: Option<Name>,
    },
    /// Something was to be sold.
    Deal(Deal),
    /// Whom a deal is about, where that is a table of its own.
    DealOf {
        /// The deal's id.
        deal: Name,
        /// The account.
        account: Key,
    },
    /// What a stage of deals means, where that is a table of its own.
    Stage {
        /// Its id.
        id: Name,
        /// Won, lost, or open.
        won: Option<bool>,
    },
    /// A contract as the CRM keeps it.
    Contract(Signed),
    /// Somebody belongs to an account.
    Member {
        /// Who.
        who: Id,
        /// Their address, pseudonymised.
        address: Option<Id>,
        /// Where; none if the tool does not say.
        account: Option<Key>,
    },
    /// Somebody used something.
    Use {
        /// Who.
        who: Id,
        /// For which account, if the call says.
        account: Option<Key>,
        /// Days since 1970.
        day: i32,
        /// What.
        module: Name,
    },
    /// Somebody asked for help.
    Ticket {
        /// The ticket's id.
        id: Name,
        /// For which account, if the tool says.
        account: Option<Key>,
        /// Who, if the tool says.
        who: Option<Id>,
        /// Days since 1970.
        day: i32,
        /// From 1 to 3.
        severity: u8,
        /// How it was judged, from 1 to 5.
        satisfaction: Option<u8>,
    },
    /// Whom a ticket is about, where that is a table of its own.
    TicketOf {
        /// The ticket's id.
        ticket: Name,
        /// The account.
        account: Key,
    },
}

/// What a deal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// The first contract, or one after a break.
    New,
    /// The next contract.
    Renewal,
    /// More within the contract.
    Expansion,
}

/// Something that was to be sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    /// Its id.
    pub id: Name,
    /// To whom; none where a table of its own says.
    pub account: Option<Key>,
    /// What for.
    pub purpose: Purpose,
    /// What is bought, for an expansion.
    pub product: Option<Name>,
    /// Whether it was won; none while it is open, or where `stage` tells.
    pub won: Option<bool>,
    /// The id of its stage, where a table of its own says what that means.
    pub stage: Option<Name>,
    /// When it was, or is to be, decided \[days since 1970\].
    pub closed: i32,
    /// When the contract begins, if the deal says \[days since 1970\].
    pub start: Option<i32>,
    /// How long it runs, if the deal says \[month\].
    pub months: Option<u32>,
    /// Its price over that time \[minor unit\].
    pub amount: i64,
    /// In which currency, if the deal says.
    pub currency: Option<Currency>,
    /// For how many people, if the deal says.
    pub seats: Option<u32>,
}

/// A contract as the CRM keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// With whom.
    pub account: Key,
    /// Its first day \[days since 1970\].
    pub start: i32,
    /// How long it runs \[month\].
    pub months: u32,
}

/// Facts, and where each is from.
pub struct Facts<'a> {
    /// Makes pseudonyms of persons.
    pub pseudonyms: &'a Pseudonyms,
    /// What the columns mean here.
    pub reading: &'a Reading,
    found: Vec<Fact>,
    ignored: Option<&'static str>,
}

/// What is to be known of the exports to read them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The column of accounts that tells their tier.
    pub tier: Option<String>,
    /// Currency of amounts without one.
    pub currency: Option<Currency>,
    /// The module that an event stands for; others stand for themselves.
    pub modules: BTreeMap<String, String>,
}

impl Facts<'_> {
    fn put(&mut self, fact: Fact) {
        self.found.push(fact);
    }

    fn ignore(&mut self, why: &'static str) {
        self.ignored = Some(why);
    }

    fn person(&self, kind: IdKind, id: &str) -> Id {
        self.pseudonyms.id(kind, id)
    }

    fn address(&self, row: &Row, paths: &[&str]) -> Option<Id> {
        row.first(paths).map(|text| self.pseudonyms.id(IdKind::Email, &text))
    }

    fn tier(&self, row: &Row) -> Option<Name> {
        self.reading.tier.as_ref().and_then(|column| row.text(column)).map(Name::from)
    }
}

/// A day of the first of some cells that is there.
fn day(row: &Row, paths: &[&str]) -> Result<i32, Flaw> {
    let text = row.first(paths).unwrap_or_default();
    let day =
        super::number::moment(&text).map(|at| at.div_euclid(86_400_000)).or_else(|| super::number::day(&text, None));
    day.and_then(|day| i32::try_from(day).ok())
        .ok_or_else(|| Flaw::new(paths.first().copied().unwrap_or("row"), "a day (2026-03-01)", &text))
}

/// A day, if the cells are filled.
fn day_if_there(row: &Row, paths: &[&str]) -> Result<Option<i32>, Flaw> {
    if row.first(paths).is_some() { day(row, paths).map(Some) } else { Ok(None) }
}

/// A whole number, if the cells are filled; `12.0` is one.
fn count(row: &Row, paths: &[&str]) -> Result<Option<u32>, Flaw> {
    let Some(text) = row.first(paths) else { return Ok(None) };
    let whole = text.split('.').next().unwrap_or_default();
    let flaw = || Flaw::new(paths.first().copied().unwrap_or("row"), "a whole number", &text);
    whole.parse().map(Some).map_err(|_| flaw())
}

/// Whether a cell says yes.
fn is_true(row: &Row, paths: &[&str]) -> Option<bool> {
    row.first(paths).map(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "t"))
}

/// What a deal is for, by what the team calls it.
fn purpose(kind: &str) -> Purpose {
    let kind = kind.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    match () {
        () if says(&["renew"]) => Purpose::Renewal,
        () if says(&["expan", "upsell", "upgrade", "cross", "add-on", "addon", "add on", "existing"]) => {
            Purpose::Expansion
        }
        () => Purpose::New,
    }
}

/// The host of a site or of an address, without `www.`; none for those of mail for everybody.
fn site(text: &str) -> Option<Name> {
    const EVERYBODY: [&str; 10] = [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "aol.com",
        "gmx.net",
        "proton.me",
    ];
    let host = super::row::host(text).or_else(|| super::row::host(&format!("https://{}", text.trim())))?;
    (host.contains('.') && !EVERYBODY.contains(&host.as_str())).then(|| host.into())
}

/// All facts of some files.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// What was understood, each with its place.
    pub facts: Vec<(Spot, Fact)>,
    /// Rows left out.
    pub rejected: Vec<Rejection>,
    /// Rows by file and by what became of them.
    pub files: BTreeMap<Name, Rows>,
}

/// Rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rows {
    /// The tool that it is from.
    pub tool: Option<&'static str>,
    /// Data rows.
    pub rows: u64,
    /// Rows that told something.
    pub understood: u64,
    /// Rows that say nothing of accounts, by reason.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Rows that are malformed.
    pub rejected: u64,
    /// What stopped the reading, if anything did.
    pub refused: Option<String>,
}

/// Where a fact is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file.
    pub file: Name,
    /// The row there.
    pub place: Place,
}

impl Spot {
    /// A fact that contradicts others.
    #[must_use]
    pub fn rejection(&self, flaw: Flaw) -> Rejection {
        Rejection::new(&self.file, self.place, flaw)
    }
}

/// Reads files.
///
/// # Errors
/// When the system refuses to open a file.
pub fn read(sources: &[Source], reading: &Reading, pseudonyms: &Pseudonyms) -> io::Result<Told> {
    let mut told = Told::default();
    let mut sources = sources.to_vec();
    sources.sort();
    sources.dedup();
    for source in &sources {
        let name = source.path.display().to_string();
        std::fs::File::open(&source.path).map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
        let mut last = name.clone();
        let done = each(&source.path, &name, &mut |file, place, row| {
            file.clone_into(&mut last);
            told.take(&Spot { file: file.into(), place }, row, reading, pseudonyms);
        });
        if let Err(error) = done {
            told.files.entry(last.into()).or_default().refused = Some(error.to_string());
        }
    }
    told.rejected.sort_by(|a, b| (&a.file, a.row, a.line).cmp(&(&b.file, b.row, b.line)));
    Ok(told)
}

/// What is done with each row of a file, or with what is none.
type Visit<'a> = &'a mut dyn FnMut(&str, Place, Result<Row, Flaw>);

fn each(path: &Path, name: &str, take: Visit<'_>) -> io::Result<()> {
    if parquet::is_one(path)? {
        return parquet::rows(path, &mut |place, row| take(name, place, row));
    }
    archive::open(path, name, &mut |name, reader| table::rows(reader, &mut |place, row| take(name, place, row)))
}

impl Told {
    fn take(&mut self, spot: &Spot, row: Result<Row, Flaw>, reading: &Reading, pseudonyms: &Pseudonyms) {
        let rows = self.files.entry(spot.file.clone()).or_default();
        rows.rows += 1;
        let mut facts = Facts { pseudonyms, reading, found: Vec::new(), ignored: None };
        match row.and_then(|row| understood(&row, &mut facts)) {
            Ok(tool) => {
                rows.tool = Some(tool);
                match facts.ignored {
                    Some(why) => *rows.ignored.entry(why).or_default() += 1,
                    None => rows.understood += 1,
                }
                self.facts.extend(facts.found.into_iter().map(|fact| (spot.clone(), fact)));
            }
            Err(mut flaw) => {
                if flaw.found.contains('@') {
                    "(withheld: it may be an address)".clone_into(&mut flaw.found);
                }
                rows.rejected += 1;
                self.rejected.push(spot.rejection(flaw));
            }
        }
    }
}

fn understood(row: &Row, facts: &mut Facts<'_>) -> Result<&'static str, Flaw> {
    for tool in &TOOLS {
        if (tool.read)(row, facts)? {
            return Ok(tool.name);
        }
    }
    Err(Flaw::row("a row of a table of Salesforce, HubSpot or Zendesk, or a call of Segment", "another"))
}
