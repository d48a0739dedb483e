//! The application. It asks for a repository, and knows of no token.

use crate::client::{Failed, Repository};

/// Makes the branch of a release, if it is not there.
///
/// # Errors
///
/// Those of the repository.
pub fn release(repository: &dyn Repository, number: u32) -> Result<String, Failed> {
    let name = format!("release-{number}");
    if !repository.branches()?.contains(&name) {
        repository.create_branch(&name)?;
    }
    Ok(name)
}
