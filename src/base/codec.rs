//! RON in and out, the same way everywhere: newtypes bare, `Some` implicit, and errors that name file, line,
//! column, what was expected and the nearest known name.

use std::{fmt, path::Path};

use ron::{error::SpannedError, extensions::Extensions, ser::PrettyConfig};
use serde::{Serialize, de::DeserializeOwned};

/// What is wrong in a scenario file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.headline())]
pub struct Fault {
    /// The file as the user named it.
    pub file: String,
    /// Line and column of the start, from 1; none when the fault has no one place.
    pub at: Option<(usize, usize)>,
    /// What was expected and what was found.
    pub what: String,
    /// The nearest known name, where a name was unknown.
    pub nearest: Option<String>,
}

impl Fault {
    /// A fault that a check after reading found, placed at the first text in the source that names it.
    #[must_use]
    pub fn locate(file: &str, source: &str, text: &str, what: impl fmt::Display) -> Self {
        let at = (!text.is_empty()).then(|| place(source, text)).flatten().map(|offset| {
            let before = &source[..offset];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            (line, column)
        });
        Self { file: file.to_owned(), at, what: what.to_string(), nearest: None }
    }

    /// Adds "did you mean", if one of the known names is near the unknown one.
    #[must_use]
    pub fn with_nearest<'a>(mut self, unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.nearest = nearest(unknown, known).map(str::to_owned);
        self
    }

    fn headline(&self) -> String {
        let place = self.at.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        let hint = self.nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        format!("{}{place}: {}{hint}", self.file, self.what)
    }
}

/// Where a text first stands outside comments; a bare word must be the name of a field or a variant there, since the
/// same word may be part of another name or of a question.
fn place(source: &str, text: &str) -> Option<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let meant = |start: usize| {
        let (before, after) = (&source[..start], &source[start + text.len()..]);
        let commented = before.rsplit('\n').next().is_some_and(|line| line.contains("//"));
        let named = !before.ends_with(part) && after.trim_start().starts_with([':', '(']);
        !commented && (named || !text.chars().all(part))
    };
    let found = source.match_indices(text).map(|(start, _)| start).find(|&start| meant(start));
    found.or_else(|| source.find(text))
}

/// The known name that is most like an unknown one, if any is alike at all (Jaro–Winkler ≥ 0.75).
///
/// ```
/// use cwm::base::codec::nearest;
/// assert_eq!(nearest("leek_fix", ["cliff_ux", "leak_fix"]), Some("leak_fix"));
/// assert_eq!(nearest("zzz", ["cliff_ux", "leak_fix"]), None);
/// ```
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let unknown = unknown.to_lowercase();
    let scored = known.into_iter().map(|name| (strsim::jaro_winkler(&unknown, &name.to_lowercase()), name));
    scored.filter(|&(score, _)| score >= 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

fn options() -> ron::Options {
    ron::Options::default().with_default_extension(
        Extensions::UNWRAP_NEWTYPES | Extensions::UNWRAP_VARIANT_NEWTYPES | Extensions::IMPLICIT_SOME,
    )
}

/// Reads a value.
///
/// # Errors
/// A [`Fault`] with the place in the text.
pub fn from_str<T: DeserializeOwned>(file: &Path, source: &str) -> Result<T, Fault> {
    options().from_str(source).map_err(|error| fault(&file.display().to_string(), &error))
}

fn fault(file: &str, error: &SpannedError) -> Fault {
    let nearest_name = match &error.code {
        ron::Error::NoSuchEnumVariant { expected, found, .. }
        | ron::Error::NoSuchStructField { expected, found, .. } => {
            nearest(found, expected.iter().copied()).map(str::to_owned)
        }
        _ => None,
    };
    let at = Some((error.span.start.line, error.span.start.col));
    Fault { file: file.to_owned(), at, what: error.code.to_string(), nearest: nearest_name }
}

/// Writes a value so that a person can read and change it.
///
/// # Panics
/// Never for this crate's own types, which all have a RON form.
#[must_use]
pub fn to_string<T: Serialize>(value: &T) -> String {
    let config = PrettyConfig::new().struct_names(true).indentor("    ").compact_arrays(true);
    options().to_string_pretty(value, config).unwrap_or_else(|error| unreachable!("no RON form: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_placed_at_the_field_and_not_at_a_word_like_it() {
        let source = "// the window\nA(\n  windows: [1],\n  what: \"a window\",\n  window: (6, 200),\n)";
        let fault = Fault::locate("a.ron", source, "window", "too late");
        assert_eq!(fault.to_string(), "a.ron:5:3: too late");
        assert_eq!(Fault::locate("a.ron", source, "\"a window\"", "?").at, Some((4, 9)));
        assert_eq!(Fault::locate("a.ron", source, "door", "?").at, None);
    }
}
