//! Compares the locks beside two policies.

use token_policy::Policy;
use token_policy::lock::{Change, FILE_NAME, Lock, diff};

use crate::failure::Failure;
use crate::lock;
use crate::output::Output;
use crate::project::Project;
use crate::side::Side;

/// Returns what a change makes live or ends. A lock that is not there has no live token. If one of the two has a mistake,
/// nothing can be said about them, which is noted: a change that corrects it must not be held up.
pub(super) fn compare(
    old: &Side<Policy>,
    new: &Side<Policy>,
    project: &Project,
    output: &Output,
) -> Result<Vec<Change>, Failure> {
    match (read(old, project)?, read(new, project)?) {
        (Ok(old), Ok(new)) => Ok(diff(&old, &new)),
        (old, new) => {
            for said in [old.err(), new.err()].into_iter().flatten() {
                output.note(&format!("note: the locks are not compared: {said}"));
            }
            Ok(Vec::new())
        }
    }
}

/// Reads the lock of a side, or returns why it is none.
fn read(side: &Side<Policy>, project: &Project) -> Result<Result<Lock, String>, Failure> {
    let Some(text) = side.beside(FILE_NAME, project)? else { return Ok(Ok(Lock::default())) };
    let name = format!("the {FILE_NAME} beside {}", side.name);
    Ok(lock::valid(&name, &text, &side.content).map_err(|failure| failure.message))
}
