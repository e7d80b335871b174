//! One simulated campaign: runs with faults, alone or two at once, and people in between.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};
use sprag::check::{self, Candidate};
use sprag::evaluation::Arena;
use sprag::iteration::{self, Known, LoopError, Orders};
use sprag::ports::{Event, Forge, Ports, Progress};
use sprag::propose::Discloser;
use sprag::review::Stage;
use sprag::state::{Blobs, StatePath, Verdict};

use crate::agreed;
use crate::checks::Checks;
use crate::disk::{Disk, Meanwhile, Store};
use crate::fate::{Fate, Process, Turns, locked};
use crate::forge::{Office, Yard};
use crate::model::{Client, MOST, Model};
use crate::people::Mess;
use crate::stage::{Arenas, RULES, Terms, no_canaries};

/// How long a run with a deadline has, and how long it may take from looking at the clock to starting an iteration.
const DEADLINE_S: i64 = 3_600;
const SLACK_S: i64 = 60;
/// Runs after which a campaign ends with what it has.
const MOST_RUNS: u64 = 90;

/// What happened in simulations that held.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub runs: u64,
    pub overlapping: u64,
    pub faults: u64,
    pub records: u64,
    pub abandoned: u64,
    pub external: u64,
    pub baselines: u64,
    pub calls: u64,
    /// Pull requests, and how many of them people merged or closed.
    pub pulls: u64,
    pub merged: u64,
    pub closed: u64,
    /// Looks at the holdout, and how many of them passed.
    pub looks: u64,
    pub passed: u64,
}

/// What happened, in order.
pub type Trace = Vec<Cow<'static, str>>;

/// An invariant that didn't hold.
#[derive(Debug)]
pub struct Broken {
    pub what: String,
    /// The occasions at which something went wrong.
    pub troubles: Vec<u64>,
    pub trace: Trace,
}

/// Where processes run: two of them, each on one thread, so that a simulation is the same each time.
pub struct Lanes([ThreadPool; 2]);

/// A campaign of so many iterations, with so many faults in a thousand effects, some of them spared.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub iterations: u64,
    pub faults: u64,
    pub terms: Terms,
    pub spared: BTreeSet<u64>,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.overlapping += other.overlapping;
        self.faults += other.faults;
        self.records += other.records;
        self.abandoned += other.abandoned;
        self.external += other.external;
        self.baselines += other.baselines;
        self.calls += other.calls;
        self.pulls += other.pulls;
        self.merged += other.merged;
        self.closed += other.closed;
        self.looks += other.looks;
        self.passed += other.passed;
    }
}

impl Lanes {
    pub fn new() -> anyhow::Result<Self> {
        let lane = || ThreadPoolBuilder::new().num_threads(1).build();
        Ok(Self([lane()?, lane()?]))
    }

    /// Does something as the first process.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0[0].install(work)
    }

    /// Simulates a campaign.
    pub fn simulate(&self, arenas: &Arenas<'_>, plan: &Plan) -> Result<(Tally, Trace), Broken> {
        let fate = Fate::new(plan.seed, plan.faults, &plan.spared);
        self.install(|| {
            let mut campaign = Campaign::new(arenas, &fate, self, plan);
            match campaign.play(plan.iterations, plan.terms.budget) {
                Ok(()) => Ok((campaign.tally(), fate.trace())),
                Err(what) => Err(Broken { what, troubles: fate.troubles(), trace: fate.trace() }),
            }
        })
    }
}

/// Sees to it that no iteration starts after the deadline.
struct Watch<'a> {
    fate: &'a Fate,
    ends: Option<i64>,
    late: bool,
    started: Instant,
    pace: Pace,
}

/// How long it took until runs began their first iteration, and from the begin of iterations to their end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    pub begun: u32,
    pub to_begin: Duration,
    pub iterations: u32,
    pub iterating: Duration,
}

impl Pace {
    fn add(&mut self, other: Self) {
        self.begun += other.begun;
        self.to_begin += other.to_begin;
        self.iterations += other.iterations;
        self.iterating += other.iterating;
    }
}

