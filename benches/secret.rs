//! The cost of holding a secret: create, drop, wipe.

use std::{hint::black_box, process::ExitCode};

use benches::{measure::Contest, report::Report};
use secrecy::SecretString;
use token_core::Secret;
use zeroize::{Zeroize, Zeroizing};

fn main() -> ExitCode {
    let mut report = Report::new("secret: create and drop");
    for (bytes, limit) in [(32, None), (64, Some(1.2)), (256, None), (4096, None)] {
        create_and_drop(&mut report, bytes, limit);
    }
    let wipes = [64, 256, 4096];
    wipes.iter().for_each(|&bytes| wipe_alone(&mut report, bytes));
    wipes.iter().for_each(|&bytes| wipe_in_public(&mut report, bytes));
    report.finish()
}

/// All contestants begin with the same text. `take_from` also wipes its source,
/// which no rival does: its limit is in [`wipe_in_public`].
fn create_and_drop(report: &mut Report, bytes: usize, limit: Option<f64>) {
    let text = &*"a".repeat(bytes);
    let mut source = text.as_bytes().to_vec();
    let outcome = Contest::new()
        .enter("String", || drop(black_box(String::from(black_box(text)))))
        .enter("from", || drop(black_box(Secret::from(String::from(black_box(text))))))
        .enter("take_from", || drop(black_box(Secret::take_from(black_box(&mut source)))))
        .enter("secrecy", || drop(black_box(SecretString::from(String::from(black_box(text))))))
        .enter("Zeroizing", || drop(black_box(Zeroizing::new(String::from(black_box(text))))))
        .run();
    let mut row = |what: &str, ours, limit| {
        report.ratio(&format!("{bytes} B, {what}"), &outcome, [ours, "String"], limit);
    };
    row("Secret::from(String)", "from", limit);
    row("Secret::take_from(buffer), wipes both", "take_from", None);
    row("(rival) secrecy::SecretString", "secrecy", None);
    row("(rival) Zeroizing<String>", "Zeroizing", None);
}

/// The wipe alone. token-core calls zeroize on slices; a boxed slice is wiped byte by byte.
fn wipe_alone(report: &mut Report, bytes: usize) {
    let (mut ours, mut memset) = (vec![1_u8; bytes], vec![1_u8; bytes]);
    let mut boxed = vec![1_u8; bytes].into_boxed_slice();
    let outcome = Contest::new()
        .enter("zeroize", || black_box(&mut ours).as_mut_slice().zeroize())
        .enter("memset", || {
            let bytes = &mut **black_box(&mut memset);
            bytes.fill(0);
            black_box(bytes.as_mut_ptr());
        })
        .enter("boxed", || black_box(&mut boxed).zeroize())
        .run();
    report.ratio(&format!("wipe {bytes} B"), &outcome, ["zeroize", "memset"], Some(1.2));
    report.ratio(
        &format!("  zeroize of a Box<[u8]>, {bytes} B"),
        &outcome,
        ["boxed", "memset"],
        None,
    );
}

/// The same through the public interface: `take_from` wipes its source and the
/// drop wipes the copy, beside a box with `memset` in both places.
fn wipe_in_public(report: &mut Report, bytes: usize) {
    let (mut ours, mut theirs) = (vec![1_u8; bytes], vec![1_u8; bytes]);
    let outcome = Contest::new()
        .enter("take and drop", || drop(black_box(Secret::take_from(black_box(&mut ours)))))
        .enter("Box and 2 x memset", || {
            let source = &mut **black_box(&mut theirs);
            let mut copy = black_box(Box::<[u8]>::from(&*source));
            black_box(&mut *source).fill(0);
            copy.fill(0);
            drop(black_box(copy));
        })
        .run();
    let names = ["take and drop", "Box and 2 x memset"];
    report.ratio(&format!("take {bytes} B and drop, two wipes"), &outcome, names, Some(1.2));
}
