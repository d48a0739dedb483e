//! Recall and precision on a corpus whose labels are known, because a generator wrote it.
//!
//! A finding inside a labelled value is true, any other is false. Every group has limits of its own.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod classes;
mod encoded;
mod generic;
mod keys;
mod places;
mod random;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use random::Random;
use token_scan::{Scan, Scanner};

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scan::new().build().unwrap());

/// A file of the corpus.
pub(crate) struct Sample {
    /// What stands in it, and where or how: what is missed is told by that.
    what: String,
    way: String,
    path: &'static str,
    text: Vec<u8>,
    /// Where the secret is, if there is one.
    label: Option<std::ops::Range<usize>>,
}

impl Sample {
    pub(crate) fn new(
        what: &str,
        way: &str,
        path: &'static str,
        text: String,
        value: &str,
    ) -> Sample {
        let at = text.find(value).unwrap();
        let label = Some(at..at + value.len());
        Sample { what: what.into(), way: way.into(), path, text: text.into(), label }
    }

    /// A value under a name in a place.
    pub(crate) fn placed(
        what: &str,
        name: &str,
        path: &'static str,
        place: &str,
        value: &str,
    ) -> Sample {
        let (before, after) = place.split_once('@').unwrap();
        let before = named(before, name);
        let label = Some(before.len()..before.len() + value.len());
        let text = format!("{before}{value}{}", named(after, name).replace('@', value));
        Sample { what: format!("{name} {what}"), way: place.into(), path, text: text.into(), label }
    }

    /// A file that is a secret as a whole.
    pub(crate) fn whole(what: &str, path: &'static str, text: Vec<u8>) -> Sample {
        let label = Some(0..text.len());
        Sample { what: what.into(), way: path.into(), path, text, label }
    }

    /// Whether the secret was found, and how many other findings there are.
    fn judge(&self) -> (bool, Vec<String>) {
        let report = SCANNER.bytes(self.path, &self.text);
        let (mut found, mut false_ones) = (false, Vec::new());
        for finding in report.findings() {
            let place = finding.place().unwrap();
            let line = usize::try_from(place.line()).unwrap();
            let at = self.line_start(line) + usize::try_from(place.column()).unwrap() - 1;
            if self.label.as_ref().is_some_and(|label| label.contains(&at)) {
                found = true;
            } else {
                let text = String::from_utf8_lossy(&self.text);
                false_ones.push(format!(
                    "{}: {}",
                    finding.code(),
                    text.lines().nth(line - 1).unwrap_or("")
                ));
            }
        }
        (found, false_ones)
    }

    /// The secret, or how it is written.
    fn value(&self) -> String {
        let label = self.label.clone().unwrap_or_default();
        String::from_utf8_lossy(&self.text[label]).chars().take(100).collect()
    }

    fn line_start(&self, line: usize) -> usize {
        let mut ends = self.text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        if line < 2 { 0 } else { ends.nth(line - 2).map_or(0, |(at, _)| at + 1) }
    }
}

/// The name of a variable in the cases that places have it in.
fn named(place: &str, name: &str) -> String {
    let words: Vec<String> = name.split('_').map(str::to_lowercase).collect();
    let capital = |word: &String| word[..1].to_uppercase() + &word[1..];
    let pascal: String = words.iter().map(capital).collect();
    let camel = pascal[..1].to_lowercase() + &pascal[1..];
    place
        .replace("NAME", name)
        .replace("name_", &words.join("_"))
        .replace("camel", &camel)
        .replace("Pascal", &pascal)
        .replace("kebab", &words.join("-"))
}

