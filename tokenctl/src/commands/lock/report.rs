//! Reads what rotation reports.
//!
//! A report is a JSON object with a list `tokens`, the oldest first. Each is an object with
//!
//! - `kind` and `environment`, the slot;
//! - `id`, the token's public id, 32 hexadecimal digits;
//! - `expires_at`, a time of RFC 3339, or null for never;
//! - if they are known: `generation`, `handle`, `log` (the index of its creation in the audit log), and `retire_after` (when a
//!   token that was replaced is to be ended);
//! - or, for a token that has ended, `ended` as true, and nothing else beside the slot and the id.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use token_policy::Policy;
use token_policy::lock::{Handle, SlotName};

use super::live::{Evidence, Id, Live};
use crate::failure::Failure;
use crate::file;
use crate::lock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    tokens: Vec<Reported>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reported {
    kind: String,
    environment: String,
    id: String,
    generation: Option<u64>,
    /// Null is never, which is not the same as nothing said.
    #[serde(default, deserialize_with = "told")]
    expires_at: Option<Option<String>>,
    retire_after: Option<String>,
    handle: Option<String>,
    log: Option<u64>,
    #[serde(default)]
    ended: bool,
}

fn told<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// Reads a report, and adds what it says to the evidence. `environment` is the one that the report must be about, if one was
/// named. No error repeats a value of the report.
pub(super) fn read(
    path: &Path,
    policy: &Policy,
    environment: Option<&str>,
    evidence: &mut Evidence,
) -> Result<(), Failure> {
    let (shown, text) = contents(path)?;
    let scanner = lock::scanner(policy, &text)?;
    let is_token = |text: &str| scanner.bytes(&shown, text.as_bytes()).has_denied();
    if is_token(&text) {
        return Err(Failure::new(format!("{shown}: there is a token in this report"))
            .help("revoke it: a report has public ids and handles, never a token"));
    }
    let report: Report = serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::new(format!("{shown}:{line}:{column}: this is not what a report has there")).help(
            "docs/locking.md has the members of a report; it must have no others, and none twice",
        )
    })?;
    let mut seen = BTreeSet::new();
    for (number, reported) in report.tokens.into_iter().enumerate() {
        let wrong = |what: &str| Failure::new(format!("{shown}: token {}: {what}", number + 1));
        let handle = reported.handle.as_deref();
        if handle.is_some_and(is_token) {
            return Err(
                wrong("its `handle` is a token").help("revoke it, and report its public handle")
            );
        }
        if environment.is_some_and(|named| named != reported.environment) {
            return Err(wrong("its `environment` is not the one that `--environment` names"));
        }
        let slot = slot(policy, &reported).map_err(&wrong)?;
        let id = id(&reported.id).ok_or_else(|| wrong("its `id` is not 32 hexadecimal digits"))?;
        if !seen.insert(id) {
            return Err(wrong("its `id` stands in the report twice"));
        }
        match reported.ended {
            true if reported.has_facts() => {
                return Err(wrong("it is `ended`, and has other facts all the same"));
            }
            true => evidence.ended(id),
            false => evidence.live(reported.live(slot, id).map_err(wrong)?),
        }
    }
    Ok(())
}

/// Returns the name by which the report is shown, and its text.
fn contents(path: &Path) -> Result<(String, String), Failure> {
    if path.as_os_str() != "-" {
        let shown = path.to_string_lossy().into_owned();
        return Ok((shown.clone(), file::text(path, &shown)?));
    }
    let (shown, mut text) = ("standard input".to_owned(), String::new());
    let read = std::io::stdin().lock().take(file::MOST + 1).read_to_string(&mut text);
    match read {
        Ok(length) if length as u64 <= file::MOST => Ok((shown, text)),
        Ok(_) => Err(file::too_large(&shown)),
        Err(error) => Err(Failure::at(&shown, &error)),
    }
}

/// Returns the slot of a token. Fails unless the policy declares it, for a kind whose tokens have lines.
fn slot(policy: &Policy, reported: &Reported) -> Result<SlotName, &'static str> {
    let (kind, environment) = (&reported.kind, &reported.environment);
    let mut slots = policy.slots();
    let rule = slots
        .find(|rule| rule.kind().name() == kind && rule.environment().name() == environment)
        .ok_or("the policy declares no slot for its `kind` in its `environment`")?;
    match rule.kind().is_ephemeral() {
        true => Err("its `kind` is ephemeral, and such tokens have no lines: leave it out"),
        false => Ok(SlotName::of(&rule)),
    }
}

pub(super) fn id(digits: &str) -> Option<Id> {
    let mut id = [0; 16];
    if digits.len() != 32 || !digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    {
        return None;
    }
    for (byte, at) in id.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(id)
}

impl Reported {
    fn has_facts(&self) -> bool {
        let Reported { generation, expires_at, retire_after, handle, log, .. } = self;
        generation.is_some()
            || expires_at.is_some()
            || retire_after.is_some()
            || handle.is_some()
            || log.is_some()
    }

    fn live(&self, slot: SlotName, id: Id) -> Result<Live, &'static str> {
        let mut live = Live::new(slot, id);
        live.expires = match &self.expires_at {
            None => return Err("it lacks `expires_at`, which is null if it never expires"),
            Some(None) => Some(None),
            Some(Some(text)) => Some(Some(moment(text).ok_or("its `expires_at` is no time")?)),
        };
        if let Some(text) = &self.retire_after {
            live.retire_after = Some(moment(text).ok_or("its `retire_after` is no time")?);
        }
        if self.generation == Some(0) {
            return Err("its `generation` is 0, and the first one is 1");
        }
        live.generation = self.generation;
        live.log = self.log;
        if let Some(handle) = &self.handle {
            let parsed: Result<Handle, _> = handle.parse();
            let what =
                "its `handle` is not 1 to 128 visible ASCII characters, without `\"` and `\\`";
            live.handle = Some(parsed.map_err(|_| what)?);
        }
        Ok(live)
    }
}

fn moment(text: &str) -> Option<UtcDateTime> {
    UtcDateTime::parse(text, &Rfc3339).ok()
}
