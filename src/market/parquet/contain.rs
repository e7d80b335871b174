//! A panic in somebody else's code, caught and kept off the screen.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread runs code whose panics are expected.
    static IS_CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// What `work` returns, or `None` if it panicked. It must own what it changes: nothing half-done is
/// seen afterwards. Needs a build that unwinds (see `panic` in Cargo.toml).
pub(super) fn panics<T>(work: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_CONTAINED.get() {
                report(info);
            }
        }));
    });
    IS_CONTAINED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    IS_CONTAINED.set(false);
    result.ok()
}
