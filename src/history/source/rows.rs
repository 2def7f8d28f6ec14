//! How a row of somebody else's table becomes events: which column is what.

use serde::{Deserialize, Serialize};

use super::{
    cell::{Cell, Expected},
    clock::Time,
};
use crate::{
    base::units::{Currency, Money},
    history::{
        event::EventKind,
        name::{Interner, Name},
        rejection::Flaw,
    },
};

/// How a row becomes events. In every payload, `"price"` is the column `price`, `"price?"` the same where the file
/// may have no such column, and `"=9.99"` the constant 9.99; a blank payload means that the row has no such event.
///
/// ```
/// use cwm::{base::codec, history::source::rows::Rows};
/// let rows: Rows = codec::from_str("a.ron".as_ref(), r#"Rows(
///     user: "customer", at: Time(column: "date", format: Date, timezone: "UTC"),
///     events: [SessionStart, Charge(amount: "spend"), Content(item: "=cd")],
/// )"#).unwrap();
/// assert_eq!(rows.events.len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// Column with the user's id.
    pub user: String,
    /// Column with the time.
    pub at: Time,
    /// Column that tells rows of one user at one time apart, such as an order number. Without one, a hash of the
    /// row's whole content does, so that two rows with the same content are one (see `repeats`).
    #[serde(default)]
    pub ordinal: Option<String>,
    /// What becomes of rows with the same content where there is no `ordinal`.
    #[serde(default)]
    pub repeats: Repeats,
    /// The events of a row.
    pub events: Vec<Mapping>,
}

/// What becomes of rows with the same content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeats {
    /// They are one row that was delivered twice: kept once, the others counted as duplicates.
    #[default]
    Drop,
    /// They happened as often as they are there.
    Keep,
}

/// An event of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the events with the same names")]
pub enum Mapping {
    Acquired {
        channel: String,
        #[serde(default)]
        campaign: Option<String>,
    },
    SessionStart,
    Content {
        item: String,
    },
    Feature {
        name: String,
    },
    Message {
        channel: String,
        style: String,
    },
    /// Taken when the column is true, yes or a number above 0.
    Response {
        taken: String,
    },
    /// Nothing for an amount of zero; a negative amount is rejected (see `Payment`).
    Charge {
        amount: String,
        #[serde(default)]
        unit: Unit,
    },
    /// The sign does not matter; nothing for an amount of zero.
    Refund {
        amount: String,
        #[serde(default)]
        unit: Unit,
    },
    /// The sign does not matter; nothing for an amount of zero.
    Dispute {
        amount: String,
        #[serde(default)]
        unit: Unit,
    },
    /// A charge when the amount is above zero, a refund when it is below.
    Payment {
        amount: String,
        #[serde(default)]
        unit: Unit,
    },
    Subscribe {
        plan: String,
    },
    Renew,
    Cancel,
    Ticket {
        severity: String,
    },
    Review {
        score: String,
    },
    Expand {
        sku: String,
    },
    Identify {
        alias: String,
    },
    Stated {
        question: String,
        answer: String,
    },
    /// The events inside only where a column has one of these values.
    When {
        column: String,
        is: Vec<String>,
        then: Vec<Mapping>,
    },
}

/// What an amount is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Units of the currency: dollars.
    #[default]
    Major,
    /// The smallest units of the currency: cents.
    Minor,
}

/// The cells of a row that were asked for, by the names of their columns.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub columns: &'a [super::Column],
    pub cells: &'a [Cell<'a>],
}

