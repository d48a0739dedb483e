//! Every way a token comes in, is used and goes, one function each.
//!
//! A function reads what the test put in the directory, in the environment or
//! on standard input; when it returns, the token's life is over. What it
//! returns is kept alive while the memory is read.

mod generated;
mod guarded;
mod headers;
mod issued;
mod kept_fresh;
mod key;
mod recorded;
mod redact;
mod rotated;
mod served;

use std::{
    any::Any,
    error::Error,
    fmt::Debug,
    fs::{self, File},
    io::{self, Read, Write},
    panic,
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use token_core::{
    Clock, ErrorKind, Grant, ManualClock, RequireScopes, Secret, Token, TokenId,
    source::{self, ConfigFile, TokenResponse},
};

token_core::policy!("tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

/// What stays alive while the memory is read.
type Kept = Box<dyn Any>;

/// One life of a token, given the directory with what it is read from.
type Life = fn(&Path) -> Kept;

/// All paths by name, for the test to go through.
const PATHS: &[(&str, Life)] = &[
    // Controls: nothing, and leaks that must be found.
    ("control_nothing", |_| Box::new(())),
    ("control_leaked_token", |dir| Box::new(loaded(dir))),
    ("control_leaked_string", |dir| Box::new(fs::read_to_string(dir.join("token")).unwrap())),
    ("control_key_text", |dir| Box::new(text(dir, "key"))),
    ("control_key_alive", key::alive),
    // Sources.
    ("file", |dir| gone(source::file(dir.join("token")))),
    ("file_with_line_ending", |dir| gone(source::file(dir.join("token_crlf")))),
    ("file_malformed", |dir| refused(source::file(dir.join("token_space")), ErrorKind::Malformed)),
    ("file_not_utf8", |dir| refused(source::file(dir.join("token_latin1")), ErrorKind::Malformed)),
    ("file_too_long", |dir| refused(source::file(dir.join("token_long")), ErrorKind::TooLong)),
    ("file_readable_by_others", |dir| {
        refused(source::file(dir.join("token_0644")), ErrorKind::ReadableByOthers)
    }),
    ("credential", |_| gone(source::credential("token"))),
    ("env", |_| gone(source::env("TOKEN"))),
    ("env_malformed", |_| refused(source::env("TOKEN_SPACE"), ErrorKind::Malformed)),
    ("env_quoted", |_| {
        let error = source::env("TOKEN_QUOTED").expect_err("the quotes are part of the value");
        assert!(error.to_string().contains("quotes"), "{error}");
        assert_eq!(error.kind(), ErrorKind::Malformed);
        kept(error)
    }),
    ("env_set_again", |_| {
        // As a program does that trims its variables, or reads a .env file.
        let value = std::env::var("TOKEN").unwrap();
        // SAFETY: this thread is the only one.
        unsafe { std::env::set_var("TOKEN", &value) };
        drop(Secret::from(value));
        gone(source::env("TOKEN"))
    }),
    ("stdin", |_| gone(source::stdin())),
    ("reader", |dir| gone(source::reader(open(dir, "token")))),
    ("reader_bytewise", |dir| gone(source::reader(Slow(open(dir, "token_after_2000"))))),
    ("reader_fails", |dir| refused(source::reader(Failing(open(dir, "token"))), ErrorKind::Io)),
    ("command", |dir| gone(helper(dir, "cat \"$0\"/token"))),
    ("command_fails", |dir| {
        refused(helper(dir, "cat \"$0\"/token; exit 3"), ErrorKind::HelperFailed)
    }),
    ("command_says_it", |dir| {
        let error = helper(dir, "cat \"$0\"/token >&2; exit 3").expect_err("the status is 3");
        assert!(error.to_string().contains("[masked]"), "{error}");
        kept(error)
    }),
    ("command_prints_and_says_it", |dir| {
        let script = "{ printf 'bad token: '; cat \"$0\"/token; } | tee /dev/stderr; exit 3";
        refused(helper(dir, script), ErrorKind::HelperFailed)
    }),
    ("command_says_it_and_works", |dir| {
        gone(helper(dir, "cat \"$0\"/token >&2; cat \"$0\"/token"))
    }),
    ("command_leaves_a_daemon", |dir| gone(helper(dir, "sleep 2 & cat \"$0\"/token"))),
    ("command_times_out", |dir| {
        refused(helper(dir, "cat \"$0\"/token; sleep 60"), ErrorKind::Timeout)
    }),
    ("config_toml", |dir| config(ConfigFile::open_toml(dir.join("config.toml")), "github.token")),
    ("config_toml_text", |dir| {
        config(ConfigFile::from_toml(text(dir, "config.toml")), "github.token")
    }),
    ("config_toml_wrong_field", |dir| {
        config_refused(dir, "config.toml", "github", ErrorKind::WrongType)
    }),
    ("config_toml_missing", |dir| {
        config_refused(dir, "config.toml", "gitlab.token", ErrorKind::MissingField)
    }),
    ("config_toml_escapes", |dir| {
        config(ConfigFile::open_toml(dir.join("escapes.toml")), "github.token")
    }),
    ("config_toml_all_escapes", |dir| {
        config(ConfigFile::open_toml(dir.join("all_escapes.toml")), "github.token")
    }),
    ("config_toml_unquoted", |dir| {
        config_refused(dir, "unquoted.toml", "github.token", ErrorKind::WrongType)
    }),
    ("config_toml_twice", |dir| {
        config_refused(dir, "twice.toml", "github.token", ErrorKind::DuplicateField)
    }),
    ("config_toml_syntax", |dir| {
        config_refused(dir, "syntax.toml", "github.token", ErrorKind::Syntax)
    }),
    ("config_toml_token_as_key", |dir| {
        config_refused(dir, "key.toml", "github.token", ErrorKind::MissingField)
    }),
    ("config_toml_token_as_key_and_mistake", |dir| {
        config_refused(dir, "key_twice.toml", "github.token", ErrorKind::DuplicateField)
    }),
    ("config_json", |dir| config(ConfigFile::open_json(dir.join("config.json")), "github.token")),
    ("config_json_slashes", |dir| {
        config(ConfigFile::open_json(dir.join("slashes.json")), "github.token")
    }),
    ("config_json_wrong_field", |dir| {
        config_refused(dir, "config.json", "github", ErrorKind::WrongType)
    }),
    ("config_json_escapes", |dir| {
        config(ConfigFile::open_json(dir.join("escapes.json")), "github.token")
    }),
    ("config_json_all_escapes", |dir| {
        config(ConfigFile::open_json(dir.join("all_escapes.json")), "github.token")
    }),
    ("config_json_escaped_key", |dir| {
        config_refused(dir, "escaped_key.json", "gitlab.token", ErrorKind::MissingField)
    }),
    ("config_json_twice", |dir| {
        config_refused(dir, "twice.json", "github.token", ErrorKind::DuplicateField)
    }),
    ("config_json_syntax", |dir| {
        config_refused(dir, "syntax.json", "github.token", ErrorKind::Syntax)
    }),
    ("response", |dir| {
        let response = TokenResponse::read(open(dir, "response.json"), "").unwrap();
        assert!(response.refresh_token.is_some());
        gone(admit(response.access_token, &response.grant))
    }),
    ("response_taken", |dir| {
        let response = TokenResponse::take(body(dir, "response.json"), "").unwrap();
        assert!(response.is_wiped);
        gone(admit(response.access_token, &response.grant))
    }),
    ("response_taken_and_refused", |dir| {
        refused(TokenResponse::take(body(dir, "response_mac.json"), ""), ErrorKind::WrongType)
    }),
    ("response_mac", |dir| response_refused(dir, "response_mac.json", ErrorKind::WrongType)),
    ("response_syntax", |dir| response_refused(dir, "syntax.json", ErrorKind::Syntax)),
    ("response_escapes", |dir| {
        response_refused(dir, "response_escapes.json", ErrorKind::Malformed)
    }),
    ("response_all_escapes", |dir| {
        let response = TokenResponse::read(open(dir, "response_all_escapes.json"), "").unwrap();
        gone(admit(response.access_token, &response.grant))
    }),
    ("response_form", |dir| response_refused(dir, "response_form", ErrorKind::Syntax)),
    ("response_token_in_scopes", |dir| {
        let response = TokenResponse::read(open(dir, "response_scopes.json"), "").unwrap();
        refused(admit(response.access_token, &response.grant), ErrorKind::ExcessScope)
    }),
    ("response_token_as_scope", |dir| {
        let response = TokenResponse::read(open(dir, "response_scope.json"), "").unwrap();
        refused(admit(response.access_token, &response.grant), ErrorKind::ExcessScope)
    }),
    ("response_in_error", |dir| {
        response_refused(dir, "response_error.json", ErrorKind::IssuerRefused)
    }),
    // From memory that the caller had.
    ("take_from", |dir| {
        let mut bytes = fs::read(dir.join("token")).unwrap();
        gone(admit(Secret::take_from(&mut bytes), &grant()))
    }),
    ("string", |dir| gone(admit(text(dir, "token").into(), &grant()))),
    ("string_with_room", |dir| {
        let mut file = open(dir, "token");
        let mut room = String::with_capacity(4096);
        file.read_to_string(&mut room).unwrap();
        gone(admit(room.into(), &grant()))
    }),
    ("secrecy_and_back", |dir| {
        let there = secrecy::SecretString::try_from(secret(dir)).unwrap();
        gone(admit(there.into(), &grant()))
    }),
    ("serde_json", |dir| {
        let json = text(dir, "string.json");
        let secret: Secret = serde_json::from_str(&json).unwrap();
        drop(Secret::from(json));
        gone(admit(secret, &grant()))
    }),
    // Refusals.
    ("admit_token_as_audience", |dir| {
        let grant = grant().audience(text(dir, "token"));
        let clones = (grant.clone(), grant.clone());
        drop((grant, clones));
        Box::new(())
    }),
    ("admit_excess_scope", |dir| {
        let grant = Grant::new("repo:read admin").expires_in(Duration::from_secs(60));
        refused(admit(secret(dir), &grant), ErrorKind::ExcessScope)
    }),
    ("admit_expired", |dir| {
        let grant = grant().expires_at(time::UtcDateTime::UNIX_EPOCH);
        refused(admit(secret(dir), &grant), ErrorKind::Expired)
    }),
    // Use.
    ("id", |dir| Box::new(loaded(dir).id().expect("a random token"))),
    ("expose", |dir| {
        let token = loaded(dir);
        assert_eq!(token.expose_for(&ListRepos).unwrap().as_str().len(), 64);
        gone(Ok::<_, ErrorKind>(token))
    }),
    ("spend", |dir| {
        let spent = loaded(dir).spend_for(&ListRepos).unwrap();
        assert_eq!(spent.as_bytes().len(), 64);
        Box::new(TokenId::from_bytes([0; 16]))
    }),
    ("header", |dir| {
        let token = loaded(dir);
        let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
        let clones = [header.clone(), header.clone()];
        drop((token, header));
        assert_eq!(clones[1].as_bytes().len(), 71);
        Box::new(())
    }),
    ("header_written", |dir| {
        let token = loaded(dir);
        let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
        File::create("/dev/null").unwrap().write_all(header.as_bytes()).unwrap();
        Box::new(())
    }),
    ("header_raw", |dir| headers::sent(dir, headers::RAW)),
    ("header_scheme", |dir| headers::sent(dir, headers::SCHEME)),
    ("header_basic", |dir| headers::sent(dir, headers::BASIC)),
    ("control_basic_alive", headers::alive),
    ("header_raw_alone", |dir| headers::dropped(dir, headers::RAW)),
    ("header_bearer_alone", |dir| headers::dropped(dir, headers::BEARER)),
    ("header_scheme_alone", |dir| headers::dropped(dir, headers::SCHEME)),
    ("header_basic_alone", |dir| headers::dropped(dir, headers::BASIC)),
    ("header_basic_refused", headers::refused),
    ("panic_after_header_raw", |dir| headers::panicked(dir, headers::RAW)),
    ("panic_after_header_scheme", |dir| headers::panicked(dir, headers::SCHEME)),
    ("panic_after_header_basic", |dir| headers::panicked(dir, headers::BASIC)),
    // The token itself stays: expired, so wiped.
    ("expired_by_wall", |dir| expired(dir, |clock| clock.set_wall(time::UtcDateTime::MAX))),
    ("expired_by_monotonic", |dir| {
        expired(dir, |clock| clock.advance_monotonic(Duration::from_secs(60)))
    }),
    ("expired_by_remaining", |dir| {
        let clock = clock();
        let token = admit_on(dir, &clock);
        clock.advance(Duration::from_secs(60));
        assert!(token.remaining().is_zero());
        Box::new(token)
    }),
    ("expired_after_a_forgotten_exposure", |dir| {
        let clock = clock();
        #[expect(clippy::mem_forget, reason = "what is tested")]
        for _ in 0..20 {
            // The allocator gives its place to the next one.
            let other = Token::<kind::Ci>::admit_with_clock(
                vec![b'x'; 64].into(),
                &grant(),
                Arc::clone(&clock) as Arc<dyn Clock>,
            )
            .unwrap();
            std::mem::forget(other.expose_for(&ListRepos).unwrap());
        }
        let token = admit_on(dir, &clock);
        drop(token.expose_for(&ListRepos).unwrap());
        clock.advance(Duration::from_secs(60));
        assert!(token.check().is_err());
        Box::new(token)
    }),
    ("expired_while_exposed", |dir| {
        let clock = clock();
        let token = admit_on(dir, &clock);
        let exposed = token.expose_for(&ListRepos).unwrap();
        clock.advance(Duration::from_secs(60));
        assert!(token.check().is_err());
        assert_eq!(exposed.as_bytes().len(), 64);
        drop(exposed); // The last one out wipes.
        Box::new(token)
    }),
    ("expired_with_many_exposed", |dir| {
        let clock = clock();
        let token = admit_on(dir, &clock);
        let exposed: Vec<_> = (0..8).map(|_| token.expose_for(&ListRepos).unwrap()).collect();
        clock.advance(Duration::from_secs(60));
        assert!(token.check().is_err());
        drop(exposed);
        Box::new(token)
    }),
    // Generated here: the test learns the token from a file.
    ("control_generated_alive", generated::alive),
    ("generated_dropped", generated::dropped),
    ("generated_used", generated::used),
    ("generated_panic", generated::panicked),
    ("generated_masked", generated::masked),
    ("generated_masked_in_pieces", generated::masked_in_pieces),
    ("generated_masked_and_escaped", generated::masked_and_escaped),
    ("generated_half_masked", generated::half_masked),
    ("generated_displayed", generated::displayed),
    ("generated_in_a_panic", generated::in_a_panic),
    // Minted here: the test learns the token from the same file.
    // Replaced, and got by another secret.
    ("rotated_ended_under_a_lease", rotated::ended_under_a_lease),
    ("rotated_closed", rotated::closed),
    ("rotated_by_threads_and_closed", kept_fresh::closed),
    ("rotated_by_threads_and_hung", kept_fresh::closed_while_a_helper_hangs),
    ("rotated_by_threads_and_dropped", kept_fresh::dropped),
    ("control_rotated_alive", kept_fresh::alive),
    ("rotated_watched", rotated::watched),
    ("rotated_half_written", rotated::half_written),
    ("rotated_client_secret", rotated::client_secret_in_body),
    ("rotated_client_secret_basic", rotated::client_secret_basic),
    ("rotated_refreshed", rotated::refreshed),
    ("rotated_unwritten", rotated::unwritten),
    ("rotated_answered", rotated::answered),
    ("rotated_panic", rotated::panicked),
    ("control_issued_alive", issued::alive),
    ("issued_released", issued::released),
    ("issued_many", issued::many),
    ("issued_response", issued::response),
    ("issued_body", issued::body),
    ("issued_verified", issued::verified),
    ("issued_narrowed", issued::narrowed),
    ("issued_revoked", issued::revoked),
    ("issued_panic", issued::panicked),
    ("issued_unreleased", issued::unreleased),
    // In requests to a guarded service.
    ("control_guarded_alive", guarded::alive),
    ("guarded_verified", guarded::verified),
    ("guarded_refused", guarded::refused),
    ("guarded_introspected", guarded::introspected),
    ("guarded_revoked", guarded::revoked),
    ("guarded_exchanged", guarded::exchanged),
    ("guarded_exchanged_for", guarded::exchanged_for),
    ("guarded_malformed", guarded::malformed),
    ("guarded_panic", guarded::panicked),
    ("served_header", served::header),
    ("served_form", served::form),
    // Masked in output.
    ("control_redact_encoded", redact::encoded),
    ("redact_registered", redact::registered),
    ("redact_a_thousand", redact::a_thousand),
    ("redact_a_thousand_found", redact::a_thousand_found),
    ("redact_escaped_found", redact::escaped_found),
    ("redact_half_held", redact::half_held),
    ("redact_panic", redact::panicked),
    // On record.
    ("recorded", recorded::dropped),
    ("recorded_and_spent", recorded::spent),
    ("recorded_and_expired", recorded::expired),
    ("recorded_refusal", recorded::refused),
    ("recorder_fails", recorded::by_nobody),
    ("recorder_panics", recorded::by_hostile),
    ("noted_when_dropped", recorded::noted_when_dropped),
    ("noted_when_spent", recorded::noted_when_spent),
    ("noted_when_expired", recorded::noted_when_expired),
    ("noted_when_expired_and_spent", recorded::noted_when_expired_and_spent),
    ("noted_when_refused", recorded::noted_when_refused),
    ("noted_when_unwound", recorded::noted_when_unwound),
    // The key that signs the log.
    ("key_read", key::read),
    ("key_signed", key::signed),
    ("key_log", key::log),
    ("key_log_closed", key::log_closed),
    ("key_log_opened_again", key::log_opened_again),
    ("key_log_of_another", key::log_of_another),
    ("key_to_secret", key::to_secret),
    ("key_moved", key::moved),
    ("key_wrong_id", |dir| key::refused(dir, "key_wrong_id")),
    ("key_malformed", |dir| key::refused(dir, "key_malformed")),
    ("key_too_long", |dir| key::refused(dir, "key_too_long")),
    ("key_other_type", |dir| key::refused(dir, "key_other_type")),
    ("key_long_name", |dir| key::refused(dir, "key_long_name")),
    ("key_unwound", key::unwound),
    ("key_panic_after_reading", key::panic_after_reading),
    ("key_panic_after_signing", key::panic_after_signing),
    ("key_panic_after_to_secret", key::panic_after_to_secret),
    // Moves.
    ("moved", |dir| {
        #[inline(never)]
        fn pass(token: Token<kind::Ci>, depth: usize) -> Result<Box<[Token<kind::Ci>; 1]>, ()> {
            let local = [token];
            if depth == 0 {
                Ok(Box::new(local))
            } else {
                pass(local.into_iter().next().unwrap(), depth - 1)
            }
        }
        gone(Ok::<_, ErrorKind>(pass(loaded(dir), 20).unwrap()))
    }),
    ("vec_growth", |dir| {
        let mut tokens = Vec::new();
        for _ in 0..100 {
            tokens.push(loaded(dir));
        }
        tokens.rotate_left(37);
        gone(Ok::<_, ErrorKind>(tokens))
    }),
    ("option_replaced", |dir| {
        let mut slot = Some(loaded(dir));
        slot.replace(loaded(dir));
        gone(Ok::<_, ErrorKind>(slot.take()))
    }),
    ("threads", |dir| {
        let token = Arc::new(loaded(dir));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let token = Arc::clone(&token);
                thread::spawn(move || {
                    token.expose_for(&ListRepos).map(|e| e.as_bytes().len()).unwrap()
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), 64));
        gone(Ok::<_, ErrorKind>(token))
    }),
    ("unwind", |dir| {
        let token = loaded(dir);
        let unwound = panic::catch_unwind(panic::AssertUnwindSafe(move || {
            let _exposed = token.expose_for(&ListRepos).unwrap();
            panic::resume_unwind(Box::new(()));
        }));
        assert!(unwound.is_err());
        Box::new(())
    }),
    ("unwind_with_message", |dir| {
        panic::set_hook(Box::new(|_| {}));
        let token = loaded(dir);
        let unwound = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            let exposed = token.expose_for(&ListRepos).unwrap();
            panic!("{token:?} {exposed:?}");
        }));
        unwound.unwrap_err()
    }),
    // The first panic makes the dynamic linker bind the unwinder, and save all
    // registers on the stack while it does.
    ("panic_after_file", |dir| panicked(|| source::file(dir.join("token")))),
    ("panic_after_stdin", |_| panicked(source::stdin)),
    ("panic_after_command", |dir| panicked(|| helper(dir, "cat \"$0\"/token"))),
    ("panic_after_config", |dir| {
        panicked(|| ConfigFile::open_toml(dir.join("config.toml"))?.take("github.token"))
    }),
    ("panic_after_response", |dir| {
        panicked(|| TokenResponse::read(open(dir, "response.json"), ""))
    }),
    ("panic_after_expose", |dir| {
        let token = loaded(dir);
        panicked(move || token.expose_for(&ListRepos).map(|exposed| exposed.as_str().len()))
    }),
    ("panic_after_header", |dir| {
        let token = loaded(dir);
        panicked(move || token.expose_for(&ListRepos)?.bearer_header())
    }),
    ("panic_after_comparison", |dir| {
        let (one, other) = (secret(dir), secret(dir));
        let token = admit(other, &grant()).unwrap();
        panicked(move || {
            let exposed = token.expose_for(&ListRepos)?;
            assert!(one.constant_time_eq(exposed.as_bytes()));
            Ok::<_, token_core::Error>(())
        })
    }),
    ("panic_after_grown_reader_fails", |dir| {
        quietly(|| {
            // Twice as large twice, the second time with most of the token in it.
            let reader = open(dir, "token_after_2000").chain(Broken);
            assert_eq!(source::reader(reader).unwrap_err().kind(), ErrorKind::Io);
            panic!("on purpose");
        })
    }),
    ("panic_in_clock", |dir| {
        quietly(|| Token::<kind::Ci>::admit_with_clock(secret(dir), &grant(), Arc::new(NoClock)))
    }),
    ("header_in_threads", |dir| {
        let token = loaded(dir);
        let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
        let threads: Vec<_> = (0..4)
            .map(|_| header.clone())
            .map(|header| thread::spawn(move || assert_eq!(header.len(), 71)))
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        gone(Ok::<_, ErrorKind>((token, header)))
    }),
    ("unwind_in_reader", |dir| {
        let unwound = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            source::reader(Panicking(open(dir, "token")))
        }));
        assert!(unwound.is_err());
        Box::new(())
    }),
];

