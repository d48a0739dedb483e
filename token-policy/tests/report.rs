//! Findings as text, JSON and SARIF.
#![cfg(feature = "json")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use proptest::prelude::*;
use serde_json::{Value, json};
use token_policy::Level;
use token_policy::report::{self, Accepted, Finding, Notice, Place, Rule, Tool};

fn finding() -> Finding {
    Finding::new("no-owner", Level::Warn, "token kind `ci` has no owner")
        .at(Place::new("policies/tokens.toml", 12, 9).length(2))
        .excerpt_of(&("\n".repeat(11) + "[tokens.ci]\r\n"))
        .fix("say who answers for its tokens, such as `owner = \"platform-team\"`")
        .fact("kind", "ci")
        .fact("a", "first by name")
        .fingerprint("0123")
}

#[test]
fn text_is_as_cargo_writes_it() {
    assert_eq!(
        text(&[finding(), Finding::new("x", Level::Deny, "nowhere")]),
        "\
warning[no-owner]: token kind `ci` has no owner
  --> policies/tokens.toml:12:9
   |
12 | [tokens.ci]
   |         ^^
   = kind: ci
   = a: first by name
   = help: say who answers for its tokens, such as `owner = \"platform-team\"`

error[x]: nowhere

"
    );
}

#[test]
fn long_text_is_broken_between_words() {
    let words = "twelve chars".repeat(12);
    let shown =
        text(&[Finding::new("code", Level::Allow, &*words).at(Place::new("f", 1, 1)).fix(&*words)]);
    assert!(shown.lines().all(|line| line.len() <= 80), "{shown}");
    assert_eq!(shown.lines().nth(1).unwrap().find(|c| c != ' '), Some(4), "{shown}");
    let last = shown.lines().rfind(|line| !line.is_empty()).unwrap();
    assert_eq!(last.find(|c| c != ' '), Some(10), "{shown}");
}

#[test]
fn of_a_long_line_the_part_around_the_place_is_shown() {
    let line = format!("{}token{}", "a".repeat(5_000_000), "b".repeat(100));
    let at = |column| Finding::new("c", Level::Deny, "m").at(Place::new("f", 1, column).length(5));
    let shown = text(&[at(5_000_001).excerpt(&*line)]);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[3].starts_with("1 | ...aaa") && lines[3].ends_with("bbb..."), "{shown}");
    assert_eq!(lines[3].find("token"), lines[4].find("^^^^^"), "{shown}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{shown}");
    let beyond = text(&[at(6_000_000).excerpt(&*line)]);
    assert!(beyond.lines().all(|line| line.chars().count() <= 80), "{beyond}");
}

#[test]
fn hidden_characters_are_made_visible() {
    let shown = text(&[Finding::new("c", Level::Warn, "a\u{202e}b\u{200b}\u{1b}[0m")
        .at(Place::new("f\n", 1, 1))
        .excerpt("\tx\u{202e}y")
        .fact("kind", "c\ni")
        .fix("d\ne")]);
    assert_eq!(
        shown,
        "\
warning[c]: a\\u{202e}b\\u{200b}\\u{1b}[0m
 --> f\\u{a}:1:1
  |
1 |  x\u{fffd}y
  | ^
  = kind: c\\u{a}i
  = help: d\\u{a}e

"
    );
}

#[test]
fn json_is_one_object_per_line_with_all_its_keys() {
    let mut out = String::new();
    report::json(&[finding(), Finding::new("x", Level::Deny, "nowhere\n")], &mut out).unwrap();
    assert_eq!(
        out,
        concat!(
            r#"{"code":"no-owner","column":9,"facts":{"a":"first by name","kind":"ci"},"file":"policies/tokens.toml","#,
            r#""fingerprint":"0123","fix":"say who answers for its tokens, such as `owner = \"platform-team\"`","length":2,"#,
            r#""level":"warn","line":12,"message":"token kind `ci` has no owner","uri":"policies/tokens.toml"}"#,
            "\n",
            r#"{"code":"x","column":null,"facts":{},"file":null,"fingerprint":null,"fix":null,"length":null,"#,
            r#""level":"deny","line":null,"message":"nowhere\n","uri":null}"#,
            "\n",
        )
    );
}

const TOOL: Tool<'_> = Tool {
    name: "tokenctl",
    version: "0.1.0",
    uri: "https://example.org/token",
    category: "tokenctl/check",
    about: "tokens.toml",
    rules: &[
        Rule { code: "other", level: Level::Deny, summary: "Another", help: "Nothing" },
        Rule { code: "no-owner", level: Level::Warn, summary: "No owner", help: "Name one." },
    ],
};

