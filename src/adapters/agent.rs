//! A command as a proposer: a coding agent, or a script.
//!
//! It is run in a scratch folder with the brief (also on its standard input) and a copy of the strategy to
//! edit. Its environment is scrubbed, its files are confined ([`confine`](super::confine)), its time is
//! bounded, and what it leaves is read with suspicion. Never reads market data or state.

mod folder;
mod grants;
mod usage;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::adapters::confine::{CANNOT_CONFINE, Grants};
use crate::adapters::processes::{finish, in_own_group, kill_group};
use crate::ports::{Aids, Event, Proposer, ProposerError, Reservation};
use crate::program::{AgentSettings, Confinement, Program, duration};
use crate::propose::brief::{Answer, brief};
use crate::propose::{Author, Disclosure, Proposal, files};
use crate::state::{Bill, ContentHash, Usd};
use crate::text::line;
use folder::Folder;

/// What records call this proposer.
pub const KIND: &str = "agent";

/// Bytes of each output that are kept: usage stands at the end.
const OUTPUT_BYTES: usize = 1 << 20;
/// How long an output may stay open after the agent ended, held by something it left behind.
const GRACE: Duration = Duration::from_secs(2);
/// Characters of its standard error that a message repeats.
const EXCERPT: usize = 300;
/// What stands for the research repository in a command.
const ROOT: &str = "{root}";
/// Variables that say nothing about anybody.
const HARMLESS: [&str; 5] = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ"];

/// Runs a command to propose.
pub struct Agent {
    program: Program,
    settings: AgentSettings,
    root: String,
    grants: Grants,
    environment: Vec<(String, OsString)>,
    /// This binary, to confine the agent by.
    own: PathBuf,
    runtime: Runtime,
    timeout: Duration,
}

impl Agent {
    /// An agent as the program has it. `root` is the research repository, `hidden` are its folders that no
    /// agent may see, besides its data and state.
    ///
    /// # Errors
    ///
    /// [`ProposerError::Misconfigured`]: a grant that can't be given.
    pub fn new(program: &Program, root: &Path, hidden: &[&Path]) -> Result<Self, ProposerError> {
        let settings = program.settings.agent.clone();
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let mut hidden: Vec<PathBuf> = hidden.iter().map(|path| path.to_path_buf()).collect();
        hidden.extend([root.join(&program.settings.market.data), root.join("state")]);
        let grants =
            grants::grants(&settings, root, &hidden, home.as_deref()).map_err(misconfigured)?;
        let own = std::env::current_exe()
            .map_err(|error| misconfigured(format!("this program can't find itself: {error}")))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(format!("can't start a runtime: {error}")))?;
        let named = settings.env.iter().map(String::as_str);
        let environment = HARMLESS
            .into_iter()
            .chain(named)
            .filter_map(|name| Some((name.to_owned(), std::env::var_os(name)?)))
            .collect();
        let timeout = duration(&settings.timeout).unwrap_or(Duration::MAX);
        let root = root.display().to_string();
        let program = program.clone();
        Ok(Self { program, settings, root, grants, environment, own, runtime, timeout })
    }

    /// The most that a call costs, as far as the settings say.
    fn most(&self) -> Bill {
        let usd = self.settings.most_usd;
        Bill {
            tokens_in: self.settings.most_tokens,
            tokens_out: 0,
            usd: Some(if usd > 0.0 { Usd::Known(usd) } else { Usd::UNKNOWN }),
        }
    }

    fn command(&self, folder: &Folder) -> Command {
        let mut words = self.settings.command.iter().map(|word| word.replace(ROOT, &self.root));
        let program = words.next().unwrap_or_default();
        let args: Vec<String> = words.collect();
        let mut command = match self.settings.confinement {
            Confinement::Off => Command::new(&program),
            Confinement::Required => {
                let mut command = Command::new(&self.own);
                command.arg("confine");
                command.arg("--file-bytes").arg(self.grants.file_bytes.to_string());
                for path in &self.grants.read {
                    command.arg("--read").arg(path);
                }
                for path in self.grants.write.iter().map(PathBuf::as_path).chain([folder.top()]) {
                    command.arg("--write").arg(path);
                }
                command.arg("--").arg(&program);
                command
            }
        };
        command
            .args(args)
            .env_clear()
            .env("HOME", folder.home())
            .env("TERM", "dumb")
            .env("NO_COLOR", "1")
            // What program.md allows comes last: it may bring HOME along.
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("TMPDIR", folder.temporary())
            .current_dir(folder.work())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        in_own_group(&mut command);
        command
    }

    /// Runs it to its end, or to that of its time; then nothing of it is left.
    fn run(&self, folder: &Folder, input: &[u8]) -> Result<Output, ProposerError> {
        let command = self.settings.command.first().cloned().unwrap_or_default();
        self.runtime.block_on(async {
            let mut child = self
                .command(folder)
                .spawn()
                .map_err(|error| misconfigured(format!("can't start `{command}`: {error}")))?;
            let group = child.id();
            let ended = timeout(self.timeout, finish(&mut child, input, OUTPUT_BYTES, GRACE)).await;
            // What it started and left behind goes with it.
            kill_group(group);
            match ended {
                Ok(output) => {
                    output.map_err(|error| failed(format!("can't read from `{command}`: {error}")))
                }
                Err(_) => {
                    // Only to leave no zombie.
                    let _ = child.kill().await;
                    let seconds = self.timeout.as_secs();
                    Err(unavailable(format!("`{command}` was stopped after {seconds} s")))
                }
            }
        })
    }

    /// Books what it says that it cost, or what was set aside where it doesn't say.
    fn book(
        &self,
        aids: &mut Aids<'_>,
        reservation: Reservation,
        output: &Output,
    ) -> Result<(), ProposerError> {
        match usage::of(&output.stdout) {
            Some(bill) => Ok(aids.purse.settle(reservation, &bill)?),
            None => {
                let unknown = "the agent doesn't say what it cost; what was set aside is booked";
                aids.progress.event(&Event::Note(unknown));
                Ok(aids.purse.settle(reservation, &self.most())?)
            }
        }
    }

    /// Whether the command wasn't started: it can't be confined, or isn't there.
    fn never_ran(&self, output: &Output) -> bool {
        self.settings.confinement == Confinement::Required
            && output.status.code() == Some(i32::from(CANNOT_CONFINE))
            && output.stdout.is_empty()
    }

    /// Why an agent that ended badly did, as far as it said.
    fn ended_badly(&self, output: &Output) -> ProposerError {
        let said = line(&String::from_utf8_lossy(&output.stderr), EXCERPT);
        if self.never_ran(output) {
            return misconfigured(said);
        }
        let command = self.settings.command.first().map_or("", String::as_str);
        unavailable(format!("`{command}` ended with {}: {said}", output.status))
    }
}

