//! Reads the handles of live tokens, as an issuer's own programs print them.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use serde::Deserialize;
use token_policy::Policy;
use token_policy::lock::Handle;
use token_scan::Scanner;

use crate::failure::Failure;
use crate::lock;

/// Why something is no list of handles. Nothing of it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    NotText,
    NotAList,
    AToken,
    NoHandle,
}

/// What is expected, for the help of an error.
pub(crate) const EXPECTED: &str = "it prints the handles of live tokens: one on each line, or as a JSON list such as `[\"key-17\", \"key-18\"]`";

/// Reads handles: one on each line, or as a JSON list of strings and whole numbers. Nothing stands for none.
pub(crate) fn read(
    printed: &[u8],
    policy: &Policy,
) -> Result<Result<BTreeSet<Handle>, Wrong>, Failure> {
    let Ok(text) = std::str::from_utf8(printed) else { return Ok(Err(Wrong::NotText)) };
    let scanner = lock::scanner(policy, text)?;
    Ok(handles(text, &scanner))
}

fn handles(text: &str, scanner: &Scanner) -> Result<BTreeSet<Handle>, Wrong> {
    let is_token = |text: &str| scanner.bytes("find", text.as_bytes()).has_denied();
    if is_token(text) {
        return Err(Wrong::AToken);
    }
    let handle = |text: &str| match text.parse() {
        // In JSON a token may be written with escapes.
        _ if is_token(text) => Err(Wrong::AToken),
        Ok(handle) => Ok(handle),
        Err(_) => Err(Wrong::NoHandle),
    };
    if !text.trim_start().starts_with(['[', '{', '"']) {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        return lines.map(handle).collect();
    }
    let list: Vec<Item> = serde_json::from_str(text).map_err(|_| Wrong::NotAList)?;
    list.iter().map(|item| handle(&item.text())).collect()
}

/// A handle as JSON has it: some issuers count.
#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Text(String),
    Number(u64),
}

impl Item {
    fn text(&self) -> String {
        match self {
            Item::Text(text) => text.clone(),
            Item::Number(number) => number.to_string(),
        }
    }
}

impl Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wrong::NotText => "printed no text",
            Wrong::NotAList => "printed JSON that is no list of handles",
            Wrong::AToken => "printed a token, which is shown nowhere here: revoke it",
            Wrong::NoHandle => "printed a handle that a lock cannot have",
        })
    }
}
