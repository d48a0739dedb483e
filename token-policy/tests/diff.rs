//! What each change of a policy means, in words. That the verdict is right, `diff_universe.rs` shows.
#![cfg(feature = "checks")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use token_policy::diff::{Aspect, Diff, Fact, Verdict, diff};
use token_policy::report;
use token_policy::{Level, Policy};

const OLD: &str = r#"version = 1
[scopes]
"repo:read"  = "Read"
"repo:write" = { implies = ["repo:read"] }
"deploy:run" = {}
[tokens.ci]
scopes       = ["repo:write"]
max_lifetime = "1h"
audience     = "https://api.example"
owner        = "platform"
source       = { file = "/run/t" }
rotate       = { before_expiry = "10m", overlap = "2m" }
[tokens.hook]
scopes       = ["repo:read"]
max_lifetime = "1h"
uses         = "once"
format       = "acme_hook1"
"#;

/// One edit each, and the only line that it gives.
const EDITS: &[(&str, &str, &str)] = &[
    (
        "[tokens.hook]\nscopes       = [\"repo:read\"]\nmax_lifetime = \"1h\"\nuses         = \"once\"\nformat       = \"acme_hook1\"\n",
        "",
        "narrower: kind `hook`: is gone; a token with `repo:read` living 1h is now refused",
    ),
    (
        "[tokens.ci]\n",
        "[tokens.a]\nscopes = [\"deploy:run\"]\nmax_lifetime = \"5m\"\n[tokens.ci]\n",
        "wider: kind `a`: is new; a token with `deploy:run` living 5m is now admitted",
    ),
    (
        "[\"repo:write\"]\nmax",
        "[\"repo:write\", \"deploy:run\"]\nmax",
        "wider: kind `ci`: scope `deploy:run` is new; a token with `deploy:run` living 1h is now admitted",
    ),
    (
        "[\"repo:write\"]\nmax",
        "[\"repo:read\"]\nmax",
        "narrower: kind `ci`: scope `repo:write` is gone; a token with `repo:write` living 1h is now refused",
    ),
    (
        "\"1h\"\naudience",
        "\"90m\"\naudience",
        "wider: kind `ci`: `max_lifetime` is 1h30m, was 1h; a token with `repo:read` living 1h30m is now admitted",
    ),
    (
        "\"1h\"\naudience",
        "\"30m\"\naudience",
        "narrower: kind `ci`: `max_lifetime` is 30m, was 1h; a token with `repo:read` living 1h is now refused",
    ),
    (
        "owner ",
        "leeway = \"30s\"\nowner ",
        "wider: kind `ci`: `leeway` is 30s, was 0s; a token with `repo:read` living 1h while clocks are 30s apart is now admitted",
    ),
    (
        "api.example",
        "other.example",
        "incomparable: kind `ci`: `audience` is `https://other.example`, was `https://api.example`; a token with `repo:read` living 1h for `https://other.example` is now admitted, one for `https://api.example` refused",
    ),
    (
        "audience     = \"https://api.example\"\n",
        "",
        "wider: kind `ci`: `audience` is not set, was `https://api.example`; a token with `repo:read` living 1h for others than `https://api.example` is now admitted",
    ),
    (
        "uses         = \"once\"\n",
        "",
        "wider: kind `hook`: `uses` is `many`, was `once`; a token with `repo:read` living 1h used a second time is now admitted",
    ),
    (
        "owner        = \"platform\"\n",
        "",
        "equal: kind `ci`: `owner` is not set, was `platform`; it changes nothing that a token may do",
    ),
    (
        "file = \"/run/t\"",
        "file = \"/run/t\", readable_by = \"group\"",
        "wider: kind `ci`: `source` is the file `/run/t` readable by its group, was the file `/run/t` readable by its owner; a token with `repo:read` living 1h from the file `/run/t` readable by its group is now admitted",
    ),
    (
        "file = \"/run/t\"",
        "env = \"T\"",
        "incomparable: kind `ci`: `source` is the variable `T`, was the file `/run/t` readable by its owner; a token with `repo:read` living 1h from the variable `T` is now admitted, one from the file `/run/t` readable by its owner refused",
    ),
    (
        "source       = { file = \"/run/t\" }\n",
        "",
        "wider: kind `ci`: `source` is not set, was the file `/run/t` readable by its owner; a token with `repo:read` living 1h from elsewhere is now admitted",
    ),
    (
        "\"2m\"",
        "\"3m\"",
        "wider: kind `ci`: `rotate` is 10m before the end with 3m of overlap, was 10m before the end with 2m of overlap; a token with `repo:read` living 1h valid 3m beside its successor is now admitted",
    ),
    (
        "\"10m\"",
        "\"11m\"",
        "narrower: kind `ci`: `rotate` is 11m before the end with 2m of overlap, was 10m before the end with 2m of overlap; a token with `repo:read` living 1h replaced 10m before its end is now refused",
    ),
    (
        "rotate       = { before_expiry = \"10m\", overlap = \"2m\" }\n",
        "",
        "wider: kind `ci`: `rotate` is not set, was 10m before the end with 2m of overlap; a token with `repo:read` living 1h that is never replaced is now admitted",
    ),
    (
        "max_lifetime = \"1h\"\nuses         = \"once\"",
        "max_lifetime = \"3650d\"\nuses         = \"once\"",
        "wider: kind `hook`: `max_lifetime` is 3650d, was 1h; a token with `repo:read` living 3650d is now admitted",
    ),
    (
        "owner        = \"platform\"\n",
        "owner        = \"platform\"\nstore = \"/s\"\n",
        "wider: kind `ci`: `store` is `/s`, was not set; a token with `repo:read` living 1h whose refresh token is kept in `/s` is now admitted",
    ),
    (
        "acme_hook1",
        "acme_hook2",
        "incomparable: kind `hook`: `format` is `acme_hook2`, was `acme_hook1`; a token with `repo:read` living 1h beginning with `acme_hook2_` is now admitted, one beginning with `acme_hook1_` refused",
    ),
    (
        "format       = \"acme_hook1\"\n",
        "",
        "wider: kind `hook`: `format` is not set, was `acme_hook1`; a token with `repo:read` living 1h not beginning with `acme_hook1_` is now admitted",
    ),
    (
        "\"deploy:run\" = {}\n",
        "",
        "equal: scope `deploy:run`: is no longer declared; what it means for a kind is told there",
    ),
    (
        "\"deploy:run\" = {}\n",
        "\"deploy:run\" = { implies = [\"repo:read\"] }\n",
        "equal: scope `deploy:run`: now implies `repo:read`; what it means for a kind is told there",
    ),
];

