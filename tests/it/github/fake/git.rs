//! Between a repository on disk and one of this server: `git push` and `git clone` without a network.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Repository;

fn git(folder: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    output.stdout
}

impl Repository {
    /// Takes in all objects of a repository on disk, and its HEAD as this branch.
    pub fn push_from(&mut self, folder: &Path, branch: &str) {
        let args = ["cat-file", "--batch-all-objects", "--batch"];
        let output = git(folder, &args, b"");
        let mut rest = output.as_slice();
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
            let head = std::str::from_utf8(&rest[..end]).unwrap();
            let [id, kind, size] = head.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{head}")
            };
            let size: usize = size.parse().unwrap();
            let kind = ["blob", "tree", "commit"].into_iter().find(|known| *known == kind);
            if let Some(kind) = kind {
                let added = self.objects.add(kind, rest[end + 1..end + 1 + size].to_vec());
                assert_eq!(added, id, "another id than git's");
            }
            rest = &rest[end + 2 + size..];
        }
        let head = String::from_utf8(git(folder, &["rev-parse", "HEAD"], b"")).unwrap();
        self.set_ref(&format!("refs/heads/{branch}"), Some(head.trim().to_owned()));
    }

    /// Puts a branch into a repository on disk, as `actions/checkout` does: objects, branch, work tree.
    pub fn check_out_to(&self, folder: &Path, branch: &str) {
        if !folder.join(".git").exists() {
            fs::create_dir_all(folder).unwrap();
            git(folder, &["init", "--quiet", "--initial-branch", branch], b"");
        }
        let scratch = tempfile::tempdir().unwrap();
        for wanted in ["blob", "tree", "commit"] {
            let mut names = String::new();
            for (id, kind, bytes) in self.objects.all() {
                if kind == wanted {
                    let path = scratch.path().join(id);
                    fs::write(&path, bytes).unwrap();
                    names += &format!("{}\n", path.display());
                }
            }
            let args = ["hash-object", "-w", "--no-filters", "-t", wanted, "--stdin-paths"];
            git(folder, &args, names.as_bytes());
        }
        let head = self.branch(branch).unwrap();
        git(folder, &["checkout", "--quiet", "--force", "-B", branch, head], b"");
    }
}
