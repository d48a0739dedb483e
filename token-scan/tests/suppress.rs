//! What is accepted, for how long, and how loudly it is told when nothing needs it any more.

#![allow(
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    reason = "tests"
)]

mod support;

use support::{github, scan, token};
use token_scan::{Entry, Level, Report, Scan};

/// What `generic-secret` finds.
fn line(seed: u64) -> String {
    format!("api_{}: \"{}\"", "key", &token(seed)[16..48])
}

fn codes(report: &Report) -> Vec<&str> {
    report.findings().iter().map(|finding| finding.code()).collect()
}

/// The mark is put together here, so that these sources have no such comment.
fn mark(rest: &str) -> String {
    format!("token-scan:{rest}")
}

#[test]
fn a_comment_with_a_reason_suppresses_a_guess() {
    let plain = scan().bytes("a.yml", line(1).as_bytes());
    assert_eq!(codes(&plain), ["generic-secret"]);
    for text in [
        format!("{} # {}", line(1), mark("ignore(generic-secret) a published vector")),
        format!(
            "// {}\n{}",
            mark("ignore-next-line(url-password, generic-secret) a published vector"),
            line(1)
        ),
        format!("<!-- {} -->\n{}", mark("ignore-next-line(generic-secret) vector"), line(1)),
    ] {
        let report = scan().bytes("a.yml", text.as_bytes());
        assert_eq!((codes(&report), report.suppressed()), (vec![], 1), "{text}");
    }
}

#[test]
fn a_comment_without_a_reason_or_for_another_rule_or_line_does_not() {
    let cases = [
        (format!("{} # {}", line(1), mark("ignore(generic-secret)")), "suppression-without-reason"),
        (
            format!("{} # {}", line(1), mark("ignore(generic-secret) --")),
            "suppression-without-reason",
        ),
        (format!("{} # {}", line(1), mark("ignore(url-password) why")), "suppression-unused"),
        (format!("{} # {}", line(1), mark("ignore(no-such-rule) why")), "suppression-unknown-rule"),
        (
            format!("# {}\n\n{}", mark("ignore-next-line(generic-secret) why"), line(1)),
            "suppression-unused",
        ),
    ];
    for (text, told) in cases {
        let report = scan().bytes("a.yml", text.as_bytes());
        let codes = codes(&report);
        assert!(codes.contains(&"generic-secret") && codes.contains(&told), "{codes:?}");
    }
}

#[test]
fn a_comment_does_not_suppress_what_is_certain() {
    for text in [token(1), github(1)] {
        let rule = if text.starts_with("gh") { "github-token" } else { "own-token" };
        let text = format!("{text} # {}", mark(&format!("ignore({rule}) I know")));
        let report = scan().bytes("a.yml", text.as_bytes());
        assert_eq!(codes(&report), [rule, "suppression-of-certain"]);
        assert!(report.findings().iter().all(|finding| finding.level() == Level::Deny));
    }
}

#[test]
fn what_only_mentions_such_a_comment_is_none() {
    for text in [
        mark("ignore(generic-secret) x"),
        format!("# {}", mark("ignore(RULE) x")),
        format!("// {}", mark("ignore")),
    ] {
        assert!(scan().bytes("a.txt", text.as_bytes()).findings().is_empty(), "{text}");
    }
}

fn entry(path: &str, text: &str) -> Entry {
    let report = scan().bytes(path, text.as_bytes());
    report.entries()[0].clone()
}

fn with_file(text: &str) -> token_scan::Scanner {
    Scan::new()
        .prefix(support::PREFIX.parse().unwrap())
        .suppressions("token-scan.allow", text)
        .today(20_000)
        .build()
        .unwrap()
}

