//! The build note: what the macro and the compiler write is what a reader reads, and nothing else is.
#![cfg(all(feature = "json", feature = "parse"))]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use token_policy::note::{self, BuildNote, Note};
use token_policy::{Policy, SourceDigest};

const POLICY: &str = "version = 1
scopes.'repo:read' = ''
[tokens.ci]
scopes       = ['repo:read']
max_lifetime = '1h'
[tokens.deploy-eu]
scopes       = ['repo:read']
max_lifetime = '2h'
";

const GIT: &str = "git:4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const SHA256: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
const TEXT: &str = "{\"version\":1,\"package\":\"acme\",\"file\":\"../tokens.toml\",\"policy\":\"\
    5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef\",\"kinds\":{}";

/// A note with this text, as the compiler makes it. The content has room to spare.
fn read(text: &str, variable: Option<&str>) -> BuildNote {
    const ROOM: usize = 1 << 13;
    assert!(note::length(text, variable) <= ROOM);
    BuildNote::parse(Note::<ROOM>::new(text, variable).content()).unwrap()
}

#[test]
fn what_the_macro_writes_is_what_is_read() {
    let policy = Policy::parse(POLICY).unwrap();
    let note = read(&note::text("acme", "../tokens.toml", &policy), Some(GIT));
    assert_eq!((note.package.as_str(), note.file.as_str()), ("acme", "../tokens.toml"));
    assert_eq!(note.policy, policy.digest());
    let kinds: Vec<_> =
        policy.kinds().iter().map(|kind| (kind.name().to_owned(), kind.digest())).collect();
    assert_eq!(note.kinds, kinds);
    assert_eq!(note.source.unwrap().to_string(), GIT);
}

/// The bytes of a static, as they lie in the section.
macro_rules! bytes_of {
    ($variable:expr) => {{
        const LENGTH: usize = note::length(TEXT, $variable);
        static NOTE: Note<LENGTH> = Note::new(TEXT, $variable);
        assert_eq!((LENGTH % 4, size_of::<Note<LENGTH>>()), (0, 24 + LENGTH));
        assert_eq!(align_of::<Note<LENGTH>>(), 4);
        NOTE.content()
    }};
}

#[test]
fn the_length_is_exact_and_a_multiple_of_four() {
    for (content, source) in [
        (bytes_of!(None), None),
        (bytes_of!(Some("")), None),
        (bytes_of!(Some("unknown")), None),
        (bytes_of!(Some(GIT)), Some(GIT)),
        (bytes_of!(Some(SHA256)), Some(SHA256)),
    ] {
        let padding = content.iter().rev().take_while(|byte| **byte == b' ').count();
        assert!(padding < 4, "{padding}");
        let source: Option<SourceDigest> = source.map(|source| source.parse().unwrap());
        assert_eq!(BuildNote::parse(content).unwrap().source, source);
    }
}

#[test]
fn a_note_is_refused_for_each_value_that_is_wrong() {
    let good = format!("{TEXT},\"source\":\"{GIT}\"}}");
    BuildNote::parse(good.as_bytes()).unwrap();
    let wrong = [
        ("\"version\":1", "\"version\":\"1\"", "no `version`"),
        ("\"version\":1", "\"version\":2", "version 2"),
        ("\"version\":1,", "", "no `version`"),
        ("\"acme\"", "[]", "no `package`"),
        ("\"file\":\"../tokens.toml\",", "", "no `file`"),
        ("\"5f70", "\"5F70", "no `policy`"),
        ("\"kinds\":{}", "\"kinds\":[]", "no `kinds`"),
        ("\"kinds\":{}", "\"kinds\":{\"ci\":\"5f\"}", "no `kinds`"),
        ("\"kinds\":{}", "\"kinds\":{\"C I\":null}", "no `kinds`"),
        ("git:4b", "git:4B", "no `source`"),
        (GIT, "main", "no `source`"),
        ("}", "", "not an object"),
        ("{\"version\"", "[{\"version\"", "not an object"),
    ];
    for (from, to, said) in wrong {
        let error = BuildNote::parse(good.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(error.to_string().contains(said), "{from} -> {to}: {error}");
    }
    let long = format!("{good}{}", " ".repeat(1 << 20));
    assert!(BuildNote::parse(long.as_bytes()).unwrap_err().to_string().contains("longer than"));
    let deep = "[".repeat(1 << 19);
    assert!(BuildNote::parse(deep.as_bytes()).is_err());
}

#[test]
fn a_later_writer_may_add_a_key() {
    let more = format!("{TEXT},\"source\":\"\",\"built_by\":\"a builder\"}}");
    assert_eq!(BuildNote::parse(more.as_bytes()).unwrap().package, "acme");
}

proptest! {
    #[test]
    fn any_name_of_a_package_and_a_file_is_read_as_it_was(package: String, file: String) {
        let policy = Policy::parse(POLICY).unwrap();
        let note = read(&note::text(&package, &file, &policy), None);
        prop_assert_eq!((note.package, note.file), (package, file));
    }

    #[test]
    fn a_reader_survives_any_bytes(mut content: Vec<u8>, at: prop::sample::Index, with: u8) {
        let _ = BuildNote::parse(&content);
        content = format!("{TEXT},\"source\":\"{GIT}\"}}").into_bytes();
        let at = at.index(content.len());
        content[at] = with;
        let _ = BuildNote::parse(&content);
        content.truncate(at);
        prop_assert!(BuildNote::parse(&content).is_err());
    }
}
