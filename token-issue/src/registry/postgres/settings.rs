//! How long things may take.

use std::time::Duration;

/// How long a host of the URL may take to take a connection. A network that swallows it says nothing.
pub(super) const CONNECT: Duration = Duration::from_millis(250);

/// How long a server that has taken a connection may take until it can be used. When many processes connect at once, as after an outage,
/// each waits for the others. Who gave up and came again would make all of them wait longer, until none had its turn.
pub(super) const SET_UP: Duration = Duration::from_secs(2);

/// How long a poll waits for its connection, which goes on to be made for the next one.
pub(super) const WAIT: Duration = Duration::from_millis(500);

/// How long a poll waits for its answer. With [`CONNECT`] and the time between two polls, a network that came back is used again
/// within a second.
pub(super) const POLL: Duration = Duration::from_millis(300);

/// How long a poll may take with the wait for its turn and for a connection: as long as a verifier waits.
pub(super) const ALL: Duration = Duration::from_millis(900);

/// How long a poll without an answer counts: longer than the next one takes to come and to have none either.
pub(super) const LOST: Duration = Duration::from_secs(2);

/// How long a question about one token waits: less than a verifier does.
pub(super) const READ: Duration = Duration::from_millis(500);

/// How long a change may take, with the wait for a connection.
pub(super) const CHANGE: Duration = Duration::from_secs(5);

/// How long a standby may take to confirm a revocation. After that it counts, on fewer servers.
pub(super) const CONFIRM: Duration = Duration::from_secs(2);

/// How long a list of many rows may take.
pub(super) const LONG: Duration = Duration::from_secs(60);

/// How many connections answer questions about one token. Each carries many at a time.
pub(super) const READERS: usize = 4;

/// How many changes and long lists are made at a time, each on a connection of its own.
pub(super) const CHANGES: usize = 8;
