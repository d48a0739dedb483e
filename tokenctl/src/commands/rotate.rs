//! Implements `rotate`, which replaces tokens by the steps of the policy.

mod arguments;
mod claim;
mod clock;
mod commands;
mod journal;
mod keeper;
mod log;
mod outcome;
mod plan;
mod presets;
mod printed;
mod programs;
mod reply;
mod run;

use std::cell::{Cell, RefCell};
use std::path::Path;

use token_policy::lock::{Attempt, Handle, Slot, SlotName};
use token_policy::{KindRule, Policy};
use token_rotate::replace::Steps as _;

pub(crate) use self::arguments::Arguments;
use self::arguments::Mode;
use self::commands::Commands;
use self::journal::Journal;
use self::keeper::Locked;
use self::outcome::Outcome;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::project::Project;
use crate::step;

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    if let Some(preset) = arguments.preset()? {
        output.answer(&preset)?;
        return Ok(Exit::Clean);
    }
    arguments.check()?;
    let project = Project::find()?;
    let (policy, file) = arguments.policy.read(&project)?;
    let slots = plan::slots(arguments, &policy)?;
    let lock = plan::lock(&file, &policy)?;
    if arguments.mode() == Mode::Print {
        output.answer(&printed::slots(&slots, &lock))?;
        return Ok(Exit::Clean);
    }
    let folder = file.path.parent().unwrap_or(&project.here).to_owned();
    // In an emergency one slot must not keep the others from being replaced.
    if !arguments.all {
        slots.iter().try_for_each(|slot| programs::check(slot.steps, &folder))?;
    }
    step::shield()?;
    let recorder = arguments.log.open()?;
    let journal = match arguments.mode() {
        Mode::DryRun => Journal::none(),
        Mode::Replace | Mode::Sweep | Mode::Print => {
            Journal::open(&project.root, output).map_err(|journal::Busy| busy())?
        }
    };
    let journal = RefCell::new(journal);
    let holder = claim::holder();
    let mut locked = Locked { file, lock, root: project.root.clone() };
    let setting = run::Setting {
        arguments,
        policy: &policy,
        folder: &folder,
        holder: &holder,
        journal: &journal,
        recorder: recorder.as_ref(),
        output,
    };
    let outcomes: Vec<Outcome> = slots.iter().map(|slot| setting.slot(slot, &mut locked)).collect();
    outcome::tell(&outcomes, arguments.format, output)?;
    Ok(outcome::exit(&outcomes))
}

/// Asks the step `find` of a kind which tokens of a slot are live. Returns `None` if the kind has no such step.
pub(super) fn live(
    policy: &Policy,
    kind: &KindRule,
    (name, slot): (&SlotName, &Slot),
    folder: &Path,
    output: &Output,
) -> Result<Option<Vec<Handle>>, Failure> {
    let Some(rules) = kind.steps().filter(|steps| steps.find().is_some()) else { return Ok(None) };
    let attempt = Attempt::next(name, slot, kind);
    let before = Attempt::before(name, slot, kind);
    let (attempt, before) = (&attempt, &before);
    let (claimer, expected) = (None, Cell::default());
    let mut steps = Commands { policy, rules, attempt, before, folder, claimer, expected, output };
    let found = steps.find();
    found.map(Some).map_err(|failure| Failure::new(format!("{name}: find: {failure}")))
}

/// Two runs in one working tree would write the same lock.
fn busy() -> Failure {
    let message = "another `tokenctl rotate` is at work in this working tree";
    Failure { exit: Exit::Unfinished, ..Failure::new(message) }
        .help("let it finish, and run this again")
}