#[test]
fn sarif_is_a_log_with_one_run() {
    let elsewhere = Finding::new("x", Level::Allow, "m").at(Place::new("a b/ü#1\\c", 3, 4));
    let mut out = String::new();
    report::sarif(
        &TOOL,
        &[finding(), elsewhere, Finding::new("y", Level::Deny, "m")],
        &[],
        &mut out,
    )
    .unwrap();
    let log: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["automationDetails"], json!({ "id": "tokenctl/check/" }));
    assert_eq!(
        run["tool"]["driver"]["rules"][1],
        json!({
            "id": "no-owner",
            "shortDescription": { "text": "No owner" },
            "help": { "text": "Name one." },
            "defaultConfiguration": { "level": "warning" },
        })
    );
    assert_eq!(
        run["results"],
        json!([
            {
                "ruleId": "no-owner",
                "ruleIndex": 1,
                "level": "warning",
                "message": { "text": "token kind `ci` has no owner. Help: say who answers for its tokens, such as `owner = \"platform-team\"`." },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": "policies/tokens.toml" },
                    "region": { "startLine": 12, "startColumn": 9, "endColumn": 11 },
                } }],
                "partialFingerprints": { "token/v1": "0123" },
                "properties": { "kind": "ci", "a": "first by name" },
                "suppressions": [],
            },
            {
                "ruleId": "x",
                "level": "note",
                "message": { "text": "m." },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": "a%20b/%C3%BC%231%5Cc" },
                    "region": { "startLine": 3, "startColumn": 4 },
                } }],
                "properties": {},
                "suppressions": [],
            },
            {
                "ruleId": "y",
                "level": "error",
                "message": { "text": "m." },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": "tokens.toml" },
                    "region": { "startLine": 1 },
                } }],
                "properties": {},
                "suppressions": [],
            },
        ])
    );
}

fn uri_of(path: &str) -> String {
    let finding = Finding::new("x", Level::Deny, "m").at(Place::new(path, 1, 1));
    let mut out = String::new();
    report::sarif(&TOOL, &[finding], &[], &mut out).unwrap();
    let log: Value = serde_json::from_str(&out).unwrap();
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    location["artifactLocation"]["uri"].as_str().unwrap().to_owned()
}

#[test]
fn sarif_names_every_path_by_a_uri() {
    for (path, uri) in [
        ("/abs/a b.rs", "file:///abs/a%20b.rs"),
        ("c:relative.rs", "c%3Arelative.rs"),
        ("a%20b?c#d", "a%2520b%3Fc%23d"),
    ] {
        assert_eq!(uri_of(path), uri, "{path}");
    }
}

#[test]
#[cfg(windows)]
fn sarif_names_paths_of_windows() {
    for (path, uri) in [
        ("C:\\dir\\a.rs", "file:///C:/dir/a.rs"),
        ("d:/a:b.rs", "file:///d:/a%3Ab.rs"),
        ("\\\\server\\share\\a.rs", "file://server/share/a.rs"),
        ("dir\\a.rs", "dir/a.rs"),
    ] {
        assert_eq!(uri_of(path), uri, "{path}");
    }
}

/// Elsewhere a file or folder may be called so.
#[test]
#[cfg(not(windows))]
fn sarif_keeps_every_byte_of_a_name() {
    for (path, uri) in [
        (&b"back\\slash.txt"[..], "back%5Cslash.txt"),
        (b"C:/a.rs", "C%3A/a.rs"),
        (b"\\\\server\\a.rs", "%5C%5Cserver%5Ca.rs"),
        (b"bad\xff.txt", "bad%FF.txt"),
        (b"\xe2\x82/\xc3\xa9\xc3", "%E2%82/%C3%A9%C3"),
        (b"\xc2\x9b31m \xe2\x80\xae\x1b", "%C2%9B31m%20%E2%80%AE%1B"),
    ] {
        assert_eq!(uri_of(&report::path_text(path)), uri);
    }
}

/// What is hidden is an escape in JSON, and the same text when it is read.
#[test]
fn no_hidden_character_is_in_json() {
    let hostile = "a\u{9b}31m\u{202e}\u{200b}\u{7f}\u{e0041}\x1b[2J";
    let finding = Finding::new("x", Level::Deny, hostile)
        .at(Place::new(hostile, 1, 1))
        .fact("kind", hostile)
        .accepted(Accepted { in_source: true, reason: hostile.into() });
    let notice = Notice::new("n", Level::Warn, hostile).about(hostile);
    let (findings, notices) = ([finding], [notice]);
    let mut out = String::new();
    report::json(&findings, &mut out).unwrap();
    report::json_notices(&notices, &mut out).unwrap();
    for line in out.lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&object["message"], &object["file"]), (&hostile.into(), &hostile.into()));
    }
    report::sarif(&TOOL, &findings, &notices, &mut out).unwrap();
    assert!(out.contains("suppressions") && out.contains("inSource"));
    assert!(out.bytes().all(|byte| (b' '..0x7f).contains(&byte) || byte == b'\n'), "{out}");
    assert!(notices[0].to_string().bytes().all(|byte| (b' '..0x7f).contains(&byte)));
}

