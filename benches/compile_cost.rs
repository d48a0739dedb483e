//! What the compiler pays: for 2,000 operations over a policy of 64 scopes, and for the dependency itself.
//!
//! For the first, three crates with the same structs: bare, with the policy beside them, and
//! annotated. Each is checked in turn; the difference of two is what the
//! macros, and the types and implementations they write, cost.
//!
//! For the second, crates that have one dependency and no code, checked with an empty target folder.

use std::{error::Error, fmt::Write, fs, io, path::Path, process::ExitCode};

use benches::{
    measure::Series,
    report::Report,
    sandbox::{Sandbox, token_core},
};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let sandbox = Sandbox::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/compile_cost"))?;
    write(&sandbox)?;
    // Builds the dependencies, and each crate once.
    sandbox.cargo(&["check", "--workspace"], &[])?;
    let [bare, policy, annotated] = measure(&sandbox)?;
    let mut report = Report::new("compile cost: user + system CPU seconds of `cargo check`");
    let mut row = |what, seconds, limit| report.number(what, seconds, "s", limit);
    row("2,000 bare structs", bare.median(), None);
    row("  with policy! of 64 scopes, 8 kinds x 32", policy.median(), None);
    row("  and derive(RequireScopes), 3 scopes each", annotated.median(), None);
    row("policy! alone, over bare", policy.beyond(&bare), None);
    row("everything, over bare", annotated.beyond(&bare), Some(0.6));
    weigh(&mut report)?;
    Ok(report.finish())
}

/// What a dependency costs whoever adds it, beside serde with its derive.
fn weigh(report: &mut Report) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/compile_weight"))?;
    let dependencies = [
        String::from("serde = { version = \"1\", features = [\"derive\"] }"),
        token_core(&["derive"]),
        token_core(&["std", "derive", "http"]),
        token_core(&["default"]),
    ];
    for (name, dependency) in WEIGHED.iter().zip(&dependencies) {
        sandbox.add(name, dependency, Path::new("lib.rs"))?;
        fs::write(sandbox.folder(name).join("lib.rs"), "")?;
    }
    let mut times = WEIGHED.map(|_| Vec::new());
    for _ in 0..WEIGH_ROUNDS {
        for (name, times) in WEIGHED.iter().zip(&mut times) {
            sandbox.clean()?;
            times.push(cpu_of(|| sandbox.cargo(&["check", "--package", name], &[]))?);
        }
    }
    let [serde, derive, service, default] = times.map(Series::new);
    report.number("add serde with derive (rival)", serde.median(), "s", None);
    report.number("add token-core with [derive]", derive.median(), "s", None);
    report.number("  over serde with derive", derive.over(&serde), "x", Some(1.1));
    report.number("add token-core with [std, derive, http]", service.median(), "s", None);
    report.number("add token-core with its default features", default.median(), "s", None);
    Ok(())
}

/// Runs all rounds, each with all three crates.
fn measure(sandbox: &Sandbox) -> io::Result<[Series; 3]> {
    let mut times = CRATES.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (name, times) in CRATES.iter().zip(&mut times) {
            times.push(check(sandbox, name)?);
        }
    }
    Ok(times.map(Series::new))
}

/// The CPU seconds of checking one crate again.
fn check(sandbox: &Sandbox, name: &str) -> io::Result<f64> {
    let source = sandbox.folder(name).join("lib.rs");
    fs::File::options().append(true).open(source)?.set_modified(std::time::SystemTime::now())?;
    let seconds = cpu_of(|| sandbox.cargo(&["check", "--package", name], &[]))?;
    // No crate takes so little time: cargo must have taken it for fresh.
    let message = "the crate was not checked again";
    if seconds < 0.05 { Err(io::Error::other(message)) } else { Ok(seconds) }
}

/// The CPU seconds of the processes that `run` starts and waits for.
fn cpu_of(run: impl FnOnce() -> io::Result<()>) -> io::Result<f64> {
    let before = cpu_of_children()?;
    run()?;
    Ok(cpu_of_children()? - before)
}

/// The CPU seconds of all processes that this one has started and waited for,
/// and of those that they waited for (proc_pid_stat(5), fields 16 and 17).
fn cpu_of_children() -> io::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").unwrap_or_default();
    let fields = fields.split(' ').skip(13).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

fn write(sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    let policy = "token_core::policy!(\"tokens.toml\");\n";
    let sources =
        [structs(false), policy.to_owned() + &structs(false), policy.to_owned() + &structs(true)];
    for (name, source) in CRATES.iter().zip(sources) {
        sandbox.add(name, &token_core(&["policy", "std"]), Path::new("lib.rs"))?;
        fs::write(sandbox.folder(name).join("lib.rs"), source)?;
        fs::write(sandbox.folder(name).join("tokens.toml"), tokens()?)?;
    }
    Ok(())
}

/// 64 scopes, and 8 kinds that carry 32 of them each.
fn tokens() -> Result<String, std::fmt::Error> {
    let mut text = String::from("version = 1\n[scopes]\n");
    for scope in 0..SCOPES {
        writeln!(text, "\"area{}:do{scope}\" = \"Permission number {scope}\"", scope / 8)?;
    }
    for kind in 0..8 {
        let scopes = (0..32).map(|at| (kind * 4 + at) % SCOPES);
        let scopes: Vec<String> = scopes.map(|at| format!("\"area{}:do{at}\"", at / 8)).collect();
        writeln!(
            text,
            "[tokens.kind-k{kind}]\nscopes = [{}]\nmax_lifetime = \"1h\"",
            scopes.join(", ")
        )?;
    }
    Ok(text)
}

fn structs(annotated: bool) -> String {
    let one = |number: u32| {
        let scope = |step: u32| {
            let at = (number * 7 + step * 5) % SCOPES;
            format!("scope::Area{}Do{at}", at / 8)
        };
        let derive = format!(
            "#[derive(token_core::RequireScopes)]\n#[require({}, {}, {})]\n",
            scope(0),
            scope(1),
            scope(2)
        );
        let derive = if annotated { derive } else { String::new() };
        format!("{derive}pub struct Operation{number} {{ pub name: String, pub count: u32 }}\n")
    };
    (0..STRUCTS).map(one).collect()
}

const CRATES: [&str; 3] = ["bare", "policy", "annotated"];
const STRUCTS: u32 = 2000;
const SCOPES: u32 = 64;
const ROUNDS: usize = 7;

const WEIGHED: [&str; 4] = ["weight_serde", "weight_derive", "weight_service", "weight_default"];
const WEIGH_ROUNDS: usize = 3;
