//! Revokes the tokens of our own that a scan has found.

use std::collections::BTreeMap;

use clap::Args;
use pollster::block_on;
use time::UtcDateTime;
use token_core::TokenId;
use token_issue::{Error, Issuer, State};
use token_scan::{Finding, TOKEN_ID};

use crate::commands::registry::{
    Desk, Ended, LogArguments, Place, Recorded, Where, afterwards, desk_failed, end_token,
};
use crate::failure::Failure;
use crate::output::{Output, number};

/// Which registry the tokens are revoked in.
#[derive(Args)]
pub(super) struct Revoking {
    /// Revoke the tokens of our own format that are found and that the registry knows, on record; the findings and the exit code stay as they are. If one
    /// could not be revoked, the exit code is 3
    #[arg(
        long,
        requires = "log",
        conflicts_with = "suppress",
        help_heading = "Revoke what is found"
    )]
    revoke: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    log: LogArguments,
}

/// A registry and a log that nobody has opened yet: a scan that finds no token of ours asks nothing.
pub(super) struct Ready {
    place: Where,
    recorded: Recorded,
}

impl Revoking {
    /// Reads the URL and the key. The URL can be read only before the scan starts its threads, and a key that is missing is told
    /// before a token is found.
    pub(super) fn ready(&self) -> Result<Option<Ready>, Failure> {
        if !self.revoke {
            return match self.place.is_given() || self.log.is_given() {
                false => Ok(None),
                true => Err(Failure::usage(
                    "a registry or a log is named, and nothing is to be revoked",
                )
                .help("add `--revoke`")),
            };
        }
        let place = self.place.take()?;
        Ok(Some(Ready { place, recorded: self.log.take()? }))
    }
}

/// The findings, each with what came of the wish to revoke its token.
pub(super) struct Told {
    pub(super) findings: Vec<Finding>,
    /// Whether a token may still be alive, or its end is not on record.
    pub(super) is_left: bool,
}

impl Ready {
    /// Revokes each token that was found, whose id [comes from its bytes alone](TOKEN_ID).
    pub(super) fn revoke(self, findings: &[Finding], output: &Output) -> Told {
        let found = found(findings);
        if found.is_empty() {
            return Told { findings: findings.to_vec(), is_left: false };
        }
        let outcomes = match Desk::revoking(self.place, self.recorded) {
            Ok(desk) => {
                let outcomes = all(&desk.issuer, &found);
                desk.close(output);
                outcomes
            }
            Err(failure) => {
                output.fail(&failure);
                found.keys().map(|id| (*id, Outcome::asked_nothing())).collect()
            }
        };
        let left = outcomes.values().filter(|outcome| outcome.is_left).count();
        if left > 0 {
            let ids: Vec<String> = outcomes
                .iter()
                .filter(|(_, outcome)| outcome.is_left)
                .map(|(id, outcome)| format!("{id}: {}", outcome.said))
                .collect();
            let message = format!("error: {}: {}", number(left, "token"), ids.join("; "));
            output.told(true, &message);
        }
        let with_outcome = |finding: &Finding| match id(finding).and_then(|id| outcomes.get(&id)) {
            Some(outcome) => finding.clone().fact("revocation", outcome.said.as_str()),
            None => finding.clone(),
        };
        Told { findings: findings.iter().map(with_outcome).collect(), is_left: left > 0 }
    }
}

/// Returns the id of the token of a finding, if it is one of our own.
fn id(finding: &Finding) -> Option<TokenId> {
    let (_, digits) = finding.facts().find(|(name, _)| *name == TOKEN_ID)?;
    digits.parse().ok()
}

/// Returns the tokens, each with the place where it was found first, and the number of its places.
fn found(findings: &[Finding]) -> BTreeMap<TokenId, (String, usize)> {
    let mut found = BTreeMap::new();
    for finding in findings {
        let (Some(id), Some(place)) = (id(finding), finding.place()) else { continue };
        let first = || (format!("{}:{}", place.file(), place.line()), 0);
        found.entry(id).or_insert_with(first).1 += 1;
    }
    found
}

/// What came of it.
struct Outcome {
    said: String,
    is_left: bool,
}

impl Outcome {
    fn done(said: impl Into<String>) -> Outcome {
        Outcome { said: said.into(), is_left: false }
    }

    fn left(said: impl Into<String>) -> Outcome {
        Outcome { said: said.into(), is_left: true }
    }

    fn asked_nothing() -> Outcome {
        Outcome::left("NOT revoked: the registry was not asked")
    }
}

fn all(issuer: &Issuer, found: &BTreeMap<TokenId, (String, usize)>) -> BTreeMap<TokenId, Outcome> {
    let mut outcomes = BTreeMap::new();
    let mut is_away = false;
    for (id, (place, places)) in found {
        // Each question to a registry that is away takes seconds.
        let outcome = match is_away {
            true => Outcome::asked_nothing(),
            false => one(issuer, *id, &reason(place, *places)).unwrap_or_else(|error| {
                is_away = true;
                Outcome::left(format!("NOT revoked: {}", desk_failed(&error).message))
            }),
        };
        outcomes.insert(*id, outcome);
    }
    outcomes
}

fn reason(place: &str, places: usize) -> String {
    let others = match places {
        0 | 1 => String::new(),
        2 => " and another place".to_owned(),
        _ => format!(" and {} other places", places - 1),
    };
    format!("found by `tokenctl scan` in {place}{others}")
}

fn one(issuer: &Issuer, id: TokenId, reason: &str) -> Result<Outcome, Error> {
    let Some(row) = block_on(issuer.show(id))? else {
        return Ok(Outcome::done("unknown to this registry"));
    };
    match row.state {
        State::Revoked { .. } => return Ok(Outcome::done("revoked before")),
        _ if is_over(row.expires_at) => return Ok(Outcome::done("expired")),
        _ => {}
    }
    Ok(match end_token(issuer, id, reason)? {
        Ended::Now(end) if end.unrecorded.is_some() => {
            Outcome::left(format!("revoked now, {}", end.said()))
        }
        Ended::Now(end) => Outcome::done(format!("revoked now, {}", end.said())),
        Ended::Before => Outcome::done("revoked before"),
        Ended::Unknown => Outcome::done("unknown to this registry"),
    })
}

/// Whether no machine accepts the token any more, and nothing goes on that it has opened.
fn is_over(expires_at: UtcDateTime) -> bool {
    let afterwards = afterwards().try_into().unwrap_or_default();
    expires_at.checked_add(afterwards).is_some_and(|end| end <= UtcDateTime::now())
}