impl<'a> Row<'a> {
    /// The cell of a column.
    pub fn cell(&self, column: &str) -> Cell<'a> {
        self.exact(column).trimmed()
    }

    /// The cell of a column with the spaces around it.
    pub fn exact(&self, column: &str) -> Cell<'a> {
        let index = self.columns.iter().position(|asked| asked.name == column);
        index.and_then(|index| self.cells.get(index)).copied().unwrap_or(Cell::Blank)
    }

    /// The cell of a column, or a constant after `=`.
    fn payload(&self, spec: &'a str) -> Cell<'a> {
        spec.strip_prefix('=').map_or_else(|| self.cell(column_of(spec)), |constant| Cell::Text(constant).trimmed())
    }

    fn read<T>(&self, spec: &'a str, as_what: impl Fn(Cell<'a>) -> Result<T, Expected>) -> Result<T, Flaw> {
        let cell = self.payload(spec);
        as_what(cell).map_err(|expected| Flaw::new(column_of(spec), expected, &cell.shown()))
    }
}

/// The column of a payload that is no constant.
fn column_of(spec: &str) -> &str {
    spec.strip_suffix('?').unwrap_or(spec)
}

/// What a mapping needs besides the row, and where its events go.
pub(super) struct Target<'a> {
    pub interner: &'a mut Interner,
    pub currency: Currency,
    pub kinds: &'a mut Vec<EventKind>,
}

impl Rows {
    /// The columns that the mapping reads, and whether they must be there.
    pub(super) fn columns(&self) -> Vec<(&str, bool)> {
        let mut specs = vec![self.user.as_str(), &self.at.column];
        specs.extend(self.ordinal.as_deref());
        let fixed = specs.len();
        self.events.iter().for_each(|mapping| mapping.columns(&mut specs));
        let mut columns: Vec<(&str, bool)> = Vec::new();
        for (index, spec) in specs.into_iter().enumerate() {
            let (column, required) = if index < fixed { (spec, true) } else { (column_of(spec), !spec.ends_with('?')) };
            match columns.iter_mut().find(|(known, _)| *known == column) {
                Some((_, needed)) => *needed |= required,
                None => columns.push((column, required)),
            }
        }
        columns
    }
}

