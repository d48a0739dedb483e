//! The example `guarded_service` answers as RFC 6750 says, over TCP: to raw sockets, to HTTP/2, and to the lines of curl in its
//! README.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test")]

#[path = "runs/client.rs"]
mod client;
#[path = "runs/hostile.rs"]
mod hostile;
#[path = "runs/outage.rs"]
mod outage;
#[path = "runs/readme.rs"]
mod readme;
#[path = "runs/refusals.rs"]
mod refusals;
#[path = "runs/streams.rs"]
mod streams;
