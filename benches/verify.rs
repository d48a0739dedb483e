//! The cost of verifying a token that we issued: 100,000 of them in memory, presented in no order.
#![allow(clippy::indexing_slicing, reason = "a benchmark")]

use std::{
    cell::Cell,
    collections::HashMap,
    error::Error,
    hint::black_box,
    process::ExitCode,
    sync::{
        Arc, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use benches::{
    POLICY,
    allocations::{Counting, per_call},
    kind,
    measure::{Contest, in_threads},
    report::Report,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use pollster::block_on;
use token_core::{
    Caller, Verify,
    caller::{Hit, Presented},
    record::InMemory,
};
use token_issue::{Issuer, Mint, Verifier, registry::Memory};

#[global_allocator]
static COUNTING: Counting = Counting;

const TOKENS: usize = 100_000;

/// All tokens in a random order, one behind the other: the processor has the bytes at hand, as those of a request that was
/// just read. Where a token stands in the verifier's memory has nothing to do with it.
struct Presenting(Vec<u8>);

thread_local! {
    /// How far the presenting has come on this thread. Each thread begins with another token.
    static NEXT: Cell<usize> = Cell::new(START.fetch_add(TOKENS / 3, Ordering::Relaxed));
}

static START: AtomicUsize = AtomicUsize::new(0);

impl Presenting {
    fn new(mut tokens: Vec<Box<[u8]>>) -> Self {
        fastrand::Rng::with_seed(1).shuffle(&mut tokens);
        Self(tokens.concat())
    }

    fn get(&self, index: usize) -> &[u8] {
        &self.0[index * LENGTH..][..LENGTH]
    }

    /// The next token.
    fn next(&self) -> &[u8] {
        let index = NEXT.get();
        NEXT.set((index + 1) % TOKENS);
        self.get(index % TOKENS)
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..TOKENS).map(|index| self.get(index))
    }
}

/// The bytes of a token with this prefix.
const LENGTH: usize = "acme_minted_".len() + 36;

type Claims = HashMap<String, serde_json::Value>;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("verify: a token that we issued, 100,000 in memory");
    let registry = Arc::new(Memory::new());
    let log = Arc::new(InMemory::named("benches/log"));
    let issuer = Issuer::options(&POLICY, registry.clone(), log).start()?;
    let verifier = block_on(Verifier::options(&POLICY, registry).start())?;
    let mut tokens = Vec::with_capacity(TOKENS);
    for number in 0..TOKENS {
        let mint = Mint::<kind::Minted>::new().subject(format!("job-{number}"));
        let token = block_on(issuer.mint(mint))?.release();
        tokens.push(token.with_bytes("a benchmark presents it", |bytes| Box::<[u8]>::from(bytes)));
    }
    for token in &tokens {
        block_on(verifier.miss(Presented::new(token)))?;
    }
    let presenting = Presenting::new(tokens);
    let verify = || -> Caller<kind::Minted> {
        match verifier.hit(Presented::new(presenting.next())) {
            Hit::Caller(caller) => caller.of_kind().expect("its kind"),
            other => panic!("{other:?}"),
        }
    };

    let plain: RwLock<HashMap<String, u64>> = RwLock::new(
        presenting.iter().map(|token| (String::from_utf8_lossy(token).into(), 1)).collect(),
    );
    let look_up = || {
        let text = str::from_utf8(presenting.next()).expect("a token");
        black_box(plain.read().expect("nobody panics").get(text).copied());
    };
    let (symmetric, asymmetric) = (rival_hs256()?, rival_eddsa()?);
    let mut mistyped = presenting.get(0).to_vec();
    mistyped[20] ^= 1;

    let outcome = Contest::new()
        .enter("presenting", || {
            black_box(presenting.next());
        })
        .enter("verify", || drop(black_box(verify())))
        .enter("HashMap<String>", look_up)
        .enter("jsonwebtoken HS256", || drop(black_box(symmetric())))
        .enter("jsonwebtoken EdDSA", || drop(black_box(asymmetric())))
        .enter("mistyped", || {
            assert!(matches!(verifier.hit(Presented::new(black_box(&mistyped))), Hit::Refused(_)));
        })
        .run();
    let presented = outcome.of("presenting");
    report.time("verify, with the caller returned", outcome.of("verify"), None);
    let beyond = outcome.of("verify").beyond(presented);
    report.number("  without reading the request's bytes", beyond, "ns", Some(300.0));
    report.ratio("  beside a signed token", &outcome, ["verify", "jsonwebtoken HS256"], Some(0.5));
    report.ratio("  beside a signed token", &outcome, ["verify", "jsonwebtoken EdDSA"], Some(0.1));
    report.ratio("  beside a plain map of tokens", &outcome, ["verify", "HashMap<String>"], None);
    report.number("  allocations", per_call(|| drop(black_box(verify()))), "", Some(0.0));
    report.number("  of HS256", per_call(|| drop(black_box(symmetric()))), "", None);
    report.number("  of EdDSA", per_call(|| drop(black_box(asymmetric()))), "", None);
    for threads in [1, 2] {
        let whole = in_threads(threads, || drop(black_box(verify())));
        let rest = in_threads(threads, || {
            black_box(presenting.next());
        });
        let what = format!("verify in {threads} thread(s), without reading the bytes");
        report.number(&what, whole - rest, "ns", Some(300.0));
    }
    report.time("refuse a mistyped token", outcome.of("mistyped"), Some(40.0));
    Ok(report.finish())
}

fn claims() -> Claims {
    let in_an_hour = SystemTime::now() + Duration::from_secs(3_600);
    let seconds =
        in_an_hour.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    [("exp", seconds.into()), ("sub", "job-17".into()), ("scope", "repo:read deploy:run".into())]
        .map(|(name, value): (&str, serde_json::Value)| (name.to_owned(), value))
        .into()
}

fn rival_hs256() -> Result<impl Fn() -> Claims, Box<dyn Error>> {
    let key = [7; 32];
    let token = encode(&Header::default(), &claims(), &EncodingKey::from_secret(&key)?)?;
    Ok(decoding(token, DecodingKey::from_secret(&key)?, Algorithm::HS256))
}

fn rival_eddsa() -> Result<impl Fn() -> Claims, Box<dyn Error>> {
    // An Ed25519 key in PKCS #8 (RFC 8410 section 7), and the public key that belongs to it.
    let mut pkcs8 = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    pkcs8.extend([7; 32]);
    let public = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
    let header = Header::new(Algorithm::EdDSA);
    let token = encode(&header, &claims(), &EncodingKey::from_ed_der(&pkcs8))?;
    Ok(decoding(token, DecodingKey::from_ed_der(public.as_bytes()), Algorithm::EdDSA))
}

fn decoding(token: String, key: DecodingKey, algorithm: Algorithm) -> impl Fn() -> Claims {
    let validation = Validation::new(algorithm);
    move || decode::<Claims>(black_box(&token), &key, &validation).expect("a valid token").claims
}
