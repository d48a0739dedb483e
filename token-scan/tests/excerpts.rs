//! The line of a finding shows no part of a secret, whatever its format makes of the line.

#![allow(
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    reason = "tests"
)]

mod support;

use std::sync::LazyLock;

use proptest::prelude::*;
use support::{scan, token};
use token_scan::{Report, Scanner};

static SCANNER: LazyLock<Scanner> = LazyLock::new(scan);

const HEAD: &str = "boUAuGgPcCGSVbg6YVKb";
const TAIL: &str = "5LHdAhLAyoi0PeDOcvad";

fn shown(report: &Report) -> String {
    let mut text = String::new();
    token_policy::report::text(report.findings(), &mut text).unwrap();
    text
}

/// Whether eight bytes of one of the parts of a secret are shown.
fn shows(text: &str, parts: &[&str]) -> bool {
    let windows = parts.iter().flat_map(|part| part.as_bytes().windows(8));
    windows.into_iter().any(|window| text.contains(std::str::from_utf8(window).unwrap()))
}

/// The ways to write a secret of two halves. `A` and `B` stand for the halves.
const FORMS: &[(&str, &str)] = &[
    ("a.yml", "api_token: 'A=B'\n"),
    ("a.yml", "api_token: A=B\n"),
    ("a.yml", "api_token: \"A=B\"\n"),
    ("a.yml", "api_token: A B\n"),
    ("a.yml", "api_token: 'A''B'\n"),
    ("a.yml", "api_token: \"A\\\"B\"\n"),
    ("a.yml", "api_token: A<B\n"),
    ("a.yml", "api_token: \"A<B\"\n"),
    ("a.yml", "api_token: |\n  A=B\n"),
    ("a.yml", "api_token: >-\n  A\n  B\napi_key: A\n"),
    ("a.yml", "api_token: |\n  A\n  api_key: B\n"),
    ("a.yml", "api_token: \"A\\\n  api_key: 'B'\"\n"),
    ("a.yml", "x: {user: bob, api_token: A=B}\n"),
    ("a.yml", "- api_token: A=B # the old one\n"),
    ("a.json", "{\"token\":\"A\\u0059B\"}\n"),
    ("a.json", "{\"token\":\"A\\u003dB\"}\n"),
    ("a.json", "{\"token\":\"A\\\"B\"}\n"),
    ("a.json", "{\"token\":\"A\\\\B\"}\n"),
    ("a.json", "{\"token\":\"A\\/B\"}\n"),
    ("a.json", "{\"user\":\"bob\",\"token\": \"A\\u0026B\",\"x\":1}\n"),
    ("a.json", "{\"body\":\"{\\\"token\\\":\\\"A\\\\u0059B\\\"}\"}\n"),
    ("a.xml", "<password>A&lt;B</password>\n"),
    ("a.xml", "<password>A&#x3d;B</password>\n"),
    ("a.xml", "<add key=\"password\" value=\"A&quot;B\" />\n"),
    ("a.xml", "<password><![CDATA[A<B]]></password>\n"),
    ("a.env", "API_TOKEN=A=B\n"),
    ("a.env", "API_TOKEN=\"A=B\"\n"),
    ("a.env", "export API_TOKEN=A$B\n"),
    ("a.env", "API_TOKEN=A\\\nB\n"),
    ("a.properties", "api.token = A\\\n    api.key=B\n"),
    ("a.properties", "api.token A=B\n"),
    ("a.ini", "api_token = A;B\n"),
    ("a.sh", "curl -H 'X-Api-Token: A=B' https://example.org\n"),
    ("a.sh", "curl --token=A=B https://example.org\n"),
    ("a.sh", "curl 'https://example.org/?api_token=A%3DB&x=1'\n"),
    ("a.sh", "curl 'https://example.org/?api_token=A%2BB'\n"),
    ("a.txt", "postgres://bob:A%40B@db.example.org/x\n"),
    ("a.txt", "postgres://bob:A=B@db.example.org/x\n"),
    ("a.py", "api_token = \"A\" \"B\"\n"),
    ("a.py", "api_token = (\n    \"A\"\n    \"B\" + get(api_key=\"B\")\n)\n"),
    ("a.py", "api_token = \"A\\\nB\"; api_key = 'A'\n"),
    ("a.py", "api_token = \"\"\"A\nB\"\"\"; api_key = 'A'\n"),
    ("a.js", "const apiToken = \"A\" + \"B\";\n"),
    ("a.js", "const apiToken = `A${x}B`;\n"),
    ("a.js", "const apiToken = \"A\\x59B\";\n"),
    ("a.js", "apiToken: 'A' +\n  'B', apiKey: 'A'\n"),
    ("a.rs", "let api_token = \"A\\u{3d}B\";\n"),
    ("a.sql", "SET api_token = 'A''B';\n"),
    ("a.cs", "Password=A\\\";B;Server=x\n"),
    ("a.toml", "api_token = '''A'B'''\n"),
    ("a.tf", "variable \"api_token\" { default = \"A=B\" }\n"),
    ("a.md", "**Password:** `A=B`\n"),
    ("a.csv", "1,api_token,A=B,x\n"),
    // What is before the name is a part of the value too.
    ("a.py", "x = \"A api_token=B\"\n"),
    ("a.yml", "x: A api_token=B\n"),
    ("a.yml", "x: 'it''s A api_token=B'\n"),
    // Values of several lines, and further findings in the last of them.
    ("a.py", "api_token = \"A\nx y\nB\"; api_key = 'A'\n"),
    ("a.yml", "api_token: |\n  A\n  B api_key: A\n"),
    ("a.yml", "api_token: |\n    A\n\n    x\n    B api_key: A\n"),
    ("a.yml", "api_token: A\n  api_key: \"A\n  x\nB\"; api_key: 'A'\n"),
    ("a.py", "a(api_token='A', api_key=\"A\nx\nB\"); api_key = 'A'\n"),
    ("a.py", "a(api_token='A', api_key='A', api_key=\"A\nx\nB\"); api_key = 'A'\n"),
    ("a.py", "api_token = 'A' + \\\n    'B' + f(api_key='A')\n"),
    ("a.sh", "API_TOKEN=A\\\nB\\\nA api_key=B\n"),
];

