//! What RFC 6750, 7009, 7662, 8693 and 9728 ask of a guarded service and its endpoints, each rule a test: over TCP, against a service
//! that runs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod breakable;
mod client;
mod echo;
mod rfc6750;
mod rfc7009;
mod rfc7662;
mod rfc8693;
mod rfc9728;
mod service;
mod slow;

token_core::policy!("tokens.toml");

/// Writes a test for each rule: its name, where it stands, and what is asked of a service that runs.
macro_rules! rules {
    ($($(#[$rule:meta])* $name:ident($service:ident) $body:block)*) => {
        $(
            $(#[$rule])*
            #[test]
            fn $name() {
                let $service = $crate::service::Service::shared();
                $body
            }
        )*
    };
}

pub(crate) use rules;
