//! Writes what the routes ask for as a document of OpenAPI 3.1.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::{Access, RouteRow, RouteTable};
use crate::report::plain;

/// The methods that a path of OpenAPI 3.1 has.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// The end of the name of a scheme that is about another header.
const IN_HEADER: &str = "-in-header";

pub(super) fn write(table: &RouteTable, header: Option<&str>) -> String {
    let (mut paths, mut rest) = (Map::new(), Vec::new());
    for row in table.rows() {
        match methods(row, table) {
            Some(methods) => add(&mut paths, row, &methods, header),
            None => rest.push(row.to_string()),
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "What the routes ask for", "version": "1" },
        "paths": paths,
        "components": { "securitySchemes": schemes(table, header) },
    });
    if let (false, Some(document)) = (rest.is_empty(), document.as_object_mut()) {
        document.insert("x-routes-not-listed".into(), rest.into());
    }
    let lines = format!("{document:#}");
    lines.lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// Returns the methods that a row answers, or `None` if OpenAPI has no word for it.
fn methods(row: &RouteRow, table: &RouteTable) -> Option<Vec<&'static str>> {
    let is_below = row.path.ends_with("/*");
    let known = METHODS.into_iter().find(|&method| method == row.method);
    match row.method.as_str() {
        _ if is_below => None,
        "*" => Some(METHODS.into_iter().filter(|method| !has(table, &row.path, method)).collect()),
        "other" => None,
        _ => known.map(|method| [method].into()),
    }
}

/// Returns whether a path has a row for a method.
fn has(table: &RouteTable, path: &str, method: &str) -> bool {
    let is_answer = |answer: &str| answer == method || (answer == "GET" && method == "HEAD");
    table.rows().iter().any(|row| row.path == path && is_answer(&row.method))
}

fn add(paths: &mut Map<String, Value>, row: &RouteRow, methods: &[&str], header: Option<&str>) {
    let item = paths.entry(template(&row.path)).or_insert_with(|| item(&row.path));
    for method in methods {
        if let Some(item) = item.as_object_mut() {
            let operation = json!({ "security": security(&row.access, header) });
            item.insert(method.to_ascii_lowercase(), operation);
        }
    }
}

/// Returns a path as OpenAPI has it: `{*rest}` is a parameter like any other.
fn template(path: &str) -> String {
    path.replace("{*", "{")
}

/// Returns a path without operations. Each parameter of its template is declared, as OpenAPI asks for.
fn item(path: &str) -> Value {
    let parts = path.split('{').skip(1).filter_map(|part| part.split_once('}'));
    let parameter = |(name, _): (&str, &str)| {
        json!({ "name": name.trim_start_matches('*'), "in": "path", "required": true,
            "schema": { "type": "string" } })
    };
    let parameters: Vec<Value> = parts.map(parameter).collect();
    if parameters.is_empty() { json!({}) } else { json!({ "parameters": parameters }) }
}

/// Returns the alternatives, of which a request needs one.
fn security(access: &Access, header: Option<&str>) -> Value {
    match access {
        Access::Public { .. } => json!([]),
        Access::Proof { scopes, kinds } => {
            let bearer = kinds.iter().map(String::clone);
            let other = kinds.iter().map(|kind| format!("{kind}{IN_HEADER}"));
            let names = bearer.chain(other.filter(|_| header.is_some()));
            names.map(|name| json!({ name: scopes })).collect()
        }
    }
}

fn schemes(table: &RouteTable, header: Option<&str>) -> Value {
    let mut schemes = Map::new();
    for kind in kinds(table) {
        let description = format!("a token of kind {kind}, in Authorization (RFC 6750)");
        let bearer = json!({ "type": "http", "scheme": "bearer", "description": description });
        schemes.insert(kind.to_string(), bearer);
        if let Some(header) = header {
            let description = format!("a token of kind {kind}");
            let key = json!({ "type": "apiKey", "in": "header", "name": header, "description": description });
            schemes.insert(format!("{kind}{IN_HEADER}"), key);
        }
    }
    Value::Object(schemes)
}

fn kinds(table: &RouteTable) -> BTreeSet<&str> {
    let mut all = BTreeSet::new();
    for row in table.rows() {
        if let Access::Proof { kinds, .. } = &row.access {
            all.extend(kinds.iter().map(String::as_str));
        }
    }
    all
}
