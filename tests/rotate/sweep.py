"""A run is killed at each system call, and another one follows from a fresh checkout."""

import itertools
import time
from pathlib import Path

from checks import Checks, Consumer, ended_well, nothing_shows, story_holds
from openbao import OpenBao
from project import KILLED, Project

ANOTHER = 6

# The calls of tokenctl that change something outside it, or wait for something that does.
EFFECTS = """clone clone3 fdatasync fsync ftruncate kill link linkat mkdir mkdirat pidfd_open pidfd_send_signal pipe2 poll ppoll
rename renameat renameat2 unlink unlinkat vfork wait4 waitid write writev""".split()


class Lane:
    """A server, a project on it, and a consumer. Sweeps run in several lanes at once."""

    def __init__(self, folder: Path, checks: Checks, **rules: str):
        self.folder, self.checks, self.at_most = folder, checks, int(rules.get("limit", "3"))
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self.bao = OpenBao(folder)
        self.bao.prepare(self.home)
        self.project = Project(folder, self.home, {"BAO_ADDR": self.bao.address})
        self.project.rules(**{"overlap": '"0s"', **rules})
        self.consumer = Consumer(self.bao)
        self.consumer.start()

    def stop(self):
        self.consumer.stop()
        self.bao.stop()
        self.checks.holds("the consumer works all the time", self.consumer.worked > 0 and not self.consumer.locked_out,
                          (self.consumer.worked, self.consumer.locked_out))

    def finish(self, *words: str):
        """A whole run from a fresh checkout, and what must hold after it."""
        for _ in range(5):
            self.bao.release()
            checkout = self.project.checkout()
            ran = self.project.rotate(checkout, *words)
            # What a step of the killed run has started may go on for a moment, and renew its claim.
            if ran.code != ANOTHER:
                break
        self.checks.holds("a run that nobody kills ends with 0", ran.code == 0, ran)
        nothing_shows(self.checks, self.bao, ran, checkout)
        ended_well(self.checks, self.bao, checkout)
        self.project.publish(checkout)
        return ran

    def story(self):
        """Looks at what has happened since the last time that all was well."""
        story_holds(self.checks, self.bao.history(), self.at_most)

    def pair(self, call: str, number: int) -> bool:
        """A run that is killed, and one that follows. Says whether it was killed."""
        self.bao.release()
        checkout = self.project.checkout()
        ran = self.project.killed(checkout, call, number)
        self.checks.holds("a run ends with 0 or is killed", ran.code in (0, KILLED), (call, number, ran))
        nothing_shows(self.checks, self.bao, ran, checkout)
        if ran.code == 0:
            ended_well(self.checks, self.bao, checkout)
            self.project.publish(checkout)
            return False
        self.finish()
        return True


def spread(points: list) -> list:
    """The points in an order in which those that come first are spread over all."""
    digits = len(points).bit_length()
    order = sorted(range(1 << digits), key=lambda number: int(format(number, f"0{digits}b")[::-1], 2))
    return [points[number] for number in order if number < len(points)]


def sweep(lane: Lane, calls: dict[str, int], least: int = 0, seconds: float = 0) -> tuple[int, int]:
    """Kills at these calls, at each of them once: as many as fit into that time, and at least so many. Without a time at all of them, and on
    until a run ends unkilled. Returns how many runs were killed, of how many."""
    points = [(call, number) for call in sorted(calls) for number in range(1, calls[call] + 1)]
    end, tried, killed = time.monotonic() + seconds, 0, 0
    for call, number in spread(points):
        if seconds and tried >= least and time.monotonic() > end:
            break
        tried += 1
        killed += lane.pair(call, number)
    if not seconds:
        for call, count in calls.items():
            for number in itertools.count(count + 1):
                tried += 1
                if not lane.pair(call, number):
                    break
                killed += 1
    lane.story()
    return killed, tried
