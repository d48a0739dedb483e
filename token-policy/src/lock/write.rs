//! Writes a lock.

use core::fmt;

use super::time::Shown;
use super::{Entry, Lock, LockedToken};

/// The comment at the beginning of every lock.
const HEAD: &str = "\
# The live tokens, and what they are bound to: facts, no secrets. `tokenctl lock` writes this file.
version = 1
";

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for (name, slot) in self.slots() {
            writeln!(f, "\n[{name}]")?;
            for (key, entry) in [("current", &slot.current), ("previous", &slot.previous)] {
                if let Some(entry) = entry {
                    writeln!(f, "{key} = \"{entry}\"")?;
                }
            }
        }
        Ok(())
    }
}

/// Writes the facts of the line, without the key and the quotes.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(token) = &self.token {
            write!(f, "{token} ")?;
        }
        write!(f, "scopes={} policy={}", self.scopes, self.policy)?;
        if let Some(source) = &self.source {
            write!(f, " source={source}")?;
        }
        if let Some(image) = &self.image {
            write!(f, " image={} assurance={}", image.digest, image.assurance)?;
        }
        // What is told of the token alone, and differs from token to token, stands at both ends of the line.
        let token = self.token.as_ref();
        if let Some(log) = token.and_then(|token| token.log) {
            write!(f, " log={log}")?;
        }
        if let Some(handle) = token.and_then(|token| token.handle.as_ref()) {
            write!(f, " handle={handle}")?;
        }
        Ok(())
    }
}

/// Writes the token's id, generation and times.
impl fmt::Display for LockedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("id=")?;
        self.id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, " generation={}", self.generation)?;
        match self.expires {
            Some(time) => write!(f, " expires={}", Shown(time))?,
            None => f.write_str(" expires=never")?,
        }
        match self.retire_after {
            Some(time) => write!(f, " retire_after={}", Shown(time)),
            None => Ok(()),
        }
    }
}
