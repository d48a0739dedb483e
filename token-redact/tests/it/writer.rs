//! The contract of the writer: what waits, what fails, what is kept.

use std::{
    io::{self, ErrorKind, Write},
    sync::{Arc, Mutex},
};

use proptest::{collection::vec, prelude::*};
use test_support::fresh_token;

use token_redact::Redactor;

use crate::support::{KIND, fresh, label, leaks, redaction, register};

#[test]
fn text_that_is_no_beginning_does_not_wait() {
    let redaction = redaction();
    let mut writer = redaction.writer(Vec::new());
    for text in ["a line\n", "a prompt: ", "a word", "acme", "_", "deploy", "\n"] {
        writer.write_all(text.as_bytes()).unwrap();
        let waits = if matches!(text, "_" | "deploy") { 4 } else { 0 };
        assert!(
            writer.held() >= waits && (waits > 0 || text == "acme" || writer.held() == 0),
            "{text}"
        );
    }
    assert_eq!(writer.get_ref(), b"a line\na prompt: a wordacme_deploy\n");
    // Letters of prefixes, and the first of one.
    writer.write_all(b"made").unwrap();
    assert_eq!(writer.held(), 0);
}

/// To the byte: the beginning of a prefix, in each form.
#[test]
fn only_the_beginning_of_a_prefix_waits() {
    let redaction = redaction();
    for (text, waits) in [
        ("demacme_", 5),
        ("a word demacm", 3),
        ("acme_acme_d", 6),
        ("acme_deplox", 0),
        ("acme_deployacme_", 5),
        ("61636d65616", 3),
        ("61636D655f64", 12),
        ("x%61%63%61", 3),
        ("x%61%63%78", 0),
    ] {
        let mut writer = redaction.writer(Vec::new());
        writer.write_all(text.as_bytes()).unwrap();
        assert_eq!(writer.held(), waits, "{text}");
        assert_eq!(writer.get_ref(), &text.as_bytes()[..text.len() - waits]);
    }
}

#[test]
fn with_registered_values_the_last_word_waits() {
    let redaction = redaction();
    let _registered = register(&redaction, "github-ci", &fresh_token());
    let mut writer = redaction.writer(Vec::new());
    writer.write_all(b"Password: ").unwrap();
    assert_eq!(writer.get_ref(), b"Password: ");
    writer.write_all(b"two words").unwrap();
    assert_eq!((writer.get_ref().as_slice(), writer.held()), (b"Password: two ".as_slice(), 5));
    writer.write_all(b"\n").unwrap();
    assert_eq!(
        (writer.get_ref().as_slice(), writer.held()),
        (b"Password: two words\n".as_slice(), 0)
    );
}

/// 48 bytes of a value, of which each may be written in six: one byte less is held back, and as many new ones may wait.
#[test]
fn what_waits_is_bounded() {
    let redaction = redaction();
    let _registered = register(&redaction, "github-ci", &fresh_token());
    let mut writer = redaction.writer(Vec::new());
    for _ in 0..2000 {
        writer.write_all(b"x").unwrap();
        assert!(writer.held() < 2 * 6 * 48);
    }
    writer.write_all(&vec![b'y'; 1 << 20]).unwrap();
    assert_eq!(writer.held(), 6 * 48 - 1);
    let redaction = crate::support::redaction();
    let mut writer = redaction.writer(Vec::new());
    for _ in 0..2000 {
        writer.write_all(b"acme_deploy_").unwrap();
        assert!(writer.held() < 2 * 2 * 68);
    }
}

#[test]
fn flushing_does_not_let_half_a_token_out() {
    let (redaction, token) = (redaction(), fresh());
    let mut writer = redaction.writer(Vec::new());
    let (half, rest) = token.split_at(30);
    writer.write_all(half.as_bytes()).unwrap();
    writer.flush().unwrap();
    assert_eq!((writer.get_ref().as_slice(), writer.held()), (b"".as_slice(), 30));
    writer.write_all(rest.as_bytes()).unwrap();
    writer.flush().unwrap();
    assert_eq!(writer.get_ref(), label(KIND, &token).as_bytes());
}

