//! Compares the lock with what an issuer says, which a helper asks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use token_policy::Policy;
use token_policy::lock::Handle;

use super::Comparison;
use crate::commands::explain::topics::{NOT_LIVE, NOT_LOCKED};
use crate::commands::lock::live::digits;
use crate::failure::Failure;
use crate::handles;
use crate::output::{Output, number};
use crate::step::{self, End, Program};

/// How the issuer is asked.
#[derive(Args)]
pub(super) struct FindArguments {
    /// How many seconds the helper may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "find")]
    timeout: u16,
    /// A helper that prints the handles of the issuer's live tokens, one on each line or as a JSON list; what follows
    /// is the program and its arguments, so this comes last. No shell is involved
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true)]
    find: Vec<String>,
}

impl FindArguments {
    /// Runs the helper, if there is one. Returns the handles that it prints.
    pub(super) fn ask(
        &self,
        policy: &Policy,
        folder: &Path,
    ) -> Result<Option<BTreeSet<Handle>>, Failure> {
        let Some(name) = self.find.first() else { return Ok(None) };
        let timeout = Duration::from_secs(self.timeout.into());
        let (argv, keep) = (&*self.find, step::MOST);
        let ended = step::run(&Program { argv, folder, input: None, keep, timeout });
        if !ended.is_success() {
            let failure = Failure::new(format!("the helper `{name}` {ended}"));
            return Err(match ended.end {
                End::Status(_) => failure.help("run it by itself to see all that it says"),
                End::Timeout(_) => failure.help("give it more time with `--timeout`"),
                End::TooLong(_) => failure.help("it prints handles of live tokens alone"),
                End::Failed(_) => failure,
            });
        }
        let handles = ended.with_output(|printed| handles::read(printed, policy))?;
        let wrong = |wrong: handles::Wrong| {
            Failure::new(format!("the helper of `--find` {wrong}")).help(handles::EXPECTED)
        };
        handles.map(Some).map_err(wrong)
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
