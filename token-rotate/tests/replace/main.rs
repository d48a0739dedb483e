//! What a run that replaces a token does to its issuer and its consumer, wherever it fails or is killed.

mod faults;
mod limits;
mod order;
mod two_runs;
mod world;
