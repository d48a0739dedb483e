use std::collections::HashSet;

use token_core::record::Epoch;

use super::trial::{NOON, Trial, below, id, row};
use crate::registry::{Registry, Rule};

pub(super) async fn lists_what_came_after(trial: &Trial<'_>) {
    let start = trial.epoch().await;
    let mut epochs = vec![start];
    for number in 1..=6 {
        trial.insert(&row(number)).await;
        let done = match number % 3 {
            0 => trial.revoke_matching(Rule::all().subject(number.to_string())).await,
            _ => trial.revoke(id(number)).await,
        };
        epochs.push(done.at);
    }
    let last = trial.epoch().await;
    for (had, own) in (0..).zip(epochs) {
        let feed = trial.poll(own).await;
        trial.same(feed.answer.at, last, "the answer says how far the registry has come");
        trial.same(feed.listed, last, "a short list is complete");
        let tokens = (1..=6).filter(|number| *number > had && number % 3 != 0).map(id);
        trial.same(feed.tokens, tokens.collect(), "the feed has what came after, in its order");
        let rules = (1..=6).filter(|number| *number > had && number % 3 == 0);
        let rules = rules.map(|number| Rule::all().subject(number.to_string()).born_before(number));
        trial.same(feed.rules, rules.collect(), "the feed has the rules that came after");
    }
    trial.insert(&row(50)).await;
    trial.same(trial.epoch().await, last, "to mint is no revocation");
}

/// 1,200 tokens in numbers of 2 to 301.
pub(super) async fn stops_between_numbers(trial: &Trial<'_>) {
    let start = trial.epoch().await;
    let mut whole: Vec<(Epoch, HashSet<_>)> = Vec::new();
    for group in 0..8 {
        let parent = row(group * 1_000);
        let children = (1..=if group % 2 == 0 { 300 } else { group })
            .map(|number| below(group * 1_000 + number, &parent));
        let rows: Vec<_> = [parent.clone()].into_iter().chain(children).collect();
        trial.insert_all(&rows).await;
        let done = trial.revoke(parent.token).await;
        whole.push((done.at, rows.into_iter().map(|row| row.token).collect()));
    }
    let last = trial.epoch().await;
    let (mut own, mut answers) = (start, 0);
    while own != last {
        let feed = trial.poll(own).await;
        let numbers = whole.iter().filter(|(at, _)| (own.n + 1..=feed.listed.n).contains(&at.n));
        let expected: HashSet<_> = numbers.flat_map(|(_, tokens)| tokens).copied().collect();
        trial.same(feed.tokens.len(), expected.len(), "a list has each token once");
        trial.same(feed.tokens.into_iter().collect(), expected, "a list has whole numbers");
        let is_known = whole.iter().any(|(at, _)| *at == feed.listed);
        trial.same(is_known, true, "a list goes up to an epoch of the history");
        trial.same(feed.answer.at, last, "the answer says how far the registry has come");
        (own, answers) = (feed.listed, answers + 1);
        trial.same(answers <= 8, true, "each list goes further");
    }
    trial.same(trial.poll(own).await.tokens.len(), 0, "nothing comes after the last number");
}

/// More rules than a list has to hold, and tokens at both ends.
pub(super) async fn lists_every_rule(trial: &Trial<'_>) {
    const RULES: u64 = 1_100;
    let start = trial.epoch().await;
    trial.insert_all(&[row(1), row(2)]).await;
    trial.revoke(id(1)).await;
    for number in 0..RULES {
        trial.revoke_matching(Rule::all().subject(format!("of {number}"))).await;
    }
    let last = trial.revoke(id(2)).await.at;
    let (mut own, mut answers, mut rules, mut tokens) = (start, 0, Vec::new(), Vec::new());
    while own != last {
        let feed = trial.poll(own).await;
        rules.extend(feed.rules.into_iter().map(|rule| rule.subject));
        tokens.extend(feed.tokens);
        (own, answers) = (feed.listed, answers + 1);
        trial.same(answers <= 4, true, "each list goes further");
    }
    let all = (0..RULES).map(|number| Some(format!("of {number}")));
    trial.same(rules, all.collect(), "each rule is in one list, in the order of the numbers");
    trial.same(tokens, vec![id(1), id(2)], "no list goes beyond what it holds");
}

pub(super) async fn goes_nowhere_for_another_history(trial: &Trial<'_>) {
    trial.insert_all(&[row(1), row(2)]).await;
    let one = trial.revoke(id(1)).await.at;
    let last = trial.revoke(id(2)).await.at;
    let mut other = one;
    other.mark[0] ^= 1;
    for own in [other, Epoch { n: 9, ..last }, Epoch { n: last.n, ..one }] {
        let feed = trial.poll(own).await;
        trial.same(feed.answer.knows_own, false, "another history is unknown");
        trial.same(feed.answer.at, last, "the answer says how far the registry has come");
        trial.same(feed.listed, own, "for another history nothing is listed");
        trial.same((feed.tokens.len(), feed.rules.len()), (0, 0), "and nothing is in the list");
    }
}

/// Two registries that did the same.
pub(super) async fn tells_two_histories_apart(one: &dyn Registry, other: &dyn Registry) {
    const NAME: &str = "poll::tells_two_histories_apart";
    let (one, other) = (Trial::new(one, NAME), Trial::new(other, NAME));
    let foreign = one.epoch().await;
    let answer = other.read(id(1), foreign).await.answer;
    one.same(answer.knows_own, false, "two new registries have different marks");
    for trial in [&one, &other] {
        trial.insert(&row(1)).await;
        trial.revoke(id(1)).await;
    }
    let (foreign, own) = (one.epoch().await, other.epoch().await);
    other.same(foreign.n, own.n, "both have come as far");
    for own in [foreign, Epoch { n: foreign.n, mark: [0; 16] }] {
        let answer = other.read(id(1), own).await.answer;
        other.same(answer.knows_own, false, "`read` knows its own history only");
        let answer = other.poll(own).await.answer;
        other.same(answer.knows_own, false, "`poll` knows its own history only");
    }
    let snapshot = other.ok(other.registry.snapshot(9, NOON).await);
    other.same(snapshot.at, own, "a snapshot says how far the registry has come");
}
