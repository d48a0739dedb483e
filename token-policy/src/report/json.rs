//! Writes findings as JSON, one object per line.

use core::fmt::{self, Write};

use alloc::string::{String, ToString as _};

use serde_json::{Map, Value};

use super::path::{lossy, uri};
use super::{Finding, Notice};
use crate::hidden::{is_hidden, is_ignorable};

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
/// uri          text     the path as a URI reference: percent-decoded, it has each byte of the file's name
/// ```
///
/// # Errors
///
/// Fails if writing to `out` fails.
pub fn json(findings: &[Finding], out: &mut dyn Write) -> fmt::Result {
    findings.iter().try_for_each(|finding| writeln!(out, "{}", plain(&object(finding).to_string())))
}

/// Writes one JSON object and a line feed for each notice. A finding has the key `code`, a notice the key `notice`, so
/// that one stream can hold both:
///
/// ```text
/// file         text     or `null`
/// level        text     "allow", "warn" or "deny"
/// message      text
/// notice       text     its code, stable
/// uri          text     the path as a URI reference, or `null`
/// ```
///
/// # Errors
///
/// Fails if writing to `out` fails.
pub fn json_notices(notices: &[Notice], out: &mut dyn Write) -> fmt::Result {
    notices
        .iter()
        .try_for_each(|notice| writeln!(out, "{}", plain(&notice_object(notice).to_string())))
}

fn notice_object(notice: &Notice) -> Value {
    map([
        ("file", notice.file.as_deref().map(lossy).into()),
        ("level", notice.level.as_str().into()),
        ("message", notice.message.as_str().into()),
        ("notice", notice.code.as_ref().into()),
        ("uri", notice.file.as_deref().map(uri).into()),
    ])
}

/// Returns JSON with all hidden characters written as escapes, which mean the same: control characters, direction marks
/// and invisible ones. So a terminal that shows the JSON is not controlled by a name in it.
///
/// ```
/// assert_eq!(token_policy::report::plain("\"a\u{202e}b\""), r#""a\u202eb""#);
/// ```
pub fn plain(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    for c in json.chars() {
        // In JSON, a character that is not ASCII stands only in strings.
        if !c.is_ascii() && (is_hidden(c) || is_ignorable(c)) || c == '\x7f' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                write!(plain, "\\u{unit:04x}").unwrap_or_default();
            }
        } else {
            plain.push(c);
        }
    }
    plain
}

/// Makes the object of a finding. The keys are added in sorted order, so the output is the same whether the map sorts
/// them or keeps their order.
fn object(finding: &Finding) -> Value {
    let place = finding.place.as_ref();
    let entries = [
        ("code", Value::from(finding.code.as_ref())),
        ("column", place.map(|place| place.column).into()),
        ("facts", facts(finding)),
        ("file", place.map(|place| lossy(&place.file)).into()),
        ("fingerprint", finding.fingerprint.as_deref().into()),
        ("fix", finding.fix.as_deref().into()),
        ("length", place.and_then(|place| place.length).into()),
        ("level", finding.level.as_str().into()),
        ("line", place.map(|place| place.line).into()),
        ("message", finding.message.as_str().into()),
        ("uri", place.map(|place| uri(&place.file)).into()),
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
