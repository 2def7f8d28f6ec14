//! A row of an export, whatever file it came from: an object with named cells.

use serde_json::{Map, Value};

use super::{
    number,
    picked::Picked,
    privacy::{Id, IdKind, Pseudonyms, without_addresses},
    record::{Body, Record, Touch},
};
use crate::{
    base::units::Currency,
    history::{name::Name, rejection::Flaw},
};

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its cells; none where only some were picked.
    pub cells: Map<String, Value>,
    picked: Option<Picked>,
    /// Whether the file writes decimals with a comma.
    pub decimal_comma: bool,
}

impl Row {
    /// A whole row.
    #[must_use]
    pub const fn new(cells: Map<String, Value>, decimal_comma: bool) -> Self {
        Self { cells, picked: None, decimal_comma }
    }

    /// A row of which only some texts are known.
    #[must_use]
    pub fn of(picked: Picked) -> Self {
        Self { cells: Map::new(), picked: Some(picked), decimal_comma: false }
    }

    /// Texts that hold structures become them, where cells are inside these.
    pub fn unfold(&mut self, paths: &[&str]) {
        if self.picked.is_some() {
            return;
        }
        for (outer, inner) in paths.iter().filter_map(|path| path.split_once('.')) {
            if let Some(cell) = self.cells.get_mut(outer) {
                unfold(cell, inner);
            }
        }
    }

    /// A cell by its path; `a.b` is `b` inside `a`. None if it is missing or null.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<&Value> {
        let inner = path.split_once('.').and_then(|(outer, inner)| within(self.cells.get(outer)?, inner));
        inner.or_else(|| self.cells.get(path)).filter(|value| !value.is_null())
    }

    /// A structure, or a text that holds one.
    #[must_use]
    pub fn structure(&self, path: &str) -> Option<Value> {
        match self.value(path)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        }
    }

    /// A cell as text; none if it is blank or a structure.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        match &self.picked {
            Some(picked) => picked.text(path).map(str::to_owned),
            None => self.value(path).and_then(text),
        }
    }

    /// The first of several cells that is there.
    #[must_use]
    pub fn first(&self, paths: &[&str]) -> Option<String> {
        paths.iter().find_map(|path| self.text(path))
    }

    /// Whether all these columns are there, filled or not.
    #[must_use]
    pub fn has(&self, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.cells.contains_key(*column))
    }

    /// A moment \[ms since 1970\].
    ///
    /// # Errors
    /// When none of the cells is one.
    pub fn moment(&self, paths: &[&str]) -> Result<i64, Flaw> {
        let field = paths.first().copied().unwrap_or("row");
        let text = self.first(paths).ok_or_else(|| Flaw::new(field, "a time", ""))?;
        number::moment(&text).ok_or_else(|| Flaw::new(field, "a time from 1990 to 2100 (2026-03-01T12:00:00Z)", &text))
    }

    /// An amount in major units \[minor unit\]; 0 if blank.
    ///
    /// # Errors
    /// When it is no amount of this currency.
    pub fn major(&self, path: &str, currency: Currency) -> Result<i64, Flaw> {
        let Some(text) = self.text(path) else { return Ok(0) };
        let expected = || format!("an amount in {currency} with at most {} decimals, below 10^9", currency.digits());
        number::minor(&text, currency, self.decimal_comma).ok_or_else(|| Flaw::new(path, expected(), &text))
    }

    /// An amount in minor units; 0 if blank.
    ///
    /// # Errors
    /// When it is no whole number up to 10¹².
    pub fn minor(&self, path: &str) -> Result<i64, Flaw> {
        let Some(text) = self.text(path) else { return Ok(0) };
        let number = text
            .parse::<i64>()
            .ok()
            .or_else(|| number::micros(&text, false).filter(|m| m % 1_000_000 == 0).map(|m| m / 1_000_000));
        number
            .filter(|minor| minor.unsigned_abs() <= 1_000_000_000_000)
            .ok_or_else(|| Flaw::new(path, "a whole number of minor units up to 10^12", &text))
    }

    /// A currency.
    ///
    /// # Errors
    /// When it is no code of three letters.
    pub fn currency(&self, path: &str) -> Result<Currency, Flaw> {
        let text = self.text(path).unwrap_or_default();
        Currency::new(&text.trim().to_uppercase())
            .map_err(|_| Flaw::new(path, "a currency code of three letters", &text))
    }

    /// An identifier as text. One that a spreadsheet has rounded (`1.20253E+17`) is none.
    ///
    /// # Errors
    /// For such a one.
    pub fn id_text(&self, path: &str) -> Result<Option<String>, Flaw> {
        let Some(text) = self.text(path) else { return Ok(None) };
        if is_rounded(&text) {
            return Err(Flaw::new(
                path,
                "an id in full (a spreadsheet has rounded this one; export it as text)",
                &text,
            ));
        }
        Ok(Some(text))
    }
}

