//! The research program: prose for people and proposers, settings for the machine.
//!
//! [`Program::parse`] takes the text of program.md apart: fenced `toml` blocks become [`Settings`],
//! everything else is the brief that a proposer reads. All problems are reported at once, each with
//! its line quoted ([`ProgramError`]). One table of rows (`table.rs`) says what every setting may be;
//! checks, suggestions and the reference page ([`reference()`]) come from it.
//!
//! Never touches a file, the clock or the network: it reads text that it is given.

mod assign;
mod blocks;
mod domain;
mod error;
mod evaluation;
mod interpret;
mod lookup;
mod places;
mod quote;
mod reference;
mod rules;
mod settings;
mod table;
mod toml;
mod units;

use std::ops::Range;

pub use self::toml::MAX_TOML_DEPTH;
pub use domain::{Bound, Domain};
pub use error::{MAX_SHOWN, Problem, ProgramError};
pub use places::Objection;
pub use reference::reference;
pub use settings::*;
pub use table::{SETTINGS, Setting, TABLES, Table};
pub use units::{date_ms, duration};

use error::Lines;
use interpret::Interpreter;
use places::Places;

/// Most bytes of a program.md. A brief is some pages; a larger file is a mistake, and every proposal
/// would carry it.
pub const MAX_PROGRAM_BYTES: usize = 1 << 20;

/// A research program, read and checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    /// Text of the first top-level heading.
    pub title: Option<String>,
    /// Everything outside the machine-read blocks, headings included, for the proposer.
    pub prose: String,
    /// The settings: defaults, overlaid with what the machine-read blocks say.
    pub settings: Settings,
    /// Where settings are set, to quote the line when the world proves one wrong.
    places: Places,
}

