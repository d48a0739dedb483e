//! The shape of our tokens: what is composed is recognized in every form, and what is not is refused.
#![cfg(feature = "format")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use proptest::prelude::*;
use token_policy::format::{
    self, ComposeError, DecodeError, ENTROPY_BYTES, Form, MAX_ENCODED_BYTES, MAX_PREFIX_BYTES,
    MAX_TOKEN_BYTES, MIN_PREFIX_BYTES, MIN_TOKEN_BYTES, Malformed, Prefix, PrefixError,
};

/// Written down once and for all. Tokens live in other people's systems: the format never changes.
///
/// In two parts, so that a scanner doesn't find a token here.
const BODY: &[u8; 42] = b"acme_deploy_0123456789ABCDEFGHIJKLMNOPQRST";
const CHECKSUM: &[u8; 6] = b"2hbKbR";

#[test]
fn the_format_never_changes() {
    let entropy: Vec<u8> = (248..=255).chain(0..30).collect();
    let mut token = [0; 48];
    format::compose(&prefix("acme_deploy"), &entropy, &mut token).unwrap();
    assert_eq!(token, token_written_down(), "{}", token.escape_ascii());
    let parts = format::check(&token).unwrap();
    assert_eq!((parts.prefix(), parts.org(), parts.kind()), ("acme_deploy_", "acme", "deploy"));
}

/// The checksum, computed a second time from its definition (RFC 1952, section 8), bit by bit.
#[test]
fn the_checksum_is_that_of_gzip() {
    assert_eq!(with_checksum(BODY), token_written_down());
}

#[test]
fn a_right_checksum_makes_no_token_of_another_text() {
    let random = "0123456789ABCDEFGHIJKLMNOPQRST";
    format::check(&with_checksum(format!("a_1234567_{random}").as_bytes())).unwrap();
    for body in [
        format!("_a1234567_{random}"),
        format!("a1234567__{random}"),
        format!("a_123_567_{random}"),
        format!("a123456789{random}"),
        format!("a_12345678{random}"),
        format!("A_1234567_{random}"),
        format!("a_12345-7_{random}"),
        format!("a_1234567_{}", random.replace('Q', "_")),
        format!("a_1234567_{}", random.replace('Q', "{")),
        format!("a_1234567_{}", random.replace('Q', "@")),
        format!("a_1234567_{}", random.replace('Q', "/")),
        format!("a_1234567_{}", random.replace("QR", "__")),
    ] {
        let text = with_checksum(body.as_bytes());
        assert_eq!(format::check(&text), Err(Malformed::Form), "{body}");
    }
}

fn with_checksum(body: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut number = !crc as usize;
    let mut checksum = [0; 6];
    for place in checksum.iter_mut().rev() {
        *place = DIGITS[number % 62];
        number /= 62;
    }
    [body, &checksum].concat()
}

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[test]
fn every_single_change_of_a_character_is_refused() {
    let mut tried = 0;
    for token in [&token_written_down()[..], &longest()[..]] {
        for at in 0..token.len() {
            for byte in (0..=u8::MAX).filter(|byte| *byte != token[at]) {
                let mut changed = token.to_vec();
                changed[at] = byte;
                format::check(&changed).unwrap_err();
                tried += 1;
            }
        }
    }
    assert_eq!(tried, (48 + MAX_TOKEN_BYTES) * 255);
}

#[test]
fn neighbours_swapped_and_characters_lost_or_doubled_are_refused() {
    let token = token_written_down();
    for at in 0..token.len() - 1 {
        let mut swapped = token.to_vec();
        swapped.swap(at, at + 1);
        format::check(&swapped).unwrap_err();
        let mut lost = token.to_vec();
        let byte = lost.remove(at);
        format::check(&lost).unwrap_err();
        lost.splice(at..at, [byte, byte]);
        format::check(&lost).unwrap_err();
    }
}

