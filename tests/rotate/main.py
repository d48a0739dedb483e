"""`tokenctl rotate` on a real OpenBao. Without arguments: the scenarios, the calls of tokenctl that have an effect (as many as fit),
and two runners at once. With `all`: every system call that a run makes, and a hundred pairs of runners."""

import signal
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

import scenarios
from checks import Broken, Checks
from sweep import EFFECTS, Lane, sweep

# For the short form: how many calls each lane kills at, at the least, and how long it goes on.
LEAST, SECONDS = 15, 60
LANES = {"limit 3": {}, "limit 2": {"limit": "2"}}
# What must have been checked, whatever else was.
PROMISES = ("live at once", "what the consumer uses is not ended", "nothing is ended before a successor has worked", "no orphan",
            "the lock names what is used", "the lock has the id", "output shows no token", "files show no token", "journals read",
            "the consumer works all the time", "a run ends with 0 or is killed")
ALONE = ("the old token ends after the overlap", "the lock has the old token as `previous`", "arguments and environments show no token",
         "a token in an argument would be seen", "no core file", "crashes of tokenctl", "the preset names its role once", "without an answer a run ends with 3",
         "at the limit a person is needed: 7", "a token without an id is ended first", "a run ends what it has made and given to nobody", "an emergency does not wait", "a dry run changes nothing",
         "`settle` is waited for, and no longer", "everything ends after the consumer has changed")
TWO = ("of two runners one ends with 0 and one with 6",)


def swept(lane: Lane, name: str, everything: bool):
    """Sweeps with one set of rules."""
    lane.finish()
    checkout = lane.project.checkout()
    lane.bao.release()
    ran, made = lane.project.calls(checkout)
    lane.checks.holds("a run under strace ends with 0", ran.code == 0, ran)
    lane.project.publish(checkout)
    calls = made if everything else {call: count for call, count in made.items() if call in EFFECTS}
    if not calls.get("write"):
        raise Broken(f"the run has made none of the calls to be swept: {made}")
    total = sum(calls.values())
    killed, tried = sweep(lane, calls) if everything else sweep(lane, calls, LEAST, SECONDS)
    print(f"{name}: killed at {killed} of {total} calls ({', '.join(f'{call} {count}' for call, count in sorted(calls.items()))})", flush=True)
    # Of a few calls a run makes one less now and then; it ends unkilled then.
    if killed < 0.8 * (total if everything else tried):
        raise Broken(f"{name}: only {killed} of {tried} runs were killed")


def told(lane: Lane, scenario, *words):
    started = time.monotonic()
    scenario(lane, *words)
    lane.story()
    print(f"{scenario.__name__.replace('_', ' ')}: {time.monotonic() - started:.0f} s", flush=True)


def work(job, checks: Checks, rules: dict, failures: list):
    """A lane of its own for one job. A failure of one does not hide that of another."""
    with tempfile.TemporaryDirectory(prefix="rotate-") as folder:
        lane = None
        try:
            lane = Lane(Path(folder), checks, **rules)
            job(lane)
            lane.stop()
        except Exception:
            failures.append(traceback.format_exc())
            print(failures[-1], file=sys.stderr, flush=True)
            if lane is not None:
                lane.consumer.stop()
                lane.bao.stop()


def main(everything: bool) -> int:
    # A parent may have had it ignored; then no child's end is seen.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    checks, failures, started = Checks(), [], time.monotonic()

    def alone(lane: Lane):
        lane.finish()
        for scenario in scenarios.ALL:
            told(lane, scenario)

    def pairs(lane: Lane):
        lane.at_most = 2
        lane.finish()
        told(lane, scenarios.two_at_once, 100 if everything else 10)

    # What measures times goes first and alone.
    work(alone, checks, {}, failures)
    work(pairs, checks, {}, failures)
    sweeps = [threading.Thread(target=work, args=(lambda lane, name=name: swept(lane, name, everything), checks, rules, failures))
              for name, rules in LANES.items()]
    for thread in sweeps:
        thread.start()
    for thread in sweeps:
        thread.join()
    if not failures:
        checks.must_have_run(*PROMISES, *ALONE, *TWO)
    for promise, times in sorted(checks.made.items()):
        print(f"  {promise}: {times}")
    print(f"rotate on OpenBao: {sum(checks.made.values())} checks, {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(everything=sys.argv[1:] == ["all"]))
