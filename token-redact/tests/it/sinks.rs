//! Everything that prints, once with a token of each sort.

use std::{
    env,
    fmt::Debug,
    io::{self, Write},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use test_support::fresh_token;
use token_redact::{Redaction, Registered};
use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

use crate::support::{KIND, fresh, label, leaks, own, redact, redaction, register};

/// A redaction, a token of our own format, and a registered one.
struct Case {
    redaction: Redaction,
    own: String,
    value: String,
    _registered: Registered,
}

impl Case {
    fn new() -> Self {
        let (redaction, value) = (redaction(), fresh_token());
        let _registered = register(&redaction, "github-ci", &value);
        Self { redaction, own: fresh(), value, _registered }
    }

    /// Checks that both tokens were printed, each so many times, and neither can be read.
    fn check(&self, output: &[u8], times: usize) {
        let text = String::from_utf8_lossy(output);
        assert!(!leaks(output, &self.own) && !leaks(output, &self.value), "{text}");
        for label in [label(KIND, &self.own), label("github-ci", &self.value)] {
            assert_eq!(text.matches(&label).count(), times, "{label} in {text}");
        }
    }
}

/// Collects what is written.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Write for Collected {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Collected {
    type Writer = Collected;

    fn make_writer(&'a self) -> Collected {
        self.clone()
    }
}

#[test]
fn tracing_plain() {
    let (case, collected) = (Case::new(), Collected::default());
    let writer = case.redaction.make_writer(collected.clone());
    let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).finish();
    events(&case, subscriber);
    let output = collected.take();
    case.check(&output, 4);
    assert!(String::from_utf8(output).unwrap().lines().all(|line| line.contains("INFO")));
}

#[test]
fn tracing_json() {
    let (case, collected) = (Case::new(), Collected::default());
    let writer = case.redaction.make_writer(collected.clone());
    let subscriber = tracing_subscriber::fmt().json().with_writer(writer).finish();
    events(&case, subscriber);
    let output = collected.take();
    // In JSON the fields of the span come twice: alone, and in the list of spans.
    case.check(&output, 5);
    for line in String::from_utf8(output).unwrap().lines() {
        let _: serde_json::Value = serde_json::from_str(line).unwrap();
    }
}

/// A closure is a `MakeWriter` too, without our feature `tracing`.
#[test]
fn tracing_with_a_closure() {
    let (case, collected) = (Case::new(), Collected::default());
    let (redaction, inner) = (case.redaction.clone(), collected.clone());
    let subscriber =
        tracing_subscriber::fmt().with_writer(move || redaction.writer(inner.clone())).finish();
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!("{} {}", case.own, case.value);
    });
    case.check(&collected.take(), 1);
}

#[test]
fn tracing_writers_by_level() {
    use tracing_subscriber::fmt::writer::MakeWriterExt;
    let (case, collected, others) = (Case::new(), Collected::default(), Collected::default());
    let inner = collected.clone().with_max_level(tracing::Level::WARN).or_else(others.clone());
    let layer = tracing_subscriber::fmt::layer().with_writer(case.redaction.make_writer(inner));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!("{} {}", case.own, case.value);
        tracing::warn!("{} {}", case.own, case.value);
    });
    case.check(&collected.take(), 1);
    case.check(&others.take(), 1);
}

/// A message, fields, a field with `Debug`, and the fields of a span; each has both tokens.
fn events(case: &Case, subscriber: impl tracing::Subscriber + Send + Sync) {
    let Case { own, value, .. } = case;
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!("token {own} and {value}");
        tracing::info!(own, value, "as fields");
        tracing::info!(?own, url = %format!("https://x:{value}@example.com/"), "as others");
        let span = tracing::info_span!("request", own, value);
        span.in_scope(|| tracing::info!("in a span"));
    });
}

#[test]
fn the_log_crate() {
    let (case, collected) = (Case::new(), Collected::default());
    let writer = case.redaction.writer(collected.clone());
    let logger = env_logger::Builder::new()
        .filter_level(log::LevelFilter::Info)
        .target(env_logger::Target::Pipe(Box::new(writer)))
        .build();
    let log = |text: std::fmt::Arguments<'_>| {
        let record = log::Record::builder().level(log::Level::Info).args(text).build();
        log::Log::log(&logger, &record);
    };
    log(format_args!("token {} and {}", case.own, case.value));
    log(format_args!("{:?}", [&case.own, &case.value]));
    case.check(&collected.take(), 2);
}

