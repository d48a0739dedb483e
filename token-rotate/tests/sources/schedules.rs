//! Random schedules of what writers do to a file, with looks in between: never a token that nobody wrote whole, and a new one at the
//! first look after it is whole.
//!
//! `WATCH_SCHEDULES` is how many; `.ci/long` takes 10,000.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use fastrand::Rng;
use token_core::{TokenKind, scope::ReadableBy};
use token_rotate::{Fetched, Issuer, Watched};

use crate::{
    kind::{Ours, Plain},
    support::{attempt, formatted, fresh, holding, token},
    watched::{replace, write},
};

/// One writer, its file, and which tokens it has written whole.
struct Writer {
    dir: PathBuf,
    /// What is in the file now, if it is a whole token.
    whole: Option<String>,
    /// All that the file holds.
    content: String,
    ending: &'static str,
    folders: usize,
}

/// What a writer does between two looks.
#[derive(Clone, Copy, Debug)]
enum Step {
    Swap,
    Rename,
    InPlace,
    Truncate,
    /// A part of a token, in a file that was emptied before.
    Half,
    /// A part of a token over the beginning of the one that is there. Only a checksum tells.
    Over,
    /// All at once over the one that is there.
    WholeOver,
    Remove,
    Nothing,
}

const STEPS: [Step; 9] = [
    Step::Swap,
    Step::Rename,
    Step::InPlace,
    Step::Truncate,
    Step::Half,
    Step::Over,
    Step::WholeOver,
    Step::Remove,
    Step::Nothing,
];

const BUT_OVER: [Step; 8] = [
    Step::Swap,
    Step::Rename,
    Step::InPlace,
    Step::Truncate,
    Step::Half,
    Step::WholeOver,
    Step::Remove,
    Step::Nothing,
];

impl Writer {
    fn path(&self) -> PathBuf {
        self.dir.join("token")
    }

    /// The file behind the link.
    fn file(&self) -> PathBuf {
        self.dir.join("..data/token")
    }

    fn swap(&mut self, text: &str) {
        self.folders += 1;
        let folder = self.dir.join(format!("..{}", self.folders));
        fs::create_dir(&folder).unwrap();
        write(&folder.join("token"), text);
        let new = self.dir.join("..new");
        symlink(&folder, &new).unwrap();
        fs::rename(new, self.dir.join("..data")).unwrap();
    }

    fn has(&mut self, text: String, whole: bool) {
        let ending = if whole { self.ending } else { "" };
        self.content = format!("{text}{ending}");
        self.whole = whole.then_some(text);
    }

    fn step(&mut self, step: Step, new: String, random: &mut Rng) {
        let text = format!("{new}{}", self.ending);
        match step {
            Step::Swap => {
                self.swap(&text);
                self.has(new, true);
            }
            Step::Rename => {
                replace(&self.file(), &text);
                self.has(new, true);
            }
            Step::InPlace => {
                write(&self.file(), text);
                self.has(new, true);
            }
            Step::Truncate => {
                write(&self.file(), "");
                self.has(String::new(), false);
            }
            Step::Half => {
                let half = new[..random.usize(1..new.len())].to_owned();
                write(&self.file(), &half);
                self.has(half, false);
            }
            Step::Over => {
                let upto = random.usize(1..new.len());
                let rest = self.content.get(upto..).unwrap_or_default();
                let mixed = format!("{}{rest}", &new[..upto]);
                write_over(&self.file(), &mixed);
                // They begin with the same bytes, and some end with the same: then it is one of the two.
                if mixed == text {
                    self.has(new, true);
                } else if mixed != self.content {
                    self.has(mixed, false);
                }
            }
            Step::WholeOver => {
                write_over(&self.file(), &text);
                self.has(new, true);
            }
            Step::Remove => {
                let _ = fs::remove_file(self.file());
                self.has(String::new(), false);
            }
            Step::Nothing => {}
        }
    }
}

