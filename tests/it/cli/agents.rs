//! Agents: stand-ins that behave like coding agents, well and badly, run by the real binary.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Repo;
use super::harness::sprag_in;

/// Changes the parameter and says so, as a coding agent does.
const EDITS: &str = "sed -i 's/value = 30/value = 41/' strategy.toml\n\
    printf 'A longer average.\\nIt waits.\\n\\nFewer trades.\\n' > HYPOTHESIS.md\n\
    echo 'working' >&2\n\
    echo '{\"type\":\"result\",\"total_cost_usd\":0.25,\"usage\":{\"input_tokens\":70,\"output_tokens\":9}}'\n";

/// A repository whose agent is this shell script.
struct Stand {
    repo: Repo,
    script: PathBuf,
}

impl Stand {
    fn new(script: &str) -> Self {
        Self::with(script, "")
    }

    /// With further lines under `[agent]`.
    fn with(script: &str, agent: &str) -> Self {
        let repo = Repo::new();
        let tools = repo.root.parent().unwrap().join("tools");
        fs::create_dir(&tools).unwrap();
        let path = tools.join("agent");
        fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let settings = format!(
            "\n```toml\n[proposer]\nkind = \"agent\"\n[session]\nproposals = 1\n[agent]\ncommand = [{:?}, \
             \"--print\"]\nread = [{:?}]\n{agent}\n```\n",
            path.display().to_string(),
            tools.display().to_string()
        );
        let program = repo.read("program.md");
        repo.write("program.md", &format!("{program}{settings}"));
        repo.commit_all("An agent");
        repo.sprag(&["iterate", "-n", "0"]).ok();
        Self { repo, script: path }
    }

    /// One iteration, which must end with a record.
    fn record(&self) -> Value {
        self.repo.sprag(&["iterate", "-n", "1"]).ok();
        self.repo.assert_settled();
        self.repo.records().pop().unwrap()
    }

    /// The words of an iteration that ends transiently, and the journal that it leaves.
    fn transient(&self) -> (String, Value) {
        let message = self.repo.sprag(&["iterate", "-n", "1"]).failed(75);
        let journal = self.repo.read("state/journal.json");
        assert_eq!(self.repo.records().len(), 1);
        (message, serde_json::from_str(&journal).unwrap())
    }
}

/// Whether this system confines programs at all.
fn confines() -> bool {
    let args = ["confine", "--file-bytes", "1000", "--read", "/", "--", "true"];
    let code = sprag_in(&std::env::temp_dir(), &args).output().unwrap().status.code().unwrap();
    assert!([0, 125].contains(&code), "{code}");
    code == 0
}

#[test]
fn an_agents_edit_is_a_proposal() {
    if !confines() {
        // Where nothing can be confined, nothing is run.
        let stand = Stand::new(EDITS);
        let message = stand.repo.sprag(&["iterate", "-n", "1"]).failed(2);
        return assert!(message.contains("can't confine"), "{message}");
    }
    let stand =
        Stand::new(&format!("test \"$1\" = --print && test -f BRIEF.md || exit 9\n{EDITS}"));
    let record = stand.record();
    assert_eq!(record["edits"], serde_json::json!([{"set": "params.slow.value", "to": 41}]));
    assert_eq!(record["hypothesis"], "A longer average. It waits.");
    assert_eq!(record["expected"], "Fewer trades.");
    let proposer = &record["proposer"];
    assert_eq!((&proposer["kind"], &proposer["model"]), (&"agent".into(), &"agent".into()));
    assert_eq!(proposer["tokens_in"], 70);
    assert_eq!((&proposer["tokens_out"], &proposer["usd"]), (&9.into(), &0.25.into()));
    assert_eq!(proposer["prompt"].as_str().unwrap().len(), 64);
    assert_eq!(stand.repo.status()["spend"]["usd"], 0.25);
    let strategy = stand.repo.git(&["log", "-1", "-p", "--", "state/strategy.toml"]);
    if record["verdict"] == "accepted" {
        // Only the number changed; the comment behind it is where it was.
        assert!(
            strategy.contains("+slow = { value = 41, min = 5, max = 120 } # bars"),
            "{strategy}"
        );
    }
}

