//! Files that change under the program: each way in which agents, Kubernetes and systemd change them.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime},
};

use tempfile::TempDir;
use token_core::{Admission, ErrorKind, Grant, Token, UtcDateTime, scope::ReadableBy};
use token_rotate::{Attempt, Failure, Issuer, Watched};

use crate::{
    kind::{Ours, Plain},
    support::{assert_silent, attempt, fetch, formatted, fresh, holding, token},
};

const SETTLE: Duration = Duration::from_millis(20);

pub fn watched<K: token_core::TokenKind>(path: impl Into<PathBuf>) -> Watched<K> {
    Watched::file(path, ReadableBy::Owner).settle(SETTLE)
}

pub fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// As a writer should do it.
pub fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    write(&new, text);
    fs::rename(new, path).unwrap();
}

fn file() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    (dir, path)
}

#[test]
fn a_token_comes_once_and_a_new_one_at_the_next_look() {
    let (_dir, path) = file();
    let (first, second) = (fresh(), fresh());
    write(&path, &first);
    let watched = watched::<Plain>(&path);
    assert_eq!(token(watched.fetch(&attempt())).as_ref(), Some(&first));
    assert_eq!(token(watched.fetch(&holding(&first))), None);
    replace(&path, &second);
    assert_eq!(token(watched.fetch(&holding(&first))).as_ref(), Some(&second));
    assert_eq!(token(watched.fetch(&holding(&second))), None);
    assert!(fetch::<Plain>(&watched, &attempt()).is_ok());
    assert!(Issuer::<Plain>::poll_every(&watched).is_some());
}

#[test]
fn a_token_that_was_not_admitted_comes_again() {
    let (_dir, path) = file();
    let first = fresh();
    write(&path, &first);
    let watched = watched::<Plain>(&path);
    for _ in 0..2 {
        assert_eq!(token(watched.fetch(&attempt())).as_ref(), Some(&first));
    }
}

/// `token` → `..data/token`, `..data` → a folder that is another one after each change.
#[test]
fn a_swap_of_kubernetes_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let swap = |number: usize, text: &str| {
        let folder = dir.path().join(format!("..{number}"));
        fs::create_dir(&folder).unwrap();
        write(&folder.join("token"), text);
        let new = dir.path().join("..data_tmp");
        symlink(&folder, &new).unwrap();
        fs::rename(new, dir.path().join("..data")).unwrap();
        if number > 0 {
            fs::remove_dir_all(dir.path().join(format!("..{}", number - 1))).unwrap();
        }
    };
    let tokens = [fresh(), fresh(), fresh()];
    swap(0, &tokens[0]);
    symlink("..data/token", dir.path().join("token")).unwrap();
    let watched = watched::<Plain>(dir.path().join("token"));
    assert_eq!(token(watched.fetch(&attempt())).as_ref(), Some(&tokens[0]));
    for number in [1, 2] {
        swap(number, &tokens[number]);
        let held = holding(&tokens[number - 1]);
        assert_eq!(token(watched.fetch(&held)).as_ref(), Some(&tokens[number]));
    }
}

