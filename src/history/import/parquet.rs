//! Tables in Parquet, row by row as text, in bounded memory.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use arrow::{
    array::ArrayRef,
    compute::cast,
    datatypes::{DataType, TimeUnit},
    error::ArrowError,
    util::display::{ArrayFormatter, FormatOptions},
};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use serde_json::{Map, Value};

use super::{row::Row, table::Each};
use crate::history::{
    rejection::{Flaw, Place},
    source,
};

/// Rows decoded at once.
const BATCH: usize = 4_096;

/// Whether a file is one.
///
/// # Errors
/// When it cannot be read.
pub fn is_one(path: &Path) -> io::Result<bool> {
    let mut magic = [0; 4];
    let read = File::open(path)?.read(&mut magic)?;
    Ok(&magic[..read] == b"PAR1")
}

/// Reads all rows.
///
/// # Errors
/// When it is damaged, or claims more than its length can stand for.
pub fn rows(path: &Path, each: Each<'_>) -> io::Result<()> {
    let name = path.display().to_string();
    let file = File::open(path)?;
    let metadata = guarded(&name, || ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()))?;
    guarded(&name, || source::bounds::check(metadata.metadata(), &file))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
    let mut reader = guarded(&name, || builder.with_batch_size(BATCH).build())?;
    let options = FormatOptions::default();
    let mut row = 0;
    while let Some(batch) = guarded(&name, || reader.next().transpose())? {
        let schema = batch.schema();
        let plain: Vec<ArrayRef> = guarded(&name, || batch.columns().iter().map(plain).collect::<Result<_, _>>())?;
        let columns: Vec<(&str, ArrayFormatter<'_>)> = guarded(&name, || {
            let one = |(field, column)| Ok((field, ArrayFormatter::try_new(column, &options)?));
            let names = schema.fields().iter().map(|field| field.name().as_str());
            names.zip(plain.iter().map(AsRef::as_ref)).map(one).collect::<Result<_, ArrowError>>()
        })?;
        for place in 0..batch.num_rows() {
            row += 1;
            each.take(Place { row, line: None }, cells(&columns, place));
        }
    }
    Ok(())
}

/// A column that can be shown: moments as milliseconds since 1970, so that no zone has to be known.
fn plain(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let DataType::Timestamp(_, zone) = column.data_type() else { return Ok(Arc::clone(column)) };
    let moments = cast(column, &DataType::Timestamp(TimeUnit::Millisecond, zone.clone()))?;
    cast(&moments, &DataType::Int64)
}

fn cells(columns: &[(&str, ArrayFormatter<'_>)], row: usize) -> Result<Row, Flaw> {
    let mut cells = Map::new();
    for (name, column) in columns {
        // What is null is shown as nothing.
        let text = column.value(row).try_to_string().map_err(|why| Flaw::new(name, format!("a value ({why})"), ""))?;
        cells.insert((*name).to_owned(), if text.is_empty() { Value::Null } else { Value::String(text) });
    }
    Ok(Row::new(cells, false))
}

fn guarded<T, E: std::fmt::Display>(name: &str, decode: impl FnOnce() -> Result<T, E>) -> io::Result<T> {
    source::parquet::guarded(name, decode).map_err(|error| io::Error::other(error.to_string()))
}
