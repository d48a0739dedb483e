"""The workflow that `tokenctl init` writes, run by `act` on this machine: from a schedule and by hand to a branch in a local
repository, and a pull request at a server that stands in for GitHub. It uses a real OpenBao."""

import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from checks import Checks, ended_well, fragments, shows
from openbao import SLOT
from project import facts
from sweep import Lane

KIND, BRANCH = SLOT.split(".")[0], "rotate/registry-push"
SWEEP = "47 5 * * *"
WORKFLOW = f".github/workflows/rotate-{KIND}.yml"


class GitHub(http.server.BaseHTTPRequestHandler):
    """Takes pull requests as GitHub does: a second one for the same branch is refused."""

    asked: list[tuple[str, str, dict]] = []

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, self.headers["Authorization"], json.loads(text)))
        is_first = len(self.asked) == 1
        said = {"number": 1} if is_first else {"message": "Validation Failed", "errors": [{"message": "A pull request already exists for shop:rotate."}]}
        self.send_response(201 if is_first else 422)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_):
        pass


def cached(folder: Path) -> Path:
    """Stands in for actions/cache, which would be fetched: tokenctl is there already."""
    action = folder / "cache"
    action.mkdir()
    (action / "action.yml").write_text(
        "name: cache\ninputs: {path: {}, key: {}}\noutputs: {cache-hit: {value: 'true'}}\n"
        "runs: {using: composite, steps: [{run: 'true', shell: bash}]}\n")
    return action


def act(lane: Lane, event: str, port: int, action: Path, payload: dict) -> subprocess.CompletedProcess:
    """Runs the workflow in a fresh checkout, without a container."""
    checkout = lane.project.checkout()
    uses = re.search(r"uses: (actions/cache@\w+)", (checkout / WORKFLOW).read_text())[1]
    (lane.folder / "event.json").write_text(json.dumps(payload))
    command = ["act", event, "--workflows", WORKFLOW, "--eventpath", str(lane.folder / "event.json"), "--platform", "ubuntu-24.04=-self-hosted",
               "--no-cache-server", "--artifact-server-addr", "127.0.0.1", "--cache-server-addr", "127.0.0.1", "--pull=false",
               "--local-repository", f"{uses}={action}", "--secret", "GITHUB_TOKEN=the-token-of-the-workflow",
               "--env", f"GITHUB_API_URL=http://127.0.0.1:{port}", "--env", f"BAO_ADDR={lane.bao.address}", "--env", f"HOME={lane.home}"]
    settings = lane.home / ".config/act"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "actrc").write_text("")
    return subprocess.run(command, cwd=checkout, env=lane.project.environment, capture_output=True, text=True, timeout=300)


def runs(lane: Lane, event: str, port: int, action: Path, number: int, **payload):
    lane.bao.release()
    ran = act(lane, event, port, action, payload)
    said = ran.stdout + ran.stderr
    lane.checks.holds(f"act runs the workflow from {event}", ran.returncode == 0, said[-6000:])
    lane.bao.history()
    lane.checks.holds("act's output shows no token", not shows(said, fragments([*lane.bao.tokens.values(), *lane.bao.logins])))
    path, login, asked = GitHub.asked[number - 1]
    lane.checks.holds("one pull request is asked for by each run", len(GitHub.asked) == number, GitHub.asked)
    lane.checks.holds("the pull request names its branches", (path.split("/")[-1], asked["head"], asked["base"]) == ("pulls", BRANCH, "main"), asked)
    lane.checks.holds("it is asked for with the workflow's token", login == "Bearer the-token-of-the-workflow")
    changed = lane.project.git(lane.project.origin, "diff", "--name-only", "main", BRANCH).split()
    lane.checks.holds("the branch changes the lock alone", changed == ["tokens.lock"], changed)
    merged = lane.project.checkout()
    lane.project.git(merged, "checkout", "--quiet", BRANCH)
    ended_well(lane.checks, lane.bao, merged)
    return merged, said


