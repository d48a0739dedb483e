//! Writes findings as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use serde_json::{Value, json};

use super::json::{facts, map, plain};
use super::path::uri;
use super::{Accepted, Finding, Notice, Place};
use crate::Level;

/// Describes the tool that made the findings.
#[derive(Clone, Copy, Debug)]
pub struct Tool<'a> {
    /// The tool's name, such as `tokenctl`.
    pub name: &'a str,
    /// The tool's version, such as `0.1.0`.
    pub version: &'a str,
    /// An absolute URI of a page about the tool.
    pub uri: &'a str,
    /// The name of what the tool does in this run, such as `tokenctl/scan`. GitHub takes it as the category: a later log
    /// of the same category replaces this one.
    pub category: &'a str,
    /// The path of what the run is about, as the place of findings that have none. GitHub refuses a log in which a result
    /// has no location.
    pub about: &'a str,
    /// The codes that the tool can find. A finding with another code has no rule in the log.
    pub rules: &'a [Rule<'a>],
}

/// Explains one code.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    /// The code of the rule's findings.
    pub code: &'a str,
    /// The level that the rule's findings have by default.
    pub level: Level,
    /// What the rule finds, in a few words.
    pub summary: &'a str,
    /// Why that matters, and what to do.
    pub help: &'a str,
}

/// Writes one SARIF log with one run, as GitHub and other code hosts read it.
///
/// A path that is not absolute is written as a relative URI. A finding's facts become the result's `properties`, and
/// its fix the second sentence of the message. A finding that is [accepted](Finding::accepted) has `suppressions`; in the
/// others that list is empty (SARIF section 3.27.23). Notices become the invocation's `toolExecutionNotifications`; if one of
/// them has the level deny, the invocation is marked as not successful. Without notices there is no invocation.
///
/// # Errors
///
/// Fails if writing to `out` fails.
pub fn sarif(
    tool: &Tool<'_>,
    findings: &[Finding],
    notices: &[Notice],
    out: &mut dyn Write,
) -> fmt::Result {
    let results: Vec<Value> = findings.iter().map(|finding| result(tool, finding)).collect();
    let id = format!("{}/", tool.category);
    let mut run = Vec::from([("automationDetails", json!({ "id": id }))]);
    run.push(("columnKind", "unicodeCodePoints".into()));
    if !notices.is_empty() {
        run.push(("invocations", json!([invocation(notices)])));
    }
    run.push(("results", results.into()));
    run.push(("tool", json!({ "driver": driver(tool) })));
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [map(run)],
    });
    writeln!(out, "{}", plain(&format!("{log:#}")))
}

/// Makes an `invocation` object (SARIF section 3.20).
fn invocation(notices: &[Notice]) -> Value {
    let told: Vec<Value> = notices.iter().map(notification).collect();
    json!({
        "executionSuccessful": notices.iter().all(|notice| notice.level != Level::Deny),
        "toolExecutionNotifications": told,
    })
}

/// Makes a `notification` object (SARIF section 3.58).
fn notification(notice: &Notice) -> Value {
    let mut entries = Vec::from([("descriptor", json!({ "id": notice.code }))]);
    entries.push(("level", level(notice.level).into()));
    if let Some(file) = &notice.file {
        let place = json!({ "artifactLocation": { "uri": uri(file) } });
        entries.push(("locations", json!([{ "physicalLocation": place }])));
    }
    entries.push(("message", json!({ "text": format!("{}.", notice.message) })));
    map(entries)
}

fn driver(tool: &Tool<'_>) -> Value {
    let rules: Vec<Value> = tool.rules.iter().map(rule).collect();
    json!({
        "informationUri": tool.uri,
        "name": tool.name,
        "rules": rules,
        "version": tool.version,
    })
}

fn rule(rule: &Rule<'_>) -> Value {
    json!({
        "defaultConfiguration": { "level": level(rule.level) },
        "help": { "text": rule.help },
        "id": rule.code,
        "shortDescription": { "text": rule.summary },
    })
}

fn result(tool: &Tool<'_>, finding: &Finding) -> Value {
    let mut entries = Vec::from([
        ("level", Value::from(level(finding.level))),
        ("message", json!({ "text": sentences(finding) })),
        ("properties", facts(finding)),
        ("ruleId", finding.code.as_ref().into()),
    ]);
    let place = match &finding.place {
        Some(place) => location(place),
        None => {
            json!({ "artifactLocation": { "uri": uri(tool.about) }, "region": { "startLine": 1 } })
        }
    };
    entries.push(("locations", json!([{ "physicalLocation": place }])));
    entries.push(("suppressions", finding.accepted.iter().map(suppression).collect()));
    if let Some(fingerprint) = &finding.fingerprint {
        entries.push(("partialFingerprints", json!({ "token/v1": fingerprint })));
    }
    if let Some(index) = tool.rules.iter().position(|rule| rule.code == finding.code) {
        entries.push(("ruleIndex", index.into()));
    }
    entries.sort_by_key(|(key, _)| *key);
    map(entries)
}

/// Makes a `suppression` object (SARIF section 3.35).
fn suppression(accepted: &Accepted) -> Value {
    json!({
        "justification": accepted.reason,
        "kind": if accepted.in_source { "inSource" } else { "external" },
        "status": "accepted",
    })
}

/// Returns the message in full sentences, as SARIF asks for.
fn sentences(finding: &Finding) -> String {
    match &finding.fix {
        Some(fix) => format!("{}. Help: {fix}.", finding.message),
        None => format!("{}.", finding.message),
    }
}

fn location(place: &Place) -> Value {
    let mut region = Vec::from([("startColumn", Value::from(place.column))]);
    if let Some(length) = place.length {
        region.insert(0, ("endColumn", place.column.saturating_add(length).into()));
    }
    region.push(("startLine", place.line.into()));
    json!({ "artifactLocation": { "uri": uri(&place.file) }, "region": map(region) })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Allow => "note",
        Level::Warn => "warning",
        Level::Deny => "error",
    }
}