pub(crate) fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(dir)) = (arguments.next(), arguments.next()) else {
        return PATHS.iter().for_each(|(name, _)| println!("{name}"));
    };
    let path = PATHS.iter().find(|path| path.0 == name).expect("an unknown path");
    let _kept = (path.1)(Path::new(&dir));
    println!("ready");
    loop {
        thread::park();
    }
}

/// Ends the life of what was made of the token, successfully.
fn gone<T, E: Debug>(result: Result<T, E>) -> Kept {
    drop(result.expect("a token"));
    Box::new(())
}

/// Keeps the error: it must not hold a byte either.
fn refused<T: Debug>(result: Result<T, token_core::Error>, kind: ErrorKind) -> Kept {
    let error = result.expect_err("a refusal");
    assert_eq!(error.kind(), kind, "{error}");
    kept(error)
}

fn kept(error: impl Error + 'static) -> Kept {
    Box::new((format!("{error} {error:?}"), error))
}

/// Panics right after `f`, and unwinds out of it.
fn panicked<T, E: Debug>(f: impl FnOnce() -> Result<T, E>) -> Kept {
    quietly(|| {
        let _kept = f().expect("a token");
        panic!("on purpose");
    })
}

fn quietly<T>(f: impl FnOnce() -> T) -> Kept {
    panic::set_hook(Box::new(|_| {}));
    let unwound = panic::catch_unwind(panic::AssertUnwindSafe(f));
    unwound.map(drop).expect_err("a panic")
}

