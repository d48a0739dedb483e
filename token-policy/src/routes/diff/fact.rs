//! Describes one change between two tables of routes.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use super::{Key, Rows};
use crate::report::{Finding, Place};
use crate::routes::text::word;
use crate::routes::{Access, RouteRow};
use crate::verdict::Verdict;
use crate::{Level, Position};

/// One change of a table of routes, and whether it permits more, less or the same.
///
/// `Display` writes it on one line: `bearing: route: change`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteFact {
    bearing: Verdict,
    method: String,
    path: String,
    position: Option<Position>,
    change: String,
}

impl RouteFact {
    /// Returns the verdict on this change alone.
    pub fn bearing(&self) -> Verdict {
        self.bearing
    }

    /// Returns the route's method, as it stands in the table.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the route's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns where the route stands in the new table, or `None` if it is no longer there or was not read from text.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Returns the change in words.
    pub fn change(&self) -> &str {
        &self.change
    }

    fn new((path, method): &Key<'_>, bearing: Verdict, change: String) -> RouteFact {
        let (method, path) = ((*method).to_string(), (*path).to_string());
        RouteFact { bearing, method, path, position: None, change }
    }

    fn at(self, position: Option<Position>) -> RouteFact {
        RouteFact { position, ..self }
    }

    fn route(&self) -> String {
        format!("{} {}", self.method, word(&self.path))
    }

    pub(super) fn finding(&self, file: &str) -> Finding {
        let (code, level) = match self.bearing {
            Verdict::Equal => ("routes-changed", Level::Allow),
            Verdict::Narrower => ("routes-narrower", Level::Allow),
            Verdict::Wider => ("routes-wider", Level::Deny),
            Verdict::Incomparable => ("routes-incomparable", Level::Deny),
        };
        let route = self.route();
        let message = format!("route `{route}`: {}", self.change);
        let finding = Finding::new(code, level, message).fact("route", route);
        match self.position {
            Some(place) => finding.at(Place::new(file, place.line, place.column)),
            None => finding,
        }
    }
}

impl fmt::Display for RouteFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: route `{}`: {}", self.bearing, self.route(), self.change)
    }
}

/// A route is new.
pub(super) fn added(key: &Key<'_>, is: &Rows<'_>) -> RouteFact {
    let change = format!("it is new, {}", who(&is.access));
    RouteFact::new(key, Verdict::Wider, change).at(is.position)
}

/// A route is gone, and its requests are answered by another row, or by none.
pub(super) fn removed(key: &Key<'_>, was: &Rows<'_>, now: Option<&RouteRow>) -> RouteFact {
    let Some(now) = now else {
        return RouteFact::new(key, Verdict::Narrower, "it is gone".into());
    };
    let is_open = !was.access.iter().any(|was| now.access.is_within(was));
    let bearing = if is_open { Verdict::Incomparable } else { Verdict::Narrower };
    let (method, path) = (&now.method, word(&now.path));
    let who = who(&[&now.access]);
    let change = format!("it is gone; `{method} {path}` answers its requests now, {who}");
    RouteFact::new(key, bearing, change)
}

/// A route is in both tables.
pub(super) fn changed(key: &Key<'_>, was: &Rows<'_>, is: &Rows<'_>, facts: &mut Vec<RouteFact>) {
    if was.access == is.access {
        return;
    }
    let mut fact = |bearing, change| {
        facts.push(RouteFact::new(key, bearing, change).at(is.position));
    };
    if let ([Access::Proof { scopes: had, kinds: of }], [Access::Proof { scopes, kinds }]) =
        (was.access.as_slice(), is.access.as_slice())
    {
        let mut each = |bearing, what, old: &[String], new: &[String], words| {
            for name in old.iter().filter(|name| !new.contains(name)) {
                fact(bearing, format!("{what} `{}` {words}", word(name)));
            }
        };
        each(Verdict::Wider, "scope", had, scopes, "is no longer needed");
        each(Verdict::Narrower, "scope", scopes, had, "is needed, too");
        each(Verdict::Wider, "kind", kinds, of, "may come in, too");
        each(Verdict::Narrower, "kind", of, kinds, "may no longer come in");
        return;
    }
    let verdict = Verdict::of(is.is_within(was), was.is_within(is));
    fact(verdict, format!("it is {}, was {}", who(&is.access), who(&was.access)));
}

/// Says in words who may come in.
fn who(access: &[&Access]) -> String {
    let one = |access: &&Access| match access {
        Access::Public { reason } => {
            format!("public (\"{}\")", crate::report::visible(reason))
        }
        Access::Proof { scopes, kinds } => {
            let scopes = match scopes.is_empty() {
                true => "no scope".into(),
                false => names(scopes),
            };
            format!("for {scopes} of kind {}", names(kinds))
        }
    };
    access.iter().map(one).collect::<Vec<_>>().join(" or ")
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| format!("`{}`", word(name))).collect::<Vec<_>>().join(", ")
}
