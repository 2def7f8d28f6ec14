//! Tables as Parquet: typed columns, with the unit and the interval's level as metadata of each field.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray},
    datatypes::{DataType, Field as ArrowField, Schema},
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
};

use super::{Cell, Field, Kind, Table, TableError};

impl Table {
    /// The table as a Parquet file.
    ///
    /// # Errors
    /// [`TableError::Parquet`].
    pub fn to_parquet(&self) -> Result<Vec<u8>, TableError> {
        self.write_parquet().map_err(|error| TableError::Parquet(self.name.clone(), error))
    }

    fn write_parquet(&self) -> Result<Vec<u8>, ParquetError> {
        let fields = self.fields();
        let schema = Arc::new(Schema::new(fields.iter().map(arrow_field).collect::<Vec<_>>()));
        let columns = fields.iter().map(|field| self.values(field)).collect();
        let batch = RecordBatch::try_new(schema.clone(), columns)?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)).build();
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, schema, Some(properties))?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(file)
    }

    fn values(&self, field: &Field<'_>) -> ArrayRef {
        let cells = self.rows().iter().map(|row| &row[field.place]);
        match field.column.kind {
            Kind::Text => Arc::new(cells.map(text).collect::<StringArray>()),
            Kind::Integer => Arc::new(cells.map(integer).collect::<Int64Array>()),
            Kind::Number(..) => Arc::new(self.rows().iter().map(|row| field.number(row)).collect::<Float64Array>()),
        }
    }
}

fn text(cell: &Cell) -> Option<&str> {
    if let Cell::Text(text) = cell { Some(text) } else { None }
}

fn integer(cell: &Cell) -> Option<i64> {
    if let Cell::Integer(value) = cell { Some(*value) } else { None }
}

fn arrow_field(field: &Field<'_>) -> ArrowField {
    let kind = match field.column.kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Number(..) => DataType::Float64,
    };
    // One key only: the map is written in its own order, and files must be the same every time.
    let level = field.column.level.map(|level| format!("{level} interval"));
    let notes: Vec<_> =
        [Some(field.column.unit.clone()).filter(|unit| !unit.is_empty()), level].into_iter().flatten().collect();
    let metadata = (!notes.is_empty()).then(|| ("unit".to_owned(), notes.join(", ")));
    ArrowField::new(field.name(), kind, true).with_metadata(metadata.into_iter().collect::<BTreeMap<_, _>>())
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::show::table::{Column, tests::arms};

    fn read(table: &Table) -> Vec<RecordBatch> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), table.to_parquet().unwrap()).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file.reopen().unwrap()).unwrap().build().unwrap();
        reader.map(Result::unwrap).collect()
    }

    #[test]
    fn a_table_reads_back_with_its_types() {
        let batch = &read(&arms())[0];
        let revenue = batch.column_by_name("revenue_per_day_lo").unwrap();
        let revenue = revenue.as_primitive::<arrow::datatypes::Float64Type>();
        assert_eq!((revenue.value(1), revenue.is_null(2)), (-14_000.0, true));
        assert_eq!(batch.column_by_name("arm").unwrap().as_string::<i32>().value(1), "=HYPERLINK(\"x\")");
        assert_eq!(batch.schema().field(2).metadata()["unit"], "USD, 0.8 interval");
    }

    #[test]
    fn a_table_without_rows_is_a_file_too_and_the_same_every_time() {
        let empty = Table::new("none", "", vec![Column::text("arm")]);
        assert_eq!(read(&empty).iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
        assert_eq!(arms().to_parquet().unwrap(), arms().to_parquet().unwrap());
    }
}
