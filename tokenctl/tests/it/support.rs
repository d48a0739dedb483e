//! Folders to try the program in, and tokens to plant there. No token stands in these sources.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use token_audit::{Log, SigningKey};
use token_core::TokenId;
use token_core::record::{Action, Event, Use};
use token_policy::format::{self, Prefix};

/// What is called.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tokenctl");

/// A policy with a format, to which nothing is to be said.
pub(crate) const POLICY: &str = "\
version = 1

[scopes]
\"repo:read\" = \"Read repositories\"

[tokens.ci]
owner        = \"platform-team\"
scopes       = [\"repo:read\"]
max_lifetime = \"1h\"
rotate       = { before_expiry = \"10m\", overlap = \"2m\" }
format       = \"acmecorp_ci\"
";

/// A policy with two environments: two kinds whose tokens have lines, and an ephemeral one.
pub(crate) const LOCKED: &str = "\
version = 1

[scopes]
\"repo:read\" = \"Read repositories\"

[environments]
production = {}
staging    = {}

[tokens.ci]
owner        = \"platform-team\"
scopes       = [\"repo:read\"]
max_lifetime = \"90d\"
rotate       = { before_expiry = \"10d\", overlap = \"2d\" }
format       = \"acmecorp_ci\"

[tokens.oidc]
owner        = \"platform-team\"
scopes       = [\"repo:read\"]
max_lifetime = \"1h\"
rotate       = { before_expiry = \"10m\", overlap = \"2m\" }
environments = [\"production\"]
ephemeral    = true

[tokens.web]
owner        = \"platform-team\"
scopes       = [\"repo:read\"]
max_lifetime = \"90d\"
rotate       = { before_expiry = \"10d\", overlap = \"2d\" }
";

/// A public id, another for each number.
pub(crate) fn id(number: u8) -> String {
    format!("{number:02x}").repeat(16)
}

/// A report of these tokens, each with the members that stand here after its id.
pub(crate) fn report(tokens: &[(&str, &str, u8, &str)]) -> String {
    let token = |(kind, environment, number, more): &(&str, &str, u8, &str)| {
        let id = id(*number);
        format!("{{\"kind\":\"{kind}\",\"environment\":\"{environment}\",\"id\":\"{id}\",{more}}}")
    };
    format!("{{\"tokens\":[{}]}}", tokens.iter().map(token).collect::<Vec<_>>().join(","))
}

/// When tokens of the tests expire, as a member of a report.
pub(crate) const LATER: &str = "\"expires_at\":\"2100-01-01T00:00:00Z\"";

impl Folder {
    /// A repository with a policy that has environments, and its lock, committed.
    pub(crate) fn locked() -> Folder {
        let folder = Folder::repository();
        folder.write("tokens.toml", LOCKED);
        folder.run(&["lock"]).ends(0);
        folder.commit_all("the lock");
        folder
    }

    /// Reports these tokens to `tokenctl lock`.
    pub(crate) fn lock(&self, tokens: &[(&str, &str, u8, &str)]) -> Ran {
        self.write("report.json", report(tokens));
        let ran = self.run(&["lock", "--report", "report.json"]);
        fs::remove_file(self.path().join("report.json")).unwrap();
        ran
    }
}

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// A folder that is gone at the end.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// A git repository without a commit.
    pub(crate) fn repository() -> Folder {
        let folder = Folder::new();
        folder.git(&["init", "--quiet", "--initial-branch=main"]);
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Has cargo answer here, with code 0, for a subcommand of our name or of the old one.
    pub(crate) fn alias_our_names(&self) {
        let answer = "locate-project -h";
        let aliases = format!("[alias]\ntoken = \"{answer}\"\ntokenctl = \"{answer}\"\n");
        self.write(".cargo/config.toml", aliases);
        for name in ["token", "tokenctl"] {
            let mut cargo = self.command(std::env::var_os("CARGO").unwrap());
            // The toolchain is found in the user's folders.
            cargo.env("HOME", std::env::var_os("HOME").unwrap_or_default());
            let answered = ran(cargo.args([name, "scan"])).ends(0);
            assert!(answered.out.contains("Usage: locate-project"), "{answered:?}");
        }
    }

    /// Runs our program here.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in("", arguments)
    }

    pub(crate) fn run_in(&self, below: &str, arguments: &[&str]) -> Ran {
        let mut command = self.command(PROGRAM);
        command.current_dir(self.path().join(below)).args(arguments);
        ran(&mut command)
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut git = self.command("git");
        let ran = ran(git.args(arguments)).ends(0);
        ran.out
    }

    pub(crate) fn commit_all(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--no-verify", "--message", message]);
    }

    /// A command that knows nothing of this machine's user, and finds our program.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path()).stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "GIT_DIR", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        command
            .env("HOME", self.path())
            .env("GIT_CONFIG_GLOBAL", "")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@b");
        }
        command.env("PATH", path_with_program());
        command
    }
}

/// Where programs are, ours first.
fn path_with_program() -> std::ffi::OsString {
    let ours = Path::new(PROGRAM).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(ours).chain(std::env::split_paths(&others));
    std::env::join_paths(all).unwrap()
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A token of the policy's kind `ci`, another for each seed.
pub(crate) fn token(seed: u64) -> String {
    let prefix = Prefix::parse("acmecorp_ci").unwrap();
    let mut token = vec![0; prefix.token_bytes()];
    format::compose(&prefix, &entropy(seed), &mut token).unwrap();
    String::from_utf8(token).unwrap()
}

/// A token with GitHub's checksum.
pub(crate) fn github(seed: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digit = |number: u64| char::from(DIGITS[usize::try_from(number % 62).unwrap()]);
    let random: String = entropy(seed)[..30].iter().map(|byte| digit(u64::from(*byte))).collect();
    let crc = u64::from(crc32fast::hash(random.as_bytes()));
    let sum: String = (0..6).rev().map(|place| digit(crc / 62_u64.pow(place))).collect();
    format!("gh{}_{random}{sum}", "p")
}

/// A value that only looks like a secret.
pub(crate) fn password(seed: u64) -> String {
    entropy(seed)[..20].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entropy(seed: u64) -> [u8; 128] {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    [0; 128].map(|_: u8| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[3]
    })
}

/// An audit log in `audit`, its verifying key in `audit.vkey`: of two kinds, one token still open.
pub(crate) fn audit_log(folder: &Folder) -> PathBuf {
    let directory = folder.path().join("audit");
    let key = SigningKey::generate("example.com/deploy").unwrap();
    folder.write("audit.vkey", format!("{}\n", key.verifying_key()));
    let log = Log::open(&directory, key).unwrap();
    let id = |number: u8| TokenId::from_bytes([number; 16]);
    let open = |kind: &'static str, number| {
        let event = Event::new(Action::Admitted, kind).token(id(number)).actor("deploy-service");
        log.append(event.scopes(["repo:read", "repo:write"])).unwrap();
    };
    open("ci", 1);
    let uses = vec![Use::new("repo:read", 12)];
    log.append(Event::new(Action::exposed(Some(0), uses), "ci").token(id(1))).unwrap();
    log.append(Event::new(Action::destroyed(Some(0)), "ci").token(id(1))).unwrap();
    open("deployer", 2);
    log.close().unwrap();
    directory
}

/// Whether eight bytes of a secret stand in a text.
pub(crate) fn shows(text: &str, secret: &str) -> bool {
    secret.as_bytes().windows(8).any(|part| text.contains(std::str::from_utf8(part).unwrap()))
}
