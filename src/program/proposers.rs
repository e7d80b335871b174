//! The settings of those who propose, and what they may spend. Plain values, like those of `settings.rs`.

use serde::{Deserialize, Serialize};

/// Who proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposerKind {
    /// Seeded evolutionary search: no key, no network.
    Search,
    /// Models behind an endpoint.
    Llm,
    /// A command such as a coding agent.
    Agent,
    /// Several of them, by shares.
    Mix,
}

/// Most characters of an idea or hint of a person: a model is told all of it, in each brief that it is in.
pub const MOST_IDEA: usize = 1_000;

/// What happens when a model or agent can't be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// The run ends; the next one goes on.
    None,
    /// The search proposes in its place.
    Search,
}

/// `[proposer]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProposerSettings {
    /// The proposer.
    pub kind: ProposerKind,
    /// Seed of everything drawn: the same state and seed give the same search proposal.
    pub seed: u64,
    /// Drafts of the search that are compared in-sample for one proposal; fewer than two: none.
    pub drafts: u64,
    /// Points by which a score must beat the best one told so far to be told, and to which it is rounded.
    pub ladder_step: f64,
    /// What happens when a model or agent can't be asked: no key, not reached, budget spent.
    pub fallback: Fallback,
    /// Most tokens of the brief, by a high estimate.
    pub brief_tokens: u64,
    /// Hypotheses of people, each to be tried once, in order.
    pub ideas: Vec<String>,
}

impl Default for ProposerSettings {
    fn default() -> Self {
        Self {
            kind: ProposerKind::Search,
            seed: 1,
            drafts: 12,
            ladder_step: 1.0,
            fallback: Fallback::None,
            brief_tokens: 16_000,
            ideas: Vec::new(),
        }
    }
}

/// Which wire format an endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// Chat completions.
    Openai,
    /// Messages.
    Anthropic,
}

/// How a key is shown to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// As the API has it: `bearer` for chat completions, `x-api-key` for Messages.
    Auto,
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    XApiKey,
    /// `api-key: KEY`, as Azure has it.
    ApiKey,
}

/// How a reply is held to its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyForm {
    /// The strictest that the endpoint takes: it is asked, and told less where it refuses.
    Auto,
    /// A JSON Schema for the reply.
    Schema,
    /// A tool that must be called.
    Tool,
    /// Any JSON object.
    Json,
    /// Text; the object is looked for in it.
    Text,
}

/// `[llm]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LlmSettings {
    /// The wire format.
    pub api: Api,
    /// Where the endpoint is, up to and without `/chat/completions` or `/v1/messages`; empty: the
    /// vendor's own.
    pub base_url: String,
    /// Environment variable that holds the key; empty: none is sent.
    pub key_env: String,
    /// How the key is sent.
    pub auth: Auth,
    /// Models to choose from.
    pub models: Vec<String>,
    /// How often each is asked before anything is known of it; empty: alike.
    pub weights: Vec<f64>,
    /// Price of a million tokens read, per model; empty: not known.
    pub usd_per_mtok_in: Vec<f64>,
    /// Price of a million tokens written, per model; empty: not known.
    pub usd_per_mtok_out: Vec<f64>,
    /// Most tokens of a reply, thinking included.
    pub max_output_tokens: u64,
    /// How a reply is held to its form.
    pub reply: ReplyForm,
    /// Bound on connecting.
    pub connect_timeout: String,
    /// Bound on a pause within an answer that has begun.
    pub read_timeout: String,
    /// Bound on one answer, from the request to its last byte.
    pub timeout: String,
    /// Bound on asking for one proposal, retries and waiting included.
    pub deadline: String,
    /// Most requests for one proposal that fail on the way.
    pub attempts: u64,
}

impl Default for LlmSettings {
    fn default() -> Self {
        Self {
            api: Api::Openai,
            base_url: String::new(),
            key_env: "LLM_API_KEY".into(),
            auth: Auth::Auto,
            models: Vec::new(),
            weights: Vec::new(),
            usd_per_mtok_in: Vec::new(),
            usd_per_mtok_out: Vec::new(),
            max_output_tokens: 8_000,
            reply: ReplyForm::Auto,
            connect_timeout: "10s".into(),
            read_timeout: "30s".into(),
            timeout: "3m".into(),
            deadline: "8m".into(),
            attempts: 5,
        }
    }
}

/// Whether an agent runs without being confined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confinement {
    /// Where the system can't confine it, it isn't run.
    Required,
    /// It is run as it is: it can read whatever its user can.
    Off,
}

/// `[agent]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgentSettings {
    /// The command and its arguments.
    pub command: Vec<String>,
    /// Bound on one call; then its whole process group is stopped.
    pub timeout: String,
    /// Environment variables that it is given besides a few harmless ones.
    pub env: Vec<String>,
    /// Files and folders that it may read besides the system's own.
    pub read: Vec<String>,
    /// Files and folders that it may read and change besides its scratch folder.
    pub write: Vec<String>,
    /// Whether it may run unconfined.
    pub confinement: Confinement,
    /// Most tokens of one call, set aside before it; 0: not known.
    pub most_tokens: u64,
    /// Most US dollars of one call, set aside before it; 0: not known.
    pub most_usd: f64,
}

impl Default for AgentSettings {
    fn default() -> Self {
        Self {
            command: Vec::new(),
            timeout: "10m".into(),
            env: Vec::new(),
            read: Vec::new(),
            write: Vec::new(),
            confinement: Confinement::Required,
            most_tokens: 0,
            most_usd: 0.0,
        }
    }
}

/// `[mix]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MixSettings {
    /// Share of the search.
    pub search: f64,
    /// Share of the models.
    pub llm: f64,
    /// Share of the agent.
    pub agent: f64,
}

impl Default for MixSettings {
    fn default() -> Self {
        Self { search: 0.5, llm: 0.5, agent: 0.0 }
    }
}

/// `[budget]`
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetSettings {
    /// Most trials of the whole campaign; 0 is no bound.
    pub trials: u64,
    /// Most tokens, read and written, of one run; 0 is no bound.
    pub tokens_per_run: u64,
    /// Most tokens of one day (UTC); 0 is no bound.
    pub tokens_per_day: u64,
    /// Most tokens of the whole campaign; 0 is no bound.
    pub tokens: u64,
    /// Most US dollars of one run; 0 is no bound.
    pub usd_per_run: f64,
    /// Most US dollars of one day (UTC); 0 is no bound.
    pub usd_per_day: f64,
    /// Most US dollars of the whole campaign; 0 is no bound.
    pub usd: f64,
}
