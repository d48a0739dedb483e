//! Compares two tables of routes: does the new one permit more, less, the same, or something else?
//!
//! A table permits a set of acts: that somebody, with a token of a kind and with its scopes or without one, has a request
//! answered by the handler of a row. So a row permits more without one of its scopes, with a further kind, or if it is
//! public. A new row is a handler that nobody reached before. If a row is gone, its requests may be answered by another
//! one, such as `{id}` for a name, `*` for a method, or what is nested above; if that lets somebody in whom the row
//! refused, it is told.

mod fact;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

pub use self::fact::RouteFact;
use self::fact::{added, changed, removed};
use super::{Access, RouteTable, answer::answer};
use crate::Position;
use crate::report::Finding;
use crate::verdict::Verdict;

/// Compares a table of routes with the one that it replaces.
pub fn diff(old: &RouteTable, new: &RouteTable) -> RouteDiff {
    let (olds, news) = (by_route(old), by_route(new));
    let mut facts = Vec::new();
    let mut keys: Vec<&Key<'_>> = olds.keys().chain(news.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        match (olds.get(key), news.get(key)) {
            (Some(was), Some(is)) => changed(key, was, is, &mut facts),
            (None, Some(is)) => facts.push(added(key, is)),
            (Some(was), None) => {
                let (path, method) = *key;
                facts.push(removed(key, was, answer(new, method, path)));
            }
            (None, None) => {}
        }
    }
    RouteDiff { facts }
}

/// The path and the method of a row.
type Key<'t> = (&'t str, &'t str);

/// What stands under one path and method. There are several if routers that were merged each have what answers the rest.
struct Rows<'t> {
    access: Vec<&'t Access>,
    position: Option<Position>,
}

impl Rows<'_> {
    fn is_within(&self, outer: &Rows<'_>) -> bool {
        let is_permitted =
            |access: &&Access| outer.access.iter().any(|outer| access.is_within(outer));
        self.access.iter().all(is_permitted)
    }
}

fn by_route(table: &RouteTable) -> BTreeMap<Key<'_>, Rows<'_>> {
    let mut routes = BTreeMap::new();
    for (index, row) in table.rows().iter().enumerate() {
        let key = (row.path.as_str(), row.method.as_str());
        let empty = || Rows { access: Vec::new(), position: table.position(index) };
        routes.entry(key).or_insert_with(empty).access.push(&row.access);
    }
    routes
}

/// Holds how a table of routes differs from the one that it replaces.
///
/// `Display` writes one fact per line, sorted by path and method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteDiff {
    facts: Vec<RouteFact>,
}

impl RouteDiff {
    /// Returns the verdict on the new table, compared with the old one: that of all facts together.
    pub fn verdict(&self) -> Verdict {
        self.facts.iter().fold(Verdict::Equal, |all, fact| all.and(fact.bearing()))
    }

    /// Returns every single change, sorted by path and method.
    pub fn facts(&self) -> &[RouteFact] {
        &self.facts
    }

    /// Returns the facts as findings. `file` is the new table's file name in their places.
    ///
    /// Their codes are `routes-wider`, `routes-narrower`, `routes-incomparable` and `routes-changed`. `routes-wider` and
    /// `routes-incomparable` have the level [`Deny`](crate::Level::Deny), the other two have
    /// [`Allow`](crate::Level::Allow).
    pub fn findings(&self, file: &str) -> Vec<Finding> {
        self.facts.iter().map(|fact| fact.finding(file)).collect()
    }
}

impl fmt::Display for RouteDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.facts.iter().try_for_each(|fact| writeln!(f, "{fact}"))
    }
}
