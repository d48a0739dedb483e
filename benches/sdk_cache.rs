//! The rival of what holds a token: a cache as in SDKs.

use std::{
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

/// A token and its expiry behind a lock, which are cloned.
#[derive(Debug)]
pub struct SdkCache(Arc<RwLock<(String, Instant)>>);

impl SdkCache {
    /// Holds a made-up token of 64 bytes.
    #[allow(clippy::new_without_default, reason = "it is not empty")]
    pub fn new() -> Self {
        let expiry = Instant::now() + Duration::from_secs(600);
        Self(Arc::new(RwLock::new(("a".repeat(64), expiry))))
    }

    /// The token, unless it has expired.
    pub fn get(&self) -> Option<String> {
        let held = self.0.read().ok()?;
        (Instant::now() < held.1).then(|| held.0.clone())
    }
}
