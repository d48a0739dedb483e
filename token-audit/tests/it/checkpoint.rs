//! A checkpoint is one that its log signed, to the bit.

use base64::prelude::{BASE64_STANDARD, Engine};
use proptest::prelude::*;
use static_assertions::assert_not_impl_any;
use token_audit::{
    __test::{Tree, sign},
    Checkpoint, ErrorKind, SigningKey, VerifyingKey,
};
use token_core::Secret;

use crate::support::kind_of;

// There is none that was not verified, so none that is made of text alone.
assert_not_impl_any!(Checkpoint: std::str::FromStr, Default, From<String>, TryFrom<String>);

/// From the documentation of Go's `golang.org/x/mod/sumdb/note`.
const SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

/// The example of C2SP tlog-witness has two such lines.
const COSIGNATURE: &str = "— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==\n";

fn key() -> SigningKey {
    SigningKey::from_secret(Secret::from(SECRET.to_owned())).unwrap()
}

fn public() -> VerifyingKey {
    PUBLIC.parse().unwrap()
}

fn root(entries: u64) -> [u8; 32] {
    let mut tree = Tree::default();
    (0..entries).for_each(|entry| tree.push(&entry.to_be_bytes()));
    tree.root()
}

/// A note with this text, signed by the key, as no log of ours would sign it.
fn note(text: &str) -> String {
    format!("{text}\n{}", signature(text))
}

/// Signed with the library directly: what is under test shall not make its own cases.
fn signature(text: &str) -> String {
    use ed25519_dalek::Signer;
    let key = BASE64_STANDARD.decode(SECRET.rsplit_once("a3+").unwrap().1).unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(key[1..].try_into().unwrap());
    let mut bytes = 0xc74f_20a3_u32.to_be_bytes().to_vec();
    bytes.extend(key.sign(text.as_bytes()).to_bytes());
    format!("— PeterNeumann {}\n", BASE64_STANDARD.encode(bytes))
}

fn parse(text: &str) -> Result<Checkpoint, ErrorKind> {
    Checkpoint::parse(text, &public()).map_err(|error| error.kind())
}

#[test]
fn what_is_signed_reads_back() {
    for size in [0, 1, 8, 300] {
        let signed = sign(&key(), size, &root(size)).unwrap();
        let read = Checkpoint::parse(signed.as_str(), &public()).unwrap();
        assert_eq!(read, signed);
        assert_eq!((read.origin(), read.size(), read.root()), ("PeterNeumann", size, &root(size)));
        assert_eq!(read.to_string(), read.as_str());
    }
}

#[test]
fn its_text_is_that_of_the_specification() {
    let root = BASE64_STANDARD.encode(root(8));
    let text = format!("PeterNeumann\n8\n{root}\n");
    let signed = sign(&key(), 8, &self::root(8)).unwrap();
    assert_eq!(signed.as_str(), note(&text), "Ed25519 is deterministic (RFC 8032)");
    assert_eq!(format!("{signed:?}"), format!("Checkpoint(PeterNeumann 8 {root})"));
}

#[test]
fn every_changed_bit_is_noticed() {
    let signed = sign(&key(), 300, &root(300)).unwrap();
    let key = public();
    let bytes = signed.as_str().as_bytes();
    assert!(Checkpoint::parse(bytes, &key).is_ok());
    for at in 0..bytes.len() * 8 {
        let mut changed = bytes.to_vec();
        changed[at / 8] ^= 1 << (at % 8);
        let kind = kind_of(Checkpoint::parse(&changed, &key));
        let refused = matches!(kind, Some(ErrorKind::Syntax | ErrorKind::InvalidSignature));
        assert!(refused, "bit {at}: {kind:?}");
    }
    // But for the last line end, which may get lost.
    for at in 0..bytes.len() - 1 {
        let longer = [&bytes[..at], b"\n", &bytes[at..]].concat();
        assert!(Checkpoint::parse(longer, &key).is_err(), "a line break at {at}");
        assert!(Checkpoint::parse(&bytes[..at], &key).is_err(), "cut off at {at}");
        let shorter = [&bytes[..at], &bytes[at + 1..]].concat();
        assert!(Checkpoint::parse(shorter, &key).is_err(), "without byte {at}");
    }
}

#[test]
fn cosignatures_and_extension_lines_are_kept() {
    let root = BASE64_STANDARD.encode(root(3));
    let plain = note(&format!("PeterNeumann\n3\n{root}\n"));
    let extended = note(&format!("PeterNeumann\n3\n{root}\nanything at all\nand more\n"));
    for text in
        [format!("{plain}{COSIGNATURE}"), format!("{plain}{COSIGNATURE}{COSIGNATURE}"), extended]
    {
        let checkpoint = parse(&text).unwrap();
        assert_eq!((checkpoint.size(), checkpoint.as_str()), (3, &*text));
    }
    let before = plain.replacen("\n\n", &format!("\n\n{COSIGNATURE}"), 1);
    assert_eq!(parse(&before).unwrap().size(), 3, "the log's own line need not be the first");
}

