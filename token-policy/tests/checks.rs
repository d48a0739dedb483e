//! Each check has its place, its words and its level; levels and exceptions do what they say.
#![cfg(feature = "checks")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use token_policy::checks::{self, Beside, Usage, Way};
use token_policy::report::{Finding, Place};
use token_policy::{Level, Policy};

/// Nothing to find here; the tests put something in.
const CLEAN: &str = r#"version = 1
[scopes]
"repo:read" = "Read repositories"
"repo:write" = { description = "Push", implies = ["repo:read"] }
[tokens.ci]
description = "CI"
owner = "platform"
scopes = ["repo:read", "repo:write"]
max_lifetime = "1h"
audience = "https://api.example"
rotate = { before_expiry = "10m", overlap = "2m" }
[checks]
max_lifetime = "24h"
no-description = "warn"
no-rotation = "warn"
"#;

/// What is put in the place of something, and what is found then: `line:column+length level code: message; fix`.
const FOUND: &[(&str, &str, &str)] = &[
    (
        "[\"repo:read\", \"repo:write\"]",
        "[\"repo:read\", \"repo:*\"]",
        "8:24+8 warn wildcard-scope: token kind `ci` lists `repo:*`, which also grants scopes that are declared later; \
      list what is needed; now it stands for `repo:read`, `repo:write`",
    ),
    (
        "implies = [\"repo:read\"]",
        "implies = [\"repo:*\"]",
        "4:51+8 warn wildcard-scope: scope `repo:write` implies `repo:*`, which also grants scopes that are declared later; \
      list what is needed; now it stands for `repo:read`",
    ),
    (
        "\"1h\"",
        "\"90d\"",
        "9:16+5 deny lifetime-above-ceiling: token kind `ci` lives up to 90d, above the ceiling of 1d; \
      write at most \"1d\", or except it with a reason",
    ),
    (
        "owner = \"platform\"\n",
        "",
        "5:9+2 warn no-owner: token kind `ci` has no owner; \
      say who answers for its tokens, such as `owner = \"platform-team\"`",
    ),
    (
        "rotate = { before_expiry = \"10m\", overlap = \"2m\" }\n",
        "",
        "5:9+2 warn no-rotation: token kind `ci` has no rotation; \
      say when its tokens are replaced: `rotate = { before_expiry = \"...\", overlap = \"...\" }`; the check's level is in \
      the table `[checks]`",
    ),
    (
        "description = \"CI\"\n",
        "",
        "5:9+2 warn no-description: token kind `ci` has no description; say what its tokens are for",
    ),
    (
        "\"Read repositories\"",
        "{}",
        "3:1+11 warn no-description: scope `repo:read` has no description; say what it permits",
    ),
    (
        "[\"repo:read\", \"repo:write\"]",
        "[\"repo:read\"]",
        "4:1+12 warn unmatched-scope: no token kind carries scope `repo:write`; grant it to a kind, or remove it",
    ),
    (
        "no-description = ",
        "no-ower = \"deny\"\nno-description = ",
        "14:1+7 warn unmatched-check: there is no check `no-ower`; did you mean `no-owner`?",
    ),
    (
        "no-description = ",
        "frobnicate = \"deny\"\nno-description = ",
        "14:1+10 warn unmatched-check: there is no check `frobnicate`; there are `bidirectional-name`, `confusable-name`, \
      `derived-kind`, `further-policy`, `lifetime-above-ceiling`, `no-description`, `no-owner`, `no-rotation`, \
      `shadowing-module`, `unmatched-check`, `unmatched-exception`, `unmatched-scope`, `unused-scope`, `wildcard-scope`, \
      `written-grant`",
    ),
    (
        "no-description = ",
        "exceptions = [{ code = \"no-owner\", kind = \"ci\", reason = \"x\" }]\nno-description = ",
        "14:24+10 warn unmatched-exception: the exception from `no-owner` matches nothing; remove it",
    ),
    (
        "no-description = ",
        "exceptions = [{ code = \"no-ower\", kind = \"ci\", reason = \"x\" }]\nno-description = ",
        "14:24+9 warn unmatched-check: there is no check `no-ower`; did you mean `no-owner`?",
    ),
    (
        "\"platform\"",
        "\"рlatform\"",
        "7:9+10 deny confusable-name: the owner of token kind `ci` mixes Cyrillic and Latin letters in `рlatform`; \
      write each word in one script",
    ),
    (
        "\"platform\"",
        "\"ρо\u{1D429}е\"",
        "7:9+6 deny confusable-name: the owner of token kind `ci` mixes Greek and Cyrillic letters in `ρо\u{1D429}е`; \
      write each word in one script",
    ),
    (
        "api.example",
        "\u{430}\u{440}\u{456}.example",
        "10:12+21 deny confusable-name: the audience of token kind `ci` has `арі` (\\u{430}\\u{440}\\u{456}), \
      which looks like `api`; write it in the letters that it is read as, or rename it",
    ),
    (
        "api.example",
        "\u{FF41}\u{1D429}i.example",
        "10:12+21 deny confusable-name: the audience of token kind `ci` has `\u{FF41}\u{1D429}i` (\\u{ff41}\\u{1d429}i), \
      which looks like `api`; write it in the letters that it is read as, or rename it",
    ),
    (
        "\"platform\"",
        "\"plat\u{200B}form\"",
        "7:9+11 deny confusable-name: the owner of token kind `ci` has the character `\\u{200b}`, which is not seen; \
      write it without, or with a plain space",
    ),
    (
        "\"platform\"",
        "\"platform\u{A0}team\"",
        "7:9+15 deny confusable-name: the owner of token kind `ci` has the character `\\u{a0}`, which is not seen; \
      write it without, or with a plain space",
    ),
    (
        "\"platform\"",
        "\"platform \u{5d0}\"",
        "7:9+12 deny bidirectional-name: the owner of token kind `ci` has letters that run from right to left; \
      write it in letters that run from left to right, so that it is read as it is shown",
    ),
    (
        "api.example",
        "\u{5d0}.example",
        "10:12+19 deny bidirectional-name: the audience of token kind `ci` has letters that run from right to left; \
      write it in letters that run from left to right, so that it is read as it is shown",
    ),
];

