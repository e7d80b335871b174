//! A scratch copy of a research repository: program, data and strategy in a repository of its own, so
//! that trying the loop leaves the checkout as it was.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Failure;
use super::context::{Context, PROGRAM_FILE};
use crate::adapters::git::GitRepository;
use crate::check::STRATEGY_FILE;

/// Makes a scratch copy in `folder`, which must not hold anything, or in a new temporary one.
pub(super) fn make(context: &Context, folder: Option<&Path>) -> Result<PathBuf, Failure> {
    let program = context.program()?;
    let folder = match folder {
        Some(folder) => {
            let in_use = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
            if in_use {
                return Err(Failure::usage(format!(
                    "--scratch: {} is not empty; name a folder that doesn't exist yet",
                    folder.display()
                )));
            }
            fs::create_dir_all(folder).map(|()| folder.to_path_buf())
        }
        None => {
            tempfile::Builder::new().prefix("sprag-scratch-").tempdir().map(tempfile::TempDir::keep)
        }
    };
    let folder = folder.context("can't make the scratch folder").map_err(Failure::unexpected)?;
    // What can't be loaded shouldn't be copied: the message is the same as without --scratch.
    context.load_market(context.root(), &program)?;
    copy(context.root(), &folder, &program.settings.market.data)
        .with_context(|| format!("can't copy to {}", folder.display()))
        .map_err(Failure::unexpected)?;
    GitRepository::create(&folder, "a scratch copy to try the loop in")?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path, data: &str) -> std::io::Result<()> {
    for file in [PROGRAM_FILE, STRATEGY_FILE] {
        if from.join(file).exists() {
            if let Some(parent) = to.join(file).parent() {
                fs::create_dir_all(parent)?;
            }
            fs::copy(from.join(file), to.join(file))?;
        }
    }
    fs::create_dir_all(to.join(data))?;
    for entry in fs::read_dir(from.join(data))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(data).join(entry.file_name()))?;
        }
    }
    Ok(())
}
