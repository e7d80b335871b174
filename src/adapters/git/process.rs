//! Runs the `git` program: no hooks, no prompts, no settings inherited by accident, a bound on time.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::adapters::processes::{finish, in_own_group, kill_group};
use crate::ports::RepositoryError;

/// No local git command takes longer unless something is wrong.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Settings that hold for every call. Objects and refs reach the disk before git says "done".
const SETTINGS: [&str; 5] = [
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "core.fsmonitor=false",
    "core.fsync=committed,reference",
    "i18n.commitEncoding=UTF-8",
];

/// What a caller's environment may say to git: who commits, and where the configuration is. All other
/// `GIT_*` variables (`GIT_DIR`, `GIT_INDEX_FILE`, … as set by hooks) would point it elsewhere.
const KEPT: [&str; 9] = [
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_EXEC_PATH",
    "GIT_CEILING_DIRECTORIES",
];
const KEPT_PREFIXES: [&str; 3] = ["GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"];

/// One call of git.
#[derive(Debug, Clone, Default)]
pub(super) struct Call<'a> {
    pub(super) args: &'a [&'a str],
    pub(super) input: &'a [u8],
    pub(super) env: &'a [(&'a str, &'a OsStr)],
}

/// The git program, working in one folder.
#[derive(Debug)]
pub(super) struct Git {
    pub(super) runtime: Runtime,
    folder: PathBuf,
    program: OsString,
    timeout: Duration,
}

impl Git {
    pub(super) fn new(folder: &Path) -> Result<Self, RepositoryError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            RepositoryError::Io { doing: "start a runtime for", path: folder.to_owned(), error }
        })?;
        Ok(Self { runtime, folder: folder.to_owned(), program: "git".into(), timeout: TIMEOUT })
    }

    /// Another program in git's place, and another bound: for tests of what happens when git hangs.
    #[cfg(test)]
    fn with(mut self, program: &Path, timeout: Duration) -> Self {
        self.program = program.into();
        self.timeout = timeout;
        self
    }

    /// Runs git and returns what it printed; a failure is an error.
    pub(super) fn run(&self, call: &Call<'_>) -> Result<Vec<u8>, RepositoryError> {
        let output = self.output(call)?;
        if output.status.success() { Ok(output.stdout) } else { Err(failure(call.args, &output)) }
    }

    /// Runs git and returns its single line of text.
    pub(super) fn line(&self, call: &Call<'_>) -> Result<String, RepositoryError> {
        let mut text = String::from_utf8_lossy(&self.run(call)?).into_owned();
        text.truncate(text.trim_end_matches('\n').len());
        Ok(text)
    }

    /// Runs git and returns its output, whether it failed or not.
    pub(super) fn output(&self, call: &Call<'_>) -> Result<Output, RepositoryError> {
        self.runtime.block_on(async {
            let mut child = self.spawn(call)?;
            let id = child.id();
            let within =
                timeout(self.timeout, finish(&mut child, call.input, usize::MAX, self.timeout))
                    .await;
            match within {
                Ok(output) => output.map_err(|error| self.io("run", error)),
                Err(_) => {
                    kill_group(id);
                    // Only to leave no zombie; that it was stopped is the news.
                    let _ = child.kill().await;
                    Err(RepositoryError::TimedOut {
                        command: shown(call.args),
                        seconds: self.timeout.as_secs(),
                    })
                }
            }
        })
    }

    /// Starts git with all three streams piped.
    pub(super) fn spawn(&self, call: &Call<'_>) -> Result<Child, RepositoryError> {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| !is_kept(name)) {
            command.env_remove(name);
        }
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
            .args(call.args)
            .envs(call.env.iter().copied())
            .envs(BTreeMap::from([
                ("LC_ALL", "C"),
                ("GIT_TERMINAL_PROMPT", "0"),
                ("GIT_OPTIONAL_LOCKS", "0"),
                ("GIT_LITERAL_PATHSPECS", "1"),
                ("GIT_NO_REPLACE_OBJECTS", "1"),
            ]))
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C must not end git half-way through a write.
        in_own_group(&mut command);
        command.spawn().map_err(|error| self.io("start git in", error))
    }

    fn io(&self, doing: &'static str, error: io::Error) -> RepositoryError {
        RepositoryError::Io { doing, path: self.folder.clone(), error }
    }
}

/// The error for a git that said no.
pub(super) fn failure(args: &[&str], output: &Output) -> RepositoryError {
    RepositoryError::Git {
        command: shown(args),
        status: output.status.to_string(),
        stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    }
}

fn shown(args: &[&str]) -> String {
    format!("git {}", args.join(" "))
}

fn is_kept(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return true };
    !name.starts_with("GIT_")
        || KEPT.contains(&name)
        || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_git_that_hangs_is_stopped_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("git");
        // The child keeps the pipes open, so killing only the parent would wait for it.
        std::fs::write(&program, "#!/bin/sh\nsleep 30 &\nsleep 30\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let git = Git::new(dir.path()).unwrap().with(&program, Duration::from_millis(200));
        let start = Instant::now();
        let error = git.run(&Call { args: &["status"], ..Call::default() }).unwrap_err();
        assert!(matches!(&error, RepositoryError::TimedOut { .. }), "{error}");
        assert!(error.is_transient());
        assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
    }

    #[test]
    fn only_harmless_variables_of_the_caller_reach_git() {
        for name in ["PATH", "HOME", "GIT_AUTHOR_NAME", "GIT_CONFIG_KEY_0", "GITHUB_TOKEN"] {
            assert!(is_kept(OsStr::new(name)), "{name}");
        }
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"] {
            assert!(!is_kept(OsStr::new(name)), "{name}");
        }
    }
}
