//! Describes what was not searched, or not all of it.

use token_policy::Level;
use token_policy::checks::Explanation;
use token_policy::report::Notice;

/// A file that was not searched, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The path of the file, in which tokens are masked.
    pub path: String,
    /// The reason why it was not searched.
    pub why: Why,
}

/// Says why a file was not searched, or not all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Why {
    /// The file is larger than [`Scan::max_file_bytes`](crate::Scan::max_file_bytes).
    TooLarge,
    /// The file could not be read.
    Unreadable,
    /// The file decompresses to more than 32 MiB. Only the first 32 MiB were searched.
    Decompressed,
    /// The file is damaged gzip. What could be decompressed was searched, and so were the raw bytes.
    Damaged,
    /// Not everything that is encoded in the file was decoded: it is more than 32 MiB, or nested more than four deep.
    Undecoded,
    /// The path is `.git`: git did not say which files are left out, so nothing was.
    Untold,
    /// What a commit added, or is about to add, is larger than [`Scan::max_file_bytes`](crate::Scan::max_file_bytes).
    CommitTooLarge,
    /// The path is `.git`: older commits of the range were not fetched, so they were not searched.
    Shallow,
}

impl Skipped {
    /// Makes the notice about the file.
    pub(super) fn notice(&self) -> Notice {
        let (explanation, message) = self.why.told();
        Notice::new(explanation.code, explanation.level, message).about(self.path.as_str())
    }
}

impl Why {
    fn told(self) -> (&'static Explanation, &'static str) {
        match self {
            Why::TooLarge => (&TOO_LARGE, "not searched: too large"),
            Why::Unreadable => (&UNREADABLE, "not searched: unreadable"),
            Why::Decompressed => (&CUT, "only its first 32 MiB, decompressed, were searched"),
            Why::Damaged => (&DAMAGED, "not all of it was searched: it is damaged"),
            Why::Untold => (
                &UNTOLD,
                "`git` does not say which files are ignored, so none was left out; does `git status` work here?",
            ),
            Why::Undecoded => (&UNDECODED, "not all that is encoded in it was decoded"),
            Why::CommitTooLarge => (
                &COMMIT_TOO_LARGE,
                "not searched: too large, so the commit is not known to be clean",
            ),
            Why::Shallow => (
                &SHALLOW,
                "this clone is shallow: older commits of the range are not here, and were not searched",
            ),
        }
    }
}

/// Makes one notice for all archives, with the number of each format; `None` if there is no archive.
pub(super) fn archives<'f>(formats: impl Iterator<Item = (&'f str, usize)>) -> Option<Notice> {
    let formats: Vec<(&str, usize)> = formats.collect();
    let of_each: Vec<String> = formats.iter().map(|(name, n)| format!("{n} {name}")).collect();
    let were = match formats.iter().map(|(_, number)| number).sum() {
        0 => return None,
        1 => "1 archive was".to_owned(),
        number => format!("{number} archives were"),
    };
    let message = format!("{were} not opened: {}", of_each.join(", "));
    Some(Notice::new(UNOPENED.code, UNOPENED.level, message))
}

/// Iterates over the explanations of the codes of all notices, sorted by code. Their examples are text, not TOML.
pub fn notice_explanations() -> impl Iterator<Item = &'static Explanation> {
    [
        &UNOPENED,
        &COMMIT_TOO_LARGE,
        &TOO_LARGE,
        &UNREADABLE,
        &UNTOLD,
        &DAMAGED,
        &CUT,
        &SHALLOW,
        &UNDECODED,
    ]
    .into_iter()
}

static UNOPENED: Explanation = Explanation {
    code: "archive-unopened",
    level: Level::Allow,
    summary: "archives and compressed files that were not opened",
    reason: "Only gzip is decompressed. Of 7z, bzip2, lz4, rar, xz, zip (also jar, docx and the like) and zstd only the \
             raw bytes and the name were searched. A tar file contains its files uncompressed, so it is searched like any \
             other.",
    example: "a repository with `vendor.zip`",
    fix: "Unpack them and scan the folder, if you don't know what is in them. This notice fails no run.",
};

static TOO_LARGE: Explanation = Explanation {
    code: "file-too-large",
    level: Level::Warn,
    summary: "a file that was not searched, because it is too large",
    reason: "Only its name was searched. What is not searched is not clean; `--deny-warnings` makes it fail.",
    example: "a dump of 80 MiB, when 64 MiB is the limit",
    fix: "Raise the limit: `--max-size` in MiB. Or take the file out of the repository.",
};

static UNREADABLE: Explanation = Explanation {
    code: "file-unreadable",
    level: Level::Deny,
    summary: "a file or folder that could not be read",
    reason: "It is not known what stands there, so the run cannot say that there is no token.",
    example: "a folder that belongs to another user",
    fix: "Scan as somebody who may read it, or name the files and folders that are to be scanned.",
};

static UNTOLD: Explanation = Explanation {
    code: "git-untold",
    level: Level::Deny,
    summary: "git does not say which files are ignored",
    reason: "Only git knows what it tracks, and what it leaves out because of a `.gitignore`. It failed, or gave no \
             answer in time. So nothing was left out.",
    example: "a repository of another user, in a container; or a `.gitignore` that is a pipe",
    fix: "Look at what `git status` says. A repository that git does not trust is named with `git config --global --add \
          safe.directory FOLDER`.",
};

static UNDECODED: Explanation = Explanation {
    code: "undecoded",
    level: Level::Warn,
    summary: "a file of which not everything encoded was decoded",
    reason: "Base64, hexadecimal digits, escapes and gzip in a text are decoded, up to 32 MiB beyond its own length, and \
             four deep. This text has more. What is not searched is not clean; `--deny-warnings` makes it fail.",
    example: "a text with base64 of gzip that decompresses to 40 MiB",
    fix: "Decode it and scan what comes out, or take it out of the repository.",
};

static COMMIT_TOO_LARGE: Explanation = Explanation {
    code: "commit-too-large",
    level: Level::Deny,
    summary: "a file in a commit that was not searched, because it is too large",
    reason: "Only its name was searched. A commit must not pass by its size, so the run fails.",
    example: "a staged dump of 80 MiB, when 64 MiB is the limit",
    fix: "Raise the limit: `--max-size` in MiB. Or take the file out of the commit.",
};

static SHALLOW: Explanation = Explanation {
    code: "history-shallow",
    level: Level::Deny,
    summary: "a history of which the older part was not fetched",
    reason: "In a shallow clone some commits have parents that are not there. What these added, and later ones removed, is \
             in the history all the same. A history must not pass because little of it was fetched, so the run fails.",
    example: "`tokenctl scan --since` after a checkout with `fetch-depth: 1`",
    fix: "Fetch the rest: `git fetch --unshallow`, or `fetch-depth: 0` in a workflow. Or name a later commit with `--since`.",
};

static DAMAGED: Explanation = Explanation {
    code: "gzip-damaged",
    level: Level::Warn,
    summary: "a gzip file that ends too early, or is damaged",
    reason: "What could be decompressed was searched, and its bytes as they are. What is not searched is not clean; \
             `--deny-warnings` makes it fail.",
    example: "a download that was broken off",
    fix: "Put the whole file there, or take it out of the repository.",
};

static CUT: Explanation = Explanation {
    code: "gzip-too-large",
    level: Level::Warn,
    summary: "a gzip file that decompresses to more than 32 MiB",
    reason: "Only the first 32 MiB were searched. What is not searched is not clean; `--deny-warnings` makes it fail.",
    example: "a compressed log of a year",
    fix: "Decompress it and scan what comes out, or take it out of the repository.",
};
