//! The table that a benchmark prints, and its verdict.
#![allow(clippy::print_stdout, reason = "a benchmark's table is its output")]

use std::process::ExitCode;

use crate::measure::{Outcome, Series};

/// One benchmark's table.
pub struct Report {
    missed: u32,
}

/// One figure beside its limit.
struct Row<'r> {
    what: &'r str,
    ours: String,
    rival: String,
    figure: String,
    limit: String,
    holds: Option<bool>,
}

impl Report {
    /// Prints the heading.
    #[must_use]
    pub fn new(title: &str) -> Self {
        println!("\n{title}\n");
        line("what", "min / median", "rival", "figure", "limit", "");
        line("----", "------------", "-----", "------", "-----", "");
        Self { missed: 0 }
    }

    /// Adds a row for a contestant beside its rival: it may take at most `limit` times the rival's time.
    pub fn ratio(
        &mut self,
        what: &str,
        outcome: &Outcome,
        [ours, rival]: [&str; 2],
        limit: Option<f64>,
    ) {
        let (mine, theirs) = (outcome.of(ours), outcome.of(rival));
        let ratio = mine.over(theirs);
        self.row(&Row {
            what,
            ours: nanos(mine),
            rival: format!("{rival} {}", nanos(theirs)),
            figure: format!("{ratio:.2} x"),
            limit: limit.map_or(String::new(), |limit| format!("<= {limit} x")),
            holds: limit.map(|limit| ratio <= limit),
        });
    }

    /// Adds a row for a time: its median may be at most `limit` nanoseconds.
    pub fn time(&mut self, what: &str, series: &Series, limit: Option<f64>) {
        self.row(&Row {
            what,
            ours: nanos(series),
            rival: String::new(),
            figure: format!("{:.1} ns", series.median()),
            limit: limit.map_or(String::new(), |limit| format!("<= {limit} ns")),
            holds: limit.map(|limit| series.median() <= limit),
        });
    }

    /// Adds a row for a number of at most `limit`.
    pub fn number(&mut self, what: &str, number: f64, unit: &str, limit: Option<f64>) {
        self.row(&Row {
            what,
            ours: String::new(),
            rival: String::new(),
            figure: format!("{} {unit}", (number * 100.0).round() / 100.0),
            limit: limit.map_or(String::new(), |limit| format!("<= {limit} {unit}")),
            holds: limit.map(|limit| number <= limit),
        });
    }

    /// Adds a row for a number of at least `limit`.
    pub fn at_least(&mut self, what: &str, number: f64, unit: &str, limit: f64) {
        self.row(&Row {
            what,
            ours: String::new(),
            rival: String::new(),
            figure: format!("{number} {unit}"),
            limit: format!(">= {limit}"),
            holds: Some(number >= limit),
        });
    }

    /// Adds a row for a fact that holds or does not.
    pub fn fact(&mut self, what: &str, found: &str, holds: bool) {
        self.row(&Row {
            what,
            ours: String::new(),
            rival: String::new(),
            figure: found.into(),
            limit: String::new(),
            holds: Some(holds),
        });
    }

    /// Failure if something was missed and the command line says `--check`.
    #[must_use]
    pub fn finish(self) -> ExitCode {
        let check = std::env::args().any(|argument| argument == "--check");
        match self.missed {
            0 => ExitCode::SUCCESS,
            missed => {
                println!("\n{missed} missed");
                if check { ExitCode::FAILURE } else { ExitCode::SUCCESS }
            }
        }
    }

    fn row(&mut self, row: &Row<'_>) {
        let verdict = match row.holds {
            None => "",
            Some(true) => "ok",
            Some(false) => "MISSED",
        };
        self.missed += u32::from(row.holds == Some(false));
        line(row.what, &row.ours, &row.rival, &row.figure, &row.limit, verdict);
    }
}

fn line(what: &str, ours: &str, rival: &str, figure: &str, limit: &str, verdict: &str) {
    println!("{what:46} {ours:>15}  {rival:34} {figure:>12}  {limit:14} {verdict}");
}

fn nanos(series: &Series) -> String {
    format!("{:.1} / {:.1}", series.min(), series.median())
}
