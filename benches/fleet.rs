//! A hundred verifiers on one server: how long a revocation takes to reach them all, and what they cost the server and those who write to it.
//!
//! Wall-clock time is measured. The nodes, the server and whoever writes share this machine, so what is said of a hundred nodes is more than
//! they would cost a server of its own.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a benchmark")]

#[path = "../tests/support/src/postgres.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "it is for tests")]
mod server;

use std::{
    error::Error,
    fs,
    path::Path,
    process::ExitCode,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use benches::{POLICY, kind, measure::Series, report::Report};
use pollster::block_on;
use server::{Pooler, ROLE, Server, program, run};
use token_core::{
    Secret, TokenId, Verify,
    caller::{Hit, Presented},
    record::InMemory,
};
use token_issue::{Issuer, Mint, Registry, Verifier, registry::Postgres};

const NODES: usize = 100;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("fleet: a hundred verifiers on one server");
    let server = Server::start_with(&["fsync=on", "max_connections=1000"]);
    let url = server.database("tokens");
    let desk = Desk::new(&url)?;
    writers(&mut report, &server, &url, &desk)?;
    let verifiers = verifiers(&desk, &url, HEARD)?;
    polls(&mut report, &server)?;
    reach(&mut report, "revoked with NOTIFY", &desk, &verifiers, HEARD, 100.0)?;
    writers_beside(&mut report, &server, &desk)?;
    drop(verifiers);
    let pooler = Pooler::before(&server);
    let verifiers = self::verifiers(&desk, &pooler.url("tokens"), POLLED)?;
    reach(&mut report, "revoked behind pgbouncer", &desk, &verifiers, POLLED, 1_000.0)?;
    Ok(report.finish())
}

/// An issuer, and the tokens that it has minted.
struct Desk {
    issuer: Issuer,
    tokens: std::cell::RefCell<Vec<(TokenId, Vec<u8>)>>,
}

impl Desk {
    fn new(url: &str) -> Result<Self, Box<dyn Error>> {
        let log = Arc::new(InMemory::named("bench.example/tokens"));
        let issuer = Issuer::options(&POLICY, Arc::new(open(url)?), log).start()?;
        Ok(Self { issuer, tokens: Vec::new().into() })
    }

    fn mint(&self, count: usize) -> Result<(), Box<dyn Error>> {
        for _ in 0..count {
            let issued = block_on(self.issuer.mint(Mint::<kind::Minted>::new()))?;
            let id = issued.id();
            let bytes = issued.release().with_bytes("to present it", <[u8]>::to_vec);
            self.tokens.borrow_mut().push((id, bytes));
        }
        Ok(())
    }

    /// Revokes a token, and says which.
    fn revoke(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let (id, token) = self.tokens.borrow_mut().pop().ok_or("there are more tokens")?;
        let _ = block_on(self.issuer.revoke(id, "a benchmark"))?;
        Ok(token)
    }
}

fn open(url: &str) -> Result<Postgres, Box<dyn Error>> {
    Ok(Postgres::open(Secret::from(url.to_owned()))?)
}

/// Verifiers that have so many tokens in memory.
fn verifiers(desk: &Desk, url: &str, tokens: usize) -> Result<Vec<Verifier>, Box<dyn Error>> {
    desk.mint(tokens)?;
    let start = |_| -> Result<_, Box<dyn Error>> {
        let registry = Arc::new(open(url)?);
        Ok(block_on(Verifier::options(&POLICY, registry).capacity(4_096).start())?)
    };
    (0..NODES).map(start).collect()
}

/// Revokes one token after the other, and waits until no memory has it.
fn reach(
    report: &mut Report,
    how: &str,
    desk: &Desk,
    verifiers: &[Verifier],
    times: usize,
    limit: f64,
) -> Result<(), Box<dyn Error>> {
    // Until all listen, and what came before is settled.
    thread::sleep(Duration::from_secs(3));
    let mut rng = fastrand::Rng::with_seed(1);
    let (mut since_call, mut since_return) = (Vec::new(), Vec::new());
    for _ in 0..times {
        // At any time between two polls.
        thread::sleep(Duration::from_millis(rng.u64(20..300)));
        let called = Instant::now();
        let token = desk.revoke()?;
        let returned = Instant::now();
        let accepts =
            |verifier: &&Verifier| matches!(verifier.hit(Presented::new(&token)), Hit::Caller(_));
        let mut left: Vec<_> = verifiers.iter().filter(accepts).collect();
        while !left.is_empty() {
            thread::sleep(Duration::from_micros(300));
            left.retain(accepts);
        }
        since_call.push(called.elapsed().as_secs_f64() * 1e3);
        since_return.push(returned.elapsed().as_secs_f64() * 1e3);
    }
    for (from, mut times) in [("its call", since_call), ("its return", since_return)] {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        let what = format!("{how}, from {from}: p50");
        report.number(&what, at(0.5), "ms", None);
        report.number("  p99", at(0.99), "ms", Some(limit));
        report.number("  the longest", at(1.0), "ms", None);
    }
    Ok(())
}

