"""The presets for issuers of which no server can be run here: their steps as `tokenctl` prints them, with programs in the place of `glab`, `curl`
and `kubectl` that give the answers of the issuers' documentation. It shows that the steps read such answers, and not that the issuer works so.

GitLab: docs.gitlab.com/api/project_access_tokens. Cloudflare: developers.cloudflare.com/api, accounts/tokens. GitHub:
docs.github.com/rest/apps/apps, create an installation access token. Kubernetes: TokenRequest of authentication.k8s.io/v1."""

import datetime
import json
import os
import random
import re
import string
import subprocess
import sys
import tempfile
from pathlib import Path

from checks import Checks, fragments, shows
from project import Project, facts

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
LATER = NOW + datetime.timedelta(days=20)
SOON = NOW + datetime.timedelta(minutes=50)
HEAD = """version = 1
[scopes]
"image:push" = "Push images"
[environments.production]
[tokens.registry-push]
owner = "platform-team"
scopes = ["image:push"]
max_lifetime = "30d"
[tokens.registry-push.rotate]
before_expiry = "1d"
overlap = "0s"
"""


def drawn(length: int) -> str:
    return "".join(random.choices(string.ascii_letters + string.digits, k=length))


def gitlab(name: str):
    token = {"user_id": 166, "scopes": ["write_registry"], "name": name, "expires_at": LATER.date().isoformat(), "id": 58, "active": True,
             "created_at": NOW.isoformat(), "revoked": False, "access_level": 30}
    return {"glab": [("POST", {**token, "token": drawn(40)}), ("state=active", [token, {**token, "id": 57, "name": "somebody's"}])]}, "58"


def cloudflare(name: str):
    token = {"id": "ed17574386854bf78a67040be0a770b0", "name": name, "status": "active", "issued_on": NOW.isoformat().replace("+00:00", "Z"),
             "expires_on": LATER.isoformat().replace("+00:00", "Z"), "policies": [{"id": "f267e341f3dd4697bd3b9f71dd96247f", "effect": "allow"}]}
    done = {"errors": [], "messages": [], "success": True}
    return {"curl": [("DELETE", "404"), ("per_page", {**done, "result": [token]}), ("", {**done, "result": {**token, "value": drawn(40)}})]}, token["id"]


def github(_name: str):
    answer = {"token": "ghs_" + drawn(36), "expires_at": SOON.isoformat().replace("+00:00", "Z"), "permissions": {"contents": "read"},
              "repository_selection": "selected"}
    return {"curl": [("access_tokens", answer)]}, None


def kubernetes(_name: str):
    request = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": {"name": "account", "namespace": "default"},
               "status": {"token": ".".join([drawn(60), drawn(200), drawn(300)]), "expirationTimestamp": LATER.isoformat().replace("+00:00", "Z")}}
    return {"kubectl": [("create token", request), ("get secrets", ""), ("", {})]}, None


PRESETS = {"gitlab": gitlab, "cloudflare": cloudflare, "github-app": github, "kubernetes": kubernetes}


def programs(folder: Path, answers: dict):
    """Each says what is recorded for the first pattern that its arguments have, and writes them down."""
    for program, said in answers.items():
        cases = "".join(f"*'{pattern}'*) cat '{folder}/{program}.{number}' ;;\n" for number, (pattern, _) in enumerate(said))
        for number, (_, answer) in enumerate(said):
            (folder / f"{program}.{number}").write_text(answer if isinstance(answer, str) else json.dumps(answer))
        (folder / program).write_text(f'#!/bin/sh\necho "$*" >>"{folder}/asked"\ncase $* in\n{cases}esac\n')
        (folder / program).chmod(0o755)


def preset(checks: Checks, name: str, make, folder: Path):
    example, home, place = folder / "example", folder / "home", folder / "programs"
    for made in (example / "ci", home, place):
        made.mkdir(parents=True)
    probe = example / "ci/probe"
    probe.write_text('#!/bin/sh\ntest -n "$(cat)"\n')
    probe.chmod(0o755)
    printed = ["tokenctl", "rotate", "--preset", name, "--sink", "file", "--print", "registry-push"]
    steps = subprocess.run(printed, cwd=folder, check=True, capture_output=True, text=True).stdout
    steps = re.sub(r'"/run/secrets/[^"]*"', f'"{folder}/consumer"', steps)
    (example / "tokens.toml").write_text(HEAD + steps)
    subprocess.run(["openssl", "genrsa", "-out", str(folder / "app.pem"), "2048"], check=True, capture_output=True)
    project = Project(folder, home, {"PATH": f"{place}:{os.environ['PATH']}", "CLOUDFLARE_API_TOKEN": drawn(40)}, example)
    checkout = project.checkout()
    (checkout / "app.pem").write_bytes((folder / "app.pem").read_bytes())
    attempt = json.loads(project.rotate(checkout, "--dry-run", "--format", "json").out or '{"slots":[{}]}')["slots"][0].get("attempt", "registry-push.production.0")
    answers, handle = make(attempt)
    programs(place, answers)
    ran = project.rotate(checkout)
    locked, token = facts(checkout), (folder / "consumer").read_text() if (folder / "consumer").exists() else ""
    checks.holds("a preset reads its issuer's answers", ran.code == 0 and token in json.dumps(answers) and len(token) >= 36, (name, ran))
    checks.holds("the lock has the issuer's handle", locked["handle"] == handle or handle is None, (name, locked))
    end = (SOON if name == "github-app" else LATER).date().isoformat()
    checks.holds("the lock has the issuer's expiry", locked["expires"].startswith(end), (name, locked))
    asked = (place / "asked").read_text()
    checks.holds("no argument has the token", not shows(asked + ran.out + ran.err, fragments([token])), (name, asked))


def main() -> int:
    checks = Checks()
    for name, make in PRESETS.items():
        with tempfile.TemporaryDirectory(prefix="rotate-") as folder:
            preset(checks, name, make, Path(folder))
    print(f"{len(PRESETS)} presets with recorded answers: {sum(checks.made.values())} checks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
