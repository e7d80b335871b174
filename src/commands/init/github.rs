//! `sprag init --github`: the workflow that does the research, and what is to be switched on for it.

use super::Failure;

/// Where the workflow goes.
pub(super) const WORKFLOW: &str = ".github/workflows/sprag.yml";

const TEMPLATE: &str = include_str!("github/sprag.yml");
/// What stands in the template for the action.
const ACTION: &str = "OWNER/sprag@COMMIT";

/// The permission that only pull requests take.
const PULLS: &str = "      pull-requests: write # to open and answer pull requests\n";
/// The mode in which candidates wait for review.
const REVIEWED: &str = "pull-request";

/// The workflow, with the action that it uses (`OWNER/REPOSITORY@REF`) and the permissions that the mode takes.
pub(super) fn workflow(action: Option<&str>, mode: &str) -> Result<String, Failure> {
    let action = action.or(option_env!("SPRAG_ACTION")).ok_or_else(|| {
        Failure::usage(
            "--github needs to know where sprag's action is: --action OWNER/REPOSITORY@COMMIT names a repository \
             on GitHub with sprag's sources, such as a fork of them, and the full hash of a commit",
        )
    })?;
    if !is_action(action) {
        return Err(Failure::usage(format!(
            "--action {action:?} is not an action: expected OWNER/REPOSITORY@COMMIT"
        )));
    }
    let template = match mode {
        REVIEWED => TEMPLATE.to_owned(),
        _ => TEMPLATE.replace(PULLS, ""),
    };
    Ok(template.replace(ACTION, action))
}

/// Whether a text is a repository and a ref, and nothing that means more in YAML.
fn is_action(text: &str) -> bool {
    let word = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !text.is_empty() && text.chars().all(plain)
    };
    let parts =
        text.split_once('@').and_then(|(path, commit)| Some((path.split_once('/')?, commit)));
    parts.is_some_and(|((owner, name), commit)| word(owner) && word(name) && word(commit))
}

/// What is to be done on GitHub, a step each.
pub(super) fn steps(mode: &str) -> Vec<String> {
    let mut steps = vec![
        "on GitHub, Settings > Actions > General: let this repository use `actions/*` and the action that the workflow \
         names. The job asks for its permissions itself; an organisation may forbid `contents: write`"
            .into(),
        "for a model, Settings > Secrets and variables > Actions: OPENAI_API_KEY, ANTHROPIC_API_KEY or \
         OPENROUTER_API_KEY. Without one the search proposes"
            .into(),
    ];
    let push =
        "push, and press Actions > Research > Run workflow. From then on it runs twice a day";
    if mode == REVIEWED {
        steps.push(
            "in the same place, under Workflow permissions: \"Allow GitHub Actions to create and approve pull requests\""
                .into(),
        );
        steps.push(format!("{push}, and what it accepts waits for you as pull requests"));
    } else {
        steps.push(format!(
            "{push}; if the default branch is protected, let the workflow push to it"
        ));
    }
    steps
}
