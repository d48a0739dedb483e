//! The code that the macros write stands in any surroundings: without the
//! prelude, among hostile names, in nested modules, under every lint, and made
//! by other macros.
#![allow(clippy::unwrap_used)]
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unused,
    nonstandard_style,
    future_incompatible,
    rust_2018_idioms,
    let_underscore
)]
#![deny(
    missing_copy_implementations,
    missing_debug_implementations,
    single_use_lifetimes,
    unit_bindings
)]
#![deny(trivial_casts, trivial_numeric_casts, unnameable_types, unreachable_pub, unused_lifetimes)]
#![deny(
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    unused_import_braces,
    unused_qualifications
)]
#![deny(clippy::all, clippy::pedantic)]

#[path = "hygiene/built_from.rs"]
mod built_from;
#[path = "hygiene/feature.rs"]
mod feature;
#[path = "hygiene/forbidden.rs"]
mod forbidden;
#[path = "hygiene/generics.rs"]
mod generics;
#[path = "hygiene/macro_made.rs"]
mod macro_made;
#[path = "hygiene/nested.rs"]
mod nested;
#[path = "hygiene/no_prelude.rs"]
mod no_prelude;
#[path = "hygiene/outside.rs"]
mod outside;
#[path = "hygiene/rebuild.rs"]
mod rebuild;
#[path = "hygiene/sdk.rs"]
mod sdk;
