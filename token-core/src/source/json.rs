//! Where a member's value stands in a JSON document (RFC 8259).
//!
//! serde_json decodes strings through a scratch buffer that it does not wipe. So members are taken
//! as raw slices of the document, which is wiped; only values that hold no secret are decoded.

use core::{fmt, ops::Range};

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde_json::value::RawValue;

use super::{
    document::{A_STRING, A_TABLE, AN_ARRAY, Fault},
    escape::{self, Syntax},
    path::Step,
};
use crate::{error::InDocument, secret::wipe};

/// The raw text of the member with this name, a slice of `object`. `None` if there is no such member.
pub(super) fn member<'t>(object: &'t str, name: &str) -> Result<Option<&'t str>, Fault> {
    if !object.trim_start().starts_with('{') {
        return Err(Fault::wrong_type(0, A_TABLE));
    }
    let mut found = Found::default();
    let mut json = serde_json::Deserializer::from_str(object);
    let read = Member { name, found: &mut found }.deserialize(&mut json);
    let read = read.and_then(|()| json.end());
    wipe_after(&read);
    match read {
        Ok(()) => Ok(found.value.map(RawValue::get)),
        Err(_) if found.twice => Err(Fault { offset: 0, problem: InDocument::DuplicateField }),
        Err(error) => Err(Fault::syntax(offset_of(object, &error))),
    }
}

/// The bytes of a raw string without its quotes, as written.
pub(super) fn string(raw: &str) -> Option<&str> {
    raw.strip_prefix('"')?.strip_suffix('"')
}

/// The range of `part` in `document`, of which it is a slice.
pub(super) fn range_in(document: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(document.as_ptr() as usize);
    start..start + part.len()
}

/// The range of the string that a field names, without its quotes.
pub(super) fn find(text: &str, steps: &[Step]) -> Result<Range<usize>, Fault> {
    let mut value = text;
    for step in steps {
        let start = range_in(text, value).start;
        let found = match step {
            Step::Name(name) => member(value, name),
            Step::Element(index) => element(value, *index),
        };
        let found = found.map_err(|fault| Fault { offset: start + fault.offset, ..fault })?;
        value = found.ok_or_else(|| Fault::missing(start))?;
    }
    let written = range_in(text, value);
    match string(value) {
        Some(inside) => Ok(range_in(text, inside)),
        None => Err(Fault::wrong_type(written.start, A_STRING)),
    }
}

/// The raw text of an element of an array, a slice of `array`. `None` if the array is shorter.
pub(super) fn element(array: &str, index: usize) -> Result<Option<&str>, Fault> {
    Ok(elements(array)?.get(index).copied())
}

/// The raw texts of all elements of an array, slices of `array`.
pub(super) fn elements(array: &str) -> Result<Vec<&str>, Fault> {
    if !array.trim_start().starts_with('[') {
        return Err(Fault::wrong_type(0, AN_ARRAY));
    }
    let elements: Result<Vec<&RawValue>, _> = serde_json::from_str(array);
    wipe_after(&elements);
    let elements = elements.map_err(|error| Fault::syntax(offset_of(array, &error)))?;
    Ok(elements.into_iter().map(RawValue::get).collect())
}

/// For an error, serde_json counts the lines before it in vector registers, which take in the text around the error, too.
fn wipe_after<T>(read: &serde_json::Result<T>) {
    if read.is_err() {
        wipe::stack();
        wipe::registers();
    }
}

/// The place of an error. serde_json counts lines from 1, and the bytes of a line from 0 or 1.
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let before: usize = lines.map(str::len).sum();
    before + error.column().saturating_sub(1)
}

/// The one member that is looked for.
#[derive(Default)]
struct Found<'t> {
    value: Option<&'t RawValue>,
    twice: bool,
}

struct Member<'f, 't> {
    name: &'f str,
    found: &'f mut Found<'t>,
}

impl<'t> DeserializeSeed<'t> for Member<'_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'t> Visitor<'t> for Member<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(A_TABLE)
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(wanted) = map.next_key_seed(IsNamed(self.name))? {
            if !wanted {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let earlier = self.found.value.replace(map.next_value()?);
            self.found.twice |= earlier.is_some();
        }
        match self.found.twice {
            true => Err(A::Error::custom("duplicate")),
            false => Ok(()),
        }
    }
}

/// Compares a key in place, as it is written: serde_json would decode a key with escapes into a buffer that it does not wipe.
struct IsNamed<'f>(&'f str);

impl<'t> DeserializeSeed<'t> for IsNamed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<bool, D::Error> {
        let key = <&RawValue>::deserialize(deserializer)?.get();
        let written = string(key).unwrap_or_default();
        Ok(match written.contains('\\') {
            true => escape::decode(written, Syntax::Json)
                .is_ok_and(|name| name.bytes() == self.0.as_bytes()),
            false => written == self.0,
        })
    }
}