#[test]
fn the_end_of_the_text_passes_on_what_waits() {
    let (redaction, token) = (redaction(), fresh());
    let (half, rest) = token.split_at(30);
    let mut out = Vec::new();
    let mut writer = redaction.writer(&mut out);
    writer.write_all(half.as_bytes()).unwrap();
    writer.finish().unwrap();
    // Another text: the rest alone is no token.
    writer.write_all(rest.as_bytes()).unwrap();
    writer.write_all(half.as_bytes()).unwrap();
    drop(writer);
    assert_eq!(out, format!("{half}{rest}{half}").as_bytes());
}

/// Takes a few bytes at a time, and fails now and then.
#[derive(Clone, Default)]
struct Flaky(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    taken: Vec<u8>,
    /// What happens next: an error, or how many bytes are taken.
    next: Vec<Result<usize, ErrorKind>>,
    failed: usize,
}

impl Write for Flaky {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap();
        match state.next.pop() {
            Some(Err(kind)) => {
                state.failed +=
                    usize::from(!matches!(kind, ErrorKind::Interrupted | ErrorKind::WouldBlock));
                Err(kind.into())
            }
            next => {
                let count = next.map_or(text.len(), |count| count.unwrap().min(text.len()));
                state.taken.extend_from_slice(&text[..count]);
                Ok(count)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn next() -> impl Strategy<Value = Result<usize, ErrorKind>> {
    prop_oneof![
        3 => (1..40_usize).prop_map(Ok),
        1 => Just(Err(ErrorKind::WouldBlock)),
        1 => Just(Err(ErrorKind::Interrupted)),
        1 => Just(Err(ErrorKind::StorageFull)),
    ]
}

proptest! {
    /// Whatever the inner writer does: nothing is lost, nothing comes twice, each error is reported once.
    #[test]
    fn a_failing_writer_loses_nothing(
        next in vec(next(), 0..40),
        sizes in vec(1..60_usize, 1..6),
        registers in any::<bool>(),
        tokens in 1..4_usize,
    ) {
        let redaction = redaction();
        let value = fresh_token();
        let _registered = registers.then(|| register(&redaction, "github-ci", &value));
        let text: String = (0..tokens).map(|_| format!("some text {} and {value}\n", fresh())).collect();
        let expected = redaction.redact(text.as_bytes());
        let inner = Flaky::default();
        inner.0.lock().unwrap().next = next;
        let mut writer = redaction.writer(inner.clone());
        let mut reported = 0;
        let mut report = |error: io::Error| reported += usize::from(error.kind() == ErrorKind::StorageFull);
        let mut rest = text.as_bytes();
        for size in sizes.iter().cycle() {
            match writer.write(&rest[..*size.min(&rest.len())]) {
                Ok(count) => rest = &rest[count..],
                Err(error) => report(error),
            }
            if rest.is_empty() {
                break;
            }
        }
        while let Err(error) = writer.finish() {
            report(error);
        }
        let state = inner.0.lock().unwrap();
        prop_assert_eq!(&state.taken, &expected);
        prop_assert_eq!(reported, state.failed);
        prop_assert!(!leaks(&state.taken, &value) || !registers);
    }
}

/// A subscriber writes an event at once and drops the writer, so this is the only call that can tell of an error.
#[test]
fn writing_all_tells_of_an_error_at_once() {
    for kind in [ErrorKind::StorageFull, ErrorKind::WouldBlock] {
        for text in ["no token\n".to_owned(), format!("{}\n", fresh())] {
            let redaction = redaction();
            let inner = Flaky::default();
            inner.0.lock().unwrap().next = vec![Err(kind); 3];
            let mut writer = redaction.writer(inner.clone());
            let error = writer.write_all(text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), kind, "{text}");
        }
    }
}

#[test]
fn an_interrupted_call_is_made_again() {
    for text in ["no token\n".to_owned(), format!("{}\n", fresh())] {
        let redaction = redaction();
        let inner = Flaky::default();
        inner.0.lock().unwrap().next = vec![Err(ErrorKind::Interrupted); 3];
        let mut writer = redaction.writer(inner.clone());
        writer.write_all(text.as_bytes()).unwrap();
        assert_eq!(inner.0.lock().unwrap().taken, redaction.redact(text.as_bytes()));
    }
}

/// `write_all` would write it anyway, before it returns.
#[test]
fn one_call_writes_what_it_masked() {
    let (redaction, token) = (redaction(), fresh());
    let mut writer = redaction.writer(Vec::new());
    assert_eq!(writer.write(token.as_bytes()).unwrap(), token.len());
    assert_eq!(writer.get_ref(), label(KIND, &token).as_bytes());
}

#[test]
fn the_inner_writer_is_flushed() {
    let redaction = redaction();
    let mut writer = redaction.writer(io::BufWriter::new(Vec::new()));
    writer.write_all(b"one ").unwrap();
    assert_eq!(writer.get_ref().get_ref(), b"");
    writer.flush().unwrap();
    assert_eq!(writer.get_ref().get_ref(), b"one ");
    writer.write_all(b"two").unwrap();
    writer.finish().unwrap();
    assert_eq!(writer.get_ref().get_ref(), b"one two");
}

#[test]
fn a_writer_that_takes_nothing_is_an_error() {
    let redaction = redaction();
    let mut room = [0_u8; 4];
    let mut writer = redaction.writer(&mut room[..]);
    let error = writer.write_all(b"more than four").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
}

/// Panics in its second call.
struct Panicking(Arc<Mutex<Vec<u8>>>, usize);

impl Write for Panicking {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.1 += 1;
        assert_ne!(self.1, 2, "on purpose");
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn after_a_panic_nothing_is_written_twice() {
    let redaction = redaction();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let mut writer = redaction.writer(Panicking(taken.clone(), 0));
    writer.write_all(b"first ").unwrap();
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _ = writer.write_all(format!("{} ", fresh()).as_bytes());
    }));
    assert!(unwound.is_err());
    assert_eq!(taken.lock().unwrap().as_slice(), b"first ");
}

