#!/usr/bin/env python3
"""From nothing to a commit that is stopped, in repositories without Rust: `main.py WHEEL PRE_COMMIT`.

The wheel is installed as a user does, without cargo and without an index of packages; then `tokenctl init`, a commit, and the
script for CI. PRE_COMMIT is the program of the pre-commit framework, which installs the wheel for itself."""

import os
import random
import shutil
import string
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from repositories import REPOSITORIES

# How long all of it may take, in seconds.
MOST = 300

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
# The same tokens in each run, one after the other.
DRAW = random.Random(1)


def github_token() -> str:
    """A token with GitHub's checksum, another one each time."""
    drawn = "".join(DRAW.choices(DIGITS, k=30))
    crc, check = zlib.crc32(drawn.encode()), ""
    for _ in range(6):
        check, crc = DIGITS[crc % 62] + check, crc // 62
    return "gh" + "p_" + drawn + check


def stripe_key() -> str:
    return "sk" + "_live_" + "".join(DRAW.choices(DIGITS, k=24))


# What is planted. A key of Stripe has no checksum.
PLANTED = {"GitHub": github_token, "Stripe": stripe_key}


def check(what: str, holds: bool, said: str = ""):
    if not holds:
        sys.exit(f"wheel: does not hold: {what}\n{said}")


class Repository:
    """A new repository of a project without Rust, and an environment that knows the installed program and no cargo."""

    def __init__(self, folder: Path, environment: dict, files: dict):
        self.folder, self.environment = folder, environment
        for name, text in files.items():
            self.write(name, text)
        self.git("init", "--quiet", "--initial-branch=main")

    def write(self, name: str, text: str):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, *command: str) -> subprocess.CompletedProcess:
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)

    def must(self, *command: str) -> str:
        ran = self.run(*command)
        check(" ".join(command), ran.returncode == 0, ran.stdout + ran.stderr)
        return ran.stdout + ran.stderr

    def git(self, *arguments: str) -> str:
        return self.must("git", *arguments).strip()

    def commit(self, *more: str) -> subprocess.CompletedProcess:
        self.git("add", "--all")
        return self.run("git", "commit", "--quiet", "--message", "x", *more)

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")


def is_shown(secret: str, text: str) -> bool:
    return any(secret[start : start + 8] in text for start in range(len(secret) - 7))


def hook(repository: Repository, name: str, template: str, place: str):
    """A commit with a token is stopped by the hook, and says where; without it passes."""
    for issuer, make in PLANTED.items():
        secret, clean, before = make(), (repository.folder / name).read_text(), repository.head()
        repository.write(name, template.replace("PLANTED", secret))
        ran = repository.commit()
        said = ran.stdout + ran.stderr
        check(f"{issuer} in {name}: stops", ran.returncode == 1, said)
        check(f"{issuer} in {name}: its place is told", f"{name}:{place}" in said, said)
        check("no output shows the token", not is_shown(secret, said))
        check("what is stopped is not committed", repository.head() == before)
        repository.git("reset", "--quiet", "--hard", before)
        check("the file is as it was", (repository.folder / name).read_text() == clean)


def pipeline(repository: Repository, name: str, template: str):
    """What passed by the hook is found by the script for CI in the range of the push, also if a later commit removed it."""
    for issuer, make in PLANTED.items():
        before, clean = repository.head(), (repository.folder / name).read_text()
        repository.write(name, template.replace("PLANTED", make()))
        repository.commit("--no-verify")
        repository.write(name, clean)
        repository.commit("--no-verify")
        ran = repository.run("ci/tokens.sh", before)
        check(f"{issuer} in a push of two commits", ran.returncode == 1, ran.stdout + ran.stderr)
        repository.write("notes.txt", issuer)
        before = repository.head()
        check("a clean commit passes", repository.commit().returncode == 0)
        repository.must("ci/tokens.sh", "--change", before)


def framework(repository: Repository, name: str, template: str, wheel: Path, pre_commit: str):
    """pre-commit installs the wheel for itself: `language: python`. Our own hook and program are not on the way."""
    (repository.folder / ".git/hooks/pre-commit").unlink()
    repository.write(".pre-commit-config.yaml", f"""repos:
  - repo: local
    hooks:
      - id: token-scan
        name: no token in a commit
        entry: tokenctl scan --staged
        language: python
        additional_dependencies: ["tokenctl @ {wheel.as_uri()}"]
        pass_filenames: false
        always_run: true
""")
    repository.environment = {**repository.environment, "PATH": "/usr/bin:/bin"}
    check("tokenctl is pre-commit's alone", shutil.which("tokenctl", path="/usr/bin:/bin") is None)
    repository.must(pre_commit, "install")
    ran = repository.commit()
    check("pre-commit passes a clean commit", ran.returncode == 0, ran.stdout + ran.stderr)
    secret = github_token()
    repository.write(name, template.replace("PLANTED", secret))
    ran = repository.commit()
    said = ran.stdout + ran.stderr
    check("pre-commit stops a commit", ran.returncode == 1 and f"{name}:" in said and not is_shown(secret, said), said)


def main():
    wheel, pre_commit = Path(sys.argv[1]).resolve(), str(Path(sys.argv[2]).absolute())
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        path = f"{folder}/venv/bin:/usr/bin:/bin"
        who = {f"GIT_{role}_{what}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        home = folder / "home"
        home.mkdir()
        environment = {"PATH": path, "HOME": str(home), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **who}
        check("cargo is not there", shutil.which("cargo", path=path) is None)
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        install = [folder / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", wheel]
        subprocess.run(install, check=True, env=environment)
        for kind, (files, name, template, place) in REPOSITORIES.items():
            repository = Repository(folder / kind, environment, files)
            said = repository.must("tokenctl", "init", "--hook", "--ci", "shell")
            check("the language is told", "There is no Rust here" in said and "crate" not in said, said)
            ran = repository.commit()
            check(f"{kind}: the first commit", ran.returncode == 0, ran.stdout + ran.stderr)
            hook(repository, name, template, place)
            pipeline(repository, name, template)
            framework(repository, name, template, wheel, pre_commit)
    took = time.monotonic() - started
    check(f"at most {MOST} s", took <= MOST, f"it took {took:.0f} s")
    print(f"wheel: {len(REPOSITORIES)} repositories without Rust, {len(PLANTED)} sorts of tokens, {took:.0f} s")


main()
