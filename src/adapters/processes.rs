//! Running other programs: no pipe may fill up and stall, no output may fill the memory, and a program that
//! is stopped takes its children with it.
//!
//! Shared by the adapters that run programs; knows none of them.

use std::io;
use std::process::Output;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// Puts a program into a process group of its own: Ctrl-C at a terminal goes to the foreground group, and
/// a group can be stopped as one.
pub(super) fn in_own_group(command: &mut Command) {
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Writes the input and reads both outputs at the same time, until the program has ended and both are
/// closed. Something that it left behind may hold them open: `grace` after its end, what was read is it.
/// Of each output at most the last `most` bytes are kept.
pub(super) async fn finish(
    child: &mut Child,
    input: &[u8],
    most: usize,
    grace: Duration,
) -> io::Result<Output> {
    let (mut stdin, mut out, mut err) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let status = {
        let write = async {
            if let Some(stdin) = stdin.as_mut() {
                // A program that fails early closes its end; its exit status says more than the broken pipe.
                let _ = stdin.write_all(input).await;
                let _ = stdin.shutdown().await;
            }
            drop(stdin.take());
        };
        let streams = async {
            let read = (tail(&mut out, &mut stdout, most), tail(&mut err, &mut stderr, most));
            let ((), stdout, stderr) = tokio::join!(write, read.0, read.1);
            stdout.and(stderr)
        };
        tokio::pin!(streams);
        tokio::select! {
            read = &mut streams => {
                read?;
                child.wait().await?
            }
            status = child.wait() => {
                let status = status?;
                if let Ok(read) = timeout(grace, streams).await {
                    read?;
                }
                status
            }
        }
    };
    for kept in [&mut stdout, &mut stderr] {
        kept.drain(..kept.len().saturating_sub(most));
    }
    Ok(Output { status, stdout, stderr })
}

/// Reads a pipe to its end, keeping at least the last `most` bytes.
async fn tail(
    pipe: &mut Option<impl AsyncRead + Unpin>,
    kept: &mut Vec<u8>,
    most: usize,
) -> io::Result<()> {
    let Some(pipe) = pipe else { return Ok(()) };
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = pipe.read(&mut chunk).await?;
        if read == 0 {
            return Ok(());
        }
        kept.extend_from_slice(&chunk[..read]);
        // Now and then, not for each chunk: moving what is kept costs as much as reading it.
        if kept.len() / 2 > most {
            kept.drain(..kept.len() - most);
        }
    }
}

/// Stops a process group at once.
pub(super) fn kill_group(id: Option<u32>) {
    #[cfg(unix)]
    {
        let pid = id.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // It may be gone already, which is what we want.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
    #[cfg(not(unix))]
    let _ = id;
}
