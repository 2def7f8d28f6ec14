//! Any columns of a file, as they are: for data that are no events, such as a recorded experiment with a row a user.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Column, Format, HistoryError, Input, Sink, Wanted, cell::Cell, unknown_format};
use crate::history::{
    name::Name,
    rejection::{Flaw, Place, Rejection},
};

/// Rows of a file, in the columns that were asked for.
#[derive(Clone, Debug)]
pub struct Table {
    /// The file as the user named it.
    pub file: PathBuf,
    /// BLAKE3 hash of its content.
    pub hash: String,
    /// Rows that could be read.
    pub rows: usize,
    /// Rows that could not.
    pub rejected: u64,
    /// The first of them.
    pub first_rejection: Option<Rejection>,
    columns: BTreeMap<String, TableColumn>,
    /// Data row in the file, of each row here.
    places: Vec<u64>,
}

/// A column: a code a row, and what each code stands for; blank cells are the empty text.
#[derive(Clone, Debug, Default)]
struct TableColumn {
    codes: Vec<u32>,
    levels: Vec<String>,
    known: BTreeMap<String, u32>,
}

impl TableColumn {
    fn push(&mut self, text: &str) {
        let code = self.known.get(text).copied().unwrap_or_else(|| {
            let code = self.levels.len() as u32;
            self.levels.push(text.to_owned());
            self.known.insert(text.to_owned(), code);
            code
        });
        self.codes.push(code);
    }
}

impl Table {
    /// Reads columns of a CSV, JSON Lines or Parquet file.
    ///
    /// # Errors
    /// [`HistoryError`] if the file cannot be read, is no such file, or a column is not there.
    pub fn read(path: &Path, columns: &[&str]) -> Result<Self, HistoryError> {
        let format = Format::of(path).ok_or_else(|| unknown_format(path))?;
        let name = Name::from(path.display().to_string());
        let reading = |error| HistoryError::reading(&name, error);
        let mut file = fs::File::open(path).map_err(reading)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut file).map_err(reading)?;
        io::Seek::rewind(&mut file).map_err(reading)?;
        let mut names: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        names.sort();
        names.dedup();
        let wanted = names.iter().map(|name| Column { name: name.clone(), required: true }).collect();
        let columns = vec![TableColumn::default(); names.len()];
        let mut filling = Filling { name: name.clone(), columns, places: Vec::new(), rejected: 0, first: None };
        format.read(Input { name, file }, &Wanted { columns: wanted, content: false }, &mut filling)?;
        Ok(Self {
            file: path.to_owned(),
            hash: hasher.finalize().to_hex().to_string(),
            rows: filling.places.len(),
            rejected: filling.rejected,
            first_rejection: filling.first,
            columns: names.into_iter().zip(filling.columns).collect(),
            places: filling.places,
        })
    }

    fn column(&self, name: &str) -> Result<&TableColumn, HistoryError> {
        self.columns
            .get(name)
            .ok_or_else(|| super::missing(&self.name(), name, &self.columns.keys().cloned().collect::<Vec<_>>()))
    }

    fn name(&self) -> String {
        self.file.display().to_string()
    }

    /// A column as labels: a code a row, and the texts; a blank cell is the empty text.
    ///
    /// # Errors
    /// [`HistoryError::MissingColumn`] if it was not asked for.
    pub fn labels(&self, name: &str) -> Result<(&[u32], &[String]), HistoryError> {
        self.column(name).map(|column| (column.codes.as_slice(), column.levels.as_slice()))
    }

    /// A column as numbers; yes is 1, no is 0, a blank cell is not a number.
    ///
    /// # Errors
    /// [`HistoryError::Unreadable`] with the first row that is neither.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, HistoryError> {
        let column = self.column(name)?;
        let values: Vec<Option<f64>> = column.levels.iter().map(|level| number(level)).collect();
        let read = |(row, &code): (usize, &u32)| {
            values[code as usize].ok_or_else(|| {
                let found =
                    format!("row {} of column `{name}` is {:?}", self.places[row], column.levels[code as usize]);
                HistoryError::unreadable(&self.name(), "numbers", found)
            })
        };
        column.codes.iter().enumerate().map(read).collect()
    }

    /// Whether every cell of a column is a number or blank.
    #[must_use]
    pub fn is_numeric(&self, name: &str) -> bool {
        self.columns.get(name).is_some_and(|column| column.levels.iter().all(|level| number(level).is_some()))
    }
}

fn number(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "" => Some(f64::NAN),
        "true" | "yes" => Some(1.0),
        "false" | "no" => Some(0.0),
        other => other.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// A table while it is read.
struct Filling {
    name: Name,
    columns: Vec<TableColumn>,
    places: Vec<u64>,
    rejected: u64,
    first: Option<Rejection>,
}

impl Sink for Filling {
    fn row(&mut self, place: Place, cells: &[Cell<'_>], _: u64) {
        self.places.push(place.row);
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(&cell.trimmed().shown());
        }
    }

    fn reject(&mut self, place: Place, flaw: Flaw) {
        self.rejected += 1;
        self.first.get_or_insert_with(|| Rejection::new(&self.name, place, flaw));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        fs::write(&path, text).unwrap();
        Table::read(&path, &["arm", "spend"]).unwrap()
    }

    #[test]
    fn columns_are_labels_or_numbers_as_asked() {
        let table = table("arm,spend,more\na,1.5,x\nb,TRUE,y\na,,z\n");
        assert_eq!(table.labels("arm").unwrap(), (&[0, 1, 0][..], &["a".to_owned(), "b".to_owned()][..]));
        let spend = table.numbers("spend").unwrap();
        assert_eq!(spend[..2], [1.5, 1.0]);
        assert!(spend[2].is_nan() && table.is_numeric("spend") && !table.is_numeric("arm"));
    }

    #[test]
    fn what_is_no_number_is_told_with_its_row() {
        let error = table("arm,spend\na,1\nb,many\n").numbers("spend").unwrap_err().to_string();
        assert!(error.contains("row 2 of column `spend` is \"many\""), "{error}");
    }
}
