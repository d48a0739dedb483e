//! Colours what `token_policy::report` writes. If no colours are wanted, the stream takes them out again.

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";
const GREEN: &str = "\x1b[1;32m";
const PLAIN: &str = "\x1b[0m";

/// The words with which our lines begin, and their colours.
const HEADS: [(&str, &str); 8] = [
    ("error", RED),
    ("warning", YELLOW),
    ("note", GREEN),
    ("wider", RED),
    ("incomparable", RED),
    ("narrower", GREEN),
    ("equal", GREEN),
    ("  help", BLUE),
];

/// Returns the text with colours. A line of an excerpt is never taken for one of ours, since it begins with its number.
pub(crate) fn paint(text: &str) -> String {
    let mut current = RED;
    let mut painted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        painted.push_str(&paint_line(line, &mut current));
    }
    painted
}

fn paint_line(line: &str, current: &mut &'static str) -> String {
    for (head, colour) in HEADS {
        if let Some(end) = head_end(line, head) {
            *current = colour;
            let (head, rest) = line.split_at(end);
            return format!("{colour}{head}{PLAIN}{rest}");
        }
    }
    let gutter = line.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b' ').count();
    let (margin, rest) = line.split_at(gutter);
    if let Some(place) = rest.strip_prefix("--> ") {
        return format!("{BLUE}{margin}-->{PLAIN} {place}");
    }
    match rest.strip_prefix('|') {
        Some(marks) if marks.trim_matches([' ', '^', '\n']).is_empty() => {
            format!("{BLUE}{margin}|{PLAIN}{current}{}{PLAIN}\n", marks.trim_end())
        }
        Some(excerpt) => format!("{BLUE}{margin}|{PLAIN}{excerpt}"),
        None => line.to_owned(),
    }
}

/// Returns where the head of a line ends: before the colon and after the code. Returns `None` if the line does not
/// begin with `head`.
fn head_end(line: &str, head: &str) -> Option<usize> {
    let rest = line.strip_prefix(head)?;
    match rest.as_bytes().first()? {
        b':' => Some(head.len()),
        b'[' => Some(head.len() + rest.find(']')? + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use token_policy::Level;
    use token_policy::report::{self, Finding, Place};

    use super::*;

    #[test]
    fn colours_change_no_character() {
        let finding = Finding::new(
            "no-owner",
            Level::Warn,
            "a message that is longer than one line of a terminal, error: or not",
        )
        .at(Place::new("tokens.toml", 4, 9).length(2))
        .excerpt("[tokens.ci] | ^^")
        .fact("kind", "ci");
        let mut text = String::from("wider: kind `ci`\n\nnothing\n");
        report::text(&[finding], &mut text).unwrap_or_default();
        let painted = paint(&text);
        assert!(painted.contains(YELLOW) && painted.contains(RED) && painted.contains(BLUE));
        let plain = [RED, YELLOW, BLUE, GREEN, PLAIN];
        assert_eq!(plain.iter().fold(painted, |text, code| text.replace(code, "")), text);
    }
}