#[test]
fn a_clean_policy_has_no_findings() {
    assert_eq!(found(CLEAN), [""; 0]);
    assert_eq!(found("version = 1\n"), [""; 0]);
}

#[test]
fn each_check_has_its_place_and_words() {
    for (from, to, expected) in FOUND {
        assert_eq!(found(&edited(from, to)), [*expected], "{from} -> {to}");
    }
}

#[test]
fn every_code_is_explained_by_an_example() {
    let mut shown: Vec<&str> =
        FOUND.iter().filter_map(|(.., line)| line.split([' ', ':']).nth(3)).collect();
    shown.extend(["unused-scope"]); // which needs a log
    shown.extend(OF_SOURCES);
    for explanation in checks::explanations() {
        let code = explanation.code;
        assert!(shown.contains(&code), "{code} has no test");
        assert_eq!(checks::explain(code).unwrap().code, code);
        for text in [explanation.summary, explanation.reason, explanation.fix] {
            assert!(text.len() > 10 && !text.contains("  "), "{text}");
        }
        if OF_SOURCES.contains(&code) {
            // Its example is Rust, which token-scan reads.
            continue;
        }
        let findings = of_example(explanation.example);
        assert!(findings.iter().any(|found| found.contains(code)), "{code}: {findings:#?}");
    }
    assert!(checks::explanations().map(|explanation| explanation.code).is_sorted());
    assert!(checks::explain("no-ower").is_none());
}

const OF_SOURCES: [&str; 4] =
    ["derived-kind", "further-policy", "shadowing-module", "written-grant"];