impl Program {
    /// Reads the bytes of a program.md: UTF-8 with or without a byte order mark, any line ends.
    ///
    /// # Errors
    /// As [`Program::parse`], and for bytes that are not UTF-8.
    pub fn from_bytes(bytes: &[u8], file_name: &str) -> Result<Self, ProgramError> {
        check_size(bytes.len(), file_name)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(text, file_name),
            Err(error) => Err(not_utf8(bytes, error.valid_up_to(), file_name)),
        }
    }

    /// Reads the text of a program.md. `file_name` is what errors call it.
    ///
    /// Every fenced code block whose info string begins with the word `toml` is machine-read. Each
    /// block starts at the root table; all of them together form one document, so that a table may be
    /// spread over blocks while no key may be set twice. Without such a block all settings have their
    /// defaults.
    ///
    /// # Errors
    /// All problems found: text that is too long or has a NUL, a fence that is never closed, TOML
    /// syntax, unknown tables and keys, keys set twice, values of a wrong type or out of range,
    /// settings that contradict each other.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, ProgramError> {
        check_size(text.len(), file_name)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        if let Some(at) = text.find('\0') {
            let problem = Problem::new("this file holds a NUL byte", at..at + 1)
                .label("text was expected")
                .help("save the file as UTF-8 text");
            return Err(ProgramError::new(file_name, text, vec![problem]));
        }
        let lines = Lines::of(&text);
        let document = blocks::split(&text);
        let mut interpreter = Interpreter::default();
        document.unclosed.iter().for_each(|span| interpreter.report_unread(unclosed(&text, span)));
        for block in &document.blocks {
            interpreter.fragment(&toml::read(&block.toml, &block.map), &lines);
        }
        match interpreter.finish(&Settings::default()) {
            Ok((settings, spans)) => {
                let places = Places::of(file_name, &text, spans);
                Ok(Self { title: document.title, prose: document.prose, settings, places })
            }
            Err(problems) => Err(ProgramError::new(file_name, text, problems)),
        }
    }

    /// Overrides one setting: `costs.fee_bps=10`, `market.symbols=["AAPL"]`,
    /// `backtest.stops_from=next_bar`. The value is TOML; a bare word is taken as a string.
    ///
    /// # Errors
    /// As [`Program::set_all`].
    pub fn set(&mut self, assignment: &str) -> Result<(), ProgramError> {
        self.set_all([assignment])
    }

    /// Overrides settings together, as [`Program::set`] does one: settings that depend on each other
    /// (the weights of the score, the dates of the split) are compared after all are set.
    ///
    /// # Errors
    /// The problems [`Program::parse`] would find in such a setting; nothing is changed then.
    pub fn set_all<'a>(
        &mut self,
        assignments: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), ProgramError> {
        let mut text = String::new();
        let mut interpreter = Interpreter::default();
        let mut statements = Vec::new();
        for assignment in assignments {
            let start = text.len();
            text.push_str(assignment);
            match assign::read(assignment, start) {
                Ok(statement) => statements.push(statement),
                Err(problem) => interpreter.report_unread(problem),
            }
            text.push('\n');
        }
        let fragment = toml::Fragment { statements, ..toml::Fragment::default() };
        interpreter.fragment(&fragment, &Lines::of(&text));
        match interpreter.finish(&self.settings) {
            Ok((settings, spans)) => {
                self.settings = settings;
                self.places.overlay(Places::of("--set", &text, spans));
                Ok(())
            }
            Err(problems) => Err(ProgramError::new("--set", text, problems)),
        }
    }

    /// A program that has nothing but one source, held to the rules of program.md. `name` is what errors
    /// call the place where it was written.
    ///
    /// # Errors
    /// As [`Program::parse`].
    pub fn of_one_source(
        texts: &[(&str, &str)],
        symbols: &[String],
        name: &str,
    ) -> Result<Self, ProgramError> {
        let mut text = String::from("```toml\n[[source]]\n");
        let quoted = |text: &str| toml_edit::Value::from(text).to_string();
        for (key, value) in texts {
            text.push_str(&format!("{key} = {}\n", quoted(value)));
        }
        let symbols: Vec<String> = symbols.iter().map(|symbol| quoted(symbol)).collect();
        text.push_str(&format!("symbols = [{}]\n```\n", symbols.join(", ")));
        Self::parse(&text, name)
    }

    /// What is wrong with a setting that only the world can refuse, such as a file that isn't there:
    /// an error that quotes its line. `key` is `table.key`, `word` a part of the value to underline.
    /// `None` where the setting is written nowhere and has its default.
    pub fn objection(&self, key: &str, word: &str, words: Objection) -> Option<ProgramError> {
        self.places.objection(key, word, words)
    }

    /// Canonical JSON (sorted keys, shortest round-trip numbers) of the settings that decide a score:
    /// market, split, costs, backtest and score. Gates, session and publishing are no part of it, nor
    /// is the folder of the data, whose content is hashed on its own.
    pub fn evaluation_hash_input(&self) -> String {
        evaluation::canonical(&self.settings)
    }
}

fn check_size(bytes: usize, file_name: &str) -> Result<(), ProgramError> {
    if bytes <= MAX_PROGRAM_BYTES {
        return Ok(());
    }
    let problem = Problem::about_file(format!(
        "this file has more than the {MAX_PROGRAM_BYTES} bytes that a program may have"
    ))
    .help("keep the brief and its settings here and move tables, logs and data elsewhere");
    Err(ProgramError::new(file_name, String::new(), vec![problem]))
}

fn not_utf8(bytes: &[u8], at: usize, file_name: &str) -> ProgramError {
    let byte = bytes.get(at).copied().unwrap_or_default();
    // Up to `at` the lossy text has the same offsets; there it has the 3 bytes of U+FFFD.
    let text = String::from_utf8_lossy(bytes).into_owned();
    let problem = Problem::new("this file is not UTF-8 text", at..at + 3)
        .label(format!("the byte 0x{byte:02x} can't stand here"))
        .help("save the file as UTF-8");
    ProgramError::new(file_name, text, vec![problem])
}

fn unclosed(text: &str, span: &Range<usize>) -> Problem {
    let fence: String = text.get(span.clone()).unwrap_or_default().into();
    let fence: String = fence.chars().take_while(|c| matches!(c, '`' | '~')).collect();
    Problem::new("this code fence is never closed", span.clone())
        .label("everything below it would be taken for code")
        .help(format!("end the block with a line that holds only {fence}"))
}
