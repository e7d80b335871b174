//! Reads objects by one long-lived `git cat-file --batch`: one process for any number of them.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::{Duration, timeout};

use super::process::{Call, Git};
use crate::ports::RepositoryError;

const ARGS: [&str; 2] = ["cat-file", "--batch"];
const TIMEOUT: Duration = Duration::from_secs(60);

/// An object of the repository.
pub(super) struct Object {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) bytes: Vec<u8>,
}

/// An entry of a tree object.
pub(super) struct TreeEntry {
    /// Octal, as git writes it: `100644` is a file.
    pub(super) mode: String,
    pub(super) name: String,
}

/// A running `git cat-file --batch`.
pub(super) struct Objects<'g> {
    git: &'g Git,
    /// Closed to tell git that nothing more is asked.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    child: Child,
}

impl<'g> Objects<'g> {
    pub(super) fn open(git: &'g Git) -> Result<Self, RepositoryError> {
        // Spawning and timers register with the runtime, so they have to happen inside of it.
        let mut child =
            git.runtime.block_on(async { git.spawn(&Call { args: &ARGS, ..Call::default() }) })?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                Ok(Self { git, input: Some(input), output: BufReader::new(output), child })
            }
            _ => Err(broken("its streams are closed")),
        }
    }

    /// The object of a revision such as `HEAD` or `<commit>:path`; `None` where there is none. The
    /// revision must not hold a line break.
    pub(super) fn get(&mut self, revision: &str) -> Result<Option<Object>, RepositoryError> {
        let Self { git, input, output, child } = self;
        let Some(input) = input.as_mut() else { return Err(broken("its input is closed")) };
        let answer =
            git.runtime.block_on(async { timeout(TIMEOUT, ask(input, output, revision)).await });
        let found = match answer {
            Err(_) => {
                return Err(RepositoryError::TimedOut {
                    command: format!("git {}", ARGS.join(" ")),
                    seconds: TIMEOUT.as_secs(),
                });
            }
            Ok(found) => found,
        };
        found.map_err(|error| {
            let said = git.runtime.block_on(last_words(child));
            broken(if said.is_empty() { error.to_string() } else { said })
        })
    }

    /// The entries of a tree object of this repository.
    pub(super) fn tree(&mut self, revision: &str) -> Result<Vec<TreeEntry>, RepositoryError> {
        match self.get(revision)? {
            Some(tree) if tree.kind == "tree" => {
                entries(&tree.bytes, tree.id.len() / 2).ok_or_else(|| broken("a tree is cut short"))
            }
            _ => Ok(Vec::new()),
        }
    }
}

impl Drop for Objects<'_> {
    fn drop(&mut self) {
        drop(self.input.take());
        // Waited for only to leave no zombie; what doesn't end by itself is killed with `child`.
        let _ = self
            .git
            .runtime
            .block_on(async { timeout(Duration::from_secs(1), self.child.wait()).await });
    }
}

async fn ask(
    input: &mut ChildStdin,
    output: &mut BufReader<ChildStdout>,
    revision: &str,
) -> std::io::Result<Option<Object>> {
    input.write_all(format!("{revision}\n").as_bytes()).await?;
    input.flush().await?;
    let mut header = Vec::new();
    output.read_until(b'\n', &mut header).await?;
    let header = String::from_utf8_lossy(&header);
    let Some(header) = header.strip_suffix('\n') else {
        return Err(std::io::Error::other("it ended early"));
    };
    if header.ends_with(" missing") {
        return Ok(None);
    }
    let fields: Vec<&str> = header.split(' ').collect();
    let [id, kind, size] = fields[..] else {
        return Err(std::io::Error::other(format!("unexpected answer `{header}`")));
    };
    let size: usize = size.parse().map_err(std::io::Error::other)?;
    let mut bytes = vec![0; size + 1];
    output.read_exact(&mut bytes).await?;
    // The content is followed by a line break of its own.
    bytes.pop();
    Ok(Some(Object { id: id.to_owned(), kind: kind.to_owned(), bytes }))
}

/// What a git that gave up wrote to stderr.
async fn last_words(child: &mut Child) -> String {
    let mut said = String::new();
    if let Some(stderr) = child.stderr.as_mut() {
        let read = stderr.read_to_string(&mut said);
        // A git that is still alive says nothing more: don't wait for it.
        let _ = timeout(Duration::from_secs(1), read).await;
    }
    said.trim().to_owned()
}

/// A tree object is a sequence of `mode SP name NUL id`, the id in binary.
fn entries(mut bytes: &[u8], id_bytes: usize) -> Option<Vec<TreeEntry>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let space = memchr::memchr(b' ', bytes)?;
        let nul = memchr::memchr(0, bytes)?;
        let mode = String::from_utf8_lossy(bytes.get(..space)?).into_owned();
        let name = String::from_utf8_lossy(bytes.get(space + 1..nul)?).into_owned();
        entries.push(TreeEntry { mode, name });
        bytes = bytes.get(nul + 1 + id_bytes..)?;
    }
    Some(entries)
}

fn broken(message: impl Into<String>) -> RepositoryError {
    RepositoryError::Git {
        command: format!("git {}", ARGS.join(" ")),
        status: "gave no answer".into(),
        stderr: message.into(),
    }
}
