//! What people do between two runs, and meanwhile.

use sprag::state::{Blob, Journal, Phase, State, StatePath};

use crate::fate::locked;
use crate::site::MAIN;
use crate::stage::RULES;
use crate::world::Campaign;

/// Something that the loop refuses.
pub enum Mess {
    /// HEAD's file was this.
    Committed(StatePath, Option<Vec<u8>>),
    /// The work tree's file isn't HEAD's.
    Edited(StatePath),
    /// The journal is half of what it was.
    Torn,
    /// The base branch's strategy was this.
    Base(Option<String>),
}

impl Mess {
    /// Whether what is there can't be looked at.
    pub fn is_unreadable(&self) -> bool {
        match self {
            Self::Committed(path, _) => *path != StatePath::Strategy,
            Self::Edited(_) | Self::Base(_) => false,
            Self::Torn => true,
        }
    }
}

pub fn strategy(n: u64) -> Vec<u8> {
    RULES.replace("value = 8", &format!("value = {}", 3 + n)).into_bytes()
}

impl Campaign<'_> {
    /// What people do between two runs.
    pub fn people(&mut self) {
        self.clean_up();
        *locked(&self.meanwhile) = None;
        if self.yard.is_some() {
            return self.reviewers();
        }
        let fate = self.fate;
        let Some(kind) = fate.trouble(if fate.has_faults() { 300 } else { 0 }) else { return };
        let n = kind / 12 % 38;
        match kind % 12 {
            0 => {
                fate.note("a person commits a strategy");
                self.commit(StatePath::Strategy, Some(&strategy(n)));
            }
            1 => {
                fate.note("a person will commit a strategy meanwhile");
                *locked(&self.meanwhile) = Some(strategy(n));
            }
            2 => {
                fate.note("a person changes the program");
                self.program = 1 - self.program;
            }
            3 => self.breaks(StatePath::Strategy, Some(b"[long]\nenter = \"close >\"\n")),
            4 => self.edits(StatePath::Strategy, Some(&strategy(n))),
            5 => self.edits(StatePath::History, Some(b"[]")),
            6 => self.edits(StatePath::Status, None),
            7 => self.breaks(StatePath::Status, Some(b"{}")),
            8 => self.moves_back(false),
            9 => self.moves_back(true),
            10 => self.takes_a_record_away(),
            _ => self.journal_tears(),
        }
    }

    fn commit(&self, path: StatePath, text: Option<&[u8]>) {
        locked(&self.store).person_commits(path, text);
    }

    /// A person commits a file that is none.
    pub fn breaks(&mut self, path: StatePath, text: Option<&[u8]>) {
        let Some(before) = self.head(path) else { return };
        self.fate.note(format!("a person breaks {path}"));
        self.mess = Some(Mess::Committed(path, Some(before)));
        self.commit(path, text);
    }

    /// A person commits history.json without its last record.
    pub fn takes_a_record_away(&mut self) {
        let Some(history) = self.head(StatePath::History) else { return };
        let text = String::from_utf8_lossy(&history).into_owned();
        if let Some((kept, _)) = text.rsplit_once(",\n") {
            self.breaks(StatePath::History, Some(format!("{kept}\n]\n").as_bytes()));
        }
    }

    /// A person edits a file and doesn't commit it.
    fn edits(&mut self, path: StatePath, text: Option<&[u8]>) {
        let mut store = locked(&self.store);
        let before = store.work.get(&path).cloned();
        if store.is_remote || before.as_deref() == text {
            return;
        }
        let blob = text.map(Blob::from);
        let edited = blob.as_ref().map(Blob::hash);
        // As it was before a commit whose check-out is half-done, it can't be told from a file that this hasn't come
        // to. The commit before has the text, so nothing is lost when the check-out is finished.
        let is_explained = match store.journal.as_deref().map(Journal::parse) {
            Some(Ok(Journal { phase: Phase::Recorded(intent), .. })) => {
                intent.files.iter().any(|file| file.path == path && file.before.as_ref() == edited)
            }
            _ => false,
        };
        self.fate.note(match is_explained {
            true => format!("a person puts {path} back as it was"),
            false => format!("a person edits {path}"),
        });
        match blob {
            Some(blob) => store.work.insert(path, blob),
            None => store.work.remove(&path),
        };
        self.mess = (!is_explained).then_some(Mess::Edited(path));
    }

    /// A person moves the branch back by a commit, or writes the last one anew.
    fn moves_back(&mut self, amends: bool) {
        let mut store = locked(&self.store);
        // While something is half-done, the person can't know what the journal will bring back.
        if store.journal.is_some() {
            return;
        }
        self.fate.note(if amends {
            "a person amends a commit"
        } else {
            "a person moves the branch back"
        });
        let before = store.clone();
        store.person_resets(amends);
        // Nobody goes back to what was mended since.
        let is_whole = |state: &State| {
            state.strategy().is_some_and(|text| sprag::check::read("strategy.toml", text).is_ok())
        };
        let Some(state) = State::read(&store.files()).ok().filter(is_whole) else {
            *store = before;
            return;
        };
        self.checks.forgive_to(&store, Some(state));
    }

    /// Power is lost while the journal is written.
    fn journal_tears(&mut self) {
        if locked(&self.store).tear_journal() {
            self.fate.note("the journal is torn");
            self.mess = Some(Mess::Torn);
        }
    }

    /// The person takes back what the loop refused.
    pub fn clean_up(&mut self) {
        match self.mess.take() {
            Some(Mess::Committed(path, before)) => {
                self.fate.note(format!("the person mends {path}"));
                // Somebody else's commit, or the loop's, isn't taken back with it.
                self.commit(path, before.as_deref());
                locked(&self.store).is_seen_by_all();
            }
            Some(Mess::Edited(path)) => {
                self.fate.note(format!("the person takes {path} back"));
                let mut store = locked(&self.store);
                match store.files().remove(&path) {
                    Some(blob) => store.work.insert(path, blob),
                    None => store.work.remove(&path),
                };
            }
            Some(Mess::Torn) => {
                self.fate
                    .note("the person moves the journal away, and goes back to the last commit");
                let mut store = locked(&self.store);
                store.journal = None;
                store.index = store.files();
                store.work = store.files();
                self.checks.forgive(&store);
            }
            Some(Mess::Base(before)) => {
                self.fate.note("the person mends the base branch");
                if let Some(yard) = &self.yard {
                    let mut yard = locked(yard);
                    yard.site.person_commits(MAIN, before.as_deref());
                    yard.calm_down();
                }
            }
            None => {}
        }
    }
}