/// What the polls of nodes without work are to the server.
fn polls(report: &mut Report, server: &Server) -> Result<(), Box<dyn Error>> {
    // A session tells within ten seconds what it has counted before.
    thread::sleep(Duration::from_secs(12));
    let done = || -> Result<f64, Box<dyn Error>> {
        let sql = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'tokens'";
        Ok(server.sql("postgres", sql).parse()?)
    };
    let (before, cpu, own) = (done()?, cpu_of_server(server)?, cpu_of_self()?);
    let start = Instant::now();
    thread::sleep(Duration::from_secs(20));
    let taken = start.elapsed().as_secs_f64();
    let (cpu, own) = (cpu_of_server(server)? - cpu, cpu_of_self()? - own);
    let rate = (done()? - before) / taken;
    report.number("polls of 100 nodes", rate.round(), "/s", None);
    report.number("  processor time of the server", cpu / taken * 100.0, "% of a core", None);
    report.number("  of the nodes", own / taken * 100.0, "% of a core", None);
    let (asked, price) = most_polls(server)?;
    report.number("the same question by pgbench", asked.round(), "/s", None);
    // Whoever asks, and whatever else runs here, would not be on the server's cores.
    let most = thread::available_parallelism()?.get() as f64 / price;
    report.number("  with all cores for the server alone", most.round(), "/s", None);
    report.number("  share of 100 nodes", rate / most * 100.0, "%", Some(1.0));
    Ok(())
}

/// The same question, by clients that ask nothing else, in a statement that is parsed each time: how many a second, and the server's
/// processor time for each, in seconds.
fn most_polls(server: &Server) -> Result<(f64, f64), Box<dyn Error>> {
    let sql = "SELECT query FROM pg_stat_activity WHERE application_name = 'token-registry' \
         AND query LIKE '%FROM token\\_registry.feed(%' LIMIT 1";
    let asked = server.sql("postgres", sql);
    if !asked.contains("$2") {
        return Err(format!("no poll is seen, but {asked:?}").into());
    }
    let asked =
        asked.replace("$1", "0::int8").replace("$2", "'\\x00'::bytea").replace("$3", "1000::int8");
    let (mut rates, mut prices) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let before = cpu_of_server(server)?;
        let rate = pgbench(server, "polls.sql", &asked, 8)?;
        prices.push((cpu_of_server(server)? - before) / (rate * SECONDS as f64));
        rates.push(rate);
    }
    Ok((Series::new(rates).median(), Series::new(prices).median()))
}

/// What revocations cost those who write into another table, beside a hundred that listen and do nothing else.
fn writers(
    report: &mut Report,
    server: &Server,
    url: &str,
    desk: &Desk,
) -> Result<(), Box<dyn Error>> {
    server.sql("tokens", "CREATE TABLE job (id bigserial PRIMARY KEY, what text)");
    let told = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&told);
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let listeners = (0..NODES).map(|_| open(url)).collect::<Result<Vec<_>, _>>()?;
    let weak: Weak<dyn Fn() + Send + Sync> = Arc::downgrade(&wake);
    listeners.iter().for_each(|listener| listener.on_revocation(Weak::clone(&weak)));
    while told.load(Ordering::Relaxed) < NODES as u32 {
        thread::sleep(Duration::from_millis(10));
    }
    let (mut without, mut with, mut rival) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Each goes first as often as the other.
        for is_revoking in [round % 2 == 0, round % 2 != 0] {
            match is_revoking {
                true => with.push(beside(desk, || pgbench(server, "job.sql", INSERT, 16))?),
                false => without.push(pgbench(server, "job.sql", INSERT, 16)?),
            }
        }
        if round % 3 == 0 {
            rival.push(pgbench(server, "rival.sql", RIVAL, 16)?);
        }
    }
    let (with, without) = (Series::new(with), Series::new(without));
    report.number("16 clients insert, 100 listen", without.median().round(), "/s", None);
    report.number("  beside 10 revocations a second", with.median().round(), "/s", None);
    let ratio = (with.over(&without) * 1e3).round() / 1e3;
    report.at_least("  of the rate without", ratio, "x", 0.95);
    let rival = Series::new(rival);
    report.number("  rival: each insert has a NOTIFY", rival.median().round(), "/s", None);
    report.number("  of the rate without", rival.median() / without.median(), "x", None);
    Ok(())
}