/// Six digits count to 62^6 - 1, which is more than 13 times 2^32: only one spelling of a checksum is right.
#[test]
fn a_checksum_has_one_spelling() {
    let value = |byte: &u8| DIGITS.iter().position(|digit| digit == byte).unwrap() as u64;
    let number = CHECKSUM.iter().fold(0, |all, byte| all * 62 + value(byte));
    for wraps in 1..13 {
        let mut number = number + (wraps << 32);
        let mut token = token_written_down();
        for place in token[42..].iter_mut().rev() {
            *place = DIGITS[(number % 62) as usize];
            number /= 62;
        }
        assert_eq!(number, 0);
        assert_eq!(format::check(&token), Err(Malformed::Form));
    }
}

/// Other characters would count as much as a digit does; two of them are not taken for digits either.
#[test]
fn a_checksum_has_digits_only() {
    let same = |digit: u8| match digit {
        b'3'..=b'9' => Some(digit - b'3' + b':'),
        b'U'..=b'Z' => Some(digit - b'U' + b'['),
        _ => None,
    };
    let mut tried = 0;
    for number in 0..62 {
        let token = composed(&prefix("acme_deploy"), [number; ENTROPY_BYTES]);
        let places: Vec<usize> = (42..48).filter(|at| same(token[*at]).is_some()).collect();
        for two in places.windows(2) {
            let mut text = token.clone();
            two.iter().for_each(|at| text[*at] = same(text[*at]).unwrap());
            assert_eq!(format::check(&text), Err(Malformed::Form), "{}", text.escape_ascii());
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried}");
}

#[test]
fn lengths_are_those_of_the_prefix() {
    let (shortest, longest) = (prefix("a_1234567"), prefix(&format!("a_{}", "b".repeat(29))));
    assert_eq!(shortest.as_bytes().len(), MIN_PREFIX_BYTES);
    assert_eq!(longest.as_bytes().len(), MAX_PREFIX_BYTES);
    assert_eq!(shortest.token_bytes(), MIN_TOKEN_BYTES);
    assert_eq!(longest.token_bytes(), MAX_TOKEN_BYTES);
    for prefix in [shortest, longest] {
        format::check(&composed(&prefix, [3; ENTROPY_BYTES])).unwrap();
    }
    for length in (0..MIN_TOKEN_BYTES).chain(MAX_TOKEN_BYTES + 1..200) {
        assert_eq!(format::check(&vec![b'a'; length]), Err(Malformed::Length));
    }
}

#[test]
fn a_prefix_is_two_words() {
    for text in ["acme_ci", "a_bcdefg"] {
        assert_eq!(Prefix::parse(text), Err(PrefixError::TooShort), "{text}");
    }
    assert_eq!(Prefix::parse(&format!("a_{}", "b".repeat(30))), Err(PrefixError::TooLong));
    for text in [
        "",
        "_",
        "acmedeploy",
        "_acme_deploy",
        "acme_deploy_",
        "acme__deploy",
        "acme_deploy_x",
        "acme-deploy_x",
        "Acme_deploy",
        "acme_d\u{e9}ploy",
        "_acmedeploy",
        "acmedeploy_",
        "acme_deploy\n",
        "acme deploy_x",
        // The neighbours of letters and digits in ASCII.
        "acme{_deploy",
        "acme`_deploy",
        "acme:_deploy",
        "acme/_deploy",
    ] {
        assert_eq!(Prefix::parse(text), Err(PrefixError::Form), "{text}");
    }
    let prefix = prefix("acme_deploy");
    assert_eq!((prefix.org(), prefix.kind(), prefix.name()), ("acme", "deploy", "acme_deploy"));
    assert_eq!((prefix.as_str(), prefix.to_string().as_str()), ("acme_deploy_", "acme_deploy"));
    assert_eq!(format!("{prefix:?}"), "Prefix(acme_deploy)");
    let shown = [PrefixError::Form, PrefixError::TooLong, PrefixError::TooShort]
        .map(|error| error.to_string());
    assert!(shown[0].contains("two words"), "{}", shown[0]);
    assert!(shown[1].ends_with("longer than 31 bytes"), "{}", shown[1]);
    assert!(shown[2].ends_with("shorter than 9 bytes"), "{}", shown[2]);
}

/// What an admission asks before it looks at a checksum.
#[test]
fn a_text_fits_a_prefix() {
    let (prefix, token) = (prefix("acme_deploy"), token_written_down());
    assert!(prefix.fits(&token));
    assert!(prefix.fits(&[BODY, b"zzzzzz".as_slice()].concat()), "the checksum is not looked at");
    let replaced = |at: usize, byte: u8| {
        let mut text = token;
        text[at] = byte;
        text
    };
    for at in 0..token.len() {
        assert!(!prefix.fits(&replaced(at, b'-')), "{at}");
    }
    for text in [&token[..47], &[&token[..], b"0"].concat(), &token[..12], b""] {
        assert!(!prefix.fits(text), "{}", text.escape_ascii());
    }
}

#[test]
fn too_little_entropy_and_a_wrong_buffer_are_refused() {
    let prefix = prefix("acme_deploy");
    let mut token = [0; 48];
    let compose = |entropy: &[u8], token: &mut [u8]| format::compose(&prefix, entropy, token);
    assert_eq!(compose(&[1; 29], &mut token), Err(ComposeError::Entropy));
    assert_eq!(compose(&[248; 64], &mut token), Err(ComposeError::Entropy));
    assert_eq!(compose(&[1; 64], &mut [0; 47]), Err(ComposeError::Length));
    assert_eq!(compose(&[1; 64], &mut [0; 49]), Err(ComposeError::Length));
}

/// Over all bytes that are taken, each character comes up equally often.
#[test]
fn every_character_is_equally_likely() {
    let prefix = prefix("acme_deploy");
    let mut counts = [0; 256];
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    for at in 0..bytes.len() {
        let mut entropy = bytes.clone();
        entropy.rotate_left(at);
        let first = composed(&prefix, entropy)[12];
        if bytes[at] < 248 {
            counts[usize::from(first)] += 1;
        }
    }
    let counted: Vec<u8> = (0..=u8::MAX).filter(|byte| counts[usize::from(*byte)] > 0).collect();
    assert_eq!(counted.len(), 62);
    assert!(counted.iter().all(|byte| format::is_base62(*byte)));
    assert!(counted.iter().all(|byte| counts[usize::from(*byte)] == 4));
}

#[test]
fn errors_say_nothing_of_the_text() {
    let mut token = token_written_down();
    token[30] = b'!';
    let shown = |error: Malformed| format!("{error} {error:?}");
    for error in [
        format::check(&token).unwrap_err(),
        format::check(&BODY[..]).unwrap_err(),
        format::check(b"acme_deploy_0123456789ABCDEFGHIJKLMNOPQRST2Yk5Gn").unwrap_err(),
    ] {
        assert!(!shown(error).contains("acme") && !shown(error).contains("0123"), "{error}");
        assert_eq!(DecodeError::Malformed(error).to_string(), error.to_string());
    }
    assert!(Malformed::Checksum.to_string().contains("checksum"));
    assert!(Malformed::Form.to_string().contains("36 letters and digits"));
    assert!(Malformed::Length.to_string().contains("46 to 68 characters"));
    assert!(DecodeError::Incomplete.to_string().contains("ends before"));
    assert!(ComposeError::Entropy.to_string().contains("entropy"));
    assert!(ComposeError::Length.to_string().contains("length"));
    let whole = token_written_down();
    assert_eq!(format!("{:?}", format::check(&whole).unwrap()), "Parts(acme_deploy_)");
}

#[test]
fn random_look_alikes_are_refused() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut text = token_written_down();
    for _ in 0..200_000 {
        for place in &mut text[12..] {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *place = DIGITS[(state % 62) as usize];
        }
        format::check(&text).unwrap_err();
    }
}

