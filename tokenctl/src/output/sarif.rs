//! Keeps SARIF within the limits of GitHub's code scanning, which refuses a whole file that is over one of them.
//!
//! They are in its documentation, under "SARIF results exceed hard limit" and "SARIF file too large": 20 runs, 25,000
//! results, 25,000 rules, 1,000 locations of a result, 20 tags of a rule, and 10 MB as gzip. We write one run, one
//! location and no tag.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use token_policy::Level;
use token_policy::checks::Explanation;
use token_policy::report::{self, Finding, Notice, Tool};

use crate::failure::Failure;

/// The most results.
const MOST: usize = 25_000;
/// The most bytes as gzip. A fifth is left for another program's gzip.
const BYTES: usize = 8_000_000;

/// Why results are left out.
pub(crate) static LEFT_OUT: Explanation = Explanation {
    code: "results-left-out",
    level: Level::Warn,
    summary: "SARIF with more results than code hosts take",
    reason: "GitHub refuses a file with more than 25,000 results, or with more than 10 MB as gzip. So the SARIF has the \
             gravest results up to that limit. Text and JSON have all of them, and the exit code is that of all.",
    example: "a first scan of a repository with 30,000 test passwords",
    fix: "Look at them with `--format json`, and repair or accept them folder by folder.",
};

/// Returns a document, and a notice if results had to be left out of it.
pub(super) fn document(
    tool: &Tool<'_>,
    findings: &[Finding],
    notices: &[Notice],
) -> Result<(String, Option<Notice>), Failure> {
    let mut most = MOST;
    loop {
        let (kept, left_out) = gravest(findings, most);
        let told = (left_out > 0).then(|| notice(left_out, findings.len()));
        let notices: Vec<Notice> = notices.iter().cloned().chain(told.clone()).collect();
        let mut text = String::new();
        report::sarif(tool, &kept, &notices, &mut text).map_err(|_| unwritten())?;
        if kept.is_empty() || packed(&text)? <= BYTES {
            return Ok((text, told));
        }
        most = kept.len() / 2;
    }
}

fn notice(left_out: usize, all: usize) -> Notice {
    let message = format!("{left_out} of {all} results are left out, since code hosts refuse more");
    Notice::new(LEFT_OUT.code, LEFT_OUT.level, message)
}

/// Returns at most so many findings in their order, and how many are left out: first the accepted ones, then those of
/// the least level, then the last ones.
fn gravest(findings: &[Finding], most: usize) -> (Vec<Finding>, usize) {
    if findings.len() <= most {
        return (findings.to_vec(), 0);
    }
    let mut order: Vec<usize> = (0..findings.len()).collect();
    let rank = |at: usize| findings.get(at).map(|found| (!found.is_accepted(), found.level()));
    order.sort_by_key(|at| std::cmp::Reverse(rank(*at)));
    order.truncate(most);
    order.sort_unstable();
    let kept = order.iter().filter_map(|at| findings.get(*at).cloned()).collect();
    (kept, findings.len() - most)
}

/// Returns the length of a text as gzip. gzip makes no text much longer, so a short one need not be packed.
fn packed(text: &str) -> Result<usize, Failure> {
    if text.len() <= BYTES {
        return Ok(text.len());
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish());
    packed.map(|packed| packed.len()).map_err(|_| unwritten())
}

fn unwritten() -> Failure {
    Failure::new("the findings could not be written")
}

#[cfg(test)]
mod tests {
    use token_policy::report::{Accepted, Place};

    use super::*;

    const TOOL: Tool<'_> =
        Tool { name: "t", version: "1", uri: "u", category: "c", about: "a", rules: &[] };

    fn results(text: &str) -> Vec<serde_json::Value> {
        let log: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        log.pointer("/runs/0/results").and_then(|all| all.as_array().cloned()).unwrap_or_default()
    }

    fn finding(level: Level, file: String) -> Finding {
        Finding::new("x", level, "m").at(Place::new(file, 1, 1))
    }

    #[test]
    fn the_gravest_are_kept_in_their_order() {
        let mut findings: Vec<Finding> = (0..MOST + 10)
            .map(|n| finding(if n % 100 == 0 { Level::Deny } else { Level::Warn }, n.to_string()))
            .collect();
        let accepted = Accepted { in_source: false, reason: "why".into() };
        findings.insert(0, finding(Level::Deny, "accepted".into()).accepted(accepted));
        let Ok((text, Some(told))) = document(&TOOL, &findings, &[]) else { panic!("no notice") };
        assert_eq!(
            told.message(),
            "11 of 25011 results are left out, since code hosts refuse more"
        );
        let kept = results(&text);
        assert_eq!(kept.len(), MOST);
        assert!(text.contains("results-left-out"));
        let denied = kept
            .iter()
            .filter(|result| result.get("level").is_some_and(|level| level == "error"))
            .count();
        assert_eq!(denied, findings.iter().filter(|f| f.level() == Level::Deny).count() - 1);
        let uri = "/locations/0/physicalLocation/artifactLocation/uri";
        let order = kept.iter().filter_map(|result| result.pointer(uri)).map(ToString::to_string);
        let order: Vec<usize> =
            order.filter_map(|uri| uri.trim_matches('"').parse().ok()).collect();
        assert!(order.len() == MOST && order.is_sorted());
    }

    #[test]
    fn what_is_not_too_much_is_whole() {
        let findings: Vec<Finding> =
            (0..100).map(|n| finding(Level::Warn, n.to_string())).collect();
        let Ok((text, None)) = document(&TOOL, &findings, &[]) else { panic!("a notice") };
        assert_eq!(results(&text).len(), 100);
    }

    /// Names that gzip can't shorten.
    #[test]
    fn a_document_is_short_enough_as_gzip() {
        let mut state = 1_u64;
        let mut name = || -> String {
            let digit = |_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                char::from(b'0' + u8::try_from(state % 75).unwrap_or(0))
            };
            (0..4000).map(digit).collect()
        };
        let findings: Vec<Finding> = (0..6000).map(|_| finding(Level::Warn, name())).collect();
        let Ok((text, Some(_))) = document(&TOOL, &findings, &[]) else { panic!("no notice") };
        assert!(packed(&text).is_ok_and(|length| length < 10_000_000));
        assert!(!results(&text).is_empty());
    }
}
