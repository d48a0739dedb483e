//! Shows the whole policy file, with every key and every form of a value. A test parses it.
//!
//! ```toml
#![doc = include_str!("../reference.toml")]
//! ```
