//! Recognizes the data of a Secret of Kubernetes, where each value is in base64:
//! <https://kubernetes.io/docs/concepts/configuration/secret/>

use crate::text::slice;

/// How far before a value its manifest may begin.
const FAR: usize = 4096;

/// Returns whether the name at `at` stands in the data of a Secret. What follows `stringData` is not encoded.
pub(super) fn is_secret(bytes: &[u8], at: usize) -> bool {
    let before = slice(bytes, at.saturating_sub(FAR), at);
    let last = |text: &[u8]| memchr::memmem::rfind(before, text);
    // The cheapest question comes first, since nearly no file is a manifest.
    let Some(kind) = last(b"kind: Secret").or_else(|| last(b"\"kind\": \"Secret\"")) else {
        return false;
    };
    let begun = last(b"\n---").is_none_or(|end| end < kind);
    let data = [&b"\ndata:"[..], b" data:", b"\"data\":"].into_iter().filter_map(last).max();
    let plain = last(b"stringData");
    begun && data.is_some_and(|data| plain.is_none_or(|plain| plain < data))
}
