//! The cost of masking tokens in a log, beside copying it and beside aho-corasick's replacement of plain values.

use std::{
    error::Error,
    hint::black_box,
    io::{self, Write},
    process::ExitCode,
};

use aho_corasick::AhoCorasick;
use benches::{
    measure::{Contest, Outcome},
    report::Report,
    texts::{dense, log, repeated, values},
};
use token_redact::{Prefix, Redaction, Registered};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("redact: a log without tokens");
    let log = log();
    own_format(&mut report, &log)?;
    lines(&mut report, &log)?;
    registered(&mut report, &log, 40, "of 40 B")?;
    registered(&mut report, &log, 16, "of 16 B, the shortest")?;
    registered(&mut report, dense().as_bytes(), 40, "in one long word")?;
    prefixes(&mut report)?;
    repetition(&mut report);
    // Words that are shorter than the shortest value are passed over, at more than 10 GB/s. Beside that, a call for each byte
    // costs far more than 20 times as much, whatever it does; where the text has to be looked at, the limit holds.
    pieces(&mut report, "a log", &log, [Some(20.0), None, None]);
    pieces(&mut report, "one long word", dense().as_bytes(), [Some(20.0); 3]);
    Ok(report.finish())
}

/// Tokens of token-core's format, which need no registration.
fn own_format(report: &mut Report, log: &[u8]) -> Result<(), Box<dyn Error>> {
    let (few, many) = (kinds(1)?, kinds(20)?);
    let outcome = Contest::new()
        .enter("memcpy", || in_writes(log, 4096, &mut Copied::new()))
        .enter("one kind", || in_writes(log, 4096, &mut few.writer(Copied::new())))
        .enter("one kind, 64 KiB", || in_writes(log, 65536, &mut few.writer(Copied::new())))
        .enter("20 kinds", || in_writes(log, 4096, &mut many.writer(Copied::new())))
        .run();
    let mut row = |name, limit| speed(report, &outcome, name, name, log.len(), limit);
    row("memcpy", None);
    row("one kind", Some(2000.0));
    row("one kind, 64 KiB", None);
    row("20 kinds", None);
    Ok(())
}

/// One line of a log.
fn lines(report: &mut Report, log: &[u8]) -> Result<(), Box<dyn Error>> {
    let own = kinds(1)?;
    let both = kinds(1)?;
    let _handles = values(100, 40).iter().map(|value| register(&both, value)).collect::<Vec<_>>();
    let mut line = log.iter().take(127).copied().collect::<Vec<_>>();
    line.push(b'\n');
    let [mut copied, mut alone, mut beside] = [
        Box::new(Copied::new()) as Box<dyn Write>,
        Box::new(own.writer(Copied::new())),
        Box::new(both.writer(Copied::new())),
    ];
    let outcome = Contest::new()
        .enter("memcpy", || write(&mut copied, black_box(&line)))
        .enter("own", || write(&mut alone, black_box(&line)))
        .enter("own, new writer", || write(&mut own.writer(Copied::new()), black_box(&line)))
        .enter("both", || write(&mut beside, black_box(&line)))
        .run();
    report.time("a line of 128 B, memcpy", outcome.of("memcpy"), None);
    report.time("a line of 128 B, own format", outcome.of("own"), Some(150.0));
    report.time("  with a writer of its own", outcome.of("own, new writer"), None);
    report.time("  and 100 values registered", outcome.of("both"), None);
    Ok(())
}

/// Registered values, 4 KiB at a time.
fn registered(
    report: &mut Report,
    log: &[u8],
    len: usize,
    what: &str,
) -> Result<(), Box<dyn Error>> {
    let sets = [10, 100, 1000].map(|count| values(count, len));
    let ours = sets.each_ref().map(|_| Redaction::new([]));
    let _handles: Vec<_> = sets
        .iter()
        .zip(&ours)
        .flat_map(|(set, ours)| set.iter().map(move |value| register(ours, value)))
        .collect();
    let rivals = [AhoCorasick::new(&sets[0])?, AhoCorasick::new(&sets[2])?];
    let replaced = |rival: &AhoCorasick| {
        let with = vec!["[masked]"; rival.patterns_len()];
        rival.try_stream_replace_all(log, Copied::new(), &with).expect("it was replaced");
    };
    let outcome = Contest::new()
        .enter("memcpy", || in_writes(log, 4096, &mut Copied::new()))
        .enter("10", || in_writes(log, 4096, &mut ours[0].writer(Copied::new())))
        .enter("100", || in_writes(log, 4096, &mut ours[1].writer(Copied::new())))
        .enter("1000", || in_writes(log, 4096, &mut ours[2].writer(Copied::new())))
        .enter("aho-corasick, 10", || replaced(&rivals[0]))
        .enter("aho-corasick, 1000", || replaced(&rivals[1]))
        .run();
    let limit = Some(200.0);
    let mut row = |name, limit| {
        speed(report, &outcome, &format!("values {what}: {name}"), name, log.len(), limit);
    };
    row("memcpy", None);
    row("10", limit);
    row("100", limit);
    row("1000", limit);
    row("aho-corasick, 10", None);
    row("aho-corasick, 1000", None);
    report.ratio("  1,000 values beside 10", &outcome, ["1000", "10"], Some(1.15));
    Ok(())
}

