//! The wipe in a process that forks while it has threads, under a seccomp filter that is installed late, and where
//! exposures were forgotten.
//!
//! Each test runs in a process of its own, which this binary starts with the name of the test.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

#[path = "process/forgotten.rs"]
mod forgotten;
#[path = "process/fork.rs"]
mod fork;
#[path = "process/seccomp.rs"]
mod seccomp;

use std::{env, process::Command, ptr, sync::Arc, time::Duration};

use token_core::{Exposed, Grant, ManualClock, RequireScopes, Secret, Token};

token_core::policy!("process/tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

type Ci = Token<kind::Ci>;

const MINUTE: Duration = Duration::from_secs(60);

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(time::macros::utc_datetime!(2026-01-01 12:00)))
}

fn token(clock: &Arc<ManualClock>) -> Ci {
    let grant = Grant::new("repo:read").expires_in(MINUTE);
    Token::admit_with_clock(Secret::from(vec![b'x'; 64]), &grant, clock.clone()).unwrap()
}

/// Where a token's bytes are, to look there later.
#[derive(Clone, Copy)]
struct Place(*const u8);

// SAFETY: an address; whoever reads there says why it may.
unsafe impl Send for Place {}

impl Place {
    fn of(exposed: &Exposed<'_>) -> Self {
        Self(exposed.as_bytes().as_ptr())
    }

    /// The token must be alive: wiped or not, its block is its own.
    fn is_wiped(self) -> bool {
        // SAFETY: as the caller promises. No thread writes meanwhile, since the tests wait for each other.
        let bytes = (0..64).map(|at| unsafe { ptr::read_volatile(self.0.add(at)) });
        bytes.fold(0, |all, byte| all | byte) == 0
    }
}

/// Runs `test` in a process of its own, in which nothing else has used token-core.
fn alone(name: &str, test: fn()) {
    if env::var_os("ALONE").is_some() {
        return test();
    }
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.env("ALONE", "1").args(["--exact", name, "--nocapture"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "no test has this name: {text}");
}
