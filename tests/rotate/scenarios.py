"""What must hold besides the sweep: times, runners at once, arguments and environments, core files, and what a person must decide."""

import resource
import signal
import subprocess
import threading
import time
from pathlib import Path

from checks import ended_well, fragments, nothing_shows, shows
from openbao import EXAMPLE, SLOT, WHERE
from project import KILLED, facts
from sweep import ANOTHER, Lane

LATE = "secret/data/late/registry-push"


def overlap(lane: Lane, seconds=2):
    """The old token lives as long as the policy says, and at most a second longer."""
    lane.project.rules(overlap=f'"{seconds}s"')
    lane.finish()
    events = lane.bao.history()
    new = lane.bao.stored()
    passed = next(event.at for event in events if event.what == "used" and event.accessor == new)
    ended = [event.at for event in events if event.what == "revoked" and event.at > passed]
    lane.checks.holds("the old token ends after the overlap", len(ended) == 1 and seconds <= ended[0] - passed <= seconds + 1,
                      [at - passed for at in ended])
    lane.project.rules(overlap='"0s"')


def next_run(lane: Lane, seconds=3):
    """A run that may not wait leaves the old token to the next one, which a sweep is too."""
    lane.project.rules(overlap=f'"{seconds}s"')
    lane.bao.release()
    checkout = lane.project.checkout()
    old = facts(checkout)["handle"]
    ran = lane.project.rotate(checkout, "--wait", "0s")
    lane.checks.holds("a run that may not wait ends with 0", ran.code == 0, ran)
    lane.checks.holds("the lock has the old token as `previous`", facts(checkout, "previous").get("handle") == old)
    lane.checks.holds("the old token is valid meanwhile", old in lane.bao.live())
    lane.project.publish(checkout)
    lane.bao.release()
    again = lane.project.rotate(lane.project.checkout(), "--wait", "0s")
    lane.checks.holds("with a `previous` there is no second successor", again.code == ANOTHER, again)
    lane.checks.holds("nor is anything ended", old in lane.bao.live())
    time.sleep(seconds)
    lane.finish("--sweep")
    lane.project.rules(overlap='"0s"')


def settle(lane: Lane):
    """A consumer that takes a new token late: nothing ends before it has, and `settle` is how long it may need."""
    status, answer = lane.bao.ask("GET", "sys/policies/acl/rotate")
    assert status == 200
    wider = answer["data"]["policy"] + f'\npath "{LATE}" {{ capabilities = ["read"] }}'
    lane.bao.ask("POST", "sys/policies/acl/rotate", {"policy": wider})
    take = lambda: lane.bao.ask("POST", LATE, {"data": lane.bao.ask("GET", WHERE)[1]["data"]["data"]})
    take()
    lane.project.rules(test='["./ci/probe", "late"]', settle='"2s"')
    lane.bao.release()
    checkout = lane.project.checkout()
    old = facts(checkout)["handle"]
    ran = lane.project.rotate(checkout)
    lane.checks.holds("a consumer that does not change ends a run with 6", ran.code == ANOTHER, ran)
    lane.checks.holds("`settle` is waited for, and no longer", 2 <= ran.seconds <= 7, ran)
    lane.checks.holds("what the consumer has is live", old in lane.bao.live() and lane.bao.stored(LATE) == old)
    lane.checks.holds("the lock has not changed", facts(checkout)["handle"] == old)
    nothing_shows(lane.checks, lane.bao, ran, checkout)

    lane.project.rules(settle='"20s"')
    timer = threading.Timer(2, take)
    before = len(lane.bao.history())
    lane.bao.release()
    checkout = lane.project.checkout()
    process = lane.project.start(checkout)
    while process.poll() is None and not timer.is_alive():
        if any(event.what == "set" for event in lane.bao.history()[before:]):
            timer.start()
        time.sleep(0.01)
    out, err = process.communicate(timeout=60)
    lane.checks.holds("a consumer that changes late ends well", process.returncode == 0, out + err)
    used = next(event.at for event in lane.bao.history()[before:] if event.what == "used" and event.accessor == lane.bao.stored())
    ends = [event.at for event in lane.bao.history()[before:] if event.what == "revoking"]
    lane.checks.holds("everything ends after the consumer has changed", ends and min(ends) > used, (ends, used))
    ended_well(lane.checks, lane.bao, checkout)
    lane.project.publish(checkout)
    lane.project.rules(test='["./ci/probe", "{environment}"]', settle='"60s"')