/// Panics in one of its calls, and works otherwise.
struct Once {
    taken: Vec<u8>,
    calls: usize,
    panics_at: usize,
}

impl Once {
    fn call(&mut self) {
        self.calls += 1;
        assert_ne!(self.calls, self.panics_at, "on purpose");
    }
}

impl Write for Once {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.call();
        self.taken.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call();
        Ok(())
    }
}

/// The beginning of a token is lost with the panic, so its rest would look like clean text.
#[test]
fn after_a_panic_nothing_more_is_taken() {
    let (redaction, value) = (redaction(), fresh_token());
    let _registered = register(&redaction, "github-ci", &value);
    let (head, tail) = value.split_at(10);
    let write = |writer: &mut Redactor<Once>| {
        writer.write_all(format!("a {} b {head}", fresh()).as_bytes())?;
        writer.flush()?;
        writer.write_all(tail.as_bytes())?;
        writer.finish()
    };
    for panics_at in 1..6 {
        let mut writer = redaction.writer(Once { taken: Vec::new(), calls: 0, panics_at });
        let panicked =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| write(&mut writer)));
        if panicked.is_ok() {
            assert!(panics_at > writer.get_ref().calls, "there are no more calls");
            continue;
        }
        let (taken, calls) = (writer.get_ref().taken.clone(), writer.get_ref().calls);
        for result in [
            writer.write(b"x").map(drop),
            writer.write_all(tail.as_bytes()),
            writer.write_all(b"no token\n"),
            writer.flush(),
            writer.finish(),
        ] {
            let error = result.unwrap_err();
            assert!(error.to_string().contains("panicked"), "{error}");
        }
        assert_eq!((&writer.get_ref().taken, writer.get_ref().calls), (&taken, calls));
        assert!(!leaks(&taken, &value));
    }
}

#[test]
fn what_waits_is_wiped() {
    use test_support::alloc_watch::frees_of;
    let (redaction, token) = (redaction(), fresh());
    let seen = frees_of(64, || {
        let mut writer = redaction.writer(io::sink());
        // 33 bytes wait, in a block of 64.
        writer.write_all(&token.as_bytes()[..33]).unwrap();
        writer
    });
    assert!(seen.is_clean(), "{seen:?}");
}