/// Whether a spreadsheet has turned an id into a rounded number.
fn is_rounded(text: &str) -> bool {
    let Some((mantissa, power)) = text.split_once(['E', 'e']) else { return false };
    mantissa.contains(['.', ',']) && power.starts_with('+') && power[1..].bytes().all(|byte| byte.is_ascii_digit())
}

fn unfold(cell: &mut Value, path: &str) {
    let object = cell.as_str().filter(|text| text.starts_with('{')).map(serde_json::from_str::<Map<_, _>>);
    if let Some(Ok(object)) = object {
        *cell = Value::Object(object);
    }
    if let Some((outer, inner)) = path.split_once('.')
        && let Some(cell) = cell.get_mut(outer)
    {
        unfold(cell, inner);
    }
}

/// What is at a path inside a structure.
#[must_use]
pub fn within<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.as_object()?.get(key))
}

/// A value as text.
#[must_use]
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Where a reader puts what it understood.
#[derive(Debug)]
pub struct Out<'a> {
    /// Makes pseudonyms.
    pub pseudonyms: &'a Pseudonyms,
    /// What was understood.
    pub records: Vec<Record>,
    /// Why a row was understood to mean nothing here, if so.
    pub ignored: Option<&'static str>,
}

impl Out<'_> {
    /// A stable key.
    #[must_use]
    pub fn key(&self, parts: &[&str]) -> u64 {
        self.pseudonyms.hash(parts)
    }

    /// Keeps what a row says under its stable key, without the addresses of people inside its names.
    pub fn put(&mut self, key: u64, mut body: Body) {
        body.each_name(|name| {
            if let Some(clean) = without_addresses(name) {
                *name = clean.into();
            }
        });
        self.records.push(Record { key, body });
    }

    /// A row that means nothing here, and why.
    pub fn ignore(&mut self, why: &'static str) {
        self.ignored = Some(why);
    }

    /// The pseudonym in a cell, if there is one.
    ///
    /// # Errors
    /// For an id that a spreadsheet has rounded.
    pub fn id(&self, kind: IdKind, row: &Row, path: &str) -> Result<Option<Id>, Flaw> {
        Ok(row.id_text(path)?.map(|text| self.pseudonyms.id(kind, &text)))
    }

    /// A pseudonymised name of something that is no person.
    #[must_use]
    pub fn handle(&self, row: &Row, path: &str) -> Option<u64> {
        row.text(path).map(|text| self.pseudonyms.hash(&["handle", &text]))
    }
}

/// A touch from UTM cells and click ids, or from the site that linked.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "callers have just made them and need them no more")]
pub fn touch(source: Option<String>, campaign: Option<String>, referrer: Option<String>) -> Option<Touch> {
    if let Some(campaign) = campaign {
        let channel = source.map_or_else(|| "unknown".to_owned(), |source| source.to_lowercase());
        return Some(Touch { channel: channel.into(), campaign: Some(Name::from(campaign)) });
    }
    let named = source
        .map(|source| source.to_lowercase())
        .filter(|source| !source.starts_with("(direct") && source != "direct");
    let site = || referrer.as_deref().and_then(host);
    named.or_else(site).map(|channel| Touch { channel: channel.into(), campaign: None })
}

/// The host of an address, without `www.`.
#[must_use]
pub fn host(url: &str) -> Option<String> {
    let host = url.split_once("://")?.1.split(['/', '?', '#', ':']).next()?.to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host).to_owned();
    (!host.is_empty() && !host.contains('@')).then_some(host)
}

/// A parameter of an address.
#[must_use]
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1.split('#').next()?;
    let value = query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))?.1;
    (!value.is_empty()).then(|| value.replace('+', " ").replace("%20", " "))
}
