//! Connections that read, each on the thread of who asks.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::{Place, Trouble, connect};
use crate::registry::RegistryError;

/// Connections that nobody uses at the moment.
pub(super) struct Readers {
    place: Place,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(place: Place) -> Self {
        Self { place, idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn with<T>(
        &self,
        how: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, RegistryError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| self.connect(), Ok);
        let answer = connection.and_then(|connection| {
            let answer = how(&connection);
            self.give_back(connection);
            answer
        });
        answer.map_err(|Trouble(error)| error)
    }

    fn connect(&self) -> Result<Connection, Trouble> {
        let connection = connect::reading(self.place.path())?;
        // It may be another file than the one that the writer has open.
        self.place.check()?;
        Ok(connection)
    }

    fn give_back(&self, connection: Connection) {
        // A transaction is open if one of its statements has failed.
        if !connection.is_autocommit() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
    }
}

/// More threads than this read at the same time only on large machines, and then a new connection takes 0.1 ms.
const MOST_IDLE: usize = 32;
