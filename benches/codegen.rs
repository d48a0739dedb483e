//! Checks that the wipe is in the machine code, and not only in the source.
//!
//! Compiles `probe/wipe.rs` as a release build does and reads the assembly of
//! each probe. It checks the order of two events: zeros are written (a call of
//! `memset`, or stores of as many zeros), and a block is freed.
#![allow(clippy::print_stdout, reason = "the lines that were found are the evidence")]

use std::{collections::HashSet, error::Error, fs, process::ExitCode};

use benches::{
    report::Report,
    sandbox::{Sandbox, repository, token_core},
};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("codegen: the wipe in a release build");
    if !cfg!(target_arch = "x86_64") {
        println!("reads the assembly of x86_64 only");
        return Ok(report.finish());
    }
    let assembly = assembly()?;
    for probe in &PROBES {
        let events = events(&assembly, probe.function);
        let found: String = events.iter().map(Event::letter).collect();
        report.fact(probe.what, &found, (probe.holds)(&found));
        events.iter().for_each(|event| println!("    {}", event.line()));
    }
    Ok(report.finish())
}

struct Probe {
    function: &'static str,
    what: &'static str,
    /// Whether the events, one letter each in their order, are as they must be.
    holds: fn(&str) -> bool,
}

const PROBES: [Probe; 5] = [
    Probe { function: "probe_secret", what: "a Secret: W(ipe) before F(ree)", holds: each_wiped },
    Probe { function: "probe_known_length", what: "a Secret of 64 bytes", holds: each_wiped },
    Probe {
        function: "probe_unwind",
        what: "a Secret, also when unwinding",
        holds: |found| each_wiped(found) && found.matches("WF").count() == 2,
    },
    // The secret's block is freed first. The token's own block holds no secret.
    Probe { function: "probe_token", what: "a Token", holds: |found| found.starts_with("WF") },
    Probe {
        function: "probe_plain_fill",
        what: "(control) plain fill(0): removed",
        holds: |found| found == "F",
    },
];

/// Whether each free comes right after a wipe, and there is at least one.
fn each_wiped(found: &str) -> bool {
    found.contains("WF") && found.replace("WF", "").is_empty()
}

/// What happens to memory, with the line of assembly that shows it.
enum Event<'a> {
    Free(&'a str),
    Wipe(&'a str),
}

impl Event<'_> {
    fn letter(&self) -> char {
        match self {
            Self::Free(_) => 'F',
            Self::Wipe(_) => 'W',
        }
    }

    fn line(&self) -> String {
        match self {
            Self::Free(line) | Self::Wipe(line) => line.trim().replace('\t', " "),
        }
    }
}

fn events<'a>(assembly: &'a str, function: &str) -> Vec<Event<'a>> {
    let mut events = Vec::new();
    let mut zeros = Zeros::default();
    for line in body(assembly, function) {
        zeros.read(line);
        if line.contains("__rust_dealloc") {
            events.push(Event::Free(line));
        } else if line.contains("memset") || zeros.stored >= PROBE_BYTES {
            events.push(Event::Wipe(line));
            zeros.stored = 0;
        }
    }
    events
}

/// The lines from the function's label to the label at its end.
fn body<'a>(assembly: &'a str, function: &str) -> impl Iterator<Item = &'a str> {
    let label = format!("{function}:");
    let lines = assembly.lines().skip_while(move |line| *line != label);
    lines.take_while(|line| !line.starts_with(".Lfunc_end"))
}

/// Counts the zeros that single instructions write: `xorps %xmm0, %xmm0`, then
/// `movups %xmm0, 16(%rbx)`; or `movq $0, 8(%rbx)`.
#[derive(Default)]
struct Zeros<'a> {
    /// The vector registers that hold zeros.
    registers: HashSet<&'a str>,
    /// How many bytes of zeros were stored.
    stored: usize,
}

impl<'a> Zeros<'a> {
    fn read(&mut self, line: &'a str) {
        let Some((operation, operands)) = line.trim().split_once('\t') else { return };
        let Some((from, to)) = operands.rsplit_once(", ") else { return };
        // AVX has three operands, of which the first is enough.
        let from = from.split(", ").next().unwrap_or(from);
        let is_zeros = self.registers.contains(from) || (operation == "movq" && from == "$0");
        if to.ends_with(')') && is_zeros {
            self.stored += if from == "$0" { 8 } else { 16 };
        } else if from == to && operation.contains("xor") {
            self.registers.insert(to);
        } else {
            self.registers.remove(to);
        }
    }
}

fn assembly() -> Result<String, Box<dyn Error>> {
    let sandbox = Sandbox::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/codegen"))?;
    let source = repository().join("benches/probe/wipe.rs");
    sandbox.add("probe", &token_core(&["derive", "std"]), &source)?;
    let output = sandbox.folder("probe").join("wipe.s");
    let emit = format!("--emit=asm={}", output.display());
    sandbox.cargo(&["rustc", "--release", "--package", "probe"], &["-Ccodegen-units=1", &emit])?;
    Ok(fs::read_to_string(output)?)
}

/// The length of the secret in `probe_known_length`, which the compiler may know.
const PROBE_BYTES: usize = 64;
