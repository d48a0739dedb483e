use token_core::{UtcDateTime, record::Epoch};

use super::trial::{LIVE, NOON, Trial, digest, id, row};
use crate::{
    digest::{Digest, Digests},
    registry::{Answer, Read},
};

pub(super) async fn finds_by_either_digest(trial: &Trial<'_>) {
    trial.insert_all(&[row(1), row(2)]).await;
    let own = trial.epoch().await;
    let other = Digest::from_bytes([0x33; 32]);
    for (digests, what) in [
        (Digests::new(digest(id(1)), None), "a token is found by the digest of today's pepper"),
        (Digests::new(other, Some(digest(id(1)))), "or by that of the pepper before"),
        (Digests::new(digest(id(1)), Some(other)), "whether or not the other one is there"),
    ] {
        let read = trial.ok(trial.registry.read(digests, own).await);
        trial.same(read.row.as_ref(), Some(&row(1)), what);
    }
}

pub(super) async fn answers_for_the_unknown(trial: &Trial<'_>) {
    trial.insert(&row(1)).await;
    let own = trial.revoke(id(1)).await.at;
    let answer = Answer { at: own, knows_own: true, in_recovery: false, pruned_to: 0 };
    trial.same(
        trial.read(id(2), own).await,
        Read { answer, row: None },
        "the answer has the epoch, also if the token is unknown",
    );
    let almost = [0x11, 0x22].map(|byte| {
        let mut bytes = *digest(id(1)).as_bytes();
        bytes[31] = byte;
        Digest::from_bytes(bytes)
    });
    let digests = Digests::new(almost[0], Some(almost[1]));
    let spent = trial.ok(trial.registry.spend(digests, own, None, None, NOON).await);
    trial.same(spent, Read { answer, row: None }, "a digest is compared to its last byte");
}

pub(super) async fn knows_its_history(trial: &Trial<'_>) {
    let mut epochs = vec![trial.epoch().await];
    for number in 1..=5 {
        trial.insert(&row(number)).await;
        epochs.push(trial.revoke(id(number)).await.at);
    }
    trial.insert(&row(9)).await;
    let last = trial.epoch().await;
    let answers = async |own: Epoch| {
        let read = trial.read(id(9), own).await;
        trial.same(read.row.map(|row| row.state), LIVE, "the row is there");
        let poll = trial.poll(own).await.answer;
        trial.same(poll, read.answer, "`poll` says the same as `read`");
        // Too late to use it up.
        let (digests, late) = (Digests::new(digest(id(9)), None), UtcDateTime::MAX);
        let spend = trial.registry.spend(digests, own, None, None, late).await;
        trial.same(trial.ok(spend).answer, read.answer, "`spend` says the same as `read`");
        trial.same(read.answer.at, last, "the answer says how far the registry has come");
        read.answer.knows_own
    };
    for &own in &epochs {
        trial.same(answers(own).await, true, "a registry knows each epoch that it had");
        let mut other = own;
        other.mark[15] ^= 1;
        trial.same(answers(other).await, false, "an equal number with another mark is unknown");
        trial.same(answers(Epoch { n: own.n + 1, ..own }).await, false, "a mark has one number");
    }
    let far = Epoch { n: u64::MAX, ..last };
    trial.same(answers(far).await, false, "a number that is greater than its own is unknown");
}
