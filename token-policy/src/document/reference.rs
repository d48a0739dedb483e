//! Reads the items in lists of scopes: the name of a scope, or a wildcard such as `repo:*`. A scope may have a `*` in
//! its name (`patient/*.read` of SMART on FHIR), so an item is looked up among the names first.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::context::Context;
use super::entry::Entry;
use crate::hidden::Quoted;
use crate::mark::{Listed, Mark};
use crate::{PolicyErrorKind, scope_name};

/// One item in a list of scopes, as it is written.
pub(super) struct Reference<'d> {
    text: &'d str,
    at: usize,
    mark: Mark,
}

impl<'d> Reference<'d> {
    /// Reads a list of scopes. An item that is listed twice is reported and returned once.
    pub(super) fn read_all(cx: &mut Context<'_>, entry: &Entry<'d, '_>) -> Vec<Reference<'d>> {
        const HELP: &str = "write a list of scopes, such as [\"repo:read\"]";
        let items = entry.items(cx, HELP).unwrap_or_default();
        let mut references = Vec::with_capacity(items.len());
        let mut seen = alloc::collections::BTreeSet::new();
        for item in items {
            let Some(text) = item.text(cx, HELP) else { continue };
            if seen.insert(text) {
                references.push(Reference { text, at: item.at(), mark: item.mark(cx) });
                continue;
            }
            let message = format!("{} lists {} twice", entry.what(), Quoted(text));
            cx.report(item.at(), PolicyErrorKind::RepeatedScope, message)
                .help("remove one of them");
        }
        references
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Returns the item in the form that the checks need, with the names of the scopes that it stands for.
    pub(super) fn listed(&self, scopes: &[usize], names: &[&str]) -> Listed {
        let names = scopes.iter().filter_map(|scope| names.get(*scope));
        let scopes = names.map(|name| String::from(*name)).collect();
        Listed { text: self.text.to_owned(), mark: self.mark, scopes }
    }
}

/// The names of the declared scopes, among which the items of lists are looked up.
pub(super) struct Declared<'d> {
    /// The names, sorted. A scope's number is its index in this list.
    pub(super) names: Vec<&'d str>,
    /// Is false if `[scopes]` could not be read. Then an unknown name is not reported, since it may be declared.
    pub(super) complete: bool,
}

impl<'d> Declared<'d> {
    /// Returns the numbers of the scopes that an item stands for; none if it has a mistake, which is reported. A
    /// wildcard does not stand for `except`, the scope that implies it.
    pub(super) fn resolve(
        &self,
        cx: &mut Context<'_>,
        reference: &Reference<'_>,
        except: Option<usize>,
    ) -> Vec<usize> {
        if let Ok(scope) = self.names.binary_search(&reference.text) {
            return Vec::from([scope]);
        }
        if reference.text.contains('*') {
            return self.resolve_wildcard(cx, reference, except);
        }
        match scope_name::check(reference.text) {
            Err(error) => {
                let message =
                    format!("{} is not the name of a scope: {error}", Quoted(reference.text));
                cx.report(reference.at, PolicyErrorKind::InvalidScopeName, message);
            }
            Ok(()) if self.complete => self.report_unknown(cx, reference),
            Ok(()) => {}
        }
        Vec::new()
    }

    fn report_unknown(&self, cx: &mut Context<'_>, reference: &Reference<'_>) {
        let help = match cx.nearest(reference.text, self.names.iter().copied()) {
            Some(name) => format!("did you mean {}?", Quoted(name)),
            None => String::from("declare it under `[scopes]`"),
        };
        let message = format!("scope {} is not declared", Quoted(reference.text));
        cx.report(reference.at, PolicyErrorKind::UnknownScope, message).help(help);
    }

    fn resolve_wildcard(
        &self,
        cx: &mut Context<'_>,
        reference: &Reference<'_>,
        except: Option<usize>,
    ) -> Vec<usize> {
        let prefix = match self.wildcard_prefix(reference.text) {
            Ok(prefix) => prefix,
            Err(problem) => {
                self.report_no_wildcard(cx, reference, problem);
                return Vec::new();
            }
        };
        let mut matched = self.with_prefix(prefix);
        matched.retain(|scope| Some(*scope) != except);
        if matched.is_empty() && self.complete {
            let message = format!("{} matches no declared scope", Quoted(reference.text));
            let help = format!(
                "a `*` stands for exactly one segment; declare a scope such as `{prefix}read`, or remove it"
            );
            cx.report(reference.at, PolicyErrorKind::NothingMatched, message).help(help);
        }
        matched
    }

    /// Reports a text with a `*` that is neither a declared scope nor a wildcard.
    fn report_no_wildcard(&self, cx: &mut Context<'_>, reference: &Reference<'_>, problem: &str) {
        let help = match cx.nearest(reference.text, self.starred()) {
            Some(name) => format!("did you mean {}?", Quoted(name)),
            None => String::from(
                "a `*` stands for one last segment, such as `repo:*`; a scope with a `*` in its name is declared under `[scopes]`",
            ),
        };
        let message = format!(
            "{} is neither a declared scope nor a wildcard: {problem}",
            Quoted(reference.text)
        );
        cx.report(reference.at, PolicyErrorKind::InvalidWildcard, message).help(help);
    }

    /// Yields the declared names that have a `*`.
    fn starred(&self) -> impl Iterator<Item = &'d str> {
        self.names.iter().copied().filter(|name| name.contains('*'))
    }

    /// Returns the part of a wildcard before its `*`. If the text is no wildcard, the error says why.
    ///
    /// Only the last `*` is one. Another one before it is a part of the names that are meant, so there must be such a
    /// name.
    fn wildcard_prefix<'t>(&self, text: &'t str) -> Result<&'t str, &'static str> {
        let prefix = wildcard_prefix(text)?;
        match prefix.contains('*') && !self.starred().any(|name| name.starts_with(prefix)) {
            true => Err("it has more than one `*`"),
            false => Ok(prefix),
        }
    }

    /// Returns the scopes that have exactly one more segment than `prefix`. They stand side by side, since the names
    /// are sorted.
    fn with_prefix(&self, prefix: &str) -> Vec<usize> {
        let first = self.names.partition_point(|name| *name < prefix);
        let candidates = self
            .names
            .iter()
            .enumerate()
            .skip(first)
            .map_while(|(scope, name)| Some((scope, name.strip_prefix(prefix)?)));
        candidates
            .filter(|(_, last)| !last.is_empty() && !last.contains(':'))
            .map(|(scope, _)| scope)
            .collect()
    }
}

/// Returns the text before the last segment, if that segment is a `*`. If it is not, the error says why.
fn wildcard_prefix(text: &str) -> Result<&str, &'static str> {
    if text == "*" {
        return Err("alone it would grant every scope");
    }
    let Some(prefix) = text.strip_suffix('*') else {
        return Err(if is_whole_segment(text) {
            "the `*` is not the last segment"
        } else {
            "the `*` is only a part of a segment"
        });
    };
    match prefix.strip_suffix(':') {
        None if prefix.contains('*') => Err("it has more than one `*`"),
        None => Err("the `*` is only a part of a segment"),
        Some("") => Err("it has nothing before the `*`"),
        Some(_) if scope_name::is_valid(prefix) => Ok(prefix),
        Some(_) => Err("what is before the `*` is not part of a scope name"),
    }
}

fn is_whole_segment(text: &str) -> bool {
    text.split(':').any(|segment| segment == "*")
}
