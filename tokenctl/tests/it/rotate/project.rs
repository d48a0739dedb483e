//! A repository with a kind whose steps are scripts. What the issuer and the consumer know is in files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Folder, PROGRAM, password};

/// All steps in one script. The issuer's live tokens are files named by their handles, and what was called is one line each. The
/// scripts `before` and `after`, where a test has written them, run before and after a step has its effect.
const STEP: &str = r#"#!/bin/sh
set -eu
verb=$1
shift
[ "$verb" = claim ] || echo "$verb $*" >>"$STATE/calls"
[ ! -e "$STATE/before" ] || . "$STATE/before"
case $verb in
claim) # SLOT HOLDER SECONDS
    if ! ln -s "$2" "$STATE/claim" 2>/dev/null; then
        [ "$(readlink "$STATE/claim")" = "$2" ] || exit 1
    fi ;;
find) ls "$STATE/live" ;;
create)
    number=$(($(cat "$STATE/count") + 1))
    echo "$number" >"$STATE/count"
    token=$(sed -n "${number}p" "$STATE/tokens")
    printf '%s' "$token" >"$STATE/live/key-$number"
    printf '{"auth": {"token": "%s", "handle": "key-%s", "ttl": 86400}}\n' "$token" "$number" ;;
set) cat >"$STATE/consumer" ;;
test)
    given=$(cat)
    uses=$(cat "$STATE/consumer" 2>/dev/null || true)
    for handle in $(ls "$STATE/live"); do
        [ "$(cat "$STATE/live/$handle")" != "$uses" ] || [ -e "$STATE/mute" ] || echo "in-use $handle"
    done
    [ -z "$given" ] || [ "$given" = "$uses" ] || exit 1 ;;
retire) rm -f "$STATE/live/$1" ;;
esac
[ ! -e "$STATE/after" ] || . "$STATE/after"
"#;

/// The steps, in the policy. `MORE` is for a test to add keys.
const POLICY: &str = r#"version = 1
[scopes]
"image:push" = "Push images"

[environments.production]

[tokens.registry-push]
owner        = "platform-team"
scopes       = ["image:push"]
max_lifetime = "30d"

[tokens.registry-push.rotate]
before_expiry = "10d"
overlap       = "1s"

[tokens.registry-push.rotate.steps]
create  = ["./ci/step", "create", "{slot}", "{attempt}"]
reply   = { token = "auth.token", handle = "auth.handle", expires_in = "auth.ttl" }
set     = ["./ci/step", "set", "{environment}"]
test    = ["./ci/step", "test"]
find    = ["./ci/step", "find", "{slot}"]
retire  = ["./ci/step", "retire", "{handle}"]
settle  = "1s"
timeout = "20s"
"#;

/// A repository, and what is outside of it.
pub(crate) struct Project {
    pub(crate) folder: Folder,
}

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` if it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }
}

impl Project {
    pub(crate) fn new() -> Project {
        Project::with(str::to_owned)
    }

    /// A project whose policy a test has changed.
    pub(crate) fn with(change: impl FnOnce(&str) -> String) -> Project {
        let folder = Folder::repository();
        folder.write("repository/tokens.toml", change(POLICY));
        folder.write("repository/ci/step", STEP);
        let step = folder.path().join("repository/ci/step");
        fs::set_permissions(step, PermissionsExt::from_mode(0o755)).unwrap();
        fs::create_dir_all(folder.path().join("repository/.git")).unwrap();
        folder.write("state/count", "0\n");
        folder.write("state/calls", "");
        let tokens: Vec<String> = (1..30).map(password).collect();
        folder.write("state/tokens", tokens.join("\n") + "\n");
        fs::create_dir(folder.path().join("state/live")).unwrap();
        let project = Project { folder };
        project.run(&["lock"]).ends(0);
        project
    }

    /// One whose first token is current, in use and locked.
    pub(crate) fn running() -> Project {
        let project = Project::new();
        project.rotate(&[]).ends(0);
        project.forget();
        project
    }

    /// The token of a number, as the issuer makes it.
    pub(crate) fn token(number: u64) -> String {
        password(number)
    }

    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.folder.path().join("state").join(name)
    }

    /// Has this shell script run in each step, at its begin or at its end.
    pub(crate) fn hook(&self, when: &str, script: &str) {
        fs::write(self.state(when), script).unwrap();
    }

    pub(crate) fn unhook(&self) {
        for when in ["before", "after", "mute", "claim"] {
            let _ = fs::remove_file(self.state(when));
        }
    }

    /// Forgets what was called.
    pub(crate) fn forget(&self) {
        fs::write(self.state("calls"), "").unwrap();
    }

    /// The names of the steps that were called, in their order, but for claims.
    pub(crate) fn called(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.state("calls")).unwrap();
        calls.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    }

    /// The handles of the issuer's live tokens.
    pub(crate) fn live(&self) -> Vec<String> {
        let files = fs::read_dir(self.state("live")).unwrap();
        let mut live: Vec<_> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        live.sort();
        live
    }

    /// The handle of the token that the consumer uses.
    pub(crate) fn used(&self) -> Option<String> {
        let uses = fs::read_to_string(self.state("consumer")).unwrap_or_default();
        let has =
            |handle: &&String| fs::read_to_string(self.state("live").join(handle)).unwrap() == uses;
        self.live().iter().find(has).cloned()
    }

    /// The line of the lock that begins so.
    pub(crate) fn line(&self, begin: &str) -> Option<String> {
        let lock = self.folder.read("repository/tokens.lock");
        lock.lines().find(|line| line.starts_with(begin)).map(str::to_owned)
    }

    /// Copies the repository as a runner has it that knows nothing of the run before.
    pub(crate) fn lose_the_disk(&self) {
        let _ = fs::remove_dir_all(self.folder.path().join("repository/.token"));
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(PROGRAM);
        command.current_dir(self.folder.path().join("repository"));
        command.env("STATE", self.folder.path().join("state")).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        // A long line is broken for reading.
        let text = |bytes| String::from_utf8(bytes).unwrap().replace("\n       ", " ");
        if output.status.signal().is_some() {
            return Ended { code: None, out: text(output.stdout), err: text(output.stderr) };
        }
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    pub(crate) fn rotate(&self, more: &[&str]) -> Ended {
        self.run(&[&["rotate", "registry-push"], more].concat())
    }

    /// Checks what holds after every run that was not killed: one token is live, in use and locked.
    #[track_caller]
    pub(crate) fn is_settled(&self) {
        let live = self.live();
        assert_eq!(live.len(), 1, "{live:?}");
        assert_eq!(self.used().as_ref(), live.first());
        let line = self.line("current").unwrap();
        assert!(line.contains(&format!("handle={}", live[0])), "{line}");
        assert_eq!(self.line("previous"), None);
    }
}
