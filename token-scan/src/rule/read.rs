//! Reads rules from TOML.

use std::sync::OnceLock;

use toml::de::{DeTable, DeValue};

use super::{Rank, Rule, Sort};
use crate::Error;
use crate::checksum::Checksum;

/// The default of `after`: how many bytes after the beginning of its keyword a match may end.
const AFTER: usize = 512;

/// The largest allowed `before` and `after` of a rule, in bytes.
const MOST: i64 = 1 << 16;

/// Reads rules in the form of those that come with this crate.
pub(crate) fn read(text: &str) -> Result<Vec<Rule>, Error> {
    let root = DeTable::parse(text).map_err(|error| Error::rules(line(text, &error)))?;
    let rules = root.get_ref().get("rule").map(toml::Spanned::get_ref);
    let Some(DeValue::Array(rules)) = rules else { return Ok(Vec::new()) };
    rules.iter().map(|rule| Entry::of(text, rule)?.rule()).collect()
}

/// The two forms that a file of rules can have.
pub(crate) enum Form {
    Gitleaks,
    Ours,
}

/// Returns the form of the rules in a file. The error says that there are none.
pub(crate) fn form(text: &str) -> Result<Form, Error> {
    let root = DeTable::parse(text).map_err(|error| Error::rules(line(text, &error)))?;
    match (root.get_ref().get("rules"), root.get_ref().get("rule")) {
        (Some(_), _) => Ok(Form::Gitleaks),
        (None, Some(_)) => Ok(Form::Ours),
        (None, None) => Err(Error::rules(1)),
    }
}

/// Returns the line of a mistake in TOML.
pub(crate) fn line(text: &str, error: &toml::de::Error) -> usize {
    line_of(text, error.span().map_or(0, |span| span.start))
}

pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// One table of the file, such as a `[[rule]]`.
pub(crate) struct Entry<'t> {
    table: &'t DeTable<'t>,
    line: usize,
}

