//! What goes wrong, and what time it is: all of it drawn from one seed.

use std::cell::{Cell, RefCell};

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
}

/// Faults, choices and time of one simulation.
pub struct Fate {
    random: RefCell<ChaCha8Rng>,
    /// Faults in a thousand effects; none once they have stopped.
    rate: Cell<u64>,
    /// Whether the process has died: nothing that it does happens any more.
    dead: Cell<bool>,
    /// Whether the disk is full for as long as this process lives.
    full: Cell<bool>,
    seconds: Cell<i64>,
    trace: RefCell<Vec<String>>,
}

impl Fate {
    pub fn new(seed: u64, rate: u64) -> Self {
        Self {
            random: RefCell::new(ChaCha8Rng::seed_from_u64(seed)),
            rate: Cell::new(rate),
            dead: Cell::new(false),
            full: Cell::new(false),
            seconds: Cell::new(1_700_000_000),
            trace: RefCell::default(),
        }
    }

    /// A number below this one.
    pub fn below(&self, n: u64) -> u64 {
        self.random.borrow_mut().next_u64() % n
    }

    /// Whether something happens that does so in so many of a thousand cases.
    pub fn chance(&self, of_thousand: u64) -> bool {
        self.below(1_000) < of_thousand
    }

    /// A new process.
    pub fn start(&self) {
        self.dead.set(false);
        self.full.set(false);
    }

    /// No faults from here on.
    pub fn stop_faults(&self) {
        self.rate.set(0);
        self.start();
    }

    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Whether anything goes wrong at all.
    pub fn has_faults(&self) -> bool {
        self.rate.get() > 0
    }

    pub fn kill(&self) {
        self.note("killed");
        self.dead.set(true);
    }

    /// What becomes of the next effect.
    pub fn at(&self, effect: &str) -> Fault {
        if self.dead.get() {
            return Fault::Before;
        }
        if self.full.get() && effect != "observe" && effect != "clear journal" {
            return Fault::Before;
        }
        if !self.chance(self.rate.get()) {
            self.note(effect);
            return Fault::None;
        }
        let (fault, dies) = match self.below(6) {
            0 => (Fault::Before, false),
            1 => (Fault::After, false),
            2 => (Fault::Before, true),
            3 => (Fault::After, true),
            4 => {
                self.full.set(true);
                (Fault::Before, false)
            }
            _ => {
                // It takes hours, or the clock is set back meanwhile.
                let hours = self.below(30) as i64 - 6;
                self.seconds.set(self.seconds.get() + hours * 3_600);
                (Fault::None, false)
            }
        };
        let full = if self.full.get() { ", disk full" } else { "" };
        self.note(&format!("{effect}: {fault:?}{full}"));
        if dies {
            self.kill();
        }
        fault
    }

    pub fn note(&self, what: &str) {
        self.trace.borrow_mut().push(what.to_owned());
    }

    /// What happened, in order.
    pub fn trace(&self) -> Vec<String> {
        self.trace.borrow().clone()
    }
}

impl Clock for Fate {
    fn now(&self) -> jiff::Timestamp {
        self.seconds.set(self.seconds.get() + 1);
        jiff::Timestamp::from_second(self.seconds.get()).unwrap_or_default()
    }
}