proptest! {
    #[test]
    fn what_is_composed_is_recognized(prefix in prefixes(), entropy: [[u8; 32]; 2]) {
        let token = composed(&prefix, entropy.concat());
        let parts = format::check(&token).unwrap();
        prop_assert_eq!(parts.prefix(), prefix.as_str());
        prop_assert_eq!((parts.org(), parts.kind()), (prefix.org(), prefix.kind()));
        prop_assert_eq!(Prefix::parse(prefix.name()), Ok(prefix));
    }

    #[test]
    fn any_bytes_are_a_token_or_not(bytes in prop::collection::vec(any::<u8>(), 0..90)) {
        prop_assert!(format::check(&bytes).is_err());
    }

    #[test]
    fn any_shape_of_a_token_is_a_token_or_not(text in "[a-z0-9_]{0,34}_[a-zA-Z0-9]{34,37}") {
        prop_assert!(format::check(text.as_bytes()).is_err());
    }

    /// In whatever surroundings, each encoding of a token has exactly one of the forms, which leads to the token.
    #[test]
    fn every_encoding_is_found_and_decoded(
        prefix in prefixes(),
        entropy: [[u8; 32]; 2],
        before in prop::collection::vec(any::<u8>(), 0..9),
        after in prop::collection::vec(any::<u8>(), 0..9),
    ) {
        let token = composed(&prefix, entropy.concat());
        let plain = [&before[..], &token, &after].concat();
        let base64 = [Form::Base64, Form::Base64After1, Form::Base64After2][before.len() % 3];
        for (form, text) in encodings(&plain, base64) {
            found(form, &prefix, &text, &token)?;
        }
        for text in [utf16(&plain, u16::to_le_bytes), utf16(&plain, u16::to_be_bytes)] {
            found(Form::Utf16, &prefix, &text, &token)?;
        }
    }

    #[test]
    fn a_cut_text_is_incomplete_and_a_changed_one_refused(
        prefix in prefixes(),
        entropy: [[u8; 32]; 2],
        at in any::<prop::sample::Index>(),
        change in 1..=u8::MAX,
    ) {
        let token = composed(&prefix, entropy.concat());
        for (form, text) in encodings(&token, Form::Base64) {
            let mut buffer = [0; MAX_TOKEN_BYTES];
            for end in 0..text.len().min(form.encoded_bytes(&prefix)) {
                prop_assert_eq!(form.decode(&prefix, &text[..end], &mut buffer), Err(DecodeError::Incomplete));
            }
            let mut changed = text.clone();
            let at = at.index(form.encoded_bytes(&prefix));
            changed[at] ^= change;
            if form.decode(&prefix, &changed, &mut buffer).is_ok() {
                // Hexadecimal digits may be of the other case, and the last base64 character has bits to spare.
                prop_assert_eq!(&buffer[..token.len()], &token);
                prop_assert!(matches!(form, Form::Base64 | Form::HexLower | Form::HexUpper));
            }
        }
    }

    #[test]
    fn any_text_is_decoded_or_not(prefix in prefixes(), text in prop::collection::vec(any::<u8>(), 0..200)) {
        for form in Form::ALL {
            let mut buffer = [0; MAX_TOKEN_BYTES];
            prop_assert!(form.decode(&prefix, &text, &mut buffer).is_err());
            let begun = [form.needle(&prefix).as_bytes(), &text].concat();
            prop_assert!(form.decode(&prefix, &begun, &mut buffer).is_err());
        }
    }

    #[test]
    fn needles_are_long_and_distinct(prefix in prefixes()) {
        let needles: BTreeSet<_> = Form::ALL.iter().map(|form| form.needle(&prefix)).collect();
        prop_assert_eq!(needles.len(), Form::ALL.len());
        prop_assert!(needles.iter().all(|needle| needle.as_bytes().len() >= MIN_PREFIX_BYTES));
        for form in Form::ALL {
            prop_assert!(form.encoded_bytes(&prefix) <= MAX_ENCODED_BYTES);
        }
    }
}

