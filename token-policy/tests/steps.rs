//! The steps of a rotation: each mistake has its place and says what to write, and a placeholder becomes its value and
//! nothing else.
#![cfg(feature = "lock")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use proptest::prelude::*;
use token_policy::lock::{Attempt, Handle, Lock, StepValues};
use token_policy::steps::{ReplyExpiry, ReplyHandle, Step, Steps, Template};
use token_policy::{KindRule, Lifetime, Policy, PolicyErrorKind as Kind, Rotate};

const POLICY: &str = r#"version = 1
scopes.a = ""
environments.production = {}
[tokens.ci]
scopes = ["a"]
max_lifetime = "30d"
[tokens.ci.rotate]
before_expiry = "10d"
overlap = "2h"
[tokens.ci.rotate.steps]
claim = ["./claim", "{slot}", "{holder}", "{seconds}"]
create = ["bao", "create", "-metadata=attempt={attempt}", "-key={idempotency_key}", "{{}}"]
reply = { token = "auth.client_token", handle = "auth.accessor", expires_in = "auth.ttl" }
set = ["bao", "put", "secret/{kind}/{environment}/{generation}", "token=-"]
test = ["./probe"]
find = ["./find", "{slot}"]
retire = ["bao", "revoke", "-accessor={handle}", ""]
limit = 3
settle = "5m"
timeout = "20s"
idempotent = true
"#;