fn config(file: Result<ConfigFile, token_core::Error>, field: &str) -> Kept {
    let mut file = file.unwrap();
    let token = admit(file.take(field).unwrap(), &grant()).unwrap();
    drop(token);
    // What the service's settings library reads may be copied at will.
    Box::new((file.rest().to_owned(), file))
}

fn config_refused(dir: &Path, file: &str, field: &str, kind: ErrorKind) -> Kept {
    let config = match file.ends_with(".json") {
        true => ConfigFile::open_json(dir.join(file)),
        false => ConfigFile::open_toml(dir.join(file)),
    };
    refused(config.unwrap().take(field), kind)
}

/// As an HTTP client reads it.
fn body(dir: &Path, name: &str) -> Bytes {
    let size = fs::metadata(dir.join(name)).unwrap().len().try_into().unwrap();
    let mut body = BytesMut::zeroed(size);
    open(dir, name).read_exact(&mut body).unwrap();
    body.freeze()
}

fn response_refused(dir: &Path, file: &str, kind: ErrorKind) -> Kept {
    refused(TokenResponse::read(open(dir, file), "repo:read"), kind)
}

fn expired(dir: &Path, turn: fn(&ManualClock)) -> Kept {
    let clock = clock();
    let token = Arc::new(admit_on(dir, &clock));
    turn(&clock);
    assert!(token.expose_for(&ListRepos).unwrap_err().is_expired());
    Box::new(token)
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(time::macros::utc_datetime!(2026-01-01 12:00)))
}

