//! Inputs of some classes, labelled by hand: what a person would report, and what looks like it and is nothing.
//!
//! Each class has two files. One was looked at while the scanner was made; the other, in `held_out`, was not, so its
//! figures are what to expect of other people's files. Of that one only the figures are printed.
//!
//! A line is `+ path|text`, with the secret between `«` and `»`, or `- path|text`. `\n` is a line break, `\t` a tab and
//! `\\` a backslash. Placeholders are those of `formats.txt`, and `{64:...}` is base64 of what stands in it. `{|}` is nothing:
//! it cuts what would be a finding in this file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::SCANNER;
use crate::random::Random;

/// How often each line is drawn.
const TIMES: u32 = 5;

/// How many bytes before a secret its finding may begin.
const AROUND: usize = 60;

/// What is found of a file of inputs.
struct Figures {
    labels: u32,
    found: u32,
    wrong: u32,
    /// How many inputs have no secret.
    clean: u32,
}

impl Figures {
    /// The share of inputs without a secret of which nothing is told.
    fn quiet(&self) -> f64 {
        1.0 - f64::from(self.wrong) / f64::from(self.clean)
    }

    fn recall(&self) -> f64 {
        crate::share(self.found, self.labels)
    }

    fn precision(&self) -> f64 {
        crate::share(self.found, self.found + self.wrong)
    }
}

struct Class {
    name: &'static str,
    seen: &'static str,
    held_out: &'static str,
    /// The least recall, and share of inputs without a secret of which nothing is told, in both halves together.
    least: (f64, f64),
}

macro_rules! class {
    ($name:literal, $recall:literal, $quiet:literal) => {
        Class {
            name: $name,
            seen: include_str!(concat!("classes/", $name, ".txt")),
            held_out: include_str!(concat!("classes/held_out/", $name, ".txt")),
            least: ($recall, $quiet),
        }
    };
}

const CLASSES: &[Class] = &[
    class!("uuid", 0.95, 0.94),
    class!("names", 0.98, 0.98),
    class!("own_line", 0.85, 0.95),
    class!("operators", 0.84, 0.98),
    class!("headers_urls", 0.9, 0.98),
    class!("encoded", 0.72, 0.98),
    class!("formats", 0.98, 0.98),
    class!("no_secret", 1.0, 0.93),
];

#[test]
fn classes_of_what_a_person_reports() {
    let mut missed = Vec::new();
    for class in CLASSES {
        let seen = judge(class.seen, true);
        let held_out = judge(class.held_out, false);
        for (half, figures) in [("seen", &seen), ("held out", &held_out)] {
            println!(
                "{} {half}: recall {:.3}, precision {:.3}, {} of {} found, {} of {} wrong",
                class.name,
                figures.recall(),
                figures.precision(),
                figures.found,
                figures.labels,
                figures.wrong,
                figures.clean,
            );
        }
        let both = Figures {
            labels: seen.labels + held_out.labels,
            found: seen.found + held_out.found,
            wrong: seen.wrong + held_out.wrong,
            clean: seen.clean + held_out.clean,
        };
        if both.recall() < class.least.0 || both.quiet() < class.least.1 {
            missed.push(format!("{}: {:.3}, {:.3}", class.name, both.recall(), both.quiet()));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Judges the inputs of a file. A second finding in a line with a secret is not wrong: such a line may hold two.
fn judge(lines: &str, told: bool) -> Figures {
    let mut random = Random::new(10);
    let mut figures = Figures { labels: 0, found: 0, wrong: 0, clean: 0 };
    for line in lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (label, input) = line.split_once(' ').unwrap();
        let (path, form) = input.split_once('|').unwrap();
        let (mut found, mut wrong) = (0, 0);
        for _ in 0..TIMES {
            let text = unescaped(&fill(&form.replace("{|}", ""), &mut random));
            let start = text.find('«');
            let text = text.replacen('«', "", 1);
            let end = text.find('»');
            let text = text.replacen('»', "", 1);
            let report = SCANNER.bytes(path, text.as_bytes());
            let place = |line: u32, column: u32| place(&text, line, column);
            match start.zip(end) {
                Some((start, end)) => {
                    let places = report.findings().iter().filter_map(|finding| finding.place());
                    let mut starts = places.map(|p| place(p.line(), p.column()));
                    // A finding may be more than the secret, such as the URL that it stands in.
                    found += u32::from(starts.any(|at| at < end && at + AROUND > start));
                }
                None => wrong += u32::from(!report.findings().is_empty()),
            }
        }
        let count = if label == "+" { &mut figures.labels } else { &mut figures.clean };
        *count += TIMES;
        figures.found += found;
        figures.wrong += wrong;
        if told && ((label == "+" && found < TIMES) || wrong > 0) {
            let what = if label == "+" { "missed" } else { "wrong" };
            println!("  {what} {}: {}", TIMES - found, input.chars().take(200).collect::<String>());
        }
    }
    figures
}

/// Returns the place of a character, by its line and column from 1.
fn place(text: &str, line: u32, column: u32) -> usize {
    let line = usize::try_from(line).unwrap() - 1;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(column).unwrap() - 1;
    start + text[start..].chars().take(column).map(char::len_utf8).sum::<usize>()
}

/// Fills in the placeholders, those within `{64:...}` first.
fn fill(form: &str, random: &mut Random) -> String {
    let Some((before, rest)) = form.split_once("{64:") else { return random.fill(form) };
    let mut depth = 1;
    let end = rest.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    let (inner, after) = rest.split_at(end.unwrap());
    let encoded = STANDARD.encode(random.fill(inner));
    format!("{}{encoded}{}", random.fill(before), fill(&after[1..], random))
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, chars.as_str().chars().next()) {
            ('\\', Some(next)) if "nt\\".contains(next) => {
                chars.next();
                out.push(match next {
                    'n' => '\n',
                    't' => '\t',
                    _ => '\\',
                });
            }
            _ => out.push(c),
        }
    }
    out
}
