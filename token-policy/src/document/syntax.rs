//! Reports mistakes in the TOML itself.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use toml::de::{DeTable, DeValue, Error};

use super::context::Context;
use crate::PolicyErrorKind;
use crate::hidden::Quoted;

/// Reports syntax errors. Of several that follow from one mistake, it reports only the first.
///
/// The parser goes on after a mistake; in an array that is never closed, it finds an error in every later line. So
/// after an error, further ones are dropped until the value with the mistake ends, and at least until the end of its
/// line.
pub(super) fn report(cx: &mut Context<'_>, root: &DeTable<'_>, errors: &[Error]) {
    let mut values = Vec::new();
    collect_values(cx, root, &mut values);
    values.sort_by_key(|span| span.start);
    let mut errors: Vec<&Error> = errors.iter().collect();
    errors.sort_by_key(|error| span(error).start);

    let mut quiet_until = None;
    for error in errors {
        let at = span(error).start;
        if quiet_until.is_none_or(|end| at > end) {
            quiet_until = Some(end_of_damage(cx, &values, at));
            let reported = cx.report(at, PolicyErrorKind::Syntax, describe(cx, error));
            if error.message().starts_with("invalid unquoted key") {
                reported.help("a name with other signs stands in quotes, such as \"repo:read\"");
            }
        }
    }
}

/// Returns where an error is. The only error without a place is that for a key of too many parts; it counts as the
/// file's start.
fn span(error: &Error) -> Range<usize> {
    error.span().unwrap_or_default()
}

/// Collects the spans of all values. An inline table is one value; of a table with a `[header]`, each value is
/// collected.
fn collect_values(cx: &Context<'_>, table: &DeTable<'_>, spans: &mut Vec<Range<usize>>) {
    for (_, value) in table {
        match value.get_ref() {
            DeValue::Table(inner) if !cx.source(value.span()).starts_with('{') => {
                collect_values(cx, inner, spans);
            }
            _ => spans.push(value.span()),
        }
    }
}

fn end_of_damage(cx: &Context<'_>, values: &[Range<usize>], at: usize) -> usize {
    let value = values.get(..values.partition_point(|span| span.start <= at)).and_then(<[_]>::last);
    let last = value.map_or(at, |span| span.end.max(at));
    // If a header stands twice, most keys of its table do too, so all of the table is skipped.
    if is_header(cx, at) { cx.end_of_block(last) } else { cx.line_end(last) }
}

fn is_header(cx: &Context<'_>, at: usize) -> bool {
    cx.line(at).trim_start().starts_with('[')
}

fn describe(cx: &Context<'_>, error: &Error) -> String {
    match error.message() {
        "duplicate key" => {
            let key = cx.source(span(error)).trim_matches(['"', '\'']);
            format!("the key {} is there twice", Quoted(key))
        }
        message => format!("invalid TOML: {message}"),
    }
}
