//! Language models as a proposer: a brief to an endpoint, a reply back, each call paid for once.
//!
//! Two wire formats (`llm/openai.rs`, `llm/anthropic.rs`) are written by hand, so that the address, the form
//! of the reply, usage and errors stay in sight. A call is reserved with the purse before it is made and
//! settled when it has ended, whatever its end. The key comes from the environment, and nothing that is
//! shown or kept ever holds it.

mod anthropic;
mod endpoint;
mod openai;
mod wire;

use std::time::Duration;

use crate::adapters::http::{Backoff, Http};
use crate::ports::{Aids, Event, Proposer, ProposerError};
use crate::program::{Api, LlmSettings, Program, ReplyForm, duration};
use crate::propose::brief::{Answer, Brief, brief};
use crate::propose::reply::Unreadable;
use crate::propose::{Author, Disclosure, Proposal, choice};
use crate::state::{Bill, ContentHash, Usd};
use endpoint::{Ending, Endpoint};
use wire::{Ask, Form, Heard, Usage};

/// What records call this proposer.
pub const KIND: &str = "llm";

/// Asks models to propose.
pub struct Llm {
    program: Program,
    endpoint: Endpoint,
    http: Http,
    form: Form,
    /// Whether the endpoint wants the newer name of the bound on a reply.
    newer_limit: bool,
    /// Whether it was said that a price isn't known.
    price_said: bool,
    deadline: Duration,
    timeout: Duration,
    read_timeout: Duration,
}

impl Llm {
    /// Models as the program has them; the key is read from the environment here, once.
    ///
    /// # Errors
    ///
    /// [`ProposerError::Misconfigured`]: no key, or no way to have a connection.
    pub fn new(program: &Program) -> Result<Self, ProposerError> {
        let settings = &program.settings.llm;
        let time = |text: &str| duration(text).unwrap_or(Duration::from_secs(24 * 3600));
        let http = Http::new(time(&settings.connect_timeout))
            .map_err(|error| misconfigured(error.to_string()))?;
        let form = match (settings.reply, settings.api) {
            (ReplyForm::Auto, Api::Openai) | (ReplyForm::Schema, _) => Form::Schema,
            (ReplyForm::Auto, Api::Anthropic) | (ReplyForm::Tool, _) => Form::Tool,
            (ReplyForm::Json, _) => Form::Json,
            (ReplyForm::Text, _) => Form::Text,
        };
        Ok(Self {
            endpoint: Endpoint::new(settings).map_err(misconfigured)?,
            http,
            form,
            newer_limit: false,
            price_said: false,
            deadline: time(&settings.deadline),
            timeout: time(&settings.timeout),
            read_timeout: time(&settings.read_timeout),
            program: program.clone(),
        })
    }

    fn settings(&self) -> &LlmSettings {
        &self.program.settings.llm
    }

    /// What tokens cost with this model; [`Usd::UNKNOWN`] where program.md has no price.
    fn price(&self, model: usize, usage: Usage) -> Bill {
        let settings = self.settings();
        let prices = (settings.usd_per_mtok_in.get(model), settings.usd_per_mtok_out.get(model));
        let usd = match prices {
            (Some(read), Some(written)) => {
                Usd::Known((usage.read as f64 * read + usage.written as f64 * written) / 1e6)
            }
            _ => Usd::UNKNOWN,
        };
        Bill { tokens_in: usage.read, tokens_out: usage.written, usd: Some(usd) }
    }

    /// Says, once a run, that a budget in dollars doesn't hold a model without a price.
    fn say_what_has_no_price(&mut self, model: usize, aids: &mut Aids<'_>) {
        let budget = &self.program.settings.budget;
        let in_dollars = [budget.usd_per_run, budget.usd_per_day, budget.usd];
        let known = self.price(model, Usage { read: 0, written: 0 }).usd != Some(Usd::UNKNOWN);
        if known || self.price_said || in_dollars.iter().all(|most| *most <= 0.0) {
            return;
        }
        self.price_said = true;
        let name = self.settings().models.get(model).cloned().unwrap_or_default();
        let note = format!(
            "the price of {name} isn't known ([llm] usd_per_mtok_in and usd_per_mtok_out): its tokens are counted, \
             and no budget in dollars holds it"
        );
        aids.progress.event(&Event::Note(&note));
    }

