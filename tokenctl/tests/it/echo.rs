//! Nothing that the program says has eight bytes of a token, in random runs with tokens in random places.
//!
//! `ECHO_RUNS=10000` makes so many runs, as `.ci/long` does; otherwise there are some, for at most some seconds.
//! `ECHO_SEED` begins elsewhere.

use std::time::{Duration, Instant};

use crate::support::{Folder, POLICY, audit_log, github, shows, token};

/// How many runs are made in one folder.
const IN_A_FOLDER: usize = 40;
/// How long the runs may take, unless their number is given.
const PATIENCE: Duration = Duration::from_secs(15);

/// What stands before and after a token.
const AROUND: &[(&str, &str)] = &[
    ("", ""),
    ("x", ""),
    ("dir_", ""),
    ("", "x"),
    ("%20", ".txt"),
    ("a b ", " c"),
    ("Ä", "é"),
    ("\u{1b}[31m", "\u{202e}"),
    ("refs/heads/", ""),
    ("https://user:", "@example.org"),
    ("-", "="),
    ("'", "\""),
    ("\\n", "\\"),
];

/// `$` stands for a token, or for one with something around it.
const RUNS: &[&[&str]] = &[
    &["check"],
    &["check", "--deny-warnings", "other.toml"],
    &["check", "$"],
    &["check", "broken.toml", "other.toml"],
    &["check", "tokens.toml", "--log", "$", "--key", "audit.vkey"],
    &["diff"],
    &["diff", "$"],
    &["diff", "HEAD:$"],
    &["diff", "$:tokens.toml", "other.toml"],
    &["diff", "HEAD", "other.toml"],
    &["diff", "tokens.toml", "broken.toml"],
    &["routes", "diff", "./f", "./f"],
    &["routes", "diff", "HEAD:$", "./other.toml"],
    &["routes", "diff", "$", "$"],
    &["scan"],
    &["scan", "$"],
    &["scan", "--no-rules"],
    &["scan", "--no-policy", "--ignored"],
    &["scan", "--max-size", "0"],
    &["scan", "--staged"],
    &["scan", "--since", "HEAD~1"],
    &["scan", "--since", "$"],
    &[
        "scan",
        "--since",
        "HEAD~1",
        "--suppress",
        "github-token:$",
        "--reason",
        "x",
        "--until",
        "2999-01-01",
    ],
    &["scan", "--policy", "other.toml"],
    &["scan", "--policy", "$"],
    &["scan", "--rules", "rules.toml", "f"],
    &["scan", "--rules", "gitleaks.toml", "f"],
    &["scan", "--known", "f"],
    &["scan", "--suppressions", "$"],
    &["scan", "--suppressions", "f"],
    &["scan", "--suppress", "$", "--reason", "x", "--until", "2999-01-01"],
    &["scan", "--suppress", "own-token:f", "--reason", "$", "--until", "2999-01-01"],
    &["scan", "--suppress", "own-token:f", "--reason", "x", "--until", "$"],
    &["scan", "--stdin-name", "$", "-"],
    &["scan", "--$"],
    &["explain", "$"],
    &["$"],
    &["init", "$"],
    &["init", "--hook"],
    &["audit", "verify", "$", "--key", "audit.vkey"],
    &["audit", "verify", "audit", "--key", "$"],
    &["audit", "open", "audit", "--key", "f"],
    &["audit", "prove", "audit", "--key", "audit.vkey", "$"],
    &["man", "--out", "f/$"],
    &["completions", "$"],
];

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % end
    }

    fn one<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn secret(&mut self) -> String {
        let seed = u64::try_from(self.below(1 << 30)).unwrap();
        if self.below(2) == 0 { token(seed) } else { github(seed) }
    }
}

/// A token, and the same with something around it.
fn around(random: &mut Random, secret: &str) -> String {
    let (before, after) = random.one(AROUND);
    format!("{before}{secret}{after}")
}

/// A name that a file may have.
fn name(random: &mut Random, secret: &str) -> String {
    around(random, secret).replace(['/', '\0'], "_")
}

fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_control() || c == '\u{202e}';
    format!("\"{}\"", text.replace(plain, "").replace('\\', "\\\\").replace('"', "\\\""))
}