/// An attack: a text of nothing but the beginnings of tokens, with a policy of a hundred kinds.
fn prefixes(report: &mut Report) -> Result<(), Box<dyn Error>> {
    let kinds = kinds(100)?;
    let names: String = (0..100).map(|number| format!("acme_deploy{number}_")).collect();
    let percent: String = names.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let texts =
        [names, percent, "%61".to_owned(), "\\u0061".to_owned()].map(|text| repeated(&text));
    let [plain, percent, letter, json] = texts.each_ref().map(String::as_bytes);
    let outcome = Contest::new()
        .enter("as they are", || in_writes(plain, 4096, &mut kinds.writer(Copied::new())))
        .enter("all in escapes", || in_writes(percent, 4096, &mut kinds.writer(Copied::new())))
        .enter("first letters", || in_writes(letter, 4096, &mut kinds.writer(Copied::new())))
        .enter("the same in JSON", || in_writes(json, 4096, &mut kinds.writer(Copied::new())))
        .run();
    for (name, text) in
        ["as they are", "all in escapes", "first letters", "the same in JSON"].iter().zip(&texts)
    {
        let what = format!("beginnings of 100 kinds: {name}");
        speed(report, &outcome, &what, name, text.len(), Some(50.0));
    }
    Ok(())
}

/// An attack: a value ends in one repeated byte, and the text is nothing but that byte.
fn repetition(report: &mut Report) {
    let [short, long] = [32, 4096].map(|len| {
        let redaction = Redaction::new([]);
        let value = values(1, 16).concat() + &"x".repeat(len - 16);
        let registered = register(&redaction, &value);
        (redaction, registered)
    });
    let [ends, digits] = ["x", "V"].map(repeated);
    let outcome = Contest::new()
        .enter("of 32 B", || in_writes(ends.as_bytes(), 4096, &mut short.0.writer(Copied::new())))
        .enter("of 4 KiB", || in_writes(ends.as_bytes(), 65536, &mut long.0.writer(Copied::new())))
        .enter("digits", || in_writes(digits.as_bytes(), 4096, &mut short.0.writer(Copied::new())))
        .run();
    let mut row = |what, name, limit| speed(report, &outcome, what, name, ends.len(), limit);
    row("the end of a value of 32 B, repeated", "of 32 B", Some(200.0));
    row("the end of a value of 4 KiB, repeated", "of 4 KiB", Some(200.0));
    row("what is text in base64 however it is grouped", "digits", None);
}

/// A text in pieces of one byte, as a formatter or a program without a buffer writes it, beside values of any length.
fn pieces(report: &mut Report, what: &str, text: &[u8], limits: [Option<f64>; 3]) {
    let [short, middle, long] = [32, 1536, 65536].map(|len| {
        let redaction = Redaction::new([]);
        let registered = register(&redaction, &values(1, len).concat());
        (redaction, registered)
    });
    // One writer for all rounds: how much it holds back does not depend on where a round ends.
    let mut writers = [&short, &middle, &long]
        .map(|(redaction, _)| [redaction.writer(Copied::new()), redaction.writer(Copied::new())]);
    let [[short, short_bytes], [middle, middle_bytes], [long, long_bytes]] = &mut writers;
    let outcome = Contest::new()
        .enter("32 B, 4 KiB", || in_writes(text, 4096, short))
        .enter("32 B, 1 B", || in_writes(text, 1, short_bytes))
        .enter("1.5 KiB, 4 KiB", || in_writes(text, 4096, middle))
        .enter("1.5 KiB, 1 B", || in_writes(text, 1, middle_bytes))
        .enter("64 KiB, 4 KiB", || in_writes(text, 4096, long))
        .enter("64 KiB, 1 B", || in_writes(text, 1, long_bytes))
        .run();
    let rows = [
        ("32 B", ["32 B, 1 B", "32 B, 4 KiB"]),
        ("1.5 KiB", ["1.5 KiB, 1 B", "1.5 KiB, 4 KiB"]),
        ("64 KiB", ["64 KiB, 1 B", "64 KiB, 4 KiB"]),
    ];
    for ((len, names), limit) in rows.into_iter().zip(limits) {
        let what = format!("{what} byte by byte, a value of {len}");
        report.ratio(&what, &outcome, names, limit);
    }
    let longest = ["64 KiB, 1 B", "32 B, 1 B"];
    report.ratio("  the longest value beside the shortest", &outcome, longest, Some(2.0));
}

fn speed(
    report: &mut Report,
    outcome: &Outcome,
    what: &str,
    name: &str,
    bytes: usize,
    limit: Option<f64>,
) {
    let speed = (bytes as f64 / outcome.of(name).median() * 1e3).round();
    match limit {
        Some(limit) => report.at_least(what, speed, "MB/s", limit),
        None => report.number(what, speed, "MB/s", None),
    }
}

fn in_writes(text: &[u8], size: usize, to: &mut impl Write) {
    text.chunks(size).for_each(|chunk| write(to, black_box(chunk)));
}

fn write(to: &mut impl Write, text: &[u8]) {
    to.write_all(text).expect("it was written");
}

/// Copies what is written to it, as the buffer before a device does.
struct Copied(Vec<u8>);

impl Copied {
    fn new() -> Self {
        // The buffer is kept between calls, so that no contestant pays for its allocation.
        Self(BUFFER.take())
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        BUFFER.set(std::mem::take(&mut self.0));
    }
}

thread_local! {
    static BUFFER: std::cell::Cell<Vec<u8>> = const { std::cell::Cell::new(Vec::new()) };
}

impl Write for Copied {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.clear();
        self.0.extend_from_slice(text);
        black_box(&mut self.0);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn kinds(count: usize) -> Result<Redaction, Box<dyn Error>> {
    let names: Vec<_> = (0..count).map(|number| format!("acme_deploy{number}")).collect();
    let kinds = names.iter().map(|name| Ok((name.as_str(), Prefix::parse(name)?)));
    Ok(Redaction::new(kinds.collect::<Result<Vec<_>, Box<dyn Error>>>()?))
}

fn register(redaction: &Redaction, value: &str) -> Registered {
    redaction.register("github-ci", value.as_bytes()).expect("a value that can be hidden")
}