/// What Rust sources declare is reported at its place, as the policy's levels and exceptions say.
#[test]
fn sources_are_judged_by_the_policy() {
    let place = |line| Place::new("src/a.rs", line, 3).length(9);
    let kind = |name: &str| Way::DerivedKind { kind: Some(name.to_owned()) };
    let beside = [
        Beside::new(Way::WrittenGrant { implemented: "Grants".to_owned() }, place(9)),
        Beside::new(kind("ci"), place(1)),
        Beside::new(Way::DerivedKind { kind: None }, place(2)),
        Beside::new(Way::FurtherPolicy { file: Some("w.txt".to_owned()) }, place(3)),
        Beside::new(Way::FurtherPolicy { file: None }, place(4)),
        Beside::new(Way::ShadowingModule { module: "scope".to_owned() }, place(5)),
    ];
    let told = |text: &str| {
        let findings = checks::check_sources(&parsed(text), &beside);
        let line = |finding: &Finding| {
            let line = finding.place().unwrap().line();
            format!("{line} {} {}: {}", finding.level(), finding.code(), finding.message())
        };
        findings.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(
        told(CLEAN),
        [
            "1 deny derived-kind: the token kind `ci` is derived here, and not declared in the policy",
            "2 deny derived-kind: a token kind is derived here, and not declared in the policy",
            "3 deny further-policy: `policy!` reads `w.txt`, which is not the policy that is checked",
            "4 deny further-policy: `policy!` reads a file whose path is not written here",
            "5 deny shadowing-module: `scope` is the name of a module that `policy!` makes, and is another one here",
            "9 deny written-grant: `Grants` is implemented by hand, beside the policy",
        ]
    );
    let levels = "further-policy = \"allow\"\nwritten-grant = \"warn\"\n";
    let except = "exceptions = [{ code = \"derived-kind\", kind = \"ci\", reason = \"r\" }]\n";
    let text = format!("{CLEAN}{levels}{except}");
    let told = told(&text);
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(
        told[0].starts_with("2 deny derived-kind") && told[2].starts_with("9 warn written-grant")
    );
    assert_eq!(found(&text), [""; 0], "without sources no exception is unmatched");
}

/// What an example gives, with all around it that it takes to be a policy.
fn of_example(example: &str) -> Vec<String> {
    let (tokens, rest) = match example.split_once("[tokens.ci]\n") {
        Some((before, after)) => {
            let (keys, rest) = after.split_once("\n\n").unwrap_or((after, ""));
            (keys, format!("{before}\n{rest}"))
        }
        None => ("", example.to_owned()),
    };
    let mut text = format!("version = 1\n[tokens.ci]\n{tokens}\n");
    for (key, value) in
        [("scopes ", "['repo:read']"), ("max_lifetime ", "'1h'"), ("owner ", "'me'")]
    {
        let is_left_out = key == "owner " && !rest.contains("owner");
        if !is_left_out && !tokens.contains(key) {
            text += &format!("{key}= {value}\n");
        }
    }
    text += &rest;
    if !rest.contains("[scopes]") {
        text += "\n[scopes]\n'repo:read' = ''\n'repo:write' = ''\n";
    } else if !rest.contains("\"repo:read\"") {
        text += "\n[scopes.'repo:read']\n";
    }
    if !rest.contains("checks") {
        text += "\n[checks]\nno-description = 'warn'\nno-rotation = 'warn'\n";
    }
    let mut usage = Usage::during("a day");
    usage.used("ci", "repo:read");
    lines(&parsed(&text), Some(&usage))
}

#[test]
fn names_that_look_alike_are_told_at_the_later_one() {
    let text = r#"version = 1
[scopes]
"repo:al1" = ""
"repo:all" = ""
"Repo:all" = ""
"other:all" = ""
[tokens.team-rn]
owner = "Team-A"
scopes = ["repo:all", "repo:al1", "Repo:all", "other:all"]
max_lifetime = "1h"
uses = "once"
audience = "https://a.example"
[tokens.team-m]
owner = "team_a"
scopes = ["other:all"]
max_lifetime = "1h"
uses = "once"
audience = "https://a.example"
"#;
    assert_eq!(
        found(text),
        [
            "4:1+10 deny confusable-name: scope `repo:all` looks like scope `repo:al1`; rename one of them",
            "5:1+10 deny confusable-name: scope `Repo:all` looks like scope `repo:al1`; rename one of them",
            "13:9+6 deny confusable-name: token kind `team-m` looks like token kind `team-rn`; rename one of them",
            "14:9+8 deny confusable-name: owner `team_a` looks like owner `Team-A`; rename one of them",
        ]
    );
}

/// Owners in the letters of their languages, and capitals that only become alike as small letters.
#[test]
fn names_that_look_like_themselves_are_not_told() {
    for owner in [
        "Команда платформы",
        "Ομάδα",
        "équipe",
        "プラットフォーム",
        "Tür & Tor",
        "ПО",
        "\u{1F469}\u{200D}\u{1F4BB} ops",
        "\u{2764}\u{FE0F}",
    ] {
        assert_eq!(found(&edited("\"platform\"", &format!("\"{owner}\""))), [""; 0], "{owner}");
    }
    let text = "version = 1\n[scopes]\n\"a:RN\" = \"\"\n\"a:M\" = \"\"\n\"a:BURN\" = \"\"\n\"a:bum\" = \"\"\n\
                [tokens.x]\nowner = \"o\"\nscopes = [\"a:RN\", \"a:M\", \"a:BURN\", \"a:bum\"]\nmax_lifetime = \"1h\"\nuses = \"once\"\n";
    assert_eq!(found(text), [""; 0]);
}

#[test]
fn two_owners_that_differ_in_what_is_not_seen() {
    for other in ["plat\u{200B}form", "plat\u{AD}form", "platform\u{E0061}", "рⅼаtfоrm", "pⅼatform"]
    {
        let text = CLEAN.replace(
            "[checks]",
            &format!(
                "[tokens.other]\ndescription = \"x\"\nowner = \"{other}\"\nscopes = [\"repo:read\"]\nmax_lifetime = \"1h\"\n\
                 uses = \"once\"\n[checks]"
            ),
        );
        let found = found(&text);
        assert!(found.iter().any(|line| line.contains("looks like owner `platform`")), "{found:?}");
    }
}

#[test]
fn a_token_that_is_used_once_needs_no_rotation() {
    let once =
        edited("rotate = { before_expiry = \"10m\", overlap = \"2m\" }\n", "uses = \"once\"\n");
    assert_eq!(found(&once), [""; 0]);
}

#[test]
fn a_token_that_is_only_issued_needs_no_rotation_here() {
    let without = "rotate = { before_expiry = \"10m\", overlap = \"2m\" }\n";
    let issued = edited(without, "format = \"acme_runner\"\n");
    assert_eq!(found(&issued), [""; 0]);
    let held = edited(without, "format = \"acme_runner\"\nsource = { env = \"TOKEN\" }\n");
    assert_eq!(found(&held).len(), 1, "whoever holds it replaces it");
}

#[test]
fn that_nothing_is_rotated_is_told_unless_the_policy_says_otherwise() {
    let text = edited("rotate = { before_expiry = \"10m\", overlap = \"2m\" }\n", "");
    let text = text.replace("no-rotation = \"warn\"\n", "");
    assert_eq!(found(&text).len(), 1);
}

#[test]
fn levels_are_those_of_the_policy() {
    let level = |level| {
        let text = edited("owner = \"platform\"\n", "") + &format!("no-owner = \"{level}\"\n");
        let findings = checks::check(&parsed(&text), "tokens.toml", None);
        findings.first().map(|finding| (finding.code().to_owned(), finding.level()))
    };
    assert_eq!(level("deny"), Some(("no-owner".to_owned(), Level::Deny)));
    assert_eq!(level("warn"), Some(("no-owner".to_owned(), Level::Warn)));
    assert_eq!(level("allow"), None);
}

#[test]
fn an_exception_takes_exactly_what_it_names() {
    let text = |exceptions: &str| {
        let level = if exceptions.starts_with("no-rotation") { "" } else { "no-rotation = 'warn'" };
        format!(
            "version = 1\nscopes.\"a:b\" = ''\n[tokens.x]\nowner = 'o'\nscopes = ['a:*']\nmax_lifetime = '1h'\n\
             [tokens.y]\nowner = 'o'\nscopes = ['a:*']\nmax_lifetime = '1h'\nuses = 'once'\n[checks]\n{level}\n{exceptions}\n"
        )
    };
    let codes = |exceptions: &str| -> Vec<String> {
        let place = |line: &String| line.split(':').take(2).collect::<Vec<_>>().join(":");
        found(&text(exceptions)).iter().map(place).collect()
    };
    let all =
        ["3:9+1 warn no-rotation", "5:11+5 warn wildcard-scope", "9:11+5 warn wildcard-scope"];
    assert_eq!(codes(""), all);
    assert_eq!(
        codes("exceptions = [{ code = 'wildcard-scope', kind = 'x', reason = 'all of it' }]"),
        [all[0], all[2]]
    );
    assert_eq!(
        codes(
            "exceptions = [{ code = 'no-rotation', kind = 'x', reason = 'r' }, { code = 'wildcard-scope', kind = 'y', reason = 'r' }]"
        ),
        [all[1]]
    );
    let nothing = "exceptions = [{ code = 'wildcard-scope', scope = 'a:b', reason = 'r' }]";
    assert_eq!(codes(nothing), [all[0], all[1], all[2], "14:24+16 warn unmatched-exception"]);
    // An exception holds at every level, also when the finding would not be told.
    assert_eq!(
        codes(
            "no-rotation = 'allow'\nexceptions = [{ code = 'no-rotation', kind = 'x', reason = 'r' }]"
        ),
        [all[1], all[2]]
    );
}

#[test]
fn unused_scopes_are_those_that_the_log_does_not_have() {
    let policy = parsed(CLEAN);
    let check = |used: &[&str]| {
        let mut usage = Usage::during("the last 90 days");
        usage.looked_at("ci");
        used.iter().for_each(|scope| usage.used("ci", *scope));
        lines(&policy, Some(&usage))
    };
    assert_eq!(check(&["repo:read", "repo:write"]), [""; 0]);
    // It comes with the other one, so taking it away would change nothing.
    assert_eq!(check(&["repo:write"]), [""; 0]);
    assert_eq!(
        check(&["repo:read"]),
        [
            "8:24+12 warn unused-scope: token kind `ci` carries scope `repo:write`, which was not used in the last 90 days; \
         list `repo:read` instead, which it implies",
        ]
    );
    assert_eq!(
        check(&[]),
        [
            "8:11+11 warn unused-scope: token kind `ci` carries scope `repo:read`, which was not used in the last 90 days; \
         remove it from the kind's `scopes`",
            "8:24+12 warn unused-scope: token kind `ci` carries scope `repo:write`, which was not used in the last 90 days; \
         remove it from the kind's `scopes`",
        ]
    );
    assert_eq!(lines(&policy, Some(&Usage::during("a day"))), [""; 0]);
}

/// Of a wildcard one scope alone cannot be removed.
#[test]
fn an_unused_scope_of_a_wildcard() {
    let policy = parsed(&edited("[\"repo:read\", \"repo:write\"]", "[\"repo:*\"]"));
    let mut usage = Usage::during("a day");
    usage.looked_at("ci");
    let found = lines(&policy, Some(&usage));
    assert!(found.iter().all(|line| !line.contains("remove it")), "{found:#?}");
    assert!(
        found.iter().any(|line| line.ends_with("; list what is used instead of `repo:*`")),
        "{found:#?}"
    );
}

#[test]
fn an_exception_from_unused_scopes_is_judged_only_with_a_log() {
    let text = CLEAN.to_owned()
        + "exceptions = [{ code = 'unused-scope', kind = 'ci', scope = 'repo:write', reason = 'yearly' }]\n";
    let policy = parsed(&text);
    assert_eq!(lines(&policy, None), [""; 0]);
    let mut usage = Usage::during("a day");
    usage.used("ci", "repo:read");
    assert_eq!(lines(&policy, Some(&usage)), [""; 0]);
    usage.used("ci", "repo:write");
    assert_eq!(
        lines(&policy, Some(&usage)),
        [
            "16:24+14 warn unmatched-exception: the exception from `unused-scope` matches nothing; remove it",
        ]
    );
}

#[test]
fn an_exception_by_kind_or_scope_alone_takes_what_is_of_both() {
    for names in ["kind = 'ci'", "scope = 'repo:write'", "kind = 'ci', scope = 'repo:write'"] {
        let exception =
            format!("exceptions = [{{ code = 'unused-scope', {names}, reason = 'r' }}]\n");
        let mut usage = Usage::during("a day");
        usage.used("ci", "repo:read");
        let policy = parsed(&(CLEAN.to_owned() + &exception));
        assert_eq!(lines(&policy, Some(&usage)), [""; 0], "{names}");
    }
}

#[test]
fn checks_do_not_count_in_the_digest() {
    let without = CLEAN.split("[checks]").next().unwrap();
    assert_eq!(parsed(CLEAN).digest(), parsed(without).digest());
}

#[test]
fn facts_name_kind_scope_and_owner() {
    let policy = parsed(&edited("\"1h\"", "\"90d\""));
    let findings = checks::check(&policy, "tokens.toml", None);
    assert_eq!(findings[0].facts().collect::<Vec<_>>(), [("kind", "ci"), ("owner", "platform")]);
    assert_eq!(findings[0].place().unwrap().file(), "tokens.toml");
}

/// A token that never expires is above every ceiling.
#[test]
fn no_expiry_is_above_the_ceiling() {
    let text = CLEAN.replace("max_lifetime = \"1h\"", "expiry = \"none\"");
    let text = text.replace("{ before_expiry = \"10m\", overlap = \"2m\" }", "{ after = \"90d\" }");
    assert_eq!(
        found(&text),
        [
            "9:10+6 deny lifetime-above-ceiling: token kind `ci` never expires, above the ceiling of 1d; \
          except it with a reason, if the issuer's tokens cannot expire"
        ]
    );
}

/// The log has the issuer's names.
#[test]
fn use_is_looked_up_by_the_name_that_the_issuer_gives() {
    let text = CLEAN
        .replace(
            "\"repo:read\" = \"Read repositories\"",
            "\"lab:read\" = { description = \"R\", name = \"repo:read\" }",
        )
        .replace("implies = [\"repo:read\"]", "implies = []")
        .replace("\"repo:read\", ", "\"lab:read\", ");
    let text = text.replace(", implies = []", "");
    let mut usage = Usage::during("1 day");
    usage.used("ci", "repo:read");
    let told = checks::check(&parsed(&text), "tokens.toml", Some(&usage));
    let told: Vec<_> = told.iter().map(Finding::message).collect();
    assert_eq!(told, ["token kind `ci` carries scope `repo:write`, which was not used in 1 day"]);
}

/// A `*` in a declared name is a part of the name, and makes no wildcard.
#[test]
fn a_declared_star_is_no_wildcard() {
    let text = CLEAN
        .replace("\"repo:read\" = ", "\"patient/*.read\" = ")
        .replace("[\"repo:read\"]", "[\"patient/*.read\"]")
        .replace("[\"repo:read\", ", "[\"patient/*.read\", ");
    assert_eq!(found(&text), [""; 0]);
}

#[test]
fn the_reference_has_no_surprises() {
    let codes: Vec<String> = found(include_str!("../reference.toml"))
        .iter()
        .map(|line| line.split(": ").next().unwrap().to_owned())
        .collect();
    assert!(codes.iter().all(|line| !line.contains(" deny ")), "{codes:#?}");
    assert!(codes.iter().all(|line| !line.contains("unmatched-")), "{codes:#?}");
}

fn edited(from: &str, to: &str) -> String {
    assert!(CLEAN.contains(from), "{from}");
    CLEAN.replacen(from, to, 1)
}

fn parsed(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

fn found(text: &str) -> Vec<String> {
    lines(&parsed(text), None)
}

fn lines(policy: &Policy, usage: Option<&Usage>) -> Vec<String> {
    let findings = checks::check(policy, "tokens.toml", usage);
    let line = |finding: &Finding| {
        let place = finding.place().unwrap();
        format!(
            "{}:{}+{} {} {}: {}; {}",
            place.line(),
            place.column(),
            place.characters().unwrap(),
            finding.level(),
            finding.code(),
            finding.message(),
            finding.help().unwrap()
        )
    };
    findings.iter().map(line).collect()
}

/// The second one would be left behind when the first is removed.
#[test]
fn an_exception_that_is_written_twice_is_told_once() {
    let exception = "{ code = \"no-owner\", kind = \"ci\", reason = \"made for each job\" }";
    let text = CLEAN.replace("owner = \"platform\"\n", "");
    let text = format!("{text}exceptions = [{exception}, {exception}]\n");
    let policy = Policy::parse(&text).unwrap();
    let found: Vec<_> = checks::check(&policy, "tokens.toml", None);
    let codes: Vec<_> = found.iter().map(Finding::code).collect();
    assert_eq!(codes, ["unmatched-exception"]);
    assert!(found[0].message().contains("a second time"), "{}", found[0].message());
}
