"""An OpenBao of the tests' own, on this machine alone, and what its own log says of the tokens of a slot."""

import datetime
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
EXAMPLE = HERE.parent.parent / "examples/rotate"
SLOT = "registry-push.production"
WHERE = "secret/data/production/registry-push"


class Event(NamedTuple):
    """What OpenBao has done, in the order of its log."""

    at: float
    what: str  # created, revoking, revoked, set, used, claimed
    accessor: str


class OpenBao:
    """A server in memory. Its log has everything in plain text, so that the tests know all tokens: it stays in their folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "audit.log"
        self.read = 0
        self.events: list[Event] = []
        self.tokens: dict[str, str] = {}  # of the slot: accessor to token
        self.logins: list[str] = []
        config = folder / "server.hcl"
        config.write_text(f'audit "file" "all" {{ options {{ file_path = "{self.log}"\nlog_raw = "true" }} }}')
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        command = ["bao", "server", "-dev", "-dev-root-token-id=root", f"-dev-listen-address=127.0.0.1:{self.port}"]
        with open(folder / "server.log", "w") as log:
            home = dict(os.environ, HOME=str(folder))
            self.process = subprocess.Popen([*command, "-dev-no-store-token", f"-config={config}"], stdout=log, stderr=log, env=home)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        self.wait()

    def wait(self):
        for _ in range(200):
            try:
                if self.ask("GET", "secret/config")[0] == 200:
                    return
            except OSError:
                self.connection.close()
            time.sleep(0.05)
        raise RuntimeError(f"OpenBao does not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ask(self, method: str, path: str, body=None, token="root"):
        """Asks as its administrator. The log tells these requests from those of the runs."""
        sent = None if body is None else json.dumps(body)
        self.connection.request(method, f"/v1/{path}", sent, {"X-Vault-Token": token})
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else {}

    def prepare(self, home: Path):
        """Runs the example's `setup`, and logs the runner in, as a pipeline does."""
        environment = dict(os.environ, HOME=str(home), BAO_ADDR=self.address)
        (home / ".vault-token").write_text("root")
        role = subprocess.run([EXAMPLE / "setup"], env=environment, check=True, capture_output=True, text=True).stdout.strip()
        secret = self.ask("POST", "auth/approle/role/rotate/secret-id", {})[1]["data"]["secret_id"]
        self.ask("POST", "secret/data/registry", {"data": {"image": "shop"}})
        login = json.dumps({"role_id": role, "secret_id": secret})
        subprocess.run([EXAMPLE / "ci/login"], env=environment, check=True, input=login, text=True)
        self.logins.append((home / ".vault-token").read_text())

    def live(self) -> set[str]:
        """The accessors of the slot's live tokens, as the server has them now."""
        self.history()
        status, answer = self.ask("GET", "auth/token/accessors?list=true")
        assert status == 200, answer
        return set(answer["data"]["keys"]) & set(self.tokens)

    def stored(self, where=WHERE) -> str | None:
        """The accessor of the token that the consumer reads."""
        status, answer = self.ask("GET", where)
        return self.accessor(answer["data"]["data"]["token"]) if status == 200 else None

    def accessor(self, token: str) -> str:
        self.history()
        return next((accessor for accessor, known in self.tokens.items() if known == token), "unknown")

    def release(self):
        """Lets the time of a claim be over, instead of waiting for it."""
        status, answer = self.ask("GET", f"secret/data/claims/{SLOT}")
        if status == 200:
            self.ask("POST", f"secret/data/claims/{SLOT}", {"data": {**answer["data"]["data"], "until": 0}})

    def history(self) -> list[Event]:
        """Reads on in the log."""
        with open(self.log, "rb") as log:
            log.seek(self.read)
            for line in log:
                if not line.endswith(b"\n"):
                    break
                self.read += len(line)
                self.learn(json.loads(line))
        return self.events

    def learn(self, entry: dict):
        request, path = entry["request"], entry["request"].get("path", "")
        login = entry.get("auth", {}).get("client_token") or request.get("client_token")
        by_us = login == "root"
        # A request is in the log before it has an effect, a response after it.
        asked, refused = entry["type"] == "request", entry.get("error")
        if refused or request["operation"] not in ("create", "update", "read"):
            return
        if path == "auth/token/revoke-accessor" and not by_us:
            self.happened(entry, "revoking" if asked else "revoked", request["data"]["accessor"])
        if asked:
            return
        if path == "auth/token/create/registry-push":
            made = entry["response"]["auth"]
            if made.get("metadata", {}).get("slot") == SLOT:
                self.tokens[made["accessor"]] = made["client_token"]
                self.happened(entry, "created", made["accessor"])
        elif path == WHERE and request["operation"] != "read":
            self.happened(entry, "set", self.find(request["data"]["data"]["token"]))
        elif path == "auth/token/lookup-self" and self.find(login) != "unknown":
            self.happened(entry, "used", self.find(login))
        elif path.startswith("secret/data/claims/") and request["operation"] != "read" and not by_us:
            self.happened(entry, "claimed", request["data"]["data"]["holder"])

    def find(self, token) -> str:
        return next((accessor for accessor, known in self.tokens.items() if known == token), "unknown")

    def happened(self, entry: dict, what: str, accessor: str):
        at = datetime.datetime.fromisoformat(entry["time"]).timestamp()
        self.events.append(Event(at, what, accessor))
