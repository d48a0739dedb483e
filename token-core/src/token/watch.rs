//! What sets a token apart from the common one: clocks of its own, or a recorder.

use alloc::boxed::Box;

use super::{
    now::{Now, Time},
    recording::Recording,
};

/// Who looks after one token.
pub(super) enum Watch {
    /// The system's clocks, and nobody records. Not behind a pointer, so that
    /// the common case is inlined and pays nothing for the other one.
    #[cfg(feature = "std")]
    System,
    Apart(Box<Apart>),
}

/// Everything else: clocks that the caller gave, a recorder, or both.
pub(super) struct Apart {
    time: Time,
    recording: Option<Recording>,
}

impl Watch {
    pub(super) fn new(time: Time, recording: Option<Recording>) -> Self {
        match (time, recording) {
            #[cfg(feature = "std")]
            (Time::System, None) => Self::System,
            (time, recording) => Self::Apart(Box::new(Apart { time, recording })),
        }
    }

    pub(super) fn now(&self) -> Now {
        match self {
            #[cfg(feature = "std")]
            Self::System => Time::System.now(),
            Self::Apart(apart) => apart.now(),
        }
    }

    /// None if nobody records.
    pub(super) fn recording(&self) -> Option<&Recording> {
        match self {
            #[cfg(feature = "std")]
            Self::System => None,
            Self::Apart(apart) => apart.recording(),
        }
    }
}

impl Apart {
    pub(super) fn now(&self) -> Now {
        self.time.now()
    }

    pub(super) fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }
}
