//! The log.

pub mod sample;
