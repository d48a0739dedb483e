//! Steps that are written down, before and after.

use std::cell::RefCell;

use token_core::Secret;
use token_policy::lock::{Attempt, Handle};
use token_rotate::replace::{Claim, Created, StepFailure, StepName, Steps, Tested};

use super::{Event, Journal};

/// Steps, and the journal that they are written into.
pub(in crate::commands::rotate) struct Journaled<'j, S> {
    pub(in crate::commands::rotate) steps: S,
    pub(in crate::commands::rotate) journal: &'j RefCell<Journal>,
    pub(in crate::commands::rotate) attempt: &'j Attempt,
}

impl<S: Steps> Journaled<'_, S> {
    fn keep<T>(
        &mut self,
        step: StepName,
        handle: Option<&Handle>,
        run: impl FnOnce(&mut S) -> Result<T, StepFailure>,
        told: impl FnOnce(&T) -> Option<Handle>,
    ) -> Result<T, StepFailure> {
        let write = |event, handle: Option<&Handle>| {
            self.journal.borrow_mut().write(self.attempt, step, event, handle);
        };
        write(Event::Begun, handle);
        let ran = run(&mut self.steps);
        match &ran {
            Ok(done) => write(Event::Done, told(done).as_ref().or(handle)),
            Err(_) => write(Event::Failed, handle),
        }
        ran
    }
}

impl<S: Steps> Steps for Journaled<'_, S> {
    fn claim(&mut self) -> Result<Claim, StepFailure> {
        // It is asked for before each step with an effect, and says nothing else.
        self.steps.claim()
    }

    fn find(&mut self) -> Result<Vec<Handle>, StepFailure> {
        self.keep(StepName::Find, None, S::find, |_| None)
    }

    fn create(&mut self) -> Result<Created, StepFailure> {
        self.keep(StepName::Create, None, S::create, |created| created.handle.clone())
    }

    fn set(&mut self, token: &Secret) -> Result<(), StepFailure> {
        self.keep(StepName::Set, None, |steps| steps.set(token), |()| None)
    }

    fn test(&mut self, token: Option<&Secret>) -> Result<Tested, StepFailure> {
        self.keep(StepName::Test, None, |steps| steps.test(token), |tested| tested.in_use.clone())
    }

    fn retire(&mut self, handle: &Handle) -> Result<(), StepFailure> {
        self.keep(StepName::Retire, Some(handle), |steps| steps.retire(handle), |()| None)
    }
}
