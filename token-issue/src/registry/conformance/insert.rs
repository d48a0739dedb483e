use super::trial::{LIVE, NOON, Trial, builds, digest, id, minutes, row};
use crate::{
    digest::Digest,
    registry::RegistryError,
    row::{Origin, Row, State},
};

pub(super) async fn keeps_what_it_is_given(trial: &Trial<'_>) {
    let mut full = row(1);
    full.audience = Some("https://deploy.example.com/ü".into());
    full.actor = Some("token-service".into());
    full.reason = Some("it's \"needed\"; DROP TABLE token; --".into());
    full.once = true;
    full.build = Some(builds()[0]);
    full.origin = Some(Origin { log: "example.com/tokens".into(), index: u64::from(u32::MAX) + 7 });
    let mut bare = Row::new(id(2), "", minutes(1), minutes(2));
    bare.subject = Some(String::new());
    trial.insert_all(&[full.clone(), bare.clone()]).await;
    for row in [full, bare] {
        trial.state(row.token).await;
        let shown = trial.ok(trial.registry.show(row.token).await);
        trial.same(shown, Some(row), "each fact is kept, also one that is empty or has signs");
    }
}

/// A registry that keeps a build as bytes must not lose which algorithm they are of.
pub(super) async fn keeps_builds_apart(trial: &Trial<'_>) {
    let [sha_1, _] = builds();
    let digits = "6e9c2b0d".repeat(8);
    let others = ["git", "sha256"].map(|algorithm| {
        let text = format!("{algorithm}:{digits}");
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    });
    for (number, build) in (1..).zip([None, Some(sha_1)].into_iter().chain(others.map(Some))) {
        trial.insert(&Row { build, ..row(number) }).await;
        trial.state(id(number)).await;
        let kept = trial.ok(trial.registry.show(id(number)).await);
        trial.same(kept.map(|row| row.build), Some(build), "a build is kept as it is");
    }
}

pub(super) async fn decides_born_and_state(trial: &Trial<'_>) {
    trial.insert(&row(1)).await;
    trial.revoke(id(1)).await;
    let mut given = row(2);
    (given.born, given.last_used, given.depth) = (77, Some(NOON), 5);
    given.state = State::Revoked { n: 1 };
    trial.insert(&given).await;
    let kept = trial.ok(trial.registry.show(id(2)).await);
    let expected = Row { born: 1, last_used: None, state: State::Live, depth: 0, ..given };
    trial.same(
        kept,
        Some(expected),
        "the registry decides when a token was born, and that it is alive and was not used",
    );
}

pub(super) async fn refuses_a_second_row(trial: &Trial<'_>) {
    trial.insert(&row(1)).await;
    let other = Row { kind: "other".into(), ..row(1) };
    for (digest, row, what) in [
        (Digest::from_bytes([9; 32]), other, "a second row with this token id is refused"),
        (digest(id(1)), row(2), "a second row with this digest is refused"),
    ] {
        let answer = trial.registry.insert(digest, row, NOON).await;
        trial.same(answer, Err(RegistryError::Duplicate), what);
    }
    trial.same(trial.state(id(1)).await, LIVE, "the first row stays");
    let kept = trial.ok(trial.registry.show(id(1)).await);
    trial.same(kept, Some(row(1)), "the first row stays as it is");
    trial.same(trial.state(id(2)).await, None, "what was refused is not there");
}

/// A registry that keeps scopes as one text must not make two of one.
pub(super) async fn keeps_scopes_apart(trial: &Trial<'_>) {
    let odd = ["a b", "a\u{b}b", "", " ", "a\u{a0}b", "a\0b", "a,b", "a'b", "a\u{1f}b"];
    for (number, scope) in (1..).zip(odd) {
        let mut row = row(number);
        row.scopes = vec![scope.into(), "deploy:run".into()];
        match trial.registry.insert(digest(row.token), row.clone(), NOON).await {
            Ok(_) => {
                let kept = trial.ok(trial.registry.show(row.token).await);
                trial.same(
                    kept.map(|row| row.scopes),
                    Some(row.scopes),
                    "scopes are kept as they are",
                );
            }
            Err(_) => {
                trial.same(trial.state(row.token).await, None, "what was refused is not there");
            }
        }
    }
}
