//! Compares a lock with the program: its policy, its source, its image.

use std::{
    boxed::Box,
    string::{String, ToString},
};

use token_policy::{
    ScopesDigest,
    lock::{Entry, Lock},
};

use super::{CompiledEnvironment, CompiledSlot, locked::Unfit};
use crate::{
    assurance::Attested,
    digest::{AssuranceLevel, ImageDigest, SourceDigest},
    error::LockDrift,
};

/// What is known of this program in its environment.
pub(super) struct Program {
    pub(super) environment: &'static CompiledEnvironment,
    pub(super) built_from: Option<SourceDigest>,
    pub(super) image: Option<Attested<ImageDigest>>,
}

impl Program {
    /// Compares every slot of the environment with the program, and returns the first fact that differs.
    pub(super) fn compare(&self, lock: &Lock) -> Result<(), Box<LockDrift>> {
        let environment = self.environment;
        let here = lock.slots().filter(|(name, _)| name.environment() == environment.name);
        for (name, _) in here {
            if !environment.slots.iter().any(|slot| slot.kind.name == name.kind()) {
                return Err(LockDrift::of(
                    Some(name.clone()),
                    ("slot", "present", "not declared"),
                    "deploy the lock and the program of one commit",
                ));
            }
        }
        if environment.release && self.built_from.is_none() {
            let fact = ("source", "demanded, since the environment is for releases", "unknown");
            let next = "build with `TOKEN_BUILD_SOURCE=$(tokenctl source-id)`";
            return Err(LockDrift::of(None, fact, next).known(AssuranceLevel::ASSERTED));
        }
        // Also where no slot has a line that says so.
        let (demanded, level) = (environment.assurance, self.level());
        if level < demanded {
            let fact = ("assurance", &*demanded.to_string(), &*level.to_string());
            let next = "let an attestor tell the image; a variable asserts it only";
            return Err(LockDrift::of(None, fact, next).known(level));
        }
        environment.slots.iter().try_for_each(|slot| self.compare_slot(lock, slot))
    }

    /// How well it is known which image it is.
    fn level(&self) -> AssuranceLevel {
        self.image.map_or(AssuranceLevel::ASSERTED, |image| image.assurance().level())
    }

    fn compare_slot(&self, lock: &Lock, slot: &CompiledSlot) -> Result<(), Box<LockDrift>> {
        let (kind, environment) = (slot.kind, self.environment);
        let unfit = Unfit { kind: kind.name, environment: environment.name };
        let Some(found) = lock.slot(kind.name, environment.name) else {
            let next = "run `tokenctl lock`, and deploy the lock and the program of one commit";
            return Err(unfit.fact(("slot", "absent", "declared"), next));
        };
        let Some(entry) = &found.current else {
            return match slot.ephemeral {
                true => Err(unfit.fact(
                    ("policy", "not stated", "stated for an ephemeral kind"),
                    "run `tokenctl lock`",
                )),
                false => Ok(()),
            };
        };
        let digest = kind.digest.map(|digest| digest.0);
        if Some(entry.policy) != digest {
            let compiled = digest.map_or_else(|| "unknown".into(), |digest| digest.to_string());
            return Err(unfit.fact(
                ("policy", &entry.policy.to_string(), &compiled),
                "deploy the program that was built from the policy of this lock, or run `tokenctl lock` for the other policy",
            ));
        }
        let scopes = ScopesDigest::from_bytes(slot.scopes);
        if entry.scopes != scopes {
            let (locked, compiled) = (entry.scopes.to_string(), scopes.to_string());
            return Err(unfit.fact(("scopes", &locked, &compiled), "run `tokenctl lock`"));
        }
        if slot.ephemeral == entry.token.is_some() {
            let [locked, wanted] = match slot.ephemeral {
                true => ["stated", "not stated for an ephemeral kind"],
                false => ["not stated", "stated, since the kind is not ephemeral"],
            };
            return Err(unfit.fact(("id", locked, wanted), "run `tokenctl lock`"));
        }
        self.compare_source(entry, &unfit)?;
        self.compare_image(entry, &unfit)
    }

    fn compare_source(&self, entry: &Entry, unfit: &Unfit) -> Result<(), Box<LockDrift>> {
        let built_from = self.built_from.map(|source| source.0);
        match entry.source {
            None if self.environment.release => Err(unfit.fact(
                ("source", "not stated", &shown(built_from)),
                "the environment is for releases: run `tokenctl lock` in the repository of the program",
            )),
            Some(locked) if built_from != Some(locked) => Err(unfit
                .fact(
                    ("source", &locked.to_string(), &shown(built_from)),
                    "deploy the program that was built from the source of the lock, or lock the one that runs",
                )
                .known(AssuranceLevel::ASSERTED)),
            Some(_) | None => Ok(()),
        }
    }

    fn compare_image(&self, entry: &Entry, unfit: &Unfit) -> Result<(), Box<LockDrift>> {
        let demanded = self.environment.assurance;
        let level = self.level();
        let image = self.image.map(|image| image.value().0);
        match entry.image {
            Some(locked) if image != Some(locked.digest) => Err(unfit
                .fact(
                    ("image", &locked.digest.to_string(), &shown(image)),
                    "run the image of the lock, and let the platform say which it is (`TOKEN_IMAGE_DIGEST`)",
                )
                .known(level)),
            Some(locked) if locked.assurance < demanded.0 => Err(unfit.fact(
                ("assurance", locked.assurance.as_str(), &demanded.to_string()),
                "lock the image as an attestor tells it",
            )),
            None if demanded > AssuranceLevel::ASSERTED => Err(unfit.fact(
                ("image", "not stated", &shown(image)),
                "the environment demands an assurance: lock the image as an attestor tells it",
            )),
            Some(_) | None => Ok(()),
        }
    }
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "unknown".into(), |value| value.to_string())
}
