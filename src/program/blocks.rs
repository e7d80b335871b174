//! Markdown taken apart: the machine-read blocks with a way back to their lines, and the prose.
//!
//! Never looks into a block: what is in it is TOML's business.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A program's Markdown.
pub(super) struct Document {
    /// Text of the first top-level heading.
    pub title: Option<String>,
    /// The text without its machine-read blocks.
    pub prose: String,
    /// The machine-read blocks in order.
    pub blocks: Vec<Block>,
    /// Opening lines of fences that are never closed, whatever their language.
    pub unclosed: Vec<Range<usize>>,
}

/// The content of one machine-read block.
#[derive(Default)]
pub(super) struct Block {
    /// Its content without the indentation or quote marks of what contains it.
    pub toml: String,
    /// Where that content is in the file.
    pub map: Map,
}

/// Where pieces of a text come from in the file.
#[derive(Default)]
pub(super) struct Map {
    /// (offset in the text, range in the file), rising.
    pieces: Vec<(usize, Range<usize>)>,
}

impl Map {
    pub(super) fn push(&mut self, at: usize, source: Range<usize>) {
        self.pieces.push((at, source));
    }

    /// The range of the file that a range of the text comes from.
    pub(super) fn to_source(&self, range: Range<usize>) -> Range<usize> {
        let start = self.offset(range.start);
        // By its last byte: the end itself may be the start of the next piece, lines further down.
        let end = if range.is_empty() { start } else { self.offset(range.end - 1) + 1 };
        start..end.max(start)
    }

    fn offset(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|(start, _)| *start <= at);
        match next.checked_sub(1).and_then(|i| self.pieces.get(i)) {
            Some((start, source)) => (source.start + (at - start)).min(source.end),
            None => self.pieces.first().map_or(0, |(_, source)| source.start),
        }
    }
}

/// What is being read.
enum Within {
    Prose,
    Title(String),
    /// A fenced block: its range, end of the content seen, content if it is machine-read.
    Fence(Range<usize>, usize, Option<Block>),
}

/// Takes Markdown apart. Code fences are those of CommonMark: backticks or tildes, any length, also
/// indented in lists and quotes; a block inside an HTML comment is no block.
pub(super) fn split(text: &str) -> Document {
    let mut document =
        Document { title: None, prose: String::new(), blocks: Vec::new(), unclosed: Vec::new() };
    let mut cut = Vec::new();
    let mut within = Within::Prose;
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        match (event, &mut within) {
            (Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }), Within::Prose)
                if document.title.is_none() =>
            {
                within = Within::Title(String::new());
            }
            (Event::Text(part) | Event::Code(part), Within::Title(title)) => title.push_str(&part),
            (Event::End(TagEnd::Heading(_)), Within::Title(title)) => {
                document.title = Some(title.trim().to_string());
                within = Within::Prose;
            }
            (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))), _) => {
                let block = is_toml(&info).then(Block::default);
                within = Within::Fence(range, 0, block);
            }
            (Event::Text(part), Within::Fence(_, end, block)) => {
                *end = range.end;
                if let Some(block) = block {
                    block.map.push(block.toml.len(), range);
                    block.toml.push_str(&part);
                }
            }
            (Event::End(TagEnd::CodeBlock), Within::Fence(range, end, block)) => {
                if !is_closed(text, range, *end) {
                    document.unclosed.push(opening_line(text, range));
                }
                if let Some(block) = block.take() {
                    cut.push(range.clone());
                    document.blocks.push(block);
                }
                within = Within::Prose;
            }
            _ => {}
        }
    }
    document.prose = without(text, &cut);
    document
}

/// Whether a fence's info string makes the block machine-read. GitHub highlights `TOML` just as well,
/// and settings that look alive but aren't would be a trap.
fn is_toml(info: &str) -> bool {
    info.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("toml"))
}

fn opening_line(text: &str, range: &Range<usize>) -> Range<usize> {
    let length = text[range.clone()].find('\n').unwrap_or(range.len());
    range.start..range.start + length
}

/// Whether a block's last line is a closing fence. CommonMark lets an unclosed fence run on to the
/// end of the file, which would swallow every setting below it without a word.
fn is_closed(text: &str, range: &Range<usize>, content_end: usize) -> bool {
    let block = text[range.clone()].trim_end();
    let fence = block.chars().next().unwrap_or('`');
    let opening = block.chars().take_while(|c| *c == fence).count();
    let Some(last) = block.rfind('\n').map(|at| at + 1) else { return false };
    // What the block holds as content isn't its fence, whatever it looks like.
    let is_content = range.start + last < content_end;
    let closing = block.chars().rev().take_while(|c| *c == fence).count();
    let before = block[last..].trim_end_matches(fence);
    !is_content && closing >= opening && before.chars().all(|c| matches!(c, ' ' | '\t' | '>'))
}

/// The text without the given ranges, and without the runs of blank lines that they leave behind.
fn without(text: &str, cut: &[Range<usize>]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for range in cut {
        kept.push_str(&text[from..range.start]);
        from = range.end;
    }
    kept.push_str(&text[from..]);
    let mut prose = String::with_capacity(kept.len());
    let mut blank_lines = 0;
    for line in kept.lines().map(str::trim_end) {
        if line.is_empty() {
            blank_lines += 1;
            continue;
        }
        if !prose.is_empty() {
            prose.push_str(if blank_lines > 0 { "\n\n" } else { "\n" });
        }
        blank_lines = 0;
        prose.push_str(line);
    }
    if !prose.is_empty() {
        prose.push('\n');
    }
    prose
}
