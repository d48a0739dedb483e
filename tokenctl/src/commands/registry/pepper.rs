//! Loads the keys of the digests in a registry.

use std::path::{Path, PathBuf};

use clap::Args;
use token_core::source;
use token_issue::{Pepper, Peppers};

use super::desk;
use crate::failure::Failure;

/// The peppers of the registry, which its services have too.
#[derive(Args)]
#[command(next_help_heading = "Peppers")]
pub(super) struct PepperArguments {
    /// A file with the pepper that the registry's services have, which nobody but its owner may read
    #[arg(long, value_name = "FILE")]
    pepper: Option<PathBuf>,
    /// A file with the pepper before it, as long as its tokens are valid
    #[arg(long, value_name = "FILE", requires = "pepper")]
    old_pepper: Option<PathBuf>,
    /// It is the first pepper: tokens that were minted without one stay valid
    #[arg(long, requires = "pepper", conflicts_with = "old_pepper")]
    first_pepper: bool,
}

impl PepperArguments {
    pub(super) fn take(&self) -> Result<Peppers, Failure> {
        let Some(current) = &self.pepper else { return Ok(Peppers::default()) };
        let peppers = Peppers::of(read(current)?);
        Ok(match &self.old_pepper {
            Some(old) => peppers.replacing(read(old)?),
            None if self.first_pepper => peppers.replacing_none(),
            None => peppers,
        })
    }
}

fn read(path: &Path) -> Result<Pepper, Failure> {
    let key = source::file(path).map_err(|error| Failure::new(format!("{error:#}")))?;
    Pepper::new(key).map_err(|error| desk::failed(&error))
}
