//! The cost of comparing scopes at run time.

use std::{collections::HashSet, error::Error, hint::black_box, process::ExitCode};

use benches::{
    allocations::{Counting, per_call},
    kind,
    measure::Contest,
    report::Report,
};
use token_core::{ScopeSet, TokenKind};

#[global_allocator]
static COUNTING: Counting = Counting;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new("scope: sets at run time");
    subset::<kind::Ci>(&mut report, "2 of 3 scopes", 2)?;
    subset::<kind::Wide>(&mut report, "32 of 32 scopes", 32)?;
    parse::<kind::Ci>(&mut report, "3 scopes")?;
    parse::<kind::Wide>(&mut report, "32 scopes")?;
    Ok(report.finish())
}

/// Whether the kind's scopes include the first `required` of them.
fn subset<K: TokenKind>(
    report: &mut Report,
    what: &str,
    required: usize,
) -> Result<(), Box<dyn Error>> {
    let wanted: Vec<&str> = names::<K>().take(required).collect();
    let ours = (ScopeSet::<K>::of_kind(), ScopeSet::<K>::from_names(wanted.iter().copied())?);
    let theirs = (owned(names::<K>()), owned(wanted.into_iter()));
    let compare = || {
        let (granted, required) = black_box(&ours);
        black_box(granted.is_superset(required));
    };
    let outcome = Contest::new()
        .enter("ScopeSet", compare)
        .enter("HashSet<String>", || {
            let (granted, required) = black_box(&theirs);
            black_box(granted.is_superset(required));
        })
        .run();
    report.time(&format!("is_superset, {what}"), outcome.of("ScopeSet"), Some(5.0));
    report.ratio("  beside a set of strings", &outcome, ["ScopeSet", "HashSet<String>"], None);
    report.number("  allocations", per_call(compare), "allocations", Some(0.0));
    Ok(())
}

/// Reads the scopes in the text of a grant.
fn parse<K: TokenKind>(report: &mut Report, what: &str) -> Result<(), Box<dyn Error>> {
    let text = names::<K>().collect::<Vec<_>>().join(" ");
    ScopeSet::<K>::parse(&text)?;
    let ours = || drop(black_box(ScopeSet::<K>::parse(black_box(&text))));
    let outcome = Contest::new()
        .enter("parse", ours)
        .enter("split + HashSet", || drop(black_box(owned(black_box(&*text).split(' ')))))
        .run();
    report.ratio(&format!("parse, {what}"), &outcome, ["parse", "split + HashSet"], None);
    report.number("  allocations", per_call(ours), "allocations", None);
    Ok(())
}

fn names<K: TokenKind>() -> impl Iterator<Item = &'static str> {
    K::COMPILED.scopes.iter().map(|scope| scope.name)
}

fn owned<'a>(names: impl Iterator<Item = &'a str>) -> HashSet<String> {
    names.map(String::from).collect()
}
