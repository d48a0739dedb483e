//! The registry is taken away while the service runs.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use crate::client::{Answer, Service};

/// For how long a verifier may answer from memory.
const A_SECOND: Duration = Duration::from_secs(1);

/// Asks until the answer has this status. No request that was begun more than a second after `since` may have another one.
fn within_a_second(since: Instant, service: &Service, status: u16) -> Answer {
    loop {
        let began = since.elapsed();
        let answer = service.list("deploy");
        if answer.status == status {
            return answer;
        }
        assert!(began <= A_SECOND, "{answer:?} after {began:?}");
    }
}

fn is_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503);
    assert_eq!(answer.challenge(), None, "nobody says that the token is bad");
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..60).contains(&seconds), "{seconds}");
    assert_eq!(answer.body, "");
}

fn file_is_moved(from: &Path, to: &Path) -> Instant {
    fs::rename(from, to).unwrap();
    Instant::now()
}

#[test]
fn without_its_registry_it_says_503_within_a_second_and_is_back_when_that_is() {
    let service = Service::start();
    let file = service.dir.join("registry/tokens.db");
    let away = service.dir.join("registry/away.db");
    assert_eq!(service.list("deploy").status, 200);

    let since = file_is_moved(&file, &away);
    is_unavailable(&within_a_second(since, &service, 503));
    // Whoever has no token, or a mistyped one, is told so all the same.
    assert_eq!(service.ask("GET /deployments", &[], "").status, 401);
    assert_eq!(service.ask("GET /health", &[], "").status, 200);
    let began = file_is_moved(&away, &file);
    while service.list("deploy").status != 200 {
        assert!(began.elapsed() < Duration::from_secs(3), "it does not come back");
    }
}

#[test]
fn another_registry_in_its_place_is_not_believed() {
    let service = Service::start();
    let folder = service.dir.join("registry");
    assert_eq!(service.list("deploy").status, 200);
    fs::rename(&folder, service.dir.join("away")).unwrap();
    fs::create_dir(&folder).unwrap();
    drop(token_issue::registry::Sqlite::open(folder.join("tokens.db")).unwrap());
    let since = Instant::now();
    is_unavailable(&within_a_second(since, &service, 503));
    fs::rename(&folder, service.dir.join("other")).unwrap();
    let began = file_is_moved(&service.dir.join("away"), &folder);
    while service.list("deploy").status != 200 {
        assert!(began.elapsed() < Duration::from_secs(3), "it does not come back");
    }
}
