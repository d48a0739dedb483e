//! The steps count: each change of them changes the digests, is told by the diff, and is incomparable.
#![cfg(feature = "checks")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::fmt::Write as _;

use proptest::prelude::*;
use token_policy::diff::{Aspect, Verdict, diff};
use token_policy::{Policy, PolicyDigest};

/// Steps as the generator makes them.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    claim: Option<Vec<String>>,
    create: Vec<String>,
    reply: Option<Reply>,
    set: Vec<String>,
    test: Vec<String>,
    find: Option<Vec<String>>,
    retire: Vec<String>,
    limit: Option<u32>,
    settle: u64,
    timeout: u64,
    idempotent: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Reply {
    token: String,
    handle: Option<String>,
    expires_in: Option<String>,
    expires_at: Option<String>,
}

impl Model {
    fn text(&self) -> String {
        let mut text = String::from(HEAD);
        let steps = [
            ("claim", self.claim.as_ref()),
            ("create", Some(&self.create)),
            ("set", Some(&self.set)),
            ("test", Some(&self.test)),
            ("find", self.find.as_ref()),
            ("retire", Some(&self.retire)),
        ];
        for (key, argv) in steps.into_iter().filter_map(|(key, argv)| Some((key, argv?))) {
            writeln!(text, "{key} = {argv:?}").unwrap();
        }
        if let Some(reply) = &self.reply {
            let parts = [
                ("token", Some(&reply.token)),
                ("handle", reply.handle.as_ref()),
                ("expires_in", reply.expires_in.as_ref()),
                ("expires_at", reply.expires_at.as_ref()),
            ];
            for (key, path) in parts.into_iter().filter_map(|(key, path)| Some((key, path?))) {
                writeln!(text, "reply.{key} = {path:?}").unwrap();
            }
        }
        if let Some(limit) = self.limit {
            writeln!(text, "limit = {limit}").unwrap();
        }
        writeln!(text, "settle = '{}s'\ntimeout = '{}s'", self.settle, self.timeout).unwrap();
        writeln!(text, "idempotent = {}", self.idempotent).unwrap();
        text
    }

    fn policy(&self) -> Policy {
        let text = self.text();
        Policy::parse(&text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
    }

    /// Changes one key, to another valid value.
    fn change(&mut self, key: usize, other: &Model) {
        match key {
            0 => self.claim.clone_from(&other.claim),
            1 => self.create.clone_from(&other.create),
            2 => self.reply.clone_from(&other.reply),
            3 => self.set.clone_from(&other.set),
            4 => self.test.clone_from(&other.test),
            5 => self.find.clone_from(&other.find),
            6 => self.retire.clone_from(&other.retire),
            7 => self.limit = other.limit,
            8 => self.settle = other.settle,
            9 => self.timeout = other.timeout,
            _ => self.idempotent = other.idempotent,
        }
        self.mend();
    }

    /// Without `find`, the steps are idempotent and have a handle.
    fn mend(&mut self) {
        if self.find.is_none() {
            self.idempotent = true;
            let none =
                Reply { token: "t".into(), handle: None, expires_in: None, expires_at: None };
            let reply = self.reply.get_or_insert(none);
            reply.handle.get_or_insert_with(|| "h".into());
        }
    }
}

/// Arguments that are easily taken for one another.
fn argument() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "", "a", "a b", "b", "ab", "\"a\"", "'a'", "`", "{slot}", "{{slot}}", "a,", "\\", "é",
    ])
    .prop_map(str::to_owned)
}

fn argv(must: &'static str) -> impl Strategy<Value = Vec<String>> {
    let program = prop::sample::select(vec!["a", "./b", "a b"]);
    (program, prop::collection::vec(argument(), 0..3)).prop_map(move |(program, arguments)| {
        let must = Some(must.to_owned()).filter(|text| !text.is_empty());
        [program.to_owned()].into_iter().chain(arguments).chain(must).collect()
    })
}

fn path() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "a.b", "b", "a b", "a`, handle at `b"]).prop_map(str::to_owned)
}

prop_compose! {
    fn reply()(
        token in path(),
        handle in prop::option::of(prop_oneof![path(), Just("{attempt}".to_owned()), Just("{idempotency_key}".to_owned())]),
        expires in prop::option::of((any::<bool>(), path())),
    ) -> Reply {
        let of = |which: bool| expires.clone().and_then(|(is_in, path)| (is_in == which).then_some(path));
        Reply { token, handle, expires_in: of(true), expires_at: of(false) }
    }
}

prop_compose! {
    fn model()(
        claim in prop::option::of(argv("{holder}")),
        create in argv("{attempt}"),
        reply in prop::option::of(reply()),
        set in argv(""),
        test in argv(""),
        find in prop::option::of(argv("")),
        retire in argv("{handle}"),
        limit in prop::option::of(2_u32..=4),
        settle in 0_u64..3,
        timeout in 1_u64..3,
        idempotent: bool,
    ) -> Model {
        let mut model = Model {
            claim, create, reply, set, test, find, retire, limit, settle, timeout, idempotent,
        };
        model.mend();
        model
    }
}