#[test]
fn the_brief_is_in_the_folder_and_on_standard_input() {
    let stand = Stand::with(
        &format!("cmp BRIEF.md - || exit 8\ngrep -q HYPOTHESIS.md BRIEF.md || exit 7\n{EDITS}"),
        "confinement = \"off\"",
    );
    let brief = stand.repo.sprag(&["brief"]).ok();
    assert!(brief.contains("HYPOTHESIS.md"), "what is printed is what an agent gets");
    assert_eq!(stand.record()["proposer"]["tokens_in"], 70);
}

#[test]
fn a_bad_answer_ends_as_invalid_with_what_was_wrong() {
    let json = "echo '{\"usage\":{\"input_tokens\":5}}'";
    for (script, expected) in [
        ("true", "was left as it was"),
        ("echo '# a remark' >> strategy.toml", "was left as it was"),
        ("rm strategy.toml", "strategy.toml was deleted"),
        ("rm strategy.toml; ln -s /etc/hostname strategy.toml", "strategy.toml is a link"),
        ("rm strategy.toml; mkfifo strategy.toml", "no plain file"),
        ("rm strategy.toml; mkdir strategy.toml", "no plain file"),
        ("head -c 100000 /dev/zero > strategy.toml", "has more than 65536 bytes"),
        ("printf '\\377' > strategy.toml", "is not UTF-8 text from byte 0"),
        ("echo '<html>' > strategy.toml", "strategy.toml:1"),
        ("sed -i 's/sma(/smaa(/' strategy.toml", "did you mean `sma`?"),
        ("cd ..; rm -rf work", "its folder is gone"),
    ] {
        let stand = Stand::with(&format!("{script}\n{json}\n"), "confinement = \"off\"");
        let record = stand.record();
        assert_eq!(record["verdict"], "invalid", "{script}: {record}");
        let reason = record["reason"].as_str().unwrap();
        assert!(reason.contains(expected), "{script}: {reason}");
        assert_eq!(record["proposer"]["tokens_in"], 5, "{script}: paid all the same");
        assert_eq!(record["proposer"]["usd"], "unknown");
    }
}

#[test]
fn a_wrong_copy_goes_back_with_the_diagnostics() {
    // The second try finds the first one's diagnostics in its brief, and mends the name.
    let script = format!(
        "if grep -q 'did you mean' BRIEF.md; then :; else sed -i 's/sma(/smaa(/' strategy.toml; fi\n{EDITS}"
    );
    let stand = Stand::with(&script, "confinement = \"off\"");
    let record = stand.repo.sprag(&["iterate", "-n", "1", "--set", "session.proposals=2"]);
    record.ok();
    let record = stand.repo.records().pop().unwrap();
    assert_ne!(record["verdict"], "invalid", "{record}");
    assert_eq!(
        (&record["proposer"]["tokens_in"], &record["proposer"]["usd"]),
        (&140.into(), &0.5.into())
    );
}

#[test]
fn an_agent_that_hangs_is_stopped_with_its_children() {
    let script = "sleep 1000 &\necho $! > \"$TMPDIR/../../child\"\nsleep 1000\n";
    let stand = Stand::with(
        script,
        "confinement = \"off\"\ntimeout = \"1s\"\nmost_usd = 0.5\nmost_tokens = 60",
    );
    let scratch = stand.repo.root.parent().unwrap().join("scratch");
    fs::create_dir(&scratch).unwrap();
    let started = Instant::now();
    let mut command = stand.repo.command(&["iterate", "-n", "1"]);
    let output = command.env("TMPDIR", &scratch).output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(60));
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("was stopped after 1 s"));
    // What it cost isn't known: what was set aside is owed.
    let journal: Value = serde_json::from_str(&stand.repo.read("state/journal.json")).unwrap();
    assert_eq!(journal["phase"]["asked"]["in_flight"]["usd"], 0.5);
    let child: u32 = fs::read_to_string(scratch.join("child")).unwrap().trim().parse().unwrap();
    // Killed is killed; a busy machine takes a moment to bury it.
    let lives =
        || fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|s| !s.contains(") Z "));
    let waited = Instant::now();
    while lives() && waited.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!lives(), "a child lives on");
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 1, "the scratch folder is left");
    // The next iteration carries it.
    fs::write(&stand.script, format!("#!/bin/sh\n{EDITS}")).unwrap();
    let record = stand.record();
    assert_eq!(
        (&record["proposer"]["usd"], &record["proposer"]["tokens_in"]),
        (&0.75.into(), &130.into())
    );
}

