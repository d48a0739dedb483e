//! What an error shows: its message, and what caused it.

use std::error::Error as _;

use token_core::{Error, ErrorKind, TokenId, source};

#[test]
fn debug_is_the_message() {
    let errors = [
        "4f2a".parse::<TokenId>().unwrap_err(),
        source::file("/nonexistent/it/errors").unwrap_err(),
    ];
    for error in errors {
        assert_eq!(format!("{error:?}"), error.to_string());
        assert_eq!(format!("{error:#}"), error.to_string());
        assert!(error.source().is_none());
    }
}

#[test]
fn a_recorders_own_error_is_the_source() {
    #[derive(Debug, PartialEq)]
    struct Full;

    impl std::fmt::Display for Full {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the tape is full")
        }
    }

    impl std::error::Error for Full {}

    let error = Error::not_recorded(Full);
    assert_eq!((error.kind(), error.kind().name()), (ErrorKind::NotRecorded, "NotRecorded"));
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&Full));
    let message = error.to_string();
    assert!(!message.contains("tape"), "the source says it: {message}");
    assert_eq!(format!("{error:#}"), format!("{message}: the tape is full"));
    assert_eq!(format!("{error:?}"), format!("{message}\n\nCaused by:\n    the tape is full"));
}

#[test]
fn all_causes_are_shown() {
    let inner = Error::not_recorded("the tape is full");
    let outer = Error::not_recorded(inner);
    assert!(format!("{outer:?}").ends_with("    the tape is full"), "{outer:?}");
    assert!(format!("{outer:#}").ends_with(": the tape is full"), "{outer:#}");
}
