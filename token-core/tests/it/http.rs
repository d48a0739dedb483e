//! The Authorization header: right, sensitive, shared, wiped.

use http::{HeaderMap, Request, header::AUTHORIZATION};
use token_core::Token;

use test_support::alloc_watch::{Seen, frees_of};

use crate::support::{ListRepos, TEXT, ci_grant, ci_token, clock, kind, secs};

#[test]
fn the_header_is_the_bearer_scheme_and_the_token() {
    let token = ci_token(&clock(), secs(60));
    let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
    assert_eq!(header.as_bytes(), format!("Bearer {TEXT}").as_bytes());
    assert_eq!(header.to_str().unwrap(), format!("Bearer {TEXT}"));
}

#[test]
fn every_visible_character_is_carried() {
    let text: String = (0x21_u8..=0x7e).map(char::from).collect();
    let token = Token::<kind::Ci>::admit_with_clock(text.clone().into(), &ci_grant(), clock());
    let header = token.unwrap().spend_for(&ListRepos).unwrap().bearer_header().unwrap();
    assert_eq!(header.as_bytes(), format!("Bearer {text}").as_bytes());
}

#[test]
fn the_header_and_its_clones_are_sensitive() {
    let token = ci_token(&clock(), secs(60));
    let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
    let clone = header.clone();
    assert!(header.is_sensitive() && clone.is_sensitive());
    assert_eq!(format!("{header:?} {clone:?}"), "Sensitive Sensitive");

    let request = Request::builder().header(AUTHORIZATION, header).body(()).unwrap();
    let shown = format!("{request:?} {request:#?}");
    assert!(shown.contains("Sensitive"), "{shown}");
    assert!(!shown.contains(&TEXT[..8]), "{shown}");
}

#[test]
fn clones_share_one_buffer() {
    let token = ci_token(&clock(), secs(60));
    let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
    let mut map = HeaderMap::new();
    map.insert(AUTHORIZATION, header.clone());
    assert_eq!(map[AUTHORIZATION].as_bytes().as_ptr(), header.as_bytes().as_ptr());
}

#[test]
fn the_header_outlives_the_exposure_and_the_token() {
    let token = ci_token(&clock(), secs(60));
    let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
    drop(token);
    assert_eq!(header.as_bytes(), format!("Bearer {TEXT}").as_bytes());
}

#[test]
fn the_last_clone_wipes_the_buffer() {
    let text = "x".repeat(2003);
    let token = Token::<kind::Ci>::admit_with_clock(text.into(), &ci_grant(), clock()).unwrap();
    let size = "Bearer ".len() + 2003;
    let mut last = None;
    let seen = frees_of(size, || {
        let header = token.expose_for(&ListRepos).unwrap().bearer_header().unwrap();
        last = Some(header.clone());
    });
    assert_eq!(seen, Seen { zero: 0, dirty: 0 }, "a clone is left");
    assert_eq!(frees_of(size, || last.take()), Seen { zero: 1, dirty: 0 });
}
