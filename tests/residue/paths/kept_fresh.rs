//! Lives of tokens that threads keep fresh, with a helper command as the issuer.

use std::{path::Path, sync::Arc, thread, time::Duration};

use token_core::{
    Admission, Current, ErrorKind, ManualClock,
    record::{InMemory, Log},
    source,
};
use token_rotate::{Attempt, Failure, Fetched, FromFn, Rotating};

use super::{Kept, ListRepos, clock, grant, kind};

/// Each is another token, and has the one that is looked for in it.
const ANOTHER_EACH_TIME: &str = r#"printf '%s.%s' "$(cat "$0/token")" "$1""#;

/// The same, but the fourth one hangs after it has said its token.
const THEN_HANGS: &str = r#"printf '%s.%s' "$(cat "$0/token")" "$1"
[ "$1" -lt 4 ] || { : > "$0/hangs"; exec sleep 600; }"#;

const SWAPS: u64 = 2;

/// A lease of the first token is out all the time, and is dropped after the end.
pub(super) fn closed(dir: &Path) -> Kept {
    let (clock, log) = (clock(), Arc::new(InMemory::new()));
    let rotating = start(dir, ANOTHER_EACH_TIME, &clock, &log);
    let lease = Current::current(&rotating).unwrap();
    for _ in 0..SWAPS {
        use_and_replace(&rotating, &clock);
    }
    lease.with(&ListRepos, |exposed| assert!(!exposed.as_str().is_empty())).unwrap();
    assert_eq!(rotating.health().revision, SWAPS + 1);
    assert!(rotating.health().leases >= 1, "it may be looked at by the driver just now");
    rotating.close(Duration::from_secs(30)).unwrap();
    assert_eq!(lease.expose_for(&ListRepos).unwrap_err().kind(), ErrorKind::Ended);
    drop(lease);
    assert!(log.standing().unwrap().open.is_empty());
    Box::new((rotating, log))
}

/// What the scan must find.
pub(super) fn alive(dir: &Path) -> Kept {
    let (clock, log) = (clock(), Arc::new(InMemory::new()));
    let rotating = start(dir, ANOTHER_EACH_TIME, &clock, &log);
    use_and_replace(&rotating, &clock);
    Box::new(rotating)
}

/// A helper hangs when all is closed, and its token is half read.
pub(super) fn closed_while_a_helper_hangs(dir: &Path) -> Kept {
    let (clock, log) = (clock(), Arc::new(InMemory::new()));
    let rotating = start(dir, THEN_HANGS, &clock, &log);
    use_and_replace(&rotating, &clock);
    use_and_replace(&rotating, &clock);
    reject(&rotating, &clock);
    while !dir.join("hangs").exists() {
        thread::sleep(Duration::from_millis(1));
    }
    // For what it has said to arrive.
    thread::sleep(Duration::from_millis(20));
    rotating.close(Duration::from_secs(30)).unwrap();
    assert!(log.standing().unwrap().open.is_empty());
    Box::new((rotating, log))
}

/// Nobody closes it.
pub(super) fn dropped(dir: &Path) -> Kept {
    let (clock, log) = (clock(), Arc::new(InMemory::new()));
    let rotating = start(dir, ANOTHER_EACH_TIME, &clock, &log);
    use_and_replace(&rotating, &clock);
    drop(rotating);
    // Dropping waits for no thread: the one that fetches may hold the token a moment longer.
    for _ in 0..10_000 {
        if log.standing().unwrap().open.is_empty() {
            return Box::new(log);
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("a token is still held ten seconds after its keeper was dropped");
}

fn start(
    dir: &Path,
    script: &'static str,
    clock: &Arc<ManualClock>,
    log: &Arc<InMemory>,
) -> Rotating<kind::Ci> {
    let dir = dir.to_str().unwrap().to_owned();
    let helper = FromFn::new(move |attempt: &Attempt| {
        let number = attempt.number().to_string();
        let argv = ["sh", "-c", script, &dir, &number];
        let secret = source::command_unless(argv, attempt.within(), attempt.cancelled())?;
        Ok::<_, Failure>(Fetched::new(secret, grant()))
    });
    let admission = Admission::with_clock(clock.clone()).recorder(log.clone());
    Rotating::options(admission, helper).patience(Duration::from_secs(600)).start().unwrap()
}

/// A request with the current token, which the server then rejects. Another one takes its place.
fn use_and_replace(rotating: &Rotating<kind::Ci>, clock: &ManualClock) {
    drop(rotating.current().unwrap().header(&ListRepos).unwrap());
    reject(rotating, clock);
    drop(rotating.wait(Duration::from_secs(60)).unwrap());
}

/// At most one is fetched in a second, so some seconds pass.
fn reject(rotating: &Rotating<kind::Ci>, clock: &ManualClock) {
    clock.advance(Duration::from_secs(10));
    rotating.rejected(rotating.current().unwrap().id());
}
