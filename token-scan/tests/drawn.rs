//! Letters that chance has drawn are found where a secret is expected; words and identifiers are not.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use support::scan;
use token_scan::Scanner;

/// English, identifiers of the standard library and of C, German and French: what stands for a value in sources.
const WORDS: &str = "
    through although thought straight knowledge rhythm sphinx zephyr quickly psychology awkward jigsaw bankruptcy
    subpoena lightning watchdog toothbrush matchbox postgres kubernetes webhook backward handshake checkpoint
    throughput bandwidth timestamp hardware software firewall workflow database username hostname localhost
    development production staging testing environment application service account customer employee manager
    available everything something nothing different important question together children mountain river
    computer keyboard language message network package request response session connection transaction
    authentication authorization certificate signature encryption algorithm permission repository container
    as_mut_ptr from_utf8_unchecked into_boxed_slice split_at_mut unwrap_or_default checked_sub wrapping_mul
    saturating_add trailing_zeros copy_from_slice try_from_fn read_to_string write_all fetch_update compare_exchange
    park_timeout is_char_boundary to_ascii_lowercase eq_ignore_ascii_case chunks_exact rsplitn sort_unstable_by_key
    binary_search get_unchecked_mut swap_remove extend_from_slice drain_filter next_multiple_of leading_ones
    strncpy memmove vsnprintf strtoul gethostbyname pthread_mutex_lock setsockopt getaddrinfo mkstemp fflush
    strcasecmp realloc getenv sigaction waitpid HashMap BTreeMap RefCell PhantomData NonNull ManuallyDrop
    IntoIterator DoubleEndedIterator ExactSizeIterator AtomicUsize OnceLock LazyLock BufReader TcpListener
    getElementById addEventListener innerHTML XMLHttpRequest HttpServletRequest StringBuilder ArrayList
    ByteArrayOutputStream NullPointerException objectMapper userRepository jwtPayload httpClient dbConnection
    FWP_BYTE_BLOB SECPKG_CRED DOT11EXT_SET_KEY_MAPPING_KEY ERROR_ACCESS_DENIED WM_KEYDOWN MAX_PATH HKEY_CURRENT_USER
    offset_dt presharedKey authKey UnknownUuid utf8_lossy base64_encode sha256sum md5_hex ed25519_verify x509_parse
    Schlüssel Kennwort Passwort Benutzer Anmeldung Verbindung Zeitstempel Geschwindigkeit Wirtschaft Gesellschaft
    Sicherheit Verschluesselung Unterschrift Zertifikat Datenbank Anwendung Umgebung Entwicklung Wiederherstellung
    Krankenhaus Strassenbahn Fruehstueck Schmetterling Jahrhundert Nachrichten Arbeitsplatz Rechtsanwalt Schulung
    Donnerstag September Weihnachten Nachbarschaft Zwiebelkuchen Herbstwind Schifffahrt Kirschbaum Apfelsaft Vorschlag
    bonjour utilisateur connexion serveur sauvegarde aujourd chaussure grenouille parapluie bibliotheque
    malheureusement developpement environnement production chiffrement certificat signature ordinateur logiciel
    fichier dossier reseau requete reponse exemple bienvenue merci beaucoup quelque toujours jamais maintenant
    printemps automne dimanche vendredi boulangerie fromage voiture lunettes heureux travaux chevaux journal";

fn is_found(scanner: &Scanner, name: &str, value: &str) -> bool {
    let text = format!("{name} = \"{value}\"\n");
    !scanner.bytes("a.txt", text.as_bytes()).findings().is_empty()
}

/// How many of a thousand values of a form are found.
fn found_of_1000(name: &str, form: &str) -> usize {
    let scanner = scan();
    let mut runner = TestRunner::deterministic();
    let strategy = proptest::string::string_regex(form).unwrap();
    let mut drawn = || strategy.new_tree(&mut runner).unwrap().current();
    (0..1000).filter(|_| is_found(&scanner, name, &drawn())).count()
}

#[test]
fn values_of_letters() {
    for (form, name, least) in [
        ("[a-z]{12}", "password", 900),
        ("[a-z]{12}", "client_secret", 900),
        ("[a-z]{8}", "password", 850),
        ("[a-z]{6}", "password", 800),
        ("[A-Z]{12}", "password", 900),
        ("[a-zA-Z]{16}", "client_secret", 850),
    ] {
        let found = found_of_1000(name, form);
        assert!(found >= least, "{found} of 1000 {form} under {name}");
    }
}

#[test]
fn short_values_of_other_secrets() {
    assert_eq!(found_of_1000("client_secret", "[a-z]{7}"), 0);
    let scanner = scan();
    let bare = |value: &str| {
        scanner.bytes("a.env", format!("SESSION_SECRET={value}\n").as_bytes()).findings().len()
    };
    let letters = ["xkq", "vzj", "wpf", "gd"].concat();
    assert_eq!((bare(&letters), bare(letters.get(..9).unwrap())), (1, 0));
}

#[test]
fn words_and_identifiers() {
    let scanner = scan();
    let words: Vec<&str> = WORDS.split_whitespace().filter(|word| word.len() >= 6).collect();
    assert!(words.len() > 240, "{} words", words.len());
    for name in ["password", "client_secret"] {
        // Words with digits are what people make up for a password.
        let made_up =
            |word: &str| name == "password" && word.contains(|c: char| c.is_ascii_digit());
        let found: Vec<_> =
            words.iter().filter(|word| !made_up(word) && is_found(&scanner, name, word)).collect();
        assert!(found.len() * 100 < words.len(), "{name}: {found:?} of {}", words.len());
    }
}

/// A word before drawn digits says whose they are, and not that they are none.
#[test]
fn digits_behind_a_word() {
    for (form, least) in [
        ("(buildkite|payments-api|my-service-account|observability-agent)-[0-9a-f]{12}", 950),
        ("(buildkite|payments_api|my_service_account|observability_agent)_[0-9a-f]{16}", 970),
        ("(buildkite|payments[.]api|deployment)\\.[0-9a-f]{32}", 980),
        ("(buildkite|payments-api|observability-agent)-[0-9a-z]{16}", 920),
    ] {
        let found = found_of_1000("agent_token", form);
        assert!(found >= least, "{found} of 1000 {form}");
    }
    // The name of something has digits behind it too: a date, a number, the few characters that make it unique.
    let scanner = scan();
    for name in [
        "release-candidate-20240131T120000",
        "payments-api-prod-20240131-120000",
        "kubernetes-dashboard-a12b3",
        "service-account-123456789012",
        "feature-branch-build-1234",
    ] {
        assert!(!is_found(&scanner, "deploy_token", name), "{name}");
    }
}
