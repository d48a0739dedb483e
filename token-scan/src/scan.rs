//! Sets what to scan for, and how.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Read;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use token_policy::format::Prefix;
use token_policy::{Level, Policy};

use crate::engine::Engine;
use crate::finding::{KNOWN, Kind, OWN};
use crate::known::Known;
use crate::levels::Levels;
use crate::own;
use crate::rule::{self, Rule};
use crate::scanner::{Scanner, Settings};
use crate::suppress::{Suppressions, today};
use crate::{Error, Progress, Report};

/// The settings of a scan. Every setting has a default, but [`policy`](Scan::policy) should be called if there is a
/// policy.
pub struct Scan {
    rules: Vec<Rule>,
    prefixes: Vec<(Prefix, Option<Kind>)>,
    known: Known,
    levels: Levels,
    settings: Settings,
    suppressions: Option<(String, String)>,
}

impl Default for Scan {
    fn default() -> Scan {
        Scan::new()
    }
}

impl Scan {
    /// Makes a scan with the rules of this crate.
    pub fn new() -> Scan {
        Scan { rules: rule::builtin(), ..Scan::bare() }
    }

    /// Makes a scan with those rules of this crate whose findings are certain.
    pub fn certain() -> Scan {
        Scan { rules: rule::certain(), ..Scan::bare() }
    }

    /// Makes a scan without rules. It finds only tokens of the policy's own format, and known ones.
    pub fn bare() -> Scan {
        let settings = Settings {
            max_file_bytes: 64 << 20,
            binary: true,
            decode: true,
            gitignored: false,
            threads: std::thread::available_parallelism().map_or(1, NonZero::get),
            today: today(),
            progress: None,
        };
        Scan {
            rules: Vec::new(),
            prefixes: Vec::new(),
            known: Known::default(),
            levels: Levels::default(),
            settings,
            suppressions: None,
        }
    }

    /// Looks for the tokens of all kinds of a policy that have a [format](token_policy::format), and gives findings the
    /// [levels](Scan::level) of its [`[scan]` table](token_policy::ScanRules). Of several policies that say something about
    /// the same findings, the strictest counts.
    pub fn policy(mut self, policy: &Policy) -> Scan {
        self.levels.add(policy.scan());
        self.formats_of(policy)
    }

    /// Looks for the tokens of all kinds of a policy that have a [format](token_policy::format), and lets its `[scan]` table
    /// alone: for policies that are not those of what is scanned.
    pub fn formats_of(mut self, policy: &Policy) -> Scan {
        for kind in policy.kinds() {
            let Some(prefix) = kind.format() else { continue };
            let owner = kind.owner().map(str::to_owned);
            self.prefixes.push((**prefix, Some(Kind { name: kind.name().to_owned(), owner })));
        }
        self
    }

    /// Looks for tokens with this prefix too, such as those of a kind that the policy no longer has.
    pub fn prefix(mut self, prefix: Prefix) -> Scan {
        self.prefixes.push((prefix, None));
        self
    }

    /// Looks for tokens with the same prefixes as the tokens in `text`, whatever stands before and after them. This is
    /// for callers that don't know the policy.
    pub fn prefixes_in(self, text: &str) -> Scan {
        own::prefixes(text.as_bytes()).collect::<BTreeSet<_>>().into_iter().fold(self, Scan::prefix)
    }

    /// Looks for a live token by its id, the 16 bytes of token-core's `TokenId`. The token itself is not needed.
    pub fn known(mut self, id: [u8; 16]) -> Scan {
        self.known.add(id);
        self
    }

