//! The public ways to leave nothing behind.

use std::sync::atomic::{AtomicUsize, Ordering};

use token_core::{Secret, wipe};

#[test]
fn the_second_run_gets_as_many_zeros() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);

    fn look([first, second]: [&[u8]; 2]) -> usize {
        let run = RUNS.fetch_add(1, Ordering::SeqCst);
        assert_eq!((first.len(), second.len()), (3, 0));
        let expected: &[u8] = if run == 0 { b"abc" } else { &[0; 3] };
        assert_eq!(first, expected);
        run
    }

    assert_eq!(wipe::on_zeros([b"abc", b""], look), 0, "the first run's answer");
    assert_eq!(RUNS.load(Ordering::SeqCst), 2);
    wipe::registers();
}

#[test]
fn fill_starts_with_zeros_and_keeps_what_is_written() {
    let secret = Secret::fill(4, |buffer| {
        assert_eq!(buffer, [0; 4]);
        buffer.copy_from_slice(b"abcd");
        Ok::<_, ()>(())
    });
    assert!(secret.unwrap().constant_time_eq(b"abcd"));
    assert_eq!(Secret::fill(4, |_| Err("no entropy")).unwrap_err(), "no entropy");
}

#[test]
fn a_secret_that_was_not_filled_is_wiped() {
    let seen = test_support::alloc_watch::frees_of(77, || {
        Secret::fill(77, |buffer| {
            buffer.fill(b'x');
            Err(())
        })
        .is_err()
    });
    assert_eq!((seen.zero, seen.dirty), (1, 0));
}

#[test]
fn with_bytes_lends_the_bytes() {
    let secret = Secret::from(b"abcd".to_vec());
    assert_eq!(secret.with_bytes("compared here", <[u8]>::to_vec), b"abcd");
}
