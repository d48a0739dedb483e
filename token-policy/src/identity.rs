//! Names what a program was built from and what it runs in: [`SourceDigest`] and [`ImageDigest`].

use core::fmt;
use core::str::FromStr;

/// The digest of a program's source: the tree that it was built from, without any lock.
///
/// It is written with its algorithm before it:
///
/// - `git:` and 40 or 64 lowercase hexadecimal digits, the id of a git tree (SHA-1 or SHA-256, as the repository has
///   it). `tokenctl source-id` prints it.
/// - `sha256:` and 64 digits, for a source that is not in git, such as an archive.
///
/// A tag, a branch or a version is no digest, and does not parse.
///
/// ```
/// use token_policy::SourceDigest;
///
/// let source: SourceDigest = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse()?;
/// assert_eq!(source.to_string(), "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904");
/// assert!("git:main".parse::<SourceDigest>().is_err());
/// # Ok::<(), token_policy::ParseIdentityError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceDigest(Hashed);

impl SourceDigest {
    /// Reads what `Display` writes. It is `const`, so that a program can read its own when it is compiled.
    ///
    /// # Errors
    ///
    /// Fails for any other text.
    pub const fn parse(text: &str) -> Result<SourceDigest, ParseIdentityError> {
        const WANTED: ParseIdentityError = ParseIdentityError(Wanted::Source);
        let (algorithm, digits) = match text.as_bytes() {
            [b'g', b'i', b't', b':', digits @ ..] => (Algorithm::Git, digits),
            [b's', b'h', b'a', b'2', b'5', b'6', b':', digits @ ..] => (Algorithm::Sha256, digits),
            _ => return Err(WANTED),
        };
        match Hashed::of(algorithm, digits) {
            Some(hashed) => Ok(SourceDigest(hashed)),
            None => Err(WANTED),
        }
    }
}

/// The digest of an image: that of its manifest, as a registry of images (OCI Image Format, "Descriptors") names it.
///
/// It is written `sha256:` and 64 lowercase hexadecimal digits. A tag is no digest, and does not parse.
///
/// ```
/// use token_policy::ImageDigest;
///
/// let digits = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
/// let image: ImageDigest = format!("sha256:{digits}").parse()?;
/// assert_eq!(format!("{image:.12}"), "sha256:5f70bf18a086");
/// assert!("registry.example/service:1.4".parse::<ImageDigest>().is_err());
/// # Ok::<(), token_policy::ParseIdentityError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageDigest(Hashed);

impl ImageDigest {
    /// Reads what `Display` writes.
    ///
    /// # Errors
    ///
    /// Fails for any other text.
    pub const fn parse(text: &str) -> Result<ImageDigest, ParseIdentityError> {
        if let [b's', b'h', b'a', b'2', b'5', b'6', b':', digits @ ..] = text.as_bytes()
            && let Some(hashed) = Hashed::of(Algorithm::Sha256, digits)
        {
            return Ok(ImageDigest(hashed));
        }
        Err(ParseIdentityError(Wanted::Image))
    }
}

macro_rules! written_with_its_algorithm {
    ($Digest:ident) => {
        /// Writes the algorithm, a colon and the digits. With a precision, such as `{digest:.12}`, it writes only the
        /// first digits.
        impl fmt::Display for $Digest {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $Digest {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($Digest), "({})"), self)
            }
        }

        impl FromStr for $Digest {
            type Err = ParseIdentityError;

            fn from_str(text: &str) -> Result<$Digest, ParseIdentityError> {
                $Digest::parse(text)
            }
        }
    };
}

written_with_its_algorithm!(SourceDigest);
written_with_its_algorithm!(ImageDigest);

/// The error for a text that is not a [`SourceDigest`] or [`ImageDigest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdentityError(Wanted);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Source,
    Image,
}

impl fmt::Display for ParseIdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Wanted::Source => {
                "a source digest is `git:` and 40 or 64 lowercase hexadecimal digits, or `sha256:` and 64"
            }
            Wanted::Image => {
                "an image digest is `sha256:` and 64 lowercase hexadecimal digits; a tag is none, since it can move"
            }
        })
    }
}

impl core::error::Error for ParseIdentityError {}

/// The algorithm of a digest, and what it computed. Bytes that a shorter digest does not fill are zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Hashed {
    algorithm: Algorithm,
    length: usize,
    bytes: [u8; LONGEST],
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Algorithm {
    Git,
    Sha256,
}

impl Algorithm {
    const fn as_str(self) -> &'static str {
        match self {
            Algorithm::Git => "git",
            Algorithm::Sha256 => "sha256",
        }
    }

    const fn has_length(self, bytes: usize) -> bool {
        match self {
            Algorithm::Git => bytes == SHA_1 || bytes == LONGEST,
            Algorithm::Sha256 => bytes == LONGEST,
        }
    }
}

impl Hashed {
    /// Reads digits; `None` for another number of them, or for another sign.
    const fn of(algorithm: Algorithm, digits: &[u8]) -> Option<Hashed> {
        let length = digits.len() / 2;
        if !digits.len().is_multiple_of(2) || !algorithm.has_length(length) {
            return None;
        }
        let mut bytes = [0; LONGEST];
        let mut free: &mut [u8] = &mut bytes;
        let mut rest = digits;
        while let ([high, low, tail @ ..], [byte, after @ ..]) = (rest, free) {
            match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => *byte = high << 4 | low,
                _ => return None,
            }
            (rest, free) = (tail, after);
        }
        Some(Hashed { algorithm, length, bytes })
    }

    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm.as_str())?;
        let digits = f.precision().unwrap_or(usize::MAX);
        let nibbles = self.bytes.iter().take(self.length).flat_map(|byte| [byte >> 4, byte & 0xf]);
        nibbles.take(digits).try_for_each(|nibble| write!(f, "{nibble:x}"))
    }
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The length of a SHA-1 digest, in bytes.
const SHA_1: usize = 20;

/// The length of the longest digest, SHA-256, in bytes.
const LONGEST: usize = 32;