#[test]
fn each_change_is_one_line_with_its_reason() {
    for (from, to, line) in EDITS {
        assert!(OLD.contains(from), "{from}");
        let found = diff(&parsed(OLD), &parsed(&OLD.replacen(from, to, 1)));
        assert_eq!(found.to_string(), format!("{line}\n"), "{from} -> {to}");
        assert_eq!(found.facts()[0].bearing(), found.verdict());
        assert!(line.starts_with(found.verdict().as_str()));
    }
}

/// Edits of a policy with environments, and the only line that each gives.
const SLOTS: &[(&str, &str, &str)] = &[
    (
        "release = true",
        "release = false",
        "wider: environment `production`: `release` is `false`, was `true`; a program whose source is unknown is now admitted",
    ),
    (
        "strict = false",
        "strict = true",
        "narrower: environment `production`: `strict` is `true`, was `false`; a token that is newer than the lock is now refused",
    ),
    (
        "\"asserted\"",
        "\"platform-attested\"",
        "narrower: environment `production`: `assurance` is `platform-attested`, was `asserted`; an image that is known less well is now refused",
    ),
    (
        "[environments.staging]\n",
        "",
        "narrower: environment `staging`: is gone; every token there is now refused",
    ),
    (
        "max_lifetime = \"2h\"\n",
        "max_lifetime = \"2h\"\nephemeral = true\nenvironments = [\"production\"]\n",
        "narrower: environment `staging`: kind `ci` has no slot, was locked token by token; its tokens are now refused there",
    ),
    (
        "max_lifetime = \"2h\"\n",
        "max_lifetime = \"2h\"\nephemeral = true\n",
        "wider: environment `staging`: kind `ci` is ephemeral, was locked token by token; a token of it that no lock has is now admitted there",
    ),
];

