"""A project with a token that `tokenctl rotate` replaces: its repository, fresh checkouts of it, and runs in them."""

import os
import re
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path
from typing import NamedTuple

from openbao import EXAMPLE, SLOT

KILLED, TOO_LONG = -9, -1000


class Ran(NamedTuple):
    """A run that has ended: by a signal if the code is negative."""

    code: int
    out: str
    err: str
    seconds: float


class Project:
    """The repository that all runs share, as a code host has it."""

    def __init__(self, folder: Path, home: Path, variables: dict[str, str], example=EXAMPLE):
        self.folder, self.home, self.number = folder, home, 0
        # What the tests' own environment says of tokens or cargo is nobody's business here.
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "NO_PROXY": "127.0.0.1", **variables}
        self.origin = folder / "origin.git"
        self.git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        start = self.checkout()
        shutil.copytree(example / "ci", start / "ci")
        shutil.copy(example / "tokens.toml", start)
        subprocess.run(["tokenctl", "lock"], cwd=start, env=self.environment, check=True, capture_output=True)
        self.publish(start, "The policy and an empty lock")

    def git(self, where: Path, *words: str, check=True) -> str:
        names = ["-c", "user.name=Robot", "-c", "user.email=robot@example.com"]
        done = subprocess.run(["git", *names, *words], cwd=where, env=self.environment, check=check, capture_output=True, text=True)
        return done.stdout

    def checkout(self) -> Path:
        """A fresh one, as a runner has that knows nothing of the run before. The last ones are gone, as the runners' disks are."""
        for old in self.folder.glob("checkout-*"):
            if int(old.name.split("-")[1]) < self.number - 3:
                shutil.rmtree(old)
        self.number += 1
        made = self.folder / f"checkout-{self.number}"
        self.git(self.folder, "clone", "--quiet", str(self.origin), str(made))
        return made

    def publish(self, checkout: Path, why="Rotate"):
        """Merges what the run has changed, as the workflow's pull request does."""
        self.git(checkout, "add", "--all")
        if self.git(checkout, "status", "--porcelain"):
            self.git(checkout, "commit", "--quiet", "--message", why)
            self.git(checkout, "push", "--quiet", "origin", "HEAD:main")

    def rules(self, **changes: str):
        """Changes keys of the policy, for all runs that follow."""
        checkout = self.checkout()
        policy = checkout / "tokens.toml"
        text = policy.read_text()
        for key, value in changes.items():
            text, found = re.subn(rf"(?m)^{key}( *)= .*$", lambda old: f"{key}{old[1]}= {value}" if value else "", text)
            if not found:
                text = f"{text}{key} = {value}\n"
        policy.write_text(text)
        self.relock(checkout)

    def relock(self, checkout: Path):
        """Publishes a changed policy, with its lock."""
        subprocess.run(["tokenctl", "lock"], cwd=checkout, env=self.environment, check=True, capture_output=True)
        self.publish(checkout, "Other rules")

    def start(self, checkout: Path, *words: str, before=()) -> subprocess.Popen:
        command = [*before, "tokenctl", "rotate", "registry-push", *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=checkout, env=self.environment, text=True, start_new_session=True, **pipes)

    def rotate(self, checkout: Path, *words: str, before=(), limit=120) -> Ran:
        started = time.monotonic()
        process = self.start(checkout, *words, before=before)
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            return Ran(TOO_LONG, out, err, limit)
        return Ran(process.returncode, out, err, time.monotonic() - started)

    def killed(self, checkout: Path, call: str, number: int, by="KILL") -> Ran:
        """Has the run killed when it makes this call for the number-th time, before the call has an effect. strace counts each call
        for itself, also with `inject=all`. Without -f it looks at tokenctl alone, and not at the steps."""
        trace = ["strace", "-q", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal={by}:when={number}"]
        return self.rotate(checkout, before=trace)

    def calls(self, checkout: Path) -> tuple[Ran, dict[str, int]]:
        """Which system calls a whole run makes, and how often."""
        counts: dict[str, int] = {}
        trace = checkout.parent / "calls"
        ran = self.rotate(checkout, before=["strace", "-q", "-o", str(trace)])
        for line in trace.read_text(errors="replace").splitlines():
            if (name := re.match(r"([a-z]\w*)\(", line)) is not None:
                counts[name[1]] = counts.get(name[1], 0) + 1
        return ran, counts


def facts(checkout: Path, which="current") -> dict[str, str]:
    """What the lock of this checkout says of the slot's token."""
    kind, environment = SLOT.split(".")
    lock = tomllib.loads((checkout / "tokens.lock").read_text())
    line = lock[kind][environment].get(which, "")
    return dict(fact.split("=", 1) for fact in line.split())