/// Makes a repository with the tokens in random places.
fn planted(random: &mut Random, secrets: &[String]) -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    audit_log(&folder);
    folder.commit_all("first");
    let one = |random: &mut Random| {
        let secret = random.one(secrets).clone();
        around(random, &secret)
    };
    let owner = quoted(&one(random));
    for (path, how) in [("other.toml", 8), ("broken.toml", 12)] {
        let text = quoted(&one(random));
        let bare = random.one(secrets).clone();
        let policy = match random.below(how) {
            0 => POLICY.replace("\"platform-team\"", &owner),
            1 => POLICY.replace("\"Read repositories\"", &text),
            2 => POLICY.replace("\"repo:read\"", &text),
            3 => POLICY.replace("[tokens.ci]", &format!("[tokens.{bare}]")),
            4 => POLICY.replace("\"acmecorp_ci\"", &text),
            5 => format!("{POLICY}source = {{ file = {text} }}\n"),
            6 => format!("{POLICY}audience = {text}\n[checks]\n{text} = \"deny\"\n"),
            7 => format!("{POLICY}source = {{ command = [{text}, {owner}] }}\n"),
            8 => POLICY.replace("scopes       =", &format!("{text} =")),
            9 => POLICY.replace("\"1h\"", &format!("{text} {owner}")),
            10 => format!("{POLICY}{bare}"),
            _ => {
                POLICY.replace("[scopes]", &format!("[scopes]\n\"{}{bare}\" = 1", "a".repeat(230)))
            }
        };
        folder.write(path, policy);
    }
    let value = one(random);
    let forms = [
        format!("{value}\n"),
        format!("api_key = {}\n", quoted(&value)),
        format!("{{\"token\":{}}}\n", quoted(&value)),
        format!("# token-scan:ignore({value}) {value}\npassword: {value}\n"),
        format!("\0{value}"),
        format!("generic-secret {value} 0000:0000 2999-01-01 {value}\n"),
    ];
    folder.write("f", random.one(&forms));
    folder.write("rules.toml", format!("[[rule]]\nid = {}\n", quoted(&value)));
    let rule = format!(
        "[[rules]]\nid = {0}\ndescription = {0}\nregex = '''[a-z_]{{3,9}}'''\n",
        quoted(&value)
    );
    folder.write("gitleaks.toml", rule);
    let entry = format!("0123456789abcdef:{} 2999-01-01 {}", "0".repeat(32), one(random));
    let path = name(random, &secrets[0]).replace(['%', ' ', '\u{1b}'], "_");
    folder.write(
        "tokens.suppressions",
        format!("own-token {path} {}\n", entry.replace('\u{1b}', "")),
    );
    for secret in secrets {
        let path = name(random, secret);
        folder.write(&format!("n/{path}"), random.one(&forms));
        folder.write(&format!("n/d{path}/a.rs"), "");
    }
    let secret = random.one(secrets);
    for (key, value) in [
        ("core.hooksPath", format!("h/{secret}")),
        ("remote.origin.url", format!("https://{secret}@example.org/x")),
        ("branch.main.remote", secret.clone()),
    ] {
        folder.git(&["config", key, &value]);
    }
    folder.commit_all(&one(random));
    folder.git(&["tag", &format!("v-{secret}")]);
    folder.write("staged", random.one(&forms));
    folder.git(&["add", "staged"]);
    if random.below(8) == 0 {
        // git quotes what it does not understand there.
        let settings = folder.read(".git/config");
        folder.write(
            ".git/config",
            format!("{settings}\n[core]\n\trepositoryformatversion = {secret}\n"),
        );
    }
    folder
}

#[test]
fn no_run_shows_a_token() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let runs = number("ECHO_RUNS").map(|runs| usize::try_from(runs).unwrap());
    let mut random = Random(number("ECHO_SEED").unwrap_or(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let (began, mut done, mut masked) = (Instant::now(), 0, 0);
    while runs.map_or(began.elapsed() < PATIENCE, |runs| done < runs) {
        let secrets: Vec<String> = (0..3).map(|_| random.secret()).collect();
        let folder = planted(&mut random, &secrets);
        for _ in 0..IN_A_FOLDER.min(runs.map_or(10, |runs| runs - done)) {
            let secret = random.one(&secrets).clone();
            let mut arguments: Vec<String> = Vec::new();
            for part in *random.one(RUNS) {
                let text = around(&mut random, &secret).replace('\0', "");
                arguments.push(part.replace('$', &text));
            }
            let format = *random.one(&["", "text", "json", "sarif"]);
            if !format.is_empty() {
                arguments.extend(["--format".to_owned(), format.to_owned()]);
            }
            let colour = *random.one(&["always", "never"]);
            arguments.extend(["--color".to_owned(), colour.to_owned()]);
            let all: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let ran = folder.run(&all);
            for secret in &secrets {
                let secret = secret.strip_prefix("acmecorp_ci_").unwrap_or(secret);
                assert!(!shows(&ran.all(), secret), "after {done} runs: {arguments:?}\n{ran:#?}");
            }
            masked += usize::from(ran.all().contains("********"));
            done += 1;
        }
    }
    // In most runs there is something to mask; otherwise this test says nothing.
    assert!(masked * 3 > done, "{masked} of {done}");
}
