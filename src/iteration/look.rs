//! Looks at the holdout: written down, committed, and only then taken.
//!
//! [`take`] commits that a look is due, and settles. Settling reads what HEAD holds, finds a look without an outcome and
//! has it [finished](finish); a run that dies in between leaves exactly that to the next one. So there is one way by which
//! a look is taken, and no way to take one that isn't counted.

use super::settle::{commit, finish as bring_along, read_strategy};
use super::{Arena, LoopError, Orders, Outcome, Session};
use crate::certify;
use crate::ports::{Event, Lock, Ports};
use crate::publish;
use crate::state::ledger::{self, Entry, WrittenLook};
use crate::state::{Addition, CommitIntent, JOURNAL_FORMAT, Journal, Phase, SEGMENT_BYTES};

/// Spends a look on the incumbent, if one is due.
pub(super) fn take(
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    orders: &Orders,
    lock: &Lock,
    session: Session,
    outcome: &mut Outcome,
) -> Result<Session, LoopError> {
    // What is owed, and hints, are in a journal that the look's would replace: the next record takes them in.
    if orders.dry_run || session.owes() {
        return Ok(session);
    }
    let at = ports.clock.now().to_string();
    let Ok(look) = certify::due(&session.state, &arena.program().settings, &at) else {
        return Ok(session);
    };
    ports.progress.event(&Event::Looking(&look));
    let message = publish::look_message(&look);
    match write(ports, lock, &session, Entry::Look(look), message) {
        // Somebody committed meanwhile: whether the look is still due is seen when the run looks again.
        Ok(()) | Err(LoopError::Moved) => session.settle(ports, arena, orders, lock, outcome),
        Err(error) => Err(error),
    }
}

/// Takes a look that the repository holds, and commits what it said.
pub(super) fn finish(
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    lock: &Lock,
    session: &Session,
    permission: &WrittenLook,
) -> Result<(), LoopError> {
    let look = permission.look();
    let text = session.state.strategy().ok_or(LoopError::NoStrategy)?;
    let candidate = read_strategy(arena, text)?;
    let said = ledger::Outcome {
        candidate: look.candidate.clone(),
        epoch: look.epoch.clone(),
        look: look.look,
        pass: arena.look(permission, &candidate.compiled),
        at: ports.clock.now().to_string(),
    };
    let message = publish::outcome_message(look, &said);
    write(ports, lock, session, Entry::Outcome(said.clone()), message)?;
    ports.progress.event(&Event::Looked(&said));
    Ok(())
}

/// Commits one entry of the ledger, by way of the journal as everything.
fn write(
    ports: &Ports<'_>,
    lock: &Lock,
    session: &Session,
    entry: Entry,
    message: String,
) -> Result<(), LoopError> {
    let now = ports.clock.now();
    let added = Addition { ledger: vec![entry], ..Addition::default() };
    let step = session.state.step(added, SEGMENT_BYTES)?;
    let intent = CommitIntent::new(&step, message, now.as_second());
    let status = session.state.status();
    let journal = Journal {
        format: JOURNAL_FORMAT,
        iteration: session.state.next_iteration(),
        epoch: status.map(|status| status.epoch.clone()).unwrap_or_default(),
        parent: status.map(|status| status.incumbent.hash.clone()),
        base: session.head.as_ref().map(ToString::to_string),
        started: now.to_string(),
        hints: Vec::new(),
        phase: Phase::Recorded(intent.clone()),
    };
    ports.repository.write_journal(lock, &journal.to_text()?)?;
    commit(ports, lock, session.head.as_ref(), &intent, &step.changes)?;
    bring_along(ports, lock, &intent.files)
}
