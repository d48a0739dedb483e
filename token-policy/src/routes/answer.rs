//! Finds which row answers a request, as the router does.

use core::cmp::Ordering;

use super::{RouteRow, RouteTable};

/// Returns the row that answers requests with this method for this path, or `None` if they get a plain 404 or 405. The path
/// is one of a table: a parameter in it stands for some text that no route names.
pub(super) fn answer<'t>(table: &'t RouteTable, method: &str, path: &str) -> Option<&'t RouteRow> {
    let is_handler = |row: &&RouteRow| row.method != "other";
    let matching = table.rows().iter().filter(is_handler).filter(|row| is_match(&row.path, path));
    let best = matching.max_by(|one, other| by_precision(&one.path, &other.path))?;
    let at = |method: &str| {
        table.rows().iter().find(|row| row.path == best.path && row.method == method)
    };
    let get = || if method == "HEAD" { at("GET") } else { None };
    at(method).or_else(get).or_else(|| at("*"))
}

/// Returns whether a route's path matches another path of a table.
fn is_match(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            // What is nested answers the path at which it is nested, too.
            (Some("*"), _) => return true,
            (Some(part), Some(_)) if is_rest(part) => return true,
            (Some(part), Some(other)) if part == other || is_parameter(part) => {}
            _ => return false,
        }
    }
}

/// Orders two paths that match the same path: what says more comes later. Literal parts come before parameters, and these
/// before what stands for a rest, part by part.
fn by_precision(one: &str, other: &str) -> Ordering {
    let rank = |part: &str| match part {
        "*" => 0,
        part if is_rest(part) => 1,
        part if is_parameter(part) => 2,
        _ => 3,
    };
    // The end says more than what stands for all that may follow.
    one.split('/').map(rank).chain([1]).cmp(other.split('/').map(rank).chain([1]))
}

/// Returns whether a part stands for the rest of the path: `{*rest}`.
fn is_rest(part: &str) -> bool {
    part.starts_with("{*")
}

/// Returns whether a part stands for some text: `{id}`. A part with letters beside the parameter matches itself alone.
fn is_parameter(part: &str) -> bool {
    part.starts_with('{') && part.ends_with('}') && !part.starts_with("{{") && !is_rest(part)
}
