use std::collections::HashSet;

use super::trial::{LIVE, NOON, Trial, below, id, revoked, row};
use crate::{
    registry::{Revoked, Rule},
    row::{MAX_DEPTH, Row, State},
};

/// A token with 3 children, each with 3 children, and a neighbour with a child.
async fn family(trial: &Trial<'_>) -> Vec<Row> {
    let root = row(1);
    let mut rows = vec![root.clone()];
    for one in 0..3 {
        let child = below(10 + one, &root);
        let grandchildren = (0..3).map(|two| below(100 + 10 * one + two, &child));
        rows.extend([child.clone()].into_iter().chain(grandchildren.collect::<Vec<_>>()));
    }
    trial.insert_all(&rows).await;
    trial.insert_all(&[row(2), below(3, &row(2))]).await;
    rows
}

pub(super) async fn ends_the_subtree(trial: &Trial<'_>) {
    let rows = family(trial).await;
    let before = trial.epoch().await;
    let branch = trial.revoke(id(11)).await;
    trial.same((branch.is_new, branch.tokens), (true, 4), "a child ends with its own children");
    for row in &rows {
        let is_below = row.token == id(11) || row.parent == Some(id(11));
        let expected = if is_below { revoked(branch.at) } else { LIVE };
        trial.same(trial.state(row.token).await, expected, "a child's end is not its parent's");
    }
    let whole = trial.revoke(id(1)).await;
    trial.same(
        (whole.is_new, whole.tokens),
        (true, 9),
        "what was dead before is not counted again",
    );
    for row in &rows {
        let is_below = row.token == id(11) || row.parent == Some(id(11));
        let expected = if is_below { branch.at } else { whole.at };
        trial.same(trial.state(row.token).await, revoked(expected), "a token dies once");
    }
    for number in [2, 3] {
        trial.same(trial.state(id(number)).await, LIVE, "others stay alive");
    }
    let feed = trial.poll(before).await;
    let listed: HashSet<_> = feed.tokens.iter().copied().collect();
    trial.same(listed.len(), feed.tokens.len(), "the feed has each token once");
    trial.same(listed, rows.iter().map(|row| row.token).collect(), "the feed has all that died");
}

pub(super) async fn reaches_the_deepest(trial: &Trial<'_>) {
    let mut rows = vec![row(0)];
    for depth in 1..=u64::from(MAX_DEPTH) {
        rows.extend(rows.last().map(|last| below(depth, last)));
    }
    trial.insert_all(&rows).await;
    let done = trial.revoke(id(0)).await;
    trial.same(done.tokens, rows.len() as u64, "all levels are revoked");
    for row in rows {
        trial.same(trial.state(row.token).await, revoked(done.at), "each level is revoked");
    }
}

pub(super) async fn counts_and_marks(trial: &Trial<'_>) {
    let mut at = trial.epoch().await;
    let mut marks = HashSet::from([at.mark]);
    for number in 1..=20 {
        trial.insert(&row(number)).await;
        let done = match number % 2 {
            0 => trial.revoke(id(number)).await,
            _ => trial.revoke_matching(Rule::all().kind("none")).await,
        };
        trial.same(done.at.n, at.n + 1, "each revocation takes the next number");
        trial.same(marks.insert(done.at.mark), true, "each revocation has a mark of its own");
        trial.same(trial.epoch().await, done.at, "the epoch is that of the last revocation");
        at = done.at;
    }
}

pub(super) async fn changes_nothing_twice(trial: &Trial<'_>) {
    let rows = family(trial).await;
    let unknown = trial.revoke(id(999)).await;
    let at = trial.epoch().await;
    let nothing = |at| Revoked { at, is_new: false, tokens: 0 };
    trial.same(unknown, nothing(at), "to revoke an unknown token changes nothing");
    let done = trial.revoke(id(1)).await;
    for row in rows {
        let again = trial.revoke(row.token).await;
        trial.same(again, nothing(done.at), "to revoke a dead token changes nothing");
        trial.same(trial.state(row.token).await, revoked(done.at), "its number stays");
    }
}

pub(super) async fn knows_the_dead(trial: &Trial<'_>) {
    trial.insert(&Row { kind: "other".into(), ..row(1) }).await;
    let spent = Row { kind: "other".into(), once: true, ..row(2) };
    trial.insert(&spent).await;
    trial.spend(id(2), None).await;
    let rule = trial.revoke_matching(Rule::all().kind("other")).await;
    for number in [1, 2] {
        let done = trial.revoke(id(number)).await;
        trial.same(done.is_new, false, "a token that a rule matches is dead, spent or not");
        trial.same(done.at, rule.at, "no number is taken for it");
        trial.same(trial.state(id(number)).await, revoked(rule.at), "its state stays");
    }
}

/// What a token for one use has opened may go on, and ends by a revocation.
pub(super) async fn ends_what_was_spent(trial: &Trial<'_>) {
    let once = |number| Row { once: true, ..row(number) };
    trial.insert_all(&[once(1), once(2), row(3), Row { expires_at: NOON, ..once(4) }]).await;
    for number in [1, 2, 3] {
        trial.spend(id(number), None).await;
    }
    let before = trial.epoch().await;
    for number in [1, 3, 4] {
        let done = trial.revoke(id(number)).await;
        trial.same((done.is_new, done.tokens), (true, 1), "spent or expired, it is revoked");
        trial.same(trial.state(id(number)).await, revoked(done.at), "its state says so");
        let again = trial.spend(id(number), None).await;
        trial.same(again, revoked(done.at), "who presents it finds it revoked");
        let twice = trial.revoke(id(number)).await;
        trial.same((twice.is_new, twice.at), (false, done.at), "it is revoked once");
    }
    trial.same(trial.poll(before).await.tokens, [1, 3, 4].map(id).to_vec(), "the feed tells");
    trial.same(trial.state(id(2)).await, Some(State::Spent), "others stay as they were");
}

/// A kind that has come to be single-use may have tokens with children.
pub(super) async fn goes_below_what_was_spent(trial: &Trial<'_>) {
    let root = row(1);
    trial.insert_all(&[root.clone(), below(2, &root)]).await;
    trial.spend(id(1), None).await;
    let done = trial.revoke(id(1)).await;
    trial.same((done.is_new, done.tokens), (true, 2), "the child ends with it");
    trial.same(trial.state(id(2)).await, revoked(done.at), "the child's state says so");
}
