//! What could be guessed, and what was drawn at random.

use proptest::prelude::*;
use token_policy::guess::is_guessable;

/// Texts that a person thought up, or that are made of a time, a name or a number.
const GUESSABLE: &[&str] = &[
    "",
    "a",
    // Words, with and without numbers, capitals, signs and disguise.
    "hunter2",
    "Sunshine2024!",
    "password123456",
    "P@ssw0rd!2024-Sunshine",
    "Tr0ub4dor&3Tr0ub4dor&4",
    "correct-horse-battery",
    "correct-horse-battery-staple",
    "correcthorsebatterystaple",
    "correct1horse2battery3staple4",
    "production-database-password-2024",
    "MyVerySecretPasswordForTheProductionDatabase1",
    "p4ssw0rd-f0r-th3-pr0duct10n-d4t4b4s3",
    "Th1sIsMyS3cr3tP4ssw0rd2024!",
    "s3cr3tK3yF0rPr0duct10nUs3Only",
    "TestTokenForDevelopmentOnly-DoNotUse",
    "company_name-service_name-prod-eu-west-1",
    "contrasena-muy-larga-y-segura-2024",
    "Donaudampfschifffahrtsgesellschaft2024",
    // Repetitions.
    "Summer2024!Summer2024!",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "xK9#mP2$xK9#mP2$xK9#mP2$xK9#mP2$",
    "aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3",
    "ghp_exampleexampleexample",
    "deadbeefdeadbeefdeadbeefdeadbeef",
    "secret_secret_secret_secret_secret_1",
    // Sequences and walks over a keyboard.
    "0123456789abcdef0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm1234567890",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "zaq12wsxcde34rfvbgt56yhnmju78",
    "a1b2c3d4e5f6g7h8i9j0k1l2",
    "11223344556677889900aabbccddeeff",
    // Numbers, dates, addresses.
    "20241129212713000000000000000000",
    "2718281828459045235360287471352662497757",
    "2024-11-29T21:27:13.000000Z",
    "+49-170-1234567",
    "4111-1111-1111-1111-12/29-123",
    "DE89370400440532013000",
    "00:1A:2B:3C:4D:5E",
    "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    "user@example.com",
    "John.Smith@example.com-1985-07-23",
    "https://example.com/path/to/thing",
    "postgres://admin:secret@db.example.com:5432/app",
    // UUIDs that are nothing, a time with an address, and the hash of a name.
    "00000000-0000-0000-0000-000000000000",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "886313e1-3b8a-5372-9b90-0c9aee199e5d",
    // Written in another alphabet: `user:password1234567890`, and a JWT without a signature.
    "dXNlcjpwYXNzd29yZDEyMzQ1Njc4OTA=",
    "70617373776f726431323334353637383930616263646566",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJvd25lciJ9.",
    // Random, but too short: 16 hexadecimal digits, 12 letters and digits, a code of six digits.
    "9f86d081884c7d65",
    "SlAV32hkKGx9",
    "493027",
];

/// Tokens in the forms of their issuers. None is real. Each is in pieces, so that no scanner takes it for one.
const DRAWN: &[&[&str]] = &[
    // Our own format; GitHub, old and fine-grained; GitLab; npm; Slack; Stripe; SendGrid; OpenAI; DigitalOcean.
    &["acme_deploy_", "4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD0c1Kx2"],
    &["gh", "p_", "wQ8zL3nVb7XkR2mTj5YcF9dHs4GpA6uE1oKi"],
    &[
        "github",
        "_pat_11ABCDEFG0",
        "hT7vQ2xW9mKz4L_p8NsR3cYb6JdF1gUe5XoAaZiVtBqMwHk0SjPy7ElDrG2nC9f",
    ],
    &["gl", "pat-", "x7Kq2Vt9mRz4Lb8NwYcF"],
    &["np", "m_", "Jq7Xv2Kt9Rm4Zb8Nw1Yc5Fd3Hs6GpL0uEoTi"],
    &["xo", "xb-", "274918365027-860317492615-", "Wk3ZpT7vQ2xM9nLb4RcYdF8h"],
    &["sk", "_live_", "7tQ2vXk9mRz4Lb8NwYc5Fd3H"],
    &["S", "G.", "q7Xv2Kt9Rm4Zb8Nw1Yc5Fd", ".3Hs6GpL0uEoTi8Vx2Kz5Qm9Rb4Nt7Wc1Yf3Jd6Lh0Pg"],
    &["dop", "_v1_", "b7d03f5e91c84a2667f0e3d815bc49a2f7163d8e0ca54b97e2d1f6803c59ab47"],
    // Hexadecimal: 32 digits, 40, in capitals, after a prefix.
    &["9f4e2b7a61d03c85", "e7b1904fd26a83c5"],
    &["d41f8cd98f00b204e980", "0998ecf8427e6b3a5c17"],
    &["9F4E2B7A61D03C85", "E7B1904FD26A83C5"],
    &["key", "-9f4e2b7a61d03c85", "e7b1904fd26a83c5"],
    // UUIDs of random numbers, alone, after words, and with a time.
    &["0e3a1f62-6d0c-4b8e", "-9a27-c1d54f7be893"],
    &["service-", "0e3a1f62-6d0c-4b8e", "-9a27-c1d54f7be893"],
    &["01932c07-5e1b-7c4d", "-8f2a-3b6e9d10c587"],
    // Base64 of 16, 20 and 32 bytes, in both alphabets, and base32.
    &["2YotnFZFEjr1z", "CsicMWpAA"],
    &["kX3/tQ9vLm2+Zb7R", "nYw4Jd8HsGc="],
    &["p8-Qz3Xv_7Kt9Rm4Zb8N", "w1Yc5Fd3Hs6GpL0uEoTi2Vx"],
    &["MZXW6YTBOI5DKNRT", "GQ2TMNZYHEYDCMRT"],
    // JWTs: only the signature counts.
    &[
        "eyJhbGciOiJIUzI1NiJ9.",
        "eyJzdWIiOiJhZG1pbiJ9.",
        "Xk7Qv2Tt9Rm4Zb8Nw1Yc5Fd3Hs6GpL0uEoTi2VxJq5B",
    ],
    // A word before a random part does not weigh against it.
    &["internationalization_deployments_production_", "4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD"],
    // A generated password with signs.
    &["kV7#xQ2!mZ9$wT4&", "bN8*rJ3@hL6%pD5^"],
];

