//! Searches a text for the literals of all rules in one pass, and checks the rule where one of its literals is found.

mod assignment;
mod boundary;
mod confirm;
mod encoded;
mod search;

use token_policy::format::{Form, MAX_TOKEN_BYTES, Prefix};

use self::confirm::confirm;
use self::search::Search;
use crate::Error;
use crate::checksum::Checksum;
use crate::mask;
use crate::rule::{Rank, Rule, Sort};
use crate::text::{Text, slice};

/// Holds the rules, ready to search.
pub(crate) struct Engine {
    search: Search,
    /// For each literal, by its number, what to check where it is found.
    targets: Vec<Vec<Target>>,
    rules: Vec<Rule>,
    /// The numbers of the rules without a keyword, as a `gitleaks.toml` may have.
    unkeyed: Vec<usize>,
    prefixes: Vec<Prefix>,
    /// The keywords of rules with a checksum. A value that begins with one of these is left to that rule.
    checked: Vec<String>,
}

struct Target {
    finder: Finder,
    /// The literal in its own case, if the search ignores case but this literal must not; otherwise `None`.
    exact: Option<Vec<u8>>,
}

#[derive(Clone, Copy)]
enum Finder {
    Own {
        prefix: usize,
        form: Form,
    },
    Rule(usize),
    /// The keyword of a rule is in base64, `offset` bytes after the beginning of a group of three.
    Encoded {
        rule: usize,
        offset: usize,
    },
}

/// Says which rule found something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    /// The token is one whose id is known.
    Known,
    /// The token has the project's own format, with the prefix of this number.
    Own(usize),
    /// The rule of this number found the token.
    Rule(usize),
}

/// A token that was found.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) which: Which,
    pub(crate) rank: Rank,
    pub(crate) sort: Sort,
    /// The places in the file of the token's first and last byte.
    pub(crate) start: usize,
    pub(crate) last: usize,
    /// The token itself. It leaves the crate only hashed or masked.
    pub(crate) value: Vec<u8>,
    /// How many bytes at the token's beginning are the same in all tokens of its sort.
    pub(crate) public: usize,
}

impl Hit {
    /// Returns the token without its public beginning, which may stand in other texts too.
    pub(crate) fn secret(&self) -> &[u8] {
        let secret = slice(&self.value, self.public, self.value.len());
        if secret.len() < mask::WINDOW { &self.value } else { secret }
    }
}

/// Memory that is reused for each text.
#[derive(Default)]
pub(crate) struct Scratch {
    /// For each rule, by its number, where its last match in this text ends.
    ends: Vec<usize>,
    /// The path of the file, for rules that are about some files only.
    pub(crate) path: String,
}

impl Engine {
    pub(crate) fn new(rules: Vec<Rule>, prefixes: Vec<Prefix>) -> Result<Engine, Error> {
        let mut literals = Literals::default();
        let any_case = rules.iter().any(|rule| rule.any_case);
        for (number, prefix) in prefixes.iter().enumerate() {
            for form in Form::ALL {
                let finder = Finder::Own { prefix: number, form };
                literals.add(form.needle(prefix).as_bytes(), true, any_case, finder);
            }
        }
        for (number, rule) in rules.iter().enumerate() {
            for keyword in &rule.keywords {
                let finder = Finder::Rule(number);
                literals.add(keyword.as_bytes(), !rule.any_case, any_case, finder);
            }
            if rule.sort == Sort::Certain {
                encoded::each_form(&rule.keywords, |form, offset| {
                    literals.add(form, true, any_case, Finder::Encoded { rule: number, offset });
                });
            }
        }
        let numbers = rules.iter().enumerate().filter(|(_, rule)| rule.keywords.is_empty());
        let unkeyed = numbers.map(|(number, _)| number).collect();
        let checked = rules.iter().filter(|rule| rule.rank == Rank::Checked);
        let checked = checked.flat_map(|rule| rule.keywords.iter().cloned()).collect();
        let search = Search::new(&literals.bytes, any_case)?;
        Ok(Engine { search, targets: literals.targets, rules, unkeyed, prefixes, checked })
    }

