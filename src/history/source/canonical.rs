//! The canonical layout: one row an event, the same columns in every format.
//!
//! `at` is UTC, `user` the user's own name, `ordinal` a whole number, `kind` one of
//! [`EventKind::NAMES`](crate::history::event::EventKind::NAMES); then the payload, blank where a kind has none.
//! Amounts are whole minor units.

use super::{
    Column, Wanted,
    cell::Cell,
    clock::Clock,
    rows::{Row, severity_of},
};
use crate::{
    base::{
        time::SimTime,
        units::{Money, UserId},
    },
    history::{
        event::EventKind,
        name::{Interner, Name},
        rejection::Flaw,
    },
};

/// Columns that must be there.
pub const REQUIRED: [&str; 4] = ["at", "user", "ordinal", "kind"];
/// Columns of names.
pub const NAMES: [&str; 8] = ["channel", "campaign", "item", "name", "style", "plan", "sku", "alias"];
/// Columns of other payloads: a truth, minor units, a whole number, a float.
pub const OTHERS: [&str; 4] = ["taken", "amount_minor", "severity", "score"];

/// All columns, in the order in which they are written.
pub fn columns() -> impl Iterator<Item = &'static str> {
    REQUIRED.into_iter().chain(NAMES).chain(OTHERS)
}

pub(super) fn wanted() -> Wanted {
    let column = |name: &str| Column { name: name.to_owned(), required: REQUIRED.contains(&name) };
    Wanted { columns: columns().map(column).collect(), content: false }
}

/// The payload of an event, laid out as columns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Payload<'a> {
    /// In the order of [`NAMES`].
    pub names: [Option<&'a str>; 8],
    pub taken: Option<bool>,
    pub amount: Option<Money>,
    pub severity: Option<u8>,
    pub score: Option<f64>,
}

impl<'a> Payload<'a> {
    /// Lays an event out.
    pub fn of(kind: &'a EventKind) -> Self {
        let mut payload = Self::default();
        let [channel, campaign, item, name, style, plan, sku, alias] = &mut payload.names;
        match kind {
            EventKind::SessionStart | EventKind::Renew | EventKind::Cancel => {}
            EventKind::Acquired { channel: by, campaign: within } => {
                *channel = Some(by);
                *campaign = within.as_deref();
            }
            EventKind::Content { item: met } => *item = Some(met),
            EventKind::Feature { name: used } => *name = Some(used),
            EventKind::Message { channel: by, style: tone } => {
                *channel = Some(by);
                *style = Some(tone);
            }
            EventKind::Response { taken } => payload.taken = Some(*taken),
            EventKind::Charge { amount } | EventKind::Refund { amount } | EventKind::Dispute { amount } => {
                payload.amount = Some(*amount);
            }
            EventKind::Subscribe { plan: begun } => *plan = Some(begun),
            EventKind::Ticket { severity } => payload.severity = Some(*severity),
            EventKind::Review { score } => payload.score = Some(*score),
            EventKind::Expand { sku: bought } => *sku = Some(bought),
            EventKind::Identify { alias: other } => *alias = Some(other),
            EventKind::Stated { question, answer } => {
                *name = Some(question);
                *item = Some(answer);
            }
        }
        payload
    }
}

/// An event as a canonical row has it.
pub(super) struct Fields {
    pub at: SimTime,
    pub user: String,
    pub ordinal: u64,
    pub kind: EventKind,
}

impl Fields {
    /// Reads a row.
    pub fn of(row: &Row<'_>, interner: &mut Interner) -> Result<Self, Flaw> {
        let at = needed(row, "at", "a time in ISO 8601 (2026-03-01T12:00:00Z)", |cell| Clock::canonical().read(cell))?;
        let user = needed(row, "user", "the name of a user", Cell::name)?.into_owned();
        let ordinal = needed(row, "ordinal", "a whole number of at least 0", Cell::whole)?;
        let ordinal = u64::try_from(ordinal)
            .map_err(|_| Flaw::new("ordinal", "a whole number from 0 to 2^64 - 1", &ordinal.to_string()))?;
        Ok(Self { at, user, ordinal, kind: kind(row, interner)? })
    }
}

fn kind(row: &Row<'_>, interner: &mut Interner) -> Result<EventKind, Flaw> {
    let mut name = |column: &'static str| -> Result<Name, Flaw> {
        Ok(interner.intern(&needed(row, column, "a name", Cell::name)?))
    };
    let amount = || needed(row, "amount_minor", "a whole number of minor units", Cell::minor);
    let cell = row.cell("kind");
    Ok(match &*cell.shown() {
        "acquired" => {
            let channel = name("channel")?;
            let campaign = if matches!(row.exact("campaign"), Cell::Blank | Cell::Text("")) {
                None
            } else {
                Some(name("campaign")?)
            };
            EventKind::Acquired { channel, campaign }
        }
        "session_start" => EventKind::SessionStart,
        "content" => EventKind::Content { item: name("item")? },
        "feature" => EventKind::Feature { name: name("name")? },
        "message" => EventKind::Message { channel: name("channel")?, style: name("style")? },
        "response" => EventKind::Response { taken: needed(row, "taken", "true or false", Cell::truth)? },
        "charge" => EventKind::Charge { amount: amount()? },
        "refund" => EventKind::Refund { amount: amount()? },
        "dispute" => EventKind::Dispute { amount: amount()? },
        "subscribe" => EventKind::Subscribe { plan: name("plan")? },
        "renew" => EventKind::Renew,
        "cancel" => EventKind::Cancel,
        "ticket" => EventKind::Ticket { severity: needed(row, "severity", "a severity from 1 to 3", severity_of)? },
        "review" => EventKind::Review { score: needed(row, "score", "a number", Cell::real)? },
        "expand" => EventKind::Expand { sku: name("sku")? },
        "identify" => EventKind::Identify { alias: name("alias")? },
        "stated" => EventKind::Stated { question: name("name")?, answer: name("item")? },
        unknown => return Err(Flaw::new("kind", format!("one of {}", EventKind::NAMES.join(", ")), unknown)),
    })
}

fn needed<'a, T>(
    row: &Row<'a>,
    column: &str,
    expected: &'static str,
    read: impl Fn(Cell<'a>) -> Result<Option<T>, super::cell::Expected>,
) -> Result<T, Flaw> {
    // Names are kept to the letter; numbers may have spaces around them.
    let exact = column == "user" || NAMES.contains(&column);
    let cell = if exact { row.exact(column) } else { row.cell(column) };
    match read(cell) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(Flaw::new(column, expected, "")),
        Err(expected) => Err(Flaw::new(column, expected, &cell.shown())),
    }
}

/// The user that a canonical file writes as `#` and hexadecimal digits, because nobody knows the name.
pub(super) fn nameless(text: &str) -> Option<UserId> {
    let digits = text.strip_prefix('#').filter(|digits| (15..=16).contains(&digits.len()))?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    let user = UserId(number | 1 << 63);
    (user.to_string() == text).then_some(user)
}
