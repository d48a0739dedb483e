//! Decides how far the value of a guess may reach, whatever format the file has.
//!
//! Each reading that some format has is tried, and the furthest counts. So too much may be masked, but not too little.

use std::ops::Range;

use crate::engine::Hit;
use crate::finding::Lines;
use crate::rule::{Rank, Rule};
use crate::text::slice;

/// How many further lines a value may have.
const FURTHER: usize = 64;

/// A guess, and the rule that made it.
pub(super) struct Value<'v> {
    pub(super) lines: &'v Lines<'v>,
    pub(super) hit: &'v Hit,
    pub(super) rule: Option<&'v Rule>,
}

impl Value<'_> {
    /// Returns the bytes that the value may reach over: always to the end of a line.
    pub(super) fn range(&self) -> Range<usize> {
        let number = self.lines.line(self.hit.start);
        let line = self.lines.range(number);
        let head = slice(self.lines.text(), line.start, self.hit.start);
        let before = if number > 1 { self.line(number - 1) } else { &[] };
        let mut begin = self.begin(head);
        if open_quote(before).is_some() || before.trim_ascii_end().ends_with(b"\\") {
            // The line goes on with what the line before began.
            begin.at = 0;
        }
        let whole = slice(self.lines.text(), line.start, line.end);
        let open = begin.quote.filter(|(at, quote)| !closes(whole, *at, *quote));
        let last = self.lines.line(self.hit.last).max(number);
        let end = self.last_line(number, begin.deeper, open.map(|(_, quote)| quote)).max(last);
        line.start + begin.at..self.lines.range(end).end.max(self.hit.last + 1)
    }

    /// Returns where in its line the value begins, if `head` stands before the hit.
    fn begin(&self, head: &[u8]) -> Begin {
        let indent = head.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let Some(named) = self.named(head) else {
            // The name stands in a line before, so all of this line is the value, and so are those below it.
            return Begin { at: indent, quote: None, deeper: Some(indent.max(1)) };
        };
        let quote = open_quote(head);
        let bare = first_assignment(head);
        let mut at = word(head).min(named);
        at = at.min(quote.map_or(at, |(at, _)| at)).min(bare.unwrap_or(at));
        Begin { at, quote, deeper: quote.is_none().then_some(indent + 1) }
    }

    /// Returns where the value of the first name in the line begins that has a keyword of the rule. Returns `None` if
    /// the rule needs a name, and none stands there.
    fn named(&self, head: &[u8]) -> Option<usize> {
        let Some(rule) = self.rule else { return Some(head.len()) };
        let lower = head.to_ascii_lowercase();
        let ends = rule.keywords.iter().filter_map(|keyword| {
            let keyword = keyword.to_ascii_lowercase();
            memchr::memmem::find(&lower, keyword.as_bytes()).map(|at| at + keyword.len())
        });
        match (ends.min(), rule.rank) {
            (Some(end), Rank::Generic | Rank::Assigned) => Some(after_name(head, end)),
            (None, Rank::Generic | Rank::Assigned) => None,
            (_, Rank::Own | Rank::Checked | Rank::Issuer | Rank::User) => Some(head.len()),
        }
    }

    /// Returns the last line that the value may reach.
    fn last_line(&self, first: usize, deeper: Option<usize>, quote: Option<u8>) -> usize {
        let (mut last, mut open) = (first, quote);
        while last < first + FURTHER {
            let (this, next) = (self.line(last).trim_ascii_end(), self.line(last + 1));
            // An empty line may stand inside of a block.
            let is_inner = |least| next.trim_ascii().is_empty() || indent(next) >= least;
            let is_inner = deeper.is_some_and(is_inner);
            let goes_on = open.is_some() || is_inner || joins(this, next);
            if !goes_on || self.lines.range(last + 1).start >= self.lines.text().len() {
                break;
            }
            open = open.filter(|quote| !closes(next, 0, *quote));
            last += 1;
        }
        last
    }

    fn line(&self, number: usize) -> &[u8] {
        let range = self.lines.range(number);
        slice(self.lines.text(), range.start, range.end)
    }
}

