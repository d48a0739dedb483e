//! Tokens from where the policy says.

use token_core::Admission;
use token_rotate::{ErrorKind, Rotating};

use crate::support::{kind, secs};

#[test]
fn a_helper_is_run_when_a_token_is_needed() {
    let rotating = Rotating::<kind::Shown>::from_policy(Admission::new()).unwrap().start().unwrap();
    let id = rotating.current().unwrap().id();
    assert!(id.is_some());
    // It prints the same token, so there is no other one.
    rotating.rejected(id);
    let error = rotating.wait(secs(2)).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(format!("{error:#}").contains("its source has no other one yet"), "{error:#}");
}

#[test]
fn a_kind_without_a_source_is_refused_at_once() {
    let error = Rotating::<kind::Ci>::from_policy(Admission::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(format!("{error:#}").contains("names no `source`"), "{error:#}");
}
