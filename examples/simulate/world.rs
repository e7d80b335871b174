//! One simulated campaign: runs with faults, people in between, and what must hold after each.

use std::collections::BTreeSet;
use std::rc::Rc;

use sprag::canary::Report;
use sprag::evaluation::Arena;
use sprag::iteration::{self, LoopError, Orders};
use sprag::market::{Bars, Market};
use sprag::ports::{Event, Ports, Progress};
use sprag::program::Program;
use sprag::state::{Journal, Phase, Record, State, StatePath, Verdict};
use sprag::verify;

use crate::disk::Disk;
use crate::fate::Fate;
use crate::model::{MOST, Model};

const DAY: i64 = 86_400_000;
/// Tokens that a campaign may cost.
const BUDGET: u64 = 60_000;
/// Runs after which a campaign ends with what it has.
const MOST_RUNS: u64 = 90;

const RULES: &str = "name = \"start\"\n\n[params]\nn = { value = 8, min = 3, max = 40 }\n\n\
    [long]\nenter = \"close > sma(close, n)\"\nexit = \"close < sma(close, n)\"\n\n\
    [risk]\nstop_loss = \"4 * atr(10)\"\n";

/// What all campaigns share: a market, and two programs that a person may change between.
pub struct Stage {
    market: Market,
    programs: [Program; 2],
}

/// What happened in simulations that held.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub runs: u64,
    pub faults: u64,
    pub records: u64,
    pub abandoned: u64,
    pub external: u64,
    pub baselines: u64,
    pub calls: u64,
    pub trace: Vec<String>,
}

/// An invariant that didn't hold.
#[derive(Debug)]
pub struct Broken {
    pub what: String,
    pub trace: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.faults += other.faults;
        self.records += other.records;
        self.abandoned += other.abandoned;
        self.external += other.external;
        self.baselines += other.baselines;
        self.calls += other.calls;
    }
}

impl Stage {
    pub fn new() -> anyhow::Result<Self> {
        let easy = [
            "gates.min_delta=0.02",
            "gates.min_trades=2",
            "gates.min_trades_per_fold=0",
            "gates.max_drawdown=0.9",
            "gates.complexity=0",
            "gates.benchmark=false",
            "gates.cost_stress=0",
            "gates.plateau=0",
            "split.holdout_min_bars=0",
            "split.folds=1",
            "split.in_sample_folds=1",
            "certify.patience=2",
            "certify.min_dsr=0",
        ];
        let program = |fee: &str| -> anyhow::Result<Program> {
            let mut program = Program::default();
            program.set_all(easy)?;
            program.set_all([fee, &format!("budget.tokens={BUDGET}")])?;
            Ok(program)
        };
        Ok(Self {
            market: waves(160),
            programs: [program("costs.fee_bps=1")?, program("costs.fee_bps=2")?],
        })
    }
}

/// Waves with noise on a slow rise.
fn waves(bars: usize) -> Market {
    let mut out = Bars { symbol: "A".into(), ..Bars::default() };
    for i in 0..bars {
        let x = i as f64;
        let swing = 10.0 * (x / 5.0).sin() + 4.0 * (x * 1.7).sin() + 3.0 * (x * 0.31).cos();
        let close = (100.0 + swing) * (x / 5e3).exp();
        out.time.push(i as i64 * DAY);
        out.open.push(close * 0.999);
        out.high.push(close * 1.01);
        out.low.push(close * 0.985);
        out.close.push(close);
        out.volume.push(1_000.0 + x);
    }
    Market::new(vec![out])
}

/// Canaries are about the engine, which no fault here touches.
fn no_canaries(_: &Arena<'_>, _: &str) -> Report {
    Report { pass: true, canaries: Vec::new() }
}

struct Silent;

impl Progress for Silent {
    fn event(&mut self, _: &Event<'_>) {}
}

/// A campaign under way.
struct Campaign<'a> {
    stage: &'a Stage,
    fate: Rc<Fate>,
    disk: Disk,
    model: Model,
    /// Which of the programs stands.
    program: usize,
    /// All records when it was looked at last; shorter after a person moved the branch back.
    seen: Vec<Record>,
    /// Answers that were durable once and may be missing: a person moved the branch back behind them.
    forgiven: BTreeSet<String>,
    durable: BTreeSet<String>,
    /// What a person has left in the way, and mends before the next run.
    mess: Option<Mess>,
    runs: u64,
}

