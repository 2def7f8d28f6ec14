//! What the columns of a table of one's own are called here, and what is the same in all its rows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::row::Row;
use crate::history::rejection::Flaw;

/// Names that a table of any kind is understood by.
pub const NAMES: [&str; 12] = [
    "user_id",
    "email",
    "timestamp",
    "event",
    "amount",
    "currency",
    "id",
    "content",
    "utm_source",
    "utm_campaign",
    "referrer",
    "channel",
];

/// A renaming of columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// By the name that is understood: the table's own.
    named: BTreeMap<&'static str, String>,
    /// By that name: what every row has.
    constants: BTreeMap<&'static str, String>,
}

impl Columns {
    /// Reads pairs `name=column` and `name=value`.
    ///
    /// # Errors
    /// What is wrong with one, in words.
    pub fn of(columns: &[String], constants: &[String]) -> Result<Self, String> {
        let pairs = |all: &[String]| all.iter().map(|pair| split(pair)).collect::<Result<BTreeMap<_, _>, _>>();
        let (named, constants) = (pairs(columns)?, pairs(constants)?);
        match named.keys().find(|name| constants.contains_key(*name)) {
            Some(twice) => Err(format!("{twice} must be a column or a constant, but is both")),
            None => Ok(Self { named, constants }),
        }
    }

    /// Gives a row the names that are understood.
    ///
    /// # Errors
    /// When it lacks a column.
    pub fn rename(&self, row: &mut Row) -> Result<(), Flaw> {
        for (name, own) in &self.named {
            let cell = match row.cells.get(own) {
                Some(_) if own == name => continue,
                Some(cell) => cell.clone(),
                None => row.value(own).cloned().ok_or_else(|| Flaw::new(own, format!("a column, for {name}"), ""))?,
            };
            row.cells.insert((*name).to_owned(), cell);
        }
        for (name, value) in &self.constants {
            row.cells.insert((*name).to_owned(), Value::String(value.clone()));
        }
        Ok(())
    }
}

fn split(pair: &str) -> Result<(&'static str, String), String> {
    let listed = || NAMES.join(", ");
    let (name, own) = pair.split_once('=').ok_or_else(|| format!("{pair} must be like user_id=buyer"))?;
    let known = NAMES.iter().find(|known| **known == name);
    let known = known.ok_or_else(|| format!("{name} must be one of {}, but is not", listed()))?;
    if own.is_empty() {
        return Err(format!("{name} must be given something, but is given nothing"));
    }
    Ok((known, own.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Value) -> Row {
        let Value::Object(cells) = value else { panic!("an object") };
        Row::new(cells, false)
    }

    #[test]
    fn a_table_of_ones_own_gets_names_that_are_understood() {
        let columns =
            Columns::of(&["user_id=buyer.id".into(), "amount=gross".into()], &["currency=EUR".into()]).unwrap();
        let mut own = row(json!({"buyer": {"id": 7}, "gross": "12.50"}));
        columns.rename(&mut own).unwrap();
        assert_eq!(own.text("user_id").as_deref(), Some("7"));
        assert_eq!((own.text("amount").as_deref(), own.text("currency").as_deref()), (Some("12.50"), Some("EUR")));
        let flaw = columns.rename(&mut row(json!({"gross": "1"}))).unwrap_err();
        assert_eq!((&*flaw.field, &*flaw.expected), ("buyer.id", "a column, for user_id"));
    }

    #[test]
    fn names_that_are_not_understood_are_refused() {
        assert!(Columns::of(&["buyer=user".into()], &[]).unwrap_err().contains("must be one of user_id, email"));
        assert!(Columns::of(&["user_id".into()], &[]).is_err() && Columns::of(&["id=".into()], &[]).is_err());
        assert!(Columns::of(&["currency=c".into()], &["currency=USD".into()]).is_err());
    }
}
