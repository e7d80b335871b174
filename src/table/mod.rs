//! Columns of numbers from CSV text: returns, and matrices of returns.
//!
//! Works on bytes that somebody else has read; every error names the file, the line and what to do. Bars
//! of a market have a reader of their own, which has to be fast ([`market`](crate::market)).

mod error;

use csv::StringRecord;

pub use error::TableError;

/// The column that holds the numbers of a series.
pub const RETURN: &str = "return";

/// The most numbers of a matrix.
pub const MOST_CELLS: usize = 50_000_000;

/// Columns of a matrix that are no trials.
const TIMES: [&str; 2] = ["time", "date"];

/// A file's name, for errors, and its content.
#[derive(Debug, Clone, Copy)]
pub struct CsvText<'a> {
    /// As the user named it.
    pub name: &'a str,
    /// UTF-8, with a header line.
    pub content: &'a [u8],
}

/// Reads column `name`. Other columns are ignored.
///
/// # Errors
///
/// See [`TableError`].
pub fn read_column(file: &CsvText, name: &str) -> Result<Vec<f64>, TableError> {
    let mut table = Table::open(file)?;
    let column = table.column(name)?;
    let mut values = Vec::new();
    while let Some(row) = table.next_row()? {
        values.push(table.number(&row, column)?);
    }
    Ok(values)
}

/// A matrix of numbers: one column per trial, one row per bar.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberMatrix {
    /// Names of the columns, all different.
    pub names: Vec<String>,
    /// Row after row.
    pub values: Vec<f64>,
}

/// Reads all columns but `time` and `date`.
///
/// # Errors
///
/// See [`TableError`].
pub fn read_matrix(file: &CsvText) -> Result<NumberMatrix, TableError> {
    let mut table = Table::open(file)?;
    let header = table.header.iter().enumerate();
    let columns: Vec<usize> =
        header.filter(|(_, name)| !TIMES.contains(name)).map(|(at, _)| at).collect();
    if columns.is_empty() {
        return Err(TableError::NoColumns { file: file.name.into() });
    }
    if let Some(at) = columns.iter().find(|at| table.header[**at].is_empty()) {
        return Err(TableError::Unnamed { file: file.name.into(), column: at + 1 });
    }
    let names: Vec<String> = columns.iter().map(|at| table.header[*at].to_owned()).collect();
    for name in &names {
        table.column(name)?;
    }
    let mut values = Vec::new();
    while let Some(row) = table.next_row()? {
        if values.len() + columns.len() > MOST_CELLS {
            return Err(TableError::TooLarge { file: file.name.into(), line: row.line });
        }
        for column in &columns {
            values.push(table.number(&row, *column)?);
        }
    }
    Ok(NumberMatrix { names, values })
}

/// A CSV text with its header read.
pub struct Table<'a> {
    name: &'a str,
    content: &'a [u8],
    header: StringRecord,
    reader: csv::Reader<&'a [u8]>,
    /// How many bytes have had their line feeds counted, and how many those were.
    counted: (usize, usize),
}

/// A row and the line it stands on, from 1.
pub struct Row {
    /// Its fields, as many as the header has.
    pub fields: StringRecord,
    /// The line.
    pub line: usize,
}

impl<'a> Table<'a> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`TableError::Csv`].
    pub fn open(file: &CsvText<'a>) -> Result<Self, TableError> {
        let byte_order_mark = b"\xef\xbb\xbf";
        let content = file.content.strip_prefix(byte_order_mark).unwrap_or(file.content);
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(content);
        let header = reader.headers().cloned();
        let header = header.map_err(|source| TableError::Csv { file: file.name.into(), source })?;
        Ok(Self { name: file.name, content, header, reader, counted: (0, 0) })
    }

    /// Where `column` stands.
    ///
    /// # Errors
    ///
    /// [`TableError`] where there is none, or more than one.
    pub fn column(&self, column: &str) -> Result<usize, TableError> {
        let mut places = self.header.iter().enumerate().filter(|(_, name)| *name == column);
        let file = self.name.to_owned();
        match (places.next(), places.next()) {
            (Some((place, _)), None) => Ok(place),
            (Some(_), Some(_)) => Err(TableError::DuplicateColumn { file, column: column.into() }),
            (None, _) => {
                let names: Vec<String> = self.header.iter().map(|n| format!("`{n}`")).collect();
                let found = if names.is_empty() { "nothing".into() } else { names.join(", ") };
                Err(TableError::MissingColumn { file, column: column.into(), found })
            }
        }
    }

    /// The next row, as long as the header and without an empty line before it.
    ///
    /// # Errors
    ///
    /// [`TableError`] for a row that isn't.
    pub fn next_row(&mut self) -> Result<Option<Row>, TableError> {
        let file = || self.name.to_owned();
        let fields = self.reader.records().next().transpose();
        let fields = fields.map_err(|source| TableError::Csv { file: file(), source })?;
        let Some(fields) = fields else { return Ok(None) };
        // The reader's position is where it began to look, which may be before line ends and empty
        // lines that it skips in silence.
        let from = fields.position().map_or(0, |at| at.byte() as usize);
        let skipped = self.content[from..].iter().take_while(|b| matches!(b, b'\r' | b'\n'));
        let start = from + skipped.count();
        let line_feeds = memchr::memchr_iter(b'\n', &self.content[self.counted.0..start]).count();
        self.counted = (start, self.counted.1 + line_feeds);
        let line = self.counted.1 + 1;

        let before = &self.content[..start];
        if before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n") {
            return Err(TableError::EmptyLine { file: file(), line });
        }
        let (found, expected) = (fields.len(), self.header.len());
        if found != expected {
            return Err(TableError::RowLength { file: file(), line, found, expected });
        }
        Ok(Some(Row { fields, line }))
    }

    /// The finite number of `row` in `column`.
    ///
    /// # Errors
    ///
    /// [`TableError::NotANumber`].
    pub fn number(&self, row: &Row, column: usize) -> Result<f64, TableError> {
        let field = row.fields.get(column).unwrap_or_default();
        // Rust reads "nan" and "inf" as numbers.
        match field.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(TableError::NotANumber {
                file: self.name.into(),
                line: row.line,
                column: self.header[column].into(),
                value: field.into(),
            }),
        }
    }
}
