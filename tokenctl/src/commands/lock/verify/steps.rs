//! Compares the lock with what the steps of the kinds find, by which `tokenctl rotate` looks for live tokens.

use std::path::Path;

use token_policy::Policy;
use token_policy::lock::Lock;

use super::Comparison;
use crate::commands::explain::topics::{NOT_LIVE, NOT_LOCKED};
use crate::commands::rotate;
use crate::failure::Failure;
use crate::output::{Output, number};

/// Adds what is live and not locked, and what is locked and not live.
pub(super) fn compare(
    policy: &Policy,
    lock: &Lock,
    folder: &Path,
    against: &mut Comparison<'_>,
    output: &Output,
) -> Result<(), Failure> {
    let (mut asked, kinds) = (0, against.kinds);
    for (name, kind) in kinds.all_listed() {
        let slot = lock.slot(name.kind(), name.environment()).cloned().unwrap_or_default();
        let found = rotate::live(policy, kind, (name, &slot), folder, output)?;
        let Some(found) = found else { continue };
        asked += 1;
        let locked = slot.entries().filter_map(|entry| entry.token.as_ref()?.handle.as_ref());
        let locked: Vec<_> = locked.collect();
        for handle in found.iter().filter(|handle| !locked.contains(handle)) {
            let text = format!("a live token with the handle `{handle}` is not locked");
            against.add(NOT_LOCKED, Some(name), text);
        }
        for handle in locked.iter().filter(|handle| !found.contains(handle)) {
            let text =
                format!("the step `find` does not list its token with the handle `{handle}`");
            against.add(NOT_LIVE, Some(name), text);
        }
    }
    let kinds = number(asked, "kind");
    output.note(&format!("{kinds} with steps asked what is live"));
    Ok(())
}
