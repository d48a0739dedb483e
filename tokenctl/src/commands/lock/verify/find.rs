//! Compares the lock with what an issuer says, which a helper asks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use token_policy::Policy;
use token_policy::lock::Handle;

use super::{Comparison, helper};
use crate::commands::explain::topics::{NOT_LIVE, NOT_LOCKED};
use crate::commands::lock::live::digits;
use crate::failure::Failure;
use crate::lock;
use crate::output::{Output, number};

/// How the issuer is asked.
#[derive(Args)]
pub(super) struct FindArguments {
    /// How many seconds the helper may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "find")]
    timeout: u16,
    /// A helper that prints the handles of the issuer's live tokens, as a JSON list of strings; what follows is the
    /// program and its arguments, so this comes last. No shell is involved
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true)]
    find: Vec<String>,
}

impl FindArguments {
    /// Runs the helper, if there is one. Returns the handles that it prints.
    pub(super) fn ask(&self, policy: &Policy) -> Result<Option<BTreeSet<Handle>>, Failure> {
        if self.find.is_empty() {
            return Ok(None);
        }
        let printed = helper::run(&self.find, Duration::from_secs(self.timeout.into()))?;
        let wrong = |what: &str| {
            Failure::new(format!("the helper of `--find` {what}"))
                .help("it prints the handles of live tokens, such as `[\"key-17\", \"key-18\"]`")
        };
        let Ok(text) = String::from_utf8(printed) else { return Err(wrong("printed no text")) };
        let scanner = lock::scanner(policy, &text)?;
        let is_token = |text: &str| scanner.bytes("find", text.as_bytes()).has_certain();
        if is_token(&text) {
            return Err(wrong("printed a token, which is shown nowhere here: revoke it"));
        }
        let Ok(handles) = serde_json::from_str::<Vec<String>>(&text) else {
            return Err(wrong("printed something else than a JSON list of strings"));
        };
        let handles = handles.iter().map(|handle| match handle.parse() {
            _ if is_token(handle) => Err(wrong("printed a token: revoke it")),
            Ok(handle) => Ok(handle),
            Err(_) => Err(wrong("printed a handle that a lock cannot have")),
        });
        handles.collect::<Result<_, _>>().map(Some)
    }
}

pub(super) fn compare(live: &BTreeSet<Handle>, against: &mut Comparison<'_>, output: &Output) {
    let locked = against.locked;
    let tokens = || locked.tokens.values();
    let known: BTreeMap<&Handle, _> = tokens()
        .filter_map(|(slot, _, token)| Some((token.handle.as_ref()?, (*slot, token.id))))
        .collect();
    for handle in live.iter().filter(|handle| !known.contains_key(handle)) {
        let text =
            format!("the issuer has a live token with the handle `{handle}`, which is not locked");
        against.add(NOT_LOCKED, None, text);
    }
    for (handle, (slot, id)) in known.iter().filter(|(handle, _)| !live.contains(handle)) {
        let id = digits(id);
        let text =
            format!("its token {id} is not live: the issuer does not have its handle `{handle}`");
        against.add(NOT_LIVE, Some(slot), text);
    }
    let unnamed = tokens().filter(|(_, _, token)| token.handle.is_none()).count();
    if unnamed > 0 {
        let tokens = number(unnamed, "token");
        output.note(&format!(
            "note: {tokens} of the lock without a handle: the issuer was not asked"
        ));
    }
}
