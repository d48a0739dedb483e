//! One check's registry, and what the checks ask of it.

use std::{
    fmt::Debug,
    future::poll_fn,
    task::{Poll, ready},
    time::Duration,
};

use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};

use crate::{
    digest::{Digest, Digests},
    registry::{Boxed, Feed, Read, Registry, RegistryError, Revoked, Rule},
    row::{Row, State, Unfit},
};

/// A registry, under the name of a check.
pub(super) struct Trial<'r> {
    pub(super) registry: &'r dyn Registry,
    name: &'static str,
}

impl<'r> Trial<'r> {
    pub(super) fn new(registry: &'r dyn Registry, name: &'static str) -> Self {
        Self { registry, name }
    }

    #[track_caller]
    pub(super) fn same<T: PartialEq + Debug>(&self, found: T, expected: T, what: &str) {
        assert!(
            found == expected,
            "{}: {what}\n  found:    {found:?}\n  expected: {expected:?}",
            self.name
        );
    }

    #[track_caller]
    pub(super) fn ok<T>(&self, answer: Result<T, RegistryError>) -> T {
        answer.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    pub(super) async fn try_insert(&self, row: &Row) -> Result<(), Unfit> {
        self.ok(self.registry.insert(digest(row.token), row.clone(), NOON).await)
    }

    pub(super) async fn insert(&self, row: &Row) {
        self.same(self.try_insert(row).await, Ok(()), "the row is put in");
    }

    pub(super) async fn insert_all(&self, rows: &[Row]) {
        for row in rows {
            self.insert(row).await;
        }
    }

    pub(super) async fn revoke(&self, token: TokenId) -> Revoked {
        self.ok(self.registry.revoke(token).await)
    }

    pub(super) async fn revoke_matching(&self, rule: Rule) -> Revoked {
        self.ok(self.registry.revoke_matching(rule).await)
    }

    pub(super) async fn read(&self, token: TokenId, own: Epoch) -> Read {
        self.ok(self.registry.read(digests(token), own).await)
    }

    pub(super) async fn poll(&self, own: Epoch) -> Feed {
        self.ok(self.registry.poll(own).await)
    }

    pub(super) async fn spend(&self, token: TokenId, audience: Option<&str>) -> Option<State> {
        let own = self.epoch().await;
        let read = self.ok(self.registry.spend(digests(token), own, audience, None, NOON).await);
        read.row.map(|row| row.state)
    }

    /// How far the registry has come.
    pub(super) async fn epoch(&self) -> Epoch {
        self.ok(self.registry.snapshot(0, NOON).await).at
    }

    /// Whether the token is alive. All methods that return rows must say the same.
    pub(super) async fn state(&self, token: TokenId) -> Option<State> {
        let shown = self.ok(self.registry.show(token).await);
        let read = self.read(token, self.epoch().await).await.row;
        self.same(&read, &shown, "`read` and `show` return the same row");
        let listed = self.ok(self.registry.list(Rule::all(), None, usize::MAX).await);
        let listed = listed.into_iter().find(|row| row.token == token);
        self.same(&listed, &shown, "`list` and `show` return the same row");
        shown.map(|row| row.state)
    }
}

/// Awaits all futures at once, in one task.
pub(super) async fn all<T>(mut futures: Vec<Boxed<'_, T>>) -> Vec<Result<T, RegistryError>> {
    let mut answers: Vec<_> = futures.iter().map(|_| None).collect();
    poll_fn(move |context| {
        for (future, answer) in futures.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                *answer = match future.as_mut().poll(context) {
                    Poll::Ready(answer) => Some(answer),
                    Poll::Pending => None,
                };
            }
        }
        let all_there = answers.iter().all(Option::is_some);
        ready!(if all_there { Poll::Ready(()) } else { Poll::Pending });
        Poll::Ready(answers.iter_mut().filter_map(Option::take).collect())
    })
    .await
}

/// The time of all checks.
pub(super) const NOON: UtcDateTime = UtcDateTime::UNIX_EPOCH;

/// So many minutes after [`NOON`].
pub(super) fn minutes(minutes: u64) -> UtcDateTime {
    NOON + Duration::from_secs(60 * minutes)
}

pub(super) fn id(number: u64) -> TokenId {
    let mut bytes = [0x5a; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    TokenId::from_bytes(bytes)
}

pub(super) fn digest(token: TokenId) -> Digest {
    let mut bytes = [0xa5; 32];
    bytes[..16].copy_from_slice(token.as_bytes());
    Digest::from_bytes(bytes)
}

pub(super) fn digests(token: TokenId) -> Digests {
    Digests::new(digest(token), None)
}

/// Two builds that differ in their last digit alone.
pub(super) fn builds() -> [SourceDigest; 2] {
    ["4", "5"].map(|last| {
        let text = format!("git:{}{last}", "4b825dc642cb6eb9a060e54bf8d69288fbee490");
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    })
}

/// A row of a token that was minted at noon, for an hour.
pub(super) fn row(number: u64) -> Row {
    let mut row = Row::new(id(number), "deploy", NOON, minutes(60));
    row.scopes = vec!["deploy:read".into(), "deploy:run".into()];
    row.subject = Some("job-17".into());
    row
}

/// A row of a token that was narrowed from this one, and has all that it has.
pub(super) fn below(number: u64, parent: &Row) -> Row {
    let parent = parent.clone();
    Row { token: id(number), parent: Some(parent.token), depth: parent.depth + 1, ..parent }
}

pub(super) fn revoked(at: Epoch) -> Option<State> {
    Some(State::Revoked { n: at.n })
}

pub(super) const LIVE: Option<State> = Some(State::Live);