#[test]
fn others_signatures_do_not_count() {
    let text = format!("PeterNeumann\n3\n{}\n", BASE64_STANDARD.encode(root(3)));
    let alone = format!("{text}\n{COSIGNATURE}");
    assert_eq!(parse(&alone), Err(ErrorKind::InvalidSignature));

    let same_name = SigningKey::generate("PeterNeumann").unwrap();
    let foreign = sign(&same_name, 3, &root(3)).unwrap();
    assert_eq!(parse(foreign.as_str()), Err(ErrorKind::InvalidSignature));
    let other_name = SigningKey::generate("EnochRoot").unwrap();
    let foreign = sign(&other_name, 3, &root(3)).unwrap();
    assert_eq!(parse(foreign.as_str()), Err(ErrorKind::InvalidSignature));

    // Signed by the key, but in the name of another log.
    let renamed = note(&text.replace("PeterNeumann", "EnochRoot"));
    assert_eq!(parse(&renamed), Err(ErrorKind::InvalidSignature));
    // Another text's signature, alone and beside the right one.
    let stolen = signature("PeterNeumann\n4\n");
    assert_eq!(parse(&format!("{text}\n{stolen}")), Err(ErrorKind::InvalidSignature));
    assert_eq!(parse(&format!("{}{stolen}", note(&text))), Err(ErrorKind::InvalidSignature));
    assert_eq!(parse(&format!("{}{}", note(&text), signature(&text))).unwrap().size(), 3);
}

/// Well signed, but no checkpoint: none of it may depend on the signature alone.
#[test]
fn what_is_no_checkpoint_is_refused_though_it_is_signed() {
    let root = BASE64_STANDARD.encode(root(3));
    let bad_root = |bad: &str| (Some(3), format!("PeterNeumann\n3\n{bad}\n"));
    let bad_size = |bad: &str| (Some(2), format!("PeterNeumann\n{bad}\n{root}\n"));
    let refused = [
        (Some(1), format!("\n3\n{root}\n")),
        (Some(2), "PeterNeumann\n".to_owned()),
        (Some(3), "PeterNeumann\n3\n".to_owned()),
        bad_size("03"),
        bad_size("+3"),
        bad_size("-3"),
        bad_size(" 3"),
        bad_size("3 "),
        bad_size("0x3"),
        bad_size("\u{663}"),
        bad_size("three"),
        bad_size(""),
        bad_size("281474976710657"),
        bad_size("18446744073709551616"),
        bad_root(""),
        bad_root(&root[1..]),
        bad_root(&root[..43]),
        bad_root(&format!("{root}=")),
        bad_root(&format!(" {root}")),
        bad_root(&format!("{root}AAAA")),
        bad_root(&format!("{}A", &root[..43])),
        bad_root("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="),
        bad_root("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV="),
        (Some(3), format!("PeterNeumann\n0\n{root}\n")),
        (Some(4), format!("PeterNeumann\n3\n{root}\n\nmore\n")),
        (Some(5), format!("PeterNeumann\n3\n{root}\nmore\n\nmore\n")),
    ];
    for (line, text) in refused {
        let error = Checkpoint::parse(note(&text), &public()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Syntax, "{text:?}");
        let expected = line.map(|line| format!("line {line} is not what a checkpoint has there"));
        assert!(error.to_string().starts_with(&expected.unwrap_or_default()), "{text:?}: {error}");
    }
    let largest = note(&format!("PeterNeumann\n281474976710656\n{root}\n"));
    assert_eq!(parse(&largest).unwrap().size(), 1 << 48);
    let control = note(&format!("PeterNeumann\n3\n{root}\n\u{1}\n"));
    assert_eq!(parse(&control), Err(ErrorKind::Syntax));
    let old_mac = note(&format!("PeterNeumann\n3\n{root}\n")).replace('\n', "\r");
    assert_eq!(parse(&old_mac), Err(ErrorKind::Syntax));
    let two = note(&format!("PeterNeumann\n3\n{root}\n")).repeat(2);
    assert!(parse(&two).is_err());
    assert_eq!(kind_of(Checkpoint::parse([0xff], &public())), Some(ErrorKind::Syntax));
}

/// As texts come back that were printed, mailed, or copied through a clipboard.
#[test]
fn other_line_ends_are_no_other_checkpoint() {
    let signed = sign(&key(), 3, &[7; 32]).unwrap();
    let text = signed.as_str();
    for came_back in [
        format!("{text}\n"),
        format!("{text}\n\n\n"),
        text.trim_end().to_owned(),
        text.replace('\n', "\r\n"),
        format!("{}\r\n\r\n", text.replace('\n', "\r\n")),
        text.trim_end().replace('\n', "\r\n"),
    ] {
        let read = parse(&came_back).unwrap();
        assert_eq!(read, signed, "{came_back:?}");
        assert_eq!(read.as_str(), text);
    }
    for changed in [format!("\n{text}"), format!(" {text}"), text.replace("\n3\n", "\n3 \n")] {
        assert!(parse(&changed).is_err(), "{changed:?}");
    }
}

#[test]
fn errors_repeat_nothing() {
    let text = note("PeterNeumann\nghp_exampleexampleexample\nghp_exampleexampleexample\n");
    for text in [text.as_str(), "ghp_exampleexampleexample", "ghp_exampleexampleexample\n\n— x\n"]
    {
        let error = Checkpoint::parse(text, &public()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("example"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}(\n\\PC{0,9}){0,9}") {
        prop_assert_eq!(parse(&text), Err(ErrorKind::Syntax));
    }

    #[test]
    fn any_checkpoint_reads_back(size in 1..=1_u64 << 48, root in any::<[u8; 32]>()) {
        let signed = sign(&key(), size, &root).unwrap();
        prop_assert_eq!(parse(signed.as_str()).unwrap(), signed);
    }
}
