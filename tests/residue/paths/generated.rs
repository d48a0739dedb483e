//! Lives of tokens that this process generated.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    panic,
    path::Path,
};

use token_core::{Secret, Token};
use token_redact::{Redaction, Redactor};

use super::{Kept, ListRepos, POLICY, grant, kind};

/// Says by a file which token it is: the bytes go from the token to the kernel, and stay nowhere between.
fn generated(dir: &Path) -> Token<kind::Deploy> {
    let secret = token_issue::generate::<kind::Deploy>().unwrap();
    let token = Token::admit(secret, &grant()).unwrap();
    fs::write(dir.join("generated"), token.expose_for(&ListRepos).unwrap().as_bytes()).unwrap();
    token
}

pub(super) fn alive(dir: &Path) -> Kept {
    Box::new(generated(dir))
}

pub(super) fn dropped(dir: &Path) -> Kept {
    drop(generated(dir));
    Box::new(())
}

/// Many, of which the test looks for the last.
pub(super) fn used(dir: &Path) -> Kept {
    let tokens: Vec<_> = (0..20).map(|_| generated(dir)).collect();
    assert!(tokens.iter().all(|token| token.expose_for(&ListRepos).is_ok()));
    Box::new(())
}

pub(super) fn panicked(dir: &Path) -> Kept {
    super::panicked(|| Ok::<_, ()>(generated(dir)))
}

/// Writes a generated token through a masking writer, by `write`; the writer stays.
fn written(
    dir: &Path,
    masked: usize,
    write: fn(&mut Redactor<io::Sink>, &str) -> io::Result<()>,
) -> Kept {
    let redaction = Redaction::for_kinds(POLICY.kinds);
    let (token, mut writer) = (generated(dir), redaction.writer(io::sink()));
    write(&mut writer, token.expose_for(&ListRepos).unwrap().as_str()).unwrap();
    writer.write_all(b"\n").unwrap();
    assert_eq!(redaction.count(), u64::try_from(masked).unwrap());
    Box::new((redaction, writer))
}

pub(super) fn masked(dir: &Path) -> Kept {
    written(dir, 1, |writer, token| writer.write_all(token.as_bytes()))
}

pub(super) fn masked_in_pieces(dir: &Path) -> Kept {
    written(dir, 1, |writer, token| {
        token.as_bytes().chunks(7).try_for_each(|piece| writer.write_all(piece))
    })
}

/// In a JSON string, which has an escape before it and some in it.
pub(super) fn masked_and_escaped(dir: &Path) -> Kept {
    written(dir, 1, |writer, token| {
        let mut text = String::with_capacity(6 * token.len());
        text.push_str("\"\\\\ \\u0041");
        for (at, byte) in token.bytes().enumerate() {
            match at % 9 {
                8 => write!(text, "\\u{byte:04x}").unwrap(),
                _ => text.push(byte.into()),
            }
        }
        writer.write_all(text.as_bytes())?;
        drop(Secret::from(text));
        Ok(())
    })
}

/// The rest never comes.
pub(super) fn half_masked(dir: &Path) -> Kept {
    written(dir, 0, |writer, token| {
        writer.write_all(&token.as_bytes()[..40])?;
        writer.finish()
    })
}

pub(super) fn displayed(dir: &Path) -> Kept {
    let redaction = Redaction::for_kinds(POLICY.kinds);
    let token = generated(dir);
    let exposed = token.expose_for(&ListRepos).unwrap();
    let shown = format!(
        "{} {:?}",
        redaction.display(exposed.as_str()),
        redaction.display(exposed.as_str())
    );
    drop(exposed);
    drop(token);
    assert_eq!(redaction.count(), 2);
    Box::new((redaction, shown))
}

/// The message of a panic is masked by the hook; who caught the panic wipes the payload.
pub(super) fn in_a_panic(dir: &Path) -> Kept {
    let redaction = Redaction::for_kinds(POLICY.kinds);
    redaction.set_panic_hook();
    let token = generated(dir);
    let text = token.expose_for(&ListRepos).unwrap().as_str().to_owned();
    let unwound = panic::catch_unwind(|| panic::panic_any(text)).unwrap_err();
    drop((Secret::from(*unwound.downcast::<String>().unwrap()), token));
    assert_eq!(redaction.count(), 1);
    Box::new(redaction)
}
