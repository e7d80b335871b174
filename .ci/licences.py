#!/usr/bin/env python3
"""Every package of the dependency tree has a licence that deny.toml allows.

cargo-deny does this and more in the hosted workflow; this needs nothing but cargo and Python.
"""

import json
import re
import subprocess
import sys


def allowed() -> set[str]:
    with open("deny.toml", encoding="utf-8") as file:
        text = file.read()
    # Python 3.10 has no TOML reader, and this is the only list that is looked for.
    licences = re.search(r"^allow = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    if licences is None:
        sys.exit("deny.toml has no list `allow`")
    return set(re.findall(r'"([^"]+)"', licences.group(1)))


def satisfied(expression: str, allow: set[str]) -> bool:
    """An SPDX expression: AND binds tighter than OR; `/` is how OR was once written."""
    tokens = re.findall(r"[()/]|[^\s()/]+", expression)

    def choice() -> bool:
        found = both()
        while tokens and tokens[0] in ("OR", "/"):
            tokens.pop(0)
            found = both() or found
        return found

    def both() -> bool:
        found = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            found = one() and found
        return found

    def one() -> bool:
        token = tokens.pop(0)
        if token == "(":
            found = choice()
            tokens.pop(0)
            return found
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in allow

    return choice()


def main() -> None:
    command = ["cargo", "metadata", "--format-version=1", "--locked"]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    allow = allowed()
    wrong = [
        f"{package['name']} {package['version']}: {package['license']}"
        for package in metadata["packages"]
        if not package["license"] or not satisfied(package["license"], allow)
    ]
    if wrong:
        sys.exit("licences that deny.toml doesn't allow:\n" + "\n".join(wrong))
    print(f"{len(metadata['packages'])} packages, all under licences that deny.toml allows")


main()