/// 20,000 days after 1970 is 2024-10-04.
#[test]
fn an_entry_suppresses_what_it_names_until_its_end() {
    let entry = entry("a b%.txt", &token(1));
    let text = |end: &str| {
        Entry::file(vec![entry.clone().because(end, "the old key of the demo").unwrap()])
    };
    let report = with_file(&text("2024-10-04")).bytes("a b%.txt", token(1).as_bytes());
    assert_eq!((codes(&report), report.suppressed()), (vec![], 1));
    // Moved inside the file.
    let moved = format!("\n\n  x = {}", token(1));
    assert!(
        with_file(&text("2024-10-04")).bytes("a b%.txt", moved.as_bytes()).findings().is_empty()
    );
    // Past its end, of another file, of another value.
    assert_eq!(
        codes(&with_file(&text("2024-10-03")).bytes("a b%.txt", token(1).as_bytes())),
        ["own-token"]
    );
    assert_eq!(
        codes(&with_file(&text("2024-10-04")).bytes("b.txt", token(1).as_bytes())),
        ["own-token"]
    );
    assert_eq!(
        codes(&with_file(&text("2024-10-04")).bytes("a b%.txt", token(2).as_bytes())),
        ["own-token"]
    );
}

#[test]
fn what_has_expired_or_is_not_needed_is_told_with_its_line() {
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join("a.txt"), token(1)).unwrap();
    let used = entry("a.txt", &token(1)).because("2030-01-01", "used").unwrap();
    let stale = entry("b.txt", &token(2)).because("2030-01-01", "stale").unwrap();
    let old = entry("a.txt", &token(1)).because("2020-02-29", "old").unwrap();
    let text = format!("# why\n{used}\n{stale}\n{old}\n");
    let report = with_file(&text).tree(tree.path()).unwrap();
    let told: Vec<(u32, &str)> =
        report.findings().iter().map(|f| (f.place().unwrap().line(), f.code())).collect();
    assert_eq!(told, [(3, "suppression-unused"), (4, "suppression-expired")]);
}

#[test]
fn the_file_is_sorted_and_two_branches_unite() {
    let a = entry("a.txt", &token(1)).because("2030-01-01", "a").unwrap();
    let b = entry("b.txt", &token(2)).because("2030-01-01", "b").unwrap();
    let file = Entry::file(vec![b.clone(), a.clone(), b.clone()]);
    assert_eq!(file.lines().count(), 2);
    assert!(file.lines().is_sorted());
    let parsed: Vec<Entry> = file.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(parsed, [a.clone(), b.clone()]);
    // Git's union of two files, in any order and with repetitions.
    let united = format!("{b}\n{a}\n{b}\n");
    let scanner = with_file(&united);
    assert!(scanner.bytes("a.txt", token(1).as_bytes()).findings().is_empty());
    assert!(scanner.bytes("b.txt", token(2).as_bytes()).findings().is_empty());
}

#[test]
fn an_entry_shows_nothing_of_its_value() {
    let one = entry("a.txt", &token(1)).because("2030-01-01", "x").unwrap();
    let two = entry("a.txt", &token(1)).because("2030-01-01", "x").unwrap();
    assert_ne!(one, two, "each run has a key of its own");
    let text = one.to_string();
    assert!(
        !token(1).as_bytes().windows(8).any(|w| text.contains(std::str::from_utf8(w).unwrap()))
    );
}

#[test]
fn a_wrong_line_is_an_error_with_its_number() {
    let good = entry("a.txt", &token(1)).because("2030-01-01", "why").unwrap().to_string();
    let cut = |words: usize| good.split(' ').take(words).collect::<Vec<_>>().join(" ");
    for bad in [
        cut(4),
        cut(3),
        good.replace("2030-01-01", "2030-02-30"),
        good.replace("2030-01-01", "never"),
        good.replace(':', ""),
    ] {
        let text = format!("{good}\n{bad}\n");
        let error = Scan::new().suppressions("x.allow", &text).build().err().unwrap();
        assert!(error.to_string().starts_with("x.allow:2: "), "{error}");
    }
    assert!(entry("a.txt", &token(1)).because("2030-01-01", " ").is_err());
}