#[test]
fn a_flood_of_output_costs_neither_memory_nor_the_usage_at_its_end() {
    let script =
        format!("yes '{{\"usage\": 1}} ::set-output name=x::y' | head -c 60000000\n{EDITS}");
    let stand = Stand::with(&script, "confinement = \"off\"");
    let record = stand.record();
    assert_eq!(record["proposer"]["tokens_in"], 70, "{record}");
}

#[test]
fn what_an_agent_leaves_running_holds_nobody_up() {
    let stand = Stand::with(&format!("sleep 1000 &\n{EDITS}"), "confinement = \"off\"");
    let started = Instant::now();
    assert_eq!(stand.record()["proposer"]["tokens_in"], 70);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn an_agent_that_fails_is_transient_and_what_it_said_is_quoted() {
    let script = "echo '::error::boom' >&2\necho '{\"usage\":{\"input_tokens\":5},\"total_cost_usd\":0.1}'\nexit 3\n";
    let stand = Stand::with(script, "confinement = \"off\"");
    let (message, journal) = stand.transient();
    assert!(message.contains("exit status: 3: : :error: :boom"), "{message}");
    assert!(!message.lines().any(|line| line.trim_start().starts_with("::")), "{message}");
    assert_eq!(journal["phase"]["asked"]["bill"]["usd"], 0.1);
    let search = ["iterate", "-n", "1", "--set", "proposer.kind=search"];
    stand.repo.sprag(&search).ok();
    let record = stand.repo.records().pop().unwrap();
    assert_eq!(
        (&record["proposer"]["kind"], &record["proposer"]["usd"]),
        (&"search".into(), &0.1.into())
    );
}

#[test]
fn a_command_that_is_not_there_is_a_matter_of_configuration() {
    let stand = Stand::with("true", "confinement = \"off\"");
    let missing = ["iterate", "-n", "1", "--set", "agent.command=[\"no-such-agent\"]"];
    let message = stand.repo.sprag(&missing).failed(2);
    assert!(message.contains("can't start `no-such-agent`"), "{message}");
    // Nothing ran, so that nothing is owed of what was set aside.
    for confinement in ["off", "required"] {
        let (most, confinement) =
            ("agent.most_usd=0.5", format!("agent.confinement={confinement}"));
        let args = [&missing[..], &["--set", most, "--set", &confinement]].concat();
        let message = stand.repo.sprag(&args).failed(2);
        assert!(!message.contains("is booked"), "{message}");
    }
    stand.repo.sprag(&["iterate", "-n", "1", "--set", "proposer.kind=search"]).ok();
    assert_eq!(stand.repo.records().pop().unwrap()["proposer"]["usd"], Value::Null);
    let none = ["iterate", "-n", "1", "--set", "agent.command=[]"];
    let message = stand.repo.sprag(&none).failed(2);
    assert!(message.contains("agent.command"), "{message}");
}

#[test]
fn the_environment_is_what_the_program_allows() {
    let script = format!(
        "env | sed 's/=.*//' | sort > HYPOTHESIS.md\n{}",
        EDITS.replace("HYPOTHESIS.md", "x")
    );
    let stand = Stand::with(&script, "confinement = \"off\"\nenv = [\"AGENT_KEY\", \"NOT_SET\"]");
    let mut command = stand.repo.command(&["iterate", "-n", "1"]);
    command.env("AGENT_KEY", "sk-secret").env("GITHUB_TOKEN", "ghs-secret").env("LANG", "C");
    assert!(command.output().unwrap().status.success());
    let record = stand.repo.records().pop().unwrap();
    let names = record["hypothesis"].as_str().unwrap();
    for name in ["AGENT_KEY", "HOME", "LANG", "PATH", "TMPDIR", "NO_COLOR"] {
        assert!(names.split(' ').any(|known| known == name), "{names}");
    }
    assert!(!names.contains("GITHUB") && !names.contains("NOT_SET"), "{names}");
}

#[test]
fn grants_never_show_data_state_or_history() {
    let stand = Stand::new("true");
    let root = stand.repo.root.display().to_string();
    for grant in [".", "data", "state", "data/WAVE.csv", ".git", "/", &root, "..", "./state/.."] {
        for key in ["read", "write"] {
            let set = format!("agent.{key}=[{grant:?}]");
            let message = stand.repo.sprag(&["iterate", "-n", "1", "--set", &set]).failed(2);
            assert!(message.contains("stay hidden from an agent"), "{set}: {message}");
        }
    }
    let nowhere = ["iterate", "-n", "1", "--set", "agent.read=[\"no/such/folder\"]"];
    assert!(stand.repo.sprag(&nowhere).failed(2).contains("no/such/folder"));
}

/// What a confined agent tries, and whether it gets away with it. Each line of its hypothesis is a success.
#[test]
fn a_confined_agent_sees_its_folder_and_nothing_of_the_repository() {
    if !confines() {
        return assert!(Stand::new(EDITS).repo.sprag(&["iterate", "-n", "1"]).code == 2);
    }
    let attempts = "try() { if \"$@\" > /dev/null 2>&1; then echo \"$*\" >> HYPOTHESIS.md; fi; }\n\
        echo begin > HYPOTHESIS.md\n\
        try cat ROOT/data/WAVE.csv\ntry cat ROOT/state/history.json\ntry ls ROOT/.git\ntry ls ROOT\n\
        try cat /proc/$PPID/environ\ntry cat /proc/$PPID/rootROOT/data/WAVE.csv\n\
        try ln -s ROOT/data/WAVE.csv link\ntry cat link\n\
        try truncate -s 0 ROOT/data/WAVE.csv\ntry rm ROOT/STOP\ntry touch ROOT/new\n\
        try ln ROOT/data/WAVE.csv hard\ntry kill -0 $PPID\n\
        try head -c 70000000 /dev/zero -c 70000000\n\
        try sh -c 'head -c 80000000 /dev/zero > big'\n\
        try touch \"$HOME/mine\"\ntry touch \"$TMPDIR/mine\"\ntry cat BRIEF.md\ntry ls /usr\n";
    let stand = Stand::new("true");
    let root = stand.repo.root.display().to_string();
    let script = format!(
        "#!/bin/sh\n{}{}",
        attempts.replace("ROOT", &root),
        EDITS.replace("HYPOTHESIS.md", "x")
    );
    fs::write(&stand.script, script).unwrap();
    let record = stand.record();
    let words = record["hypothesis"].as_str().unwrap().replace(&root, "ROOT");
    let home = concat!("/home", "/mine");
    assert!(words.starts_with("begin "), "{words}");
    for allowed in ["ln -s ROOT/data/WAVE.csv link", home, "/tmp/mine", "cat BRIEF.md", "ls /usr"] {
        assert!(words.contains(allowed), "{allowed}: {words}");
    }
    for refused in [
        "cat ROOT",
        "ls ROOT",
        "cat /proc",
        "cat link",
        "truncate",
        "rm ",
        "touch ROOT",
        "ln ROOT",
        "big",
    ] {
        assert!(!words.contains(refused), "{refused}: {words}");
    }
    assert!(stand.repo.read("data/WAVE.csv").len() > 1_000);
}

/// The lines of the page for agents, as `[agent]` settings.
fn lines_of_the_page() -> Vec<(String, String)> {
    let page = include_str!("../../../docs/proposers.md");
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains("`command = ["));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let settings: Vec<&str> = cells[1].split('`').skip(1).step_by(2).collect();
        (cells[0].to_owned(), settings.join("\n"))
    })
    .collect()
}

