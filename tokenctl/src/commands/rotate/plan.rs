//! Decides which slots a run is about.

use token_policy::lock::{Lock, SlotName};
use token_policy::steps::{Step, Steps};
use token_policy::{EnvironmentRule, KindRule, Policy, nearest};
use token_rotate::replace::StepName;

use super::arguments::Arguments;
use crate::commands::lock::check_environment;
use crate::failure::Failure;
use crate::lock::LockFile;

/// A slot whose token can be replaced.
pub(super) struct Planned<'p> {
    pub(super) name: SlotName,
    pub(super) kind: &'p KindRule,
    pub(super) steps: &'p Steps,
}

/// Iterates over the steps of a kind by their names, in the order in which a run begins with them.
pub(super) fn named(steps: &Steps) -> impl Iterator<Item = (StepName, &Step)> {
    let all = [
        (StepName::Claim, steps.claim()),
        (StepName::Find, steps.find()),
        (StepName::Create, Some(steps.create())),
        (StepName::Set, Some(steps.set())),
        (StepName::Test, Some(steps.test())),
        (StepName::Retire, Some(steps.retire())),
    ];
    all.into_iter().filter_map(|(name, step)| Some((name, step?)))
}

/// Returns the slots that the arguments name. Each must have steps.
pub(super) fn slots<'p>(
    arguments: &Arguments,
    policy: &'p Policy,
) -> Result<Vec<Planned<'p>>, Failure> {
    if let Some(environment) = &arguments.environment {
        check_environment(policy, environment)?;
    }
    match arguments.all {
        true => all(policy, arguments.environment.as_deref()),
        false => {
            let mut slots: Vec<Planned<'p>> = Vec::new();
            for name in &arguments.kinds {
                let slot = one(policy, name, arguments.environment.as_deref())?;
                if !slots.iter().any(|known| known.name == slot.name) {
                    slots.push(slot);
                }
            }
            Ok(slots)
        }
    }
}

fn all<'p>(policy: &'p Policy, environment: Option<&str>) -> Result<Vec<Planned<'p>>, Failure> {
    let environment = match (environment, policy.environments()) {
        (Some(name), _) => name.to_owned(),
        (None, [one]) => one.name().to_owned(),
        (None, several) => {
            return Err(which(several.iter().map(EnvironmentRule::name), "the policy has several"));
        }
    };
    let here = policy.slots().filter(|slot| slot.environment().name() == environment);
    let with_steps = here.filter_map(|slot| {
        let (name, kind) = (SlotName::of(&slot), policy.kind(slot.kind().name())?);
        Some(Planned { name, kind, steps: kind.steps()? })
    });
    let slots: Vec<Planned<'p>> = with_steps.collect();
    match slots.is_empty() {
        true => {
            Err(Failure::usage(format!("no kind with steps has a slot in `{environment}`"))
                .help(HOW))
        }
        false => Ok(slots),
    }
}

fn one<'p>(
    policy: &'p Policy,
    name: &str,
    environment: Option<&str>,
) -> Result<Planned<'p>, Failure> {
    let Some(kind) = policy.kind(name) else {
        let failure = Failure::usage("the policy declares no kind of this name");
        return Err(match nearest(name, policy.kinds().iter().map(KindRule::name)) {
            Some(meant) => failure.help(format!("did you mean `{meant}`?")),
            None => failure,
        });
    };
    let name = kind.name();
    let Some(steps) = kind.steps() else {
        return Err(Failure::usage(format!("kind `{name}` has no steps")).help(HOW));
    };
    let own: Vec<SlotName> = policy
        .slots()
        .filter(|slot| slot.kind().name() == name)
        .map(|it| SlotName::of(&it))
        .collect();
    let mut wanted =
        own.iter().filter(|slot| environment.is_none_or(|it| it == slot.environment()));
    match (wanted.next(), wanted.next()) {
        (Some(slot), None) => Ok(Planned { name: slot.clone(), kind, steps }),
        (None, _) => Err(Failure::usage(format!("kind `{name}` has no slot there"))),
        (Some(_), Some(_)) => {
            Err(which(own.iter().map(SlotName::environment), &format!("kind `{name}` has several")))
        }
    }
}

fn which<'n>(names: impl Iterator<Item = &'n str>, why: &str) -> Failure {
    let names = names.collect::<Vec<_>>().join("`, `");
    Failure::usage(format!("which environment? {why}"))
        .help(format!("name one with `--environment`: `{names}`"))
}

/// Reads the lock. Without one nobody knows which token is current.
pub(super) fn lock(file: &LockFile, policy: &Policy) -> Result<Lock, Failure> {
    if file.text.is_none() {
        return Err(Failure::new(format!("{} is not there", file.name))
            .help("make it with `tokenctl lock`, and commit it: a run derives from it what an earlier one has done"));
    }
    file.valid(policy)
}

const HOW: &str = "write `[tokens.KIND.rotate.steps]`; `tokenctl rotate --preset ISSUER --print KIND` prints some to begin with";