/// A scan that does not look for something cannot say that its suppression is needless.
#[test]
fn what_is_not_looked_for_is_not_unused() {
    let tree = tempfile::tempdir().unwrap();
    let text = format!("{}{}", line(1), mark("(generic-secret) a test vector"));
    std::fs::write(tree.path().join("a.py"), &text).unwrap();
    std::fs::write(tree.path().join("b.py"), line(2)).unwrap();
    let accepted = entry("b.py", &line(2)).because("2999-01-01", "the demo's").unwrap();
    let file = Entry::file(vec![accepted]);
    let part = || Scan::bare().suppressions("s", &file);
    assert_eq!(codes(&part().tree(tree.path()).unwrap()), Vec::<&str>::new());
    assert_eq!(codes(&part().max_file_bytes(1).tree(tree.path()).unwrap()), Vec::<&str>::new());
    let all = Scan::new().suppressions("s", &file).max_file_bytes(1);
    assert_eq!(codes(&all.tree(tree.path()).unwrap()), Vec::<&str>::new());
}

/// Where the history has a value that the tree no longer has, its entry is needed, and not unused.
#[test]
fn an_entry_for_the_history_is_not_unused() {
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join("a.txt"), "nothing").unwrap();
    let made = entry("a.txt", &token(1)).because("2030-01-01", "revoked").unwrap();
    let of_history = made.clone().of_history();
    assert_eq!(of_history.to_string().parse::<Entry>().unwrap(), of_history);
    assert!(of_history.to_string().contains(":history 2030-01-01 "), "{of_history}");
    assert_eq!(codes(&with_file(&of_history.to_string()).tree(tree.path()).unwrap()), [""; 0]);
    let unused = with_file(&made.to_string()).tree(tree.path()).unwrap();
    assert_eq!(codes(&unused), ["suppression-unused"]);
    // It accepts the same value as any entry does, and has an end as any.
    let scanner = with_file(&of_history.to_string());
    assert_eq!(codes(&scanner.bytes("a.txt", token(1).as_bytes())), [""; 0]);
    let old = of_history.to_string().replace("2030-01-01", "2020-01-01");
    assert_eq!(codes(&with_file(&old).tree(tree.path()).unwrap()), ["suppression-expired"]);
    let other = of_history.to_string().replace(":history", ":histories");
    assert!(Scan::new().suppressions("s", &other).build().is_err());
}

#[test]
fn a_byte_order_mark_or_the_ends_of_lines_change_nothing() {
    let (a, b) = (entry("a.txt", &token(1)), entry("b.txt", &token(2)));
    let (a, b) = (a.because("2030-01-01", "a").unwrap(), b.because("2030-01-01", "b").unwrap());
    for text in [
        format!("\u{feff}{a}\n{b}\n"),
        format!("\u{feff}{a}\r\n\r\n{b}\r\n"),
        format!("\u{feff}# why\n{a}\n\u{feff}# of the other branch\n\u{feff}{b}"),
        format!("\u{feff}\n\u{feff} {a} \n\t{b}\t"),
    ] {
        let scanner = with_file(&text);
        assert_eq!(codes(&scanner.bytes("a.txt", token(1).as_bytes())), [""; 0], "{text:?}");
        assert_eq!(codes(&scanner.bytes("b.txt", token(2).as_bytes())), [""; 0], "{text:?}");
        let all = Entry::added_to(&text, vec![b.clone()]).unwrap();
        assert!(!all.contains('\u{feff}') && all.ends_with(&format!("{a}\n{b}\n")), "{all}");
    }
}

