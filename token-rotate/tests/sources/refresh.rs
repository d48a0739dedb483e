//! A refresh token that is used once: it is never used twice, and never lost by us.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Response;
use tempfile::TempDir;
use token_core::Secret;
use token_rotate::{
    Attempt, Failure, Issuer,
    oauth::{ClientAuth, RefreshToken, Store},
};

use crate::{
    kind::{Ours, Plain},
    oauth::{Got, Server, answer, endpoint, granted},
    support::{assert_silent, attempt, fresh, text, token},
};

/// An authorization server that accepts each refresh token once (RFC 9700 section 4.14.2), and remembers what it gave.
#[derive(Clone, Default)]
struct Once(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    current: String,
    used: Vec<String>,
    /// Refresh tokens that were sent a second time.
    replayed: usize,
    access: Vec<String>,
}

impl Once {
    fn new(current: &str) -> Self {
        let once = Self::default();
        once.0.lock().unwrap().current = current.to_owned();
        once
    }

    fn answer(&self, got: &Got) -> Result<Response<Bytes>, Failure> {
        assert_eq!(got.value("grant_type"), Some("refresh_token"));
        let sent = got.value("refresh_token").unwrap().to_owned();
        let mut state = self.0.lock().unwrap();
        if sent != state.current {
            state.replayed += usize::from(state.used.contains(&sent));
            return answer(400, r#"{"error":"invalid_grant"}"#);
        }
        let (access, next) = (fresh(), fresh());
        state.used.push(sent);
        state.access.push(access.clone());
        let body = granted(&access).replace('}', &format!(r#","refresh_token":"{next}"}}"#));
        state.current = next;
        answer(200, body)
    }

    fn current(&self) -> String {
        self.0.lock().unwrap().current.clone()
    }

    fn issuer(&self, store: &Store) -> RefreshToken<Plain> {
        let server = self.clone();
        let server = Server::new(move |got: &Got| server.answer(got));
        let endpoint = endpoint(server).auth(ClientAuth::public("shop"));
        RefreshToken::new(endpoint, store.clone())
    }
}

fn store() -> (TempDir, PathBuf, Store) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("refresh-token");
    let store = Store::at(&path);
    (dir, path, store)
}

fn put(store: &Store) -> (String, Once) {
    let first = fresh();
    store.put(&Secret::from(first.clone())).unwrap();
    (first.clone(), Once::new(&first))
}

fn content(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_successor_is_on_the_disk_before_the_access_token_is_released() {
    let (_dir, path, store) = store();
    let (first, server) = put(&store);
    assert_eq!(content(&path), first);
    let issuer = server.issuer(&store);
    for _ in 0..5 {
        let access = token(issuer.fetch(&attempt()));
        assert_eq!(content(&path), server.current());
        assert_eq!(access, server.0.lock().unwrap().access.last().cloned());
    }
    assert_eq!(server.0.lock().unwrap().replayed, 0);
    let mode =
        |name: &str| fs::metadata(path.with_file_name(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode("refresh-token"), mode("refresh-token.lock")], [0o600; 2]);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2, "nothing else is left");
}

#[test]
fn a_refresh_token_that_stays_stays() {
    let (_dir, path, store) = store();
    let (first, _) = put(&store);
    let server = Server::new(|_: &Got| answer(200, granted(&fresh())));
    let issuer = RefreshToken::<Plain>::new(endpoint(server), store);
    drop(issuer.fetch(&attempt()).unwrap());
    assert_eq!(content(&path), first);
}

#[test]
fn processes_take_turns_and_none_uses_a_token_twice() {
    let (_dir, path, store) = store();
    let (_, server) = put(&store);
    // Each has a lock of its own, as other processes have.
    let issuers: Vec<_> = (0..8).map(|_| server.issuer(&Store::at(&path))).collect();
    thread::scope(|scope| {
        for issuer in &issuers {
            scope.spawn(|| (0..5).for_each(|_| drop(issuer.fetch(&attempt()).unwrap())));
        }
    });
    let state = server.0.lock().unwrap();
    assert_eq!((state.replayed, state.used.len()), (0, 40));
    assert_eq!(content(&path), state.current);
}

/// The lock is one of the system, which another process has.
#[test]
fn a_process_that_keeps_the_file_is_waited_for_and_not_for_ever() {
    let (_dir, path, store) = store();
    let (_, server) = put(&store);
    let lock = path.with_file_name("refresh-token.lock");
    let mut other = Command::new("flock").arg(&lock).args(["sleep", "60"]).spawn().unwrap();
    let issuer = server.issuer(&store);
    let short = || Attempt::new(1, Duration::from_millis(100));
    let deadline = Instant::now() + Duration::from_secs(10);
    // It may not have started.
    let failure = loop {
        match issuer.fetch(&short()) {
            Err(failure) => break failure,
            Ok(_) => assert!(Instant::now() < deadline, "the other process has no lock"),
        }
    };
    assert!(!failure.is_final() && failure.to_string().contains("another process"), "{failure}");
    let cancelled = attempt();
    cancelled.cancel();
    assert!(issuer.fetch(&cancelled).is_err());
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(server.0.lock().unwrap().replayed, 0);
}

#[test]
fn a_disk_that_takes_nothing_loses_nothing() {
    let (dir, path, store) = store();
    let (first, server) = put(&store);
    let issuer = server.issuer(&store);
    // The new file cannot be made.
    let blocker = dir.path().join("refresh-token.new");
    fs::create_dir(&blocker).unwrap();
    for _ in 0..3 {
        let failure = issuer.fetch(&attempt()).unwrap_err();
        assert!(
            !failure.is_final() && failure.to_string().contains("cannot be written"),
            "{failure}"
        );
        assert_silent(&failure, &[&first, &server.current()]);
    }
    assert_eq!(server.0.lock().unwrap().used.len(), 1, "nothing is sent before it is written");
    assert_eq!(content(&path), first, "the file is whole");
    fs::remove_dir(&blocker).unwrap();
    drop(issuer.fetch(&attempt()).unwrap());
    assert_eq!(content(&path), server.current());
    assert_eq!(server.0.lock().unwrap().replayed, 0);
}

#[test]
fn somebody_who_logs_in_meanwhile_wins() {
    let (dir, path, store) = store();
    let (_, server) = put(&store);
    let issuer = server.issuer(&store);
    let blocker = dir.path().join("refresh-token.new");
    fs::create_dir(&blocker).unwrap();
    drop(issuer.fetch(&attempt()).unwrap_err());
    fs::remove_dir(&blocker).unwrap();
    let again = fresh();
    server.0.lock().unwrap().current.clone_from(&again);
    store.put(&Secret::from(again.clone())).unwrap();
    drop(issuer.fetch(&attempt()).unwrap());
    assert!(server.0.lock().unwrap().used.contains(&again));
    assert_eq!(content(&path), server.current());
}

#[test]
fn without_a_refresh_token_somebody_has_to_log_in() {
    let (_dir, path, store) = store();
    let server = Once::new(&fresh());
    let issuer = server.issuer(&store);
    let failure = issuer.fetch(&attempt()).unwrap_err();
    assert!(failure.is_final() && failure.to_string().contains("has to log in"), "{failure}");
    assert!(failure.to_string().contains(path.to_str().unwrap()));

    // One that the server accepts no more.
    let stale = fresh();
    store.put(&Secret::from(stale.clone())).unwrap();
    let failure = issuer.fetch(&attempt()).unwrap_err();
    assert!(failure.is_final() && failure.to_string().contains("invalid_grant"), "{failure}");
    assert_eq!(content(&path), stale, "it is still there to be looked at");

    let good = server.current();
    store.put(&Secret::from(good)).unwrap();
    assert!(issuer.fetch(&attempt()).is_ok(), "no restart is needed");
}

#[test]
fn a_store_that_others_may_read_is_refused() {
    let (_dir, path, store) = store();
    let (first, server) = put(&store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let failure = server.issuer(&store).fetch(&attempt()).unwrap_err();
    assert!(failure.to_string().contains("permissions"), "{failure}");
    assert_eq!(server.0.lock().unwrap().used.len(), 0);
    assert_silent(&failure, &[&first]);
}

#[test]
fn what_a_killed_process_left_is_no_obstacle() {
    let (_dir, path, store) = store();
    let (_, server) = put(&store);
    fs::write(path.with_file_name("refresh-token.new"), "half of a tok").unwrap();
    drop(server.issuer(&store).fetch(&attempt()).unwrap());
    assert_eq!(content(&path), server.current());
    assert!(!path.with_file_name("refresh-token.new").exists());
}

#[test]
fn a_lost_answer_is_told_and_costs_the_refresh_token() {
    let (_dir, _, store) = store();
    let (_, server) = put(&store);
    let lossy = server.clone();
    let sender = Server::new(move |got: &Got| {
        let _ = lossy.answer(got);
        Err(Failure::transient("the connection was reset"))
    });
    let issuer = RefreshToken::<Plain>::new(endpoint(sender), store.clone());
    assert!(!issuer.fetch(&attempt()).unwrap_err().is_final(), "it may not have arrived");
    let failure = server.issuer(&store).fetch(&attempt()).unwrap_err();
    assert!(failure.is_final(), "now somebody has to log in: {failure}");
}

#[test]
fn the_policy_names_the_store() {
    let store = Store::from_policy::<Plain>().unwrap();
    assert!(format!("{store:?}").contains("/nonexistent/refresh-token"));
    assert!(Store::from_policy::<Ours>().is_none());
    let secret = Secret::from(fresh());
    assert_eq!(store.put(&secret).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    assert_eq!(text(&secret).len(), 40);
}