/// What is no token any more is not waited for.
#[test]
fn a_cut_text_with_a_wrong_character_is_refused() {
    let (prefix, token) = (prefix("acme_deploy"), token_written_down());
    for at in [3, 11, 12, 20, 40] {
        let mut wrong = token;
        wrong[at] = b'-';
        for (form, text) in encodings(&wrong[..42], Form::Base64) {
            let decoded = form.decode(&prefix, &text, &mut [0; MAX_TOKEN_BYTES]);
            assert_eq!(decoded, Err(Malformed::Form.into()), "{form:?}, {at}");
        }
    }
}

/// The last character of base64 has bits of what comes after the token, so it may be any of the alphabet.
#[test]
fn whatever_comes_after_a_token_in_base64() {
    let mut seen = BTreeSet::new();
    for prefix in ["acme_deploy", "acme_deploys", "acme_deployer"].map(prefix) {
        // Only then it can be one of the two that letters and digits do not suffice for.
        let tokens = (0..62).map(|byte| composed(&prefix, [byte; ENTROPY_BYTES]));
        for token in tokens.filter(|token| token[token.len() - 1] & 3 == 3) {
            for after in (0..=u8::MAX).step_by(2) {
                seen.extend(last_characters(&prefix, &token, after));
            }
        }
    }
    assert!(b"+/-_".iter().all(|byte| seen.contains(byte)));
}