impl Progress for Watch<'_> {
    fn event(&mut self, event: &Event<'_>) {
        let is_late = self.ends.is_some_and(|ends| self.fate.seconds() > ends + SLACK_S);
        match event {
            Event::Started { number, .. } => {
                self.late |= is_late;
                if *number == 1 {
                    self.pace.begun += 1;
                    self.pace.to_begin += self.started.elapsed();
                }
                self.started = Instant::now();
            }
            Event::Recorded { .. } if self.pace.begun > 0 => {
                self.pace.iterations += 1;
                self.pace.iterating += self.started.elapsed();
                self.started = Instant::now();
            }
            _ => {}
        }
    }
}

/// How a process ended.
pub struct Ended {
    died: bool,
    /// What it said that a person has to mend.
    refused: Option<String>,
    failed: Option<String>,
    /// Whether it started an iteration after its deadline.
    is_late: bool,
}

/// A campaign under way.
pub struct Campaign<'a> {
    arenas: &'a [Arena<'a>; 2],
    lanes: &'a Lanes,
    pub fate: &'a Fate,
    pub store: Arc<Mutex<Store>>,
    /// Where candidates wait for review, in a quarter of the campaigns.
    pub yard: Option<Arc<Mutex<Yard>>>,
    pub meanwhile: Meanwhile,
    pub model: Model,
    /// Which of the programs stands.
    pub program: usize,
    pub checks: Checks,
    /// What a person has left in the way, and mends before the next run.
    pub mess: Option<Mess>,
    runs: u64,
    overlapping: u64,
    /// What the records disclose, as far as they were taken in.
    disclosed: Mutex<Option<Discloser>>,
    /// The strategy that was read last.
    read: Mutex<Option<Arc<Candidate>>>,
    faults: u64,
    pub pace: Mutex<Pace>,
}

/// What a run that is refused leaves alone.
type Untouched = (Option<sprag::ports::CommitId>, Blobs, Blobs, Option<Arc<[u8]>>);

impl<'a> Campaign<'a> {
    pub fn new(arenas: &'a Arenas<'a>, fate: &'a Fate, lanes: &'a Lanes, plan: &Plan) -> Self {
        let terms = &plan.terms;
        let store = Store::new(terms.is_remote, RULES);
        Self {
            arenas: arenas.of(terms),
            lanes,
            fate,
            store: Arc::new(Mutex::new(store)),
            yard: terms.is_reviewed.then(|| Arc::new(Mutex::new(Yard::new(RULES)))),
            meanwhile: Meanwhile::default(),
            model: Model::default(),
            program: 0,
            checks: Checks::new(terms.budget),
            mess: None,
            runs: 0,
            overlapping: 0,
            disclosed: Mutex::default(),
            read: Mutex::default(),
            faults: plan.faults,
            pace: Mutex::default(),
        }
    }

    fn play(&mut self, iterations: u64, budget: u64) -> Result<(), String> {
        // Who has spent all has no more iterations.
        while self.checks.records() as u64 <= iterations
            && self.runs < MOST_RUNS
            && (budget == 0 || self.checks.spent() + 2 * MOST < budget)
        {
            self.step(3)?;
        }
        self.fate.stop_faults();
        self.clean_up();
        *locked(&self.meanwhile) = None;
        self.calm_down();
        // What is half-done is finished by one clean run, and what asking cost goes with its record.
        let ended = self.run(1);
        if let Some(error) = ended.iter().find_map(|ended| ended.failed.as_ref()) {
            return Err(format!("the clean run failed: {error}"));
        }
        self.checks.after_run(&locked(&self.store), &self.model)?;
        self.checks.settled(&locked(&self.store), &self.model)?;
        self.reviewed()?;
        if self.fate.chance(50) { self.checks.replayed(self.arenas) } else { Ok(()) }
    }

    /// Whatever is on its way arrives.
    fn calm_down(&self) {
        locked(&self.store).calm_down();
        if let Some(yard) = &self.yard {
            locked(yard).calm_down();
        }
    }

    /// After a clean run history and forge agree, another run has nothing to do, and hints are taken up one by one.
    fn reviewed(&mut self) -> Result<(), String> {
        let Some(yard) = self.yard.clone() else { return Ok(()) };
        let mut hints = self.agreed(&yard)?;
        let before = (locked(&self.store).head.clone(), locked(&yard).site.clone());
        self.calmly(0)?;
        if before != (locked(&self.store).head.clone(), locked(&yard).site.clone()) {
            return Err("a second clean run did something".into());
        }
        while hints > 0 {
            let had = self.checks.records();
            self.calmly(1)?;
            let left = self.agreed(&yard)?;
            // Where the budget is spent nobody is asked any more.
            if self.checks.records() > had && left >= hints {
                return Err(format!("{left} hints are not taken up"));
            }
            if self.checks.records() == had {
                break;
            }
            hints = left;
        }
        Ok(())
    }

