//! The CSV files once more as Parquet, whose columns say what they hold: text is UTF-8, counts are whole
//! numbers, seconds and dollars floating point, an empty cell is null. Made from the CSV: both have the
//! same values.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::columns::Kind;

/// The Parquet file with the rows of `csv`, whose columns are of `kinds`.
///
/// # Errors
/// When a cell is not what its column holds.
pub fn parquet(csv: &[u8], kinds: &[Kind]) -> Result<Vec<u8>> {
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader.headers().map_err(unlike)?.clone();
    let rows: Vec<csv::StringRecord> =
        reader.records().collect::<std::result::Result<_, _>>().map_err(unlike)?;
    let fields = header.iter().zip(kinds).map(|(name, kind)| field(name, *kind).map(Arc::new));
    let schema =
        Type::group_type_builder("row").with_fields(fields.collect::<Result<_>>()?).build()?;
    let program = concat!("taskyard ", env!("CARGO_PKG_VERSION"));
    let properties = WriterProperties::builder().set_created_by(program.to_owned()).build();
    let mut file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    if !rows.is_empty() {
        let mut group = file.next_row_group()?;
        let mut index = 0;
        while let Some(mut column) = group.next_column()? {
            let cells = rows.iter().map(|row| row.get(index).unwrap_or_default());
            write(column.untyped(), cells, kinds[index])?;
            column.close()?;
            index += 1;
        }
        group.close()?;
    }
    file.into_inner()
}

fn unlike(error: impl std::fmt::Display) -> ParquetError {
    ParquetError::General(error.to_string())
}

/// A column that may be empty.
fn field(name: &str, kind: Kind) -> Result<Type> {
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Count => (Physical::INT64, Some(LogicalType::integer(64, true))),
        Kind::Seed => (Physical::INT64, Some(LogicalType::integer(64, false))),
        Kind::Number => (Physical::DOUBLE, None),
    };
    Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

/// Writes the cells of a column: a level for each says whether it is there, then those that are.
#[expect(clippy::wildcard_enum_match_arm, reason = "no file has columns of the other types")]
fn write<'c>(
    column: &mut ColumnWriter<'_>,
    cells: impl Iterator<Item = &'c str> + Clone,
    kind: Kind,
) -> Result<()> {
    let there: Vec<i16> = cells.clone().map(|cell| i16::from(!cell.is_empty())).collect();
    let cells = cells.filter(|cell| !cell.is_empty());
    match column {
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let values: Vec<ByteArray> = cells.map(ByteArray::from).collect();
            writer.write_batch(&values, Some(&there), None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let values = cells.map(|cell| cell.parse().map_err(unlike));
            writer.write_batch(&values.collect::<Result<Vec<f64>>>()?, Some(&there), None)?;
        }
        ColumnWriter::Int64ColumnWriter(writer) => {
            let values = cells.map(|cell| match kind {
                // The same bits: the column says that they have no sign.
                Kind::Seed => cell.parse().map(u64::cast_signed).map_err(unlike),
                Kind::Text | Kind::Count | Kind::Number => cell.parse().map_err(unlike),
            });
            writer.write_batch(&values.collect::<Result<Vec<i64>>>()?, Some(&there), None)?;
        }
        _ => return Err(unlike("a column of a type that no file has")),
    }
    Ok(())
}
