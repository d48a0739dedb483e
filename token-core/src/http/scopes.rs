//! The scopes that a server asks for.

use alloc::{string::String, vec::Vec};
use core::fmt;

use token_policy::scope_name;
use zeroize::Zeroizing;

/// The scopes that a request needs, as the server named them. At most 64 are kept.
///
/// `Display` and `Debug` name those that the program knows, and count the others: their text is the server's, and a server may
/// send a token back.
#[derive(Clone, PartialEq, Eq)]
pub struct NeededScopes {
    known: Vec<&'static str>,
    /// Wiped, since a server may send a token back.
    unknown: Vec<Zeroizing<String>>,
}

impl NeededScopes {
    /// Reads a list of scopes (RFC 6749 section 3.3). What is no scope, or longer than any, is left out.
    pub(super) fn read(list: &str, known: &[&'static str]) -> Self {
        let mut scopes = Self { known: Vec::new(), unknown: Vec::new() };
        let names = list.split(' ').filter(|name| scope_name::is_valid(name));
        for name in names.take(MAX_SCOPES) {
            match known.iter().find(|known| **known == name) {
                Some(known) if scopes.known.contains(known) => {}
                Some(known) => scopes.known.push(known),
                None => scopes.unknown.push(String::from(name).into()),
            }
        }
        scopes
    }

    /// Those that the program knows.
    #[must_use]
    pub fn known(&self) -> &[&'static str] {
        &self.known
    }

    /// The others: text of the server in the syntax of scopes. Show it only where you would show the server's answer.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter().map(|name| name.as_str())
    }
}

const MAX_SCOPES: usize = 64;

impl fmt::Display for NeededScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, scope) in self.known.iter().enumerate() {
            let separator = if number > 0 { ", " } else { "" };
            write!(f, "{separator}`{scope}`")?;
        }
        match (self.known.is_empty(), self.unknown.len()) {
            (true, 0) => f.write_str("scopes that the server did not name"),
            (false, 0) => Ok(()),
            (true, others) => write!(f, "{others} that this program does not know"),
            (false, others) => write!(f, ", and {others} that this program does not know"),
        }
    }
}

impl fmt::Debug for NeededScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NeededScopes")
            .field("known", &self.known)
            .field("unknown", &self.unknown.len())
            .finish()
    }
}
