//! The pages of a column chunk, each looked at before it is unpacked and before it is decoded.
//!
//! The library allocates what a page's header says. Here the headers are walked first, and the counts
//! of a page are held against its bytes, so that memory is spent only on what is there.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use super::footer::{check_expansion, chunk_range, unreadable};
use super::thrift::page_sizes;
use crate::market::finding::Finding;

/// The pages of one column chunk.
pub(super) struct Pages {
    reader: SerializedPageReader<Bytes>,
    /// Fewest bytes that one value of a dictionary takes.
    value_bytes: usize,
    has_dictionary: bool,
}

/// What all pages that are read unpack to, over the whole file.
#[derive(Debug, Default)]
pub(super) struct Unpacked(u64);

impl Pages {
    /// Opens a column chunk, if its pages are within bounds.
    pub(super) fn open(
        file: &Arc<Bytes>,
        group: &RowGroupMetaData,
        index: usize,
        unpacked: &mut Unpacked,
    ) -> std::result::Result<Self, Finding> {
        let chunk = group.column(index);
        let damaged =
            || unreadable(format!("column `{}` is damaged", chunk.column_path().string()));
        unpacked.add(file, chunk, damaged)?;
        let rows = usize::try_from(group.num_rows()).map_err(|_| damaged())?;
        let reader = SerializedPageReader::new(Arc::clone(file), chunk, rows, None)
            .map_err(|error| super::footer::broken(&error))?;
        let value_bytes = match chunk.column_type() {
            Type::BOOLEAN => 1,
            Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
            Type::INT64 | Type::DOUBLE => 8,
            Type::INT96 => 12,
            Type::FIXED_LEN_BYTE_ARRAY => {
                usize::try_from(chunk.column_descr().type_length()).unwrap_or(0).max(1)
            }
        };
        Ok(Self { reader, value_bytes, has_dictionary: false })
    }

    fn check(&mut self, page: &Page) -> Result<()> {
        match page {
            Page::DictionaryPage { buf, num_values, .. } => {
                self.has_dictionary = true;
                let needed = (*num_values as usize).saturating_mul(self.value_bytes);
                if needed > buf.len() {
                    return damaged("a dictionary is shorter than it says");
                }
            }
            Page::DataPage { encoding, .. } => return self.check_encoding(*encoding),
            Page::DataPageV2 {
                buf, encoding, def_levels_byte_len, rep_levels_byte_len, ..
            } => {
                let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                if levels > buf.len() as u64 {
                    return damaged("a page is shorter than it says");
                }
                return self.check_encoding(*encoding);
            }
        }
        Ok(())
    }

    /// The encodings that writers choose for numbers, times and dates. Those made for long texts allocate by
    /// counts that nothing bounds.
    fn check_encoding(&self, encoding: Encoding) -> Result<()> {
        use Encoding::{
            BYTE_STREAM_SPLIT, DELTA_BINARY_PACKED, PLAIN, PLAIN_DICTIONARY, RLE_DICTIONARY,
        };
        match encoding {
            PLAIN | DELTA_BINARY_PACKED | BYTE_STREAM_SPLIT => Ok(()),
            PLAIN_DICTIONARY | RLE_DICTIONARY if self.has_dictionary => Ok(()),
            PLAIN_DICTIONARY | RLE_DICTIONARY => damaged("a dictionary is missing"),
            other => damaged(&format!(
                "the encoding {other} isn't supported; write the file with plain or dictionary encoding"
            )),
        }
    }
}

fn damaged<T>(message: &str) -> Result<T> {
    Err(ParquetError::General(message.into()))
}

impl Unpacked {
    /// Walks the headers of a chunk's pages and adds what they unpack to.
    fn add(
        &mut self,
        file: &Bytes,
        chunk: &ColumnChunkMetaData,
        damaged: impl Fn() -> Finding,
    ) -> std::result::Result<(), Finding> {
        let file_bytes = file.len() as u64;
        let range = chunk_range(chunk, file_bytes).ok_or_else(&damaged)?;
        let mut rest = file.get(range).ok_or_else(&damaged)?;
        while !rest.is_empty() {
            let sizes = page_sizes(rest).map_err(|_| damaged())?;
            self.0 = self.0.saturating_add(sizes.unpacked);
            check_expansion(self.0, file_bytes)?;
            let end =
                sizes.header.checked_add(sizes.packed).and_then(|end| usize::try_from(end).ok());
            rest = end.and_then(|end| rest.get(end..)).ok_or_else(&damaged)?;
        }
        Ok(())
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.reader.get_next_page()?;
        if let Some(page) = &page {
            self.check(page)?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.reader.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.reader.skip_next_page()
    }
}