#[test]
fn each_change_of_an_environment_is_told_with_its_reason_in_both_directions() {
    const OLD: &str = "version = 1\nscopes.a = \"\"\n[tokens.ci]\nscopes = [\"a\"]\nmax_lifetime = \"2h\"\n\
        [environments.staging]\n[environments.production]\nrelease = true\nstrict = false\nassurance = \"asserted\"\n";
    let mirrored = |verdict| match verdict {
        Verdict::Wider => Verdict::Narrower,
        Verdict::Narrower => Verdict::Wider,
        other => other,
    };
    for (from, to, line) in SLOTS {
        assert!(OLD.contains(from), "{from}");
        let (old, new) = (parsed(OLD), parsed(&OLD.replacen(from, to, 1)));
        let found = diff(&old, &new).to_string();
        assert_eq!(found.lines().last().unwrap(), *line, "{found}");
        for (there, back) in diff(&old, &new).facts().iter().zip(diff(&new, &old).facts()) {
            assert_eq!(there.bearing(), mirrored(back.bearing()), "{there}");
        }
        assert_eq!(diff(&new, &new).facts(), []);
    }
    // What a longer lifetime means for the slots is told too: its tokens are no longer ephemeral.
    let shorter = OLD.replace("\"2h\"", "\"1h\"");
    let found = diff(&parsed(&shorter), &parsed(OLD));
    assert_eq!(found.verdict(), Verdict::Incomparable);
    assert_eq!(found.facts().len(), 3, "{found}");
}

#[test]
fn what_is_written_differently_is_equal_without_a_fact() {
    let new = OLD
        .replace("\"1h\"", "\"60m\"")
        .replace("[\"repo:write\"]\nmax", "[\"repo:*\"]\nmax")
        .replace("\"Read\"", "\"Read a repository\"")
        .replace("\"platform\"", "'platform' # us")
        + "[checks]\nno-owner = 'deny'\n";
    let found = diff(&parsed(OLD), &parsed(&new));
    assert_eq!((found.verdict(), found.facts().len()), (Verdict::Equal, 0));
}

#[test]
fn facts_are_sorted_and_a_renamed_kind_is_incomparable() {
    let new = OLD.replace("[tokens.hook]", "[tokens.a]").replace("\"deploy:run\"", "\"a:b\"");
    let found = diff(&parsed(OLD), &parsed(&new));
    assert_eq!(found.verdict(), Verdict::Incomparable);
    let lines: Vec<_> = found.facts().iter().map(about).collect();
    assert_eq!(
        lines,
        [
            ("a", Aspect::Kind),
            ("hook", Aspect::Kind),
            ("a:b", Aspect::Declared),
            ("deploy:run", Aspect::Declared),
        ]
    );
    assert_eq!(found.facts()[0].position().unwrap().to_string(), "13:9");
    assert_eq!(found.facts()[1].position(), None);
}

#[test]
fn the_other_way_round_is_the_other_verdict() {
    let mirrored = |verdict| match verdict {
        Verdict::Wider => Verdict::Narrower,
        Verdict::Narrower => Verdict::Wider,
        other => other,
    };
    for (from, to, _) in EDITS {
        let (old, new) = (parsed(OLD), parsed(&OLD.replacen(from, to, 1)));
        let (there, back) = (diff(&old, &new), diff(&new, &old));
        assert_eq!(there.verdict(), mirrored(back.verdict()), "{from} -> {to}");
        assert_eq!(there.facts().len(), back.facts().len());
    }
}

#[test]
fn facts_are_findings_too() {
    let new = parsed(
        &OLD.replace("\"1h\"\naudience", "\"8h\"\naudience").replace("\"platform\"", "\"o\""),
    );
    let findings = diff(&parsed(OLD), &new).findings("tokens.toml");
    let told: Vec<_> = findings.iter().map(|finding| (finding.code(), finding.level())).collect();
    assert_eq!(told, [("policy-wider", Level::Deny), ("policy-changed", Level::Allow)]);
    let mut text = String::new();
    report::text(&findings[..1], &mut text).unwrap();
    assert_eq!(
        text,
        "\
error[policy-wider]: kind `ci`: `max_lifetime` is 8h, was 1h; a token with
    `repo:read` living 8h is now admitted
 --> tokens.toml:6:9
  = kind: ci

"
    );
}

