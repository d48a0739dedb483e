//! What the functions of the database answer, in arrays: `token_registry.find` one token and the epoch, `token_registry.feed` a feed.

use token_core::{TokenId, record::Epoch};
use tokio_postgres::{Row as Found, types::FromSql};

use super::{
    columns::{ANSWERED, answer, build, bytes, moment, number, origin, state},
    trouble::{Trouble, damaged},
};
use crate::{
    registry::{Answer, Feed, Read, Rule},
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

/// `None` if it may have been cut off.
pub(super) fn feed(found: &Found, own: Epoch) -> Result<Option<Feed>, Trouble> {
    let answer = answer(found)?;
    let ids: Vec<&[u8]> = list(found, ANSWERED)?;
    let rules: Vec<i64> = list(found, ANSWERED + 1)?;
    if ids.len() >= Feed::ENOUGH || rules.len() >= Feed::ENOUGH {
        return Ok(None);
    }
    let tokens = ids.into_iter().map(|id| bytes(id).map(TokenId::from_bytes));
    let [kinds, subjects] = [list(found, ANSWERED + 2)?, list(found, ANSWERED + 3)?];
    let born: Vec<i64> = list(found, ANSWERED + 4)?;
    let rules = kinds.into_iter().zip(subjects).zip(born);
    let rules = rules.map(|((kind, subject), born_before)| {
        Ok(Rule { kind, subject, born_before: Some(number(born_before)?) })
    });
    let is_followed = answer.knows_own && !answer.in_recovery;
    Ok(Some(Feed {
        answer,
        listed: if is_followed { answer.at } else { own },
        tokens: tokens.collect::<Result<_, Trouble>>()?,
        rules: rules.collect::<Result<_, Trouble>>()?,
    }))
}

/// The list at this column; none is an empty one.
fn list<'f, T>(found: &'f Found, at: usize) -> Result<Vec<T>, Trouble>
where
    Vec<T>: FromSql<'f>,
{
    Ok(found.try_get::<_, Option<Vec<T>>>(at)?.unwrap_or_default())
}

fn array<T, const N: usize>(found: Vec<T>) -> Result<[T; N], Trouble> {
    found.try_into().map_err(|_| damaged())
}

fn there<T>(found: Option<T>) -> Result<T, Trouble> {
    found.ok_or_else(damaged)
}
