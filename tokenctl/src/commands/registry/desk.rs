//! An issuer for one command: with the registry, and a log of its own.

use std::sync::Arc;
use std::time::Duration;

use token_audit::Log;
use token_core::policy::CompiledPolicy;
use token_issue::{Error, ErrorKind, Issuer, IssuerOptions, Peppers};

use super::{Recorded, Where};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

pub(in crate::commands) struct Desk {
    pub(in crate::commands) issuer: Issuer,
    log: Log,
}

impl Desk {
    /// Opens one that mints.
    pub(super) fn minting(
        policy: &'static CompiledPolicy,
        peppers: Peppers,
        place: Where,
        recorded: Recorded,
    ) -> Result<Desk, Failure> {
        Desk::open(policy, place, recorded, |options| options.peppers(peppers))
    }

    /// Opens one that only revokes. Whoever ends a token that has leaked needs neither the policy nor a pepper.
    pub(in crate::commands) fn revoking(place: Where, recorded: Recorded) -> Result<Desk, Failure> {
        let policy = CompiledPolicy::leaked("no policy", "version = 1\n");
        let policy = policy.map_err(|error| Failure::new(error.to_string()))?;
        Desk::open(policy, place, recorded, IssuerOptions::only_revokes)
    }

    fn open(
        policy: &'static CompiledPolicy,
        place: Where,
        recorded: Recorded,
        how: impl FnOnce(IssuerOptions) -> IssuerOptions,
    ) -> Result<Desk, Failure> {
        let registry = place.open()?;
        let actor = recorded.actor.clone();
        let log = recorded.open()?;
        let options = Issuer::options(policy, registry, Arc::new(log.clone())).actor(actor);
        let issuer = how(options).start().map_err(|error| failed(&error))?;
        Ok(Desk { issuer, log })
    }

    /// Ends the issuer and the log. What was done stays done, whatever happens here.
    pub(in crate::commands) fn close(self, output: &Output) {
        let issuer = self.issuer.close(PATIENCE).map_err(|error| failed(&error).message);
        drop(self.issuer);
        let log = self.log.close().map(drop).map_err(|error| error.to_string());
        for said in [issuer, log].into_iter().filter_map(Result::err) {
            output.told(true, &format!("warning: {said}; the next run puts the rest on record"));
        }
    }
}

/// Makes the failure of an issuer's error, which repeats nothing that was asked for.
pub(in crate::commands) fn failed(error: &Error) -> Failure {
    let failure = Failure::new(format!("{error:#}"));
    match error.kind() {
        ErrorKind::ExcessScope
        | ErrorKind::LifetimeTooLong
        | ErrorKind::LifetimeTooShort
        | ErrorKind::NoFormat
        | ErrorKind::NoLifetime
        | ErrorKind::NoScope
        | ErrorKind::TooLong
        | ErrorKind::UnknownKind
        | ErrorKind::WrongAudience => Failure { exit: Exit::Usage, ..failure },
        ErrorKind::PepperInUse => failure
            .help("name the peppers that the services have, with `--pepper` and `--old-pepper`"),
        _ => failure,
    }
}

/// How long the end may take.
const PATIENCE: Duration = Duration::from_secs(5);