    /// Adds rules, as TOML:
    ///
    /// ```
    /// let scan = token_scan::Scan::new().rules(r#"
    ///     [[rule]]
    ///     id = "acme-legacy"
    ///     description = "Acme's tokens of before 2024"
    ///     keywords = ["acme-"]             # at least one, of three bytes or more; a match begins with it
    ///     pattern = 'acme-[0-9a-f]{32}'
    ///     entropy = 3.0                    # the least, in bits per character
    /// "#)?;
    /// # Ok::<(), token_scan::Error>(())
    /// ```
    ///
    /// With `before = 20` a match may begin up to 20 bytes before its keyword. `after` (by default 512) is how many
    /// bytes after the beginning of its keyword a match may end. If the token is only a part of the match, the group
    /// `(?P<token>...)` marks it. `assigned`, in place of `pattern`, is the pattern of a value that is assigned to a
    /// name with a keyword in it. Placeholders are refused unless `judged = false`. With `unless_near = ["text"]`, a token
    /// that has this text within 200 bytes around it is no finding.
    ///
    /// A rule guesses unless it says more of its findings: `sort = "specific"` for a prefix that nothing else has.
    ///
    /// # Errors
    ///
    /// Fails if the text is not TOML or a rule is not understood.
    pub fn rules(mut self, text: &str) -> Result<Scan, Error> {
        let rules = rule::read(text)?;
        if let Some(bad) = rules.iter().position(|rule| !rule.assignment && rule.regex().is_none())
        {
            return Err(Error::rules(bad + 1));
        }
        self.rules.extend(rules);
        Ok(self)
    }

    /// Adds the rules of a `gitleaks.toml`. Their findings are guesses; `[extend]` is not followed.
    ///
    /// # Errors
    ///
    /// Fails if the text is not TOML or a rule is not understood.
    pub fn gitleaks(mut self, text: &str) -> Result<Scan, Error> {
        self.rules.extend(rule::read_gitleaks(text)?);
        Ok(self)
    }

    /// Adds the rules of a file in either form: as [`gitleaks`](Scan::gitleaks) if it has `[[rules]]`, otherwise as
    /// [`rules`](Scan::rules).
    ///
    /// # Errors
    ///
    /// Fails if the text is not TOML, has no rule, or has a rule that is not understood.
    pub fn rules_file(self, text: &str) -> Result<Scan, Error> {
        match rule::form(text)? {
            rule::Form::Gitleaks => self.gitleaks(text),
            rule::Form::Ours => self.rules(text),
        }
    }

    /// Sets what the findings of a [sort](crate::Sort) (`certain`, `specific` or `guess`), a rule or a code do to the run.
    /// It counts in place of what policies say. What is said about a rule counts before what is said about a sort.
    ///
    /// ```
    /// use token_scan::{Level, Scan};
    ///
    /// let scan = Scan::new().level("guess", Level::Deny).level("google-api-key", Level::Allow);
    /// # assert!(scan.build()?.unknown_levels().is_empty());
    /// # Ok::<(), token_scan::Error>(())
    /// ```
    ///
    /// A name that means nothing is no error here; [`Scanner::unknown_levels`] tells it.
    pub fn level(mut self, name: &str, level: Level) -> Scan {
        self.levels.ask(name, level);
        self
    }

    /// Leaves out the rule with this name.
    pub fn without(mut self, id: &str) -> Scan {
        self.rules.retain(|rule| rule.id() != id);
        self
    }

    /// Accepts the findings that a file of suppressions names; see [`Entry`](crate::Entry). `path` is the path of that
    /// file in findings about its entries: those that have expired, and those that suppress nothing.
    ///
    /// If a line is not understood, [`build`](Scan::build) fails.
    pub fn suppressions(mut self, path: &str, text: &str) -> Scan {
        self.suppressions = Some((path.to_owned(), text.to_owned()));
        self
    }

    /// Skips files with more bytes than this. The default is 64 MiB.
    pub fn max_file_bytes(mut self, bytes: u64) -> Scan {
        self.settings.max_file_bytes = bytes;
        self
    }

    /// Sets whether files with zero bytes are searched, for certain findings only. By default they are.
    pub fn binary(mut self, searched: bool) -> Scan {
        self.settings.binary = searched;
        self
    }

