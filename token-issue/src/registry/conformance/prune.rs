use super::trial::{LIVE, Trial, below, id, minutes, revoked, row};
use crate::{
    registry::{Pruned, Rule},
    row::{Row, Unfit},
};

/// A token that expires so many minutes after noon.
fn until(number: u64, minute: u64) -> Row {
    Row { expires_at: minutes(minute), ..row(number) }
}

pub(super) async fn forgets_the_expired(trial: &Trial<'_>) {
    trial.insert_all(&[until(1, 10), until(2, 10), until(3, 20), below(4, &until(2, 10))]).await;
    let none = trial.ok(trial.registry.prune(minutes(10)).await);
    trial.same(none, Pruned { rows: 0, pruned_to: 0 }, "what expires at that moment stays");
    let pruned = trial.ok(trial.registry.prune(minutes(11)).await);
    trial.same(pruned, Pruned { rows: 3, pruned_to: 0 }, "what expired before is gone");
    for number in [1, 2, 4] {
        trial.same(trial.state(id(number)).await, None, "what is gone is unknown");
    }
    trial.same(trial.state(id(3)).await, LIVE, "the others stay");
    let unfit = trial.try_insert(&below(5, &until(2, 10))).await;
    trial.same(unfit, Err(Unfit::ParentUnknown), "nothing is narrowed from what is gone");
    trial.insert(&until(1, 30)).await;
    trial.same(trial.state(id(1)).await, LIVE, "what is gone leaves room");
}

pub(super) async fn keeps_what_may_be_asked(trial: &Trial<'_>) {
    let mut epochs = vec![trial.epoch().await];
    for (number, minute) in [(1, 50), (2, 10), (3, 50), (4, 10), (5, 50)] {
        trial.insert(&until(number, minute)).await;
        epochs.push(trial.revoke(id(number)).await.at);
    }
    let pruned = trial.ok(trial.registry.prune(minutes(30)).await);
    trial.same(pruned.rows, 2, "the expired are gone");
    trial.same(pruned.pruned_to, 4, "the history counts as pruned up to the last one of them");
    for (number, at) in [(1, 1), (3, 3), (5, 5)] {
        let at = epochs[at];
        trial.same(trial.state(id(number)).await, revoked(at), "other tombstones stay");
    }
    for own in &epochs {
        let feed = trial.poll(*own).await;
        trial.same(feed.answer.pruned_to, 4, "each answer says so");
        let is_usable = feed.answer.knows_own && own.n >= feed.answer.pruned_to;
        trial.same(is_usable, own.n >= 4, "a node that has not come so far is told");
        if own.n == 4 {
            trial.same(feed.tokens, vec![id(5)], "what came after is still listed");
        }
    }
    let rest = trial.ok(trial.registry.prune(minutes(60)).await);
    trial.same(rest, Pruned { rows: 3, pruned_to: 5 }, "in the end all is gone");
    let last = trial.epoch().await;
    trial.same(Some(&last), epochs.last(), "the epoch stays");
    let answer = trial.poll(last).await.answer;
    trial.same(answer.knows_own, true, "the last entry of the history stays");
    trial.insert(&row(9)).await;
    trial.same(trial.revoke(id(9)).await.at.n, 6, "the numbers go on");
}

pub(super) async fn forgets_rules(trial: &Trial<'_>) {
    trial.insert_all(&[until(1, 10), until(2, 50)]).await;
    let rule = trial.revoke_matching(Rule::all()).await;
    let first = trial.ok(trial.registry.prune(minutes(30)).await);
    trial.same(first.rows, 1, "the expired are gone");
    trial.same(
        trial.state(id(2)).await,
        revoked(rule.at),
        "a rule lives as long as what it matches",
    );
    trial.ok(trial.registry.prune(minutes(60)).await);
    trial.insert(&until(2, 90)).await;
    trial.same(trial.state(id(2)).await, LIVE, "a new token is not matched by an old rule");
    trial.same(trial.epoch().await, rule.at, "to prune is no revocation");
}