/// Without emptying it before.
fn write_over(path: &Path, text: &str) {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = fs::File::options();
    let mut file = options.write(true).create(true).truncate(false).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.set_len(text.len() as u64).unwrap();
}

/// One schedule. Several steps may come between two looks, and a look in the middle of each.
fn schedule<K: TokenKind>(seed: u64, make: fn() -> String, steps: &[Step]) {
    let mut random = Rng::with_seed(seed);
    let dir = tempfile::tempdir().unwrap();
    let ending = *random.choice(&["", "\n"]).unwrap();
    let (dir, whole) = (dir.path().to_owned(), None);
    let mut writer = Writer { dir: dir.clone(), whole, content: String::new(), ending, folders: 0 };
    fs::create_dir_all(&dir).unwrap();
    let first = make();
    writer.swap(&format!("{first}{ending}"));
    writer.has(first.clone(), true);
    symlink("..data/token", dir.join("token")).unwrap();

    let watched =
        Watched::<K>::file(writer.path(), ReadableBy::Owner).settle(Duration::from_millis(5));
    assert_eq!(token(watched.fetch(&attempt())).as_ref(), Some(&first), "seed {seed}");
    let mut held = first;
    let mut told = Vec::new();
    for _ in 0..12 {
        for _ in 0..random.usize(1..3) {
            let step = *random.choice(steps).unwrap();
            told.push(step);
            writer.step(step, make(), &mut random);
        }
        let found = watched.fetch(&holding(&held)).ok().and_then(Fetched::into_secret);
        let found = found.map(|(secret, ..)| crate::support::text(&secret));
        match (&writer.whole, found) {
            (Some(whole), Some(found)) => {
                assert_eq!(*whole, found, "seed {seed}: {told:?}");
                held = found;
            }
            (Some(whole), None) => assert_eq!(*whole, held, "seed {seed}: not seen: {told:?}"),
            (None, found) => assert_eq!(found, None, "seed {seed}: nobody wrote it: {told:?}"),
        }
    }
    fs::remove_dir_all(dir).unwrap();
}

/// Most of a schedule is waiting, so many run at a time.
fn run(which: fn(u64)) {
    let count = env::var("WATCH_SCHEDULES").map_or(240, |count| count.parse().unwrap());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count / 2 {
                        return;
                    }
                    which(number as u64);
                }
            });
        }
    });
}

#[test]
fn a_kind_with_a_format_gets_whole_tokens_whatever_a_writer_does() {
    run(|seed| schedule::<Ours>(seed, formatted::<Ours>, &STEPS));
}

/// Without a checksum a token that is written over in two steps, with a look in between, cannot be told.
#[test]
fn any_kind_gets_whole_tokens_from_writers_that_begin_anew() {
    run(|seed| schedule::<Plain>(seed, fresh, &BUT_OVER));
}

/// A writer that writes over the file in several pieces, with pauses that are shorter than the file must settle.
#[test]
fn a_token_that_is_written_in_pieces_is_seen_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    let tokens: Vec<String> = (0..20).map(|_| fresh()).collect();
    write(&path, &tokens[0]);
    let watched =
        Watched::<Plain>::file(&path, ReadableBy::Owner).settle(Duration::from_millis(400));
    let mut held = token(watched.fetch(&attempt())).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            use std::{io::Write, os::unix::fs::OpenOptionsExt};
            for text in &tokens[1..] {
                let mut file = fs::File::options().write(true).mode(0o600).open(&path).unwrap();
                for piece in text.as_bytes().chunks(7) {
                    file.write_all(piece).unwrap();
                    thread::sleep(Duration::from_millis(1));
                }
                thread::sleep(Duration::from_millis(30));
            }
        });
        let seen = |held: &mut String| {
            if let Some(found) = watched.fetch(&holding(held)).ok().and_then(Fetched::into_secret) {
                *held = crate::support::text(&found.0);
                assert!(tokens.contains(held), "a mixture");
            }
        };
        while !writer.is_finished() {
            seen(&mut held);
        }
        seen(&mut held);
    });
    assert_eq!(held, tokens[19]);
}
