"""What must hold of every run, and after it. Each check is counted, so that one that did not run is seen."""

import collections
import hashlib
import http.client
import json
import re
import threading
from pathlib import Path

from openbao import SLOT, WHERE, Event, OpenBao
from project import Ran, facts


class Broken(Exception):
    """A promise that does not hold."""


class Checks:
    def __init__(self):
        self.made: collections.Counter[str] = collections.Counter()

    def holds(self, promise: str, holds: bool, what: object = ""):
        if not holds:
            raise Broken(f"{promise}: {what}")
        self.made[promise] += 1

    def must_have_run(self, *promises: str):
        for promise in promises:
            if not self.made[promise]:
                raise Broken(f"not checked: {promise}")


def fragments(tokens: list[str], size=8) -> set[str]:
    """All pieces of the tokens. What stands before the random part is public: `s.`, or the prefix of a format."""
    tokens = [re.sub(r"^[a-z]+(_[a-z]+)*[._]", "", token) for token in tokens]
    return {token[at : at + size] for token in tokens for at in range(len(token) - size + 1)}


def shows(text: str, pieces: set[str], size=8) -> bool:
    return any(text[at : at + size] in pieces for at in range(len(text) - size + 1))


class Consumer(threading.Thread):
    """Who uses the token: reads it where it is stored and does its work with it, all the time. It is locked out if what
    is stored does not work, and is still what is stored."""

    def __init__(self, bao: OpenBao):
        super().__init__(daemon=True)
        self.bao, self.worked, self.locked_out, self.over = bao, 0, [], threading.Event()
        self.connection = http.client.HTTPConnection("127.0.0.1", bao.port, timeout=20)

    def ask(self, path: str, token: str):
        self.connection.request("GET", f"/v1/{path}", None, {"X-Vault-Token": token})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def stored(self) -> str | None:
        status, text = self.ask(WHERE, "root")
        return json.loads(text)["data"]["data"]["token"] if status == 200 else None

    def run(self):
        while not self.over.wait(0.05):
            token = self.stored()
            if token is None:
                continue
            status, _ = self.ask("secret/data/registry", token)
            if status == 200:
                self.worked += 1
            elif token == self.stored():
                self.locked_out.append(status)

    def stop(self):
        self.over.set()
        self.join()


def story_holds(checks: Checks, events: list[Event], at_most: int):
    """No token is ended that the consumer uses, or before its successor was used; never more are live than may be."""
    live: set[str] = set()
    stored, used = None, False
    runner, maker, handed = "", {}, set()
    for event in events:
        if event.what == "claimed":
            runner = event.accessor
        elif event.what == "created":
            live.add(event.accessor)
            maker[event.accessor] = runner
            checks.holds("live at once", len(live) <= at_most, f"{len(live)} are live, {at_most} may be")
        elif event.what == "revoked":
            live.discard(event.accessor)
        elif event.what == "set":
            stored, used = event.accessor, False
            handed.add(stored)
        elif event.what == "used" and event.accessor == stored:
            used = True
        elif event.what == "revoking":
            checks.holds("what the consumer uses is not ended", event.accessor != stored, event)
            # A run may at once end what it has made itself and has given to nobody: a token without an id, for which it makes another.
            own = runner and maker.get(event.accessor) == runner and event.accessor not in handed
            if own:
                checks.made["a run ends what it has made and given to nobody"] += 1
            else:
                checks.holds("nothing is ended before a successor has worked", used, event)


def token_id(token: str) -> str:
    return hashlib.sha256(b"token-core/id/v1\0" + token.encode()).hexdigest()[:32]


def ended_well(checks: Checks, bao: OpenBao, checkout: Path):
    """One token is live: the one that the consumer uses, and that the lock names."""
    locked, stored = facts(checkout), bao.stored()
    checks.holds("the lock names what is used", locked.get("handle") == stored, (locked, stored))
    checks.holds("the lock has the id", locked.get("id") == token_id(bao.tokens[stored]), locked)
    live = bao.live()
    checks.holds("no orphan", live == {stored}, f"live: {live}, used: {stored}")
    checks.holds("no `previous` is left", not facts(checkout, "previous"))


def nothing_shows(checks: Checks, bao: OpenBao, ran: Ran, checkout: Path):
    """No fragment of a token in what a run printed and left behind: the journal, the lock and whatever else is there."""
    bao.history()
    pieces = fragments([*bao.tokens.values(), *bao.logins])
    checks.holds("output shows no token", not shows(ran.out + ran.err, pieces), ran)
    journals = 0
    for file in (file for file in checkout.rglob("*") if file.is_file() and ".git" not in file.parts):
        checks.holds("files show no token", not shows(file.read_text(errors="replace"), pieces), file)
        journals += file.name == "rotate.journal"
    checks.made["journals read"] += journals


def newest(checkouts: Path) -> Path:
    return max(checkouts.glob("checkout-*"), key=lambda made: int(made.name.split("-")[1]))


__all__ = ["SLOT", "Broken", "Checks", "Consumer", "ended_well", "fragments", "newest", "nothing_shows", "shows", "story_holds"]
