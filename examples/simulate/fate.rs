//! What goes wrong, what time it is and whose turn it is: all of it drawn from one seed.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sprag::ports::Clock;

/// What becomes of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It happens.
    None,
    /// It doesn't, and the process hears that it failed.
    Before,
    /// It happens, and the process hears that it failed, or nothing any more.
    After,
    /// It happens when the process has stopped waiting for it: at a later effect of whoever is at work then.
    Late,
}

/// Choices and time of one simulation, for all of its processes.
pub struct Fate {
    random: Mutex<ChaCha8Rng>,
    /// Faults in a thousand effects; none once they have stopped.
    rate: AtomicU64,
    seconds: Mutex<i64>,
    trace: Mutex<Vec<Cow<'static, str>>>,
    /// Occasions for trouble so far, those that were taken, and those to be spared.
    occasions: AtomicU64,
    troubles: Mutex<Vec<u64>>,
    spared: BTreeSet<u64>,
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fate {
    pub fn new(seed: u64, rate: u64, spared: &BTreeSet<u64>) -> Self {
        Self {
            random: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            rate: AtomicU64::new(rate),
            seconds: Mutex::new(1_700_000_000),
            trace: Mutex::default(),
            occasions: AtomicU64::new(0),
            troubles: Mutex::default(),
            spared: spared.clone(),
        }
    }

    /// A number below this one.
    pub fn below(&self, n: u64) -> u64 {
        locked(&self.random).next_u64() % n
    }

    /// Whether something happens that does so in so many of a thousand cases.
    pub fn chance(&self, of_thousand: u64) -> bool {
        self.below(1_000) < of_thousand
    }

    /// An occasion for trouble, with a number for what kind of it, where it comes so often in a thousand occasions.
    pub fn trouble(&self, of_thousand: u64) -> Option<u64> {
        let drawn = locked(&self.random).next_u64();
        let occasion = self.occasions.fetch_add(1, Relaxed);
        if drawn % 1_000 >= of_thousand || self.spared.contains(&occasion) {
            return None;
        }
        locked(&self.troubles).push(occasion);
        Some(drawn / 1_000)
    }

    /// How often a process meets a fault, in a thousand effects.
    fn rate(&self) -> u64 {
        self.rate.load(Relaxed)
    }

    /// No faults from here on.
    pub fn stop_faults(&self) {
        self.rate.store(0, Relaxed);
    }

    /// Faults again.
    pub fn resume_faults(&self, rate: u64) {
        self.rate.store(rate, Relaxed);
    }

    /// Whether anything goes wrong at all.
    pub fn has_faults(&self) -> bool {
        self.rate.load(Relaxed) > 0
    }

    /// What time it is, in seconds.
    pub fn seconds(&self) -> i64 {
        *locked(&self.seconds)
    }

    fn pass(&self, seconds: i64) {
        *locked(&self.seconds) += seconds;
    }

    pub fn note(&self, what: impl Into<Cow<'static, str>>) {
        locked(&self.trace).push(what.into());
    }

    /// What happened, in order.
    pub fn trace(&self) -> Vec<Cow<'static, str>> {
        locked(&self.trace).clone()
    }

    /// Forgets what happened: a campaign without an end has no room for it.
    pub fn forget(&self) {
        locked(&self.trace).clear();
    }

    /// The occasions at which something went wrong.
    pub fn troubles(&self) -> Vec<u64> {
        locked(&self.troubles).clone()
    }
}

/// Which of two processes is at work. Only the one whose turn it is touches anything.
pub struct Turns {
    /// In how many of a thousand cases the turn is handed on.
    often: u64,
    state: Mutex<(usize, [bool; 2])>,
    changed: Condvar,
}

impl Turns {
    pub fn new(often: u64) -> Self {
        Self { often, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Hands the turn on, if fate says so, and waits until it is back.
    fn pass(&self, me: usize, fate: &Fate) {
        let mut state = locked(&self.state);
        if fate.chance(self.often) && !state.1[1 - me] {
            state.0 = 1 - me;
            self.changed.notify_all();
        }
        while state.0 != me {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for the first turn.
    pub fn begin(&self, me: usize) {
        let mut state = locked(&self.state);
        while state.0 != me {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The other one goes on alone.
    pub fn end(&self, me: usize) {
        let mut state = locked(&self.state);
        state.1[me] = true;
        state.0 = 1 - me;
        self.changed.notify_all();
    }
}

/// One process: it lives until it ends or is killed.
pub struct Process<'a> {
    pub fate: &'a Fate,
    /// Which of two it is, and whose turn it is, where two overlap.
    turns: Option<(usize, &'a Turns)>,
    /// Nothing that a dead process does happens any more.
    dead: AtomicBool,
    /// Whether the disk is full for as long as it lives.
    full: AtomicBool,
}

impl<'a> Process<'a> {
    pub fn new(fate: &'a Fate, turns: Option<(usize, &'a Turns)>) -> Self {
        Self { fate, turns, dead: AtomicBool::new(false), full: AtomicBool::new(false) }
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Relaxed)
    }

    pub fn kill(&self) {
        self.note("killed");
        self.dead.store(true, Relaxed);
    }

    pub fn note(&self, what: impl Into<Cow<'static, str>>) {
        match self.turns {
            Some((me, _)) => self.fate.note(format!("{}| {}", ["a", "b"][me], what.into())),
            None => self.fate.note(what),
        }
    }

    /// The other process may come first.
    pub fn wait(&self) {
        if let Some((me, turns)) = self.turns {
            turns.pass(me, self.fate);
        }
    }

    /// What becomes of the next effect; some may happen later than anybody waits for them.
    pub fn at(&self, effect: &'static str, may_be_late: bool) -> Fault {
        self.wait();
        if self.is_dead() {
            return Fault::Before;
        }
        if self.full.load(Relaxed) && effect != "observe" && effect != "clear journal" {
            return Fault::Before;
        }
        let fate = self.fate;
        let Some(kind) = fate.trouble(fate.rate()) else {
            self.note(effect);
            return Fault::None;
        };
        let (fault, dies) = match kind % 7 {
            0 => (Fault::Before, false),
            1 => (Fault::After, false),
            2 => (Fault::Before, true),
            3 => (Fault::After, true),
            4 => {
                self.full.store(true, Relaxed);
                self.note("the disk is full");
                (Fault::Before, false)
            }
            5 if may_be_late => (Fault::Late, kind / 7 % 3 == 0),
            _ => {
                // It takes hours, or the clock is set back meanwhile.
                let hours = (kind / 7 % 30) as i64 - 6;
                fate.pass(hours * 3_600);
                self.note(format!("the clock moves by {hours} h"));
                (Fault::None, false)
            }
        };
        self.note(format!("{effect}: {fault:?}"));
        if dies {
            self.kill();
        }
        fault
    }
}

impl Clock for Process<'_> {
    fn now(&self) -> jiff::Timestamp {
        self.fate.pass(1);
        jiff::Timestamp::from_second(*locked(&self.fate.seconds)).unwrap_or_default()
    }
}
