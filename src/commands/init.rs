//! `sprag init`: program.md, state/ and a workflow in an existing repository.

mod github;

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::context::{Context, PROGRAM_FILE};
use super::{Failure, Output};
use crate::adapters::data_files;
use crate::adapters::git::GitRepository;
use crate::check::STRATEGY_FILE;
use crate::cli::InitArgs;
use crate::program::Program;

/// What a new research repository starts with.
const FILES: [(&str, &str); 3] = [
    (PROGRAM_FILE, include_str!("init/program.md")),
    (STRATEGY_FILE, include_str!("init/strategy.toml")),
    ("state/.gitignore", include_str!("../../state/.gitignore")),
];

pub(super) fn run(context: &Context, args: &InitArgs) -> Result<Output, Failure> {
    let root = context.root();
    GitRepository::open(root)?;
    let mut files: Vec<(&str, String)> = FILES
        .iter()
        .map(|(file, content)| (*file, content.replace("{mode}", &args.mode)))
        .collect();
    if args.github {
        files.push((github::WORKFLOW, github::workflow(args.action.as_deref(), &args.mode)?));
    }
    let mut text = String::new();
    for (file, content) in files {
        let line = match place(&root.join(file), &content)? {
            true => format!("wrote   {file}\n"),
            false => format!("kept    {file} (it is there already)\n"),
        };
        text.push_str(&line);
    }
    text.push_str(&next_steps(root, args)?);
    Ok(text.into())
}

/// Writes a file unless it is there. What a person wrote is never overwritten.
fn place(path: &Path, content: &str) -> Result<bool, Failure> {
    if path.exists() {
        return Ok(false);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)
            .with_context(|| format!("can't make {}", parent.display()))
            .map_err(Failure::unexpected)?;
    }
    fs::write(path, content)
        .with_context(|| format!("can't write {}", path.display()))
        .map_err(Failure::unexpected)?;
    Ok(true)
}

fn next_steps(root: &Path, args: &InitArgs) -> Result<String, Failure> {
    let program = match fs::read(root.join(PROGRAM_FILE)) {
        Ok(bytes) => Program::from_bytes(&bytes, PROGRAM_FILE)?,
        Err(error) => return Err(Failure::usage(format!("{PROGRAM_FILE}: {error}"))),
    };
    let data = &program.settings.market.data;
    let mut steps = Vec::new();
    if data_files::load_market(root, &program.settings.market, None).is_err() {
        steps.push(format!(
            "put one CSV per symbol into {data}/ (columns time, open, high, low, close, volume) and run `sprag data check`"
        ));
    }
    steps.push("say in program.md what you look for".into());
    let workflows = if args.github { " .github" } else { "" };
    steps.push(format!(
        "commit: git add program.md state {data}{workflows} && git commit -m \"Start research\""
    ));
    match args.github {
        true => steps.extend(github::steps(&args.mode)),
        false => steps.push("run `sprag iterate -n 25`".into()),
    }
    let steps: Vec<String> =
        steps.iter().enumerate().map(|(i, step)| format!("  {}. {step}\n", i + 1)).collect();
    Ok(format!("\nnext:\n{}", steps.concat()))
}