def two_at_once(lane: Lane, rounds: int):
    """Of two runners one ends well, and the other says that it has to wait. Never more than two tokens are live."""
    for _ in range(rounds):
        lane.bao.release()
        checkouts = [lane.project.checkout(), lane.project.checkout()]
        processes = [lane.project.start(checkout) for checkout in checkouts]
        ended = [(process, *process.communicate(timeout=120)) for process in processes]
        codes = sorted(process.returncode for process in processes)
        lane.checks.holds("of two runners one ends with 0 and one with 6", codes == [0, ANOTHER], ended)
        winner = checkouts[[process.returncode for process in processes].index(0)]
        ended_well(lane.checks, lane.bao, winner)
        lane.project.publish(winner)


def arguments(lane: Lane):
    """No program gets a token in its arguments or its environment: strace writes all of both down, for all processes of a run, and of runs
    that follow one that was killed before a step began."""
    trace = lane.folder / "programs"
    traced = ["strace", "-f", "-q", "-v", "-s", "1000000", "-e", "trace=execve", "-o", str(trace)]
    for step in (0, 4, 6, 8):
        if step:
            lane.bao.release()
            ran = lane.project.killed(lane.project.checkout(), "clone,clone3,vfork,fork", step)
            lane.checks.holds("a run is killed before a step begins", ran.code == KILLED, ran)
        lane.bao.release()
        checkout = lane.project.checkout()
        ran = lane.project.rotate(checkout, before=traced)
        lane.checks.holds("a run under strace ends with 0", ran.code == 0, ran)
        lane.project.publish(checkout)
        text = trace.read_text(errors="replace")
        lane.bao.history()
        pieces = fragments([*lane.bao.tokens.values(), *lane.bao.logins])
        for script in ("claim", "create", "set", "probe", "find"):
            lane.checks.holds("each step is among the programs", f'"./ci/{script}"' in text, script)
        lane.checks.holds("arguments and environments show no token", not shows(text, pieces))
        lane.checks.made["programs started"] += text.count("execve(")
    # The control: a token that stands in an argument is seen.
    token = lane.bao.tokens[lane.bao.stored()]
    subprocess.run([*traced, "true", token[:12]], check=True)
    lane.checks.holds("a token in an argument would be seen", shows(trace.read_text(), pieces))


def core_files(lane: Lane):
    """A step that crashes with the token in its memory, and tokenctl itself, leave no core file."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_CORE, unlimited)
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    crash = '"IFS= read -r token || true; kill -SEGV $$"'
    try:
        plain = lane.folder / "plain"
        plain.mkdir(exist_ok=True)
        subprocess.run(["bash", "-c", "kill -SEGV $$"], cwd=plain, stderr=subprocess.DEVNULL)
        if not pattern.startswith("|") and "/" not in pattern:
            lane.checks.holds("a core file would be seen", any(plain.glob("core*")), pattern)
        lane.project.rules(test=f'["bash", "-c", {crash}]', settle='"1s"')
        lane.bao.release()
        checkout = lane.project.checkout()
        ran = lane.project.rotate(checkout)
        lane.checks.holds("a step that crashes ends a run with 6", ran.code == ANOTHER, ran)
        lane.checks.holds("no core file", not list(checkout.rglob("core*")), list(checkout.rglob("core*")))
        lane.project.rules(test='["./ci/probe", "{environment}"]', settle='"60s"')
        # It waits for a step: from then on it may hold a token.
        for number in (1, 20, 30, 40, 50):
            lane.bao.release()
            checkout = lane.project.checkout()
            ran = lane.project.killed(checkout, "ppoll", number, by="ABRT")
            lane.checks.made["crashes of tokenctl"] += ran.code == -signal.SIGABRT
            lane.checks.holds("no core file", not list(checkout.rglob("core*")), list(checkout.rglob("core*")))
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (0, unlimited[1]))
    lane.finish()


# Like the `create` of the example, but that the first token is one that could be guessed. Only root may say what a token is.
WEAK = """#!/usr/bin/env bash
. "$(dirname "$0")/store"
id=null
if rm "$HOME/weak" 2>/dev/null; then
    id="\\"$(printf 'a%.0s' {1..20})\\""
    login() { printf 'X-Vault-Token: root'; }
