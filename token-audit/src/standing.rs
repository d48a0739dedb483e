//! Reads a log back, so that an issuer of tokens knows at its start what is open.

use token_core::record::{self, Opening, Recording, Standing};

use super::{Event, Log, OpenTokens, Reader};
use crate::Error;

/// The name is that of the log's key.
impl record::Log for Log {
    fn name(&self) -> &str {
        self.key().name()
    }

    fn submit(&self, event: Event) -> Recording<'_> {
        let pending = Self::submit(self, event);
        Box::pin(async {
            let recorded = async { pending?.await }.await;
            recorded.map_err(token_core::Error::not_recorded)
        })
    }

    fn standing(&self) -> Result<Standing, token_core::Error> {
        self.read_back().map_err(token_core::Error::not_read_back)
    }
}

impl Log {
    /// Reads all records up to now. They are brought under a checkpoint first, so that each of them is proven.
    fn read_back(&self) -> Result<Standing, Error> {
        self.checkpoint()?;
        let reader = Reader::open_on(self.storage(), self.key(), self.path())?;
        let mut open = OpenTokens::at(self.now());
        let mut epoch = None;
        for record in reader.records() {
            let record = record?;
            open.apply(&record);
            epoch = record.event.epoch.or(epoch);
        }
        let open = open.iter().map(|token| Opening::new(token.opened, token.event.clone()));
        Ok(Standing::new(open.collect(), epoch))
    }
}
