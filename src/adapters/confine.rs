//! Becomes another program that can touch only what it was granted.
//!
//! `sprag confine` runs this in a process of its own: it restricts itself by Landlock and by limits on
//! resources, neither of which can be undone, and then is replaced by the program. So nothing is left to
//! chance between fork and exec, and no user namespace is needed.
//!
//! Landlock is for Linux; elsewhere this declines. The network is not restricted: agents need it.

use std::path::PathBuf;

/// How the process ends that could neither confine itself nor become the program.
pub const CANNOT_CONFINE: u8 = 125;

/// What the program may do.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// Files and folders that it may read and execute.
    pub read: Vec<PathBuf>,
    /// Files and folders that it may also change.
    pub write: Vec<PathBuf>,
    /// Largest file that it can write, in bytes.
    pub file_bytes: u64,
}

/// Why a program was not started confined.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    /// This system can't confine programs.
    #[error(
        "this system can't confine a program ({0}); it needs Linux 6.2 or later with Landlock. \
         [agent] confinement = \"off\" in program.md runs it all the same: it can then read whatever its \
         user can, out-of-sample data included"
    )]
    Unsupported(String),
    /// A limit couldn't be set.
    #[error("can't limit the size of files: {0}")]
    Limit(std::io::Error),
    /// The program can't be started.
    #[error("can't start {program}: {error}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Restricts this process and becomes the program. It returns only if it couldn't.
pub fn run(grants: &Grants, program: &str, args: &[String]) -> ConfineError {
    match restrict(grants) {
        Ok(()) => replace(program, args),
        Err(error) => error,
    }
}

#[cfg(target_os = "linux")]
fn restrict(grants: &Grants) -> Result<(), ConfineError> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Fsize, limit(grants.file_bytes))
        .and_then(|()| setrlimit(Resource::Core, limit(0)))
        .map_err(|error| ConfineError::Limit(error.into()))?;
    match landlock(grants) {
        Ok(landlock::RulesetStatus::NotEnforced) => {
            Err(ConfineError::Unsupported("nothing was enforced".into()))
        }
        // Which rights on files are required is said below; the rest is a bonus of newer kernels.
        Ok(_) => Ok(()),
        Err(error) => Err(ConfineError::Unsupported(error.to_string())),
    }
}

#[cfg(target_os = "linux")]
fn landlock(grants: &Grants) -> Result<landlock::RulesetStatus, landlock::RulesetError> {
    use landlock::{
        ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
        Scope, path_beneath_rules,
    };

    // The first that holds truncation as well: without it, what can't be read could be destroyed.
    let required = AccessFs::from_all(ABI::V3);
    let known = AccessFs::from_all(ABI::V6);
    let read = AccessFs::from_read(ABI::V6);
    let write = known & !(AccessFs::MakeChar | AccessFs::MakeBlock);
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(required)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(known)?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .add_rules(path_beneath_rules(&grants.read, read))?
        .add_rules(path_beneath_rules(&grants.write, write))?
        .restrict_self()?;
    Ok(status.ruleset)
}

#[cfg(not(target_os = "linux"))]
fn restrict(_: &Grants) -> Result<(), ConfineError> {
    Err(ConfineError::Unsupported("it is not Linux".into()))
}

#[cfg(unix)]
fn replace(program: &str, args: &[String]) -> ConfineError {
    use std::os::unix::process::CommandExt;

    let error = std::process::Command::new(program).args(args).exec();
    ConfineError::Start { program: program.into(), error }
}

#[cfg(not(unix))]
fn replace(program: &str, _: &[String]) -> ConfineError {
    ConfineError::Start { program: program.into(), error: std::io::ErrorKind::Unsupported.into() }
}