fn about(fact: &Fact) -> (&str, Aspect) {
    (fact.subject(), fact.aspect())
}

fn parsed(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

#[test]
fn a_diff_is_an_ordinary_value() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<Diff>();
}

/// A policy with steps, edits of it, and all lines that each gives.
const STEPS: &str = "version = 1\nscopes.a = ''\nenvironments.production = {}\n[tokens.ci]\nscopes = ['a']\nmax_lifetime = '30d'\n\
    [tokens.ci.rotate]\nbefore_expiry = '10d'\noverlap = '2h'\n[tokens.ci.rotate.steps]\nclaim = ['./claim', '{holder}']\n\
    create = ['bao', 'create', '-ttl=30d']\nset = ['set']\ntest = ['test']\nfind = ['find']\nretire = ['revoke', '{handle}']\n";

const BY: &str = "a token with `a` living 30d replaced by these steps is now admitted, one replaced by the steps before refused";

const CHANGED_STEPS: &[(&str, &str, &[&str])] = &[
    (
        "'-ttl=30d'",
        "'-ttl=365d', ''",
        &["`steps.create` is `bao create -ttl=365d \"\"`, was `bao create -ttl=30d`"],
    ),
    (
        "claim = ['./claim', '{holder}']\n",
        "",
        &["`steps.claim` is not set, was `./claim {holder}`"],
    ),
    ("set = ['set']", "set = ['a b']", &["`steps.set` is `\"a b\"`, was `set`"]),
    ("test = ['test']", "test = ['true']", &["`steps.test` is `true`, was `test`"]),
    ("['find']", "['find', '{slot}']", &["`steps.find` is `find {slot}`, was `find`"]),
    (
        "'revoke', ",
        "'revoke', '--all', ",
        &["`steps.retire` is `revoke --all {handle}`, was `revoke {handle}`"],
    ),
    ("set =", "limit = 2\nset =", &["`steps.limit` is 2, was not set"]),
    ("set =", "settle = '5m'\nset =", &["`steps.settle` is 5m, was 1m"]),
    ("set =", "timeout = '5s'\nset =", &["`steps.timeout` is 5s, was 1m"]),
    (
        "'-ttl=30d']",
        "'{attempt}']\nidempotent = true",
        &[
            "`steps.create` is `bao create {attempt}`, was `bao create -ttl=30d`",
            "`steps.idempotent` is `true`, was `false`",
        ],
    ),
    (
        "set =",
        "reply = { token = 'a.b', handle = 'c', expires_in = 'd e' }\nset =",
        &[
            "`steps.reply` is token at `a.b`, handle at `c`, seconds to its end at `\"d e\"`, was not set",
        ],
    ),
    (
        "set =",
        "reply = { token = 'a', handle = '{attempt}', expires_at = 'd' }\nset =",
        &["`steps.reply` is token at `a`, handle `{attempt}`, time of its end at `d`, was not set"],
    ),
];

#[test]
fn each_changed_step_is_told_with_what_it_was() {
    let old = parsed(STEPS);
    for (from, to, changes) in CHANGED_STEPS {
        assert!(STEPS.contains(from), "{from}");
        let new = parsed(&STEPS.replacen(from, to, 1));
        let lines: String = changes
            .iter()
            .map(|change| format!("incomparable: kind `ci`: {change}; {BY}\n"))
            .collect();
        assert_eq!(diff(&old, &new).to_string(), lines, "{from} -> {to}");
        assert_eq!(diff(&new, &old).verdict(), Verdict::Incomparable);
        assert!(diff(&old, &new).facts().iter().all(|fact| fact.aspect() == Aspect::Steps));
    }
}

