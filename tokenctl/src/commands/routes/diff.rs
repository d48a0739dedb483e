//! Implements `routes diff`, which says whether a changed table of routes permits more or less.

use clap::Args;
use token_policy::Level;
use token_policy::routes::{RouteTable, diff};
use token_scan::Scan;

use crate::commands::diff::Difference;
use crate::commands::explain::topics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::Format;
use crate::output::Output;
use crate::project::Project;
use crate::side::{Compared, Side};

/// Compares two tables of routes by what they permit: equal, narrower, wider or incomparable.
///
/// A table is what `token_guard::axum::Router::table` gives, as text or as JSON. Each side is a git revision such as
/// `origin/main`, of which the `routes.txt` is taken, `REVISION:PATH`, or a file: `./PATH`, or `file:PATH`. A name that git
/// knows is git's, also if there is a file of that name. A table that a revision does not have yet has no routes, so a
/// first table is wider.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The old table: a revision, REVISION:PATH, or ./PATH
    #[arg(default_value = "HEAD")]
    old: String,
    /// The new table: a revision, REVISION:PATH, or ./PATH [default: routes.txt in the working tree]
    new: Option<String>,
    /// How the differences are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let project = Project::find()?;
    let old = Side::<RouteTable>::read(&arguments.old, &project)?;
    let new = match &arguments.new {
        Some(new) => Side::read(new, &project)?,
        None => Side::file(&project.find_file(RouteTable::FILE).ok_or_else(missing)?, &project)?,
    };
    let diff = diff(&old.content, &new.content);
    let difference = Difference {
        command: "routes diff",
        verdict: diff.verdict(),
        facts: diff.facts().iter().map(ToString::to_string).collect(),
        findings: &|file| diff.findings(file),
        topics: topics::of_routes(),
    };
    difference.show(&old, &new, arguments.format, output)
}

fn missing() -> Failure {
    let file = RouteTable::FILE;
    Failure::new(format!("there is no `{file}` here or above, up to the repository's root"))
        .help("name the table as `./PATH`; a test of the service writes it, from `Router::table`")
}

impl Compared for RouteTable {
    const FILE: &'static str = "routes.txt";
    const EXTENSIONS: &'static [&'static str] = &["txt", "json"];
    const NOTHING: &'static str = "";

    fn read(name: &str, text: String) -> Result<RouteTable, Failure> {
        let scanner = Scan::new().prefixes_in(&text).build()?;
        let found = scanner.bytes(name, text.as_bytes());
        if found.findings().iter().any(|finding| finding.level() == Level::Deny) {
            let message = format!("{name}: a token is written into this table of routes");
            return Err(Failure::new(message).help("`tokenctl scan` says where"));
        }
        RouteTable::parse(&text).map_err(|error| Failure::within(name, error))
    }
}
