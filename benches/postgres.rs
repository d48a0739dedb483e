//! The registry in PostgreSQL, on a server of its own: a token that memory lacks, the start of a verifier, and minting.
//!
//! Wall-clock time is measured, since most of it is waiting for the server. The registry and its rival take turns.
#![allow(clippy::indexing_slicing, reason = "a benchmark")]

#[path = "../tests/support/src/postgres.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "it is for tests")]
mod server;

use std::{
    error::Error,
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use benches::{POLICY, kind, measure::Series, report::Report};
use pollster::block_on;
use server::Server;
use token_audit::{Log, SigningKey};
use token_core::{Secret, UtcDateTime};
use token_issue::{Digest, Digests, Issuer, Mint, Registry, Verifier, registry::Postgres};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, Statement};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("postgres: the registry on a server that waits for its disk");
    let server = Server::start_with(&["fsync=on", "shared_buffers=1GB", "max_wal_size=4GB"]);
    let url = server.database("tokens");
    let registry: Arc<dyn Registry> = Arc::new(Postgres::open(Secret::from(url.clone()))?);
    mint(&mut report, &registry)?;
    // So many that the server's planner has to look for a row by its digest.
    fill(&server);
    miss(&mut report, &registry, &url)?;
    warm_up(&mut report, &registry)?;
    Ok(report.finish())
}

/// 32 threads mint, on record, and share the connections and syncs.
fn mint(report: &mut Report, registry: &Arc<dyn Registry>) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let key = SigningKey::generate("bench.example/tokens")?;
    let log =
        Log::options().deadline(Duration::from_secs(60)).open(directory.path().join("log"), key)?;
    let options = Issuer::options(&POLICY, Arc::clone(registry), Arc::new(log));
    let issuer = options.deadline(Duration::from_secs(60)).start()?;
    let mint = || {
        let mint = Mint::<kind::Minted>::new().subject("job-17").reason("nightly deployment");
        drop(block_on(issuer.mint(mint)).expect("a token").release());
    };
    let one = Series::new((0..ROUNDS).map(|_| median(mint)).collect());
    report.number("mint, one by one", one.median(), "us", None);
    let rates = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..PER_THREAD).for_each(|_| mint()));
            }
        });
        f64::from(THREADS * PER_THREAD) / start.elapsed().as_secs_f64()
    });
    let rates = Series::new(rates.collect());
    // Each token waits for the log's disk and for the server's, and what waits meanwhile shares the next two waits.
    let sync = sync(directory.path())?;
    report.number("write + fdatasync", sync, "us", None);
    let syncs = f64::from(THREADS) / (2.0 * sync / 1e6);
    report.number("  32 tokens for each two of them", syncs.round(), "tokens/s", None);
    report.at_least("mint, 32 threads", rates.median().round(), "tokens/s", syncs.min(5_000.0));
    Ok(())
}

/// The time to write the record of a birth to the disk.
fn sync(directory: &Path) -> Result<f64, Box<dyn Error>> {
    let path = directory.join("raw");
    // As long as it will be, as a log's journal is.
    fs::write(&path, vec![0; 4 << 20])?;
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.sync_all()?;
    let rounds = (0..ROUNDS).map(|_| {
        median(|| {
            file.write_all(&[b'x'; RECORD_BYTES]).and_then(|()| file.sync_data()).expect("a disk");
        })
    });
    Ok(Series::new(rounds.collect()).median())
}

fn fill(server: &Server) {
    server.sql(
        "tokens",
        "DELETE FROM token_registry.token;
         INSERT INTO token_registry.token (id, digest, kind, scopes, minted_at, expires_at, born, depth, subject, once, actor, reason,
             log, log_index)
         SELECT decode(md5(i::text), 'hex'), sha256(i::text::bytea), 'minted', 'repo:read deploy:run', extract(epoch FROM now())::bigint,
             extract(epoch FROM now())::bigint + 900, 0, 0, 'job-' || i, false, 'token-service', 'nightly deployment', 'bench.example/tokens', i
         FROM generate_series(1, 1000000) i",
    );
    server.sql("tokens", "VACUUM ANALYZE token_registry.token");
}

/// One token after the other, as a verifier reads them that has not seen them yet.
fn miss(
    report: &mut Report,
    registry: &Arc<dyn Registry>,
    url: &str,
) -> Result<(), Box<dyn Error>> {
    let own = block_on(registry.snapshot(0, UtcDateTime::UNIX_EPOCH))?.at;
    let rows = block_on(registry.snapshot(20_000, UtcDateTime::UNIX_EPOCH))?.rows;
    let mut digests: Vec<Digest> = rows.into_iter().map(|(digest, _)| digest).collect();
    fastrand::Rng::with_seed(1).shuffle(&mut digests);
    let raw = Raw::new(url)?;
    let (mut next, mut ours, mut theirs) = (digests.iter().cycle(), Vec::new(), Vec::new());
    let mut next = || *next.next().expect("there are tokens");
    for _ in 0..ROUNDS {
        ours.push(median(|| {
            let read = block_on(registry.read(Digests::new(next(), None), own));
            assert!(read.expect("an answer").row.is_some(), "the row is there");
        }));
        theirs.push(median(|| raw.read(&next())));
    }
    let (ours, theirs) = (Series::new(ours), Series::new(theirs));
    report.number("a bare read of a row, prepared", theirs.median(), "us", None);
    report.number("miss", ours.median(), "us", Some(100.0));
    report.number("  in the best round", ours.min(), "us", None);
    report.number("  over the bare read", ours.over(&theirs), "x", None);
    Ok(())
}

/// A verifier begins with a million tokens.
fn warm_up(report: &mut Report, registry: &Arc<dyn Registry>) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let snapshot = block_on(registry.snapshot(1 << 21, UtcDateTime::UNIX_EPOCH))?;
    let taken = start.elapsed().as_secs_f64();
    assert!(snapshot.rows.len() >= 999_000, "all rows are there");
    drop(snapshot);
    report.number("a million rows, read from the server", taken, "s", None);
    let start = Instant::now();
    let options = Verifier::options(&POLICY, Arc::clone(registry)).capacity(1 << 21);
    let verifier = block_on(options.start())?;
    let taken = start.elapsed().as_secs_f64();
    report.fact(
        "tokens in memory",
        &verifier.remembered().to_string(),
        verifier.remembered() >= 999_000,
    );
    report.number("the start of a verifier with them", taken, "s", Some(3.0));
    Ok(())
}

/// The same row by the shortest way.
struct Raw {
    runtime: Runtime,
    client: Client,
    statement: Statement,
}

impl Raw {
    fn new(url: &str) -> Result<Self, Box<dyn Error>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (client, connection) = runtime.block_on(tokio_postgres::connect(url, NoTls))?;
        runtime.spawn(connection);
        let sql = "SELECT * FROM token_registry.token WHERE digest = $1";
        let statement = runtime.block_on(client.prepare(sql))?;
        Ok(Self { runtime, client, statement })
    }

    fn read(&self, digest: &Digest) {
        let digest = &digest.as_bytes()[..];
        let read = async { self.client.query_one(&self.statement, &[&digest]).await };
        self.runtime.block_on(read).expect("the row is there");
    }
}

/// The median time of a call, in microseconds.
fn median(mut call: impl FnMut()) -> f64 {
    let times = (0..CALLS).map(|_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64() * 1e6
    });
    Series::new(times.collect()).median()
}

/// The length of the record of a birth.
const RECORD_BYTES: usize = 320;
const ROUNDS: u32 = 15;
const CALLS: u32 = 100;
const THREADS: u32 = 32;
const PER_THREAD: u32 = 100;
