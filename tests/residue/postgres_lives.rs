//! Lives of tokens whose registry is a database.

use std::{
    any::Any,
    env, fs,
    io::{self, Write},
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};

use pollster::block_on;
use token_core::{
    Caller, Secret,
    caller::{Presented, Refused, verify},
    record::InMemory,
    source,
};
use token_issue::{
    Issuer, Mint, Narrow, Registry, Verifier,
    registry::{Postgres, Rule},
};

token_core::policy!("tokens.toml");

type Kept = Box<dyn Any>;

pub(crate) fn main() {
    let arguments: Vec<String> = env::args().collect();
    let [_, path, dir] = &arguments[..] else { panic!("usage: PATH DIRECTORY") };
    let kept = life(path, Path::new(dir));
    let mut out = io::stdout();
    out.write_all(b"ready\n").unwrap();
    out.flush().unwrap();
    loop {
        thread::sleep(Duration::from_secs(3600));
        std::hint::black_box(&kept);
    }
}

fn life(path: &str, dir: &Path) -> Kept {
    let url = || source::file(dir.join("url")).unwrap();
    let refused = || Box::new(Postgres::open(url()).unwrap_err()) as Kept;
    match path {
        // The URL as a text that is alive: it must be found.
        "control_url_alive" => Box::new(fs::read_to_string(dir.join("url")).unwrap()),
        "control_url_held" => Box::new(url()),
        "control_token_alive" => {
            let service = Service::start(url());
            let token = told(dir, service.mint());
            Box::new((service, token))
        }
        "served" => Box::new(lived(dir, url())),
        "ended" => {
            drop(lived(dir, url()));
            ended()
        }
        "unwound" => {
            let url = url();
            let dir = dir.to_owned();
            let ended = std::panic::catch_unwind(move || {
                let service = lived(&dir, url);
                let _token = told(&dir, service.mint());
                std::panic::resume_unwind(Box::new("unwinds"));
            });
            Box::new(ended.is_err())
        }
        "opened" => Box::new(Postgres::open(url()).unwrap()),
        "opened_and_closed" => {
            drop(Postgres::open(url()).unwrap());
            ended()
        }
        "refused" => refused(),
        _ => panic!("no such life"),
    }
}

/// The registry's own thread ends behind the drop, and has the URL until then.
fn ended() -> Kept {
    thread::sleep(Duration::from_millis(500));
    Box::new(())
}

/// What stays: the registry with its connections, an issuer with its thread, and a verifier with its memory.
struct Service {
    registry: Arc<dyn Registry>,
    issuer: Issuer,
    verifier: Verifier,
}

impl Service {
    fn start(url: Secret) -> Self {
        let registry: Arc<dyn Registry> = Arc::new(Postgres::open(url).unwrap());
        let log = Arc::new(InMemory::new());
        let issuer = Issuer::options(&POLICY, Arc::clone(&registry), log).start().unwrap();
        let verifier = Verifier::options(&POLICY, Arc::clone(&registry)).start();
        Self { registry, issuer, verifier: block_on(verifier).unwrap() }
    }

    fn mint(&self) -> Secret {
        block_on(self.issuer.mint(Mint::<kind::Deploy>::new().subject("job-17"))).unwrap().release()
    }

    fn verify(&self, token: &Secret) -> Result<Caller<kind::Deploy>, Refused> {
        let verify = |token: &[u8]| block_on(verify(&self.verifier, Presented::new(token)));
        loop {
            match token.with_bytes("as a request has it", verify) {
                // A machine with much other work.
                Err(Refused::Unavailable { .. }) => thread::sleep(Duration::from_millis(50)),
                answer => return answer,
            }
        }
    }
}

/// Mints, verifies, narrows, revokes and is refused. The test looks for the token that was handed over last.
fn lived(dir: &Path, url: Secret) -> Service {
    let service = Service::start(url);
    for _ in 0..3 {
        let token = told(dir, service.mint());
        let caller = service.verify(&token).unwrap();
        service.verify(&token).unwrap();
        let child = block_on(service.issuer.narrow(&caller, Narrow::new())).unwrap();
        let id = child.id();
        drop(child.release());
        drop(block_on(service.issuer.revoke(id, "leaked")).unwrap());
        drop(block_on(service.issuer.revoke(caller.token(), "leaked")).unwrap());
        while service.verify(&token).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    }
    let unknown = token_issue::generate::<kind::Deploy>().unwrap();
    assert!(service.verify(&unknown).is_err());
    drop(block_on(service.registry.list(Rule::all(), None, 100)).unwrap());
    drop(block_on(service.issuer.revoke_matching(Rule::all().subject("job-17"), "left")).unwrap());
    let token = told(dir, service.mint());
    service.verify(&token).unwrap();
    drop(token);
    service
}

/// Says by a file which token it is.
fn told(dir: &Path, token: Secret) -> Secret {
    let write = |bytes: &[u8]| fs::write(dir.join("generated"), bytes);
    token.with_bytes("the test looks for it", write).unwrap();
    token
}
