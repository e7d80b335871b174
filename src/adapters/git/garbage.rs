//! Packs what commits left as loose objects. Each iteration writes history.json anew, of which git
//! stores a whole compressed copy until a pack keeps the difference only.

use super::GitRepository;
use super::process::Call;
use crate::ports::RepositoryError;

/// Loose objects at which packing is due: some 150 iterations. Git's own threshold counts on small
/// objects and would let copies of the history pile up to hundreds of megabytes.
const LOOSE_OBJECTS: u32 = 1_000;

impl GitRepository {
    /// Runs git's garbage collection if it is due, unless the user has switched it off.
    pub(super) fn collect_garbage(&self) -> Result<(), RepositoryError> {
        let setting = ["config", "--type=int", "--default=1", "--get", "gc.auto"];
        if self.git.line(&Call { args: &setting, ..Call::default() })? == "0" {
            return Ok(());
        }
        let threshold = format!("gc.auto={LOOSE_OBJECTS}");
        // In the foreground: it must not go on while the next run works, nor when this one is killed.
        let gc = ["-c", &threshold, "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet"];
        self.git.run(&Call { args: &gc, ..Call::default() }).map(|_| ())
    }
}
