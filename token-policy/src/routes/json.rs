//! Writes and reads a table as JSON.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::error::Problem;
use super::text::{check_method, check_path, proof, public};
use super::{Access, RouteRow, RouteTable, RouteTableError};
use crate::report::plain;

pub(super) fn write(table: &RouteTable) -> String {
    let rows: Vec<Value> = table.rows.iter().map(object).collect();
    let lines = format!("{:#}", json!({ "routes": rows }));
    lines.lines().map(plain).collect::<Vec<_>>().join("\n")
}

fn object(row: &RouteRow) -> Value {
    let RouteRow { path, method, access } = row;
    match access {
        Access::Proof { scopes, kinds } => {
            json!({ "path": path, "method": method, "scopes": scopes, "kinds": kinds })
        }
        Access::Public { reason } => json!({ "path": path, "method": method, "public": reason }),
    }
}

pub(super) fn read(text: &str) -> Result<RouteTable, RouteTableError> {
    let whole = serde_json::from_str(text);
    let whole: Value = whole.map_err(|_| RouteTableError::whole(Problem::NotJson))?;
    rows(&whole).map_err(RouteTableError::whole)
}

fn rows(whole: &Value) -> Result<RouteTable, Problem> {
    let whole = only(whole, &["routes"])?;
    let rows = whole.get("routes").and_then(Value::as_array).ok_or(Problem::NotTable)?;
    rows.iter().map(row).collect()
}

fn row(object: &Value) -> Result<RouteRow, Problem> {
    let (object, access) = match object.get("public") {
        Some(reason) => (only(object, &["path", "method", "public"])?, public(text(reason)?)?),
        None => {
            let object = only(object, &["path", "method", "scopes", "kinds"])?;
            (object, proof(names(object, "scopes")?, names(object, "kinds")?)?)
        }
    };
    let field = |name| text(object.get(name).ok_or(Problem::NotTable)?);
    let (method, path) = (field("method")?, field("path")?);
    check_method(&method)?;
    check_path(&path)?;
    Ok(RouteRow::new(method, path, access))
}

/// Returns the object, if it has no other keys.
fn only<'v>(value: &'v Value, keys: &[&str]) -> Result<&'v Map<String, Value>, Problem> {
    let object = value.as_object().ok_or(Problem::NotTable)?;
    let is_known = |key: &String| keys.contains(&key.as_str());
    if object.keys().all(is_known) { Ok(object) } else { Err(Problem::NotTable) }
}

fn names(object: &Map<String, Value>, key: &str) -> Result<Vec<String>, Problem> {
    let names = object.get(key).and_then(Value::as_array).ok_or(Problem::NotTable)?;
    names.iter().map(text).collect()
}

fn text(value: &Value) -> Result<String, Problem> {
    value.as_str().map(String::from).ok_or(Problem::NotTable)
}
