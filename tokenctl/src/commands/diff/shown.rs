//! Shows what has changed between two sides, and ends as the verdict says.

use serde_json::{Value, json};
use token_policy::diff::Verdict;
use token_policy::report::{self, Finding};

use crate::commands::explain::topics::{self, Topic};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Format;
use crate::output::{Found, Output};
use crate::side::Side;

/// What has changed.
pub(crate) struct Difference<'d> {
    pub(crate) command: &'static str,
    pub(crate) verdict: Verdict,
    /// A line for each change.
    pub(crate) facts: Vec<String>,
    /// Returns the changes as findings in a file with this name.
    pub(crate) findings: &'d dyn Fn(&str) -> Vec<Finding>,
    pub(crate) topics: Vec<Topic>,
}

impl Difference<'_> {
    pub(crate) fn show<T>(
        &self,
        old: &Side<T>,
        new: &Side<T>,
        format: Format,
        output: &Output,
    ) -> Result<Exit, Failure> {
        for side in [old, new] {
            if side.is_missing {
                output.note(&format!("note: {} is not there, so it permits nothing", side.name));
            }
        }
        match format {
            Format::Text => output.answer(&self.text(&old.name, &new.name)?)?,
            Format::Json => output.answer(&self.object(&old.name, &new.name)?)?,
            Format::Sarif => {
                let found = Found {
                    command: self.command,
                    about: &new.path,
                    findings: &(self.findings)(&new.path),
                    rules: &topics::rules(&self.topics),
                    ..Found::default()
                };
                output.report(Format::Sarif, &found)?;
            }
        }
        Ok(match self.verdict {
            Verdict::Equal | Verdict::Narrower => Exit::Clean,
            Verdict::Wider => Exit::Wider,
            Verdict::Incomparable => Exit::Incomparable,
        })
    }

    fn text(&self, old: &str, new: &str) -> Result<String, Failure> {
        let mut text = String::new();
        for fact in &self.facts {
            report::wrap("", 4, fact, &mut text).map_err(|_| unwritten())?;
        }
        if !self.facts.is_empty() {
            text.push('\n');
        }
        let line = format!("{}: {new} {} {old}", self.verdict, words(self.verdict));
        report::wrap("", 4, &line, &mut text).map_err(|_| unwritten())?;
        Ok(crate::output::paint(&text))
    }

    /// Writes one JSON object. Its facts are the same objects as the findings.
    fn object(&self, old: &str, new: &str) -> Result<String, Failure> {
        let mut lines = String::new();
        report::json(&(self.findings)(new), &mut lines).map_err(|_| unwritten())?;
        let facts: Result<Vec<Value>, _> = lines.lines().map(serde_json::from_str).collect();
        let facts = facts.map_err(|_| unwritten())?;
        let verdict = self.verdict.as_str();
        let object = json!({ "facts": facts, "new": new, "old": old, "verdict": verdict });
        Ok(format!("{}\n", report::plain(&object.to_string())))
    }
}

const fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Equal => "permits the same as",
        Verdict::Narrower => "permits less than",
        Verdict::Wider => "permits more than",
        Verdict::Incomparable => "permits more in one place and less in another than",
    }
}

fn unwritten() -> Failure {
    Failure::new("the differences could not be written")
}