/// Fills a form with two halves.
fn written(form: &str, head: &str, tail: &str) -> String {
    form.chars()
        .map(|c| match c {
            'A' => head.to_owned(),
            'B' => tail.to_owned(),
            c => c.to_string(),
        })
        .collect()
}

/// The capital letters that a form has itself.
fn filled(form: &str, head: &str, tail: &str) -> String {
    let kept = [("API", "\u{1}"), ("Api", "\u{2}"), ("CDATA", "\u{3}")];
    let form = kept.iter().fold(form.to_owned(), |form, (word, mark)| form.replace(word, mark));
    let text = written(&form, head, tail);
    kept.iter().fold(text, |text, (word, mark)| text.replace(mark, word))
}

#[test]
fn no_part_of_a_secret_is_shown() {
    let (mut found, mut wrong) = (0, Vec::new());
    // The value stands in the first line, or further down.
    for ((path, form), before) in FORMS.iter().flat_map(|form| [(form, ""), (form, "x y\n\nz\n")]) {
        let text = filled(&format!("{before}{form}"), HEAD, TAIL);
        let report = SCANNER.bytes(path, text.as_bytes());
        found += usize::from(before.is_empty() && !report.findings().is_empty());
        let output = shown(&report);
        if shows(&output, &[HEAD, TAIL]) {
            wrong.push(format!("{text}\n{output}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found > FORMS.len() * 2 / 3, "only {found} of {} were found", FORMS.len());
}

/// What stands before the value is still shown, so that the reader sees what the finding is about.
#[test]
fn the_name_is_shown() {
    for (text, name) in [
        (format!("api_token: '{HEAD}={TAIL}'\n"), "1 | api_token: '***"),
        (format!("{{\"token\":\"{HEAD}\\u0059{TAIL}\"}}\n"), "1 | {\"token\":\"***"),
        (format!("    let api_key = \"{HEAD}\";\n"), "1 |     let api_key = \"***"),
        (format!("API_KEY={HEAD}{TAIL}\n"), "1 | API_KEY=***"),
        (format!("first\n\n  API_KEY={HEAD}{TAIL}\n"), "3 |   API_KEY=***"),
    ] {
        let output = shown(&SCANNER.bytes("a.txt", text.as_bytes()));
        assert!(output.contains(name), "{output}");
    }
}

/// The end of a certain token is known, so what stands after it is shown.
#[test]
fn around_a_certain_token_the_line_is_shown() {
    for name in ["key", "pwd", "a_token"] {
        let text = format!("{name} = \"{}\" # hi\n", token(3));
        let output = shown(&SCANNER.bytes("a.txt", text.as_bytes()));
        let line = format!("1 | {name} = \"{}\" # hi", "*".repeat(52));
        assert!(output.contains(&line), "{output}");
    }
}

/// The word in which a token of a user's rule stands may belong to it.
#[test]
fn the_word_around_a_guess_is_masked() {
    let rule = "[[rule]]\nid = \"q\"\ndescription = \"Q\"\nkeywords = [\"qq-\"]\npattern = 'qq-[0-9A-Za-z]{20}'\n";
    let scanner = token_scan::Scan::bare().rules(rule).unwrap().build().unwrap();
    for text in [format!("go {HEAD}.qq-{TAIL} y\n"), format!("go({HEAD}-qq-{TAIL})\n")] {
        let report = scanner.bytes("a", text.as_bytes());
        assert_eq!(report.findings().len(), 1);
        assert!(!shows(&shown(&report), &[HEAD, TAIL]), "{}", shown(&report));
    }
}

/// An apostrophe begins no value: what stands before the name is shown, and nothing of the value.
#[test]
fn an_apostrophe_is_no_quote() {
    for head in ["it's mine", "it's Bob's", "it's ours, isn't it"] {
        let text = format!("{head}: api_key = \"{HEAD}\" here\n");
        let output = shown(&SCANNER.bytes("a.txt", text.as_bytes()));
        assert!(!shows(&output, &[HEAD]) && !output.contains("here"), "{output}");
        assert!(output.contains(&format!("1 | {head}: api_key = \"*")), "{output}");
    }
}

/// A line with many guesses costs as much as its length, and not its square.
#[test]
fn many_guesses_in_a_line_cost_little() {
    let text = |number: usize| format!("api_key = '{HEAD}', ").repeat(number);
    let cost = |number: usize| {
        let text = text(number);
        let begin = std::time::Instant::now();
        assert_eq!(SCANNER.bytes("a.py", text.as_bytes()).findings().len(), number);
        begin.elapsed().as_secs_f64()
    };
    let (few, many) = (cost(250).min(cost(250)), cost(2000).min(cost(2000)));
    assert!(many < few * 24.0, "{few} s and {many} s");
}

/// A character that is not ASCII becomes one sign too, and the mark stays below its place.
#[test]
fn letters_that_are_not_ascii_are_masked() {
    let text = format!("kühl: 'x', api_token: '{HEAD}' # Größenordnung\n");
    let output = shown(&SCANNER.bytes("a.yml", text.as_bytes()));
    assert!(!shows(&output, &[HEAD, TAIL]) && !output.contains("rdnung"), "{output}");
    let shown = output.lines().find(|line| line.starts_with("1 | ")).unwrap();
    assert_eq!(shown.chars().count() - 4, text.trim_end().chars().count().min(72), "{output}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any sign between the halves, any name before, any quotes around.
    #[test]
    fn no_sign_in_a_secret_shows_a_part(
        seed in 1_u64..10_000,
        form in 0..FORMS.len(),
        before in "[a-z_]{0,8}",
        sign in "[!-/:-@\\[-`{-~]{1,3}|\\\\u00[0-9a-f]{2}|&[a-z]{2,4};|%[0-9A-F]{2}",
    ) {
        let secret = token(seed);
        let (head, tail) = (&secret[16..34], &secret[34..]);
        let (path, form) = FORMS[form];
        // Where a name stands within the secret, a quote behind it ends that text, and begins another value.
        prop_assume!(!(form.contains("A api_token=B") && sign.contains(['"', '\'', '`'])));
        let text = format!("{before} = 1\n{}", filled(form, head, &format!("{sign}{tail}")));
        let output = shown(&SCANNER.bytes(path, text.as_bytes()));
        prop_assert!(!shows(&output, &[head, tail]), "{text}\n{output}");
    }
}
