"""`tokenctl rotate` with an issuer of our own: each of its steps dies before or after its effect, and another run follows from a fresh
checkout. In between tokenctl itself is killed."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import Broken, Checks, ended_well, fragments, nothing_shows, shows, story_holds
from openbao import EXAMPLE, SLOT, Event
from project import KILLED, Project, facts
from sweep import ANOTHER, EFFECTS, spread

STEPS = ("create", "set", "test", "find", "retire")
# Runs a step, and writes down what it has done, in a folder of the tests. It dies before or after the effect, once, if a file says so.
WITNESS = """#!/usr/bin/env bash
set -euo pipefail
name=$1 handle=${!#}
shift
dies() { if [ -e "$WITNESS/$name.$1" ]; then rm "$WITNESS/$name.$1"; kill -KILL $$; fi; }
tell() { echo "$EPOCHREALTIME $1 $2" >>"$WITNESS/story"; }
dies before
if [ "$name" = retire ]; then
    tell stored "$(cat "$CONSUMER/token")"
    tell revoking "$handle"
fi
said=$("$@")
case $name in
create) echo "$said" >>"$WITNESS/replies"; tell created "$(jq -r .handle <<<"$said")" ;;
retire) tell revoked "$handle" ;;
test) tell used "${said#in-use }" ;;
esac
dies after
printf '%s\\n' "${said:-}"
"""


class Registry:
    """What the tests know of the issuer and the consumer: the same as of OpenBao."""

    def __init__(self, folder: Path):
        self.folder, self.logins = folder, []
        self.witness, self.consumer = folder / "witness", folder / "consumer"
        self.witness.mkdir()
        self.consumer.mkdir()
        self.variables = {"ISSUER": str(folder), "CONSUMER": str(self.consumer), "WITNESS": str(self.witness)}
        key = subprocess.run(["tokenctl", "audit", "key", "--out", "audit.key", "example.com/rotation"], cwd=folder, check=True, capture_output=True)
        (folder / "audit.vkey").write_bytes(key.stdout)
        subprocess.run(["rotate_issuer", "init"], env={**os.environ, **self.variables}, check=True)

    @property
    def tokens(self) -> dict[str, str]:
        replies = self.witness / "replies"
        lines = replies.read_text().splitlines() if replies.exists() else []
        read = [dict(part.split('":"') for part in line.strip('{"}').split('","')) for line in lines]
        return {reply["handle"]: reply["token"] for reply in read}

    def live(self) -> set[str]:
        environment = {**os.environ, **self.variables}
        found = subprocess.run(["rotate_issuer", "find", SLOT], env=environment, check=True, capture_output=True, text=True)
        return set(found.stdout.split())

    def stored(self) -> str:
        token = (self.consumer / "token").read_text()
        return next((handle for handle, known in self.tokens.items() if known == token), "unknown")

    def history(self) -> list[Event]:
        """A `set` is seen when the consumer has another token than before, at the latest before something ends."""
        events, stored, known = [], None, {token: handle for handle, token in self.tokens.items()}
        for line in (self.witness / "story").read_text().splitlines():
            at, what, name = line.split()
            if what == "stored":
                what, name = "set", known.get(name, "unknown")
                if name == stored:
                    continue
            if what == "used" and name != stored:
                events.append(Event(float(at), "set", name))
            stored = name if what in ("set", "used") else stored
            events.append(Event(float(at), what, name))
        return events


def project(folder: Path, registry: Registry) -> Project:
    example = folder / "example"
    (example / "ci").mkdir(parents=True)
    for script in (EXAMPLE / "issuer/ci").iterdir():
        (example / "ci" / script.name).write_bytes(script.read_bytes())
        (example / "ci" / script.name).chmod(0o755)
    (example / "ci/witness").write_text(WITNESS)
    (example / "ci/witness").chmod(0o755)
    policy = (EXAMPLE / "issuer/tokens.toml").read_text()
    for step in STEPS:
        policy = "\n".join(line.replace("= [", f'= ["./ci/witness", "{step}", ') if line.startswith(step) else line for line in policy.splitlines())
    (example / "tokens.toml").write_text(policy + "\n")
    home = folder / "home"
    home.mkdir()
    return Project(folder, home, registry.variables, example)


def finish(checks: Checks, registry: Registry, made: Project):
    checkout = made.checkout()
    ran = made.rotate(checkout)
    checks.holds("a run that nobody kills ends with 0", ran.code == 0, ran)
    nothing_shows(checks, registry, ran, checkout)
    ended_well(checks, registry, checkout)
    made.publish(checkout)


def faults(checks: Checks, registry: Registry, made: Project):
    """Each step dies once, before its effect and after it."""
    for step in STEPS:
        for when in ("before", "after"):
            (registry.witness / f"{step}.{when}").touch()
            checkout = made.checkout()
            ran = made.rotate(checkout)
            died = not (registry.witness / f"{step}.{when}").exists()
            checks.holds("each step has died", died, (step, when))
            # A test that fails is made again.
            expected = (0,) if step == "test" else (3, ANOTHER)
            checks.holds("a step that dies ends a run with 3 or 6", ran.code in expected, (step, when, ran))
            nothing_shows(checks, registry, ran, checkout)
            if ran.code == 0:
                made.publish(checkout)
            finish(checks, registry, made)


def kills(checks: Checks, registry: Registry, made: Project, room: int | None):
    """tokenctl is killed at its calls, as on OpenBao."""
    checkout = made.checkout()
    ran, calls = made.calls(checkout)
    checks.holds("a run under strace ends with 0", ran.code == 0, ran)
    made.publish(checkout)
    points = [(call, number) for call in sorted(calls) if room is None or call in EFFECTS for number in range(1, calls[call] + 1)]
    tried, killed = spread(points)[:room], 0
    for call, number in tried:
        checkout = made.checkout()
        ran = made.killed(checkout, call, number)
        checks.holds("a run ends with 0 or is killed", ran.code in (0, KILLED), (call, number, ran))
        killed += ran.code == KILLED
        nothing_shows(checks, registry, ran, checkout)
        if ran.code == 0:
            made.publish(checkout)
        finish(checks, registry, made)
    print(f"our own issuer: killed at {killed} of {len(points)} calls")
    if killed < 0.8 * len(tried):
        raise Broken(f"only {killed} of {len(tried)} runs were killed")


def main(everything: bool) -> int:
    checks, started = Checks(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rotate-") as folder:
        registry = Registry(Path(folder))
        made = project(Path(folder), registry)
        finish(checks, registry, made)
        faults(checks, registry, made)
        kills(checks, registry, made, None if everything else 15)
        story_holds(checks, registry.history(), 3)
        record = subprocess.run(["tokenctl", "audit", "verify", "audit", "--key", "audit.vkey"], cwd=folder, capture_output=True, text=True)
        pieces = fragments(list(registry.tokens.values()))
        checks.holds("the log is whole, and shows no token", record.returncode == 0 and not shows(record.stdout, pieces), record)
        checks.holds("the last token is the one in use", facts(made.checkout())["handle"] == registry.stored())
    checks.must_have_run("each step has died", "no orphan", "what the consumer uses is not ended", "nothing is ended before a successor has worked")
    print(f"rotate with our own issuer: {sum(checks.made.values())} checks, {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(everything=sys.argv[1:] == ["all"]))