proptest! {
    /// A single change of the steps, to whatever value, changes both digests and is told as incomparable. What is the
    /// same has the same digest and no fact.
    #[test]
    fn a_change_of_the_steps_changes_the_digests_and_is_told(old in model(), other in model(), key in 0_usize..11) {
        let mut new = old.clone();
        new.change(key, &other);
        let policies = [old.policy(), new.policy()];
        let digests: [[PolicyDigest; 2]; 2] =
            policies.each_ref().map(|policy| [policy.digest(), policy.kinds()[0].digest()]);
        let found = diff(&policies[0], &policies[1]);
        if old == new {
            prop_assert_eq!(digests[0], digests[1]);
            prop_assert_eq!(found.facts(), []);
        } else {
            prop_assert_ne!(digests[0][0], digests[1][0]);
            prop_assert_ne!(digests[0][1], digests[1][1]);
            prop_assert_eq!(found.verdict(), Verdict::Incomparable, "{}", found);
            prop_assert!(found.facts().iter().all(|fact| fact.aspect() == Aspect::Steps));
        }
    }

    /// Two policies whose steps differ in many ways.
    #[test]
    fn equal_digests_are_equal_steps(old in model(), new in model()) {
        let same = old.policy().kinds()[0].digest() == new.policy().kinds()[0].digest();
        prop_assert_eq!(same, old == new);
        prop_assert_eq!(same, diff(&old.policy(), &new.policy()).facts().is_empty());
    }
}

const HEAD: &str = "version = 1\nscopes.a = ''\nenvironments.production = {}\n[tokens.ci]\nscopes = ['a']\nmax_lifetime = '30d'\n\
                    [tokens.ci.rotate]\nbefore_expiry = '10d'\noverlap = '2h'\n[tokens.ci.rotate.steps]\n";

/// The encoding, written down a second time from the documentation alone.
#[test]
fn the_digest_of_steps_is_as_documented() {
    fn text(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    fn step(bytes: &mut Vec<u8>, argv: &[&str]) {
        bytes.extend(u32::try_from(argv.len()).unwrap().to_be_bytes());
        argv.iter().for_each(|item| text(bytes, item));
    }
    let encoded = |end: &[u8], way: u8, times: [u64; 2], steps: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        text(&mut bytes, "token-policy/kind/1");
        text(&mut bytes, "ci");
        bytes.extend(1_u32.to_be_bytes());
        text(&mut bytes, "a");
        bytes.extend(end);
        bytes.extend(0_u64.to_be_bytes());
        bytes.extend([0, 0, 0, way]);
        bytes.extend(times.map(u64::to_be_bytes).concat());
        steps(&mut bytes);
        bytes.push(0);
        bytes.extend(1_u32.to_be_bytes());
        text(&mut bytes, "a");
        bytes.extend(0_u32.to_be_bytes());
        PolicyDigest::from_bytes(hmac_sha256::Hash::hash(&bytes))
    };
    let digest = |text: &str| Policy::parse(text).unwrap().kinds()[0].digest();

    let all = format!(
        "{HEAD}claim = ['c', '{{holder}}']\ncreate = ['n', '{{attempt}}', '{{{{']\nset = ['s']\ntest = ['t']\nfind = ['f', '']\n\
         retire = ['r', '{{handle}}']\nlimit = 2\nsettle = '1m30s'\ntimeout = '2m'\nidempotent = true\n\
         reply = {{ token = 'a.b', handle = '{{attempt}}', expires_at = 'x' }}\n"
    );
    let month = (30 * 86_400_u64).to_be_bytes();
    let expected = encoded(&month, 3, [10 * 86_400, 7200], &|bytes| {
        bytes.push(1);
        step(bytes, &["c", "{holder}"]);
        step(bytes, &["n", "{attempt}", "{{"]);
        bytes.push(1);
        text(bytes, "a.b");
        bytes.push(2);
        text(bytes, "{attempt}");
        bytes.push(2);
        text(bytes, "x");
        step(bytes, &["s"]);
        step(bytes, &["t"]);
        bytes.push(1);
        step(bytes, &["f", ""]);
        step(bytes, &["r", "{handle}"]);
        bytes.extend([1, 0, 0, 0, 2]);
        bytes.extend(90_u64.to_be_bytes());
        bytes.extend(120_u64.to_be_bytes());
        bytes.push(1);
    });
    assert_eq!(digest(&all), expected);

    let few = "version = 1\nscopes.a = ''\nenvironments.production = {}\n[tokens.ci]\nscopes = ['a']\nexpiry = 'none'\n\
               [tokens.ci.rotate]\nafter = '90d'\n[tokens.ci.rotate.steps]\ncreate = ['n']\nset = ['s']\ntest = ['t']\n\
               find = ['f']\nretire = ['r', '{handle}']\nreply = { token = 't', handle = 'h', expires_in = 'x' }\n";
    let expected = encoded(&[0xff; 8], 4, [90 * 86_400, 0], &|bytes| {
        bytes.push(0);
        step(bytes, &["n"]);
        bytes.push(1);
        text(bytes, "t");
        bytes.push(1);
        text(bytes, "h");
        bytes.push(1);
        text(bytes, "x");
        step(bytes, &["s"]);
        step(bytes, &["t"]);
        bytes.push(1);
        step(bytes, &["f"]);
        step(bytes, &["r", "{handle}"]);
        bytes.push(0);
        bytes.extend(60_u64.to_be_bytes());
        bytes.extend(60_u64.to_be_bytes());
        bytes.push(0);
    });
    assert_eq!(digest(few), expected);
    let written = format!("{few}settle = \"60s\"\ntimeout = \"1m\"\nidempotent = false\n");
    assert_eq!(digest(&written), expected, "what is left out is as if it were written");
}

/// Digests stand in locks: a change of this value makes other attempts of all.
#[test]
fn the_digest_of_steps_never_changes() {
    let text = format!(
        "{HEAD}create = ['n', '{{attempt}}']\nset = ['s']\ntest = ['t']\nfind = ['f']\nretire = ['r', '{{handle}}']\n"
    );
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(
        policy.kinds()[0].digest().to_string(),
        "1ee96cc2a32d5dba01273b625975a0f355203c97cee57a848d83af52f2a0c75f"
    );
}
