use super::trial::{LIVE, NOON, Trial, all, below, builds, digest, id, minutes, revoked, row};
use crate::{
    registry::Rule,
    row::{MAX_DEPTH, Row, Unfit},
};

pub(super) async fn refuses_what_exceeds_the_parent(trial: &Trial<'_>) {
    let mut parent = row(1);
    parent.audience = Some("deploy".into());
    trial.insert(&parent).await;
    let child = below(2, &parent);
    let some = |text: &str| Some(text.to_owned());
    let wider = ["deploy:read", "deploy:write"].map(str::to_owned).to_vec();
    let refused = [
        (Row { parent: Some(id(9)), ..child.clone() }, Unfit::ParentUnknown),
        (Row { once: true, ..child.clone() }, Unfit::UsedOnce),
        (Row { kind: "other".into(), ..child.clone() }, Unfit::OtherKind),
        (Row { subject: some("job-18"), ..child.clone() }, Unfit::OtherSubject),
        (Row { subject: None, ..child.clone() }, Unfit::OtherSubject),
        (Row { scopes: wider, ..child.clone() }, Unfit::WiderScope),
        (Row { expires_at: minutes(61), ..child.clone() }, Unfit::LongerLife),
        (Row { audience: some("other"), ..child.clone() }, Unfit::OtherAudience),
        (Row { audience: None, ..child.clone() }, Unfit::OtherAudience),
        (Row { depth: 0, ..child.clone() }, Unfit::TooDeep),
        (Row { depth: 2, ..child.clone() }, Unfit::TooDeep),
    ];
    for (row, unfit) in refused {
        trial.same(trial.try_insert(&row).await, Err(unfit), "what exceeds the parent is refused");
        trial.same(trial.state(row.token).await, None, "what was refused is not there");
    }
    let less = Row { scopes: Vec::new(), expires_at: minutes(1), ..child };
    trial.insert(&less).await;
    trial.same(trial.ok(trial.registry.show(id(2)).await), Some(less), "less is possible");
    trial.insert(&below(3, &parent)).await;

    trial.insert(&row(4)).await;
    let meant = Row { audience: some("deploy"), ..below(5, &row(4)) };
    trial.same(
        trial.try_insert(&meant).await,
        Ok(()),
        "a child of a token that is for everybody may be for somebody",
    );
}

pub(super) async fn is_bound_to_the_build_of_the_parent(trial: &Trial<'_>) {
    let [one, other] = builds();
    let bound = Row { build: Some(one), ..row(1) };
    let free = row(2);
    trial.insert_all(&[bound.clone(), free.clone()]).await;
    for (parent, build) in [(&bound, None), (&bound, Some(other)), (&free, Some(one))] {
        let child = Row { build, ..below(3, parent) };
        let answer = trial.try_insert(&child).await;
        trial.same(answer, Err(Unfit::OtherBuild), "a child has the build of its parent");
        trial.same(trial.state(child.token).await, None, "what was refused is not there");
    }
    let child = below(4, &bound);
    trial.insert_all(&[child.clone(), below(5, &child), below(6, &free)]).await;
    for (number, build) in [(4, Some(one)), (5, Some(one)), (6, None)] {
        let kept = trial.ok(trial.registry.show(id(number)).await);
        trial.same(kept.map(|row| row.build), Some(build), "down to the deepest");
    }
}

pub(super) async fn refuses_a_dead_parent(trial: &Trial<'_>) {
    let expired = Row { expires_at: NOON, ..row(1) };
    let revoked = row(2);
    let matched = Row { subject: Some("job-18".into()), ..row(3) };
    let spent = Row { once: true, ..row(4) };
    let unspent = Row { once: true, ..row(5) };
    for row in [&expired, &revoked, &matched, &spent, &unspent] {
        trial.insert(row).await;
    }
    trial.revoke(revoked.token).await;
    trial.revoke_matching(Rule::all().subject("job-18")).await;
    trial.spend(spent.token, None).await;
    for (parent, unfit) in [
        (expired, Unfit::ParentExpired),
        (revoked, Unfit::ParentRevoked),
        (matched, Unfit::ParentRevoked),
        (spent, Unfit::ParentSpent),
        (unspent, Unfit::UsedOnce),
    ] {
        let child = Row { once: false, ..below(100, &parent) };
        trial.same(trial.try_insert(&child).await, Err(unfit), "a dead parent has no children");
        trial.same(trial.state(id(100)).await, None, "what was refused is not there");
    }
}

pub(super) async fn ends_at_the_greatest_depth(trial: &Trial<'_>) {
    let mut last = row(0);
    trial.insert(&last).await;
    for depth in 1..=u64::from(MAX_DEPTH) {
        last = below(depth, &last);
        trial.insert(&last).await;
    }
    let deeper = below(100, &last);
    trial.same(trial.try_insert(&deeper).await, Err(Unfit::TooDeep), "no chain is longer than 8");
    trial.same(trial.state(id(100)).await, None, "what was refused is not there");
}

pub(super) async fn inherits_when_it_was_born(trial: &Trial<'_>) {
    trial.insert_all(&[row(1), row(2)]).await;
    trial.revoke(id(2)).await;
    let child = below(3, &row(1));
    trial.insert_all(&[child.clone(), below(4, &child), row(5)]).await;
    for (number, born) in [(1, 0), (3, 0), (4, 0), (5, 1)] {
        let row = trial.ok(trial.registry.show(id(number)).await);
        trial.same(
            row.map(|row| row.born),
            Some(born),
            "a child is as old as its parent to a rule",
        );
    }
}

/// Children are put in and their parent is revoked at the same time.
pub(super) async fn never_slips_past_a_revocation(trial: &Trial<'_>) {
    for round in 0..20 {
        let parent = row(round * 1_000);
        trial.insert(&parent).await;
        let children: Vec<_> =
            (1..=20).map(|number| below(round * 1_000 + number, &parent)).collect();
        let narrow = |child: &Row| trial.registry.insert(digest(child.token), child.clone(), NOON);
        let (before, after) = children.split_at(10);
        // The futures of one kind have one type, so the revocation runs in between, in a future that answers as they do.
        let revoke: crate::registry::Boxed<'_, _> =
            Box::pin(async { trial.registry.revoke(parent.token).await.map(|_| Ok(())) });
        let futures = before.iter().map(narrow).chain([revoke]).chain(after.iter().map(narrow));
        for answer in all(futures.collect()).await {
            let answer = trial.ok(answer);
            let is_told = matches!(answer, Ok(()) | Err(Unfit::ParentRevoked));
            trial.same(is_told, true, "a child is put in, or is told that its parent was revoked");
        }
        let dead = trial.state(parent.token).await;
        trial.same(dead == LIVE, false, "the parent is dead");
        for child in &children {
            let state = trial.ok(trial.registry.show(child.token).await).map(|row| row.state);
            let is_dead = state.is_none() || state == dead;
            trial.same(is_dead, true, "no child of a revoked parent is alive");
        }
    }
    let at = trial.epoch().await;
    trial.same(trial.state(id(19_000)).await, revoked(at), "each revocation took one number");
}
