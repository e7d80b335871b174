#!/usr/bin/env python3
"""The client of models against a server that fails as vendors do, and judges how it was treated.

    .ci/model.py SPRAG LLMOCK

SPRAG is the binary, LLMOCK the server's command. For each wire format: rate limits with Retry-After, errors
of the server, a delay, a reply that changes the strategy, a reply of the form asked for and of no sense. The
records have to say what happened, and the server has to find nothing wrong with the client.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PROPOSAL = {
    "hypothesis": "A slower average is fooled less often.",
    "expected_effect": "Fewer trades and a smaller drawdown.",
    "edits": [{"set": "params.slow.value", "to": 120}],
}


class Server:
    def __init__(self, command: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        arguments = ["serve", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
        self.process = subprocess.Popen([command, *arguments], stdout=subprocess.DEVNULL)
        for _ in range(300):
            try:
                self.ask("GET", "/requests")
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("the server of models doesn't start")

    def ask(self, method: str, path: str, body: dict | None = None) -> dict:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}/_llmock{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def research(sprag: str, folder: str, api: str, base: str) -> list[dict]:
    """Three iterations in a scratch repository; the records as JSON."""
    settings = {
        "proposer.kind": "llm",
        "session.proposals": "1",
        "llm.api": api,
        "llm.base_url": base,
        "llm.models": '["some-model"]',
        "llm.key_env": "MODEL_KEY",
        "llm.usd_per_mtok_in": "[1.0]",
        "llm.usd_per_mtok_out": "[2.0]",
        "llm.attempts": "6",
    }
    overrides = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    environment = {**os.environ, "MODEL_KEY": "not-a-real-key"}
    command = [sprag, "iterate", "-n", "3", f"--scratch={folder}", *overrides]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    shown = [sprag, "--root", folder, "show", "--json"]
    return [json.loads(subprocess.check_output([*shown, str(n)])) for n in range(4)]


def check(server: Server, sprag: str, api: str, base: str) -> None:
    call = {"name": "propose", "arguments": PROPOSAL}
    good = {"tool_calls": [call]} if api == "anthropic" else {"text": json.dumps(PROPOSAL)}
    server.ask("POST", "/reset", {})
    behaviors = [
        {"type": "fail", "status": 429, "retry_after": 1.5},
        {"type": "fail", "status": 503},
        {"type": "fail", "status": 529 if api == "anthropic" else 500},
        {"type": "delay", "seconds": 1.0},
        {"type": "reply", **good},
        {"type": "reply", "text": "I would rather not say."},
    ]
    server.ask("POST", "/scenario", {"behaviors": behaviors})
    with tempfile.TemporaryDirectory() as folder:
        records = research(sprag, f"{folder}/research", api, base)
    changed, silent, senseless = records[1:]
    assert changed["hypothesis"] == PROPOSAL["hypothesis"], changed
    assert changed["edits"] == PROPOSAL["edits"], changed
    assert changed["trial"] is not None, changed
    # Then a reply in words, and one that has the form of the schema and means nothing.
    assert silent["verdict"] == "invalid" and "rather not say" in silent["reason"], silent
    assert senseless["verdict"] == "invalid", senseless
    for record in records[1:]:
        proposer = record["proposer"]
        assert proposer["tokens_in"] > 0 and proposer["usd"] > 0, record
    verdict = server.ask("GET", "/verdict")
    if not verdict["passed"] or verdict["warnings"]:
        sys.exit(json.dumps(verdict, indent=2))
    assert verdict["calls"] >= 3 and verdict["faults_injected"] >= 3, verdict
    print(f"{api}: {verdict['attempts']} requests, {verdict['faults_injected']} faults, nothing to object to")


def main() -> None:
    sprag, llmock = sys.argv[1:]
    server = Server(llmock)
    try:
        check(server, sprag, "openai", f"{server.url}/v1")
        check(server, sprag, "anthropic", f"{server.url}/anthropic")
    finally:
        server.process.terminate()
        server.process.wait()


if __name__ == "__main__":
    main()
