//! The GitHub of the tests for programs beside it: `.ci/act.py` runs the workflow against it.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use super::fake::GitHub;

/// Serves the repository in `SPRAG_SERVE_FOLDER` under the name in `SPRAG_SERVE_NAME`, writes its address to
/// `SPRAG_SERVE_ADDRESS`, and ends when that file is gone: with a failure if a request wasn't as GitHub describes it.
#[test]
#[ignore = "it serves .ci/act.py, which says what"]
fn serve() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let github = GitHub::new(&variable("SPRAG_SERVE_NAME"));
    let folder = PathBuf::from(variable("SPRAG_SERVE_FOLDER"));
    github.repository(|repository| repository.push_from(&folder, "main"));
    let address = PathBuf::from(variable("SPRAG_SERVE_ADDRESS"));
    let draft = address.with_extension("draft");
    fs::write(&draft, github.url()).unwrap();
    fs::rename(&draft, &address).unwrap();
    while address.exists() {
        sleep(Duration::from_millis(50));
    }
}
