//! Git's objects with their real ids, in memory.

use std::collections::{BTreeMap, BTreeSet};

use sha1::{Digest, Sha1};

pub type Id = String;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub mode: String,
    pub name: String,
    pub id: Id,
}

impl Entry {
    pub fn is_tree(&self) -> bool {
        self.mode == "40000"
    }

    pub fn kind(&self) -> &'static str {
        match self.mode.as_str() {
            "40000" => "tree",
            "160000" => "commit",
            _ => "blob",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub time_s: i64,
}

impl Person {
    fn line(&self) -> String {
        format!("{} <{}> {} +0000", self.name, self.email, self.time_s)
    }

    fn parse(line: &str) -> Self {
        let (name, rest) = line.split_once(" <").unwrap();
        let (email, rest) = rest.split_once("> ").unwrap();
        let time_s = rest.split(' ').next().unwrap().parse().unwrap();
        Self { name: name.into(), email: email.into(), time_s }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub tree: Id,
    pub parents: Vec<Id>,
    pub author: Person,
    pub committer: Person,
    pub message: String,
}

/// A file's change: its mode and blob, or none to delete it.
pub type Changes = BTreeMap<String, Option<(String, Id)>>;

/// Objects by id: kind and content.
#[derive(Debug, Clone, Default)]
pub struct Objects(BTreeMap<Id, (&'static str, Vec<u8>)>);

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

impl Objects {
    pub fn all(&self) -> impl Iterator<Item = (&Id, &'static str, &[u8])> {
        self.0.iter().map(|(id, (kind, bytes))| (id, *kind, bytes.as_slice()))
    }

    pub fn add(&mut self, kind: &'static str, bytes: Vec<u8>) -> Id {
        let mut hash = Sha1::new();
        hash.update(format!("{kind} {}\0", bytes.len()));
        hash.update(&bytes);
        let id = hex(&hash.finalize());
        self.0.insert(id.clone(), (kind, bytes));
        id
    }

    fn get(&self, kind: &str, id: &str) -> Option<&[u8]> {
        let (found, bytes) = self.0.get(id)?;
        (*found == kind).then_some(bytes.as_slice())
    }

    pub fn kind(&self, id: &str) -> Option<&'static str> {
        self.0.get(id).map(|(kind, _)| *kind)
    }

    pub fn blob(&self, id: &str) -> Option<&[u8]> {
        self.get("blob", id)
    }

    pub fn tree(&self, id: &str) -> Option<Vec<Entry>> {
        let mut bytes = self.get("tree", id)?;
        let mut entries = Vec::new();
        while !bytes.is_empty() {
            let space = bytes.iter().position(|byte| *byte == b' ').unwrap();
            let nul = bytes.iter().position(|byte| *byte == 0).unwrap();
            let text = |range: &[u8]| String::from_utf8(range.to_vec()).unwrap();
            entries.push(Entry {
                mode: text(&bytes[..space]),
                name: text(&bytes[space + 1..nul]),
                id: hex(&bytes[nul + 1..nul + 21]),
            });
            bytes = &bytes[nul + 21..];
        }
        Some(entries)
    }

    pub fn add_tree(&mut self, mut entries: Vec<Entry>) -> Id {
        // Git sorts a folder as if its name ended in a slash.
        entries.sort_by_key(|entry| {
            if entry.is_tree() { format!("{}/", entry.name) } else { entry.name.clone() }
        });
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend(format!("{} {}\0", entry.mode, entry.name).into_bytes());
            bytes.extend(unhex(&entry.id));
        }
        self.add("tree", bytes)
    }

    pub fn commit(&self, id: &str) -> Option<Commit> {
        let text = String::from_utf8(self.get("commit", id)?.to_vec()).unwrap();
        let (head, message) = text.split_once("\n\n").unwrap();
        let all = |key: &str| -> Vec<&str> {
            head.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(' ')).collect()
        };
        Some(Commit {
            tree: all("tree")[0].into(),
            parents: all("parent").into_iter().map(str::to_owned).collect(),
            author: Person::parse(all("author")[0]),
            committer: Person::parse(all("committer")[0]),
            message: message.into(),
        })
    }

