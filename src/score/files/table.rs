//! A CSV text row by row, each row with its line.

use csv::StringRecord;

use super::{CsvText, FilesError};

/// A CSV text with its header read.
pub(super) struct Table<'a> {
    name: &'a str,
    content: &'a [u8],
    header: StringRecord,
    reader: csv::Reader<&'a [u8]>,
    /// How many bytes have had their line feeds counted, and how many those were.
    counted: (usize, usize),
}

/// A row and the line it stands on, from 1.
pub(super) struct Row {
    pub(super) fields: StringRecord,
    pub(super) line: usize,
}

impl<'a> Table<'a> {
    pub(super) fn open(file: &CsvText<'a>) -> Result<Self, FilesError> {
        let byte_order_mark = b"\xef\xbb\xbf";
        let content = file.content.strip_prefix(byte_order_mark).unwrap_or(file.content);
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(content);
        let header = reader.headers().cloned();
        let header = header.map_err(|source| FilesError::Csv { file: file.name.into(), source })?;
        Ok(Self { name: file.name, content, header, reader, counted: (0, 0) })
    }

    /// Where `column` stands.
    pub(super) fn column(&self, column: &str) -> Result<usize, FilesError> {
        let mut places = self.header.iter().enumerate().filter(|(_, name)| *name == column);
        let file = self.name.to_owned();
        match (places.next(), places.next()) {
            (Some((place, _)), None) => Ok(place),
            (Some(_), Some(_)) => Err(FilesError::DuplicateColumn { file, column: column.into() }),
            (None, _) => {
                let names: Vec<String> = self.header.iter().map(|n| format!("`{n}`")).collect();
                let found = if names.is_empty() { "nothing".into() } else { names.join(", ") };
                Err(FilesError::MissingColumn { file, column: column.into(), found })
            }
        }
    }

    /// The next row, as long as the header and without an empty line before it.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, FilesError> {
        let file = || self.name.to_owned();
        let fields = self.reader.records().next().transpose();
        let fields = fields.map_err(|source| FilesError::Csv { file: file(), source })?;
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
            return Err(FilesError::EmptyLine { file: file(), line });
        }
        let (found, expected) = (fields.len(), self.header.len());
        if found != expected {
            return Err(FilesError::RowLength { file: file(), line, found, expected });
        }
        Ok(Some(Row { fields, line }))
    }

    /// The finite number of `row` in `column`.
    pub(super) fn number(&self, row: &Row, column: usize) -> Result<f64, FilesError> {
        let field = row.fields.get(column).unwrap_or_default();
        // Rust reads "nan" and "inf" as numbers.
        match field.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(FilesError::NotANumber {
                file: self.name.into(),
                line: row.line,
                value: field.into(),
            }),
        }
    }
}
