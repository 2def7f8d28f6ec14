//! Apache Parquet: the canonical format on disk, through Arrow.
//!
//! Written with Zstandard. On reading, any physical type that can mean what a column should is
//! taken: any text, integer, float, decimal, truth, date or timestamp, as dictionary or plain.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufWriter},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float32Array, Float64Array, Int64Array, StringArray,
        TimestampMillisecondArray, UInt8Array, UInt64Array,
    },
    compute::cast,
    datatypes::{DataType, Field, Float32Type, Float64Type, Int64Type, Schema, TimeUnit, UInt64Type},
    error::ArrowError,
    record_batch::RecordBatch,
};
use parquet::{
    arrow::{
        ArrowWriter, ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    },
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};
use xxhash_rust::xxh64::xxh64;

use super::{
    Input, Sink, Wanted, bounds,
    canonical::{self, Payload},
    cell::Cell,
};
use crate::{
    base::units::UserId,
    history::{
        error::HistoryError,
        event::Event,
        log::{self, History},
        name::Name,
        rejection::Place,
    },
};

/// Rows decoded at once.
const BATCH: usize = 8_192;
/// Events written at once.
const CHUNK: usize = 1 << 16;
/// Events of a row group, which is in memory until it is whole.
const GROUP: usize = 1 << 18;
const EXPECTED: &str = "a Parquet file (plain, Snappy, gzip, LZ4 or Zstandard)";

pub(super) fn read(input: Input, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), HistoryError> {
    let name = input.name;
    let metadata = guarded(&name, || ArrowReaderMetadata::load(&input.file, ArrowReaderOptions::new()))?;
    guarded(&name, || bounds::check(metadata.metadata(), &input.file))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input.file, metadata);
    let there: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let places = wanted.find(&name, &there)?;
    // Without an ordinal, the whole row tells rows apart.
    let needed: Vec<usize> =
        if wanted.content { (0..there.len()).collect() } else { places.iter().copied().flatten().collect() };
    let mask = ProjectionMask::roots(builder.parquet_schema(), needed.iter().copied());
    let mut reader = guarded(&name, || builder.with_projection(mask).with_batch_size(BATCH).build())?;
    let mut rows = 0;
    while let Some(batch) = guarded(&name, || reader.next().transpose())? {
        let table = Table::of(&name, &batch, &there, &places)?;
        (0..batch.num_rows()).for_each(|row| table.give(row, rows, wanted.content, sink));
        rows += batch.num_rows() as u64;
    }
    Ok(())
}

/// Damaged pages make the decoder return an error or, rarely, panic; both mean that the file is unreadable.
pub(in crate::history) fn guarded<T, E: std::fmt::Display>(
    file: &str,
    decode: impl FnOnce() -> Result<T, E>,
) -> Result<T, HistoryError> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(HistoryError::unreadable(file, EXPECTED, format!("it is not: {error}"))),
        Err(_) => Err(HistoryError::unreadable(file, EXPECTED, "its pages are damaged")),
    }
}

/// The columns of a batch, ready to be read cell by cell.
struct Table {
    /// The columns read, in the file's order.
    columns: Vec<Column>,
    /// Where each wanted column is among them.
    wanted: Vec<Option<usize>>,
}

impl Table {
    fn of(file: &str, batch: &RecordBatch, there: &[String], places: &[Option<usize>]) -> Result<Self, HistoryError> {
        let schema = batch.schema();
        let read = |place: &Option<usize>| place.and_then(|place| schema.index_of(&there[place]).ok());
        let columns = batch.columns().iter().map(Column::of).collect::<Result<_, _>>();
        let columns = columns.map_err(|error| HistoryError::unreadable(file, EXPECTED, error))?;
        Ok(Self { columns, wanted: places.iter().map(read).collect() })
    }

    fn give(&self, row: usize, before: u64, content: bool, sink: &mut dyn Sink) {
        let cell = |column: &Option<usize>| column.map_or(Cell::Blank, |column| self.columns[column].cell(row));
        let cells: Vec<Cell<'_>> = self.wanted.iter().map(cell).collect();
        let place = Place { row: before + row as u64 + 1, line: None };
        sink.row(place, &cells, if content { self.content(row) } else { 0 });
    }

    fn content(&self, row: usize) -> u64 {
        let shown = self.columns.iter().map(|column| column.cell(row).shown().into_owned());
        xxh64(shown.collect::<Vec<_>>().join("\u{1f}").as_bytes(), 0)
    }
}

/// A column by what its cells are.
enum Column {
    Text(StringArray),
    Whole(Int64Array),
    Unsigned(UInt64Array),
    Single(Float32Array),
    Real(Float64Array),
    Decimal(Decimal128Array, i8),
    Truth(BooleanArray),
    /// Ticks since 1970 in UTC, and ticks a second.
    Moment(Int64Array, i64),
    /// Ticks since 1970 on a wall clock, and ticks a second.
    Wall(Int64Array, i64),
    Day(Int64Array),
    Nested,
}