fn admit_on(dir: &Path, clock: &Arc<ManualClock>) -> Token<kind::Ci> {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Token::admit_with_clock(secret(dir), &grant(), clock).unwrap()
}

fn admit(secret: Secret, grant: &Grant) -> Result<Token<kind::Ci>, token_core::Error> {
    Token::admit(secret, grant)
}

fn grant() -> Grant {
    Grant::new("repo:read").expires_in(Duration::from_secs(60))
}

fn loaded(dir: &Path) -> Token<kind::Ci> {
    admit(secret(dir), &grant()).unwrap()
}

fn secret(dir: &Path) -> Secret {
    source::file(dir.join("token")).unwrap()
}

fn helper(dir: &Path, script: &str) -> Result<Secret, token_core::Error> {
    let dir = dir.to_str().unwrap();
    // Long enough for a busy machine; only a script that sleeps is to run out of it.
    let timeout = if script.contains("sleep") { 1 } else { 60 };
    source::command(["sh", "-c", script, dir], Duration::from_secs(timeout))
}

fn open(dir: &Path, name: &str) -> File {
    File::open(dir.join(name)).unwrap()
}

fn text(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap()
}

/// Gives one byte at a time.
struct Slow(File);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The 2,000 leading line breaks of the file make the buffer grow.
        let len = buffer.len().min(1);
        let count = self.0.read(&mut buffer[..len])?;
        match buffer.first_mut() {
            Some(byte) if *byte == b'\n' => *byte = b'n',
            _ => {}
        }
        Ok(count)
    }
}

/// Gives half of the token, then an error.
struct Failing(File);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let position = io::Seek::stream_position(&mut self.0)?;
        match position {
            0 => self.0.read(&mut buffer[..32]),
            _ => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
}

/// Panics when somebody asks.
struct NoClock;

impl Clock for NoClock {
    fn wall(&self) -> Duration {
        panic!("on purpose")
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

/// Gives the token, then panics.
struct Panicking(File);

impl Read for Panicking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => panic::resume_unwind(Box::new(())),
            count => Ok(count),
        }
    }
}
