//! Lives of tokens that this process minted: for a registry and a log in memory.

use std::{fs, path::Path, sync::Arc};

use pollster::block_on;
use token_core::{
    Caller, Secret,
    caller::{Presented, verify},
    record::InMemory,
};
use token_issue::{Issued, Issuer, Mint, Narrow, Verifier, registry::Memory};

use super::{Kept, POLICY, kind};

/// What stays: the issuer with its thread, the registry, the log, and a verifier with its memory.
struct Service {
    issuer: Issuer,
    verifier: Verifier,
}

fn service() -> Service {
    let registry = Arc::new(Memory::new());
    let log = Arc::new(InMemory::new());
    let issuer = Issuer::options(&POLICY, registry.clone(), log).actor("test").start().unwrap();
    let verifier = block_on(Verifier::options(&POLICY, registry).start()).unwrap();
    Service { issuer, verifier }
}

impl Service {
    fn mint(&self) -> Issued<kind::Deploy> {
        block_on(self.issuer.mint(Mint::new().subject("job-17"))).unwrap()
    }

    fn verify(&self, token: &Secret) -> Caller<kind::Deploy> {
        token.with_bytes("as a request has it", |token| {
            block_on(verify(&self.verifier, Presented::new(token))).unwrap()
        })
    }
}

/// Says by a file which token it is.
fn told(dir: &Path, token: Secret) -> Secret {
    token
        .with_bytes("the test looks for it", |bytes| fs::write(dir.join("generated"), bytes))
        .unwrap();
    token
}

pub(super) fn alive(dir: &Path) -> Kept {
    let service = service();
    let token = told(dir, service.mint().release());
    Box::new((service, token))
}

pub(super) fn released(dir: &Path) -> Kept {
    let service = service();
    drop(told(dir, service.mint().release()));
    Box::new(service)
}

/// Many, of which the test looks for the last.
pub(super) fn many(dir: &Path) -> Kept {
    let service = service();
    let tokens: Vec<_> = (0..20).map(|_| told(dir, service.mint().release())).collect();
    drop(tokens);
    Box::new(service)
}

/// As a response, of which the token is the part behind `{"access_token":"`.
pub(super) fn response(dir: &Path) -> Kept {
    let service = service();
    let body = service.mint().into_response();
    body.with_bytes("the test looks for the token", |body| {
        let token = body[17..].split(|byte| *byte == b'"').next().unwrap();
        fs::write(dir.join("generated"), token).unwrap();
    });
    drop(body);
    Box::new(service)
}

/// The same, as the body of a framework's response, which was cloned.
pub(super) fn body(dir: &Path) -> Kept {
    let service = service();
    let body = service.mint().into_response().into_body("a response");
    let part = body.slice(17..17 + body[17..].iter().position(|byte| *byte == b'"').unwrap());
    drop(body);
    fs::write(dir.join("generated"), &part).unwrap();
    drop(part);
    Box::new(service)
}

pub(super) fn verified(dir: &Path) -> Kept {
    let service = service();
    let token = told(dir, service.mint().release());
    // From the registry, and then from memory.
    let callers = (service.verify(&token), service.verify(&token));
    drop(token);
    Box::new((service, callers))
}

pub(super) fn narrowed(dir: &Path) -> Kept {
    let service = service();
    let parent = service.mint().release();
    let caller = service.verify(&parent);
    let child = block_on(service.issuer.narrow(&caller, Narrow::new())).unwrap();
    drop((told(dir, child.release()), parent));
    Box::new((service, caller))
}

pub(super) fn revoked(dir: &Path) -> Kept {
    let service = service();
    let issued = service.mint();
    let id = issued.id();
    drop(told(dir, issued.release()));
    let revocation = block_on(service.issuer.revoke(id, "leaked")).unwrap();
    Box::new((service, revocation))
}

pub(super) fn panicked(dir: &Path) -> Kept {
    super::panicked(|| Ok::<_, ()>(told(dir, service().mint().release())))
}

/// The second one is not taken, and leaves no trace of the first one either.
pub(super) fn unreleased(dir: &Path) -> Kept {
    let service = service();
    drop(told(dir, service.mint().release()));
    let shown = format!("{:?}", service.mint());
    Box::new((service, shown))
}