/// A reviewer sees the commands that a policy comes to run, or runs no more. The times are told on their own.
#[test]
fn new_steps_are_told_one_by_one() {
    let (with, without) =
        (parsed(STEPS), parsed(STEPS.split_once("[tokens.ci.rotate.steps]").unwrap().0));
    let (is, was) = (
        "a token with `a` living 30d replaced by these steps is now admitted, one replaced without steps refused",
        "a token with `a` living 30d replaced without steps is now admitted, one replaced by the steps before refused",
    );
    let steps = [
        ("claim", "`./claim {holder}`"),
        ("create", "`bao create -ttl=30d`"),
        ("set", "`set`"),
        ("test", "`test`"),
        ("find", "`find`"),
        ("retire", "`revoke {handle}`"),
    ];
    let told = |line: &dyn Fn(&str, &str) -> String| -> String {
        steps
            .iter()
            .map(|(key, step)| format!("incomparable: kind `ci`: {}\n", line(key, step)))
            .collect()
    };
    assert_eq!(
        diff(&without, &with).to_string(),
        told(&|key, step| format!("`steps.{key}` is {step}, was not set; {is}"))
    );
    assert_eq!(
        diff(&with, &without).to_string(),
        told(&|key, step| format!("`steps.{key}` is not set, was {step}; {was}"))
    );
}

/// Two commands that do something else don't look the same.
#[test]
fn the_arguments_of_commands_are_told_apart() {
    let policy = |argv: &str| {
        let source = format!("{{ command = {argv} }}");
        Policy::parse(&OLD.replacen("{ file = \"/run/t\" }", &source, 1)).unwrap()
    };
    let text = diff(&policy("['get', 'a b', '']"), &policy("['get', 'a', 'b']")).to_string();
    let change = "`source` is the command `get a b` within 10s, was the command `get \"a b\" \"\"` within 10s";
    assert!(text.contains(change), "{text}");
    let text = diff(&policy("['a.example']"), &policy("['a\u{200b}.example']")).to_string();
    let change = "`source` is the command `\"a\\u{200b}.example\"` within 10s, was the command `a.example` within 10s";
    assert!(text.contains(change), "{text}");
}

/// `expiry = "none"` is wider than every lifetime, also than the longest with the laxest rotation.
#[test]
fn none_is_wider_than_every_lifetime() {
    let of = |end: &str| {
        let head = "version = 1\n[scopes]\na = ''\n[tokens.k]\nscopes = ['a']\n";
        Policy::parse(&format!("{head}{end}")).unwrap()
    };
    let none = "expiry = 'none'\nrotate = { after = '1s' }";
    for ends in [
        "max_lifetime = '1s'",
        "max_lifetime = '3650d'",
        "max_lifetime = '90d'\nrotate = { before_expiry = '1s', overlap = '0s' }",
        "max_lifetime = '3650d'\nrotate = { before_expiry = '3649d', overlap = '3649d' }",
    ] {
        assert_eq!(diff(&of(ends), &of(none)).verdict(), Verdict::Wider, "{ends}");
        assert_eq!(diff(&of(none), &of(ends)).verdict(), Verdict::Narrower, "{ends}");
    }
    let first = |old: &str, new: &str| diff(&of(old), &of(new)).to_string();
    assert_eq!(
        first("max_lifetime = '1h'", "expiry = 'none'\nrotate = { after = '90d' }"),
        "wider: kind `k`: `max_lifetime` is without end, was 1h; a token with `a` living without end is now admitted\n\
         wider: kind `k`: `rotate` is at the age of 90d with 0s of overlap, was not set; a token with `a` living without end \
         replaced at the age of 90d is now admitted\n"
    );
    let (day, later) = (none.replace("1s", "1d"), none.replace("1s", "2d"));
    assert_eq!(
        first(&day, &later),
        "wider: kind `k`: `rotate` is at the age of 2d with 0s of overlap, was at the age of 1d with 0s of overlap; \
         a token with `a` living without end replaced at the age of 2d is now admitted\n"
    );
    assert_eq!(diff(&of(&later), &of(&day)).verdict(), Verdict::Narrower);
    let slow = none.replace("'1s'", "'1d', overlap = '1h'");
    assert_eq!(diff(&of(&day), &of(&slow)).verdict(), Verdict::Wider);
    assert_eq!(diff(&of(&later), &of(&slow)).verdict(), Verdict::Incomparable);
}

