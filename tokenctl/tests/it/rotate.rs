//! `rotate`: real programs as the issuer and the consumer of a token.

mod order;
mod output;
mod project;
mod secrecy;
mod steps;
