//! Ends one token, and says what came of it.

use std::time::Duration;

use pollster::block_on;
use token_core::TokenId;
use token_issue::{Error, Issuer, LONGEST_STREAM, Revocation};

use crate::output::number;

/// What came of the wish to revoke a token.
pub(in crate::commands) enum Ended {
    /// It is revoked now.
    Now(End),
    /// It was revoked before.
    Before,
    /// The registry does not know it.
    Unknown,
}

/// A revocation.
pub(in crate::commands) struct End {
    /// How many tokens were revoked; `None` for a rule, which is one row.
    pub(super) tokens: Option<u64>,
    /// On how many servers it is durable, if the registry has servers and says so.
    pub(super) servers: Option<u32>,
    /// Why it is not on record.
    pub(in crate::commands) unrecorded: Option<String>,
}

/// How long after its expiry a token may still matter: the longest leeway of a policy, by which a machine whose clock is behind accepts it, and the
/// longest time for which what a token for one use has opened goes on.
pub(in crate::commands) fn afterwards() -> Duration {
    Duration::from_secs(60) + LONGEST_STREAM
}

/// Revokes a token and all that were narrowed from it.
pub(in crate::commands) fn token(
    issuer: &Issuer,
    id: TokenId,
    reason: &str,
) -> Result<Ended, Error> {
    let revocation = block_on(issuer.revoke(id, reason))?;
    if revocation.is_new {
        return Ok(Ended::Now(End::of(&revocation, Some(revocation.tokens))));
    }
    Ok(match block_on(issuer.show(id))? {
        Some(_) => Ended::Before,
        None => Ended::Unknown,
    })
}

impl End {
    pub(super) fn of(revocation: &Revocation, tokens: Option<u64>) -> End {
        let unrecorded = revocation.unrecorded.as_ref().map(|error| format!("{error:#}"));
        End { tokens, servers: revocation.servers, unrecorded }
    }

    /// Says what is known of the revocation, such as `with 2 narrowed from it, durable on 2 servers, on record`.
    pub(in crate::commands) fn said(&self) -> String {
        let narrowed = self.tokens.filter(|tokens| *tokens > 1);
        let narrowed = narrowed.map(|tokens| format!("with {} narrowed from it", tokens - 1));
        let servers = self.servers.map(|servers| {
            format!(
                "durable on {}",
                number(usize::try_from(servers).unwrap_or(usize::MAX), "server")
            )
        });
        let recorded = match &self.unrecorded {
            None => "on record".to_owned(),
            Some(why) => format!("NOT on record: {why}"),
        };
        let parts: Vec<String> =
            [narrowed, servers, Some(recorded)].into_iter().flatten().collect();
        parts.join(", ")
    }
}
