//! The fields of rows as columns of Arrow, and back.
//!
//! Names and order come from [`Row::fields`]; here is only what each sort of field is as a column.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, FixedSizeListArray, Float32Array, Int64Array, PrimitiveArray,
        TimestampMillisecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
    },
    buffer::{BooleanBuffer, ScalarBuffer},
    datatypes::{
        ArrowPrimitiveType, DataType, Field, Float32Type, Int64Type, TimestampMillisecondType, UInt8Type, UInt16Type,
        UInt32Type, UInt64Type,
    },
    record_batch::RecordBatch,
};

use super::models::Row;
use crate::{
    base::{time::SimTime, units::Money},
    user::self_model::fields::FieldVisitor,
};

/// What is expected of a column, and what is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub expected: String,
    pub found: String,
}

/// The columns that rows have on disk.
pub(super) fn columns<R: Row>() -> Vec<Field> {
    gathered(&[R::blank()]).into_iter().map(|(name, array)| field(name, &array)).collect()
}

fn field(name: &str, array: &ArrayRef) -> Field {
    Field::new(name, array.data_type().clone(), false)
}

/// The columns of some rows, at least one.
pub(super) fn gathered<R: Row>(rows: &[R]) -> Vec<(&'static str, ArrayRef)> {
    let mut gathering = Gathering { columns: Vec::new(), next: 0, rows: rows.len() };
    for row in rows {
        gathering.next = 0;
        let mut row = *row;
        row.fields(&mut gathering);
    }
    gathering.columns.into_iter().map(|(name, values)| (name, values.array())).collect()
}

/// The rows of a batch.
pub(super) fn scattered<R: Row>(batch: &RecordBatch) -> Result<Vec<R>, Mismatch> {
    let columns = columns::<R>().iter().map(|field| Filled::of(field, batch)).collect::<Result<_, _>>()?;
    let mut filling = Filling { columns, next: 0, row: 0 };
    let mut rows = vec![R::blank(); batch.num_rows()];
    for (index, row) in rows.iter_mut().enumerate() {
        (filling.row, filling.next) = (index, 0);
        row.fields(&mut filling);
    }
    Ok(rows)
}

/// The values of a column, to be written.
enum Values {
    Truth(Vec<bool>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    /// Milliseconds since 1970.
    Time(Vec<i64>),
    Whole(Vec<i64>),
    U16s(Vec<u16>, usize),
}

impl Values {
    fn array(self) -> ArrayRef {
        match self {
            Self::Truth(values) => Arc::new(BooleanArray::from(values)),
            Self::U8(values) => Arc::new(UInt8Array::from(values)),
            Self::U16(values) => Arc::new(UInt16Array::from(values)),
            Self::U32(values) => Arc::new(UInt32Array::from(values)),
            Self::U64(values) => Arc::new(UInt64Array::from(values)),
            Self::F32(values) => Arc::new(Float32Array::from(values)),
            Self::Time(values) => Arc::new(TimestampMillisecondArray::from(values).with_timezone("UTC")),
            Self::Whole(values) => Arc::new(Int64Array::from(values)),
            Self::U16s(values, width) => list(Arc::new(UInt16Array::from(values)), width),
        }
    }
}

fn list(values: ArrayRef, width: usize) -> ArrayRef {
    let item = Arc::new(Field::new("item", values.data_type().clone(), false));
    Arc::new(FixedSizeListArray::new(item, width as i32, values, None))
}

/// Takes the fields of one row after the other.
struct Gathering {
    columns: Vec<(&'static str, Values)>,
    /// Of the row that is visited.
    next: usize,
    rows: usize,
}

impl Gathering {
    /// The column of the next field; the first row says what columns there are.
    #[inline]
    fn column(&mut self, name: &'static str, empty: impl FnOnce(usize) -> Values) -> &mut Values {
        if self.next == self.columns.len() {
            self.columns.push((name, empty(self.rows)));
        }
        self.next += 1;
        &mut self.columns[self.next - 1].1
    }
}

macro_rules! gather {
    ($($visit:ident: $type:ty, $kind:ident, $stored:expr;)*) => {
        $(#[inline]
        fn $visit(&mut self, name: &'static str, value: &mut $type) {
            let stored: fn($type) -> _ = $stored;
            if let Values::$kind(values) = self.column(name, |rows| Values::$kind(Vec::with_capacity(rows))) {
                values.push(stored(*value));
            }
        })*
    };
}

impl FieldVisitor for Gathering {
    gather! {
        truth: bool, Truth, |value| value;
        u8: u8, U8, |value| value;
        u16: u16, U16, |value| value;
        u32: u32, U32, |value| value;
        u64: u64, U64, |value| value;
        f32: f32, F32, |value| value;
        time: SimTime, Time, |at| at.0.saturating_mul(1_000);
        money: Money, Whole, Money::minor;
    }