/// Measures a group, prints what it comes to, and holds it to its limits.
#[track_caller]
fn measure(group: &str, samples: &[Sample], recall: f64, precision: f64) {
    let (mut labels, mut found, mut false_ones, mut examples) =
        (0_u32, 0_u32, Vec::new(), Vec::new());
    let [mut by_what, mut by_way, mut by_name] = [const { BTreeMap::<&str, u32>::new() }; 3];
    for sample in samples {
        let (hit, others) = sample.judge();
        false_ones.extend(others);
        labels += u32::from(sample.label.is_some());
        found += u32::from(hit);
        if sample.label.is_some() && !hit {
            let (name, form) = sample.what.split_once(' ').unwrap();
            *by_name.entry(name).or_default() += 1;
            *by_what.entry(form).or_default() += 1;
            *by_way.entry(&sample.way).or_default() += 1;
            examples.push(sample.value());
        }
    }
    let wrong = u32::try_from(false_ones.len()).unwrap();
    let (got_recall, got_precision) = (share(found, labels), share(found, found + wrong));
    println!(
        "{group}: {labels} labels, recall {got_recall:.3}, precision {got_precision:.3}, {wrong} false"
    );
    told("missed", &by_what);
    told("missed in", &by_way);
    told("missed of", &by_name);
    examples.iter().take(40).for_each(|value| println!("  such as {value}"));
    false_ones
        .iter()
        .take(40)
        .for_each(|text| println!("  false {}", text.chars().take(160).collect::<String>()));
    assert!(got_recall >= recall, "{group}: recall {got_recall:.3}");
    assert!(got_precision >= precision, "{group}: precision {got_precision:.3}");
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 1.0 } else { f64::from(part) / f64::from(whole) }
}

fn told(what: &str, counts: &BTreeMap<&str, u32>) {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    counts.iter().take(60).for_each(|(name, count)| println!("  {what} {count:4} x {name:?}"));
}

/// The formats of issuers: the name, the form, and whether only the name tells.
fn formats() -> Vec<(&'static str, &'static str, bool)> {
    let lines = include_str!("formats.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, form) = line.split_once(' ').unwrap();
            (name.trim_start_matches('?'), form.trim(), name.starts_with('?'))
        })
        .collect()
}

fn of_issuers(bare: bool, seed: u64) -> Vec<Sample> {
    let mut random = Random::new(seed);
    let mut samples = Vec::new();
    for (name, form, needs_name) in formats() {
        let places = if bare { places::BARE } else { places::NAMED };
        for (path, place) in places {
            if bare && needs_name {
                continue;
            }
            let token = random.fill(form);
            samples.push(Sample::placed(form, name, path, place, &token));
        }
    }
    samples
}

#[test]
fn tokens_of_issuers_under_a_name() {
    measure("issuers, named", &of_issuers(false, 1), 0.99, 1.0);
}

#[test]
fn tokens_of_issuers_anywhere() {
    measure("issuers, anywhere", &of_issuers(true, 2), 0.99, 1.0);
}

#[test]
fn private_keys() {
    measure("private keys", &keys::private_keys(3), 1.0, 1.0);
}

#[test]
fn json_web_tokens() {
    measure("JWT", &keys::jwts(4), 1.0, 1.0);
}

#[test]
fn random_values_of_secret_names() {
    measure(
        "generic, random",
        &generic::samples(generic::Values::Random, places::NAMED, 5),
        0.96,
        1.0,
    );
}

#[test]
fn passwords_that_people_made_up() {
    measure(
        "generic, made up",
        &generic::samples(generic::Values::MadeUp, places::NAMED, 6),
        0.99,
        1.0,
    );
}

#[test]
fn connections_and_headers() {
    measure("connections", &generic::connections(7), 0.9, 1.0);
}

#[test]
fn encodings_and_rust_literals() {
    measure("encoded", &encoded::samples(8), 1.0, 1.0);
}

/// What is no secret gives nothing, however often it is drawn.
#[test]
fn what_is_no_secret() {
    let mut random = Random::new(9);
    let mut samples = Vec::new();
    for _ in 0..20 {
        for line in include_str!("negative.txt").lines() {
            let (path, text) = line.split_once('|').unwrap();
            let text = random.fill(text).replace("\\n", "\n") + "\n";
            samples.push(Sample {
                what: String::new(),
                way: String::new(),
                path,
                text: text.into(),
                label: None,
            });
        }
    }
    measure("no secrets", &samples, 1.0, 1.0);
}