fi
become auth/token/create/registry-push < <(jq --null-input --arg slot "$1" --argjson id "$id" '{ ttl: "720h", meta: { slot: $slot } }
    | if $id then .id = $id else . end')
"""


def guessable(lane: Lane):
    """One in 120 of OpenBao's tokens looks as if it could be guessed, so it has no id. A run ends it and makes another, also where an
    earlier run has stopped before anybody had tested what is stored."""
    lane.project.rules(test='["false"]', settle='"0s"')
    lane.bao.release()
    ran = lane.project.rotate(lane.project.checkout())
    lane.checks.holds("without a test a run ends with 6", ran.code == ANOTHER, ran)
    lane.project.rules(test='["./ci/probe", "{environment}"]', settle='"60s"')
    checkout = lane.project.checkout()
    create = checkout / "ci/create"
    ours = create.read_text()
    create.write_text(WEAK)
    lane.project.publish(checkout, "A weak token")
    (lane.home / "weak").touch()
    before = len(lane.bao.history())
    lane.finish()
    made, *_, last = [event.accessor for event in lane.bao.history()[before:] if event.what == "created"]
    ended = [event.accessor for event in lane.bao.history()[before:] if event.what == "revoked"]
    lane.checks.holds("a token without an id is ended first", ended[0] == made and lane.bao.stored() == last, (made, last, ended))
    checkout = lane.project.checkout()
    (checkout / "ci/create").write_text(ours)
    lane.project.publish(checkout, "The example's own step")


def no_answer(lane: Lane):
    """Without the store nothing is begun."""
    before = len(lane.bao.history())
    lane.project.environment["BAO_ADDR"] = "http://127.0.0.1:1"
    ran = lane.project.rotate(lane.project.checkout())
    lane.project.environment["BAO_ADDR"] = lane.bao.address
    lane.checks.holds("without an answer a run ends with 3", ran.code == 3, ran)
    lane.checks.holds("and nothing was created", not any(event.what == "created" for event in lane.bao.history()[before:]))


def at_the_limit(lane: Lane):
    """Where `test` does not say what is in use, nothing is ended to make room: a person decides."""
    lane.project.rules(limit="2", test='["true"]')
    lane.bao.release()
    checkout = lane.project.checkout()
    subprocess.run([EXAMPLE / "ci/create", SLOT, "by hand"], env=lane.project.environment, check=True, capture_output=True)
    ran = lane.project.rotate(checkout)
    lane.checks.holds("at the limit a person is needed: 7", ran.code == 7, ran)
    lane.checks.holds("and both tokens are live", len(lane.bao.live()) == 2)
    lane.checks.holds("what to do is said, and no token", "in-use" in ran.err and not shows(ran.err, fragments([*lane.bao.tokens.values()])), ran)
    lane.project.rules(test='["./ci/probe", "{environment}"]')
    lane.finish()
    lane.project.rules(limit="")


def emergency(lane: Lane):
    """`--because` does not wait for an overlap."""
    lane.project.rules(overlap='"1h"')
    ran = lane.finish("--because", "it was in a public log")
    lane.checks.holds("an emergency does not wait", ran.seconds < 30, ran)
    lane.project.rules(overlap='"0s"')


def dry_run(lane: Lane):
    """It changes nothing."""
    before, checkout = len(lane.bao.history()), lane.project.checkout()
    ran = lane.project.rotate(checkout, "--dry-run")
    lane.checks.holds("a dry run ends with 0", ran.code == 0, ran)
    changed = [event for event in lane.bao.history()[before:] if event.what in ("created", "set", "revoking", "claimed")]
    lane.checks.holds("a dry run changes nothing", not changed and not lane.project.git(checkout, "status", "--porcelain"), changed)


def preset(lane: Lane):
    """The preset for OpenBao as it is printed, which uses the command `bao`."""
    checkout = lane.project.checkout()
    printed = ["tokenctl", "rotate", "--preset", "openbao", "--sink", "openbao", "--print", "registry-push"]
    steps = subprocess.run(printed, cwd=checkout, check=True, capture_output=True, text=True).stdout
    lane.checks.holds("the preset names its role once", steps.count("-role=NAME") == 1, steps)
    policy = checkout / "tokens.toml"
    ours = policy.read_text()
    head, _, _ = ours.partition("[tokens.registry-push.rotate.steps]")
    policy.write_text(head + steps.replace("-role=NAME", "-role=registry-push"))
    lane.project.relock(checkout)
    lane.finish()
    lane.finish()
    checkout = lane.project.checkout()
    (checkout / "tokens.toml").write_text(ours)
    lane.project.relock(checkout)


ALL = (overlap, next_run, settle, arguments, core_files, guessable, no_answer, at_the_limit, emergency, dry_run, preset)