/// Stand-ins that insist on being called as the page says, find the brief where that agent looks for it,
/// and print what that agent prints.
const STAND_INS: [(&str, &str); 5] = [
    (
        "claude",
        "[ \"$*\" = '-p --output-format json --permission-mode acceptEdits --max-budget-usd 0.50' ] || exit 9\n\
         [ \"$ANTHROPIC_API_KEY\" = secret ] || exit 8\ngrep -q 'HYPOTHESIS.md' || exit 7\nedit\n\
         echo '{\"type\":\"result\",\"total_cost_usd\":0.2,\"usage\":{\"input_tokens\":7,\"output_tokens\":2}}'\n",
    ),
    (
        "codex",
        "[ \"$1 $2\" = 'exec --json' ] || exit 9\nfor last; do :; done\n[ \"$last\" = - ] || exit 9\n\
         [ \"$CODEX_API_KEY\" = secret ] || exit 8\ngrep -q 'HYPOTHESIS.md' || exit 7\nedit\n\
         echo '{\"type\":\"turn.completed\",\"usage\":{\"input_tokens\":7,\"output_tokens\":2}}'\n",
    ),
    (
        "gemini",
        "[ \"$1 $2\" = '--output-format json' ] || exit 9\n[ \"$GEMINI_API_KEY\" = secret ] || exit 8\n\
         grep -q 'HYPOTHESIS.md' || exit 7\nedit\n\
         echo '{\"response\":\"\",\"stats\":{\"models\":{\"g\":{\"tokens\":{\"prompt\":7,\"candidates\":2}}}}}'\n",
    ),
    (
        "aider",
        "[ \"$*\" = '--yes-always --no-git --message-file BRIEF.md strategy.toml' ] || exit 9\n\
         [ \"$OPENAI_API_KEY\" = secret ] || exit 8\ngrep -q 'HYPOTHESIS.md' BRIEF.md || exit 7\nedit\n\
         echo 'Tokens: 7 sent, 2 received. Cost: $0.20 message, $0.20 session.'\n",
    ),
    (
        "python3",
        "test -f \"$1\" || exit 6\nedit\necho '{\"usage\":{\"input_tokens\":7,\"output_tokens\":2}}'\n",
    ),
];

