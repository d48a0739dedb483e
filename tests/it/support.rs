//! The policy, the operations and the small tools that all tests share.

use std::{
    collections::hash_map::RandomState,
    env, fs,
    hash::{BuildHasher, Hasher},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use time::{UtcDateTime, macros::utc_datetime};
use token_core::{
    __private::{CompiledKind, CompiledScope, CompiledSource, Lifetime, Uses},
    Error, ErrorKind, Grant, ManualClock, RequireScopes, Secret, Token, TokenKind,
};

token_core::policy!("tokens.toml");

/// An operation that every kind of `tokens.toml` permits.
#[derive(RequireScopes)]
#[require(scope::RepoRead)]
pub struct ListRepos;

pub const TEXT: &str = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
pub const NOW: UtcDateTime = utc_datetime!(2026-01-01 12:00);
pub const NANO: Duration = Duration::from_nanos(1);

pub fn secret() -> Secret {
    Secret::from(TEXT.to_owned())
}

pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(NOW))
}

pub const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A grant that kind `ci` admits for ten minutes.
pub fn ci_grant() -> Grant {
    Grant::new("repo:read deploy:run").expires_in(secs(600))
}

/// A token of kind `ci` that is valid for `lifetime` on `clock`.
pub fn ci_token(clock: &Arc<ManualClock>, lifetime: Duration) -> Token<kind::Ci> {
    let grant = Grant::new("repo:read deploy:run").expires_in(lifetime);
    Token::admit_with_clock(secret(), &grant, clock.clone()).unwrap()
}

pub fn kind_of<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// The scopes of [`Wide`] with these numbers, as a grant lists them.
pub fn text_of(numbers: &[usize]) -> String {
    let names: Vec<&str> = numbers.iter().map(|&number| NAMES[number]).collect();
    names.join(" ")
}

/// 48 characters that were never seen before, so that a leak cannot hide behind
/// a text that stands in the message anyway.
pub fn fresh_token() -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut token = String::new();
    while token.len() < 48 {
        let mut random = RandomState::new().build_hasher().finish();
        for _ in 0..10 {
            token.push(char::from(DIGITS[(random % 62) as usize]));
            random /= 62;
        }
    }
    token.truncate(48);
    token
}

/// A folder that goes away with the test.
pub struct TempDir(PathBuf);

impl TempDir {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("it-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A file with this content and mode.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the body of `test` in a process of its own, with these variables: a
/// threaded process must not change its environment.
pub fn in_child(test: &str, variables: &[(&str, &str)], body: impl FnOnce()) {
    if env::var_os(CHILD).is_some_and(|child| child == test) {
        return body();
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]);
    command.env(CHILD, test).envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "the child failed:\n{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "the child ran another test:\n{stdout}");
}

const CHILD: &str = "TOKEN_CORE_IT_CHILD";

/// A kind that `tokens.toml` cannot declare: its source lies in a folder that is
/// known only when the tests are compiled. Written by hand, through the private
/// door that the macros use.
pub const fn kind_from(name: &'static str, source: Option<CompiledSource>) -> CompiledKind {
    CompiledKind {
        name,
        owner: None,
        scopes: &[CompiledScope { name: "repo:read", listed: true, implies: &[] }],
        known_scopes: &["repo:read"],
        max_lifetime: Lifetime::from_secs(3600),
        leeway: Lifetime::ZERO,
        audience: None,
        uses: Uses::Many,
        format: None,
        source,
        policy: None,
    }
}

/// The kind with `N` scopes `s000`, `s001` …, for the edges of the bit set. Each
/// scope whose number is 2 modulo 5 implies the two after it.
pub struct Wide<const N: usize>;

impl<const N: usize> TokenKind for Wide<N> {
    const COMPILED: &'static CompiledKind =
        &CompiledKind { scopes: &Self::SCOPES, known_scopes: &NAMES, ..kind_from("wide", None) };
}

impl<const N: usize> Wide<N> {
    const SCOPES: [CompiledScope; N] = wide_scopes();
}

pub const fn wide_implies(number: usize, count: usize) -> &'static [u8] {
    if number % 5 != 2 {
        return &[];
    }
    let end = if number + 3 < count { number + 3 } else { count };
    INDEX.split_at(end).0.split_at(number + 1).1
}

const fn wide_scopes<const N: usize>() -> [CompiledScope; N] {
    let mut scopes = [const { CompiledScope { name: "", listed: true, implies: &[] } }; N];
    let mut i = 0;
    while i < N {
        scopes[i].name = NAMES[i];
        scopes[i].implies = wide_implies(i, N);
        i += 1;
    }
    scopes
}

pub const NAMES: [&str; 256] = {
    let mut names = [""; 256];
    let mut i = 0;
    while i < 256 {
        names[i] = match str::from_utf8(&SPELLED[i]) {
            Ok(name) => name,
            Err(_) => panic!(),
        };
        i += 1;
    }
    names
};

const SPELLED: &[[u8; 4]; 256] = &{
    let mut all = [*b"s000"; 256];
    let mut i = 0;
    while i < 256 {
        let digits = [b'0' + (i / 100) as u8, b'0' + (i / 10 % 10) as u8, b'0' + (i % 10) as u8];
        all[i] = [b's', digits[0], digits[1], digits[2]];
        i += 1;
    }
    all
};

const INDEX: &[u8; 256] = &{
    let mut index = [0; 256];
    let mut i = 0;
    while i < 256 {
        index[i] = i as u8;
        i += 1;
    }
    index
};