impl<'t> Entry<'t> {
    pub(crate) fn of(
        text: &str,
        value: &'t toml::Spanned<DeValue<'t>>,
    ) -> Result<Entry<'t>, Error> {
        let line = line_of(text, value.span().start);
        match value.get_ref() {
            DeValue::Table(table) => Ok(Entry { table, line }),
            _ => Err(Error::rules(line)),
        }
    }

    fn rule(&self) -> Result<Rule, Error> {
        let checksum = self.text("checksum").map(Checksum::named);
        let checksum = checksum.map(|known| known.ok_or_else(|| self.wrong())).transpose()?;
        let before = self.size("before")?.unwrap_or(0);
        let (pattern, any_case) = self.pattern(before)?;
        let sort = self.sort(checksum)?;
        Ok(Rule {
            id: self.id()?,
            description: self.required("description")?.to_owned(),
            source: self.text("source").map(str::to_owned),
            sort,
            keywords: self.keywords()?,
            any_case: self.flag("any_case").unwrap_or(any_case),
            pattern,
            compiled: OnceLock::new(),
            rank: self.rank(checksum),
            checksum,
            entropy: self.decimal("entropy").unwrap_or(0.0),
            before,
            after: self.size("after")?.unwrap_or(AFTER),
            assignment: self.is_assignment(),
            judged: self.flag("judged").unwrap_or(sort != Sort::Certain),
            least: self.size("least")?.unwrap_or(0),
            unless_near: self.texts("unless_near"),
            only: None,
            refuse: Vec::new(),
            examples: self.texts("find"),
            counterexamples: self.texts("skip"),
        })
    }

    /// Returns the pattern, and whether the keywords are names, which are found in any case.
    ///
    /// If the rule has `assigned`, that is the pattern of a value. How a value follows its name is the same for all
    /// rules.
    fn pattern(&self, before: usize) -> Result<(String, bool), Error> {
        if self.is_assignment() {
            return Ok((String::new(), true));
        }
        if let Some(pattern) = self.text("pattern") {
            let anchor = if before == 0 { r"\A" } else { "" };
            return Ok((format!("{anchor}(?:{pattern})"), false));
        }
        let value = self.required("assigned")?;
        Ok((format!(r"\A(?:{value})"), true))
    }

    fn is_assignment(&self) -> bool {
        self.flag("assignment") == Some(true)
    }

    /// Returns how sure the findings are. Without a checksum they cannot be certain, and without a prefix of the issuer's
    /// they cannot be specific, so both are errors then.
    fn sort(&self, checksum: Option<Checksum>) -> Result<Sort, Error> {
        match self.text("sort") {
            Some("certain") if checksum.is_some() => Ok(Sort::Certain),
            Some("specific") if self.text("pattern").is_some() => Ok(Sort::Specific),
            Some("guess") | None => Ok(Sort::Guess),
            Some(_) => Err(self.wrong()),
        }
    }

    fn rank(&self, checksum: Option<Checksum>) -> Rank {
        match checksum {
            _ if self.is_assignment() || self.flag("generic") == Some(true) => Rank::Generic,
            Some(checksum) if checksum != Checksum::KeyPart => Rank::Checked,
            None if self.text("assigned").is_some() => Rank::Assigned,
            _ => Rank::Issuer,
        }
    }

    fn id(&self) -> Result<String, Error> {
        let id = self.required("id")?;
        if is_id(id) { Ok(id.to_owned()) } else { Err(self.wrong()) }
    }

    fn keywords(&self) -> Result<Vec<String>, Error> {
        let keywords = self.texts("keywords");
        let usable = keywords.iter().all(|keyword| keyword.len() >= 3);
        if usable && !keywords.is_empty() { Ok(keywords) } else { Err(self.wrong()) }
    }

    fn size(&self, key: &str) -> Result<Option<usize>, Error> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let DeValue::Integer(number) = value else { return Err(self.wrong()) };
        let number = number.to_string().parse::<i64>().map_err(|_| self.wrong())?;
        if !(0..=MOST).contains(&number) {
            return Err(self.wrong());
        }
        usize::try_from(number).map(Some).map_err(|_| self.wrong())
    }

    fn required(&self, key: &str) -> Result<&'t str, Error> {
        self.text(key).ok_or_else(|| self.wrong())
    }

    pub(crate) fn wrong(&self) -> Error {
        Error::rules(self.line)
    }

    fn get(&self, key: &str) -> Option<&'t DeValue<'t>> {
        self.table.get(key).map(toml::Spanned::get_ref)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'t str> {
        match self.get(key)? {
            DeValue::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            DeValue::Boolean(flag) => Some(*flag),
            _ => None,
        }
    }

    pub(crate) fn decimal(&self, key: &str) -> Option<f64> {
        match self.get(key)? {
            DeValue::Float(number) => number.to_string().parse().ok(),
            DeValue::Integer(number) => number.to_string().parse().ok(),
            _ => None,
        }
    }

    /// Returns a list of texts. A text may be written as a list of pieces, so that an example is no finding in the file
    /// of rules itself.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        match self.get(key) {
            Some(DeValue::Array(items)) => {
                items.iter().map(|item| joined(item.get_ref())).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn tables(&self, text: &str, key: &str) -> Result<Vec<Entry<'t>>, Error> {
        match self.table.get(key) {
            Some(value) => match value.get_ref() {
                DeValue::Array(items) => items.iter().map(|item| Entry::of(text, item)).collect(),
                _ => Ok(vec![Entry::of(text, value)?]),
            },
            None => Ok(Vec::new()),
        }
    }
}

fn joined(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Array(parts) => parts.iter().map(|part| joined(part.get_ref())).collect(),
        _ => String::new(),
    }
}

/// Returns whether a text is the name of a rule: lowercase words joined by hyphens.
pub(crate) fn is_id(text: &str) -> bool {
    token_policy::kind_name::is_valid(text)
}