    /// Asks until there is an answer, whatever it says, or there can't be one.
    fn ask(
        &mut self,
        model: usize,
        brief: &Brief,
        aids: &mut Aids<'_>,
    ) -> Result<Heard, ProposerError> {
        let (system, user) = (brief.lasting_text(), brief.current_text());
        let name = self.settings().models.get(model).cloned().unwrap_or_default();
        let started = tokio::time::Instant::now();
        let mut backoff = Backoff::new(self.settings().attempts.saturating_sub(1) as usize);
        loop {
            let left = self.deadline.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(unavailable("the deadline for a proposal has passed".into()));
            }
            let ask = Ask {
                model: &name,
                system: &system,
                user: &user,
                form: self.form,
                max_tokens: self.settings().max_output_tokens,
                newer_limit: self.newer_limit,
            };
            let most = Usage { read: ask.tokens(), written: ask.max_tokens };
            let reservation = aids.purse.reserve(&self.price(model, most))?;
            let bounds = (self.timeout.min(left), self.read_timeout);
            let answer = self.endpoint.post(&self.http, &ask, bounds);
            let ending = self.endpoint.ending(answer, &ask);
            match &ending {
                Ending::Heard(heard) => {
                    aids.purse.settle(reservation, &self.price(model, heard.usage))?;
                }
                // Nobody knows what the endpoint made of it: what was set aside stays so.
                Ending::Lost(_) => {}
                _ => aids.purse.settle(reservation, &Bill::default())?,
            }
            let (why, retry_after) = match ending {
                Ending::Heard(heard) => return Ok(heard),
                Ending::Looser(form) => {
                    self.form = form;
                    continue;
                }
                Ending::NewerLimit => {
                    self.newer_limit = true;
                    continue;
                }
                Ending::Hopeless(why) => return Err(unavailable(why)),
                Ending::Wrong(why) => return Err(misconfigured(why)),
                Ending::Lost(why) => (why, None),
                Ending::Busy(why, retry_after) => (why, retry_after),
            };
            let Some(wait) = backoff.next(retry_after) else { return Err(unavailable(why)) };
            let left = self.deadline.saturating_sub(started.elapsed());
            if wait >= left {
                let (wait, left) = (wait.as_secs(), left.as_secs());
                return Err(unavailable(format!(
                    "{why}; a retry in {wait} s is too late by now ({left} s left)"
                )));
            }
            let note = format!("{name}: {why}; trying again in {:.1} s", wait.as_secs_f64());
            aids.progress.event(&Event::Note(&note));
            let stop = aids.stop;
            if !self.http.wait(wait, &|| stop().is_some()) {
                return Err(unavailable(format!("{why}; interrupted while waiting")));
            }
        }
    }
}

impl Proposer for Llm {
    fn reads(&self) -> bool {
        true
    }

    fn propose(
        &mut self,
        disclosure: &Disclosure,
        aids: &mut Aids<'_>,
    ) -> Result<Proposal, ProposerError> {
        let brief = brief(&self.program, disclosure, Answer::Json);
        let settings = self.settings();
        let seed = self.program.settings.proposer.seed;
        let model = choice::model(&settings.models, &settings.weights, disclosure, seed);
        let by = Author {
            kind: KIND,
            name: settings.models.get(model).cloned(),
            prompt: Some(ContentHash::of(brief.text().as_bytes()).to_string()),
            reads: true,
        };
        self.say_what_has_no_price(model, aids);
        let heard = self.ask(model, &brief, aids)?;
        if matches!(heard.reply, Err(Unreadable::Markup { .. })) {
            let note = "the endpoint answers with a page, not as a model: is [llm] base_url right?";
            aids.progress.event(&Event::Note(note));
        }
        if heard.estimated {
            let note =
                "the endpoint doesn't say how many tokens it used: a high estimate is booked";
            aids.progress.event(&Event::Note(note));
        }
        match heard.reply {
            Ok(reply) => Ok(Proposal {
                edits: reply.edits,
                hypothesis: reply.hypothesis,
                expected: reply.expected,
                by,
            }),
            Err(reason) => Err(ProposerError::Unreadable { by, reason: reason.to_string() }),
        }
    }
}

fn misconfigured(message: String) -> ProposerError {
    ProposerError::Misconfigured { kind: KIND, message }
}

fn unavailable(message: String) -> ProposerError {
    ProposerError::Unavailable { kind: KIND, message }
}