/// A `type` says whose operations may use a scope, so another one is no equal policy.
#[test]
fn another_type_is_told() {
    let of = |scope: &str| {
        let tail = "[tokens.k]\nscopes = ['a']\nmax_lifetime = '1h'";
        Policy::parse(&format!("version = 1\n[scopes]\na = {scope}\nb = ''\n{tail}")).unwrap()
    };
    let lines = |old: &str, new: &str| diff(&of(old), &of(new)).to_string();
    assert_eq!(
        lines("{ type = 'sdk1::Read' }", "{ type = 'sdk2::Read' }"),
        "incomparable: kind `k`: scope `a`: its `type` is `sdk2::Read`, was `sdk1::Read`; \
         a token with `a` living 1h used by code that requires `sdk2::Read` is now admitted, \
         one used by code that requires `sdk1::Read` refused\n\
         equal: scope `a`: its `type` is `sdk2::Read`, was `sdk1::Read`; what it means for a kind is told there\n"
    );
    let verdict = |old: &str, new: &str| diff(&of(old), &of(new)).verdict();
    assert_eq!(verdict("''", "{ type = 'sdk1::Read' }"), Verdict::Wider);
    assert_eq!(verdict("{ type = 'sdk1::Read' }", "{}"), Verdict::Narrower);
    assert_eq!(lines("{ type = 'sdk1::Read' }", "{ type = '::sdk1::Read' }"), "");
    assert_eq!(of("{ type = 'sdk1::Read' }").digest(), of("''").digest());

    let unused = |path: &str| format!("''\nb.type = '{path}'").replace("\nb = ''", "");
    let of = |path: &str| {
        let tail = "[tokens.k]\nscopes = ['a']\nmax_lifetime = '1h'";
        Policy::parse(&format!("version = 1\n[scopes]\na = {}\n{tail}", unused(path))).unwrap()
    };
    let found = diff(&of("x::B"), &of("y::B"));
    assert_eq!((found.verdict(), found.facts().len()), (Verdict::Equal, 1), "no kind carries it");
    assert_eq!((found.facts()[0].aspect(), found.facts()[0].subject()), (Aspect::Type, "b"));
}

/// What the issuer calls a scope decides which grants are admitted.
#[test]
fn another_name_at_the_issuer_is_told() {
    let of = |name: &str| {
        let tail = "[tokens.k]\nscopes = ['lab:read']\nmax_lifetime = '1h'";
        let scope = format!("'lab:read' = {{ name = '{name}' }}");
        Policy::parse(&format!("version = 1\n[scopes]\n{scope}\n{tail}")).unwrap()
    };
    assert_eq!(
        diff(&of("lab:read"), &of("read")).to_string(),
        "incomparable: kind `k`: scope `lab:read`: the issuer's name for it is `read`, was `lab:read`; \
         a token with `lab:read` living 1h whose grant says `read` is now admitted, \
         one whose grant says `lab:read` refused\n\
         equal: scope `lab:read`: the issuer's name for it is `read`, was `lab:read`; what it means for a kind is told there\n"
    );
}

/// A declared `repo:*` is a scope. Declaring it gives a wildcard of that text another meaning, which the diff tells.
#[test]
fn a_declared_name_with_a_star_wins_over_the_wildcard() {
    let of = |declared: &str| {
        let tail = "[tokens.k]\nscopes = ['repo:*']\nmax_lifetime = '1h'";
        let scopes = format!("'repo:read' = ''\n'repo:write' = ''\n{declared}");
        Policy::parse(&format!("version = 1\n[scopes]\n{scopes}\n{tail}")).unwrap()
    };
    let (wildcard, literal) = (of(""), of("'repo:*' = ''"));
    assert_eq!(wildcard.kind("k").unwrap().closure(), ["repo:read", "repo:write"]);
    assert_eq!(literal.kind("k").unwrap().closure(), ["repo:*"]);
    assert_ne!(wildcard.digest(), literal.digest());
    let found = diff(&wildcard, &literal);
    assert_eq!(found.verdict(), Verdict::Incomparable);
    assert_eq!(found.facts().len(), 4, "{found}");
    let implying = of("'repo:*' = { implies = ['repo:read', 'repo:write'] }");
    assert_eq!(diff(&wildcard, &implying).verdict(), Verdict::Wider);
}
