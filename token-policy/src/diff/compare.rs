//! Decides which of two kinds permits more, row by row of the table at [`diff`](super).

use super::Verdict;
use crate::{KindRule, Rotate, Source, Uses};

/// Compares one row of two kinds. Returns whether the first kind permits no more than the second.
pub(super) type Within = fn(&KindRule, &KindRule) -> bool;

/// Compares one row of two kinds in both directions, and returns the verdict on the new one.
pub(super) fn compare(old: &KindRule, new: &KindRule, within: Within) -> Verdict {
    Verdict::of(within(new, old), within(old, new))
}

pub(super) fn max_lifetime(inner: &KindRule, outer: &KindRule) -> bool {
    // `None` means that tokens never expire.
    optional(inner.max_lifetime(), outer.max_lifetime(), |inner, outer| inner <= outer)
}

pub(super) fn leeway(inner: &KindRule, outer: &KindRule) -> bool {
    inner.leeway() <= outer.leeway()
}

pub(super) fn audience(inner: &KindRule, outer: &KindRule) -> bool {
    optional(inner.audience(), outer.audience(), |inner, outer| inner == outer)
}

pub(super) fn uses(inner: &KindRule, outer: &KindRule) -> bool {
    inner.uses() == Uses::Once || outer.uses() == Uses::Many
}

pub(super) fn source(inner: &KindRule, outer: &KindRule) -> bool {
    optional(inner.source(), outer.source(), source_within)
}

pub(super) fn rotate(inner: &KindRule, outer: &KindRule) -> bool {
    let is_ending = |kind: &KindRule| kind.max_lifetime().is_some();
    match (is_ending(inner), is_ending(outer)) {
        // A kind whose tokens never expire says nothing about the replacement of one that does.
        (true, false) => true,
        (false, true) => false,
        (true, true) | (false, false) => optional(inner.rotate(), outer.rotate(), rotate_within),
    }
}

fn rotate_within(inner: &Rotate, outer: &Rotate) -> bool {
    let is_as_early = match (inner, outer) {
        (Rotate::ByAge { after, .. }, Rotate::ByAge { after: latest, .. }) => after <= latest,
        (
            Rotate::BeforeExpiry { before_expiry, .. },
            Rotate::BeforeExpiry { before_expiry: latest, .. },
        ) => before_expiry >= latest,
        // Kinds with and without an expiry are never compared here.
        (Rotate::ByAge { .. }, Rotate::BeforeExpiry { .. })
        | (Rotate::BeforeExpiry { .. }, Rotate::ByAge { .. }) => false,
    };
    is_as_early && inner.overlap() <= outer.overlap()
}

/// To keep a refresh token permits more than not to keep one.
pub(super) fn store(inner: &KindRule, outer: &KindRule) -> bool {
    inner.store().is_none() || inner.store() == outer.store()
}

pub(super) fn format(inner: &KindRule, outer: &KindRule) -> bool {
    let prefix = |kind: &KindRule| kind.format().map(|format| *format.value());
    optional(prefix(inner), prefix(outer), |inner, outer| inner == outer)
}

/// Compares two optional rules. `None` means that the rule is not set, so it permits anything.
fn optional<T>(inner: Option<T>, outer: Option<T>, within: fn(T, T) -> bool) -> bool {
    match (inner, outer) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(inner), Some(outer)) => within(inner, outer),
    }
}

fn source_within(inner: &Source, outer: &Source) -> bool {
    match (inner, outer) {
        (
            Source::File { path: inner, readable_by: readers },
            Source::File { path: outer, readable_by: most },
        ) => inner == outer && readers <= most,
        (
            Source::Command { argv: inner, timeout },
            Source::Command { argv: outer, timeout: longest },
        ) => inner == outer && timeout <= longest,
        (inner, outer) => inner == outer,
    }
}
