//! Models behind an endpoint: wire formats, faults of the network, what is paid, what is said.

pub mod binary;
mod calls;
mod faults;
mod server;

use std::time::Duration;

use serde_json::{Value, json};
use sprag::adapters::llm::Llm;
use sprag::ports::{
    Aids, Event, Progress, Proposer, ProposerError, Purse, PurseError, Reservation, Stop,
};
use sprag::program::Program;
use sprag::propose::{Disclosure, Proposal};
use sprag::state::{Bill, Usd};

use server::Server;

const STRATEGY: &str = "[params]\nn = { value = 10, min = 2, max = 90 }\n[long]\n\
    enter = 'close > sma(close, n)'\nexit = 'close < sma(close, n)'\n";

/// A reply that changes the one parameter.
fn reply(n: u64) -> Value {
    json!({
        "hypothesis": format!("{n} bars are smoother."),
        "expected_effect": "Fewer trades.",
        "edits": [{ "set": "params.n.value", "to": n }],
    })
}

/// A chat completion with this content.
fn completion(content: &str) -> Value {
    json!({
        "choices": [{ "message": { "role": "assistant", "content": content }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100 },
    })
}

/// A purse without a bottom that remembers.
#[derive(Default)]
struct Books {
    reserved: Vec<Bill>,
    settled: Vec<Option<Bill>>,
}

impl Books {
    /// Calls that nobody settled.
    fn open(&self) -> usize {
        self.settled.iter().filter(|bill| bill.is_none()).count()
    }

    /// What was settled, together.
    fn paid(&self) -> Bill {
        let mut sum = Bill::default();
        self.settled.iter().flatten().for_each(|bill| sum.add(bill));
        sum
    }
}

impl Purse for Books {
    fn reserve(&mut self, most: &Bill) -> Result<Reservation, PurseError> {
        self.reserved.push(*most);
        self.settled.push(None);
        Ok(Reservation(self.reserved.len() - 1))
    }

    fn settle(&mut self, reservation: Reservation, actual: &Bill) -> Result<(), PurseError> {
        assert_eq!(self.settled[reservation.0], None, "settled twice");
        self.settled[reservation.0] = Some(*actual);
        Ok(())
    }
}

/// What was said meanwhile.
#[derive(Default)]
struct Notes(Vec<String>);

impl Progress for Notes {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Note(note) = event {
            self.0.push((*note).to_owned());
        }
    }
}

/// One endpoint, one client, and what went on between them.
struct Talk {
    server: Server,
    llm: Llm,
    books: Books,
    notes: Vec<String>,
}

impl Talk {
    /// A client of this server, with further lines under `[llm]`.
    fn new(server: Server, lines: &str) -> Self {
        Self::below(server, "", lines)
    }

    /// The same, with an address that goes on with `rest`.
    fn below(server: Server, rest: &str, lines: &str) -> Self {
        let text = format!(
            "```toml\n[llm]\nbase_url = \"{}{rest}\"\nmodels = [\"m-1\"]\nkey_env = \"\"\n{lines}\n```\n",
            server.url()
        );
        let program = Program::parse(&text, "program.md").unwrap_or_else(|error| panic!("{error}"));
        let llm = Llm::new(&program).unwrap_or_else(|error| panic!("{error}"));
        Self { server, llm, books: Books::default(), notes: Vec::new() }
    }

    fn propose(&mut self) -> Result<Proposal, ProposerError> {
        let disclosure = Disclosure { incumbent: STRATEGY.into(), ..Disclosure::default() };
        self.propose_for(&disclosure)
    }

    fn propose_for(&mut self, disclosure: &Disclosure) -> Result<Proposal, ProposerError> {
        let mut notes = Notes::default();
        let mut aids = Aids {
            purse: &mut self.books,
            progress: &mut notes,
            stop: &|| None::<Stop>,
            in_sample: &|_| None,
        };
        let result = self.llm.propose(disclosure, &mut aids);
        self.notes.extend(notes.0);
        result
    }

    /// The words of a reply that was heard and has no change in it.
    #[track_caller]
    fn unreadable(&mut self) -> String {
        match self.propose() {
            Err(ProposerError::Unreadable { by, reason }) => {
                assert_eq!((by.kind, by.name.as_deref(), by.reads), ("llm", Some("m-1"), true));
                reason
            }
            other => panic!("{other:?}"),
        }
    }
}

fn known(tokens_in: u64, tokens_out: u64, usd: f64) -> Bill {
    Bill { tokens_in, tokens_out, usd: Some(Usd::Known(usd)) }
}

const SECOND: Duration = Duration::from_secs(1);