def form(checks: Checks, text: str):
    """What act ignores: the times, the permissions, and that one runs at a time. And what GitHub's schema says."""
    import yaml  # of the environment of the checks

    workflow = yaml.safe_load(text)
    job, on = workflow["jobs"]["rotate"], workflow[True]
    checks.holds("cron", on["schedule"] == [{"cron": "17 4 * * 2"}, {"cron": SWEEP}], on)
    checks.holds("concurrency", workflow["concurrency"] == {"group": f"rotate-{KIND}", "cancel-in-progress": False})
    checks.holds("permissions", workflow["permissions"] == {} and job["permissions"] == {"contents": "write", "pull-requests": "write"})
    pinned = [step["uses"] for step in job["steps"] if "uses" in step]
    checks.holds("actions by digest", pinned and all(re.fullmatch(r"actions/\w+@[0-9a-f]{40}", name) for name in pinned), pinned)
    checks.holds("a time limit", job["timeout-minutes"] <= 60)
    scripts = [step.get("run", "") for step in job["steps"]]
    checks.holds("no expression stands in a script", not any("${{" in script for script in scripts))


def gitlab(lane: Lane):
    """The job for GitLab, whose script is run as its runner would: GitLab makes the merge request from the options of the push."""
    import yaml

    lane.project.git(lane.project.origin, "config", "receive.advertisePushOptions", "true")
    told, hook = lane.folder / "options", lane.project.origin / "hooks/pre-receive"
    hook.write_text(f'#!/bin/sh\nset | grep "^GIT_PUSH_OPTION_[0-9]" >"{told}"\ntrue\n')
    hook.chmod(0o755)
    lane.bao.release()
    checkout = lane.project.checkout()
    (checkout / ".gitlab-ci.yml").write_text("")
    subprocess.run(["tokenctl", "init"], cwd=checkout, env=lane.project.environment, check=True, capture_output=True)
    job = yaml.safe_load((checkout / f".gitlab/rotate-{KIND}.yml").read_text())[f"rotate-{KIND}"]
    lane.checks.holds("GitLab runs one at a time", job["resource_group"] == f"rotate-{KIND}" and job["interruptible"] is False)
    lane.checks.holds("GitLab runs it from a schedule", any("schedule" in rule["if"] for rule in job["rules"]), job["rules"])
    variables = {"CI_PROJECT_URL": str(lane.project.origin).removesuffix(".git"), "CI_COMMIT_REF_NAME": "main", "CI_JOB_TOKEN": "-",
                 "GITLAB_USER_NAME": "Robot", "GITLAB_USER_EMAIL": "robot@example.com"}
    ran = subprocess.run(["sh", "-ec", "\n".join(job["script"])], cwd=checkout, env={**lane.project.environment, **variables},
                         capture_output=True, text=True, timeout=120)
    lane.checks.holds("the job for GitLab ends with 0", ran.returncode == 0, ran)
    options = told.read_text()
    lane.checks.holds("a merge request is asked for", all(option in options for option in ("merge_request.create", "merge_request.target=main")), options)
    merged = lane.project.checkout()
    lane.project.git(merged, "checkout", "--quiet", BRANCH)
    ended_well(lane.checks, lane.bao, merged)


def main() -> int:
    checks = Checks()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="rotate-") as folder:
        lane = Lane(Path(folder), checks, overlap='"1s"')
        start = lane.project.checkout()
        subprocess.run(["tokenctl", "init"], cwd=start, env=lane.project.environment, check=True, capture_output=True)
        form(checks, (start / WORKFLOW).read_text())
        subprocess.run(["check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW], cwd=start, check=True)
        lane.project.publish(start, "The workflow")
        action, port = cached(lane.folder), server.server_address[1]

        merged, _ = runs(lane, "schedule", port, action, 1)
        lane.project.git(merged, "push", "--quiet", "origin", f"{BRANCH}:main")
        first = facts(merged)["handle"]
        merged, said = runs(lane, "workflow_dispatch", port, action, 2, inputs={"because": "it was in a public log"})
        checks.holds("another token is there", facts(merged)["handle"] != first)
        checks.holds("an open pull request gets the new lock", "has the new lock" in said, said[-3000:])
        lane.bao.release()
        ran = act(lane, "schedule", port, action, {"schedule": SWEEP})
        # The second lock is not merged, so what the consumer uses is not ended.
        is_quiet = ran.returncode == 0 and "swept, nothing to end" in ran.stdout and len(GitHub.asked) == 2
        checks.holds("the daily run makes no token and ends none that is in use", is_quiet, ran.stdout[-4000:] + ran.stderr[-2000:])
        gitlab(lane)
        lane.story()
        lane.stop()
    print(f"the workflow: {sum(checks.made.values())} checks")
    return 0


if __name__ == "__main__":
    os.environ.pop("GITHUB_TOKEN", None)
    sys.exit(main())
