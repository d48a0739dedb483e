//! The small tools that the tests of several crates share. It knows none of the crates.
//!
//! A test binary that uses it gets the allocator of [`alloc_watch`].

// A test panics on purpose: that is how it fails. The allocator is `unsafe` by its trait.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

pub mod alloc_watch;
pub mod forms;
pub mod postgres;

use std::{
    collections::hash_map::RandomState,
    env, fs,
    hash::{BuildHasher, Hasher},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

pub const NANO: Duration = Duration::from_nanos(1);

pub const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
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
pub struct TempDir(tempfile::TempDir);

impl TempDir {
    #[allow(clippy::new_without_default, reason = "a folder is made, so it is said")]
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// A file with this content and mode.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
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