#[test]
fn every_text_of_a_finding_can_be_replaced() {
    let finding = Finding::new("code-x", Level::Deny, "message-x")
        .at(Place::new("file-x", 1, 1))
        .excerpt("excerpt-x")
        .fix("fix-x")
        .fact("kind", "fact-x")
        .accepted(Accepted { in_source: false, reason: "reason-x".into() });
    let masked = finding.map(|text| text.replace('x', "*"));
    assert!(!format!("{masked:?}").contains("-x"), "{masked:?}");
    let notice = Notice::new("code-x", Level::Deny, "message-x").about("file-x");
    let masked = notice.map(|text| text.replace('x', "*"));
    assert!(!format!("{masked:?}").contains("-x"), "{masked:?}");
}

#[test]
fn no_findings_are_nothing_and_an_empty_run() {
    assert_eq!(text(&[]), "");
    let mut out = String::new();
    report::sarif(&TOOL, &[], &[], &mut out).unwrap();
    let log: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(log["runs"][0]["results"], json!([]));
}

#[test]
fn notices_are_no_findings() {
    let notices = [
        Notice::new("file-too-large", Level::Warn, "not searched").about("a b/c"),
        Notice::new("archive-unopened", Level::Allow, "1 archive was not opened"),
    ];
    let mut out = String::new();
    report::json_notices(&notices, &mut out).unwrap();
    assert_eq!(
        out,
        concat!(
            r#"{"file":"a b/c","level":"warn","message":"not searched","notice":"file-too-large","uri":"a%20b/c"}"#,
            "\n",
            r#"{"file":null,"level":"allow","message":"1 archive was not opened","notice":"archive-unopened","uri":null}"#,
            "\n",
        )
    );
    let sarif = |notices: &[Notice]| {
        let mut out = String::new();
        report::sarif(&TOOL, &[], notices, &mut out).unwrap();
        serde_json::from_str::<Value>(&out).unwrap()["runs"][0].take()
    };
    assert_eq!(
        sarif(&notices)["invocations"],
        json!([{
            "executionSuccessful": true,
            "toolExecutionNotifications": [
                {
                    "descriptor": { "id": "file-too-large" },
                    "level": "warning",
                    "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "a%20b/c" } } }],
                    "message": { "text": "not searched." },
                },
                {
                    "descriptor": { "id": "archive-unopened" },
                    "level": "note",
                    "message": { "text": "1 archive was not opened." },
                },
            ],
        }])
    );
    let failed = sarif(&[Notice::new("file-unreadable", Level::Deny, "m").about("x")]);
    assert_eq!(failed["invocations"][0]["executionSuccessful"], false);
    assert_eq!(sarif(&[])["invocations"], Value::Null);
}

proptest! {
    #[test]
    fn the_bytes_of_a_path_are_kept(bytes: Vec<u8>, text: String, mark in 0x10_fe70_u32..0x10_ff10) {
        let text = text + &char::from_u32(mark).unwrap().to_string();
        for path in [bytes.as_slice(), text.as_bytes(), &[text.as_bytes(), &bytes].concat()] {
            let kept = report::path_text(path);
            prop_assert_eq!(report::path_bytes(&kept), path);
        }
    }

    #[test]
    fn any_finding_is_shown(
        message: String,
        file: String,
        line: u32,
        column: u32,
        length: u32,
        excerpt: String,
        fix: String,
    ) {
        let finding = Finding::new("code", Level::Deny, &*message)
            .at(Place::new(&*file, line, column).length(length))
            .excerpt(&*excerpt)
            .fix(&*fix)
            .fact("kind", &*fix);
        let shown = text(std::slice::from_ref(&finding));
        let is_hidden = |c: char| c == '\u{202e}' || c != '\n' && c.is_control();
        prop_assert!(!shown.contains(is_hidden), "{:?}", shown);
        let mut out = String::new();
        report::json(std::slice::from_ref(&finding), &mut out).unwrap();
        prop_assert_eq!(out.lines().count(), 1);
        let object: Value = serde_json::from_str(&out).unwrap();
        prop_assert_eq!(&object["message"], &json!(message));
        let mut out = String::new();
        report::sarif(&TOOL, &[finding], &[], &mut out).unwrap();
        serde_json::from_str::<Value>(&out).unwrap();
    }
}

fn text(findings: &[Finding]) -> String {
    let mut out = String::new();
    report::text(findings, &mut out).unwrap();
    out
}

/// SARIF counts from 1 (section 3.30.5), and so do editors.
#[test]
fn there_is_no_line_and_no_column_zero() {
    let place = Place::new("tokens.toml", 0, 0);
    assert_eq!((place.line(), place.column()), (1, 1));
}