/// Something of a person's that the loop refuses.
enum Mess {
    /// HEAD's file was this.
    Committed(StatePath, Option<Vec<u8>>),
    /// The work tree's file isn't HEAD's.
    Edited(StatePath),
}

/// Simulates the campaign of a seed.
pub fn simulate(stage: &Stage, seed: u64, iterations: u64, faults: u64) -> Result<Tally, Broken> {
    let fate = Rc::new(Fate::new(seed, faults));
    let mut campaign = Campaign {
        stage,
        disk: Disk::new(Rc::clone(&fate), RULES),
        model: Model::new(Rc::clone(&fate)),
        fate: Rc::clone(&fate),
        program: 0,
        seen: Vec::new(),
        forgiven: BTreeSet::new(),
        durable: BTreeSet::new(),
        mess: None,
        runs: 0,
    };
    let result = campaign.play(iterations);
    let trace = fate.trace();
    match result {
        Ok(()) => Ok(campaign.tally(trace)),
        Err(what) => Err(Broken { what, trace }),
    }
}

impl Campaign<'_> {
    fn play(&mut self, iterations: u64) -> Result<(), String> {
        while self.seen.len() as u64 <= iterations && self.runs < MOST_RUNS {
            self.people();
            let n = 1 + self.fate.below(3);
            let result = self.run(n);
            self.check(&result)?;
        }
        self.fate.stop_faults();
        self.clean_up();
        // What is half-done is finished by one clean run, and what asking cost goes with its record.
        let result = self.run(1);
        if let Err(error) = &result {
            return Err(format!("the clean run failed: {error}"));
        }
        self.check(&result)?;
        self.settled()?;
        if self.fate.chance(50) { self.replayed() } else { Ok(()) }
    }

    /// One process.
    fn run(&mut self, iterations: u64) -> Result<(), LoopError> {
        self.fate.start();
        self.runs += 1;
        self.fate.note(&format!("run {} of {iterations} iterations", self.runs));
        let program = &self.stage.programs[self.program];
        let arena = Arena::new(program, &self.stage.market).map_err(|_| LoopError::NoStrategy)?;
        let result = iteration::run(
            &mut Ports {
                repository: &self.disk,
                forge: None,
                clock: &*self.fate,
                proposer: &mut &self.model,
                progress: &mut Silent,
                stop: &|| None,
            },
            &arena,
            &Orders { iterations, explicit: true, canaries: no_canaries, ..Orders::default() },
        );
        let end = match &result {
            Ok(outcome) => format!("done, {} records", outcome.records.len()),
            Err(error) => {
                format!("ended: {}", error.to_string().chars().take(150).collect::<String>())
            }
        };
        self.fate.note(&end);
        result.map(|_| ())
    }

    /// What people do between two runs.
    fn people(&mut self) {
        self.clean_up();
        let fate = Rc::clone(&self.fate);
        let strategy = |n: u64| RULES.replace("value = 8", &format!("value = {}", 3 + n));
        *self.disk.meanwhile.borrow_mut() = None;
        match fate.below(40) {
            0 => {
                fate.note("a person commits a strategy");
                let text = strategy(fate.below(38));
                self.commit(StatePath::Strategy, Some(text.as_bytes()));
            }
            1 => {
                fate.note("a person will commit a strategy meanwhile");
                *self.disk.meanwhile.borrow_mut() = Some(strategy(fate.below(38)).into_bytes());
            }
            2 => {
                fate.note("a person changes the program");
                self.program = 1 - self.program;
            }
            3 => {
                fate.note("a person commits a strategy that is none");
                let before = self.disk.stored.borrow().files().remove(&StatePath::Strategy);
                self.mess = Some(Mess::Committed(StatePath::Strategy, before));
                self.commit(StatePath::Strategy, Some(b"[long]\nenter = \"close >\"\n"));
            }
            4 => self.edits(StatePath::Strategy, Some(strategy(fate.below(38)).into_bytes())),
            5 => self.edits(StatePath::History, Some(b"[]".to_vec())),
            6 => self.edits(StatePath::Status, None),
            7 => {
                fate.note("a person commits a status that is none");
                let before = self.disk.stored.borrow().files().remove(&StatePath::Status);
                if before.is_some() {
                    self.mess = Some(Mess::Committed(StatePath::Status, before));
                    self.commit(StatePath::Status, Some(b"{}"));
                }
            }
            8 => self.moves_back(),
            _ => {}
        }
    }

    fn commit(&self, path: StatePath, text: Option<&[u8]>) {
        self.disk.stored.borrow_mut().person_commits(path, text);
    }

    /// A person edits a file and doesn't commit it.
    fn edits(&mut self, path: StatePath, text: Option<Vec<u8>>) {
        self.fate.note(&format!("a person edits {path}"));
        let mut stored = self.disk.stored.borrow_mut();
        match text {
            Some(text) => stored.work.insert(path, text),
            None => stored.work.remove(&path),
        };
        self.mess = Some(Mess::Edited(path));
    }

    fn moves_back(&mut self) {
        self.fate.note("a person moves the branch back by a commit");
        let mut stored = self.disk.stored.borrow_mut();
        // While something is half-done, the person can't know what the journal will bring back.
        if stored.journal.is_some() {
            return;
        }
        let before = stored.clone();
        stored.person_resets();
        // Nobody goes back to what was mended since.
        let is_whole = |state: &State| {
            state.strategy().is_some_and(|text| sprag::check::read("strategy.toml", text).is_ok())
        };
        let Some(state) = State::read(&stored.files()).ok().filter(is_whole) else {
            *stored = before;
            return;
        };
        let left = state.history().len();
        let gone = self.seen.split_off(left.min(self.seen.len()));
        self.forgiven.extend(gone.into_iter().filter_map(|record| record.hypothesis));
    }

    /// The person takes back what the loop refused.
    fn clean_up(&mut self) {
        match self.mess.take() {
            Some(Mess::Committed(path, before)) => {
                self.fate.note(&format!("the person mends {path}"));
                // Somebody else's commit, or the loop's, isn't taken back with it.
                self.commit(path, before.as_deref());
            }
            Some(Mess::Edited(path)) => {
                self.fate.note(&format!("the person takes {path} back"));
                let mut stored = self.disk.stored.borrow_mut();
                match stored.files().remove(&path) {
                    Some(text) => stored.work.insert(path, text),
                    None => stored.work.remove(&path),
                };
            }
            None => {}
        }
    }

    /// What must hold after every run.
    fn check(&mut self, result: &Result<(), LoopError>) -> Result<(), String> {
        let stored = self.disk.stored.borrow();
        let refused = matches!(
            result,
            Err(LoopError::Refused(_) | LoopError::State(_) | LoopError::Strategy(_))
        );
        if refused
            && self.mess.is_none()
            && !self.fate.is_dead()
            && self.disk.meanwhile.borrow().is_none()
        {
            return Err(format!(
                "refused without a reason: {}",
                result.as_ref().err().map(ToString::to_string).unwrap_or_default()
            ));
        }
        let state = match State::read(&stored.files()) {
            Ok(state) => state,
            Err(_) if matches!(self.mess, Some(Mess::Committed(StatePath::Status, _))) => {
                return Ok(());
            }
            Err(error) => return Err(format!("the state can't be read: {error}")),
        };
        let records = state.history().records();
        if !records.starts_with(&self.seen) {
            return Err("a record was changed or taken away".into());
        }
        let mut told = BTreeSet::new();
        for hypothesis in records.iter().filter_map(|record| record.hypothesis.as_ref()) {
            if !told.insert(hypothesis.clone()) {
                return Err(format!("two records of one answer: {hypothesis}"));
            }
        }
        // An answer that is in the journal is durable.
        let journal = stored.journal.as_deref().map(Journal::parse).transpose();
        let journal = journal.map_err(|error| format!("the journal can't be read: {error}"))?;
        if let Some(Journal { phase: Phase::Proposed(proposal), .. }) = &journal {
            self.durable.extend(proposal.hypothesis.clone());
            told.extend(proposal.hypothesis.clone());
        }
        if let Some(Journal { phase: Phase::Recorded(intent), .. }) = &journal {
            let line = intent.record().map_err(|error| error.to_string())?;
            told.extend(line.and_then(|record| record.hypothesis));
        }
        self.durable.extend(told.iter().filter(|told| told.starts_with("Call")).cloned());
        let lost = self
            .durable
            .iter()
            .find(|answer| !told.contains(*answer) && !self.forgiven.contains(*answer));
        if let Some(lost) = lost {
            return Err(format!("a paid answer was lost: {lost}"));
        }
        if self.model.charged.get() > BUDGET {
            return Err(format!("{} tokens were charged of {BUDGET}", self.model.charged.get()));
        }
        self.seen = records.to_vec();
        Ok(())
    }

    /// What must hold when nothing is under way.
    fn settled(&self) -> Result<(), String> {
        let stored = self.disk.stored.borrow();
        let journal = stored.journal.as_deref().map(Journal::parse).transpose();
        let journal = journal.map_err(|error| error.to_string())?;
        // Where the budget has no room for a further iteration, what asking cost waits in the journal.
        let (is_left, asked) = match journal.map(|journal| journal.phase) {
            None => (false, 0),
            Some(Phase::Asked(asked)) => {
                (self.model.calls.get() * MOST + MOST < BUDGET, asked.owed().tokens())
            }
            Some(_) => (true, 0),
        };
        if is_left {
            return Err("a journal is left".into());
        }
        let head = stored.files();
        for (place, files) in [("index", &stored.index), ("work tree", &stored.work)] {
            if let Some((path, _)) =
                head.iter().find(|(path, bytes)| files.get(path) != Some(bytes))
            {
                return Err(format!("{path} in the {place} isn't that of HEAD"));
            }
        }
        let state = State::read(&head).map_err(|error| error.to_string())?;
        let status = state.status().ok_or("there is no status")?;
        // Each call was booked at what it cost, or at the most that it could have cost.
        let booked = status.spend.tokens_in + status.spend.tokens_out + asked;
        let (charged, calls) = (self.model.charged.get(), self.model.calls.get());
        if self.forgiven.is_empty() && booked < charged {
            return Err(format!("{charged} tokens were charged and {booked} booked"));
        }
        if booked > calls * MOST || booked > BUDGET {
            return Err(format!("{booked} tokens were booked for {calls} calls"));
        }
        let text = state.strategy().ok_or("there is no strategy")?;
        let candidate =
            sprag::check::read("state/strategy.toml", text).map_err(|flaw| flaw.to_string())?;
        if candidate.hash().to_string() != status.incumbent.hash {
            return Err("the strategy isn't the incumbent".into());
        }
        let moved = state.history().records().iter().rev().find(|record| record.moves_incumbent());
        if moved.and_then(|record| record.candidate.as_ref()) != Some(&status.incumbent.hash) {
            return Err("the incumbent isn't what the records moved to last".into());
        }
        Ok(())
    }

    /// All records are what a run without faults makes of the same proposals.
    fn replayed(&self) -> Result<(), String> {
        let state =
            State::read(&self.disk.stored.borrow().files()).map_err(|error| error.to_string())?;
        let arenas =
            self.stage.programs.iter().map(|program| Arena::new(program, &self.stage.market));
        let arenas: Vec<Arena<'_>> =
            arenas.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        for script in verify::scripts(state.history().records()) {
            let Some(record) = script.record(&state) else { continue };
            let Some(arena) = arenas.iter().find(|arena| arena.epoch() == record.epoch) else {
                return Err(format!("iteration {} has an epoch of its own", record.iteration));
            };
            match verify::replay(arena, &state, &script) {
                Ok(None) | Err(verify::Unverifiable::NotEvaluated) => {}
                Ok(Some(mismatch)) => {
                    return Err(format!("iteration {}: {mismatch:?}", record.iteration));
                }
                Err(error) => return Err(format!("iteration {}: {error}", record.iteration)),
            }
        }
        Ok(())
    }

    fn tally(&self, trace: Vec<String>) -> Tally {
        let of =
            |verdict| self.seen.iter().filter(|record| record.verdict == verdict).count() as u64;
        let is_fault = |line: &&String| {
            line.contains("Before") || line.contains("After") || line.contains("killed")
        };
        Tally {
            runs: self.runs,
            faults: trace.iter().filter(is_fault).count() as u64,
            records: self.seen.len() as u64,
            abandoned: of(Verdict::Abandoned),
            external: of(Verdict::External),
            baselines: of(Verdict::Baseline),
            calls: self.model.calls.get(),
            trace,
        }
    }
}