impl Column {
    fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        let whole =
            |array: &ArrayRef| cast(array, &DataType::Int64).map(|cast| cast.as_primitive::<Int64Type>().clone());
        Ok(match array.data_type() {
            DataType::Dictionary(_, values) => Self::of(&cast(array, values)?)?,
            DataType::Utf8 => Self::Text(array.as_string().clone()),
            DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView => Self::Text(cast(array, &DataType::Utf8)?.as_string().clone()),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => Self::Whole(whole(array)?),
            DataType::UInt64 => Self::Unsigned(array.as_primitive::<UInt64Type>().clone()),
            DataType::Float16 | DataType::Float32 => {
                Self::Single(cast(array, &DataType::Float32)?.as_primitive::<Float32Type>().clone())
            }
            DataType::Float64 => Self::Real(array.as_primitive::<Float64Type>().clone()),
            &DataType::Decimal32(_, scale)
            | &DataType::Decimal64(_, scale)
            | &DataType::Decimal128(_, scale)
            | &DataType::Decimal256(_, scale) => {
                Self::Decimal(cast(array, &DataType::Decimal128(38, scale))?.as_primitive().clone(), scale)
            }
            DataType::Boolean => Self::Truth(array.as_boolean().clone()),
            DataType::Timestamp(unit, Some(_)) => Self::Moment(whole(array)?, ticks(*unit)),
            DataType::Timestamp(unit, None) => Self::Wall(whole(array)?, ticks(*unit)),
            DataType::Date64 => Self::Wall(whole(array)?, 1_000),
            DataType::Date32 => Self::Day(whole(&cast(array, &DataType::Int32)?)?),
            DataType::Null => Self::Text(StringArray::new_null(array.len())),
            _ => Self::Nested,
        })
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        let array: &dyn Array = match self {
            Self::Text(array) => array,
            Self::Whole(array) | Self::Moment(array, _) | Self::Wall(array, _) | Self::Day(array) => array,
            Self::Unsigned(array) => array,
            Self::Single(array) => array,
            Self::Real(array) => array,
            Self::Decimal(array, _) => array,
            Self::Truth(array) => array,
            Self::Nested => return Cell::Nested,
        };
        if array.is_null(row) {
            return Cell::Blank;
        }
        match self {
            Self::Text(array) => Cell::Text(array.value(row)),
            Self::Whole(array) => Cell::Whole(array.value(row).into()),
            Self::Unsigned(array) => Cell::Whole(array.value(row).into()),
            // Through text, so that 11.27 in 32 bits is 11.27 in 64.
            Self::Single(array) => Cell::Real(array.value(row).to_string().parse().unwrap_or(f64::NAN)),
            Self::Real(array) => Cell::Real(array.value(row)),
            Self::Decimal(array, scale) => Cell::Decimal(array.value(row), *scale),
            Self::Truth(array) => Cell::Truth(array.value(row)),
            Self::Moment(array, ticks) => Cell::Moment(array.value(row).div_euclid(*ticks)),
            Self::Wall(array, ticks) => Cell::Wall(array.value(row).div_euclid(*ticks)),
            Self::Day(array) => Cell::Day(array.value(row)),
            Self::Nested => Cell::Nested,
        }
    }
}

const fn ticks(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

pub(super) fn write(history: &History, out: fs::File) -> io::Result<()> {
    let mut writer = Writer::new(&history.names, out)?;
    history.events.chunks(CHUNK).try_for_each(|events| writer.write(events))?;
    writer.close()
}

/// A file of events in the making, so that not all have to be in memory at once.
pub struct Writer<'a> {
    names: &'a BTreeMap<UserId, Name>,
    writer: ArrowWriter<BufWriter<fs::File>>,
    schema: Arc<Schema>,
}

impl<'a> Writer<'a> {
    /// Starts a file; `names` are the users' whose id is a hash.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new(names: &'a BTreeMap<UserId, Name>, out: fs::File) -> io::Result<Self> {
        let schema = Arc::new(schema());
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_max_row_group_row_count(Some(GROUP))
            .build();
        let writer = ArrowWriter::try_new(BufWriter::new(out), schema.clone(), Some(properties))?;
        Ok(Self { names, writer, schema })
    }

    /// Adds events, which come after those that are there.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&mut self, events: &[Event]) -> io::Result<()> {
        for events in events.chunks(CHUNK) {
            self.writer.write(&batch(self.names, events, &self.schema).map_err(io::Error::other)?)?;
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn close(self) -> io::Result<()> {
        self.writer.close()?;
        Ok(())
    }
}

fn schema() -> Schema {
    let type_of = |column: &str| match column {
        "at" => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        "ordinal" => DataType::UInt64,
        "taken" => DataType::Boolean,
        "amount_minor" => DataType::Int64,
        "severity" => DataType::UInt8,
        "score" => DataType::Float64,
        _ => DataType::Utf8,
    };
    let field = |column| Field::new(column, type_of(column), !canonical::REQUIRED.contains(&column));
    Schema::new(canonical::columns().map(field).collect::<Vec<_>>())
}

