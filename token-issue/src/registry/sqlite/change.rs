//! What is changed in the file, within a transaction.

use std::time::Duration;

use rusqlite::{Connection, Params, params, params_from_iter, types::Value};
use token_core::{SourceDigest, TokenId, UtcDateTime, record::Epoch};

use super::{
    Trouble,
    columns::{moment, number, signed, values},
    reading,
};
use crate::{
    digest::{Digest, Digests, PepperId},
    registry::{
        Pruned, Read, Revoked, Rule,
        settle::{Known, mark, settle, take_pepper, whole},
    },
    row::{Row, Unfit},
};

/// A transaction that writes, so that no other one does.
pub(super) struct Change<'c>(pub(super) &'c Connection);

const INSERT: &str = "
    INSERT INTO token (id, kind, scopes, minted_at, expires_at, born, parent, depth, subject, audience, build, once,
        actor, reason, log, log_index, digest)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";

const REVOKE: &str = "
    UPDATE token AS t SET state = 1, revoked = ?2
    WHERE t.id = ?1 AND t.state <> 1 AND NOT EXISTS (
        SELECT 1 FROM rule r WHERE r.born_before > t.born AND (r.kind IS NULL OR r.kind = t.kind)
        AND (r.subject IS NULL OR r.subject = t.subject))";