#[test]
fn an_entry_for_a_rule_that_there_is_not_is_told() {
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join("a.txt"), token(1)).unwrap();
    let made = entry("a.txt", &token(1)).because("2030-01-01", "x").unwrap().to_string();
    for (rule, told) in [
        ("own-tokens", "suppression-unknown-rule"),
        ("own_token", "suppression-unknown-rule"),
        ("GitHub-token", "suppression-unknown-rule"),
        ("github-token", "suppression-unused"),
        ("known-token", ""),
    ] {
        let text = made.replacen("own-token", rule, 1);
        let report = with_file(&text).tree(tree.path()).unwrap();
        let expected: Vec<&str> =
            ["own-token", told].into_iter().filter(|c| !c.is_empty()).collect();
        assert_eq!(codes(&report), expected, "{rule}");
    }
    // Without rules it is not known which rules there are.
    let bare = Scan::bare().suppressions("s", &made.replacen("own-token", "mine", 1));
    assert_eq!(codes(&bare.tree(tree.path()).unwrap()), [""; 0]);
}

/// A name with any bytes can be accepted, and the line of its entry is plain.
#[test]
fn an_entry_keeps_each_byte_of_a_path() {
    for name in [
        &b"bad\xff.txt"[..],
        b"a b%20\t.txt",
        b"\xc2\x9b\x1b[31m",
        "\u{202e}txt.\u{a0}é".as_bytes(),
    ] {
        let path = token_policy::report::path_text(name);
        let made = entry(&path, &token(1)).because("2030-01-01", "x").unwrap();
        let line = made.to_string();
        assert_eq!(line.split(' ').count(), 5, "{line:?}");
        assert_eq!(token_policy::report::visible(&line), line);
        assert_eq!(line.parse::<Entry>().unwrap(), made);
        assert_eq!(codes(&with_file(&line).bytes(&path, token(1).as_bytes())), [""; 0]);
    }
}

/// Entries that are written in one run, or beside others, have the key of the others.
#[test]
fn entries_of_one_rule_and_path_share_a_key() {
    let key = |entry: &Entry| entry.to_string().split([' ', ':']).nth(2).unwrap().to_owned();
    let text = format!("{}\n{}", token(1), token(2));
    let scanner = scan();
    let report = scanner.bytes("a.txt", text.as_bytes());
    let other = scanner.bytes("b.txt", text.as_bytes());
    let keys: Vec<String> = report.entries().iter().chain(other.entries()).map(key).collect();
    assert!(keys[0] == keys[1] && keys[2] == keys[3] && keys[0] != keys[2], "{keys:?}");
    let first = report.entries()[0].clone().because("2030-01-01", "x").unwrap();
    let later =
        with_file(&first.to_string()).bytes("a.txt", format!("{text} {}", token(3)).as_bytes());
    assert!(later.entries().iter().all(|entry| key(entry) == keys[0]));
    assert_ne!(key(&scan().bytes("a.txt", token(1).as_bytes()).entries()[0]), keys[0]);
}

/// With each key a value is hashed once, so there may not be many.
#[test]
fn too_many_keys_of_one_rule_and_path_are_told_once() {
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join("a.txt"), token(1)).unwrap();
    let made =
        |seed: u64| entry("a.txt", &token(seed)).because("2030-01-01", "x").unwrap().to_string();
    let others: Vec<String> = (2..17).map(made).collect();
    let report = |lines: Vec<String>| with_file(&lines.join("\n")).tree(tree.path()).unwrap();
    // The sixteenth key counts, the seventeenth doesn't.
    let last = report([others.clone(), vec![made(1)]].concat());
    assert!(!codes(&last).contains(&"own-token"), "{:?}", codes(&last));
    let over = report([others, vec![made(99), made(1), made(98)]].concat());
    assert!(codes(&over).contains(&"own-token"));
    let told = over.findings().iter().filter(|found| found.code() == "suppression-too-many-keys");
    assert_eq!(told.map(|found| found.place().unwrap().line()).collect::<Vec<_>>(), [17]);
}

