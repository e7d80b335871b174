//! Ctrl-C and SIGTERM: the first asks the loop to stop after this iteration, the second ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::terminal::notice;

/// Exit code after a second signal, as shells report an interrupted program.
const INTERRUPTED: i32 = 130;

/// Listens from now on; the flag is set by the first signal.
///
/// Where no listener can be had, signals end the process as they always did: the journal makes that safe.
pub fn listen() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&flag);
    let listener = thread::Builder::new().name("signals".into());
    // Without the thread, nothing is lost but the clean stop.
    let _ = listener.spawn(move || {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            runtime.block_on(wait(&shared));
        }
    });
    flag
}

async fn wait(flag: &AtomicBool) {
    if next().await.is_err() {
        return;
    }
    flag.store(true, Ordering::Relaxed);
    notice("interrupted: finishing this iteration (again to stop at once; the next run continues)");
    if next().await.is_ok() {
        std::process::exit(INTERRUPTED);
    }
}

#[cfg(unix)]
async fn next() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn next() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