    /// Sets whether encodings and Rust literals are decoded. By default they are. Tokens of the policy's own format are
    /// found in base64, hexadecimal and UTF-16 in any case.
    pub fn decode(mut self, decoded: bool) -> Scan {
        self.settings.decode = decoded;
        self
    }

    /// Sets whether files that git leaves out, because a `.gitignore` names them, are searched. By default they are not.
    pub fn gitignored(mut self, searched: bool) -> Scan {
        self.settings.gitignored = searched;
        self
    }

    /// Sets how many threads search, at least one. The default is one for each core.
    pub fn threads(mut self, threads: usize) -> Scan {
        self.settings.threads = threads.max(1);
        self
    }

    /// Sets the day that decides whether a suppression has expired, in days since 1970. The default is today, in UTC.
    pub fn today(mut self, days: i64) -> Scan {
        self.settings.today = days;
        self
    }

    /// Counts files and bytes in `progress` while the scan runs, so that another thread can show them.
    pub fn progress(mut self, progress: Arc<Progress>) -> Scan {
        self.settings.progress = Some(progress);
        self
    }

    /// Makes the scan ready to run, many times and on many threads.
    ///
    /// # Errors
    ///
    /// Fails if a line of the suppressions is not understood, if the rules have more keywords than can be searched for, or
    /// if a policy asks for default levels of a later version.
    pub fn build(self) -> Result<Scanner, Error> {
        let (prefixes, kinds) = self.prefixes.into_iter().unzip();
        let (path, text) = self.suppressions.unwrap_or_default();
        self.levels.check()?;
        let engine = Engine::new(self.rules, prefixes)?;
        let rules = engine.rules().iter().map(|rule| rule.id().to_owned());
        let mut rules: HashSet<String> = rules.collect();
        if !rules.is_empty() {
            rules.extend([OWN, KNOWN].map(str::to_owned));
        }
        Ok(Scanner {
            engine,
            kinds,
            known: self.known,
            levels: self.levels,
            suppressions: Suppressions::read(&path, &text, self.settings.today)?
                .with_rules(rules.iter().cloned()),
            rule_names: rules,
            secret: secret(),
            settings: self.settings,
        })
    }

    /// Scans a folder and all below it, or a file. See [`Scanner::tree`].
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be read, or if the scan cannot be [built](Scan::build).
    pub fn tree(self, root: impl AsRef<Path>) -> Result<Report, Error> {
        self.build()?.tree(root)
    }

    /// Scans what a reader gives, such as standard input. See [`Scanner::reader`].
    ///
    /// # Errors
    ///
    /// Fails if reading fails, or if the scan cannot be [built](Scan::build).
    pub fn reader(self, name: &str, reader: impl Read) -> Result<Report, Error> {
        self.build()?.reader(name, reader)
    }

    /// Scans what is staged in a git repository. See [`Scanner::staged`].
    ///
    /// # Errors
    ///
    /// Fails if git fails, or if the scan cannot be [built](Scan::build).
    pub fn staged(self, repository: impl AsRef<Path>) -> Result<Report, Error> {
        self.build()?.staged(repository)
    }

    /// Scans what the commits since a revision, or of a range, added. See [`Scanner::history`].
    ///
    /// # Errors
    ///
    /// Fails if git fails, or if the scan cannot be [built](Scan::build).
    pub fn history(self, repository: impl AsRef<Path>, range: &str) -> Result<Report, Error> {
        self.build()?.history(repository, range)
    }
}

/// Returns a secret from the operating system, from which the keys of new suppressions are made.
fn secret() -> [u8; 16] {
    // The keys of `RandomState` come from the operating system, but the second one of a thread follows from the first.
    let random = || RandomState::new().build_hasher().finish().to_be_bytes();
    let mut secret = [0; 16];
    secret.iter_mut().zip(random().into_iter().chain(random())).for_each(|(to, from)| *to = from);
    secret
}