impl Proposer for Agent {
    fn reads(&self) -> bool {
        true
    }

    fn propose(
        &mut self,
        disclosure: &Disclosure,
        aids: &mut Aids<'_>,
    ) -> Result<Proposal, ProposerError> {
        let text = brief(&self.program, disclosure, Answer::Files).text();
        let folder = Folder::new(&text, &disclosure.incumbent)
            .map_err(|error| failed(format!("can't make a scratch folder: {error}")))?;
        let reservation = aids.purse.reserve(&self.most())?;
        let output = match self.run(&folder, text.as_bytes()) {
            Ok(output) => output,
            Err(error) => {
                if matches!(error, ProposerError::Misconfigured { .. }) {
                    aids.purse.settle(reservation, &Bill::default())?;
                }
                return Err(error);
            }
        };
        if self.never_ran(&output) {
            aids.purse.settle(reservation, &Bill::default())?;
            return Err(self.ended_badly(&output));
        }
        self.book(aids, reservation, &output)?;
        if !output.status.success() {
            return Err(self.ended_badly(&output));
        }
        let name = self.settings.command.first().map(|command| {
            let stem = Path::new(command).file_stem();
            line(&stem.unwrap_or_default().to_string_lossy(), 60)
        });
        let prompt = Some(ContentHash::of(text.as_bytes()).to_string());
        let by = Author { kind: KIND, name, prompt, reads: true };
        let read = folder.strategy().and_then(|copy| {
            files::read(&disclosure.incumbent, &copy, folder.hypothesis().as_deref())
        });
        match read {
            Ok(reply) => Ok(Proposal {
                edits: reply.edits,
                hypothesis: reply.hypothesis,
                expected: reply.expected,
                by,
            }),
            Err(reason) => Err(ProposerError::Unreadable { by, reason }),
        }
    }
}

fn misconfigured(message: String) -> ProposerError {
    ProposerError::Misconfigured { kind: KIND, message }
}

fn unavailable(message: String) -> ProposerError {
    ProposerError::Unavailable { kind: KIND, message }
}

fn failed(message: String) -> ProposerError {
    ProposerError::Failed { kind: KIND, message }
}
