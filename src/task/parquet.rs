//! Tables in Apache Parquet, a row after the other.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parquet::basic::{LogicalType, TimeUnit, TimestampType, Type as PhysicalType};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::column::Column;
use super::csv::MAX_COLUMNS;
use super::error::{Place, TaskError};
use super::table::{Format, Table, checked_names};

/// Reads a table.
///
/// # Errors
/// If it is none: where, and why.
pub fn read(path: &Path) -> Result<Table, TaskError> {
    // The library gives up on some broken files by panicking.
    catch_unwind(AssertUnwindSafe(|| read_file(path))).unwrap_or_else(|_| Err(TaskError::whole(path, "not a usable Parquet file")))
}

fn read_file(path: &Path) -> Result<Table, TaskError> {
    let file = File::open(path).map_err(|error| TaskError::whole(path, error))?;
    let unusable = |error| TaskError::whole(path, format!("not a usable Parquet file: {error}"));
    let reader = SerializedFileReader::new(file).map_err(unusable)?;
    let fields = reader.metadata().file_metadata().schema().get_fields().to_vec();
    if fields.len() > MAX_COLUMNS {
        let why = format!("{} columns; at most {MAX_COLUMNS} are taken: store so wide a table as one array, in an .npz file", fields.len());
        return Err(TaskError::whole(path, why));
    }
    if let Some(nested) = fields.iter().find(|field| field.is_group()) {
        return Err(TaskError::at(path, Place::Column(nested.name().to_owned()), "it holds lists or groups; flatten it, or leave it out"));
    }
    for column in reader.metadata().file_metadata().schema_descr().columns() {
        let nanoseconds = matches!(column.logical_type_ref(), Some(LogicalType::Timestamp(TimestampType { unit: TimeUnit::NANOS, .. })));
        if nanoseconds || column.physical_type() == PhysicalType::INT96 {
            let why = "its times are in nanoseconds, which Python's dates do not have; store it in microseconds";
            return Err(TaskError::at(path, Place::Column(column.name().to_owned()), why));
        }
    }
    let names = checked_names(path, fields.iter().map(|field| field.name().to_owned()).collect())?;
    let mut columns: Vec<Column> = names.iter().map(|name| Column::new(name)).collect();
    let mut rows = 0;
    for row in reader.get_row_iter(None).map_err(unusable)? {
        rows += 1;
        for (column, (name, field)) in columns.iter_mut().zip(row.map_err(unusable)?.get_column_iter()) {
            let text = text(field).ok_or_else(|| {
                TaskError::at(
                    path,
                    Place::Field(rows, name.clone()),
                    "neither a number, a text, a date nor a truth value; leave the column out",
                )
            })?;
            column.add(&text, rows);
        }
    }
    Ok(Table { format: Format::Parquet, rows, columns })
}

/// What Python's `str` makes of a value; nothing for what is missing.
fn text(field: &Field) -> Option<String> {
    Some(match field {
        Field::Null => String::new(),
        Field::Bool(true) => "True".to_owned(),
        Field::Bool(false) => "False".to_owned(),
        Field::Byte(n) => n.to_string(),
        Field::Short(n) => n.to_string(),
        Field::Int(n) => n.to_string(),
        Field::Long(n) => n.to_string(),
        Field::UByte(n) => n.to_string(),
        Field::UShort(n) => n.to_string(),
        Field::UInt(n) => n.to_string(),
        Field::ULong(n) => n.to_string(),
        Field::Float(n) => format!("{n:?}"),
        Field::Double(n) => format!("{n:?}"),
        Field::Str(text) => text.clone(),
        Field::Date(_) => field.to_string(),
        Field::TimestampMillis(_) | Field::TimestampMicros(_) => field.to_string().trim_end_matches(" +00:00").to_owned(),
        _ => return None,
    })
}