impl Change<'_> {
    pub(super) fn execute(&self, sql: &str, parameters: impl Params) -> Result<usize, Trouble> {
        #[cfg(feature = "__test")]
        super::settings::before_a_statement();
        Ok(self.0.prepare_cached(sql)?.execute(parameters)?)
    }

    pub(super) fn insert(
        &self,
        digest: Digest,
        row: Row,
        now: UtcDateTime,
    ) -> Result<Result<(), Unfit>, Trouble> {
        let born = match row.parent {
            None => reading::at(self.0)?.n,
            Some(parent) => {
                let Some(parent) = reading::show(self.0, parent)? else {
                    return Ok(Err(Unfit::ParentUnknown));
                };
                if let Err(unfit) = row.check_below(&parent, now) {
                    return Ok(Err(unfit));
                }
                parent.born
            }
        };
        let row = settle(row, born)?;
        let digest = Value::from(digest.as_bytes().to_vec());
        self.execute(INSERT, params_from_iter(values(&row).into_iter().chain([digest])))?;
        Ok(Ok(()))
    }

    pub(super) fn revoke(&self, token: TokenId) -> Result<Revoked, Trouble> {
        let before = reading::at(self.0)?;
        let n = signed(before.n + 1);
        let (mut level, mut tokens) = (vec![*token.as_bytes()], 0);
        while !level.is_empty() {
            for token in &level {
                tokens += self.execute(REVOKE, params![token, n])? as u64;
            }
            level = self.children(&level)?;
        }
        match tokens {
            0 => Ok(Revoked { at: before, is_new: false, tokens: 0 }),
            _ => Ok(Revoked { at: self.advance(before)?, is_new: true, tokens }),
        }
    }

    fn children(&self, level: &[[u8; 16]]) -> Result<Vec<[u8; 16]>, Trouble> {
        let mut statement = self.0.prepare_cached("SELECT id FROM token WHERE parent = ?1")?;
        let mut children = Vec::new();
        for token in level {
            for child in statement.query_map([token], |found| found.get(0))? {
                children.push(child?);
            }
        }
        Ok(children)
    }

    pub(super) fn revoke_matching(&self, rule: Rule) -> Result<Revoked, Trouble> {
        let at = self.advance(reading::at(self.0)?)?;
        let rule = rule.before(at.n);
        self.execute(
            "INSERT INTO rule (n, kind, subject, born_before) VALUES (?1, ?2, ?3, ?4)",
            params![signed(at.n), rule.kind, rule.subject, rule.born_before.map(signed)],
        )?;
        Ok(Revoked { at, is_new: true, tokens: 0 })
    }

    /// Takes the next number, under a new mark.
    fn advance(&self, before: Epoch) -> Result<Epoch, Trouble> {
        let at = Epoch { n: before.n + 1, mark: mark()? };
        let parameters = params![signed(at.n), at.mark];
        self.execute("UPDATE epoch SET n = ?1, mark = ?2", parameters)?;
        self.execute("INSERT INTO revocation (n, mark) VALUES (?1, ?2)", parameters)?;
        Ok(at)
    }

    pub(super) fn spend(
        &self,
        digests: Digests,
        own: Epoch,
        audience: Option<&str>,
        build: Option<SourceDigest>,
        now: UtcDateTime,
    ) -> Result<Read, Trouble> {
        let before = reading::read(self.0, digests, own)?;
        let can_be_spent = |row: &&Row| row.can_be_spent(audience, build, now);
        if let Some(row) = before.row.as_ref().filter(can_be_spent) {
            self.execute("UPDATE token SET state = 2 WHERE id = ?1", [row.token.as_bytes()])?;
        }
        Ok(before)
    }

    pub(super) fn touch(&self, used: &[(TokenId, UtcDateTime)]) -> Result<(), Trouble> {
        for (token, moment) in used {
            self.execute(
                "UPDATE token SET last_used = ?2 WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)",
                params![token.as_bytes(), whole(*moment).unix_timestamp()],
            )?;
        }
        Ok(())
    }

    pub(super) fn close(&self, tokens: &[TokenId]) -> Result<(), Trouble> {
        for token in tokens {
            self.execute("UPDATE token SET is_closed = 1 WHERE id = ?1", [token.as_bytes()])?;
        }
        Ok(())
    }

    pub(super) fn prune(&self, expired_before: UtcDateTime) -> Result<Pruned, Trouble> {
        let before = expired_before.unix_timestamp();
        self.raise("SELECT max(revoked) FROM token WHERE expires_at < ?1", [before])?;
        let rows = self.execute("DELETE FROM token WHERE expires_at < ?1", [before])? as u64;
        // A rule whose number is not greater than the birth of any token matches none.
        let eldest: Option<i64> = self
            .0
            .prepare_cached("SELECT min(born) FROM token")?
            .query_row((), |found| found.get(0))?;
        let eldest = eldest.unwrap_or(i64::MAX);
        self.raise("SELECT max(n) FROM rule WHERE born_before <= ?1", [eldest])?;
        self.execute("DELETE FROM rule WHERE born_before <= ?1", [eldest])?;
        self.execute("DELETE FROM revocation WHERE n < (SELECT pruned_to FROM epoch)", ())?;
        let pruned_to = self
            .0
            .prepare_cached("SELECT pruned_to FROM epoch")?
            .query_row((), |found| found.get(0))?;
        Ok(Pruned { rows, pruned_to: number(pruned_to)? })
    }

    /// What was revoked up to the number that `sql` finds is going to be forgotten.
    fn raise(&self, sql: &str, parameters: impl Params) -> Result<(), Trouble> {
        let found: Option<i64> =
            self.0.prepare_cached(sql)?.query_row(parameters, |found| found.get(0))?;
        if let Some(n) = found {
            self.execute("UPDATE epoch SET pruned_to = ?1 WHERE pruned_to < ?1", [n])?;
        }
        Ok(())
    }

    pub(super) fn use_pepper(
        &self,
        current: PepperId,
        previous: Option<PepperId>,
        now: UtcDateTime,
        longest: Duration,
    ) -> Result<(), Trouble> {
        let mut known = Vec::new();
        let mut statement = self.0.prepare_cached("SELECT id, ceased FROM pepper")?;
        let mut found = statement.query(())?;
        while let Some(found) = found.next()? {
            let ceased: Option<i64> = found.get(1)?;
            let id = PepperId::from_bytes(found.get(0)?);
            known.push(Known { id, ceased: ceased.map(moment).transpose()? });
        }
        for pepper in take_pepper(&known, current, previous, now, longest)? {
            self.execute(
                "INSERT OR REPLACE INTO pepper (id, ceased) VALUES (?1, ?2)",
                params![pepper.id.as_bytes(), pepper.ceased.map(UtcDateTime::unix_timestamp)],
            )?;
        }
        Ok(())
    }
}