#[test]
fn what_is_accepted_is_told_with_its_reason() {
    let text = format!("{} # {}\n{}", line(1), mark("ignore(generic-secret) a vector"), token(2));
    let made = entry("a.yml", &token(2)).because("2030-01-01", "of the demo").unwrap();
    let report = with_file(&made.to_string()).bytes("a.yml", text.as_bytes());
    assert_eq!(codes(&report), [""; 0]);
    let accepted = format!("{:?}", report.accepted());
    for told in
        ["in_source: true, reason: \"a vector\"", "in_source: false, reason: \"of the demo\""]
    {
        assert!(accepted.contains(told), "{accepted}");
    }
    assert!(!accepted.contains(&token(2)[20..28]));
}

/// The least time of several runs.
fn time(mut run: impl FnMut()) -> f64 {
    let times = (0..2).map(|_| {
        let begin = std::time::Instant::now();
        run();
        begin.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

/// Eight times as many findings with eight times as many entries or comments take eight times as long, and not 64 times.
#[test]
fn the_work_grows_with_findings_and_not_with_findings_times_entries() {
    let entries = |number: usize| -> String {
        let line = |n: usize| format!("generic-secret p.py {n:016x}:{n:032x} 2099-01-01 x\n");
        (0..number).map(line).collect()
    };
    let same = |number: usize| -> String {
        let line =
            |n: usize| format!("generic-secret p.py 0000000000000001:{n:032x} 2099-01-01 x\n");
        (0..number).map(line).collect()
    };
    let secrets = |number: usize, rest: &str| -> String {
        let line = |n| format!("pass{} = \"{}{n:05}\"{rest}", "word", &token(7)[16..36]);
        (0..number).map(line).collect()
    };
    let comment = format!(" # {}", mark("ignore(a) b"));
    type Make<'m> = &'m dyn Fn(usize) -> (String, String);
    let cases: [(&str, Make<'_>); 5] = [
        ("keys", &|n| (entries(n), secrets(n, "\n"))),
        ("hashes", &|n| (same(n), secrets(n, "\n"))),
        ("comments", &|n| (String::new(), secrets(n, &format!("{comment}\n")))),
        ("comments in one line", &|n| (String::new(), comment.repeat(n))),
        ("equal entries", &|n| (entries(1).repeat(n), secrets(n, "\n"))),
    ];
    for (name, make) in cases {
        let cost = |number: usize| {
            let (entries, text) = make(number);
            time(|| {
                let scanner = Scan::new().suppressions("s", &entries).build().unwrap();
                scanner.bytes("p.py", text.as_bytes());
            })
        };
        let (few, many) = (cost(200), cost(1600));
        assert!(many < few * 24.0, "{name}: {few} s and {many} s");
    }
}

/// What somebody wrote about the entries stays there when entries are added.
#[test]
fn comments_are_kept_and_empty_lines_are_not() {
    let line = format!("a-rule a.txt {}:{} 2999-01-31 why", "0a".repeat(8), "1b".repeat(16));
    let text = format!("# first\n\n{line}\n\n  # second\n");
    let whole = Entry::added_to(&text, Vec::new()).unwrap();
    assert_eq!(whole, format!("# first\n# second\n{line}\n"));
}

/// Neither the key nor the hash of an entry may be anything but all of its digits.
#[test]
fn an_entry_has_all_digits_of_its_key_and_hash() {
    let (key, hash) = ("0a".repeat(8), "1B".repeat(16));
    let entry = |key: &str, hash: &str| {
        format!("a-rule a.txt {key}:{hash} 2999-01-31 why").parse::<Entry>()
    };
    assert!(entry(&key, &hash).is_ok());
    for (key, hash) in [
        (&key[1..], &hash[..]),
        (&key, &hash[1..]),
        ("0a0a0a0a0a0a0a0g", &hash),
        (&key, "1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1g"),
        ("", &hash),
        (&key, ""),
    ] {
        assert!(entry(key, hash).is_err(), "{key}:{hash}");
    }
}