impl Mapping {
    fn columns<'a>(&'a self, columns: &mut Vec<&'a str>) {
        let mut payload = |spec: &'a str| {
            if !spec.starts_with('=') {
                columns.push(spec);
            }
        };
        match self {
            Self::SessionStart | Self::Renew | Self::Cancel => {}
            Self::Acquired { channel, campaign } => {
                payload(channel);
                campaign.as_deref().into_iter().for_each(payload);
            }
            Self::Message { channel: one, style: other } | Self::Stated { question: one, answer: other } => {
                [one, other].into_iter().for_each(|spec| payload(spec));
            }
            Self::Content { item: one }
            | Self::Feature { name: one }
            | Self::Response { taken: one }
            | Self::Charge { amount: one, .. }
            | Self::Refund { amount: one, .. }
            | Self::Dispute { amount: one, .. }
            | Self::Payment { amount: one, .. }
            | Self::Subscribe { plan: one }
            | Self::Ticket { severity: one }
            | Self::Review { score: one }
            | Self::Expand { sku: one }
            | Self::Identify { alias: one } => payload(one),
            Self::When { column, then, .. } => {
                columns.push(column);
                then.iter().for_each(|mapping| mapping.columns(columns));
            }
        }
    }

    /// Adds the events of a row.
    pub(super) fn apply<'a>(&'a self, row: &Row<'a>, target: &mut Target<'_>) -> Result<(), Flaw> {
        if let Self::When { column, is, then } = self {
            let value = row.cell(column_of(column)).shown();
            let holds = is.iter().any(|wanted| *wanted == *value);
            return if holds { then.iter().try_for_each(|mapping| mapping.apply(row, target)) } else { Ok(()) };
        }
        let kind = self.kind(row, target)?;
        target.kinds.extend(kind);
        Ok(())
    }

    fn kind<'a>(&'a self, row: &Row<'a>, target: &mut Target<'_>) -> Result<Option<EventKind>, Flaw> {
        let currency = target.currency;
        let mut name = |spec: &'a str| -> Result<Option<Name>, Flaw> {
            Ok(row.read(spec, Cell::name)?.map(|text| target.interner.intern(&text)))
        };
        let money = |spec: &'a str, unit: Unit| -> Result<Option<Money>, Flaw> {
            let amount = row.read(spec, |cell| match unit {
                Unit::Major => cell.amount(currency),
                Unit::Minor => cell.minor(),
            })?;
            Ok(amount.filter(|&amount| amount != Money::ZERO))
        };
        Ok(match self {
            Self::Acquired { channel, campaign } => {
                let campaign = campaign.as_deref().map(&mut name).transpose()?.flatten();
                name(channel)?.map(|channel| EventKind::Acquired { channel, campaign })
            }
            Self::SessionStart => Some(EventKind::SessionStart),
            Self::Content { item } => name(item)?.map(|item| EventKind::Content { item }),
            Self::Feature { name: feature } => name(feature)?.map(|name| EventKind::Feature { name }),
            Self::Message { channel, style } => {
                let both = name(channel)?.zip(name(style)?);
                both.map(|(channel, style)| EventKind::Message { channel, style })
            }
            Self::Response { taken } => row.read(taken, Cell::truth)?.map(|taken| EventKind::Response { taken }),
            Self::Charge { amount: spec, unit } => match money(spec, *unit)? {
                Some(amount) if amount < Money::ZERO => {
                    let expected = "an amount of at least 0 (Payment takes refunds from the same column)";
                    return Err(Flaw::new(spec, expected, &row.payload(spec).shown()));
                }
                amount => amount.map(|amount| EventKind::Charge { amount }),
            },
            Self::Refund { amount, unit } => {
                money(amount, *unit)?.map(|amount| EventKind::Refund { amount: magnitude(amount) })
            }
            Self::Dispute { amount, unit } => {
                money(amount, *unit)?.map(|amount| EventKind::Dispute { amount: magnitude(amount) })
            }
            Self::Payment { amount, unit } => money(amount, *unit)?.map(|amount| {
                if amount > Money::ZERO {
                    EventKind::Charge { amount }
                } else {
                    EventKind::Refund { amount: magnitude(amount) }
                }
            }),
            Self::Subscribe { plan } => name(plan)?.map(|plan| EventKind::Subscribe { plan }),
            Self::Renew => Some(EventKind::Renew),
            Self::Cancel => Some(EventKind::Cancel),
            Self::Ticket { severity } => {
                row.read(severity, severity_of)?.map(|severity| EventKind::Ticket { severity })
            }
            Self::Review { score } => row.read(score, Cell::real)?.map(|score| EventKind::Review { score }),
            Self::Expand { sku } => name(sku)?.map(|sku| EventKind::Expand { sku }),
            Self::Identify { alias } => name(alias)?.map(|alias| EventKind::Identify { alias }),
            Self::Stated { question, answer } => {
                let both = name(question)?.zip(name(answer)?);
                both.map(|(question, answer)| EventKind::Stated { question, answer })
            }
            Self::When { .. } => None,
        })
    }
}

fn magnitude(amount: Money) -> Money {
    Money::from_minor(amount.minor().abs())
}

/// A severity from 1 to 3.
pub(super) fn severity_of(cell: Cell<'_>) -> Result<Option<u8>, Expected> {
    match cell.whole() {
        Ok(None) => Ok(None),
        Ok(Some(severity @ 1..=3)) => Ok(Some(severity as u8)),
        _ => Err("a severity from 1 to 3".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_must_be_there_if_anybody_needs_it() {
        let ron = r#"Rows(user: "u", at: Time(column: "t"), events: [
            Content(item: "c?"), Charge(amount: "a?"), Refund(amount: "a"), Message(channel: "=mail", style: "u?"),
        ])"#;
        let rows: Rows = crate::base::codec::from_str("a.ron".as_ref(), ron).unwrap();
        assert_eq!(rows.columns(), [("u", true), ("t", true), ("c", false), ("a", true)]);
    }
}
