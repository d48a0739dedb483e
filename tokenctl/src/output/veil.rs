//! Masks tokens in everything that is written.

use std::collections::HashMap;

use token_policy::report::{Finding, Notice};
use token_scan::{Hidden, Scan, Scanner};

/// Masks every token that is certain, wherever it came from, and each part of those among the arguments.
///
/// This is the last line: what makes a text masks what it knows to be secret. But names in a policy, paths, settings of
/// git and what other programs say may be tokens too.
#[derive(Default)]
pub(crate) struct Veil {
    /// `None` only if the rules that come with the program can't be read.
    scanner: Option<Scanner>,
    arguments: Hidden,
}

impl Veil {
    /// `arguments` are those of the program, in one text.
    pub(crate) fn new(arguments: &str) -> Veil {
        let scanner = Scan::certain().prefixes_in(arguments).build().ok();
        let hidden = scanner.as_ref().map(|scanner| scanner.hidden(arguments));
        Veil { arguments: hidden.unwrap_or_default(), scanner }
    }

    pub(crate) fn mask(&self, text: &str) -> String {
        let masked = self.scanner.as_ref().map(|scanner| scanner.mask(text));
        self.arguments.mask(masked.as_deref().unwrap_or(text))
    }

    /// Masks only the tokens among the arguments, for what must stay as it is, such as a proof.
    pub(crate) fn mask_arguments(&self, text: &str) -> String {
        self.arguments.mask(text)
    }

    /// Masks tokens in the texts of findings, before lines are broken and cut: a part of a token is not found as one.
    pub(crate) fn findings(&self, findings: &[Finding]) -> Vec<Finding> {
        let mut known = HashMap::new();
        let mask = |text: &str| self.once(text, &mut known);
        let mut mask = mask;
        findings.iter().map(|finding| finding.clone().map(&mut mask)).collect()
    }

    pub(crate) fn notices(&self, notices: &[Notice]) -> Vec<Notice> {
        notices.iter().map(|notice| notice.clone().map(|text| self.mask(text))).collect()
    }

    /// Most texts of many findings are the same, so each is masked once.
    fn once(&self, text: &str, known: &mut HashMap<String, String>) -> String {
        if let Some(masked) = known.get(text) {
            return masked.clone();
        }
        let masked = self.mask(text);
        known.insert(text.to_owned(), masked.clone());
        masked
    }
}
