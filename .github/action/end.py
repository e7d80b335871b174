"""How a run ends, as a job: a transient failure is a green run with a warning.

After a number of runs in a row without progress the job fails once and opens an issue that says what is wrong. The issue
is the memory: while it is open, further such runs stay green and only bring its text up to date; a run that records
something closes it. Runs are counted from GitHub's list of them, so that nothing is left to a run that fails to write
down.

Needs `issues: write` and `actions: read`; without them it says so and counts nothing.
"""

import json
import os
import pathlib
import sys
import urllib.error
import urllib.request

TRANSIENT = 75
MARKER = "<!-- sprag: no progress -->"
TITLE = "sprag makes no progress"
WRITERS = {"OWNER", "MEMBER", "COLLABORATOR"}


class NoAnswer(Exception):
    """GitHub didn't do what it was asked."""


def env(name):
    return os.environ.get(name, "")


def annotate(level, text):
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{level} title=sprag::{text}")


def ask(method, path, body=None):
    """One request to GitHub's API below the repository."""
    request = urllib.request.Request(
        f"{env('GITHUB_API_URL')}/repos/{env('GITHUB_REPOSITORY')}{path}",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {env('SPRAG_TOKEN')}",
            "Content-Type": "application/json",
            "User-Agent": "sprag",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise NoAnswer(f"{method} {path}: HTTP {error.code}") from error
    except (OSError, ValueError) as error:
        raise NoAnswer(f"{method} {path}: {error}") from error


def last_progress():
    """When the last iteration was recorded; the beginning of time before there is one."""
    try:
        status = json.loads(pathlib.Path("state/status.json").read_text(encoding="utf-8"))
        return str(status["updated"])[:19]
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def runs_without_progress(most):
    """This run, and those of the same workflow and branch before it that began after the last progress."""
    workflow = env("GITHUB_WORKFLOW_REF").split("@")[0].rsplit("/", 1)[-1]
    branch = env("GITHUB_REF_NAME")
    path = f"/actions/workflows/{workflow}/runs?status=completed&branch={branch}&per_page={min(most, 100)}"
    since = last_progress()
    own = env("GITHUB_RUN_ID")
    count = 1
    for run in ask("GET", path)["workflow_runs"]:
        if str(run["id"]) == own or run.get("conclusion") in ("cancelled", "skipped"):
            continue
        if str(run["run_started_at"])[:19] <= since:
            break
        count += 1
    return count


def open_issue():
    """The issue that a run opened before; a stranger's words don't count."""
    for issue in ask("GET", "/issues?state=open&per_page=100&sort=created&direction=desc"):
        trusted = issue["user"]["type"] == "Bot" or issue.get("author_association") in WRITERS
        if "pull_request" not in issue and trusted and MARKER in (issue.get("body") or ""):
            return issue["number"]
    return None


def body(count, reason):
    url = f"{env('GITHUB_SERVER_URL')}/{env('GITHUB_REPOSITORY')}/actions/runs/{env('GITHUB_RUN_ID')}"
    # Indented code, in which nothing of what others wrote does anything.
    quoted = "\n".join("    " + line for line in reason[:5_000].splitlines())
    return (
        f"{MARKER}\n{count} runs in a row recorded nothing, the last of them because of:\n\n{quoted}\n\n"
        f"The last one is {url}. Each next run tries again and continues where this one stopped; it closes this issue "
        "when it records something.\n\nA failure that goes away by itself needs nothing. One that stays is mostly a key "
        "that has run out, a service that moved, or a limit: see `[llm]`, `[agent]` and `[budget]` in program.md. To stop "
        "the runs, disable the workflow in the Actions tab.\n"
    )


def alarm(reason, after):
    """Exit status of a run that failed transiently; an issue is due after so many of them."""
    annotate("warning", f"A transient failure: the next run continues. {reason}")
    if after < 1:
        return 0
    try:
        count = runs_without_progress(after)
        issue = open_issue()
        if issue is not None:
            ask("PATCH", f"/issues/{issue}", {"body": body(count, reason)})
            return 0
        if count < after:
            return 0
        issue = ask("POST", "/issues", {"title": TITLE, "body": body(count, reason)})["number"]
    except NoAnswer as error:
        annotate("notice", f"Whether runs make progress can't be told: {error}")
        return 0
    annotate("error", f"No progress in {count} runs: see issue {issue}.")
    return 1


def all_is_well():
    """Closes the issue, if there is one."""
    try:
        issue = open_issue()
        if issue is not None:
            ask("POST", f"/issues/{issue}/comments", {"body": "A run has recorded something again."})
            ask("PATCH", f"/issues/{issue}", {"state": "closed", "state_reason": "completed"})
    except NoAnswer as error:
        annotate("notice", f"Whether an issue is open can't be told: {error}")


def main():
    code, push = int(env("SPRAG_CODE") or 1), int(env("SPRAG_PUSH_CODE") or 1)
    after = int(env("SPRAG_ALARM_AFTER") or 0)
    for failed in (code, push):
        if failed not in (0, TRANSIENT):
            return failed
    if push == TRANSIENT:
        return alarm("What the run recorded could not be pushed.", after)
    recorded = int(env("SPRAG_RECORDED") or 0) if env("SPRAG_DRY_RUN") != "true" else 0
    if recorded > 0 and after > 0:
        all_is_well()
    if code == TRANSIENT:
        # What was recorded before the failure is progress.
        return alarm(env("SPRAG_ERROR") or "It said nothing.", 0 if recorded > 0 else after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
