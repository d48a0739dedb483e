//! Minting, narrowing and revoking: within the policy, on record, and nothing when something fails.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod any_kind;
mod bound;
mod chains;
mod desk;
mod errors;
mod faults;
mod faulty;
mod history;
mod inspect;
mod mint;
mod narrow;
mod policies;
mod revoke;
mod slow;
mod verifier;

token_core::policy!("tokens.toml");
