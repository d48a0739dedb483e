//! The current token: a lease of it, also behind `dyn`, and the end that its holder gives it.

use std::{
    fmt::Debug,
    sync::{
        Arc, Barrier, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use static_assertions::{assert_impl_all, assert_not_impl_any};
use token_core::{Current, Error, ErrorKind, Lease, Reusable, Secret, Token, TokenId};

use test_support::alloc_watch::frees_of;

use crate::support::{
    ListRepos, NANO, NOW, TEXT, ci_grant, ci_token, clock, fresh_token, kind, kind_of, secs,
};

type Ci = Token<kind::Ci>;

assert_impl_all!(Lease<'static, kind::Ci>: Send, Sync, Debug);
assert_not_impl_any!(Lease<'static, kind::Ci>: Clone);
assert_impl_all!(Arc<dyn Current<kind::Ci>>: Send, Sync, Current<kind::Ci>);

/// As an SDK asks for a token.
fn text<K: Reusable>(from: &(impl Current<K> + ?Sized)) -> Result<String, Error>
where
    ListRepos: token_core::PermittedBy<K>,
{
    from.rejected(None);
    from.current()?.with(&ListRepos, |exposed| exposed.as_str().to_owned())
}

/// Something that replaces its token.
struct Kept {
    token: RwLock<Arc<Ci>>,
    rejected: AtomicUsize,
}

impl Kept {
    fn new(token: Ci) -> Self {
        Self { token: RwLock::new(Arc::new(token)), rejected: AtomicUsize::new(0) }
    }
}

impl Current<kind::Ci> for Kept {
    fn current(&self) -> Result<Lease<'_, kind::Ci>, Error> {
        Ok(Lease::shared(Arc::clone(&self.token.read().unwrap())))
    }

    fn rejected(&self, id: Option<TokenId>) {
        let current = self.token.read().unwrap().id();
        self.rejected.fetch_add(usize::from(id == current), Ordering::Relaxed);
    }
}

#[test]
fn a_token_is_its_own_current_one_in_every_form() {
    let token = ci_token(&clock(), secs(60));
    assert_eq!(text(&token).unwrap(), TEXT);
    assert_eq!(text(&&token).unwrap(), TEXT);
    assert_eq!(text::<kind::Ci>(&token as &dyn Current<kind::Ci>).unwrap(), TEXT);
    let id = token.id();
    let shared: Arc<dyn Current<kind::Ci>> = Arc::new(token);
    assert_eq!(text(&shared).unwrap(), TEXT);
    assert_eq!(text(&*shared).unwrap(), TEXT);
    shared.rejected(id);
    assert_eq!(text(&shared).unwrap(), TEXT, "a token that was rejected is what there is");
}

#[test]
fn what_keeps_a_token_is_asked_for_each_use_and_told_which_one_was_rejected() {
    let clock = clock();
    let kept = Arc::new(Kept::new(ci_token(&clock, secs(60))));
    let any: Arc<dyn Current<kind::Ci>> = kept.clone();
    let lease = any.current().unwrap();
    let other =
        token_core::Admission::with_clock(clock).admit(Secret::from(fresh_token()), &ci_grant());
    *kept.token.write().unwrap() = Arc::new(other.unwrap());
    assert!(lease.with(&ListRepos, |exposed| exposed.as_str() == TEXT).unwrap());
    assert_ne!(text(&any).unwrap(), TEXT);
    for id in [lease.id(), any.current().unwrap().id(), None] {
        any.rejected(id);
    }
    assert_eq!(kept.rejected.load(Ordering::Relaxed), 1);
}

#[test]
fn a_lease_shows_nothing_of_the_token() {
    let token = ci_token(&clock(), secs(60));
    let shown = format!("{:?}", Lease::own(&token));
    assert!(shown.starts_with("Lease(Token(ci#") && !shown.contains(TEXT), "{shown}");
    let shared = Arc::new(token);
    assert_eq!(format!("{:?}", Lease::shared(Arc::clone(&shared))), shown);
}

#[test]
fn a_header_is_made_in_one_line() {
    let token = ci_token(&clock(), secs(60));
    let any: &dyn Current<kind::Ci> = &token;
    let header = any.current().unwrap().header(&ListRepos).unwrap();
    assert_eq!(header, format!("Bearer {TEXT}"));
    assert!(header.is_sensitive());
}

/// Every way to use a token, and the kind of the error.
fn refusals(token: &Ci) -> [Option<ErrorKind>; 4] {
    [
        kind_of(token.expose_for(&ListRepos)),
        kind_of(token.with(&ListRepos, |_| panic!("nothing is to be lent"))),
        kind_of(token.header(&ListRepos)),
        kind_of(token.check()),
    ]
}

#[test]
fn an_ended_token_is_refused_as_ended_for_ever() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    token.end();
    for _ in 0..2 {
        assert_eq!(refusals(&token), [Some(ErrorKind::Ended); 4]);
        assert_eq!(token.remaining(), Duration::ZERO);
        token.end();
    }
    clock.advance(secs(60));
    assert_eq!(refusals(&token), [Some(ErrorKind::Ended); 4], "it did not live to its expiry");
    let error = token.spend_for(&ListRepos).unwrap_err();
    assert_eq!((error.kind(), error.is_expired()), (ErrorKind::Ended, false));
    assert!(
        error.to_string().contains("kind `ci` was ended by its holder and is wiped"),
        "{error}"
    );
}

#[test]
fn a_token_that_was_found_expired_stays_expired() {
    let clock = clock();
    let token = ci_token(&clock, secs(60));
    clock.advance(secs(60) - NANO);
    token.check().unwrap();
    clock.advance(NANO);
    assert!(token.check().is_err());
    token.end();
    clock.set_wall(NOW);
    assert_eq!(refusals(&token), [Some(ErrorKind::Expired); 4]);
    assert_eq!(kind_of(token.spend_for(&ListRepos)), Some(ErrorKind::Expired));
}

#[test]
fn the_end_wipes_at_once_while_the_lease_lives() {
    for exposed_meanwhile in [false, true] {
        let clock = clock();
        let seen = frees_of(3011, || {
            let admission = token_core::Admission::with_clock(clock.clone());
            let token: Ci = admission.admit(Secret::from(vec![b'x'; 3011]), &ci_grant()).unwrap();
            let token = Arc::new(token);
            let lease = Lease::shared(Arc::clone(&token));
            let exposed = exposed_meanwhile.then(|| lease.expose_for(&ListRepos).unwrap());
            token.end();
            let error = lease.check().unwrap_err().to_string();
            assert_eq!(error.contains("is wiped when its last exposure ends"), exposed_meanwhile);
            if let Some(exposed) = exposed {
                assert_eq!(exposed.as_bytes(), [b'x'; 3011], "an exposure keeps its text");
            }
            let error = lease.check().unwrap_err().to_string();
            assert!(error.contains("its holder and is wiped;"), "{error}");
        });
        assert!(seen.is_clean(), "{seen:?}");
    }
}

/// An exposure sees the whole text or nothing, whenever the token is ended.
#[test]
fn eight_threads_read_a_whole_token_until_another_one_ends_it() {
    for round in 0..200 {
        let token = Arc::new(ci_token(&clock(), secs(60)));
        let start = Barrier::new(THREADS + 1);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    let lease = Lease::shared(Arc::clone(&token));
                    start.wait();
                    let error = loop {
                        match lease.expose_for(&ListRepos) {
                            Ok(exposed) => assert_eq!(exposed.as_str(), TEXT),
                            Err(error) => break error,
                        }
                    };
                    assert_eq!(error.kind(), ErrorKind::Ended);
                });
            }
            start.wait();
            (0..round % 20).for_each(|_| thread::yield_now());
            token.end();
        });
    }
}

const THREADS: usize = 8;
