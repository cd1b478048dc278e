//! Tables as text: CSV and its relatives, read once from front to back.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;
use std::rc::Rc;

use super::column::Column;
use super::error::{Place, TaskError};
use super::table::{Format, Table, checked_names};

/// What may stand between fields.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// The delimiter is looked for in this many bytes.
const SAMPLE: u64 = 1 << 16;
/// More columns than this are refused.
pub(super) const MAX_COLUMNS: usize = 10_000;
/// The longest field that Python's `csv` reads.
const MAX_FIELD: usize = 131_072;
/// The longest row.
const MAX_ROW: u64 = 1 << 26;

/// Reads a table.
///
/// # Errors
/// If it is none: where, and why.
pub fn read(path: &Path) -> Result<Table, TaskError> {
    let unreadable = |error: io::Error| TaskError::whole(path, error);
    let mut file = File::open(path).map_err(unreadable)?;
    let mut sample = Vec::new();
    (&mut file).take(SAMPLE).read_to_end(&mut sample).map_err(unreadable)?;
    if sample.is_empty() {
        return Err(TaskError::whole(path, "it is empty; expected a row of names and a row for each example"));
    }
    check_encoding(path, &sample)?;
    let delimiter = delimiter(&sample)
        .ok_or_else(|| TaskError::at(path, Place::Row(1), "expected names of two or more columns, between `,`, `;`, `|` or tabs"))?;
    file.rewind().map_err(unreadable)?;
    let (left, last) = (Rc::new(Cell::new(MAX_ROW)), Rc::new(Cell::new(0)));
    let bounded = Bounded { inner: BufReader::new(file), left: left.clone(), last: last.clone() };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(bounded);
    let mut record = csv::ByteRecord::new();
    let mut next = |record: &mut csv::ByteRecord| {
        left.set(MAX_ROW);
        let more = reader.read_byte_record(record).map_err(|error| at_row(path, record, &error));
        more.map(|more| more.then(|| record.position().map_or(0, csv::Position::line)))
    };
    next(&mut record)?;
    let mut columns: Vec<Column> = header(path, &record)?.iter().map(|name| Column::new(name)).collect();
    let (mut rows, mut end) = (0, None);
    while let Some(line) = next(&mut record)? {
        if record.len() != columns.len() {
            let why = format!("expected {} fields as in the header, found {}", columns.len(), record.len());
            let what = if record.as_slice().contains(&b'\n') { "is a quotation mark missing?" } else { "mend the row or take it out" };
            return Err(TaskError::at(path, Place::Row(line), format!("{why}; {what}")));
        }
        rows += 1;
        end = record.iter().next_back().filter(|field| field.contains(&b'\n')).map(|_| line);
        for (column, field) in columns.iter_mut().zip(&record) {
            let text = field_text(path, field, line, &column.name)?;
            column.add(text, line);
        }
    }
    if let Some(line) = end.filter(|_| last.get() != b'"') {
        return Err(TaskError::at(path, Place::Row(line), "a quotation mark begins here and none ends it"));
    }
    Ok(Table { format: Format::Csv { delimiter: char::from(delimiter) }, rows, columns })
}

fn at_row(path: &Path, record: &csv::ByteRecord, error: &csv::Error) -> TaskError {
    let row = error.position().or(record.position()).map_or(0, csv::Position::line);
    TaskError::at(path, Place::Row(row), error.to_string())
}

/// What is not UTF-8 from its first bytes on.
fn check_encoding(path: &Path, sample: &[u8]) -> Result<(), TaskError> {
    let utf16 = sample.starts_with(&[0xff, 0xfe]) || sample.starts_with(&[0xfe, 0xff]);
    if utf16 {
        return Err(TaskError::at(path, Place::Byte(0), "it is UTF-16; write it as UTF-8: `iconv -f utf-16 -t utf-8`"));
    }
    match sample.iter().position(|&byte| byte == 0) {
        Some(at) => Err(TaskError::at(path, Place::Byte(at as u64), "a zero byte: this is no text")),
        None => Ok(()),
    }
}

/// The delimiter that gives the most columns, and as many in each row.
fn delimiter(sample: &[u8]) -> Option<u8> {
    let whole = sample.iter().rposition(|&byte| byte == b'\n').filter(|_| sample.len() as u64 == SAMPLE);
    let sample = whole.map_or(sample, |end| &sample[..=end]);
    let fields = |delimiter: u8| {
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(sample);
        let widths: Vec<usize> = reader.byte_records().take(50).filter_map(Result::ok).map(|record| record.len()).collect();
        let first = widths.first().copied().unwrap_or(0);
        (widths.iter().filter(|&&width| width == first).count(), first)
    };
    let found = DELIMITERS.into_iter().map(|delimiter| (fields(delimiter), delimiter)).filter(|((_, width), _)| *width > 1);
    found.max_by_key(|&((same, width), delimiter)| (same, width, delimiter == b',')).map(|(_, delimiter)| delimiter)
}

fn header(path: &Path, record: &csv::ByteRecord) -> Result<Vec<String>, TaskError> {
    if record.len() > MAX_COLUMNS {
        let why = format!("{} columns; at most {MAX_COLUMNS} are taken: store so wide a table as one array, in an .npz file", record.len());
        return Err(TaskError::at(path, Place::Row(1), why));
    }
    let mut names = Vec::new();
    for (index, field) in record.iter().enumerate() {
        let field = if index == 0 { field.strip_prefix("\u{feff}".as_bytes()).unwrap_or(field) } else { field };
        names.push(field_text(path, field, 1, &(index + 1).to_string())?.trim().to_owned());
    }
    checked_names(path, names)
}

fn field_text<'f>(path: &Path, field: &'f [u8], line: u64, column: &str) -> Result<&'f str, TaskError> {
    let refused = |why: String| TaskError::at(path, Place::Field(line, column.to_owned()), why);
    if field.len() > MAX_FIELD {
        return Err(refused(format!("a field of {} bytes: is a quotation mark missing?", field.len())));
    }
    let text = std::str::from_utf8(field).map_err(|error| {
        let (at, byte) = (error.valid_up_to(), field[error.valid_up_to()]);
        refused(format!(
            "byte {at} of the field, {byte:#04x}, is not UTF-8; convert the file: `iconv -f latin1 -t utf-8`, if that is its encoding"
        ))
    })?;
    match text.contains('\0') {
        true => Err(refused("a zero byte: this is no text".to_owned())),
        false => Ok(text),
    }
}

/// Gives up within a row that does not end.
struct Bounded<R> {
    inner: R,
    left: Rc<Cell<u64>>,
    /// The last byte that has been read and ends no line.
    last: Rc<Cell<u8>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if let Some(&byte) = buffer[..read].iter().rev().find(|byte| !byte.is_ascii_whitespace()) {
            self.last.set(byte);
        }
        self.left.set(self.left.get().saturating_sub(read as u64));
        match self.left.get() {
            0 => Err(io::Error::other(format!("the row is longer than {MAX_ROW} bytes: is a quotation mark missing?"))),
            _ => Ok(read),
        }
    }
}
