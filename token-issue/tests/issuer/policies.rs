//! Narrowing after the policy has changed.

use std::{sync::Arc, time::Duration};

use pollster::block_on;
use token_core::{
    Clock, ManualClock, TokenId, TokenKind,
    policy::CompiledPolicy,
    record::{InMemory, Log},
};
use token_issue::{Issuer, Mint, Narrow, Row, Unfit};

use crate::desk::{Desk, seconds, start};

macro_rules! policies {
    ($($name:ident: $file:literal,)*) => {
        $(pub(crate) mod $name {
            token_core::policy!($file);
        })*
    };
}

policies! {
    wide: "policies/wide.toml",
    short: "policies/short.toml",
    implied: "policies/implied.toml",
    narrow: "policies/narrow.toml",
}

/// Each policy has an issuer, as after a deployment, and each issuer its log.
pub(crate) fn issuer(desk: &Desk, number: usize, policy: &'static CompiledPolicy) -> Issuer {
    let log = Arc::new(InMemory::named(format!("example.com/{number}"))) as Arc<dyn Log>;
    let options = Issuer::options(policy, Arc::clone(&desk.registry), log);
    options.clock(Arc::clone(&desk.clock) as Arc<dyn Clock>).start().unwrap()
}

fn minted<K: TokenKind>(issuer: &Issuer, mint: Mint<K>) -> TokenId {
    let issued = block_on(issuer.mint(mint)).unwrap();
    let id = issued.id();
    let _ = issued.release();
    id
}

fn child<K: TokenKind>(
    desk: &Desk,
    issuer: &Issuer,
    parent: TokenId,
    narrow: Narrow<K>,
) -> Result<Row, Unfit> {
    let issued = block_on(issuer.narrow(&desk.caller::<K>(parent), narrow));
    let issued = issued.map_err(|error| error.unfit().unwrap())?;
    let id = issued.id();
    let _ = issued.release();
    Ok(desk.row(id))
}

#[test]
fn a_child_lives_no_longer_than_its_parent_may_today() {
    let desk = Desk::new();
    let (wide, short) = (issuer(&desk, 0, &wide::POLICY), issuer(&desk, 1, &short::POLICY));
    let parent = minted(&wide, Mint::<wide::kind::Chain>::new());
    let narrow = Narrow::<short::kind::Chain>::new;
    desk.clock.advance(seconds(300));
    let row = child(&desk, &short, parent, narrow()).unwrap();
    assert_eq!(
        row.expires_at,
        start().truncate_to_second() + seconds(600),
        "10 minutes, not an hour"
    );
    assert_eq!(
        child(&desk, &short, parent, narrow().lifetime(seconds(301))),
        Err(Unfit::LongerLife)
    );
    desk.clock.advance(seconds(300));
    assert_eq!(child(&desk, &short, parent, narrow()), Err(Unfit::ParentExpired));
    assert!(child(&desk, &wide, parent, Narrow::<wide::kind::Chain>::new()).is_ok());
}

#[test]
fn a_child_does_not_get_what_a_scope_implies_since() {
    let desk = Desk::new();
    let (wide, implied) = (issuer(&desk, 0, &wide::POLICY), issuer(&desk, 1, &implied::POLICY));
    // `b` implies `c` in the one policy, and `d` in the other.
    let parent = minted(&wide, Mint::<wide::kind::Chain>::new().scopes::<(wide::scope::B,)>());
    let narrow = Narrow::<implied::kind::Chain>::new;
    assert_eq!(child(&desk, &implied, parent, narrow()).unwrap().scopes, ["b", "c"]);
    let row = child(&desk, &implied, parent, narrow().scopes::<(implied::scope::B,)>()).unwrap();
    assert_eq!(row.scopes, ["b"]);
    let wider = narrow().scopes::<(implied::scope::D,)>();
    assert_eq!(child(&desk, &implied, parent, wider), Err(Unfit::WiderScope));
}

#[test]
fn a_child_does_not_get_what_its_kind_carries_no_more() {
    let desk = Desk::new();
    let (wide, narrow) = (issuer(&desk, 0, &wide::POLICY), issuer(&desk, 1, &narrow::POLICY));
    let parent = minted(&wide, Mint::<wide::kind::Chain>::new());
    let row = child(&desk, &narrow, parent, Narrow::<narrow::kind::Chain>::new()).unwrap();
    assert_eq!(row.scopes, ["b", "c"]);
    // Nothing is left of a parent with `d` alone.
    let parent = minted(&wide, Mint::<wide::kind::Chain>::new().scopes::<(wide::scope::D,)>());
    let caller = desk.caller::<narrow::kind::Chain>(parent);
    let error = block_on(narrow.narrow(&caller, Narrow::new())).unwrap_err();
    assert_eq!(error.kind(), token_issue::ErrorKind::NoScope);
}

/// The registry says which kind a token is of, not the caller.
#[test]
fn a_child_is_of_the_kind_of_its_parent() {
    let desk = Desk::new();
    let issuer = desk.issuer();
    let parent = minted(&issuer, Mint::<crate::kind::Deploy>::new());
    let narrow = Narrow::<crate::kind::Reader>::new().scope_names(["deploy:read"]);
    assert_eq!(child(&desk, &issuer, parent, narrow), Err(Unfit::OtherKind));
}

/// A clock that may be ahead of the true time: a lifetime counts from the earliest that it may be.
#[test]
fn a_clock_that_may_be_ahead_gives_no_longer_life() {
    struct Ahead(Arc<ManualClock>);
    impl Clock for Ahead {
        fn wall(&self) -> Duration {
            self.0.wall()
        }
        fn monotonic(&self) -> Duration {
            self.0.monotonic()
        }
        fn ahead_by(&self) -> Duration {
            seconds(2)
        }
    }
    let desk = Desk::new();
    let issuer = desk.options().clock(Arc::new(Ahead(Arc::clone(&desk.clock)))).start().unwrap();
    let parent = minted(&issuer, Mint::<crate::kind::Deploy>::new().lifetime(seconds(10)));
    assert_eq!(desk.row(parent).expires_at, start().truncate_to_second() + seconds(8));
    // It may have expired although it is not certain yet.
    desk.clock.advance(seconds(8));
    let narrow = Narrow::<crate::kind::Deploy>::new();
    assert_eq!(child(&desk, &issuer, parent, narrow), Err(Unfit::ParentExpired));
}
