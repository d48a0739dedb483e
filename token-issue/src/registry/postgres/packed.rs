//! What `token_registry.find` answers: one token and the epoch, in arrays.

use token_core::{TokenId, record::Epoch};
use tokio_postgres::Row as Found;

use super::{
    columns::{build, bytes, moment, number, origin, state},
    trouble::{Trouble, damaged},
};
use crate::{
    registry::{Answer, Read},
    row::Row,
};

/// The arrays. `t` is the token, `e` the epoch; `$1` and `$2` are the number and the mark of the node's own epoch.
macro_rules! packed {
    () => {
        "ARRAY[e.n, e.pruned_to, t.minted_at, t.expires_at, t.born, t.depth::bigint, t.log_index, t.last_used, t.state::bigint, t.revoked,
                (SELECT min(r.n) FROM token_registry.rule r WHERE r.born_before > t.born
                    AND (r.kind IS NULL OR r.kind = t.kind) AND (r.subject IS NULL OR r.subject = t.subject))],
            ARRAY[e.mark, t.id, t.parent],
            ARRAY[t.kind, t.scopes, t.subject, t.audience, t.build, t.actor, t.reason, t.log],
            ARRAY[(e.n = $1 AND e.mark = $2) OR EXISTS (SELECT 1 FROM token_registry.revocation h WHERE h.n = $1 AND h.mark = $2),
                pg_is_in_recovery(), t.once]"
    };
}
pub(super) use packed;

pub(super) fn found(found: &Found) -> Result<Read, Trouble> {
    let numbers: [Option<i64>; 11] = array(found.try_get(0)?)?;
    let [n, pruned_to, token @ ..] = numbers;
    let [mark, id, parent] = array::<Option<&[u8]>, 3>(found.try_get(1)?)?;
    let [knows_own, in_recovery, once] = array::<Option<bool>, 3>(found.try_get(3)?)?;
    let answer = Answer {
        at: Epoch { n: number(there(n)?)?, mark: bytes(there(mark)?)? },
        pruned_to: number(there(pruned_to)?)?,
        knows_own: there(knows_own)?,
        in_recovery: there(in_recovery)?,
    };
    let Some(id) = id else { return Ok(Read { answer, row: None }) };
    let ids = [Some(id), parent];
    Ok(Read { answer, row: Some(row(token, ids, array(found.try_get(2)?)?, there(once)?)?) })
}

fn row(
    numbers: [Option<i64>; 9],
    [id, parent]: [Option<&[u8]>; 2],
    texts: [Option<&str>; 8],
    once: bool,
) -> Result<Row, Trouble> {
    let [minted_at, expires_at, born, depth, log_index, last_used, live, revoked, ruled] = numbers;
    let [kind, scopes, subject, audience, from, actor, reason, log] = texts;
    let own = |text: Option<&str>| text.map(str::to_owned);
    Ok(Row {
        token: TokenId::from_bytes(bytes(there(id)?)?),
        kind: there(kind)?.to_owned(),
        scopes: there(scopes)?.split_ascii_whitespace().map(str::to_owned).collect(),
        minted_at: moment(there(minted_at)?)?,
        expires_at: moment(there(expires_at)?)?,
        born: number(there(born)?)?,
        parent: parent.map(bytes).transpose()?.map(TokenId::from_bytes),
        depth: u8::try_from(there(depth)?).map_err(|_| damaged())?,
        subject: own(subject),
        audience: own(audience),
        build: from.map(build).transpose()?,
        once,
        actor: own(actor),
        reason: own(reason),
        origin: origin(own(log), log_index),
        last_used: last_used.map(moment).transpose()?,
        state: state(there(live)?, revoked, ruled)?,
    })
}

fn array<T, const N: usize>(found: Vec<T>) -> Result<[T; N], Trouble> {
    found.try_into().map_err(|_| damaged())
}

fn there<T>(found: Option<T>) -> Result<T, Trouble> {
    found.ok_or_else(damaged)
}
