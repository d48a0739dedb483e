use super::trial::{LIVE, NOON, Trial, digest, id, minutes, row};
use crate::{
    registry::Rule,
    row::{Origin, Row},
};

fn opened_by(log: &str, number: u64) -> Row {
    let origin = Origin { log: log.into(), index: number };
    Row { origin: Some(origin), once: number == 5, ..row(number) }
}

pub(super) async fn lists_tombstones_of_the_log(trial: &Trial<'_>) {
    for number in 1..=5 {
        trial.insert(&opened_by("here", number)).await;
    }
    let matched = Row { subject: Some("job-18".into()), ..opened_by("here", 6) };
    trial.insert_all(&[matched, opened_by("there", 7), row(8)]).await;
    let unclosed = async |log: &str, limit| {
        let mut rows = trial.ok(trial.registry.unclosed(log, limit).await);
        rows.sort_by_key(|row| row.token);
        for row in &rows {
            let shown = trial.ok(trial.registry.show(row.token).await);
            trial.same(Some(row), shown.as_ref(), "`unclosed` and `show` return the same row");
        }
        rows.into_iter().map(|row| row.token).collect::<Vec<_>>()
    };
    trial.same(unclosed("here", 10).await, vec![], "what is alive is not listed");
    for number in [1, 2, 3, 7, 8] {
        trial.revoke(id(number)).await;
    }
    trial.revoke_matching(Rule::all().subject("job-18")).await;
    trial.spend(id(5), None).await;
    let dead = [1, 2, 3, 5, 6].map(id).to_vec();
    trial.same(unclosed("here", 10).await, dead, "revoked, matched and spent tokens are listed");
    trial.same(unclosed("here", 2).await.len(), 2, "no more than so many");
    trial.same(unclosed("there", 10).await, vec![id(7)], "each log closes what it opened");
    trial.same(
        unclosed("nowhere", 10).await,
        vec![],
        "a log that opened nothing has nothing to close",
    );
    trial.ok(trial.registry.close([1, 6, 5, 999].map(id).to_vec()).await);
    trial.same(unclosed("here", 10).await, [2, 3].map(id).to_vec(), "what is closed is not listed");
    trial.ok(trial.registry.close([2, 3, 3, 1].map(id).to_vec()).await);
    trial.ok(trial.registry.close(Vec::new()).await);
    trial.same(unclosed("here", 10).await, vec![], "in the end all is closed");
    trial.same(trial.state(id(4)).await, LIVE, "the living are not touched");
}

pub(super) async fn lists_rows_in_pages(trial: &Trial<'_>) {
    for number in [7, 3, 9, 1, 5, 8, 2, 6, 4] {
        let kind = if number % 2 == 0 { "even" } else { "odd" };
        trial.insert(&Row { kind: kind.into(), ..row(number) }).await;
    }
    trial.revoke(id(4)).await;
    let page = async |rule: Rule, after: Option<u64>, limit| {
        let rows = trial.ok(trial.registry.list(rule, after.map(id), limit).await);
        rows.into_iter().map(|row| row.token).collect::<Vec<_>>()
    };
    let ids = |numbers: &[u64]| numbers.iter().copied().map(id).collect::<Vec<_>>();
    let all = Rule::all();
    trial.same(page(all.clone(), None, 4).await, ids(&[1, 2, 3, 4]), "rows come by their ids");
    trial.same(page(all.clone(), Some(4), 4).await, ids(&[5, 6, 7, 8]), "the next page follows");
    trial.same(page(all.clone(), Some(8), 4).await, ids(&[9]), "the last page is shorter");
    trial.same(page(all.clone(), Some(9), 4).await, ids(&[]), "then there is nothing");
    trial.same(page(all, None, 0).await, ids(&[]), "a page of no rows is empty");
    let even = Rule::all().kind("even");
    trial.same(
        page(even, Some(2), 2).await,
        ids(&[4, 6]),
        "a page has so many that match, the dead too",
    );
}

pub(super) async fn notes_the_last_use(trial: &Trial<'_>) {
    trial.insert_all(&[row(1), row(2)]).await;
    let touch = async |used: &[(u64, u64)]| {
        let used = used.iter().map(|&(number, minute)| (id(number), minutes(minute)));
        trial.ok(trial.registry.touch(used.collect()).await);
    };
    let last_used = async |number| {
        trial.state(id(number)).await;
        trial.ok(trial.registry.show(id(number)).await).and_then(|row| row.last_used)
    };
    touch(&[]).await;
    trial.same(last_used(1).await, None, "what was not used has no last use");
    touch(&[(1, 5), (999, 5)]).await;
    trial.same(last_used(1).await, Some(minutes(5)), "the use is noted");
    touch(&[(1, 3), (2, 4), (2, 9), (2, 6)]).await;
    trial.same(last_used(1).await, Some(minutes(5)), "an earlier moment changes nothing");
    trial.same(last_used(2).await, Some(minutes(9)), "the latest of several moments stays");
    trial.same(trial.state(id(999)).await, None, "an unknown token is left out");
}

pub(super) async fn takes_a_snapshot(trial: &Trial<'_>) {
    for number in 1..=6 {
        trial.insert(&Row { expires_at: minutes(10 * number), ..row(number) }).await;
    }
    trial.revoke(id(5)).await;
    let used = [(3, 30), (6, 10), (2, 40), (5, 90)];
    let used = used.map(|(number, minute)| (id(number), minutes(minute)));
    trial.ok(trial.registry.touch(used.to_vec()).await);
    let snapshot = async |limit, now| {
        let snapshot = trial.ok(trial.registry.snapshot(limit, now).await);
        trial.same(snapshot.at, trial.epoch().await, "a snapshot has the epoch");
        for (found, row) in &snapshot.rows {
            trial.same(*found, digest(row.token), "each row has its digest");
            let shown = trial.ok(trial.registry.show(row.token).await);
            trial.same(Some(row), shown.as_ref(), "`snapshot` and `show` return the same row");
        }
        snapshot.rows.into_iter().map(|(_, row)| row.token).collect::<Vec<_>>()
    };
    let all = snapshot(10, NOON).await;
    trial.same(all.len(), 5, "a snapshot has what is alive");
    trial.same(all.first_chunk(), Some(&[2, 3, 6].map(id)), "what was used last comes first");
    trial.same(snapshot(2, NOON).await, [2, 3].map(id).to_vec(), "no more than so many");
    let later = snapshot(10, minutes(20)).await;
    trial.same(later.first_chunk(), Some(&[3, 6].map(id)), "what has expired is left out");
    trial.same(later.len(), 3, "also what expires at this moment");
}