    /// Whether history and forge agree; how many hints wait.
    fn agreed(&self, yard: &Mutex<Yard>) -> Result<usize, String> {
        let state = self.checks.state.as_ref().ok_or("there is no state")?;
        let yard = locked(yard);
        agreed::always(&yard)?;
        agreed::at_rest(state, &yard)?;
        Ok(agreed::hints(state, &yard))
    }

    /// Now and then nothing goes wrong for one run, after which history and forge agree.
    fn lull(&mut self) -> Result<(), String> {
        let Some(yard) = self.yard.clone().filter(|_| self.fate.chance(150)) else { return Ok(()) };
        self.fate.stop_faults();
        self.clean_up();
        self.calm_down();
        self.calmly(1)?;
        self.agreed(&yard)?;
        self.fate.resume_faults(self.faults);
        Ok(())
    }

    /// A run without faults.
    fn calmly(&mut self, iterations: u64) -> Result<(), String> {
        let ended = self.run(iterations);
        if let Some(error) = ended.iter().find_map(|ended| ended.failed.as_ref()) {
            return Err(format!("the clean run failed: {error}"));
        }
        self.checks.after_run(&locked(&self.store), &self.model)
    }

    /// People, then a run of a few iterations, or two at once.
    pub fn step(&mut self, most: u64) -> Result<(), String> {
        self.lull()?;
        self.people();
        let n = 1 + self.fate.below(most);
        let before = self.mess.is_some().then(|| {
            // What is still on its way would come between.
            self.calm_down();
            untouched(&locked(&self.store))
        });
        let ended = self.run(n);
        self.judge(&ended)?;
        if let Some(yard) = &self.yard {
            agreed::always(&locked(yard))?;
        }
        let store = Arc::clone(&self.store);
        let store = locked(&store);
        match (&self.mess, before) {
            (Some(_), Some(before)) if untouched(&store) != before => {
                Err("a run went on over what a person has to mend".into())
            }
            (Some(mess), _) if mess.is_unreadable() => Ok(()),
            _ => self.checks.after_run(&store, &self.model),
        }
    }

