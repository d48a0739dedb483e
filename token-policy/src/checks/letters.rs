//! Which letters look alike, and which run from right to left.
//!
//! Scope and kind names are ASCII, so a short table does there what the large one of Unicode does for all scripts. In
//! owners and audiences, which may have any letters, it is told when a word mixes scripts.

use alloc::string::String;

/// A text as it looks: equal for texts that are easily taken for one another.
///
/// Capitals and small letters are one, since `S` and `s` differ only in height; then come the pairs that UTS #39 has for
/// ASCII, and the signs that separate words.
pub(super) fn skeleton(text: &str) -> String {
    let mut skeleton = String::with_capacity(text.len());
    // Before the letters become small: a capital I looks like l, a small one doesn't.
    for c in text.chars().map(|c| if c == 'I' { 'l' } else { c }).flat_map(char::to_lowercase) {
        match c {
            '0' => skeleton.push('o'),
            '1' | '|' => skeleton.push('l'),
            '_' | '.' => skeleton.push('-'),
            ';' => skeleton.push(':'),
            '`' => skeleton.push('\''),
            'n' if skeleton.ends_with('r') => replace_last(&mut skeleton, 'm'),
            'v' if skeleton.ends_with('v') => replace_last(&mut skeleton, 'w'),
            c => skeleton.push(c),
        }
    }
    skeleton
}

fn replace_last(text: &mut String, c: char) {
    text.pop();
    text.push(c);
}

/// Whether a letter runs from right to left: bidirectional classes R and AL (UAX #9), by the blocks that are set aside
/// for them.
pub(super) fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8FF}'
            | '\u{FB1D}'..='\u{FDFF}'
            | '\u{FE70}'..='\u{FEFE}'
            | '\u{10800}'..='\u{10FFF}'
            | '\u{1E800}'..='\u{1EFFF}'
    )
}

/// The scripts with letters that look like those of another one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Armenian,
    Cherokee,
    Cyrillic,
    Greek,
    Latin,
}

impl Script {
    /// The script of a letter, if it is one of these.
    pub(super) fn of(c: char) -> Option<Script> {
        match c {
            'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => {
                Some(Script::Latin)
            }
            '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Some(Script::Greek),
            '\u{400}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' | '\u{A640}'..='\u{A69F}' => {
                Some(Script::Cyrillic)
            }
            '\u{531}'..='\u{58F}' => Some(Script::Armenian),
            '\u{13A0}'..='\u{13FF}' | '\u{AB70}'..='\u{ABBF}' => Some(Script::Cherokee),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Script::Armenian => "Armenian",
            Script::Cherokee => "Cherokee",
            Script::Cyrillic => "Cyrillic",
            Script::Greek => "Greek",
            Script::Latin => "Latin",
        }
    }
}