#[test]
fn what_people_make_up_is_guessable() {
    let missed: Vec<_> = GUESSABLE.iter().filter(|text| !is_guessable(text.as_bytes())).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_issuers_draw_is_not() {
    let tokens = DRAWN.iter().map(|pieces| pieces.concat());
    let missed: Vec<_> = tokens.filter(|token| is_guessable(token.as_bytes())).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

/// At 64 KiB, the longest token, a search through all earlier text would take minutes.
#[test]
fn a_long_text_is_judged_by_its_end() {
    let random = "4Jk0Qe8sVtZ1mW3yXb5Rc7UaPn9LgD";
    assert!(!is_guessable(format!("{}{random}", "a".repeat(1 << 16)).as_bytes()));
    assert!(is_guessable(format!("{random}{}", "ab".repeat(1 << 15)).as_bytes()));
}

#[test]
fn bytes_of_all_values_are_judged() {
    let all: Vec<u8> = (0..=255).collect();
    assert!(is_guessable(&all), "a sequence");
    assert!(is_guessable("pässwörd-für-münchen-2024".as_bytes()));
}

/// How a shortened guess is spelled: a few words, one separator, a number, a sign.
fn made_up() -> impl Strategy<Value = String> {
    let words =
        ["dragon", "Summer", "letmein", "m0nkey", "SHADOW", "trustno", "fr33dom", "company"];
    let words = prop::collection::vec(prop::sample::select(words.to_vec()), 1..4);
    let sign = prop::sample::select(vec!["", "-", "_", ".", "!", "#"]);
    (words, sign, 0..10_000, "[!?#]?", 1..4_usize).prop_map(|(words, sign, number, end, times)| {
        format!("{}{number}{end}", words.join(sign)).repeat(times)
    })
}

proptest! {
    #[test]
    fn words_with_numbers_are_guessable(text in made_up()) {
        prop_assert!(is_guessable(text.as_bytes()), "{text}");
    }

    #[test]
    fn numbers_are_guessable(text in "[0-9]{0,80}") {
        prop_assert!(is_guessable(text.as_bytes()), "{text}");
    }

    #[test]
    fn short_texts_are_guessable(text in "[!-~]{0,15}") {
        prop_assert!(is_guessable(text.as_bytes()), "{text}");
    }

    #[test]
    fn text_in_base64_is_guessable(text in "[ -~]{12,200}") {
        use base64::{Engine as _, engine::general_purpose};
        for engine in [general_purpose::STANDARD, general_purpose::URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&text);
            prop_assert!(is_guessable(encoded.as_bytes()), "{encoded}");
        }
    }

    #[test]
    fn random_bytes_are_not(bytes in any::<[u8; 48]>()) {
        use base64::{Engine as _, engine::general_purpose};
        for engine in [general_purpose::STANDARD, general_purpose::URL_SAFE_NO_PAD] {
            let encoded = engine.encode(bytes);
            prop_assert!(!is_guessable(encoded.as_bytes()), "{encoded}");
        }
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        prop_assert!(!is_guessable(digits.as_bytes()), "{digits}");
    }
}
