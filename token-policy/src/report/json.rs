//! Writes findings as JSON, one object per line.

use core::fmt::{self, Write};

use serde_json::{Map, Value};

use super::{Finding, Notice};

/// Writes one JSON object and a line feed for each finding (JSON Lines).
///
/// Each object has all of these keys, in this order. A place or fix that the finding lacks is `null`:
///
/// ```text
/// code         text     stable
/// column       number   from 1, in characters
/// facts        object   from names to texts; may get more names
/// file         text
/// fingerprint  text     stays the same when the finding's place changes
/// fix          text
/// length       number   of characters
/// level        text     "allow", "warn" or "deny"
/// line         number   from 1
/// message      text
/// ```
///
/// # Errors
///
/// Fails if writing to `out` fails.
pub fn json(findings: &[Finding], out: &mut dyn Write) -> fmt::Result {
    findings.iter().try_for_each(|finding| writeln!(out, "{}", object(finding)))
}

/// Writes one JSON object and a line feed for each notice. A finding has the key `code`, a notice the key `notice`, so
/// that one stream can hold both:
///
/// ```text
/// file         text     or `null`
/// level        text     "allow", "warn" or "deny"
/// message      text
/// notice       text     its code, stable
/// ```
///
/// # Errors
///
/// Fails if writing to `out` fails.
pub fn json_notices(notices: &[Notice], out: &mut dyn Write) -> fmt::Result {
    notices.iter().try_for_each(|notice| writeln!(out, "{}", notice_object(notice)))
}

fn notice_object(notice: &Notice) -> Value {
    map([
        ("file", notice.file.as_deref().into()),
        ("level", notice.level.as_str().into()),
        ("message", notice.message.as_str().into()),
        ("notice", notice.code.as_ref().into()),
    ])
}

/// Makes the object of a finding. The keys are added in sorted order, so the output is the same whether the map sorts
/// them or keeps their order.
fn object(finding: &Finding) -> Value {
    let place = finding.place.as_ref();
    let entries = [
        ("code", Value::from(finding.code.as_ref())),
        ("column", place.map(|place| place.column).into()),
        ("facts", facts(finding)),
        ("file", place.map(|place| place.file.as_str()).into()),
        ("fingerprint", finding.fingerprint.as_deref().into()),
        ("fix", finding.fix.as_deref().into()),
        ("length", place.and_then(|place| place.length).into()),
        ("level", finding.level.as_str().into()),
        ("line", place.map(|place| place.line).into()),
        ("message", finding.message.as_str().into()),
    ];
    map(entries)
}

/// Returns the facts as an object. Of several facts with the same name, the last is kept.
pub(super) fn facts(finding: &Finding) -> Value {
    let mut facts = finding.facts.clone();
    facts.sort_by_key(|(name, _)| *name);
    map(facts.into_iter().map(|(name, value)| (name, Value::from(value))))
}

pub(super) fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Object(Map::from_iter(entries.into_iter().map(|(key, value)| (key.into(), value))))
}
