//! A log in memory, for tests.

use std::{
    borrow::Cow,
    boxed::Box,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    vec::Vec,
};

use time::UtcDateTime;

use super::{Event, Log, Opening, Receipt, Recorder, Recording, Standing};
use crate::{
    Clock, Error,
    clock::{self, Time},
};

/// Keeps events in memory, for tests.
pub struct InMemory {
    name: Cow<'static, str>,
    events: Mutex<Vec<Event>>,
    /// `None` where the system has no clock. Then no token counts as expired.
    time: Option<Time>,
}

impl InMemory {
    /// A log that has no events yet. Its name is `memory`; give each of several logs a name of its
    /// own with [`named`](Self::named).
    #[must_use]
    pub const fn new() -> Self {
        Self::with_name(Cow::Borrowed("memory"))
    }

    /// A log with this name that has no events yet.
    #[must_use]
    pub fn named(name: impl Into<Cow<'static, str>>) -> Self {
        Self::with_name(name.into())
    }

    const fn with_name(name: Cow<'static, str>) -> Self {
        Self { name, events: Mutex::new(Vec::new()), time: SYSTEM }
    }

    /// The clock that says which openings have expired, instead of the system's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.time = Some(Time::Given(clock));
        self
    }

    /// The events that were recorded and noted so far, in order. An event's position is the index
    /// in its receipt.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn push(&self, event: Event) -> u64 {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event.held_by(&self.name));
        events.len() as u64 - 1
    }

    /// The earliest that it may be now: in doubt a token is open.
    fn now(&self) -> UtcDateTime {
        let Some(time) = &self.time else { return UtcDateTime::MIN };
        clock::moment(time.earliest(time.now()))
    }
}

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
const SYSTEM: Option<Time> = Some(Time::System);
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
const SYSTEM: Option<Time> = None;

impl Recorder for InMemory {
    fn record(&self, event: Event) -> Result<Receipt, Error> {
        Ok(Receipt::new(Some(self.push(event))))
    }

    fn note(&self, event: Event) {
        self.push(event);
    }
}

impl Log for InMemory {
    fn name(&self) -> &str {
        &self.name
    }

    fn submit(&self, event: Event) -> Recording<'_> {
        Box::pin(core::future::ready(self.record(event)))
    }

    fn standing(&self) -> Result<Standing, Error> {
        let events = self.events();
        let epoch = events.iter().rev().find_map(|event| event.epoch);
        let mut open = BTreeMap::new();
        for (index, event) in (0..).zip(events) {
            match event.action.closes() {
                Some(named) if open.get(&named).is_some_and(|it| event.closes(named, it)) => {
                    open.remove(&named);
                }
                None if event.action.is_closing() => open.retain(|at, it| !event.closes(*at, it)),
                Some(_) | None => {}
            }
            if event.action.is_opening() {
                open.insert(index, event);
            }
        }
        let now = self.now();
        let open = open.into_iter().filter(|(_, event)| !event.is_expired_at(now));
        Ok(Standing::new(open.map(|(index, event)| Opening::new(index, event)).collect(), epoch))
    }
}

impl Default for InMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemory")
            .field("name", &self.name)
            .field("events", &self.events())
            .finish_non_exhaustive()
    }
}
