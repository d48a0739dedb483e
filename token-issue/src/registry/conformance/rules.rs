use super::trial::{LIVE, NOON, Trial, below, id, revoked, row};
use crate::{registry::Rule, row::Row};

/// Tokens of two kinds with and without subjects, some of which are born later.
async fn people(trial: &Trial<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for born in 0..2 {
        for kind in ["deploy", "Deploy", "read"] {
            for subject in [None, Some(""), Some("job-1"), Some("job-17")] {
                let subject = subject.map(str::to_owned);
                let number = rows.len() as u64;
                rows.push(Row { kind: kind.into(), subject, born, ..row(number) });
                trial.insert(&rows[rows.len() - 1]).await;
            }
        }
        trial.insert(&row(900 + born)).await;
        trial.revoke(id(900 + born)).await;
    }
    rows
}

pub(super) async fn match_as_they_say(trial: &Trial<'_>) {
    let rows = people(trial).await;
    let rules = [
        Rule::all().kind("none"),
        Rule::all().subject("none"),
        Rule::all().born_before(0),
        Rule::all().kind("read").subject("job-17"),
        Rule::all().subject(""),
        Rule::all().kind("deploy").born_before(1),
        Rule::all().subject("job-1"),
        Rule::all().born_before(1),
        Rule::all().kind("Deploy").born_before(u64::MAX),
        Rule::all(),
    ];
    let mut states = vec![LIVE; rows.len()];
    for rule in rules {
        let listed = trial.ok(trial.registry.list(rule.clone(), None, usize::MAX).await);
        let done = trial.revoke_matching(rule.clone()).await;
        trial.same((done.is_new, done.tokens), (true, 0), "a rule is new, and counts no tokens");
        for (row, state) in rows.iter().zip(&mut states) {
            let is_listed = listed.iter().any(|listed| listed.token == row.token);
            trial.same(is_listed, rule.matches(row), "`list` returns the rows that match");
            if *state == LIVE && rule.matches(row) {
                *state = revoked(done.at);
            }
            trial.same(trial.state(row.token).await, *state, "a rule kills what it matches, once");
        }
    }
}

pub(super) async fn spare_what_is_minted_later(trial: &Trial<'_>) {
    trial.insert(&row(1)).await;
    let done = trial.revoke_matching(Rule::all()).await;
    let far = trial.revoke_matching(Rule::all().kind("deploy").born_before(u64::MAX)).await;
    trial.insert(&row(2)).await;
    trial.insert(&below(3, &row(2))).await;
    trial.same(trial.state(id(1)).await, revoked(done.at), "a rule kills what was minted before");
    for number in [2, 3] {
        trial.same(trial.state(id(number)).await, LIVE, "a rule spares what is minted later");
    }
    let feed = trial.poll(done.at).await;
    let bounded = Rule::all().kind("deploy").born_before(far.at.n);
    trial.same(feed.rules, vec![bounded], "the feed says before which number a token must be born");
}

/// A parent that was born before a number may have children that were put in after it.
pub(super) async fn hold_for_descendants(trial: &Trial<'_>) {
    trial.insert_all(&[row(1), row(8)]).await;
    trial.revoke(id(8)).await;
    let child = below(2, &row(1));
    trial.insert_all(&[child.clone(), below(3, &child), row(4)]).await;
    let done = trial.revoke_matching(Rule::all().born_before(1)).await;
    for number in [1, 2, 3] {
        trial.same(
            trial.state(id(number)).await,
            revoked(done.at),
            "the subtree ends with its root",
        );
    }
    trial.same(trial.state(id(4)).await, LIVE, "what was minted after the number stays");
}

pub(super) async fn are_one_entry(trial: &Trial<'_>) {
    let own = trial.epoch().await;
    people(trial).await;
    let middle = trial.epoch().await;
    let done = trial.revoke_matching(Rule::all().subject("job-17")).await;
    let feed = trial.poll(middle).await;
    trial.same(feed.tokens.len(), 0, "the feed has no token for a rule");
    let rule = Rule::all().subject("job-17").born_before(done.at.n);
    trial.same(&feed.rules, &vec![rule], "the feed has the rule");
    trial.same(feed.listed, done.at, "the rule has a number");
    let feed = trial.poll(own).await;
    trial.same((feed.tokens.len(), feed.rules.len()), (2, 1), "tokens and rules are both listed");
}

pub(super) async fn count_once_dead(trial: &Trial<'_>) {
    let spent = Row { once: true, ..row(1) };
    trial.insert_all(&[spent, row(2), Row { once: true, ..row(3) }]).await;
    trial.spend(id(1), None).await;
    let first = trial.revoke(id(2)).await;
    let rule = trial.revoke_matching(Rule::all()).await;
    trial.same(trial.state(id(1)).await, revoked(rule.at), "what was spent is revoked by a rule");
    trial.same(trial.state(id(2)).await, revoked(first.at), "what was revoked keeps its number");
    trial.same(
        trial.spend(id(3), None).await,
        revoked(rule.at),
        "what a rule matches is not spent",
    );
    trial.same(trial.state(id(3)).await, revoked(rule.at), "and stays revoked");
    let alive = trial.ok(trial.registry.snapshot(10, NOON).await).rows;
    trial.same(alive.len(), 0, "a snapshot leaves out what a rule matches");
}
