//! Defines how long something lasts, in whole seconds.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

/// A span of time in whole seconds, written like `30s`, `15m`, `1h30m` or `7d`.
///
/// The units are `d`, `h`, `m` and `s`; the larger come first, and each at most once. There are no spaces, signs or
/// fractions, and no months or years, whose lengths differ.
///
/// ```
/// # use token_policy::Lifetime;
/// let lifetime: Lifetime = "90m".parse()?;
/// assert_eq!(lifetime.as_secs(), 5400);
/// assert_eq!(lifetime.to_string(), "1h30m");
/// # Ok::<(), token_policy::LifetimeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lifetime(u64);

impl Lifetime {
    /// A lifetime of zero seconds.
    pub const ZERO: Lifetime = Lifetime(0);

    /// Makes a lifetime of `secs` seconds.
    pub const fn from_secs(secs: u64) -> Lifetime {
        Lifetime(secs)
    }

    /// Reads a lifetime such as `1h30m`.
    ///
    /// # Errors
    ///
    /// Fails if `text` has not the form described at [`Lifetime`], or is more than 2^64 - 1 seconds.
    pub fn parse(text: &str) -> Result<Lifetime, LifetimeError> {
        if text.is_empty() {
            return Err(LifetimeError::Empty);
        }
        let (mut rest, mut total, mut previous) = (text, 0, u64::MAX);
        while !rest.is_empty() {
            let part = Part::take(rest)?;
            part.check_order(previous)?;
            total = part
                .seconds()
                .and_then(|secs| secs.checked_add(total))
                .ok_or(LifetimeError::TooLong)?;
            (rest, previous) = (part.rest, part.unit);
        }
        Ok(Lifetime(total))
    }

    /// Returns the number of seconds.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Returns the same span as the standard library's type.
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// Returns whether this is zero seconds.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Lifetime {
    type Err = LifetimeError;

    fn from_str(text: &str) -> Result<Lifetime, LifetimeError> {
        Lifetime::parse(text)
    }
}

impl From<Lifetime> for Duration {
    fn from(lifetime: Lifetime) -> Duration {
        lifetime.as_duration()
    }
}

/// Writes the shortest form, in which each unit is carried over into the next: `90m` is written `1h30m`.
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, secs) in UNITS {
            if rest >= secs {
                write!(f, "{}{unit}", rest / secs)?;
                rest %= secs;
            }
        }
        Ok(())
    }
}

/// Says why a text is not a [`Lifetime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LifetimeError {
    /// The text is empty.
    Empty,
    /// A character is neither a digit nor a unit: a space, a sign, a fraction, another unit.
    Forbidden(char),
    /// A unit has no number before it.
    NoNumber(char),
    /// A number has no unit after it.
    NoUnit,
    /// A unit comes after a smaller one.
    Order(char),
    /// A unit comes twice.
    Repeated(char),
    /// The time doesn't fit into 64 bits of seconds.
    TooLong,
}

impl LifetimeError {
    /// Says what to write instead.
    pub const HELP: &str =
        "write whole numbers with the units d, h, m, s, the largest first, for example \"1h30m\"";
}

/// Writes what is wrong, and an example of what is right.
impl fmt::Display for LifetimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), LifetimeError::HELP)
    }
}

impl core::error::Error for LifetimeError {}

impl LifetimeError {
    /// Displays what is wrong, without the example.
    pub(crate) fn problem(self) -> impl fmt::Display {
        Problem(self)
    }
}

struct Problem(LifetimeError);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            LifetimeError::Empty => f.write_str("the time is empty"),
            LifetimeError::Forbidden(c) if crate::hidden::is_hidden(c) => {
                write!(f, "`{}` is neither a digit nor a unit", c.escape_unicode())
            }
            LifetimeError::Forbidden(c) => write!(f, "`{c}` is neither a digit nor a unit"),
            LifetimeError::NoNumber(unit) => write!(f, "the unit `{unit}` has no number before it"),
            LifetimeError::NoUnit => f.write_str("a number has no unit after it"),
            LifetimeError::Order(unit) => write!(f, "the unit `{unit}` comes after a smaller one"),
            LifetimeError::Repeated(unit) => write!(f, "the unit `{unit}` comes twice"),
            LifetimeError::TooLong => f.write_str("the time is too long to count"),
        }
    }
}

/// One number with its unit, and the text that follows it.
struct Part<'a> {
    digits: &'a str,
    letter: char,
    unit: u64,
    rest: &'a str,
}

impl<'a> Part<'a> {
    fn take(text: &'a str) -> Result<Part<'a>, LifetimeError> {
        let end = text.find(|c: char| !c.is_ascii_digit()).ok_or(LifetimeError::NoUnit)?;
        let (digits, tail) = text.split_at(end);
        let letter = tail.chars().next().ok_or(LifetimeError::NoUnit)?;
        let (_, unit) = UNITS
            .into_iter()
            .find(|(known, _)| *known == letter)
            .ok_or(LifetimeError::Forbidden(letter))?;
        if digits.is_empty() {
            return Err(LifetimeError::NoNumber(letter));
        }
        Ok(Part { digits, letter, unit, rest: tail.get(1..).unwrap_or_default() })
    }

    fn check_order(&self, previous: u64) -> Result<(), LifetimeError> {
        match self.unit {
            unit if unit == previous => Err(LifetimeError::Repeated(self.letter)),
            unit if unit > previous => Err(LifetimeError::Order(self.letter)),
            _ => Ok(()),
        }
    }

    fn seconds(&self) -> Option<u64> {
        self.digits.parse::<u64>().ok()?.checked_mul(self.unit)
    }
}

/// The units and their seconds, the largest first.
const UNITS: [(char, u64); 4] = [('d', 24 * 60 * 60), ('h', 60 * 60), ('m', 60), ('s', 1)];