    pub fn add_commit(&mut self, commit: &Commit) -> Id {
        let parents: String =
            commit.parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let (author, committer) = (commit.author.line(), commit.committer.line());
        let (tree, message) = (&commit.tree, &commit.message);
        let text =
            format!("tree {tree}\n{parents}author {author}\ncommitter {committer}\n\n{message}");
        self.add("commit", text.into_bytes())
    }

    /// A tree with these files changed.
    pub fn change(&mut self, base: Option<&str>, changes: &Changes) -> Id {
        let mut entries: BTreeMap<String, Entry> = base
            .and_then(|base| self.tree(base))
            .unwrap_or_default()
            .into_iter()
            .map(|entry| (entry.name.clone(), entry))
            .collect();
        let mut below: BTreeMap<String, Changes> = BTreeMap::new();
        for (path, change) in changes {
            match (path.split_once('/'), change) {
                (Some((folder, rest)), change) => {
                    below.entry(folder.into()).or_default().insert(rest.into(), change.clone());
                }
                (None, Some((mode, id))) => {
                    let entry = Entry { mode: mode.clone(), name: path.clone(), id: id.clone() };
                    entries.insert(path.clone(), entry);
                }
                (None, None) => {
                    entries.remove(path);
                }
            }
        }
        for (folder, changes) in below {
            let base = entries.get(&folder).filter(|entry| entry.is_tree());
            let base = base.map(|entry| entry.id.clone());
            let id = self.change(base.as_deref(), &changes);
            if self.tree(&id).is_some_and(|entries| entries.is_empty()) {
                entries.remove(&folder);
            } else {
                entries.insert(folder.clone(), Entry { mode: "40000".into(), name: folder, id });
            }
        }
        self.add_tree(entries.into_values().collect())
    }

    /// Files of a tree by path: mode and blob. Of folders too, where asked.
    pub fn files(&self, tree: &str, with_folders: bool) -> BTreeMap<String, Entry> {
        let mut files = BTreeMap::new();
        for entry in self.tree(tree).unwrap_or_default() {
            if entry.is_tree() {
                for (path, inner) in self.files(&entry.id, with_folders) {
                    files.insert(format!("{}/{path}", entry.name), inner);
                }
            }
            if !entry.is_tree() || with_folders {
                files.insert(entry.name.clone(), entry);
            }
        }
        files
    }

    /// What a path in a tree is.
    pub fn at(&self, tree: &str, path: &str) -> Option<Entry> {
        let (name, rest) = match path.split_once('/') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let entry = self.tree(tree)?.into_iter().find(|entry| entry.name == name)?;
        match rest {
            Some(rest) => self.at(&entry.id, rest),
            None => Some(entry),
        }
    }

    /// This commit and all before it, newest first.
    pub fn lineage(&self, head: &str) -> Vec<Id> {
        let (mut seen, mut order, mut next) = (BTreeSet::new(), Vec::new(), vec![head.to_owned()]);
        while let Some(id) = next.pop() {
            if seen.insert(id.clone()) {
                next.extend(self.commit(&id).into_iter().flat_map(|commit| commit.parents));
                order.push(id);
            }
        }
        order
    }

    /// The newest commit that both have.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<Id> {
        let ours: BTreeSet<Id> = self.lineage(one).into_iter().collect();
        self.lineage(other).into_iter().find(|id| ours.contains(id))
    }

    /// Paths whose blobs differ between two trees: before and after.
    pub fn diff(&self, from: &str, to: &str) -> BTreeMap<String, (Option<Entry>, Option<Entry>)> {
        let (from, to) = (self.files(from, false), self.files(to, false));
        let paths: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
        paths
            .into_iter()
            .map(|path| (path.clone(), (from.get(path).cloned(), to.get(path).cloned())))
            .filter(|(_, (before, after))| before != after)
            .collect()
    }
}