/// Of a token in base64 after none, one and two bytes; checks that it is found.
fn last_characters(prefix: &Prefix, token: &[u8], after: u8) -> Vec<u8> {
    let mut last = Vec::new();
    for (before, form) in
        [Form::Base64, Form::Base64After1, Form::Base64After2].into_iter().enumerate()
    {
        let plain = [&b"xy"[..before], token, &[after, b'.']].concat();
        for (_, text) in encodings(&plain, form).into_iter().filter(|(other, _)| *other == form) {
            found(form, prefix, &text, token).unwrap();
            // The needle comes after what stands before, and after what it shares.
            last.push(text[[0, 2, 3][before] + form.encoded_bytes(prefix) - 1]);
        }
    }
    last
}

/// The needle is where it should be, once, and what it leads to is the token.
fn found(form: Form, prefix: &Prefix, text: &[u8], token: &[u8]) -> Result<(), TestCaseError> {
    let needle = form.needle(prefix);
    let at = text.windows(needle.as_bytes().len()).position(|window| window == needle.as_bytes());
    prop_assert!(at.is_some(), "{:?} in {}", form, text.escape_ascii());
    let mut buffer = [0; MAX_TOKEN_BYTES];
    let taken = form.decode(prefix, &text[at.unwrap()..], &mut buffer);
    prop_assert_eq!(taken, Ok(form.encoded_bytes(prefix)), "{:?}", form);
    prop_assert_eq!(&buffer[..token.len()], token);
    Ok(())
}

/// The bytes in each encoding, by encoders that are not ours.
fn encodings(plain: &[u8], base64: Form) -> Vec<(Form, Vec<u8>)> {
    let engine = |alphabet, padding| {
        GeneralPurpose::new(alphabet, GeneralPurposeConfig::new().with_encode_padding(padding))
    };
    let hex: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        (Form::Raw, plain.to_vec()),
        (base64, engine(&STANDARD, true).encode(plain).into_bytes()),
        (base64, engine(&URL_SAFE, false).encode(plain).into_bytes()),
        (Form::HexLower, hex.clone().into_bytes()),
        (Form::HexUpper, hex.to_uppercase().into_bytes()),
    ]
}

fn utf16(plain: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    plain.iter().flat_map(|byte| bytes(u16::from(*byte))).collect()
}

fn prefixes() -> impl Strategy<Value = Prefix> {
    let name = prop_oneof![
        "[a-z0-9]{1,29}_[a-z0-9]",
        "[a-z0-9]_[a-z0-9]{7,29}",
        "[a-z0-9]{4,15}_[a-z0-9]{4,15}"
    ];
    name.prop_filter_map("too short", |name| Prefix::parse(&name).ok())
}

fn token_written_down() -> [u8; 48] {
    [&BODY[..], CHECKSUM].concat().try_into().unwrap()
}

fn prefix(text: &str) -> Prefix {
    Prefix::parse(text).unwrap()
}

fn composed(prefix: &Prefix, entropy: impl AsRef<[u8]>) -> Vec<u8> {
    let mut token = vec![0; prefix.token_bytes()];
    format::compose(prefix, entropy.as_ref(), &mut token).unwrap();
    token
}

fn longest() -> [u8; MAX_TOKEN_BYTES] {
    composed(&prefix(&format!("a_{}", "z9".repeat(14) + "x")), [200; 64]).try_into().unwrap()
}
