//! Implements `registry revoke`.

use clap::Args;
use pollster::block_on;
use serde_json::{Value, json};
use time::UtcDateTime;
use token_core::TokenId;
use token_issue::Error;
use token_issue::registry::Rule;
use token_policy::report;

use super::desk::{self, Desk};
use super::{End, Ended, LogArguments, Place, end, list, row, spelled};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::ListFormat;
use crate::output::{Output, number};

/// Revokes tokens, each with all that were narrowed from it. When it returns, no service accepts them a second later.
///
/// What is said at the end: how many tokens, on how many servers that is durable where the registry has servers, and whether it is on record. If
/// a token is not known to the registry, or its end is not on record, the exit code is 3; all that could be revoked is revoked then. It may be run again.
///
/// `--kind`, `--subject` and `--all` make one rule, which ends all tokens that were minted before, however many.
///
/// For example: `tokenctl registry revoke --subject job-17 --reason "the runner was compromised" --url-env TOKENS_DB --log audit --log-key
/// audit.key`
#[derive(Args)]
pub(crate) struct Arguments {
    /// The ids of tokens, 32 hexadecimal digits each; never the tokens
    #[arg(value_name = "ID", required_unless_present_any = ["kind", "subject", "all"], conflicts_with_all = ["kind", "subject", "all"])]
    ids: Vec<String>,
    /// All tokens of this kind; with `--subject`, those that are both
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// All tokens that act on behalf of this subject
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// All tokens of the registry
    #[arg(long, conflicts_with_all = ["kind", "subject"])]
    all: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    log: LogArguments,
    /// How the outcome is shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let place = arguments.place.take()?;
    let ids: Result<Vec<TokenId>, Failure> =
        arguments.ids.iter().map(|id| spelled::id(id)).collect();
    let ids = ids?;
    spelled::without_token("--reason", Some(&arguments.reason))?;
    spelled::without_token("--subject", arguments.subject.as_deref())?;
    let desk = Desk::revoking(place, arguments.log.take()?)?;
    let outcomes = match ids.is_empty() {
        true => vec![arguments.rule(&desk)],
        false => ids.iter().map(|id| one(&desk, *id, &arguments.reason)).collect(),
    };
    desk.close(output);
    let mut text = String::new();
    for outcome in &outcomes {
        match arguments.format {
            ListFormat::Text => report::wrap("", 4, &outcome.text(), &mut text)
                .map_err(|_| Failure::new("the outcome could not be written"))?,
            ListFormat::Json => {
                text.push_str(&report::plain(&outcome.json().to_string()));
                text.push('\n');
            }
        }
    }
    output.answer(&text)?;
    Ok(match outcomes.iter().all(Outcome::is_done) {
        true => Exit::Clean,
        false => Exit::Failed,
    })
}

fn one(desk: &Desk, id: TokenId, reason: &str) -> Outcome {
    Outcome { id: Some(id), matched: None, ended: end::token(&desk.issuer, id, reason) }
}

impl Arguments {
    fn rule(&self, desk: &Desk) -> Outcome {
        let rule = list::rule(self.kind.as_deref(), self.subject.as_deref());
        // Beforehand, since afterwards nothing tells them from those that had ended. Nothing waits for a number that cannot be had.
        let matched = live(desk, &rule).unwrap_or_default();
        let revoked = block_on(desk.issuer.revoke_matching(rule, self.reason.as_str()));
        let ended = revoked.map(|revocation| match revocation.is_new {
            true => Ended::Now(End::of(&revocation, None)),
            false => Ended::Before,
        });
        Outcome { id: None, matched, ended }
    }
}

/// Counts the tokens that are alive and that a rule matches. Returns `None` where there are so many rows that it would take long.
fn live(desk: &Desk, rule: &Rule) -> Result<Option<usize>, Error> {
    let (mut live, mut after, now) = (0, None, UtcDateTime::now());
    for _ in 0..PAGES {
        let rows = block_on(desk.issuer.list(rule.clone(), after, PAGE))?;
        live += rows.iter().filter(|row| row::word(row, now) == "live").count();
        after = rows.last().map(|row| row.token);
        if rows.len() < PAGE {
            return Ok(Some(live));
        }
    }
    Ok(None)
}

const PAGE: usize = 1_000;
const PAGES: usize = 20;

/// What came of the wish to revoke a token, or all that a rule matches.
struct Outcome {
    /// `None` for a rule.
    id: Option<TokenId>,
    /// How many tokens were alive that a rule matches, if that is known.
    matched: Option<usize>,
    ended: Result<Ended, Error>,
}

impl Outcome {
    fn is_done(&self) -> bool {
        match &self.ended {
            Ok(Ended::Now(end)) => end.unrecorded.is_none(),
            Ok(Ended::Before) => true,
            Ok(Ended::Unknown) | Err(_) => false,
        }
    }

    fn what(&self) -> String {
        match self.id {
            Some(id) => id.to_string(),
            None => "all that match".to_owned(),
        }
    }

    fn text(&self) -> String {
        let what = self.what();
        match &self.ended {
            Ok(Ended::Now(end)) => {
                let tokens = end.tokens.map(|tokens| usize::try_from(tokens).unwrap_or(usize::MAX));
                let tokens = tokens.map(|tokens| format!("{}, ", number(tokens, "token")));
                let matched =
                    self.matched.map(|live| format!("{} live until now, ", number(live, "token")));
                format!("{what}: revoked, {}{}", tokens.or(matched).unwrap_or_default(), end.said())
            }
            Ok(Ended::Before) => format!("{what}: was revoked before"),
            Ok(Ended::Unknown) => format!("{what}: NOT revoked: the registry does not know it"),
            Err(error) => format!("{what}: NOT revoked: {}", desk::failed(error).message),
        }
    }

    fn json(&self) -> Value {
        let (effect, end) = match &self.ended {
            Ok(Ended::Now(end)) => ("revoked", Some(end)),
            Ok(Ended::Before) => ("revoked-before", None),
            Ok(Ended::Unknown) => ("unknown", None),
            Err(_) => ("failed", None),
        };
        let error = self.ended.as_ref().err().map(|error| desk::failed(error).message);
        json!({
            "effect": effect,
            "error": error,
            "id": self.id.map(|id| id.to_string()),
            "matched": self.matched,
            "recorded": end.map(|end| end.unrecorded.is_none()),
            "servers": end.and_then(|end| end.servers),
            "tokens": end.and_then(|end| end.tokens),
        })
    }
}
