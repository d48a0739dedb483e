"""Asks rust-analyzer about crates that call `policy!`: `editor.py PROJECT FOLDER`.

The crates are written into FOLDER, in a workspace of their own. rust-analyzer is asked over the Language Server
Protocol, as an editor asks it. Two crates have a mistake: if no error is shown there, no error elsewhere says nothing.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

project = pathlib.Path(sys.argv[1]).resolve()
trial = pathlib.Path(sys.argv[2]).resolve() / "trial"

POLICY = """version = 1

[scopes]
"{name}:read" = "Read"

[tokens.{name}-ci]
owner        = "platform-team"
scopes       = ["{name}:read"]
max_lifetime = "1h"
rotate       = {{ before_expiry = "10m", overlap = "2m" }}
"""


def program(call, name, krate="token_core", path="crate"):
    """A source file whose policy has the kind `{name}Ci` and the scope `{name}Read`."""
    other = "" if krate == "token_core" else f", crate = ::{krate}"
    return f"""{call}

#[derive({krate}::RequireScopes)]
#[require(scope::{name}Read{other})]
pub struct List;

pub fn list(token: &{krate}::Token<kind::{name}Ci>) -> Result<usize, {krate}::Error> {{
    Ok(token.expose_for(&List)?.as_str().len() + POLICY.kinds.len())
}}
"""


def manifest(name, dependency="token-core = {"):
    return f"""[package]
name = "{name}"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
{dependency} path = "{project}/token-core" }}
"""


MAIN = "\nfn main() {}\n"
FILES = {
    "Cargo.toml": '[workspace]\nresolver = "3"\nmembers = ["crates/*"]\n',
    "tokens.toml": POLICY.format(name="shared"),
    "crates/service/Cargo.toml": manifest("service"),
    "crates/service/src/lib.rs": "pub mod a;\n"
    + program('token_core::policy!("../../../tokens.toml");', "Shared"),
    "crates/service/src/main.rs": program('token_core::policy!("../../../tokens.toml");', "Shared") + MAIN,
    "crates/service/src/a.rs": "//! Not `policy!(\"../../tokens.toml\")`.\npub mod b;\n",
    "crates/service/src/a/b.rs": program('token_core::policy!("../../module.toml");', "Module"),
    "crates/service/src/bin/tool.rs": program('use token_core::policy;\npolicy!("tokens.toml");', "Tool") + MAIN,
    "crates/service/src/bin/tokens.toml": POLICY.format(name="tool"),
    "crates/service/module.toml": POLICY.format(name="module"),
    "crates/service/tests/it.rs": program('token_core::policy! { "tokens.toml" }', "Test"),
    "crates/service/tests/tokens.toml": POLICY.format(name="test"),
    "crates/renamed/Cargo.toml": manifest("renamed", 'badge = { package = "token-core",'),
    "crates/renamed/src/lib.rs": program(
        'badge::policy!("../tokens.toml", crate = ::badge);', "Renamed", "badge"
    ),
    "crates/renamed/tokens.toml": POLICY.format(name="renamed"),
    "crates/wrong/Cargo.toml": manifest("wrong"),
    "crates/wrong/src/lib.rs": 'token_core::policy!("nowhere.toml");\npub mod one;\npub mod two;\n',
    "crates/wrong/src/one/mod.rs": 'token_core::policy!("tokens.toml");\n',
    "crates/wrong/src/one/tokens.toml": POLICY.format(name="one"),
    "crates/wrong/src/two/mod.rs": 'token_core::policy!("tokens.toml");\n',
    "crates/wrong/src/two/tokens.toml": POLICY.format(name="two"),
}
RIGHT = {
    "crates/service/src/lib.rs": "Shared",
    "crates/service/src/main.rs": "Shared",
    "crates/service/src/a/b.rs": "Module",
    "crates/service/src/bin/tool.rs": "Tool",
    "crates/service/tests/it.rs": "Test",
    "crates/renamed/src/lib.rs": "Renamed",
}
WRONG = {
    "crates/wrong/src/lib.rs": "no policy file at `nowhere.toml`",
    "crates/wrong/src/one/mod.rs": "2 different policy files",
}


class Editor:
    """A session with rust-analyzer."""

    def __init__(self, folder):
        environment = dict(os.environ, CARGO_TARGET_DIR=str(trial.parent / "target"))
        self.server = subprocess.Popen(
            ["rust-analyzer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, env=environment
        )
        self.last_id = 0
        self.is_ready = False
        capabilities = {
            "textDocument": {"diagnostic": {}, "completion": {}},
            "experimental": {"serverStatusNotification": True},
        }
        options = {"checkOnSave": False, "cachePriming": {"enable": False}}
        self.ask(
            "initialize",
            processId=os.getpid(),
            rootUri=folder.as_uri(),
            capabilities=capabilities,
            initializationOptions=options,
        )
        self.tell("initialized")

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.server.stdin.flush()

    def receive(self):
        length = None
        while line := self.server.stdout.readline().strip():
            name, value = line.split(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length is None:
            sys.exit("rust-analyzer has ended")
        message = json.loads(self.server.stdout.read(length))
        if message.get("method") == "experimental/serverStatus":
            self.is_ready = message["params"]["quiescent"]
        elif "method" in message and "id" in message:
            self.send({"id": message["id"], "result": None})
        return message

    def tell(self, method, **params):
        self.send({"method": method, "params": params or None})

    def ask(self, method, **params):
        """Asks again where rust-analyzer says that its answer is stale."""
        while True:
            self.last_id += 1
            self.send({"id": self.last_id, "method": method, "params": params or None})
            while (answer := self.receive()).get("id") != self.last_id or "method" in answer:
                pass
            if "error" not in answer:
                return answer["result"]
            if answer["error"]["code"] not in (-32801, -32802):
                sys.exit(f"{method}: {answer['error']['message']}")

    def wait(self):
        while not self.is_ready:
            self.receive()

    def open(self, path):
        document = {"uri": path.as_uri(), "languageId": "rust", "version": 1, "text": path.read_text()}
        self.tell("textDocument/didOpen", textDocument=document)

    def mistakes(self, path):
        answer = self.ask("textDocument/diagnostic", textDocument={"uri": path.as_uri()})
        return [item["message"] for item in answer["items"] if item["severity"] <= 2]

    def completions(self, path, after):
        """What may follow the first `after` in the file."""
        before = path.read_text().partition(after)[0] + after
        position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        answer = self.ask(
            "textDocument/completion", textDocument={"uri": path.as_uri()}, position=position
        )
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return [item["label"] for item in items]


shutil.rmtree(trial, ignore_errors=True)
for name, text in FILES.items():
    path = trial / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
for name in ("Cargo.lock", "rust-toolchain.toml"):
    shutil.copy(project / name, trial / name)

editor = Editor(trial)
for name in [*RIGHT, *WRONG]:
    editor.open(trial / name)
editor.wait()
failed = False
for name, word in RIGHT.items():
    path = trial / name
    found = editor.mistakes(path)
    kinds, scopes = editor.completions(path, "kind::"), editor.completions(path, "scope::")
    holds = not found and f"{word}Ci" in kinds and f"{word}Read" in scopes
    print(f"{name}: errors {found}, kinds {kinds}, scopes {scopes}")
    failed |= not holds
for name, words in WRONG.items():
    found = editor.mistakes(trial / name)
    print(f"{name}: errors {found}")
    failed |= len(found) != 1 or words not in found[0]
editor.ask("shutdown")
editor.tell("exit")
editor.server.wait(timeout=60)
sys.exit("the editor shows something else than the compiler" if failed else 0)
