use super::trial::{LIVE, NOON, Trial, all, builds, digest, digests, id, revoked, row};
use crate::{
    digest::{Digest, Digests},
    row::{Row, State},
};

const SPENT: Option<State> = Some(State::Spent);

fn once(number: u64) -> Row {
    Row { once: true, ..row(number) }
}

pub(super) async fn uses_once(trial: &Trial<'_>) {
    trial.insert_all(&[once(1), once(2), once(3)]).await;
    let before = trial.epoch().await;
    trial.same(trial.spend(id(1), None).await, LIVE, "the first finds it live");
    trial.same(trial.spend(id(1), None).await, SPENT, "the second does not");
    trial.same(trial.state(id(1)).await, SPENT, "it stays spent");
    trial.same(trial.state(id(2)).await, LIVE, "no other token is spent");
    let peppered = Digests::new(Digest::from_bytes([7; 32]), Some(digest(id(2))));
    for expected in [LIVE, SPENT] {
        let read = trial.ok(trial.registry.spend(peppered, before, None, None, NOON).await);
        trial.same(read.row.map(|row| row.state), expected, "it is found by the pepper before");
    }
    trial.same(
        trial.spend(id(3), Some("anybody")).await,
        LIVE,
        "without an audience all may use it",
    );
    trial.same(trial.epoch().await, before, "no number is taken");
    trial.same(trial.spend(id(4), None).await, None, "what is unknown is not spent");
}

pub(super) async fn is_tried_by_many(trial: &Trial<'_>) {
    let own = trial.epoch().await;
    for number in 0..10 {
        trial.insert(&once(number)).await;
        let tries =
            (0..50).map(|_| trial.registry.spend(digests(id(number)), own, None, None, NOON));
        let found = all(tries.collect()).await.into_iter().filter_map(|read| trial.ok(read).row);
        let used = found.filter(|row| row.state == State::Live).count();
        trial.same(used, 1, "of all who try at the same time one uses it");
    }
}

pub(super) async fn is_for_the_build_it_is_bound_to(trial: &Trial<'_>) {
    let [one, other] = builds();
    let own = trial.epoch().await;
    trial.insert_all(&[Row { build: Some(one), ..once(1) }, once(2), once(3)]).await;
    for (number, build, before, after, what) in [
        (1, None, LIVE, LIVE, "what is bound to a build is not spent by who says none"),
        (1, Some(other), LIVE, LIVE, "what is bound to a build is not spent by another"),
        (1, Some(one), LIVE, SPENT, "its build finds it live, and has used it"),
        (1, Some(one), SPENT, SPENT, "once"),
        (2, Some(one), LIVE, SPENT, "what is bound to none is spent, whatever is said"),
        (3, None, LIVE, SPENT, "what is bound to none is spent, whatever is said"),
    ] {
        let spent = trial.registry.spend(digests(id(number)), own, None, build, NOON).await;
        trial.same(trial.ok(spent).row.map(|row| row.state), before, what);
        trial.same(trial.state(id(number)).await, after, what);
    }
}

pub(super) async fn leaves_what_does_not_fit(trial: &Trial<'_>) {
    let audience = Some("deploy".to_owned());
    let rows = [
        row(1),
        Row { audience, ..once(2) },
        Row { expires_at: NOON, ..once(3) },
        once(4),
        Row { kind: "other".into(), ..once(5) },
    ];
    trial.insert_all(&rows).await;
    let one = trial.revoke(id(4)).await;
    let rule = trial.revoke_matching(crate::registry::Rule::all().kind("other")).await;
    for (number, audience, state, what) in [
        (2, None, LIVE, "what is meant for somebody is not spent by nobody"),
        (2, Some("other"), LIVE, "what is meant for somebody is not spent by another"),
        (3, None, LIVE, "what has expired is not spent"),
        (4, None, revoked(one.at), "what was revoked is not spent"),
        (5, None, revoked(rule.at), "what a rule matches is not spent"),
    ] {
        trial.same(trial.spend(id(number), audience).await, state, what);
        trial.same(trial.state(id(number)).await, state, what);
    }
    trial.same(trial.spend(id(1), None).await, LIVE, "whether the row says `once` does not matter");
    trial.same(trial.spend(id(1), None).await, SPENT, "and it is used up");
    trial.same(trial.spend(id(2), Some("deploy")).await, LIVE, "its audience finds it live");
    trial.same(trial.spend(id(2), Some("deploy")).await, SPENT, "and has used it");
}