#[test]
fn what_is_missing_empty_or_no_token_is_a_failure_and_no_token() {
    let (_dir, path) = file();
    let (first, second) = (fresh(), fresh());
    write(&path, &first);
    let watched = watched::<Plain>(&path);
    token(watched.fetch(&attempt())).unwrap();
    let fails = || watched.fetch(&holding(&first)).unwrap_err();
    for wrong in ["", "\n", "two words of a token", "\0\0\0\0\0\0\0\0"] {
        write(&path, wrong);
        let failure = fails();
        assert!(!failure.is_final(), "{failure}");
        assert_silent(&failure, &[&first]);
    }
    fs::remove_file(&path).unwrap();
    assert!(fails().to_string().contains("not found"));
    fs::create_dir(&path).unwrap();
    fails();
    fs::remove_dir(&path).unwrap();
    fs::write(&path, &second).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(fails().to_string().contains("permissions"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(token(watched.fetch(&holding(&first))).as_ref(), Some(&second));
}

#[test]
fn a_half_written_token_is_not_taken_before_it_has_stood_for_long() {
    for ending in ["", "\n", "\r\n"] {
        let (_dir, path) = file();
        let (first, second) = (fresh(), fresh());
        write(&path, format!("{first}{ending}"));
        let watched = watched::<Plain>(&path);
        token(watched.fetch(&attempt())).unwrap();
        for len in [1, 20, 39] {
            write(&path, &second[..len]);
            for _ in 0..3 {
                let failure = watched.fetch(&holding(&first)).unwrap_err();
                assert!(failure.to_string().contains("may be cut off"), "{failure}");
                assert_silent(&failure, &[&second]);
            }
        }
        write(&path, format!("{second}{ending}"));
        assert_eq!(token(watched.fetch(&holding(&first))).as_ref(), Some(&second));
    }
}

#[test]
fn a_token_that_is_shorter_is_taken_in_the_end() {
    let (_dir, path) = file();
    write(&path, format!("{0}{0}", fresh()));
    let watched = watched::<Plain>(&path).settle(Duration::from_millis(2));
    let first = token(watched.fetch(&attempt())).unwrap();
    let short = fresh();
    write(&path, &short);
    let started = Instant::now();
    let found = loop {
        match watched.fetch(&holding(&first)) {
            Ok(fetched) => break fetched,
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    };
    assert_eq!(token(Ok(found)).as_ref(), Some(&short));
    assert!(started.elapsed() >= Duration::from_millis(480), "240 times as long");
}

#[test]
fn a_file_that_was_written_long_ago_is_taken_at_once() {
    let (_dir, path) = file();
    let first = fresh();
    write(&path, &first);
    let ago = SystemTime::now() - Duration::from_secs(600);
    fs::File::open(&path).unwrap().set_modified(ago).unwrap();
    let watched = Watched::<Plain>::file(&path, ReadableBy::Owner).settle(Duration::from_secs(60));
    let (secret, grant, handle) = watched.fetch(&attempt()).unwrap().into_secret().unwrap();
    let token: Token<Plain> = Admission::new().admit(secret, &grant).unwrap();
    let left = token.remaining();
    assert!(left < Duration::from_secs(3001) && left > Duration::from_secs(2900), "{left:?}");
    assert!(handle.is_none());
}

#[test]
fn a_file_of_the_future_gives_no_longer_life() {
    let (_dir, path) = file();
    write(&path, fresh());
    let ahead = SystemTime::now() + Duration::from_secs(86_400);
    fs::File::open(&path).unwrap().set_modified(ahead).unwrap();
    let (secret, grant, _) =
        watched::<Plain>(&path).fetch(&attempt()).unwrap().into_secret().unwrap();
    let token: Token<Plain> = Admission::new().admit(secret, &grant).unwrap();
    assert!(token.remaining() <= Duration::from_secs(3601));
}

#[test]
fn a_file_that_never_settles_is_a_failure_in_time() {
    let (_dir, path) = file();
    write(&path, fresh());
    let watched = Watched::<Plain>::file(&path, ReadableBy::Owner).settle(Duration::from_secs(60));
    let started = Instant::now();
    let failure = watched.fetch(&Attempt::new(1, Duration::from_millis(100))).unwrap_err();
    assert!(failure.to_string().contains("written on"), "{failure}");
    assert!(started.elapsed() < Duration::from_secs(5));
    let cancelled = attempt();
    cancelled.cancel();
    assert!(watched.fetch(&cancelled).is_err());
}

#[test]
fn a_checksum_tells_a_whole_token_at_once_and_a_mixed_one_for_ever() {
    let (_dir, path) = file();
    let (first, second) = (formatted::<Ours>(), formatted::<Ours>());
    write(&path, &first);
    let watched = Watched::<Ours>::file(&path, ReadableBy::Owner).settle(Duration::from_secs(60));
    assert_eq!(token(watched.fetch(&attempt())).as_ref(), Some(&first));
    // Written over in place: the half of one before the half of the other.
    write(&path, [&second[..30], &first[30..]].concat());
    let failure = watched.fetch(&holding(&first)).unwrap_err();
    assert!(
        failure.to_string().contains("holds no whole token of the kind's `format`"),
        "{failure}"
    );
    assert_silent(&failure, &[&first, &second]);
    write(&path, &second);
    assert_eq!(token(watched.fetch(&holding(&first))).as_ref(), Some(&second));
}

#[test]
fn a_grant_of_ones_own_is_asked_with_the_token_and_its_time() {
    let (_dir, path) = file();
    write(&path, fresh());
    let watched = watched::<Plain>(&path).grant(|secret, written| {
        let len = secret.with_bytes("a test", <[u8]>::len);
        assert!(len == 40 && written <= UtcDateTime::now());
        Ok(Grant::new("orders:read").expires_in(Duration::from_secs(len as u64)))
    });
    let (secret, grant, _) = watched.fetch(&attempt()).unwrap().into_secret().unwrap();
    let token: Token<Plain> = Admission::new().admit(secret, &grant).unwrap();
    assert!(token.remaining() <= Duration::from_secs(41));

    let refuses = self::watched::<Plain>(&path).grant(|_, _| Err(Failure::permanent("no claims")));
    assert!(refuses.fetch(&attempt()).unwrap_err().is_final());
}

#[test]
fn the_policy_names_the_file_or_the_credential() {
    let shown = format!("{:?}", Watched::<Plain>::from_policy().unwrap());
    assert!(shown.contains("/nonexistent/plain"), "{shown}");
    let shown = format!("{:?}", Watched::<Ours>::from_policy().unwrap());
    assert!(shown.contains("credential: \"ours\""), "{shown}");
    assert!(Watched::<crate::kind::Writer>::from_policy().is_none());
    let failure = Watched::<Plain>::from_policy().unwrap().fetch(&attempt()).unwrap_err();
    let error: &token_core::Error = failure.cause().downcast_ref().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

/// As the guide has it.
#[test]
fn a_token_is_replaced_by_hand_before_it_expires() {
    let clock = std::sync::Arc::new(token_core::ManualClock::new(UtcDateTime::now()));
    let issuer = token_rotate::FromFn::new(|attempt: &Attempt| {
        let secret =
            token_core::Secret::from(format!("a-token-of-the-test-{:020}", attempt.number()));
        let grant = Grant::new("orders:read").expires_in(Duration::from_secs(3600));
        Ok(token_rotate::Fetched::new(secret, grant))
    });
    let admission = Admission::with_clock(clock.clone());
    let (token, driver) = token_rotate::Rotating::<Plain>::options(admission, issuer).by_hand();
    driver.step();
    assert!(token.health().is_usable());
    clock.advance(Duration::from_secs(3300));
    driver.step();
    assert_eq!(token.health().revision, 2);
}

/// A file is watched by the machine: a new token is there at the next poll, and a truncated file changes nothing.
#[test]
fn a_watched_file_feeds_a_token_that_is_kept_fresh() {
    let (_dir, path) = file();
    let (first, second) = (fresh(), fresh());
    write(&path, &first);
    let rotating =
        token_rotate::Rotating::<Plain>::options(Admission::new(), watched(&path)).start().unwrap();
    let shown = || rotating.current().unwrap().id();
    let id = |token: &str| token_core::TokenId::of(token.as_bytes());
    assert_eq!(shown(), id(&first));
    write(&path, "");
    thread::sleep(Duration::from_millis(1200));
    assert_eq!(shown(), id(&first));
    replace(&path, &second);
    let started = Instant::now();
    while shown() != id(&second) {
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "it is not seen: {:?}",
            rotating.health()
        );
        thread::sleep(Duration::from_millis(10));
    }
    rotating.close(Duration::from_secs(5)).unwrap();
}
