//! Writes findings as a compiler shows them.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::{self, Write};

use super::path::byte;
use super::{Finding, Place};
use crate::Level;
use crate::hidden::{is_hidden, is_ignorable};

/// The width to which text is wrapped, in characters.
const COLUMNS: usize = 80;

/// Writes findings as `cargo` does, each with an empty line after it, at most 80 characters wide.
///
/// A line is longer only if a single word, such as a path, doesn't fit. Nothing is coloured.
///
/// # Errors
///
/// Fails if writing to `out` fails.
pub fn text(findings: &[Finding], out: &mut dyn Write) -> fmt::Result {
    findings.iter().try_for_each(|finding| write(finding, out))
}

fn write(finding: &Finding, out: &mut dyn Write) -> fmt::Result {
    let head = format!("{}[{}]: ", severity(finding.level), finding.code);
    wrap(&head, 4, &finding.message, out)?;
    let number = finding.place.as_ref().map(|place| place.line.to_string()).unwrap_or_default();
    let margin = number.len();
    if let Some(place) = &finding.place {
        let (file, line, column) = (visible(&place.file), place.line, place.column);
        writeln!(out, "{:margin$}--> {file}:{line}:{column}", "")?;
        if let Some(excerpt) = &finding.excerpt {
            write_excerpt(place, &number, excerpt, out)?;
        }
    }
    let facts = finding.facts.iter().map(|(name, value)| (*name, value));
    for (name, value) in facts.chain(finding.fix.as_ref().map(|fix| ("help", fix))) {
        let head = format!("{:margin$} = {name}: ", "");
        wrap(&head, head.chars().count(), value, out)?;
    }
    writeln!(out)
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Allow => "note",
        Level::Warn => "warning",
        Level::Deny => "error",
    }
}

/// Writes the line with the place underlined. Of a long line, only the part around the place is written.
fn write_excerpt(place: &Place, number: &str, line: &str, out: &mut dyn Write) -> fmt::Result {
    let margin = number.len();
    let room = COLUMNS.saturating_sub(margin + 3 + 2 * CUT.len());
    let total = line.chars().count();
    // If the file has changed since, the column may be after the end of the line. It is then moved to the end.
    let at = usize::try_from(place.column).unwrap_or(total).saturating_sub(1).min(total);
    let length = place.length.and_then(|length| usize::try_from(length).ok()).unwrap_or(1);
    let length = length.clamp(1, room);
    let first = if total <= room || at + length <= room { 0 } else { at - (room - length) / 2 };
    let shown: String = line.chars().skip(first).take(room).map(single).collect();
    let before = if first > 0 { CUT } else { "" };
    let after = if total > first + room { CUT } else { "" };
    let indent = before.len() + at - first.min(at);
    writeln!(out, "{:margin$} |", "")?;
    writeln!(out, "{number} | {before}{}{after}", shown.trim_end())?;
    writeln!(out, "{:margin$} | {:indent$}{:^<length$}", "", "", "")
}

/// The text that stands for what is left out of a line.
const CUT: &str = "...";

/// Replaces a hidden character by one visible character, so that the underline stays below its text.
fn single(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_hidden(c) || is_ignorable(c) => '\u{FFFD}',
        c => c,
    }
}

/// Writes `text` after `head`, broken between words at 80 characters. Further lines are indented by `indent` spaces.
///
/// ```
/// let mut out = String::new();
/// token_policy::report::wrap("why: ", 5, "because", &mut out)?;
/// assert_eq!(out, "why: because\n");
/// # Ok::<(), std::fmt::Error>(())
/// ```
///
/// # Errors
///
/// Fails if writing to `out` fails.
pub fn wrap(head: &str, indent: usize, text: &str, out: &mut dyn Write) -> fmt::Result {
    out.write_str(head)?;
    let mut column = head.chars().count();
    for (i, word) in text.split(' ').enumerate() {
        let word = visible(word);
        let width = word.chars().count();
        if i > 0 && column + 1 + width > COLUMNS {
            write!(out, "\n{:indent$}", "")?;
            column = indent;
        } else if i > 0 {
            out.write_str(" ")?;
            column += 1;
        }
        out.write_str(&word)?;
        column += width;
    }
    writeln!(out)
}

/// Returns the text with control characters, direction marks and invisible characters written as escapes, and the bytes
/// of a [path](super::path_text) that are no UTF-8.
///
/// ```
/// assert_eq!(token_policy::report::visible("a\u{1b}[31m"), "a\\u{1b}[31m");
/// ```
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        match (byte(c), is_hidden(c) || is_ignorable(c)) {
            // Writing to a string cannot fail.
            (Some(byte), _) => write!(visible, "\\x{byte:02X}").unwrap_or_default(),
            (None, true) => visible.extend(c.escape_unicode()),
            (None, false) => visible.push(c),
        }
    }
    visible
}