    /// Whether it ended as it may.
    fn judge(&self, ended: &[Ended]) -> Result<(), String> {
        let unexplained = self.mess.is_none() && locked(&self.meanwhile).is_none();
        for ended in ended {
            if ended.is_late {
                return Err("an iteration started after the deadline".into());
            }
            match (&ended.refused, &ended.failed) {
                (Some(why), _) if unexplained && !ended.died => {
                    return Err(format!("refused without a reason: {why}"));
                }
                (None, None) if self.mess.is_some() => {
                    return Err("it ended well over what a person has to mend".into());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// One process, or two that overlap.
    fn run(&mut self, iterations: u64) -> Vec<Ended> {
        self.runs += 1;
        let is_remote = locked(&self.store).is_remote;
        let often = match (is_remote, &self.yard) {
            (true, Some(_)) => 400,
            (true, None) => 200,
            (false, _) => 20,
        };
        let overlaps = self.fate.has_faults() && self.fate.trouble(often).is_some();
        self.fate.note(format!("run {} of {iterations} iterations", self.runs));
        if !overlaps {
            let process = Process::new(self.fate, None);
            return vec![self.process(&process, iterations)];
        }
        self.overlapping += 1;
        // Where there is much to do in a row, one of them may be through with it.
        let is_hasty = self.yard.is_some() && self.fate.chance(500);
        let turns = Turns::new(if is_hasty { 60 } else { 400 });
        let mut other = None;
        let one = self.lanes.0[1].in_place_scope(|scope| {
            scope.spawn(|_| {
                let turn = Turn(&turns, 1);
                turns.begin(1);
                other = Some(self.process(&Process::new(self.fate, Some((1, &turns))), 1));
                drop(turn);
            });
            let turn = Turn(&turns, 0);
            let one = self.process(&Process::new(self.fate, Some((0, &turns))), iterations);
            drop(turn);
            one
        });
        [Some(one), other].into_iter().flatten().collect()
    }

    fn process(&self, process: &Process<'_>, iterations: u64) -> Ended {
        let disk = Disk {
            store: &self.store,
            process,
            meanwhile: &self.meanwhile,
            version: Mutex::default(),
            strategy: Mutex::default(),
        };
        let office = self.yard.as_deref().map(|yard| Office {
            yard,
            store: &self.store,
            process,
            last: Mutex::default(),
        });
        // Hours may pass while it waits for something.
        let deadline =
            self.fate.chance(300).then_some(Duration::from_secs(DEADLINE_S.cast_unsigned()));
        let ends = deadline.map(|_| self.fate.seconds() + DEADLINE_S);
        let (started, pace) = (Instant::now(), Pace::default());
        let mut watch = Watch { fate: self.fate, ends, late: false, started, pace };
        let orders = Orders {
            iterations,
            explicit: true,
            deadline,
            // Now and then as a new process does, from nothing.
            known: self.known().filter(|_| !self.fate.chance(25)),
            canaries: no_canaries,
            ..Orders::default()
        };
        let result = iteration::run(
            &mut Ports {
                repository: &disk,
                forge: office.as_ref().map(|office| office as &dyn Forge),
                clock: process,
                proposer: &mut Client { model: &self.model, process, reads: office.is_some() },
                progress: &mut watch,
                stop: &|| None,
            },
            &self.arenas[self.program],
            &orders,
        );
        let needs_a_person = |error: &&LoopError| {
            matches!(
                error,
                LoopError::Refused(_)
                    | LoopError::State(_)
                    | LoopError::Strategy(_)
                    | LoopError::Foreign(_)
            )
        };
        match &result {
            Ok(outcome) => process.note(format!("done, {} records", outcome.records.len())),
            Err(error) => {
                let short: String = error.to_string().chars().take(150).collect();
                process.note(format!("ended: {short}"));
            }
        }
        locked(&self.pace).add(watch.pace);
        let error = result.as_ref().err();
        Ended {
            died: process.is_dead(),
            is_late: watch.late,
            refused: error.filter(needs_a_person).map(ToString::to_string),
            failed: error.map(ToString::to_string),
        }
    }

    /// What was read of the repository when it was looked at last.
    fn known(&self) -> Option<Known> {
        let state = self.checks.state.clone()?;
        let arena = &self.arenas[self.program];
        let symbols = arena.market().symbols().len();
        let mut kept = locked(&self.disclosed);
        let disclosed = Discloser::again(kept.take(), &state, &arena.program().settings, symbols);
        *kept = Some(disclosed.clone());
        let strategy = self.read(state.strategy()?);
        Some(Known { state, disclosed, strategy })
    }

    /// A strategy's text, read.
    fn read(&self, text: &str) -> Option<Arc<Candidate>> {
        let mut read = locked(&self.read);
        if read.as_ref().is_none_or(|read| read.text != text) {
            *read = check::read(check::STRATEGY_FILE, text).ok().map(Arc::new);
        }
        read.clone()
    }

    pub fn tally(&self) -> Tally {
        let stages = |stage: Stage| {
            let yard = self.yard.as_deref().map(locked);
            yard.map_or(0, |yard| yard.site.count(stage))
        };
        let (open, merged, closed) =
            (stages(Stage::Open), stages(Stage::Merged), stages(Stage::Closed));
        let (looks, passed) = self.checks.looks();
        Tally {
            looks,
            passed,
            pulls: open + merged + closed,
            merged,
            closed,
            runs: self.runs,
            overlapping: self.overlapping,
            faults: self.fate.troubles().len() as u64,
            records: self.checks.records() as u64,
            abandoned: self.checks.count(Verdict::Abandoned),
            external: self.checks.count(Verdict::External),
            baselines: self.checks.count(Verdict::Baseline),
            calls: self.model.calls.load(Relaxed),
        }
    }

    pub fn head(&self, path: StatePath) -> Option<Vec<u8>> {
        locked(&self.store).files().get(&path).map(|blob| blob.to_vec())
    }
}

/// Ends when a process does, however it does.
struct Turn<'a>(&'a Turns, usize);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.end(self.1);
    }
}

fn untouched(store: &Store) -> Untouched {
    (store.head.clone(), store.index.clone(), store.work.clone(), store.journal.clone())
}