    pub(crate) fn rule(&self, number: usize) -> Option<&Rule> {
        self.rules.get(number)
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Finds tokens in a text and adds them to `hits`. If `certain` is true, only rules whose findings are certain are
    /// applied.
    pub(crate) fn scan(
        &self,
        text: Text<'_>,
        certain: bool,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
    ) {
        scratch.ends.clear();
        scratch.ends.resize(self.rules.len(), 0);
        self.search.each(text.bytes(), |literal, start| {
            for target in self.targets.get(literal).into_iter().flatten() {
                self.look(text, start, target, certain, scratch, hits);
            }
        });
        for number in &self.unkeyed {
            if let Some(rule) = self.rules.get(*number).filter(|rule| rule.is_about(&scratch.path))
            {
                confirm::everywhere(rule, text, |start, end| {
                    hits.push(self.hit(Which::Rule(*number), rule, text, start, end));
                });
            }
        }
    }

    /// Returns the hit for a file that is a private key as a whole, or `None` if it is none.
    pub(crate) fn file(&self, file: &[u8]) -> Option<Hit> {
        let checksum = Checksum::of_file(file)?;
        let number = self.rules.iter().position(|rule| rule.checksum == Some(checksum))?;
        let rule = self.rules.get(number)?;
        Some(self.hit(Which::Rule(number), rule, Text::file(file), 0, file.len()))
    }

    /// Checks whether there is a token where a literal was found, and adds it to `hits`.
    fn look(
        &self,
        text: Text<'_>,
        at: usize,
        target: &Target,
        certain: bool,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
    ) {
        if let Some(exact) = &target.exact
            && text.slice(at, at + exact.len()) != exact.as_slice()
        {
            return;
        }
        match target.finder {
            Finder::Own { prefix, form } => hits.extend(self.own(text, at, prefix, form)),
            Finder::Encoded { rule: number, offset } => {
                let Some(rule) = self.rules.get(number) else { return };
                if let Some((bytes, start, end)) =
                    encoded::find(rule, &self.checked, text, at, offset)
                {
                    hits.push(self.hit(Which::Rule(number), rule, bytes.text(), start, end));
                }
            }
            Finder::Rule(number) => {
                let Some(rule) = self.rules.get(number) else { return };
                let Some(end) = scratch.ends.get_mut(number) else { return };
                let left_out = certain && rule.sort != Sort::Certain;
                if at < *end || left_out || !rule.is_about(&scratch.path) {
                    return;
                }
                let found = confirm(rule, &self.checked, text, at);
                if let Some((start, stop)) = found {
                    *end = stop;
                    hits.push(self.hit(Which::Rule(number), rule, text, start, stop));
                }
            }
        }
    }

    fn own(&self, text: Text<'_>, at: usize, number: usize, form: Form) -> Option<Hit> {
        let prefix = self.prefixes.get(number)?;
        let mut token = [0; MAX_TOKEN_BYTES];
        let rest = text.slice(at, text.bytes().len());
        let length = form.decode(prefix, rest, &mut token).ok()?;
        Some(Hit {
            which: Which::Own(number),
            rank: Rank::Own,
            sort: Sort::Certain,
            start: text.place(at),
            last: text.place(at + length - 1),
            value: slice(&token, 0, prefix.token_bytes()).to_vec(),
            public: prefix.as_str().len(),
        })
    }

    fn hit(&self, which: Which, rule: &Rule, text: Text<'_>, start: usize, end: usize) -> Hit {
        let value = text.slice(start, end).to_vec();
        Hit {
            which,
            rank: rule.rank,
            sort: rule.sort,
            start: text.place(start),
            last: text.place(end.saturating_sub(1).max(start)),
            public: rule.public_bytes(&value),
            value,
        }
    }
}

/// Collects the literals of all rules, each once.
#[derive(Default)]
struct Literals {
    bytes: Vec<Vec<u8>>,
    targets: Vec<Vec<Target>>,
}

impl Literals {
    fn add(&mut self, literal: &[u8], exact: bool, any_case: bool, finder: Finder) {
        let searched = if any_case { literal.to_ascii_lowercase() } else { literal.to_vec() };
        let target = Target { finder, exact: (exact && any_case).then(|| literal.to_vec()) };
        let known = self.bytes.iter().position(|known| *known == searched);
        match known.and_then(|at| self.targets.get_mut(at)) {
            Some(targets) => targets.push(target),
            None => {
                self.bytes.push(searched);
                self.targets.push(vec![target]);
            }
        }
    }
}