#[test]
fn each_agents_line_works_with_its_stand_in() {
    let lines = lines_of_the_page();
    assert_eq!(lines.len(), STAND_INS.len(), "{lines:?}");
    for ((agent, settings), (name, script)) in lines.iter().zip(STAND_INS) {
        let repo = Repo::new();
        let bin = repo.root.parent().unwrap().join("bin");
        fs::create_dir(&bin).unwrap();
        let edit = "edit() { sed -i 's/value = 30/value = 41/' strategy.toml; }\n";
        fs::write(bin.join(name), format!("#!/bin/sh\n{edit}{script}")).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        repo.write("tools/propose.py", "pass\n");
        let program = repo.read("program.md");
        // What is installed below a home folder has to be granted, as the page says.
        let read = format!("\"{}\"", bin.display());
        let settings = match settings.contains("read = [") {
            true => settings.replace("read = [", &format!("read = [{read}, ")),
            false => format!("{settings}\nread = [{read}]"),
        };
        let off = if confines() { "" } else { "confinement = \"off\"\n" };
        repo.write(
            "program.md",
            &format!(
                "{program}\n```toml\n[proposer]\nkind = \"agent\"\n[agent]\n{off}{settings}\n```\n"
            ),
        );
        repo.commit_all("An agent");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut command = repo.command(&["iterate", "-n", "1"]);
        command.env("PATH", path);
        for key in ["ANTHROPIC_API_KEY", "CODEX_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY"] {
            command.env(key, "secret");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{agent}: {output:?}");
        let record = repo.records().pop().unwrap();
        assert_eq!(
            record["edits"],
            serde_json::json!([{"set": "params.slow.value", "to": 41}]),
            "{agent}"
        );
        let proposer = &record["proposer"];
        assert_eq!(
            (&proposer["model"], &proposer["tokens_in"]),
            (&name.into(), &7.into()),
            "{agent}"
        );
    }
}
