//! Reads the attributes before an item, and finds its end.

use super::tokens::{Sort, Token, arguments, group, inside};

/// The attributes before one item.
#[derive(Default)]
pub(super) struct Attributes<'t, 's> {
    attributes: Vec<&'t [Token<'s>]>,
    /// How many tokens they are.
    pub(super) length: usize,
}

impl<'t, 's> Attributes<'t, 's> {
    /// Reads the attributes at the first token.
    pub(super) fn read(tokens: &'t [Token<'s>]) -> Attributes<'t, 's> {
        let mut all = Attributes::default();
        while let [hash, open, ..] = tokens.get(all.length..).unwrap_or_default()
            && hash.is("#")
            && open.is("[")
        {
            let attribute = tokens.get(all.length + 1..).unwrap_or_default();
            all.attributes.push(inside(attribute));
            all.length += 1 + group(attribute);
        }
        all
    }

    /// Returns whether the item is compiled only for tests.
    pub(super) fn are_of_a_test(&self) -> bool {
        self.attributes.iter().any(|attribute| is_of_a_test(attribute))
    }

    /// Returns every attribute that counts outside of tests, those in a `cfg_attr` too.
    fn effective(&self) -> Vec<&'t [Token<'s>]> {
        let mut all = Vec::new();
        let mut rest = self.attributes.clone();
        while let Some(attribute) = rest.pop() {
            match attribute {
                [name, body @ ..] if name.is("cfg_attr") => {
                    let parts = arguments(inside(body));
                    if let [condition, attributes @ ..] = parts.as_slice()
                        && !needs_test(condition)
                    {
                        rest.extend(attributes);
                    }
                }
                _ => all.push(attribute),
            }
        }
        all
    }

    /// Returns the last names of the paths in each `derive`, with the token of the first one.
    pub(super) fn derives(&self) -> Vec<Token<'s>> {
        let derives = self.effective().into_iter().filter_map(|attribute| match attribute {
            [name, body @ ..] if name.is("derive") => Some(arguments(inside(body))),
            _ => None,
        });
        derives.flatten().filter_map(|path| path.last().copied()).collect()
    }

    /// Returns the attribute `token_kind` and the name of the kind in it.
    pub(super) fn token_kind(&self) -> Option<(Token<'s>, Option<&'s str>)> {
        self.effective().into_iter().find_map(|attribute| match attribute {
            [name, body @ ..] if name.is("token_kind") => {
                let named = arguments(inside(body)).into_iter().find_map(|part| match part {
                    [key, equals, value] if key.is("name") && equals.is("=") => Some(value.text),
                    _ => None,
                });
                Some((*name, named))
            }
            _ => None,
        })
    }

    /// Returns the path in each `#[path = "…"]`.
    pub(super) fn paths(&self) -> Vec<&'s str> {
        let paths = self.effective().into_iter().filter_map(|attribute| match attribute {
            [name, equals, path] if name.is("path") && equals.is("=") => Some(path.text),
            _ => None,
        });
        paths.collect()
    }
}

/// Returns whether the attribute, without its brackets, leaves its item to tests.
pub(super) fn is_of_a_test(attribute: &[Token<'_>]) -> bool {
    match attribute {
        [name] => name.is("test"),
        [name, body @ ..] if name.is("cfg") => needs_test(inside(body)),
        _ => false,
    }
}

/// Returns whether a condition of `cfg` holds only in tests: `test`, or `all(…)` with such a condition in it.
fn needs_test(condition: &[Token<'_>]) -> bool {
    match condition {
        [name] => name.is("test"),
        [name, body @ ..] if name.is("all") => arguments(inside(body)).into_iter().any(needs_test),
        _ => false,
    }
}

/// Returns how many tokens the item at the first token has. An end that comes too early is on the safe side.
pub(super) fn length(tokens: &[Token<'_>]) -> usize {
    let is_item = tokens.first().is_some_and(|first| ITEMS.contains(&first.text));
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let size = match token.sort {
            Sort::Open => group(tokens.get(at..).unwrap_or_default()),
            Sort::Close => return at,
            Sort::Word | Sort::Text | Sort::Other => 1,
        };
        at += size;
        // A field or an arm of a `match` ends at a comma. In an item, commas stand between parameters.
        if token.is("{") || token.is(";") || token.is(",") && !is_item {
            return at;
        }
    }
    at
}

const ITEMS: &[&str] = &[
    "async", "const", "enum", "extern", "fn", "impl", "mod", "pub", "static", "struct", "trait",
    "type", "union", "unsafe", "use",
];