/// Where a value begins in its line.
struct Begin {
    at: usize,
    /// If the value stands in quotes, where it begins in them, and the quote.
    quote: Option<(usize, u8)>,
    /// If further lines belong to the value because of their indent, the least such indent.
    deeper: Option<usize>,
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Returns where a value in the first quotes that are still open begins, and its quote.
fn open_quote(head: &[u8]) -> Option<(usize, u8)> {
    let (mut open, mut at) = (None, 0);
    while let Some(byte) = head.get(at) {
        match (byte, open) {
            // A quote after a backslash belongs to the text around it.
            (b'\\', _) => at += 1,
            (b'"' | b'\'' | b'`', None) if !is_apostrophe(head, at) => open = Some((at + 1, *byte)),
            // Two quotes in a row stand for one, in YAML and SQL.
            (byte, Some((_, quote))) if *byte == quote && head.get(at + 1) == Some(&quote) => {
                at += 1;
            }
            (byte, Some((_, quote))) if *byte == quote => open = None,
            _ => {}
        }
        at += 1;
    }
    open
}

fn is_apostrophe(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    text.get(at) == Some(&b'\'') && is_letter(before) && is_letter(text.get(at + 1))
}

/// Returns whether a text in these quotes ends in the line.
fn closes(line: &[u8], from: usize, quote: u8) -> bool {
    let mut at = from;
    while let Some(byte) = line.get(at) {
        match *byte {
            b'\\' => at += 1,
            byte if byte == quote && line.get(at + 1) == Some(&quote) => at += 1,
            byte if byte == quote => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

/// Returns where the word before the hit begins, or its value if the word has the form `name=value`.
fn word(head: &[u8]) -> usize {
    let is_quote = |at: usize, byte: u8| {
        matches!(byte, b'"' | b'\'' | b'`')
            && at.checked_sub(1).and_then(|at| head.get(at)) != Some(&b'\\')
    };
    let stops = |(at, byte): &(usize, &u8)| byte.is_ascii_whitespace() || is_quote(*at, **byte);
    let start = head.iter().enumerate().rev().find(stops).map_or(0, |(at, _)| at + 1);
    let is_quoted =
        start.checked_sub(1).is_some_and(|at| head.get(at).is_some_and(|byte| is_quote(at, *byte)));
    let part = slice(head, start, head.len());
    match part.iter().position(|byte| matches!(byte, b'=' | b':')) {
        Some(sign) if !is_quoted && sign > 0 => start + sign + 1,
        _ => start,
    }
}

/// Returns where the value begins if the line has the form `name: value` or `name = value` and its value has no quotes.
/// Such a value may have spaces and signs, and reaches to the end of its line.
fn first_assignment(head: &[u8]) -> Option<usize> {
    let mut at = indent(head);
    for sign in [&b"- "[..], b"export ", b"set ", b"- "] {
        if slice(head, at, head.len()).starts_with(sign) {
            at += sign.len();
            at += indent(slice(head, at, head.len()));
        }
    }
    let name = slice(head, at, head.len()).iter().take_while(|byte| is_name(**byte)).count();
    let after = at + name;
    let gap = indent(slice(head, after, head.len()));
    let sign = slice(head, after + gap, head.len());
    let signs = sign.iter().take_while(|byte| matches!(byte, b'=' | b':')).count();
    if name == 0 || signs == 0 {
        return None;
    }
    let start = after + gap + signs;
    let start = start + indent(slice(head, start, head.len()));
    (!matches!(head.get(start), None | Some(b'"' | b'\'' | b'`'))).then_some(start)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'"' | b'\'' | b'/')
}

/// Returns where the value begins of a name with a keyword that ends at `at`.
fn after_name(head: &[u8], at: usize) -> usize {
    let rest = slice(head, at, head.len());
    let name = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let at = at + name.count();
    let rest = slice(head, at, head.len());
    let joint = rest.iter().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    at + joint
}

/// Returns whether the next line goes on with what this one ends with: after a backslash or an operator, or with another
/// piece in quotes.
fn joins(this: &[u8], next: &[u8]) -> bool {
    let next = next.trim_ascii_start();
    let ends = matches!(this, [.., b'\\' | b'+' | b'&' | b'('] | [.., b' ', b'_' | b'.' | b'~']);
    let begins = matches!(next, [b'"' | b'\'' | b'`' | b'+' | b'&' | b'.' | b'~', ..]);
    // In a list or an object, another item begins with a quote too.
    let is_item = matches!(this.last(), Some(b',' | b';' | b'{' | b'}' | b'[' | b']'));
    ends || (begins && !is_item)
}
