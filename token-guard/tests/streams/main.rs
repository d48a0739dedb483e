//! A WebSocket and server-sent events, over TCP, end within a second of a revocation. The verifier and the registries are the
//! real ones of token-issue.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod service;
mod sse;
mod websocket;