/// The same beside a hundred verifiers, which ask what was revoked.
fn writers_beside(report: &mut Report, server: &Server, desk: &Desk) -> Result<(), Box<dyn Error>> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS / 2 {
        with.push(beside(desk, || pgbench(server, "job.sql", INSERT, 16))?);
        without.push(pgbench(server, "job.sql", INSERT, 16)?);
    }
    let (with, without) = (Series::new(with), Series::new(without));
    report.number("16 clients insert, 100 verifiers", without.median().round(), "/s", None);
    let what = "  beside 10 revocations, asked for by all";
    report.number(what, with.over(&without), "x", None);
    Ok(())
}

/// Does something while ten tokens are revoked each second.
fn beside<T>(
    desk: &Desk,
    how: impl FnOnce() -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    desk.mint(10 * SECONDS + 10)?;
    let at = desk.tokens.borrow().len() - (10 * SECONDS + 10);
    let dying = desk.tokens.borrow_mut().split_off(at);
    let (is_over, issuer) = (AtomicBool::new(false), &desk.issuer);
    thread::scope(|scope| {
        let revoking = scope.spawn(|| {
            let start = Instant::now();
            for (count, (id, _)) in dying.iter().enumerate() {
                let due = start + Duration::from_millis(100 * count as u64);
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if is_over.load(Ordering::Relaxed) {
                    return count;
                }
                let _ = block_on(issuer.revoke(*id, "a benchmark")).expect("a server");
            }
            dying.len()
        });
        let answer = how();
        is_over.store(true, Ordering::Relaxed);
        let revoked = revoking.join().expect("it revokes");
        assert!(revoked >= 8 * SECONDS, "only {revoked} were revoked");
        answer
    })
}

/// Transactions a second, without the time to connect.
fn pgbench(server: &Server, name: &str, sql: &str, clients: u32) -> Result<f64, Box<dyn Error>> {
    let script = server.folder().join(name);
    fs::write(&script, format!("{sql};\n"))?;
    let mut command = program("pgbench");
    command.args(["-n", "-M", "extended", "-j", "2", "-U", ROLE, "-c", &clients.to_string()]);
    command.args(["-T", &SECONDS.to_string(), "-h"]).arg(server.folder());
    let said = run(command.arg("-f").arg(&script).arg("tokens"));
    let line =
        said.lines().find_map(|line| line.strip_prefix("tps = ")).ok_or("it says no rate")?;
    Ok(line.split(' ').next().ok_or("it says no rate")?.parse()?)
}

/// Seconds of processor time that the server's processes have taken, those that have ended too.
fn cpu_of_server(server: &Server) -> Result<f64, Box<dyn Error>> {
    let parent = fs::read_to_string(server.data().join("postmaster.pid"))?;
    let parent = parent.lines().next().ok_or("it has no id")?.to_owned();
    let mut sum = 0.0;
    for process in fs::read_dir("/proc")?.flatten() {
        let Ok(stat) = fs::read_to_string(process.path().join("stat")) else { continue };
        let Some(fields) = fields(&stat) else { continue };
        if fields.get(1) == Some(&parent.as_str()) {
            sum += seconds(&fields, 11)?;
        }
        if process.file_name() == *parent {
            sum += seconds(&fields, 11)? + seconds(&fields, 13)?;
        }
    }
    Ok(sum)
}

fn cpu_of_self() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string(Path::new("/proc/self/stat"))?;
    seconds(&fields(&stat).ok_or("no fields")?, 11)
}

/// What stands behind the name of a process, which may have spaces.
fn fields(stat: &str) -> Option<Vec<&str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace().collect())
}

/// User and system time, of a process or of its children. A tick is a hundredth of a second on all that Linux runs on here.
fn seconds(fields: &[&str], at: usize) -> Result<f64, Box<dyn Error>> {
    let ticks = fields[at].parse::<f64>()? + fields[at + 1].parse::<f64>()?;
    Ok(ticks / 100.0)
}

const INSERT: &str = "INSERT INTO job (what) VALUES ('job-17')";
const RIVAL: &str = "BEGIN;\nINSERT INTO job (what) VALUES ('job-17');\nNOTIFY job;\nCOMMIT";

/// How many revocations are timed.
const HEARD: usize = 300;
const POLLED: usize = 100;

const ROUNDS: usize = 11;
/// The length of a round, for pgbench.
const SECONDS: usize = 2;
