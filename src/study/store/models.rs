//! The self-models of a set as one Parquet file: a row a user, a column a field, which any data tool reads.
//!
//! Row groups are encoded and decoded side by side on the threads there are, and stand in the file in the order of
//! the users, so the bytes do not depend on how many threads there are.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, AsArray, StringArray},
    datatypes::{DataType, Field, Schema},
    record_batch::RecordBatch,
};
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
        arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves},
    },
    basic::Compression,
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
};
use rayon::prelude::*;

use super::{
    columns::{columns, gathered, scattered},
    error::StoreError,
};
use crate::{
    base::{time::SimTime, units::UserId},
    history::{name::Name, source::bounds},
    user::{
        priors::Priors,
        self_model::{SelfModel, fields::FieldVisitor},
    },
};

/// Users whose columns are encoded together.
const ROW_GROUP: usize = 1 << 16;
/// Rows decoded at once.
const BATCH: usize = 1 << 13;
/// Column of the user's own name, where the id is only its hash.
const NAME: &str = "name";
const EXPECTED: &str = "a Parquet file of self-models";

/// Names of users whose id is a hash.
pub type Names = BTreeMap<UserId, Name>;

/// What a file has a row of: a self-model, with what is known beside it.
pub trait Row: Copy + Send + Sync {
    /// One of nobody, to be filled.
    fn blank() -> Self;
    /// Whose it is.
    fn user(&self) -> UserId;
    /// Shows every stored field to a visitor, always in the same order, and the user first.
    fn fields(&mut self, visitor: &mut impl FieldVisitor);
}

impl Row for SelfModel {
    fn blank() -> Self {
        Self::new(UserId(0), SimTime(0), 0, &Priors::ignorant())
    }

    fn user(&self) -> UserId {
        self.user()
    }

    fn fields(&mut self, visitor: &mut impl FieldVisitor) {
        self.fields(visitor);
    }
}

fn schema<R: Row>() -> Arc<Schema> {
    let mut fields = columns::<R>();
    fields.insert(1, Field::new(NAME, DataType::Utf8, true));
    Arc::new(Schema::new(fields))
}

/// Writes self-models, or other rows, in their order.
///
/// # Errors
/// When the writer fails.
pub fn write<W: Write + Send>(models: &[impl Row], names: &Names, out: W) -> Result<W, ParquetError> {
    write_compressed(models, names, out, Compression::LZ4_RAW)
}

/// The same with another compression.
///
/// # Errors
/// When the writer fails.
pub fn write_compressed<W: Write + Send, R: Row>(
    models: &[R],
    names: &Names,
    out: W,
    compression: Compression,
) -> Result<W, ParquetError> {
    let schema = schema::<R>();
    let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties(compression)))?;
    let (mut file, factory) = writer.into_serialized_writer()?;
    // As many row groups at once as there are threads, so that memory does not grow with the set.
    let mut index = 0;
    for some in models.chunks(ROW_GROUP * rayon::current_num_threads()) {
        let groups: Vec<_> = some
            .par_chunks(ROW_GROUP)
            .enumerate()
            .map(|(i, models)| encoded(models, names, &schema, &factory, index + i))
            .collect::<Result<_, _>>()?;
        index += groups.len();
        groups.into_iter().try_for_each(|columns| append(columns, &mut file))?;
    }
    file.into_inner()
}

/// Sums are hardly ever alike: a dictionary of them costs time and saves nothing.
fn properties(compression: Compression) -> WriterProperties {
    WriterProperties::builder()
        .set_compression(compression)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_statistics_enabled("user".into(), EnabledStatistics::Chunk)
        .build()
}

fn encoded(
    models: &[impl Row],
    names: &Names,
    schema: &Arc<Schema>,
    factory: &ArrowRowGroupWriterFactory,
    index: usize,
) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
    let mut writers = factory.create_column_writers(index)?.into_iter();
    let mut chunks = Vec::new();
    for (field, array) in schema.fields().iter().zip(arrays(models, names)) {
        for leaf in compute_leaves(field, &array)? {
            let mut writer = writers.next().ok_or_else(|| ParquetError::General("a column too many".to_owned()))?;
            writer.write(&leaf)?;
            chunks.push(writer.close()?);
        }
    }
    Ok(chunks)
}

fn arrays(models: &[impl Row], names: &Names) -> Vec<ArrayRef> {
    let mut arrays: Vec<ArrayRef> = gathered(models).into_iter().map(|(_, array)| array).collect();
    let names = models.iter().map(|model| names.get(&model.user()).map(Name::as_str));
    arrays.insert(1, Arc::new(names.collect::<StringArray>()));
    arrays
}

fn append<W: Write + Send>(
    columns: Vec<ArrowColumnChunk>,
    file: &mut SerializedFileWriter<W>,
) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    for column in columns {
        column.append_to_row_group(&mut group)?;
    }
    group.close()?;
    Ok(())
}

/// Reads self-models, and the names of those who have one, in their order.
///
/// # Errors
/// [`StoreError::Damaged`], if the file does not hold what a set must.
pub fn read(path: &Path) -> Result<(Vec<SelfModel>, Names), StoreError> {
    read_rows(path)
}

/// The same of other rows.
pub(super) fn read_rows<R: Row>(path: &Path) -> Result<(Vec<R>, Names), StoreError> {
    let file = File::open(path).map_err(StoreError::io("read", path))?;
    let metadata = guarded(path, || ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()))?;
    guarded(path, || bounds::check(metadata.metadata(), &file))?;
    let groups = 0..metadata.metadata().num_row_groups();
    let read: Vec<_> =
        groups.into_par_iter().map(|group| row_group::<R>(path, &metadata, group)).collect::<Result<_, _>>()?;
    let (mut models, mut names) = (Vec::with_capacity(read.iter().map(|(models, _)| models.len()).sum()), Names::new());
    for (some, named) in read {
        models.extend(some);
        names.extend(named);
    }
    Ok((models, names))
}

fn row_group<R: Row>(path: &Path, metadata: &ArrowReaderMetadata, group: usize) -> Result<(Vec<R>, Names), StoreError> {
    let file = File::open(path).map_err(StoreError::io("read", path))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
    let mut reader = guarded(path, || builder.with_row_groups(vec![group]).with_batch_size(BATCH).build())?;
    let (mut models, mut names): (Vec<R>, _) = (Vec::new(), Names::new());
    while let Some(batch) = guarded(path, || reader.next().transpose())? {
        let some = scattered::<R>(&batch).map_err(|wrong| StoreError::damaged(path, wrong.expected, wrong.found))?;
        names.extend(named(path, &some, &batch)?);
        models.extend(some);
    }
    Ok((models, names))
}

fn named<R: Row>(path: &Path, models: &[R], batch: &RecordBatch) -> Result<Names, StoreError> {
    let column = batch.column_by_name(NAME).and_then(|column| column.as_string_opt::<i32>());
    let column = column.ok_or_else(|| StoreError::damaged(path, "a column `name` of Utf8", "there is none"))?;
    let known = |(row, model): (usize, &R)| column.is_valid(row).then(|| (model.user(), column.value(row).into()));
    Ok(models.iter().enumerate().filter_map(known).collect())
}

/// A file that was made up to look whole makes the decoder return an error or, rarely, panic: both say the same.
fn guarded<T, E: std::fmt::Display>(path: &Path, decode: impl FnOnce() -> Result<T, E>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(StoreError::damaged(path, EXPECTED, format!("it is not: {error}"))),
        Err(_) => Err(StoreError::damaged(path, EXPECTED, "its pages are damaged")),
    }
}
