"""Runs .github/workflows/iterate.yml for real, with act on this machine, against a small GitHub of its own.

    .ci/act.py ACT SPRAG TESTS

ACT is the program act, SPRAG the binary that the cache of the workflow is to have, TESTS the binary with the tests, which
serves the GitHub of the tests where commits and pull requests go there. Actions of others are replaced by stand-ins below
this folder's `act/`; everything else is what runs on GitHub: the workflow, action.yml and its scripts. Nothing is left
behind, and nothing but 127.0.0.1 is asked.
"""

import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
WORKFLOW = ".github/workflows/iterate.yml"
TOKEN = "token-of-the-job"
# The one that the GitHub of the tests knows.
SERVED_TOKEN = "ghs_the0workflows0token"


class GitHub(http.server.BaseHTTPRequestHandler):
    """Workflow runs and issues of one repository. What it isn't asked properly, it refuses."""

    runs = []
    issues = []
    comments = []
    writes = []

    def log_message(self, *_):
        pass

    def answer(self, status, document):
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"message": "Bad credentials"})
        path, _, query = self.path.partition("?")
        if not path.startswith("/repos/someone/research/"):
            return self.answer(404, {"message": "Not Found"})
        path = path.removeprefix("/repos/someone/research")
        if self.command != "GET":
            GitHub.writes.append(f"{self.command} {path}")
        if self.command == "GET" and path == "/actions/workflows/iterate.yml/runs":
            assert "branch=main" in query and "status=completed" in query, query
            return self.answer(200, {"total_count": len(GitHub.runs), "workflow_runs": GitHub.runs})
        if self.command == "GET" and path == "/issues":
            return self.answer(200, [issue for issue in GitHub.issues if issue["state"] == "open"])
        if self.command == "POST" and path == "/issues":
            issue = {
                "number": len(GitHub.issues) + 1,
                "state": "open",
                "user": {"login": "github-actions[bot]", "type": "Bot"},
                **body,
            }
            GitHub.issues.append(issue)
            return self.answer(201, issue)
        found = re.fullmatch(r"/issues/(\d+)(/comments)?", path)
        if found and int(found[1]) <= len(GitHub.issues):
            if found[2] and self.command == "POST":
                GitHub.comments.append(body["body"])
                return self.answer(201, {"id": len(GitHub.comments)})
            if not found[2] and self.command == "PATCH":
                GitHub.issues[int(found[1]) - 1].update(body)
                return self.answer(200, GitHub.issues[int(found[1]) - 1])
        return self.answer(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = handle_any


def check(condition, what, log=""):
    if not condition:
        sys.exit(f"{what}\n{log}")


class Repository:
    """A copy of this repository with a remote of its own, and act on it."""

    def __init__(self, folder, act, sprag, api, mode="local", token=TOKEN):
        self.root, self.origin, self.home = folder / "repo", folder / "origin.git", folder / "home"
        self.act, self.sprag, self.api, self.folder, self.token = act, sprag, api, folder, token
        self.home.mkdir(parents=True)
        files = self.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
        for name in filter(None, files.split("\0")):
            # The loop needs no tests, and what was deleted isn't there.
            if name.startswith(("tests/", "docs/")) or not (ROOT / name).is_file():
                continue
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, self.root / name)
        # By git, where the GitHub here has no commits.
        program = self.root / "program.md"
        text = program.read_text(encoding="utf-8")
        check('mode = "auto"' in text, "program.md doesn't say where results go")
        text = text.replace('mode = "auto"', f'mode = "{mode}"')
        # A model that nobody reaches, for runs that ask one.
        text += ('\n```toml\n[llm]\nbase_url = "http://127.0.0.1:9/v1"\nkey_env = "OPENAI_API_KEY"\n'
                 'models = ["m"]\nattempts = 1\n```\n')
        program.write_text(text, encoding="utf-8")
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "A Person")
        self.git("config", "user.email", "person@example.org")
        self.commit("Start")
        self.run(["git", "clone", "--quiet", "--bare", str(self.root), str(self.origin)], folder)
        self.git("remote", "add", "origin", str(self.origin))
        self.git("fetch", "--quiet", "origin")

    def run(self, command, folder):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        check(done.returncode == 0, f"{command}: {done.stderr}")
        return done.stdout

    def git(self, *arguments):
        return self.run(["git", *arguments], self.root)

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def pushed(self):
        """Subjects of iterations that arrived, newest first."""
        log = self.run(["git", "-C", str(self.origin), "log", "--format=%s", "main"], self.folder)
        return [line for line in log.splitlines() if line.startswith("iteration ")]

    def workflow(self, event, payload, secrets=(), stale=False):
        """Runs the workflow on a copy of what was pushed, or of what was there before; gives act's exit code and log."""
        if not stale:
            self.git("pull", "--quiet", "--ff-only", "origin", "main")
        (self.folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")
        stand_ins = []
        for name in ("action.yml", WORKFLOW):
            text = (self.root / name).read_text(encoding="utf-8")
            for action, pin in re.findall(r"uses: (actions/[a-z-]+)@([0-9a-f]{40})", text):
                stand_ins += ["--local-repository", f"{action}@{pin}={HERE / 'act' / action.split('/')[1]}"]
        command = [self.act, event, "-C", str(self.root), "-W", WORKFLOW, "-e", str(self.folder / "event.json"),
                   "-P", "ubuntu-24.04=-self-hosted", "--action-offline-mode", "--no-cache-server",
                   *stand_ins, "-s", f"GITHUB_TOKEN={self.token}"]
        for name, value in secrets:
            command += ["-s", f"{name}={value}"]
        settings = {
            "GITHUB_API_URL": self.api,
            "GITHUB_GRAPHQL_URL": f"{self.api}/graphql",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "someone/research",
            "GITHUB_WORKFLOW_REF": f"someone/research/{WORKFLOW}@refs/heads/main",
            "GITHUB_REF_NAME": "main",
            "SPRAG_BINARY": str(self.sprag),
            "SPRAG_CACHE": "off",
        }
        for name, value in settings.items():
            command += ["--env", f"{name}={value}"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, done.stdout + done.stderr


def scheduled(repository):
    code, log = repository.workflow("schedule", {"schedule": "23 5,17 * * *"})
    check(code == 0, "a scheduled run failed", log)
    check(len(repository.pushed()) >= 2, f"a scheduled run pushed {repository.pushed()}", log)
    check(TOKEN not in log, "the token is in the log", log)
    print("schedule: a baseline and an iteration, pushed")


def dispatched(repository):
    before = len(repository.pushed())
    hint = "$(touch pwned) `touch pwned` \"; touch pwned; echo ${{ github.token }} '\n--dry-run"
    # Without the key the search stands in, and takes no hint; it must come through as text all the same.
    inputs = {"iterations": "2", "proposer": "llm", "hint": hint, "dry_run": "false"}
    code, log = repository.workflow("workflow_dispatch", {"inputs": inputs})
    check(code == 0, "a dispatched run failed", log)
    check(len(repository.pushed()) == before + 2, f"asked for two iterations: {repository.pushed()}", log)
    check(not list(repository.folder.rglob("pwned")), "an input became a command", log)
    code, log = repository.workflow("workflow_dispatch", {"inputs": {"iterations": "1", "dry_run": "true"}})
    check(code == 0 and "(dry run)" in log, "a dry run failed", log)
    check(len(repository.pushed()) == before + 2, "a dry run pushed something", log)
    began = time.monotonic()
    code, log = repository.workflow("workflow_dispatch", {"inputs": {"iterations": "0"}})
    took = time.monotonic() - began
    check(code == 0, "a run with nothing to do failed", log)
    check(took < 30, f"a run with nothing to do took {took:.0f} s", log)
    print(f"dispatch: two iterations with a hostile hint, a dry run, nothing to do in {took:.1f} s")


def pushed_meanwhile(repository):
    """Somebody pushes while the run is at work: its commits go on top."""
    other = repository.folder / "other"
    repository.run(["git", "clone", "--quiet", str(repository.origin), str(other)], repository.folder)
    (other / "NOTES.md").write_text("Meanwhile.\n", encoding="utf-8")
    for command in (["add", "--all"],
                    ["-c", "user.name=B", "-c", "user.email=b@example.org", "commit", "-qm", "Meanwhile"],
                    ["push", "-q"]):
        repository.run(["git", *command], other)
    before = len(repository.pushed())
    code, log = repository.workflow("schedule", {"schedule": "x"}, stale=True)
    check(code == 0, "a run that was overtaken failed", log)
    check(len(repository.pushed()) == before + 1, "an iteration was lost", log)
    repository.git("pull", "--quiet", "--ff-only", "origin", "main")
    check((repository.root / "NOTES.md").is_file(), "what was pushed meanwhile is gone", log)
    print("somebody pushed meanwhile: the iteration is on top")


def transient(repository):
    repository.git("pull", "--quiet", "--ff-only", "origin", "main")
    program = repository.root / "program.md"
    plain = program.read_text(encoding="utf-8")
    program.write_text(plain.replace('kind = "search"', 'kind = "llm"', 1), encoding="utf-8")
    repository.commit("Ask a model")
    repository.git("push", "--quiet", "origin", "HEAD:main")
    key = [("OPENAI_API_KEY", "a-key")]
    before = len(repository.pushed())

    code, log = repository.workflow("schedule", {"schedule": "x"}, key)
    check(code == 0 and "transient failure" in log, "a transient failure is a green run with a warning", log)
    check(GitHub.writes == [], f"nothing to tell yet: {GitHub.writes}", log)

    late = {"conclusion": "success", "run_started_at": "2999-01-01T00:00:00Z"}
    early = {"conclusion": "success", "run_started_at": "2001-01-01T00:00:00Z"}
    GitHub.runs = [{"id": 100 + at, **late} for at in range(4)] + [{"id": 9, **early}] * 5
    code, log = repository.workflow("schedule", {"schedule": "x"}, key)
    check(code == 0 and GitHub.writes == [], f"five in a row are too few: {GitHub.writes}", log)
    GitHub.runs.insert(0, {"id": 99, **late})
    code, log = repository.workflow("schedule", {"schedule": "x"}, key)
    check(code != 0, "the sixth run in a row fails", log)
    check(GitHub.writes == ["POST /issues"], f"it opens an issue: {GitHub.writes}", log)
    check("can't be reached" in GitHub.issues[0]["body"], f"it says why: {GitHub.issues}", log)
    code, log = repository.workflow("schedule", {"schedule": "x"}, key)
    check(code == 0, "only one run fails", log)
    check(GitHub.writes[1:] == ["PATCH /issues/1"], f"and there is one issue: {GitHub.writes}", log)
    check(len(repository.pushed()) == before, "nothing was recorded", log)

    # Without the key, as in a fork, the search proposes; and what is recorded closes the issue.
    code, log = repository.workflow("schedule", {"schedule": "x"})
    check(code == 0 and "the search proposes instead" in log, "without secrets the search proposes", log)
    check(len(repository.pushed()) > before, "an iteration was pushed", log)
    check(GitHub.issues[0]["state"] == "closed" and len(GitHub.comments) == 1, f"{GitHub.issues}", log)

    repository.git("pull", "--quiet", "--ff-only", "origin", "main")
    program.write_text(plain + "\n```toml\n[nonsense]\nx = 1\n```\n", encoding="utf-8")
    repository.commit("Break the program")
    code, log = repository.workflow("schedule", {"schedule": "x"}, stale=True)
    check(code != 0, "a mistake in program.md is a red run", log)
    print("transient failures: green, then one red run and one issue, closed by progress; a mistake is red")


class Served:
    """The GitHub of the tests, with a repository as a folder has it."""

    def __init__(self, tests, folder, name):
        self.name, self.address = name, folder / "address"
        settings = {"SPRAG_SERVE_NAME": name, "SPRAG_SERVE_FOLDER": str(folder / "repo"),
                    "SPRAG_SERVE_ADDRESS": str(self.address)}
        self.process = subprocess.Popen(
            [tests, "github::serve::serve", "--exact", "--ignored", "--nocapture"],
            env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(600):
            if self.address.is_file() or self.process.poll() is not None:
                break
            time.sleep(0.05)
        check(self.address.is_file(), "the GitHub of the tests doesn't serve", self.process.poll())
        self.url = self.address.read_text(encoding="utf-8")

    def get(self, path):
        request = urllib.request.Request(f"{self.url}/repos/{self.name}{path}",
                                         headers={"Authorization": f"Bearer {SERVED_TOKEN}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def iterations(self, branch):
        subjects = (commit["commit"]["message"] for commit in self.get(f"/commits?sha={branch}&per_page=100"))
        return [subject for subject in subjects if subject.startswith("iteration ")]

    def end(self):
        self.address.unlink()
        said, _ = self.process.communicate(timeout=60)
        check(self.process.returncode == 0, "a request wasn't as GitHub describes it", said)


def on_github(folder, act, sprag, tests):
    """Commits and pull requests on a GitHub that has both, by the form's modes."""
    repository = Repository(folder, act, sprag, "", mode="auto", token=SERVED_TOKEN)
    github = Served(tests, folder, "someone/research")
    repository.api = github.url

    def dispatch(**inputs):
        code, log = repository.workflow("workflow_dispatch", {"inputs": inputs})
        check(code == 0, f"{inputs} failed", log)
        check(SERVED_TOKEN not in log, "the token is in the log", log)
        return log

    log = dispatch(iterations="1", mode="commit")
    check(len(github.iterations("main")) == 2, f"mode commit: {github.iterations('main')}", log)
    check(github.get("/pulls?state=all") == [], "mode commit opened a pull request", log)
    log = dispatch(iterations="1")
    check(len(github.iterations("main")) == 3, "in a job, auto is commit", log)

    for _ in range(6):
        log = dispatch(iterations="5", mode="pull-request")
        pulls = github.get("/pulls?state=all")
        if pulls:
            break
    check(pulls, "thirty iterations opened no pull request", log)
    check(len(github.iterations("main")) == 3, "records are on the base branch", log)
    check(len(github.iterations("sprag/ledger")) >= 8, "records are not on the ledger", log)
    pull = pulls[0]
    check(pull["head"]["ref"].startswith("sprag/iteration-"), f"{pull['head']}", log)
    check([label["name"] for label in pull["labels"]] == ["sprag"], f"{pull['labels']}", log)
    for part in ("#### Gates", f"/blob/{pull['head']['sha']}/state/reports/", "sprag verify"):
        check(part in pull["body"], f"{part} is not in\n{pull['body']}", log)
    before = len(github.iterations("sprag/ledger"))
    log = dispatch(iterations="0", mode="pull-request")
    check(len(github.get("/pulls?state=all")) == len(pulls), "nothing to do opened another", log)
    check(len(github.iterations("sprag/ledger")) == before, "nothing to do recorded something", log)
    github.end()
    print("on GitHub: commits in mode commit and auto; a ledger and a pull request in mode pull-request")


def main():
    act, sprag, tests = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        api = f"http://127.0.0.1:{server.server_address[1]}"
        repository = Repository(pathlib.Path(folder), act, sprag, api)
        scheduled(repository)
        dispatched(repository)
        pushed_meanwhile(repository)
        transient(repository)
        on_github(pathlib.Path(folder) / "served", act, sprag, tests)


if __name__ == "__main__":
    main()