    #[inline]
    fn u16s(&mut self, name: &'static str, values: &mut [u16]) {
        let width = values.len();
        if let Values::U16s(all, _) = self.column(name, |n| Values::U16s(Vec::with_capacity(n * width), width)) {
            all.extend_from_slice(values);
        }
    }
}

/// The values of a column that was read.
enum Filled {
    Truth(BooleanBuffer),
    U8(ScalarBuffer<u8>),
    U16(ScalarBuffer<u16>),
    U32(ScalarBuffer<u32>),
    U64(ScalarBuffer<u64>),
    F32(ScalarBuffer<f32>),
    Time(ScalarBuffer<i64>),
    Whole(ScalarBuffer<i64>),
    U16s(ScalarBuffer<u16>),
}

impl Filled {
    /// The column of a batch that a field asks for.
    fn of(field: &Field, batch: &RecordBatch) -> Result<Self, Mismatch> {
        let mismatch = |found| Mismatch { expected: format!("a column `{}` of {}", field.name(), told(field)), found };
        let array = batch.column_by_name(field.name()).ok_or_else(|| mismatch("there is none".to_owned()))?;
        if array.null_count() > 0 {
            return Err(mismatch(format!("{} of its values are missing", array.null_count())));
        }
        let found = || mismatch(format!("it is of {}", array.data_type()));
        // A list may name its items as it likes.
        let same = match (field.data_type(), array.data_type()) {
            (DataType::FixedSizeList(want, m), DataType::FixedSizeList(is, n)) => {
                m == n && want.data_type() == is.data_type()
            }
            (want, is) => want == is,
        };
        if same { Self::read(array).ok_or_else(found) } else { Err(found()) }
    }

    fn read(array: &ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Boolean => Self::Truth(array.as_boolean().values().clone()),
            DataType::UInt8 => Self::U8(scalars::<UInt8Type>(array)),
            DataType::UInt16 => Self::U16(scalars::<UInt16Type>(array)),
            DataType::UInt32 => Self::U32(scalars::<UInt32Type>(array)),
            DataType::UInt64 => Self::U64(scalars::<UInt64Type>(array)),
            DataType::Float32 => Self::F32(scalars::<Float32Type>(array)),
            DataType::Timestamp(..) => Self::Time(scalars::<TimestampMillisecondType>(array)),
            DataType::Int64 => Self::Whole(scalars::<Int64Type>(array)),
            DataType::FixedSizeList(..) => Self::list(array.as_fixed_size_list())?,
            _ => return None,
        })
    }

    fn list(lists: &FixedSizeListArray) -> Option<Self> {
        let (width, offset) = (lists.value_length() as usize, lists.offset());
        let values = lists.values().slice(offset * width, lists.len() * width);
        match values.data_type() {
            _ if values.null_count() > 0 => None,
            DataType::UInt16 => Some(Self::U16s(scalars::<UInt16Type>(&values))),
            _ => None,
        }
    }
}

fn scalars<T: ArrowPrimitiveType>(array: &ArrayRef) -> ScalarBuffer<T::Native> {
    let array: &PrimitiveArray<T> = array.as_primitive();
    array.values().clone()
}

fn told(field: &Field) -> String {
    match field.data_type() {
        DataType::FixedSizeList(item, width) => format!("{width} × {}", item.data_type()),
        one => one.to_string(),
    }
}

/// Sets the fields of one row after the other.
struct Filling {
    columns: Vec<Filled>,
    next: usize,
    row: usize,
}

impl Filling {
    #[inline]
    fn column(&mut self) -> (&Filled, usize) {
        self.next += 1;
        (&self.columns[self.next - 1], self.row)
    }
}

macro_rules! fill {
    ($($visit:ident: $type:ty, $kind:ident, $meant:expr;)*) => {
        $(#[inline]
        fn $visit(&mut self, _: &'static str, value: &mut $type) {
            let meant: fn(_) -> $type = $meant;
            if let (Filled::$kind(values), row) = self.column() {
                *value = meant(values[row]);
            }
        })*
    };
}

impl FieldVisitor for Filling {
    fill! {
        u8: u8, U8, |value| value;
        u16: u16, U16, |value| value;
        u32: u32, U32, |value| value;
        u64: u64, U64, |value| value;
        f32: f32, F32, |value| value;
        time: SimTime, Time, |at: i64| SimTime(at.div_euclid(1_000));
        money: Money, Whole, Money::from_minor;
    }

    #[inline]
    fn truth(&mut self, _: &'static str, value: &mut bool) {
        if let (Filled::Truth(values), row) = self.column() {
            *value = values.value(row);
        }
    }

    #[inline]
    fn u16s(&mut self, _: &'static str, values: &mut [u16]) {
        if let (Filled::U16s(all), row) = self.column() {
            values.copy_from_slice(&all[row * values.len()..][..values.len()]);
        }
    }
}