fn parsed(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

fn steps(policy: &Policy) -> &Steps {
    policy.kind("ci").and_then(KindRule::steps).unwrap()
}

fn shown(step: &Step) -> String {
    step.template().iter().map(Template::as_str).collect::<Vec<_>>().join(" ")
}

fn edited(from: &str, to: &str) -> String {
    assert!(POLICY.contains(from), "{from}");
    POLICY.replacen(from, to, 1)
}

#[test]
fn every_key_is_read() {
    let policy = parsed(POLICY);
    let steps = steps(&policy);
    assert_eq!(shown(steps.claim().unwrap()), "./claim {slot} {holder} {seconds}");
    assert_eq!(
        shown(steps.create()),
        "bao create -metadata=attempt={attempt} -key={idempotency_key} {{}}"
    );
    assert_eq!(shown(steps.set()), "bao put secret/{kind}/{environment}/{generation} token=-");
    assert_eq!(shown(steps.test()), "./probe");
    assert!(steps.create().names_attempt() && !steps.find().unwrap().names_attempt());
    assert_eq!(shown(steps.find().unwrap()), "./find {slot}");
    assert_eq!(shown(steps.retire()), "bao revoke -accessor={handle} ");
    let reply = steps.reply().unwrap();
    assert_eq!(reply.token(), "auth.client_token");
    assert_eq!(reply.handle(), Some(&ReplyHandle::Path("auth.accessor".into())));
    assert_eq!(reply.expires(), Some(&ReplyExpiry::In("auth.ttl".into())));
    assert_eq!(steps.limit(), Some(3));
    assert_eq!(steps.settle(), Lifetime::from_secs(300));
    assert_eq!(steps.timeout(), Lifetime::from_secs(20));
    assert!(steps.is_idempotent());
    let times = policy.kind("ci").unwrap().rotate().unwrap();
    assert!(matches!(times, Rotate::BeforeExpiry { .. }), "the times stay beside the steps");
}

#[test]
fn what_is_left_out_has_a_default() {
    let policy = parsed(
        r#"version = 1
scopes.a = ""
environments.production = {}
[tokens.pat]
scopes = ["a"]
expiry = "none"
rotate.after = "90d"
rotate.steps.create = ["create"]
rotate.steps.set = ["set"]
rotate.steps.test = ["test"]
rotate.steps.find = ["find"]
rotate.steps.retire = ["retire", "{handle}"]
"#,
    );
    let steps = policy.kinds()[0].steps().unwrap();
    assert_eq!((steps.claim(), steps.reply(), steps.limit()), (None, None, None));
    assert_eq!((steps.settle().as_secs(), steps.timeout().as_secs()), (60, 60));
    assert!(!steps.is_idempotent());
    assert!(policy.kinds()[0].rotate().unwrap().after().is_some());
}

/// All ways in which TOML writes a table, and the bounds of the numbers.
#[test]
fn other_spellings_are_read_too() {
    let inline = r#"version = 1
scopes.a = ""
environments.production = {}
[tokens.ci]
scopes = ["a"]
max_lifetime = "30d"
rotate = { before_expiry = "10d", overlap = "2h", steps = { create = ["c", "{attempt}"], set = ["s"], test = ["t"], retire = ["r", "{handle}"], idempotent = true, reply = { token = "t", handle = "{attempt}", expires_at = "e" } } }
"#;
    let policy = parsed(inline);
    let reply = steps(&policy).reply().unwrap();
    let Some(ReplyHandle::Text(text)) = reply.handle() else { panic!("{reply:?}") };
    assert_eq!(text.to_string(), "{attempt}");
    assert_eq!(reply.expires(), Some(&ReplyExpiry::At("e".into())));
    assert_eq!(steps(&policy).find(), None);
    let limit = |text: &str| steps(&parsed(&edited("limit = 3", text))).limit();
    for (text, number) in [("2", 2), ("100", 100), ("0x1_0", 16), ("+5", 5), ("1_0", 10)] {
        assert_eq!(limit(&format!("limit = {text}")), Some(number), "{text}");
    }
    for (key, longest) in [("settle = \"5m\"", "1h"), ("timeout = \"20s\"", "10m")] {
        parsed(&edited(key, &format!("{} = \"{longest}\"", key.split_once(' ').unwrap().0)));
    }
    assert!(steps(&parsed(&edited("\"5m\"", "\"0s\""))).settle().is_zero(), "tested once");
    parsed(
        &edited("max_lifetime = \"30d\"", "max_lifetime = \"1h\"\nephemeral = false")
            .replace("10d", "10m")
            .replace("2h", "2m"),
    );
}

/// An edit of [`POLICY`], and the only error that it gives.
type Mistake = (&'static str, &'static str, Kind, &'static str);

const MISTAKES: &[Mistake] = &[
    (
        "{attempt}\"",
        "{atempt}\"",
        Kind::InvalidPlaceholder,
        "12:28: an item in `create` of `steps` of token kind `ci` has the unknown placeholder `{atempt}`; did you mean `{attempt}`?",
    ),
    (
        "-key={idempotency_key}",
        "{zzzzzzzz}",
        Kind::InvalidPlaceholder,
        "12:59: an item in `create` of `steps` of token kind `ci` has the unknown placeholder `{zzzzzzzz}`; it may have `{kind}`, `{environment}`, `{slot}`, `{attempt}`, `{idempotency_key}`, `{generation}`; write `{{` and `}}` for braces",
    ),
    (
        "{{}}",
        "{}",
        Kind::InvalidPlaceholder,
        "12:85: an item in `create` of `steps` of token kind `ci` has the unknown placeholder `{}`; it may have `{kind}`, `{environment}`, `{slot}`, `{attempt}`, `{idempotency_key}`, `{generation}`; write `{{` and `}}` for braces",
    ),
    (
        "{{}}",
        "{ kind }",
        Kind::InvalidPlaceholder,
        "12:85: an item in `create` of `steps` of token kind `ci` has the unknown placeholder `{ kind }`; did you mean `{kind}`?",
    ),
    (
        "{{}}",
        "{{ {kind",
        Kind::InvalidPlaceholder,
        "12:85: an item in `create` of `steps` of token kind `ci` has a `{` without a `}` after it; write `{{` for a brace that begins no placeholder",
    ),
    (
        "{{}}",
        "{kind}}",
        Kind::InvalidPlaceholder,
        "12:85: an item in `create` of `steps` of token kind `ci` has a `}` without a `{` before it; write `}}` for a brace that ends no placeholder",
    ),
    (
        "{kind}/{environment}",
        "{handle}",
        Kind::InvalidPlaceholder,
        "14:22: an item in `set` of `steps` of token kind `ci` has `{handle}`, which has no value there; it is only for `retire`; here are `{kind}`, `{environment}`, `{slot}`, `{attempt}`, `{idempotency_key}`, `{generation}`",
    ),
    (
        "[\"./find\", \"{slot}\"]",
        "[\"./find\", \"{holder}\"]",
        Kind::InvalidPlaceholder,
        "16:19: an item in `find` of `steps` of token kind `ci` has `{holder}`, which has no value there; it is only for `claim`; here are `{kind}`, `{environment}`, `{slot}`, `{attempt}`, `{idempotency_key}`, `{generation}`",
    ),
    (
        "\"{seconds}\"",
        "\"{handle}\"",
        Kind::InvalidPlaceholder,
        "11:43: an item in `claim` of `steps` of token kind `ci` has `{handle}`, which has no value there; it is only for `retire`; here are `{kind}`, `{environment}`, `{slot}`, `{attempt}`, `{idempotency_key}`, `{generation}`, `{holder}`, `{seconds}`",
    ),
    (
        "./probe",
        "./{kind}/probe",
        Kind::InvalidPlaceholder,
        "15:9: the program of `test` of `steps` of token kind `ci` has the placeholder `{kind}`; name one program; placeholders stand in its arguments",
    ),
    (
        "-accessor={handle}",
        "-accessor",
        Kind::InvalidPlaceholder,
        "17:10: `retire` of `steps` of token kind `ci` has no `{handle}`; say how a token is ended, such as `retire = [\"bao\", \"token\", \"revoke\", \"-accessor\", \"{handle}\"]`",
    ),
    (
        "-accessor={handle}",
        "-accessor={{handle}}",
        Kind::InvalidPlaceholder,
        "17:10: `retire` of `steps` of token kind `ci` has no `{handle}`; say how a token is ended, such as `retire = [\"bao\", \"token\", \"revoke\", \"-accessor\", \"{handle}\"]`",
    ),
    (
        "[\"./probe\"]",
        "[]",
        Kind::Empty,
        "15:8: `test` of `steps` of token kind `ci` is empty; write the program and its arguments, such as [\"./ci/probe\"]",
    ),
    (
        "[\"./probe\"]",
        "[\"\", \"x\"]",
        Kind::Empty,
        "15:8: `test` of `steps` of token kind `ci` has no program; write the program and its arguments, such as [\"./ci/probe\"]",
    ),
    (
        "[\"./probe\"]",
        "\"./probe\"",
        Kind::WrongType,
        "15:8: `test` of `steps` of token kind `ci` must be an array, not a string; write the program and its arguments, such as [\"./ci/probe\"]",
    ),
    (
        "[\"./probe\"]",
        "[\"./probe\", 1]",
        Kind::WrongType,
        "15:20: an item in `test` of `steps` of token kind `ci` must be a string, not an integer; write the program and its arguments, such as [\"./ci/probe\"]",
    ),
    (
        "./probe",
        "./pro\\u0000be",
        Kind::HiddenCharacter,
        "15:9: an item in `test` of `steps` of token kind `ci` has the hidden character `\\u{0}`; write it on one line, without it",
    ),
    (
        "create = [\"bao\", \"create\", \"-metadata=attempt={attempt}\", \"-key={idempotency_key}\", \"{{}}\"]\n",
        "",
        Kind::MissingKey,
        "10:1: `steps` of token kind `ci` has no `create`; say how a token is made",
    ),
    (
        "set = [",
        "sett = [",
        Kind::UnknownKey,
        "14:1: `steps` of token kind `ci` has the unknown key `sett`; did you mean `set`?",
    ),
    (
        "test = [\"./probe\"]\n",
        "",
        Kind::MissingKey,
        "10:1: `steps` of token kind `ci` has no `test`; say how to see that the consumer works with it",
    ),
    (
        "retire = [\"bao\", \"revoke\", \"-accessor={handle}\", \"\"]\n",
        "",
        Kind::MissingKey,
        "10:1: `steps` of token kind `ci` has no `retire`; say how a token is ended, such as `retire = [\"bao\", \"token\", \"revoke\", \"-accessor\", \"{handle}\"]`",
    ),
    (
        "\"-metadata=attempt={attempt}\", \"-key={idempotency_key}\"",
        "\"{slot}\", \"{generation}\"",
        Kind::Contradiction,
        "21:1: `steps` of token kind `ci` says `idempotent = true`, but its `create` has neither `{attempt}` nor `{idempotency_key}`; pass one of them, so that the issuer knows the attempt again; or write `find` instead",
    ),
    (
        "\"-metadata=attempt={attempt}\", \"-key={idempotency_key}\"",
        "\"{{attempt}}\"",
        Kind::Contradiction,
        "21:1: `steps` of token kind `ci` says `idempotent = true`, but its `create` has neither `{attempt}` nor `{idempotency_key}`; pass one of them, so that the issuer knows the attempt again; or write `find` instead",
    ),
    (
        "idempotent = true",
        "idempotent = \"yes\"",
        Kind::WrongType,
        "21:14: `idempotent` of `steps` of token kind `ci` must be a boolean, not a string; write `true` or `false`, without quotes",
    ),
    (
        "limit = 3",
        "limit = 1",
        Kind::OutOfRange,
        "18:9: `limit` of `steps` of token kind `ci` is 1, which is out of range; write a number from 2 to 100",
    ),
    (
        "limit = 3",
        "limit = 101",
        Kind::OutOfRange,
        "18:9: `limit` of `steps` of token kind `ci` is 101, which is out of range; write a number from 2 to 100",
    ),
    (
        "limit = 3",
        "limit = -99999999999999999999999",
        Kind::OutOfRange,
        "18:9: `limit` of `steps` of token kind `ci` is -99999999999999999999999, which is out of range; write a number from 2 to 100",
    ),
    (
        "limit = 3",
        "limit = \"3\"",
        Kind::WrongType,
        "18:9: `limit` of `steps` of token kind `ci` must be an integer, not a string; write a number from 2 to 100",
    ),
    (
        "\"5m\"",
        "\"1h1s\"",
        Kind::OutOfRange,
        "19:10: `settle` of `steps` of token kind `ci` is 1h1s, which is more than 1h; write at most \"1h\"",
    ),
    (
        "\"20s\"",
        "\"601s\"",
        Kind::OutOfRange,
        "20:11: `timeout` of `steps` of token kind `ci` is 10m1s, which is more than 10m; write at most \"10m\"",
    ),
    (
        "\"20s\"",
        "\"0s\"",
        Kind::OutOfRange,
        "20:11: `timeout` of `steps` of token kind `ci` is zero; write at least one second",
    ),
    (
        "{ token = \"auth.client_token\", handle",
        "{ handle",
        Kind::MissingKey,
        "13:9: `reply` of token kind `ci` has no `token`; say where the answer has it, such as `token = \"auth.client_token\"`",
    ),
    (
        "\"auth.client_token\"",
        "\"auth..client_token\"",
        Kind::InvalidReply,
        "13:19: `token` of `reply` of token kind `ci` is `auth..client_token`, which has an empty key; write the keys that lead to it, joined by dots, such as \"auth.client_token\"",
    ),
    (
        "\"auth.ttl\"",
        "\"\"",
        Kind::Empty,
        "13:79: `expires_in` of `reply` of token kind `ci` is empty; write the keys that lead to it, joined by dots, such as \"auth.client_token\"",
    ),
    (
        "\"auth.accessor\"",
        "\"{slot}-{generation}\"",
        Kind::InvalidReply,
        "13:49: `handle` of `reply` of token kind `ci` would be the same for two tokens; write `{attempt}` or `{idempotency_key}` into it",
    ),
    (
        "\"auth.accessor\"",
        "\"{handle}\"",
        Kind::InvalidPlaceholder,
        "13:49: `handle` of `reply` of token kind `ci` has `{handle}`, which has no value there; it is only for `retire`; here are `{kind}`, `{environment}`, `{slot}`, `{attempt}`, `{idempotency_key}`, `{generation}`",
    ),
    (
        "expires_in",
        "expires_at = \"x\", expires_in",
        Kind::Contradiction,
        "13:66: `reply` of token kind `ci` has both `expires_in` and `expires_at`; keep the one that the answer has: seconds from now, or a time",
    ),
    (
        "expires_in",
        "expiresin",
        Kind::UnknownKey,
        "13:66: `reply` of token kind `ci` has the unknown key `expiresin`; did you mean `expires_in`?",
    ),
    (
        "{ token = \"auth.client_token\", handle = \"auth.accessor\", expires_in = \"auth.ttl\" }",
        "\"auth.client_token\"",
        Kind::WrongType,
        "13:9: `reply` of `steps` of token kind `ci` must be a table, not a string; say where the answer of `create` has the token, such as `reply = { token = \"auth.client_token\" }`; if `create` prints the token alone, leave `reply` out",
    ),
    (
        "environments.production = {}\n",
        "",
        Kind::Contradiction,
        "9:19: token kind `ci` has `steps`, but is used in no environment, so no lock has a slot for it; declare where it is used, such as `[environments.production]`",
    ),
    (
        "environments.production = {}\n",
        "environments = {}\n",
        Kind::Contradiction,
        "10:19: token kind `ci` has `steps`, but is used in no environment, so no lock has a slot for it; declare where it is used, such as `[environments.production]`",
    ),
    (
        "environments.production = {}\n",
        "enviroments.production = {}\n",
        Kind::UnknownKey,
        "3:1: the policy has the unknown key `enviroments`; did you mean `environments`?",
    ),
    (
        "max_lifetime = \"30d\"",
        "max_lifetime = \"30d\"\nephemeral = true",
        Kind::Contradiction,
        "11:19: token kind `ci` has `steps`, but is ephemeral, so no lock has a line for its tokens; remove `ephemeral = true`, or the steps",
    ),
    (
        "before_expiry = \"10d\"\n",
        "",
        Kind::MissingKey,
        "7:1: `rotate` of token kind `ci` has no `before_expiry`; say how long before its expiry a token is replaced",
    ),
];

#[test]
fn each_mistake_has_its_place_and_says_what_to_write() {
    let mut wrong = Vec::new();
    for (from, to, kind, line) in MISTAKES {
        let Err(errors) = Policy::parse(&edited(from, to)) else {
            wrong.push(format!("accepted: {from} -> {to}"));
            continue;
        };
        let found = (errors.iter().next().unwrap().kind(), errors.to_string());
        if found != (*kind, (*line).to_owned()) {
            wrong.push(format!("{from} -> {to}\n  {:?} {}\n  {kind:?} {line}", found.0, found.1));
        }
    }
    assert!(wrong.is_empty(), "found, and expected:\n{}", wrong.join("\n"));
}

/// A token of an hour has no line in a lock, unless the policy asks for one.
#[test]
fn a_kind_that_is_ephemeral_by_its_lifetime_is_told_how_to_have_lines() {
    let text = POLICY.replace("30d", "1h").replace("10d", "10m").replace("2h", "2m");
    assert_eq!(
        Policy::parse(&text).unwrap_err().to_string(),
        "10:19: token kind `ci` has `steps`, but lives at most 1h and is ephemeral, so no lock has a line for its tokens; \
         remove the steps, since such a token is fetched when it is needed; or write `ephemeral = false`"
    );
}

#[test]
fn find_may_be_left_out_only_if_create_is_idempotent() {
    let text = edited("find = [\"./find\", \"{slot}\"]\n", "");
    parsed(&text);
    for not_idempotent in ["", "idempotent = false"] {
        assert_eq!(
            Policy::parse(&text.replace("idempotent = true", not_idempotent))
                .unwrap_err()
                .to_string(),
            "10:1: `steps` of token kind `ci` has no `find`; say how the live tokens are listed, such as \
             `find = [\"./ci/find\", \"{slot}\"]`; or write `idempotent = true` if `create` makes no second token for the same attempt"
        );
    }
}

/// Without `find` the only handle is that of the reply.
#[test]
fn steps_that_never_learn_a_handle_are_refused() {
    let text =
        edited("find = [\"./find\", \"{slot}\"]\n", "").replace(", handle = \"auth.accessor\"", "");
    assert_eq!(
        Policy::parse(&text).unwrap_err().to_string(),
        "16:1: `steps` of token kind `ci` has neither `find` nor a `handle` in `reply`, so `retire` never knows what to end; \
         write `handle` in `reply`, such as `handle = \"{attempt}\"`; or write `find`"
    );
}

/// A mistake in what tells the handle is not also called the lack of it.
#[test]
fn one_mistake_gives_one_error() {
    let text = edited("find = [\"./find\", \"{slot}\"]\n", "");
    let edits = [
        ("handle = ", "handel = "),
        ("\"auth.accessor\"", "1"),
        ("\"auth.accessor\"", "\"{generation}\""),
        ("{ token = \"auth.client_token\", handle", "{ handle"),
        ("reply = {", "replay = {"),
        ("test = [", "fnd = [\"f\"]\ntest = ["),
    ];
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        // The last one has no handle in its reply.
        let text = text.replacen(from, to, 1);
        let text = if to.starts_with("fnd") {
            text.replace(", handle = \"auth.accessor\"", "")
        } else {
            text
        };
        let errors = Policy::parse(&text).unwrap_err();
        assert_eq!(errors.iter().count(), 1, "{from} -> {to}: {errors}");
    }
}

#[test]
fn one_run_finds_every_mistake() {
    let text = POLICY
        .replace("30d", "1h")
        .replace("{slot}\", \"{holder}", "{slt}\", \"{holdr}")
        .replace("./probe", "")
        .replace("limit = 3", "limit = 0");
    let errors = Policy::parse(&text).unwrap_err();
    let kinds: Vec<Kind> = errors.iter().map(token_policy::PolicyError::kind).collect();
    let [times, slot] = [[Kind::OutOfRange; 2], [Kind::Contradiction, Kind::InvalidPlaceholder]];
    assert_eq!(
        kinds,
        [&times[..], &slot, &[Kind::InvalidPlaceholder, Kind::Empty, Kind::OutOfRange]].concat(),
        "{errors}"
    );
}

#[test]
fn placeholders_become_their_values() {
    let policy = parsed(POLICY);
    let lock = Lock::new(&policy);
    let (name, slot) = lock.slots().next().unwrap();
    let attempt = Attempt::next(name, slot, policy.kind("ci").unwrap());
    let (steps, all) = (steps(&policy), StepValues::of(&attempt));
    let key = attempt.idempotency_key();
    assert_eq!(
        steps.create().argv(&all),
        [
            "bao".to_owned(),
            "create".to_owned(),
            format!("-metadata=attempt=ci.production.{key}"),
            format!("-key={key}"),
            "{}".to_owned()
        ]
    );
    assert_eq!(steps.set().argv(&all)[2], "secret/ci/production/1");
    let claim = steps.claim().unwrap();
    assert_eq!(
        claim.argv(&all.claiming("run-7", 300)),
        ["./claim", "ci.production", "run-7", "300"]
    );
    // A value is put in as it is: a placeholder in it is none.
    let handle: Handle = "{slot}{{".parse().unwrap();
    assert_eq!(
        steps.retire().argv(&all.ending(&handle)),
        ["bao", "revoke", "-accessor={slot}{{", ""]
    );
    // Without its value the placeholder stays, so that no command ends the token named by an empty text.
    assert_eq!(steps.retire().argv(&all)[2], "-accessor={handle}");
    assert_eq!(claim.argv(&all)[2..], ["{holder}", "{seconds}"]);
}

proptest! {
    /// The rule is that of `format!`: what is expanded is what was doubled, whatever stands between.
    #[test]
    fn text_whose_braces_are_doubled_comes_out_as_it_was(text in r#"[a-z{}"' \\é$()]{0,24}"#) {
        let doubled = text.replace('{', "{{").replace('}', "}}");
        let argument = format!("{doubled}{{slot}}{doubled}");
        let policy = edited("\"./find\", \"{slot}\"", &format!("\"./find\", {}", quoted(&argument)));
        let policy = parsed(&policy);
        let lock = Lock::new(&policy);
        let (name, slot) = lock.slots().next().unwrap();
        let attempt = Attempt::next(name, slot, policy.kind("ci").unwrap());
        let find = steps(&policy).find().unwrap();
        let expected = format!("{text}ci.production{text}");
        prop_assert_eq!(&find.argv(&StepValues::of(&attempt))[1], &expected);
        prop_assert_eq!(find.template()[1].as_str(), argument);
    }

    /// Any text is read or refused, and one that is refused has an error at its item.
    #[test]
    fn any_argument_is_read_or_refused_where_it_stands(text in r"([{}]|kind|slot|handle|a| ){0,8}") {
        let policy = edited("\"./find\", \"{slot}\"", &format!("\"./find\", {}", quoted(&text)));
        match Policy::parse(&policy) {
            Ok(policy) => prop_assert_eq!(steps(&policy).find().unwrap().template()[1].as_str(), text),
            Err(errors) => {
                let error = errors.iter().next().unwrap();
                prop_assert_eq!(error.kind(), Kind::InvalidPlaceholder);
                prop_assert_eq!(error.position().to_string(), "16:19");
                prop_assert_eq!(errors.iter().count(), 1);
            }
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
