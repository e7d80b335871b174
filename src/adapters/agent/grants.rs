//! What an agent may touch, and what it may never be granted.

use std::path::{Path, PathBuf};

use crate::adapters::confine::Grants;
use crate::program::AgentSettings;

/// What programs need to run at all: themselves, libraries, settings of the system, time zones,
/// certificates, the names of hosts. What isn't there is skipped.
const SYSTEM: [&str; 20] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc",
    "/opt",
    "/nix/store",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys",
    "/proc/version",
    "/dev",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/sys/devices/system/cpu",
];
/// Of processes only the agent's own: the environment of the others has keys. What it stands for is found by the
/// confined process itself.
const OWN_PROCESS: &str = "/proc/self";
/// Devices that are written without a thought.
const DEVICES: [&str; 4] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/tty"];
/// Largest file that an agent can write: scratch folders are often in memory.
const FILE_BYTES: u64 = 64 << 20;

/// What the settings grant, resolved; `scratch` may be written.
///
/// # Errors
///
/// A grant that isn't there, or that would show market data, state or history.
pub(super) fn grants(
    settings: &AgentSettings,
    root: &Path,
    hidden: &[PathBuf],
    home: Option<&Path>,
) -> Result<Grants, String> {
    let hidden: Vec<PathBuf> =
        hidden.iter().map(|path| path.canonicalize().unwrap_or_else(|_| path.clone())).collect();
    let resolve = |key: &str, written: &String| {
        let path = match (written.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            (None, Some(home)) if written == "~" => home.to_path_buf(),
            _ => root.join(written),
        };
        let path = path
            .canonicalize()
            .map_err(|error| format!("[agent] {key}: {}: {error}", path.display()))?;
        refuse(&path, &hidden).map_or(Ok(path), |shown| {
            Err(format!(
                "[agent] {key} = {written:?} would show {}: market data, state and history stay hidden from \
                 an agent, since out-of-sample bars and results are among them",
                shown.display()
            ))
        })
    };
    let all = |key: &'static str, list: &[String]| {
        list.iter().map(|written| resolve(key, written)).collect::<Result<Vec<_>, _>>()
    };
    let (mut read, mut write) = (all("read", &settings.read)?, all("write", &settings.write)?);
    for path in SYSTEM.map(PathBuf::from) {
        let Ok(path) = path.canonicalize() else { continue };
        if let Some(shown) = refuse(&path, &hidden) {
            return Err(format!(
                "the repository lies in {}, which every program may read, so that an agent would see {}; \
                 move the repository elsewhere",
                path.display(),
                shown.display()
            ));
        }
        read.push(path);
    }
    read.push(PathBuf::from(OWN_PROCESS));
    write.extend(DEVICES.map(PathBuf::from));
    Ok(Grants { read, write, file_bytes: FILE_BYTES })
}

/// What a grant would show of what is hidden.
fn refuse<'a>(path: &Path, hidden: &'a [PathBuf]) -> Option<&'a PathBuf> {
    hidden.iter().find(|hidden| hidden.starts_with(path) || path.starts_with(hidden))
}