fn batch(names: &BTreeMap<UserId, Name>, events: &[Event], schema: &Arc<Schema>) -> Result<RecordBatch, ArrowError> {
    let payloads: Vec<Payload<'_>> = events.iter().map(|event| Payload::of(&event.kind)).collect();
    let at = events.iter().map(|event| event.at.0.saturating_mul(1_000));
    let users: Vec<_> = events.iter().map(|event| log::name(names, event.user)).collect();
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampMillisecondArray::from_iter_values(at).with_timezone("UTC")),
        Arc::new(StringArray::from_iter_values(users.iter().map(AsRef::<str>::as_ref))),
        Arc::new(UInt64Array::from_iter_values(events.iter().map(|event| event.ordinal))),
        Arc::new(StringArray::from_iter_values(events.iter().map(|event| event.kind.name()))),
    ];
    for index in 0..canonical::NAMES.len() {
        columns.push(Arc::new(payloads.iter().map(|payload| payload.names[index]).collect::<StringArray>()));
    }
    let amounts = payloads.iter().map(|payload| payload.amount.map(crate::base::units::Money::minor));
    columns.push(Arc::new(payloads.iter().map(|payload| payload.taken).collect::<BooleanArray>()));
    columns.push(Arc::new(amounts.collect::<Int64Array>()));
    columns.push(Arc::new(payloads.iter().map(|payload| payload.severity).collect::<UInt8Array>()));
    columns.push(Arc::new(payloads.iter().map(|payload| payload.score).collect::<Float64Array>()));
    RecordBatch::try_new(schema.clone(), columns)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        base::{codec, units::Currency},
        history::{log::load, source::Recorded},
    };

    const MAPPING: &str = r#"Recorded(files: [File(path: "t.parquet", rows: Rows(
        user: "user", at: Time(column: "at", timezone: "UTC"), events: [Charge(amount: "amount"), Response(taken: "taken")],
    ))])"#;

    fn loaded(columns: [(&str, ArrayRef); 4], folder: &Path) -> History {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let file = fs::File::create(folder.join("t.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let recorded: Recorded = codec::from_str("t.ron".as_ref(), MAPPING).unwrap();
        let mut history = load(&recorded, folder, Currency::new("USD").unwrap()).unwrap().history;
        // Without an ordinal column it is a hash of the cells as shown, which differ from type to type.
        history.events.iter_mut().for_each(|event| event.ordinal = 0);
        history
    }

    #[test]
    fn a_column_may_have_any_type_that_can_mean_it() {
        let folder = tempfile::tempdir().unwrap();
        let dictionary = |values| DataType::Dictionary(Box::new(DataType::Int32), Box::new(values));
        let stamp = |unit, zone: Option<&str>| DataType::Timestamp(unit, zone.map(Into::into));
        let users = [
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            DataType::Binary,
            DataType::Int32,
            DataType::Int64,
            DataType::UInt16,
            DataType::UInt64,
            DataType::Float64,
            dictionary(DataType::Utf8),
            dictionary(DataType::Int64),
        ];
        let times = [
            stamp(TimeUnit::Second, None),
            stamp(TimeUnit::Millisecond, Some("+00:00")),
            stamp(TimeUnit::Microsecond, None),
            stamp(TimeUnit::Nanosecond, Some("+00:00")),
            DataType::Date32,
            DataType::Date64,
        ];
        let amounts = [
            DataType::Float32,
            DataType::Float64,
            DataType::Decimal128(9, 2),
            DataType::Decimal256(40, 4),
            DataType::Decimal64(9, 2),
            DataType::Utf8,
            dictionary(DataType::Utf8),
        ];
        let takens = [DataType::Boolean, DataType::Utf8, DataType::Int8, DataType::Float32];
        let as_type = |array: &ArrayRef, data: &DataType| cast(array, data).unwrap();
        let user: ArrayRef = Arc::new(Int64Array::from(vec![906, 17]));
        let at: ArrayRef = Arc::new(arrow::array::TimestampSecondArray::from(vec![1_483_228_800, -86_400]));
        let amount: ArrayRef = Arc::new(Float64Array::from(vec![Some(11.27), None]));
        let taken: ArrayRef = Arc::new(Int64Array::from(vec![Some(0), Some(1)]));
        let table = |i: usize| {
            let text = as_type(&user, &DataType::Utf8);
            let user = if matches!(users[i], DataType::Binary) {
                as_type(&text, &users[i])
            } else {
                as_type(&user, &users[i])
            };
            // Text of a truth from numbers is a number, which is as good.
            [
                ("user", user),
                ("at", as_type(&at, &times[i % times.len()])),
                ("amount", as_type(&amount, &amounts[i % amounts.len()])),
                ("taken", as_type(&taken, &takens[i % takens.len()])),
            ]
        };
        let first = loaded(table(0), folder.path());
        assert_eq!(first.events.len(), 3);
        for i in 1..users.len() {
            assert_eq!(loaded(table(i), folder.path()), first, "{i}");
        }
    }
}
