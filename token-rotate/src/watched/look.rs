//! One look at a file.

use std::path::Path;

use token_core::{Error, Secret, TokenId, TokenKind};

use super::stamp::Stamp;
use crate::{Failure, words::Words};

/// What one look found: a token, in a file that did not change meanwhile.
pub(super) struct Look {
    pub(super) stamp: Stamp,
    pub(super) secret: Secret,
    pub(super) id: Option<TokenId>,
}

/// The outer form of a token in a file.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    len: usize,
    has_line_ending: bool,
}

/// Whether the token may be a part of one.
pub(super) enum Wholeness {
    /// It is whole: its checksum says so.
    Certain,
    /// It is not whole: its checksum says so.
    Broken,
    /// It is whole unless somebody is writing it at this moment.
    Likely,
    /// It lacks something that the one before had.
    Doubtful,
}

impl Look {
    /// Reads the file. What is read is from the file whose stamp is the same before and after.
    pub(super) fn at(
        path: Option<&Path>,
        load: impl Fn() -> Result<Secret, Error>,
    ) -> Result<Self, Failure> {
        let stamp = || path.and_then(Stamp::of);
        for _ in 0..TRIES {
            let before = stamp();
            // Its error names the place, so it is asked also if there is no file.
            let secret = load()?;
            if let Some(stamp) = stamp().filter(|after| before == Some(*after)) {
                let id = secret.with_bytes("its fingerprint", TokenId::of);
                return Ok(Self { stamp, secret, id });
            }
        }
        Err(Words::new("the file is replaced all the time; it is looked at again").transient())
    }

    pub(super) fn shape(&self) -> Shape {
        let len = self.secret.with_bytes("its length", <[u8]>::len);
        // The source leaves one line ending out, and nothing else.
        Shape { len, has_line_ending: self.stamp.len > len as u64 }
    }

    /// `before` is the shape of the token that was taken last.
    pub(super) fn wholeness<K: TokenKind>(&self, before: Option<Shape>) -> Wholeness {
        if let Some(prefix) = K::COMPILED.format {
            let is_whole =
                |token: &[u8]| prefix.fits(token) && token_policy::format::check(token).is_ok();
            return match self.secret.with_bytes("its checksum", is_whole) {
                true => Wholeness::Certain,
                false => Wholeness::Broken,
            };
        }
        let (now, before) =
            (self.shape(), before.unwrap_or(Shape { len: 0, has_line_ending: false }));
        match now.len < before.len || (before.has_line_ending && !now.has_line_ending) {
            true => Wholeness::Doubtful,
            false => Wholeness::Likely,
        }
    }
}

/// A reader that finds another file each time has come into a loop of somebody else's.
const TRIES: usize = 5;
