//! Texts to search for tokens: the log of a service, and texts that an attacker writes to slow the search down.

use std::hash::{BuildHasher, RandomState};

/// 256 KiB of log as a service writes it: times, paths, ids, digests, some JSON.
#[must_use]
pub fn log() -> Vec<u8> {
    let random = RandomState::new();
    let mut log = String::new();
    for number in 0_u64.. {
        let [a, b] = [random.hash_one(2 * number), random.hash_one(2 * number + 1)];
        let line = match number % 5 {
            0 => format!(
                "2026-01-01T12:00:{:02}.{:06}Z  INFO api::http: GET /v1/repos/rust-lang/rust/pulls/{} status=200 latency_ms={} request_id={a:016x}",
                a % 60,
                a % 1_000_000,
                b % 100_000,
                b % 900
            ),
            1 => format!(
                "2026-01-01T12:00:{:02}.{:06}Z DEBUG worker{{job={}}}: fetched {} objects from bucket=releases key=2026/01/01/part-{b:016x}.tar.gz",
                a % 60,
                a % 1_000_000,
                a % 1000,
                b % 5000
            ),
            2 => format!(
                "{{\"timestamp\":\"2026-01-01T12:00:{:02}Z\",\"level\":\"INFO\",\"fields\":{{\"message\":\"deployment finished\",\"took_ms\":{},\"ok\":true}},\"target\":\"deploy\"}}",
                a % 60,
                b % 90_000
            ),
            3 => format!(
                "2026-01-01T12:00:{:02}.{:06}Z  WARN cache: miss for sha256:{a:016x}{b:016x}{a:016x}{b:016x}, fetching again",
                a % 60,
                a % 1_000_000
            ),
            _ => format!(
                "2026-01-01T12:00:{:02}.{:06}Z  INFO sqlx::query: SELECT id, name, owner FROM repositories WHERE id = $1; rows affected: {}, elapsed: {}us",
                a % 60,
                a % 1_000_000,
                b % 10,
                a % 8000
            ),
        };
        log.push_str(&line);
        log.push('\n');
        if log.len() >= 1 << 18 {
            break;
        }
    }
    log.into_bytes()
}

/// `count` values of `len` random base62 digits each.
#[must_use]
pub fn values(count: usize, len: usize) -> Vec<String> {
    let random = RandomState::new();
    let digit = |seed: usize| {
        let digit = BASE62.get(usize::try_from(random.hash_one(seed) % 62).unwrap_or(0));
        digit.copied().map(char::from).unwrap_or_default()
    };
    (0..count).map(|value| (0..len).map(|at| digit(64 * value + at)).collect()).collect()
}

/// One long run of base62: no space or line break rules out a place for a value.
#[must_use]
pub fn dense() -> String {
    values(1 << 12, 64).concat()
}

/// A text over and over, up to 256 KiB.
#[must_use]
pub fn repeated(text: &str) -> String {
    text.repeat((1 << 18) / text.len())
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