#[test]
fn display_and_debug() {
    let case = Case::new();
    let Case { redaction, own, value, .. } = &case;
    let text = format!("{own} and {value}");
    case.check(redaction.display(&text).to_string().as_bytes(), 1);
    case.check(format!("{:?}", redaction.display(&[own, value])).as_bytes(), 1);
    case.check(format!("{:#?}", redaction.display(&Some((own, value)))).as_bytes(), 1);
    assert_eq!(format!("{:#?}", redaction.display(&Some(1))), format!("{:#?}", Some(1)));
    assert_eq!(redaction.display("ünïcödé, bytewise").to_string(), "ünïcödé, bytewise");
    let scattered = std::fmt::from_fn(|f| text.chars().try_for_each(|c| write!(f, "{c}")));
    case.check(redaction.display(&scattered).to_string().as_bytes(), 1);
}

#[test]
fn error_chains() {
    #[derive(Debug)]
    struct Failed(String, Option<Box<Failed>>);
    impl std::fmt::Display for Failed {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "failed with {}", self.0)
        }
    }
    impl std::error::Error for Failed {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }
    let case = Case::new();
    let source = Failed(case.value.clone(), None);
    let error = Failed(case.own.clone(), Some(Box::new(source)));
    let shown = case.redaction.error(&error);
    case.check(shown.to_string().as_bytes(), 1);
    case.check(format!("{shown:?} {shown:#?}").as_bytes(), 2);
    let labels = [label(KIND, &case.own), label("github-ci", &case.value)];
    assert_eq!(shown.to_string(), format!("failed with {}: failed with {}", labels[0], labels[1]));
}

/// Runs a test of this file again in a process of its own, and gives what that prints.
fn in_process(test: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    let output = Command::new(env::current_exe().unwrap())
        .args([&format!("sinks::{test}"), "--exact", "--nocapture"])
        .env(CHILD, value)
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    (output.stdout, output.stderr)
}

/// What such a process learns.
const CHILD: &str = "TOKEN_CORE_REDACT_CHILD";

fn child() -> Option<(Redaction, Registered, String)> {
    let value = env::var(CHILD).ok()?;
    let redaction = redaction();
    let registered = register(&redaction, "github-ci", &value);
    Some((redaction, registered, value))
}

fn child_own() -> String {
    own("acme_deploy", &[7; 64])
}

#[test]
fn standard_output_and_error() {
    if let Some((redaction, _registered, value)) = child() {
        let (mut out, mut err) = (redaction.writer(io::stdout()), redaction.writer(io::stderr()));
        for writer in [&mut out as &mut dyn Write, &mut err] {
            for piece in format!("\n{value} and {}\n", child_own()).as_bytes().chunks(7) {
                writer.write_all(piece).unwrap();
                writer.flush().unwrap();
            }
        }
        return;
    }
    let case = Case { own: child_own(), ..Case::new() };
    let (stdout, stderr) = in_process("standard_output_and_error", &case.value);
    case.check(&stdout, 1);
    case.check(&stderr, 1);
}

#[test]
fn the_panic_hook() {
    if let Some((redaction, _registered, value)) = child() {
        redaction.set_panic_hook();
        panic!("{value} and {}", child_own());
    }
    let case = Case { own: child_own(), ..Case::new() };
    let (stdout, stderr) = in_process("the_panic_hook", &case.value);
    case.check(&stderr, 1);
    assert!(!leaks(&stdout, &case.value) && !leaks(&stdout, &case.own));
    let text = String::from_utf8(stderr).unwrap();
    assert!(text.contains("' panicked at ") && text.contains("sinks.rs:"), "{text}");
    assert!(text.contains("stack backtrace:"), "{text}");
}

#[test]
fn the_panic_hook_and_a_message_that_is_no_text() {
    if let Some((redaction, ..)) = child() {
        redaction.set_panic_hook();
        std::panic::panic_any(0_u32);
    }
    let (_, stderr) = in_process("the_panic_hook_and_a_message_that_is_no_text", &fresh_token());
    assert!(String::from_utf8(stderr).unwrap().contains("Box<dyn Any>"));
}

#[test]
fn the_output_of_a_child_process() {
    let case = Case::new();
    let (half, rest) = case.value.split_at(20);
    let script = "printf '%s' \"token $0\"; sleep 0.2; printf '%s\\n' \"$1 and $2\"";
    let mut child = Command::new("sh")
        .args(["-c", script, half, rest, &case.own])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut writer = case.redaction.writer(Vec::new());
    io::copy(child.stdout.as_mut().unwrap(), &mut writer).unwrap();
    writer.finish().unwrap();
    assert!(child.wait().unwrap().success());
    case.check(writer.get_ref(), 1);
}

#[test]
fn a_sink_that_is_not_covered_would_be_seen() {
    fn shown(value: &dyn Debug) -> String {
        format!("{value:?}")
    }
    let case = Case::new();
    assert!(leaks(shown(&case.value).as_bytes(), &case.value));
    assert!(!leaks(redact(&case.redaction, shown(&case.value)).as_bytes(), &case.value));
}
