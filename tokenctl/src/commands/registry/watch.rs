//! Implements `registry watch`.

use std::fmt;
use std::time::Duration;

use clap::Args;
use pollster::block_on;
use serde_json::json;
use token_core::record::Epoch;
use token_issue::registry::{Answer, Feed, Registry, RegistryError, Rule};
use token_policy::report;

use super::place::failed;
use super::{Place, Where};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::options::ListFormat;
use crate::output::Output;

/// Tells each revocation, when it happens, until nobody reads any more.
///
/// It asks the registry four times a second, as services do. If the registry cannot be reached, that is told, and it goes on asking. A registry that is
/// a replica or in recovery, or that has lost revocations, ends it with code 3: services refuse all tokens then.
///
/// For example: `tokenctl registry watch --url-file db.url --authorities ca.pem --format json`
#[derive(Args)]
pub(crate) struct Arguments {
    /// End after the first revocation
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    place: Place,
    /// How revocations are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: ListFormat,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let place = arguments.place.take()?;
    let (name, file) = (place.name(), place.file());
    let mut registry = place.read()?;
    let first = poll(&*registry, NOTHING).map_err(|error| failed(&name, &error))?;
    refuse_recovery(&name, &first.answer)?;
    output.note(&format!("{name} has had {} revocations; waiting for the next", first.answer.at.n));
    let mut watching = Watching { name, seen: first.answer.at, is_silent: false };
    while !output.is_unread() {
        let Some(feed) = watching.look(&*registry, output)? else {
            pause();
            // A file that was replaced is another one, which the registry that is open never finds.
            if let Some(Ok(again)) = file.clone().map(|file| Where::File(file).read()) {
                registry = again;
            }
            continue;
        };
        let text = told(&feed, arguments.format)?;
        watching.seen = feed.listed;
        if !output.answer_while_read(&text)? || arguments.once && !text.is_empty() {
            break;
        }
        if feed.listed == feed.answer.at {
            pause();
        }
    }
    Ok(Exit::Clean)
}

/// How far somebody has come who knows nothing.
const NOTHING: Epoch = Epoch { n: 0, mark: [0; 16] };

const BETWEEN: Duration = Duration::from_millis(250);

fn pause() {
    std::thread::sleep(BETWEEN);
}

fn poll(registry: &dyn Registry, seen: Epoch) -> Result<Feed, RegistryError> {
    block_on(registry.poll(seen))
}

struct Watching {
    name: String,
    /// How far the registry had come.
    seen: Epoch,
    /// Whether the last question had no answer.
    is_silent: bool,
}

impl Watching {
    /// Returns what is new, or `None` if there is no answer.
    fn look(&mut self, registry: &dyn Registry, output: &Output) -> Result<Option<Feed>, Failure> {
        let feed = match poll(registry, self.seen) {
            Ok(feed) => feed,
            Err(error @ RegistryError::Unavailable { .. }) => {
                if !self.is_silent {
                    output.told(
                        true,
                        &format!("warning: {}; asking again", failed(&self.name, &error).message),
                    );
                }
                self.is_silent = true;
                return Ok(None);
            }
            Err(error) => return Err(failed(&self.name, &error)),
        };
        if self.is_silent {
            output.told(true, &format!("{} answers again", self.name));
            self.is_silent = false;
        }
        refuse_recovery(&self.name, &feed.answer)?;
        if feed.answer.knows_own {
            return Ok(Some(feed));
        }
        let (seen, at) = (self.seen.n, feed.answer.at.n);
        if seen >= feed.answer.pruned_to {
            return Err(Failure::new(format!(
                "{} has lost revocations: revocation {seen} is not in its history of {at}",
                self.name
            ))
            .help("it was restored from a backup, or replaced; docs/issuing.md says what to do"));
        }
        output.told(true, "warning: revocations were forgotten before they could be told here");
        self.seen = feed.answer.at;
        Ok(None)
    }
}

fn refuse_recovery(name: &str, answer: &Answer) -> Result<(), Failure> {
    match answer.in_recovery {
        false => Ok(()),
        true => Err(Failure::new(format!(
            "{name} is a replica or is being recovered, and may be behind"
        ))
        .help("name the primary server")),
    }
}

fn told(feed: &Feed, format: ListFormat) -> Result<String, Failure> {
    let mut text = String::new();
    let written = match format {
        ListFormat::Text => text_of(feed, &mut text),
        ListFormat::Json => {
            text = json_of(feed);
            Ok(())
        }
    };
    written.map_err(|_| Failure::new("the revocations could not be written"))?;
    Ok(text)
}

fn text_of(feed: &Feed, out: &mut String) -> fmt::Result {
    for token in &feed.tokens {
        report::wrap("", 4, &format!("{token}: revoked"), out)?;
    }
    feed.rules
        .iter()
        .try_for_each(|rule| report::wrap("", 4, &format!("{}: revoked", words(rule)), out))
}

fn words(rule: &Rule) -> String {
    let kind = rule.kind.as_ref().map(|kind| format!(" of kind `{kind}`")).unwrap_or_default();
    let subject = rule.subject.as_ref().map(|subject| format!(" of subject `{subject}`"));
    let before = rule.born_before.map(|n| format!(" minted before revocation {n}"));
    format!("all tokens{kind}{}{}", subject.unwrap_or_default(), before.unwrap_or_default())
}

fn json_of(feed: &Feed) -> String {
    let at = feed.listed.n;
    let tokens =
        feed.tokens.iter().map(|token| json!({ "id": token.to_string(), "revocations": at }));
    let rules = feed.rules.iter().map(|rule| {
        let Rule { kind, subject, born_before, .. } = rule;
        let rule = json!({ "born_before": born_before, "kind": kind, "subject": subject });
        json!({ "revocations": at, "rule": rule })
    });
    tokens.chain(rules).map(|object| report::plain(&object.to_string()) + "\n").collect()
}
