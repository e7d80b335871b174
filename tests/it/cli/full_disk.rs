//! A file system without room: the run fails, says so, and the next one with room goes on from there.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Repo;

/// A small file system in memory, unmounted at the end.
struct Mount(PathBuf);

impl Mount {
    fn small(at: &Path) -> Result<Self, String> {
        fs::create_dir_all(at).unwrap();
        let size = "size=3m,nr_inodes=4000";
        let output =
            Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(at).output();
        match output {
            Ok(output) if output.status.success() => Ok(Self(at.to_path_buf())),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily, so that nothing which still looks at it can keep it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Takes all room but `leave` bytes.
fn fill(at: &Path, leave: usize) {
    let block = vec![0_u8; 4096];
    let mut file = fs::File::create(at).unwrap();
    while std::io::Write::write_all(&mut file, &block).is_ok() {}
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(leave as u64)).unwrap();
}

#[test]
fn a_full_disk_costs_no_iteration() {
    let mut repo = Repo::bare();
    let mount = match Mount::small(&repo.path("../small")) {
        Ok(mount) => mount,
        // Only root may mount: elsewhere the same is said by the tests of /dev/full and of kills.
        Err(reason) => return println!("skipped, no small file system to be had: {reason}"),
    };
    repo.root = mount.0.join("research");
    fs::create_dir(&repo.root).unwrap();
    repo.git(&["init", "--quiet", "--initial-branch=main"]);
    repo.git(&["config", "user.name", "A Person"]);
    repo.git(&["config", "user.email", "person@example.org"]);
    repo.fill("");
    repo.commit_all("start");
    repo.sprag(&["iterate", "-n", "1"]).ok();

    let filler = mount.0.join("filler");
    let mut failures = 0;
    // From no room at all up to enough for an iteration, in steps of a file system's block.
    for blocks in (0..40).step_by(3) {
        fill(&filler, blocks * 4096);
        let before = repo.sprag(&["log", "--json"]).json().as_array().unwrap().len();
        let run = repo.sprag(&["iterate", "-n", "1"]);
        fs::remove_file(&filler).unwrap();
        if run.code != 0 {
            failures += 1;
            assert_eq!(run.code, 1, "{blocks} blocks: {run:#?}");
            assert!(run.stderr.contains("error: "), "{run:#?}");
        }
        // With room, whatever was begun is finished, and nothing but that.
        repo.sprag(&["iterate", "-n", "0"]).ok();
        let after = repo.records().len();
        assert!(after == before || after == before + 1, "{blocks} blocks: {before} to {after}");
        repo.assert_settled();
    }
    assert!(failures > 3, "the disk was never full");
}
