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
    let Ok(mut signals) = Signals::new() else { return };
    signals.next().await;
    flag.store(true, Ordering::Relaxed);
    notice("interrupted: finishing this iteration (again to stop at once; the next run continues)");
    signals.next().await;
    std::process::exit(INTERRUPTED);
}

/// Registered once for both: a signal that came between two registrations would be lost.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    async fn next(&mut self) {
        let _ = self.interrupt.recv().await;
    }
}
