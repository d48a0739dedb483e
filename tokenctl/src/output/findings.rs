//! Writes findings in the form that was asked for.

use token_policy::Level;
use token_policy::report::{self, Finding, Notice, Rule, Tool};

use super::{Output, colour, sarif};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Format;

/// What a command has found.
#[derive(Default)]
pub(crate) struct Found<'f> {
    /// The name of the command, such as `scan`.
    pub(crate) command: &'static str,
    /// The path of what was judged.
    pub(crate) about: &'f str,
    pub(crate) findings: &'f [Finding],
    /// The findings that are accepted. Only SARIF has them.
    pub(crate) accepted: &'f [Finding],
    pub(crate) notices: &'f [Notice],
    /// The codes that the command can find.
    pub(crate) rules: &'f [Rule<'f>],
}

impl Output {
    /// Writes findings. In JSON and SARIF, which programs read, it writes the notices too; in text, notices go to
    /// standard error.
    pub(crate) fn report(&self, format: Format, found: &Found<'_>) -> Result<(), Failure> {
        let findings = self.veil.findings(found.findings);
        let notices = self.veil.notices(found.notices);
        let mut text = String::new();
        let written = match format {
            Format::Text => report::text(&findings, &mut text),
            Format::Json => report::json(&findings, &mut text)
                .and_then(|()| report::json_notices(&notices, &mut text)),
            Format::Sarif => return self.sarif(found, findings, &notices),
        };
        written.map_err(|_| Failure::new("the findings could not be written"))?;
        let painted = if format == Format::Text { colour::paint(&text) } else { text };
        self.answer(&painted)
    }

    fn sarif(
        &self,
        found: &Found<'_>,
        mut findings: Vec<Finding>,
        notices: &[Notice],
    ) -> Result<(), Failure> {
        findings.extend(self.veil.findings(found.accepted));
        let about = self.veil.mask(found.about);
        let tool = Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            uri: env!("CARGO_PKG_REPOSITORY"),
            category: &format!("{}/{}", env!("CARGO_PKG_NAME"), found.command),
            about: &about,
            rules: found.rules,
        };
        let (text, left_out) = sarif::document(&tool, &findings, notices)?;
        if let Some(told) = left_out {
            self.note(&format!("warning[{}]: {told}", told.code()));
        }
        self.answer(&text)
    }
}

/// Returns how a run ends that has these findings.
pub(crate) fn judged(findings: &[Finding], deny_warnings: bool) -> Exit {
    let least = if deny_warnings { Level::Warn } else { Level::Deny };
    let is_bad = findings.iter().any(|finding| finding.level() >= least);
    if is_bad { Exit::Found } else { Exit::Clean }
}

/// Writes in words how many errors and warnings there are.
pub(crate) fn counted(findings: &[Finding]) -> String {
    let count = |level| findings.iter().filter(|finding| finding.level() == level).count();
    match (count(Level::Deny), count(Level::Warn)) {
        (0, 0) => "no findings".to_owned(),
        (errors, 0) => number(errors, "error"),
        (0, warnings) => number(warnings, "warning"),
        (errors, warnings) => {
            format!("{}, {}", number(errors, "error"), number(warnings, "warning"))
        }
    }
}

/// Writes a number with a word, such as `1 file` or `2 files`.
pub(crate) fn number(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
