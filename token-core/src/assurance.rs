//! How well a fact about the running program is known, and who may say so.
//!
//! A level above *asserted* has a constructor that takes the evidence of a verifier. So nothing that a program reads,
//! such as a variable, becomes more than what it is.

use core::{convert::Infallible, fmt};

use crate::digest::AssuranceLevel;

/// How well a fact is known, as whoever verified it says.
///
/// It has a constructor for each level. Anybody may *assert*. Those of the other levels take evidence, which only a
/// verifier makes; this version has none.
///
/// ```
/// use token_core::{Assurance, AssuranceLevel};
///
/// assert_eq!(Assurance::asserted().level(), AssuranceLevel::ASSERTED);
/// ```
///
/// A level does not become an assurance, whatever it says:
///
/// ```compile_fail
/// use token_core::{Assurance, AssuranceLevel};
///
/// let level: AssuranceLevel = "platform-attested".parse().unwrap();
/// let assurance = Assurance::from(level);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Assurance(AssuranceLevel);

impl Assurance {
    /// The program, its environment or a file says so. That stops mistakes, not thieves.
    #[must_use]
    pub const fn asserted() -> Self {
        Self(AssuranceLevel::ASSERTED)
    }

    /// A signature says so that was verified under a key which the program cannot write.
    #[must_use]
    pub const fn platform_attested(_: &PlatformEvidence) -> Self {
        Self(AssuranceLevel::PLATFORM_ATTESTED)
    }

    /// The hardware says so: a quote over a number that the verifier chose.
    #[must_use]
    pub const fn hardware_attested(_: &HardwareEvidence) -> Self {
        Self(AssuranceLevel::HARDWARE_ATTESTED)
    }

    /// The level, to compare with what a policy demands.
    #[must_use]
    pub const fn level(self) -> AssuranceLevel {
        self.0
    }
}

impl fmt::Debug for Assurance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assurance({})", self.0)
    }
}

/// That a verifier found the signature of a platform to be right. This version has no such verifier, so there is no value.
#[derive(Debug)]
pub struct PlatformEvidence {
    _verified: Infallible,
}

/// That a verifier found the quote of the hardware to be right. This version has no such verifier, so there is no value.
#[derive(Debug)]
pub struct HardwareEvidence {
    _verified: Infallible,
}

/// A fact about the running program, such as an [`ImageDigest`](crate::ImageDigest), and how well it is known.
///
/// The two cannot be taken apart and put together anew, so an assurance never comes with another fact than that which
/// was verified.
///
/// ```
/// use token_core::{AssuranceLevel, Attested, ImageDigest};
///
/// let digits = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
/// let image: ImageDigest = format!("sha256:{digits}").parse()?;
/// let image = Attested::asserted(image);
/// assert!(image.assurance().level() < AssuranceLevel::PLATFORM_ATTESTED);
/// # Ok::<(), token_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attested<T> {
    value: T,
    assurance: Assurance,
}

impl<T> Attested<T> {
    /// A fact that the program, its environment or a file asserts.
    #[must_use]
    pub const fn asserted(value: T) -> Self {
        Self { value, assurance: Assurance::asserted() }
    }

    /// The fact.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// How well it is known.
    #[must_use]
    pub const fn assurance(&self) -> Assurance {
        self.assurance
    }
}
