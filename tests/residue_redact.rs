//! A process registers a thousand values and wipes them; another one reads all of its memory, and finds no copy.
//!
//! Every value is a turned token, so that one token's windows are those of all values: raw, in base64 and in hexadecimal
//! digits. The child does what the path `redact_a_thousand` of the residue scan does.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]

#[path = "residue/inputs.rs"]
mod inputs;
#[path = "residue/scan.rs"]
mod scan;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use inputs::Inputs;
use scan::{Found, Scanner};

#[test]
fn a_thousand_values_leave_no_copy() {
    for program in
        [env!("CARGO_BIN_EXE_residue-child"), env!("CARGO_BIN_EXE_residue-child-never-free")]
    {
        for path in ["redact_a_thousand", "redact_a_thousand_found"] {
            for (form, found) in life(program, path) {
                assert_eq!(found, Found::default(), "{path}: {form}");
            }
        }
        let leaked = life(program, "control_redact_encoded");
        for (form, found) in leaked {
            assert!(found.full + found.fragments > 0, "the scan would not find {form}");
        }
    }
}

/// What is left in each form.
fn life(program: &str, path: &str) -> Vec<(&'static str, Found)> {
    let inputs = Inputs::new();
    let mut child = Killed(
        Command::new(program)
            .args([path.as_ref(), inputs.dir.as_os_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n", "{path} did not come to its end");
    let around = inputs.token.repeat(3);
    let scan = |(form, text): (&'static str, String)| {
        (form, Scanner::new(text.as_bytes()).scan_process(child.0.id()))
    };
    forms(&around).into_iter().map(scan).collect()
}

fn forms(text: &str) -> [(&'static str, String); 6] {
    let base64 = |before: usize| BASE64_STANDARD_NO_PAD.encode(&text[before..]);
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    [
        ("raw", text.to_owned()),
        ("base64", base64(0)),
        ("base64 after a byte", base64(1)),
        ("base64 after two bytes", base64(2)),
        ("hex", hex(text)),
        ("hex, capital", hex(text).to_uppercase()),
    ]
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
