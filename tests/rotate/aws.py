"""The preset `aws-iam`, as `tokenctl` prints it, with the `aws` command against moto, which stands in for AWS on this machine.

moto's limit of two keys is AWS's. That is what is tested here: a run that is killed leaves a second key, and the next one finds room. moto proves
nothing about idempotency, since it takes one request token with two different values, so no preset that relies on one is run here."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import Checks, fragments, shows
from project import KILLED, Project, facts

USER = "ci-registry"
# The consumer has a file with the key. What it does with it here is to look whether AWS knows the key.
PROBE = """#!/usr/bin/env bash
set -euo pipefail
key=$(jq -r .AccessKeyId "$CONSUMER")
aws iam list-access-keys --user-name USER --query 'AccessKeyMetadata[].AccessKeyId' --output json | jq -e --arg key "$key" 'index([$key])' >/dev/null
echo "in-use $key"
"""
HEAD = """version = 1
[scopes]
"image:push" = "Push images"
[environments.production]
[tokens.registry-push]
owner = "platform-team"
scopes = ["image:push"]
max_lifetime = "90d"
[tokens.registry-push.rotate]
before_expiry = "10d"
overlap = "0s"
"""


class Aws:
    """A server that stands in for AWS."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.process = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.variables = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1",
                          "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)

    def ask(self, *words: str):
        done = subprocess.run(["aws", *words, "--output", "json"], env={**os.environ, **self.variables}, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def live(self) -> set[str]:
        return {key["AccessKeyId"] for key in self.ask("iam", "list-access-keys", "--user-name", USER)["AccessKeyMetadata"]}


def project(folder: Path, aws: Aws) -> Project:
    example, home, consumer = folder / "example", folder / "home", folder / "consumer"
    (example / "ci").mkdir(parents=True)
    home.mkdir()
    probe = example / "ci/probe"
    probe.write_text(PROBE.replace("USER", USER))
    probe.chmod(0o755)
    printed = ["tokenctl", "rotate", "--preset", "aws-iam", "--sink", "file", "--print", "registry-push"]
    steps = subprocess.run(printed, cwd=folder, check=True, capture_output=True, text=True).stdout
    steps, sinks = re.subn(r'"/run/secrets/[^"]*"', f'"{consumer}"', steps)
    assert sinks == 1 and '"USER"' in steps, steps
    (example / "tokens.toml").write_text(HEAD + steps.replace('"USER"', f'"{USER}"'))
    return Project(folder, home, {**aws.variables, "CONSUMER": str(consumer)}, example)


def finish(checks: Checks, aws: Aws, made: Project):
    checkout = made.checkout()
    ran = made.rotate(checkout)
    key = json.loads((made.folder / "consumer").read_text())
    checks.holds("a run with AWS's two keys ends with 0", ran.code == 0, ran)
    checks.holds("one key is left, which the consumer has and the lock names", {facts(checkout)["handle"]} == {key["AccessKeyId"]} == aws.live(), ran)
    checks.holds("no output shows the key", not shows(ran.out + ran.err, fragments([key["SecretAccessKey"]])))
    made.publish(checkout)


def main() -> int:
    checks, aws = Checks(), Aws()
    try:
        with tempfile.TemporaryDirectory(prefix="rotate-") as folder:
            aws.ask("iam", "create-user", "--user-name", USER)
            made = project(Path(folder), aws)
            finish(checks, aws, made)
            # The second run is killed when it gives the new key to `set`, so two keys are live, and AWS permits no third.
            ran = made.killed(made.checkout(), "clone3,clone,vfork", 3)
            checks.holds("the run is killed after `create`", ran.code == KILLED and len(aws.live()) == 2, (ran, aws.live()))
            finish(checks, aws, made)
            finish(checks, aws, made)
    finally:
        aws.process.kill()
    print(f"the preset aws-iam with moto: {sum(checks.made.values())} checks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
