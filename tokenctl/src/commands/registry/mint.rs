//! Implements `registry mint`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use pollster::block_on;
use serde_json::json;
use token_core::policy::CompiledPolicy;
use token_issue::{AnyKind, Issued, Mint};
use token_policy::report;

use super::desk::{self, Desk};
use super::pepper::PepperArguments;
use super::way::Way;
use super::{Ended, LogArguments, Place, end, row, spelled};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::ListFormat;
use crate::output::Output;
use crate::policy::PolicyFile;
use crate::project::Project;

/// Mints a token, as the policy says, and hands it over once: into a new file that nobody but its owner may read (`--to`), or to a program that reads
/// standard output. It is never shown on a terminal.
///
/// It is on record before it exists. What it may do, and until when, goes to standard error. If it cannot be handed over, it is revoked.
///
/// For example: `tokenctl registry mint deploy --subject job-17 --lifetime 10m --to token --file tokens.db --log audit --log-key audit.key`
#[derive(Args)]
pub(crate) struct Arguments {
    /// The token's kind
    #[arg(value_name = "KIND")]
    kind: String,
    /// The policy [default: the nearest tokens.toml, here or above]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Only this scope and what it implies; can be given several times [default: all scopes of the kind]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// How long the token lives [default: the kind's longest lifetime]
    #[arg(long, value_name = "TIME", value_parser = spelled::time)]
    lifetime: Option<Duration>,
    /// On whose behalf it acts: a user, a job, a service
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// Whom it is meant for [default: the audience of the kind]
    #[arg(long, value_name = "TEXT")]
    audience: Option<String>,
    /// What for, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Where the token goes, a new file [default: standard output, unless that is a terminal]
    #[arg(long, value_name = "FILE", required_if_eq("format", "json"))]
    to: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    log: LogArguments,
    #[command(flatten)]
    peppers: PepperArguments,
    /// How the facts about the token are shown: as text on standard error, or as JSON on standard output
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    // First: a variable can be taken out of the environment only while there is one thread.
    let place = arguments.place.take()?;
    let recorded = arguments.log.take()?;
    let peppers = arguments.peppers.take()?;
    let policy = arguments.policy()?;
    let mint = arguments.wish(policy)?;
    let mut way = Way::open(arguments.to.as_deref())?;
    let desk = Desk::minting(policy, peppers, place, recorded)?;
    let minted = block_on(desk.issuer.mint(mint)).map_err(|error| desk::failed(&error));
    let told = minted.and_then(|issued| hand_over(issued, &mut way, &desk));
    desk.close(output);
    let facts = told?;
    match arguments.format {
        ListFormat::Text => output.note(&facts.text),
        ListFormat::Json => output.answer(&facts.json)?,
    }
    Ok(Exit::Clean)
}

impl Arguments {
    fn policy(&self) -> Result<&'static CompiledPolicy, Failure> {
        let project = Project::find()?;
        let path = self.policy.clone().map_or_else(|| project.policy(), Ok)?;
        let text = project.read(&path)?;
        let (name, _) = PolicyFile::new(project.shown(&path), text.clone()).valid()?;
        CompiledPolicy::leaked(&name, &text).map_err(|error| Failure::new(error.to_string()))
    }

    fn wish(&self, policy: &'static CompiledPolicy) -> Result<Mint<AnyKind>, Failure> {
        spelled::without_token("--subject", self.subject.as_deref())?;
        spelled::without_token("--audience", self.audience.as_deref())?;
        spelled::without_token("--reason", self.reason.as_deref())?;
        let mut mint = Mint::named(policy, &self.kind).map_err(|error| desk::failed(&error))?;
        if !self.scopes.is_empty() {
            mint = mint.scope_names(self.scopes.iter().cloned());
        }
        if let Some(lifetime) = self.lifetime {
            mint = mint.lifetime(lifetime);
        }
        if let Some(subject) = &self.subject {
            mint = mint.subject(subject);
        }
        if let Some(audience) = &self.audience {
            mint = mint.audience(audience);
        }
        if let Some(reason) = &self.reason {
            mint = mint.reason(reason);
        }
        Ok(mint)
    }
}

/// What is told of a new token.
struct Facts {
    text: String,
    json: String,
}

/// Hands the token over. If that fails, nobody can have the whole of it for sure, so it is revoked.
fn hand_over(issued: Issued<AnyKind>, way: &mut Way, desk: &Desk) -> Result<Facts, Failure> {
    let (facts, id) = (facts(&issued), issued.id());
    let token = issued.release();
    let Err(error) = way.write(&token) else { return Ok(facts) };
    let failure = Failure::at(&way.name(), &error);
    Err(match end::token(&desk.issuer, id, "it could not be handed over") {
        Ok(Ended::Now(_) | Ended::Before) => {
            Failure::new(format!("{}; the token {id} was revoked", failure.message))
        }
        Ok(Ended::Unknown) | Err(_) => {
            Failure::new(format!("{}; the token {id} could NOT be revoked", failure.message))
                .help(format!("revoke it: `tokenctl registry revoke {id}`"))
        }
    })
}

fn facts(issued: &Issued<AnyKind>) -> Facts {
    let (id, kind, until) = (issued.id(), issued.kind(), row::moment(issued.expires_at()));
    let scopes: Vec<&str> = issued.scopes().names().collect();
    let object = json!({
        "audience": issued.audience(),
        "expires_at": until,
        "id": id.to_string(),
        "kind": kind,
        "scopes": scopes,
        "subject": issued.subject(),
    });
    let text = format!("minted {id}: `{kind}`, until {until}, scopes {}", scopes.join(" "));
    Facts { text, json: report::plain(&object.to_string()) + "\n" }
}
