//! The README as somebody meets it who has never seen it: its snippets, pasted
//! into a crate of its own outside the workspace, compile and run; with one
//! scope taken out of the policy they do not compile, with one error. And the
//! snippets of the guides compile.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const README: &str = include_str!("../README.md");
const OPERATING: &str = include_str!("../docs/audit-operating.md");
const HTTP_CLIENTS: &str = include_str!("../docs/http-clients.md");
const HOLDING: &str = include_str!("../docs/holding.md");
const ROTATING: &str = include_str!("../docs/rotating.md");
const ISSUING: &str = include_str!("../docs/issuing.md");
const GUARDING: &str = include_str!("../docs/guarding.md");
const LOCKING: &str = include_str!("../docs/locking.md");

#[test]
fn the_snippets_compile_until_the_policy_lacks_a_scope() {
    let user = UsersCrate::new("snippets", &["token-core"]);
    let policy = block("toml");
    user.write("src/main.rs", block("rust"));

    user.write("tokens.toml", policy);
    let ran = user.cargo("run");
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert_eq!(text(&ran.stdout), "deploying token-core with Exposed([redacted])\n");

    let narrower = policy.replace(r#"["repo:read", "deploy:run"]"#, r#"["repo:read"]"#);
    assert_ne!(policy, narrower);
    user.write("tokens.toml", &narrower);
    let checked = user.cargo("check");
    let said = text(&checked.stderr);
    assert!(!checked.status.success());
    assert!(said.contains(promised_error()), "{said}");
    let errors = said.lines().filter(|line| line.starts_with("error")).count();
    assert_eq!(errors, 2, "one, and cargo's summary:\n{said}");

    user.write("tokens.toml", policy);
    let checked = user.cargo("check");
    assert!(checked.status.success(), "{}", text(&checked.stderr));
}

#[test]
fn the_operating_guide_compiles() {
    let user = UsersCrate::new("guide", &["token-core", "token-audit"]);
    user.compiles(OPERATING, 2);
}

#[test]
fn the_guide_to_locking_compiles() {
    let user = UsersCrate::new("locking", &["token-core"]);
    user.compiles(LOCKING, 1);
}

#[test]
fn the_guide_to_http_clients_compiles() {
    let user = UsersCrate::new("http-guide", &[]);
    let manifest = fs::read_to_string(user.dir.join("Cargo.toml")).unwrap();
    let core = user.root.join("token-core");
    let features = "features = [\"http\", \"json\"]";
    user.write(
        "Cargo.toml",
        &format!("{manifest}bytes = \"1\"\ntoken-core = {{ path = {core:?}, {features} }}\n"),
    );
    user.compiles(HTTP_CLIENTS, 1);
}

/// The kinds of the guide are one policy, each with its code.
#[test]
fn the_guide_to_holding_compiles() {
    let user = UsersCrate::new("holding", &["token-core"]);
    let manifest = fs::read_to_string(user.dir.join("Cargo.toml")).unwrap();
    user.write("Cargo.toml", &manifest.replace(" }", ", features = [\"json\"] }"));
    user.compiles_with_policy(HOLDING, (8, 7), "deny(warnings)");
}

#[test]
fn the_guide_to_issuing_compiles() {
    let user = UsersCrate::new("issuing", &["token-core", "token-audit", "token-issue"]);
    let manifest = fs::read_to_string(user.dir.join("Cargo.toml")).unwrap();
    user.write(
        "Cargo.toml",
        &manifest
            .replace("token-issue\" }", "token-issue\", features = [\"postgres\", \"sqlite\"] }"),
    );
    user.compiles_with_policy(ISSUING, (1, 9), "allow(dead_code)");
}

/// The snippets compile, clippy is content with them, and it finds a plain router by the settings that the guide has.
#[test]
fn the_guide_to_guarding_compiles_and_its_lint_finds_a_plain_router() {
    let user = UsersCrate::new("guarding", &["token-core", "token-guard"]);
    let manifest = fs::read_to_string(user.dir.join("Cargo.toml")).unwrap();
    let manifest = manifest.replace("token-guard\" }", "token-guard\", features = [\"axum\"] }");
    let axum = "axum = { version = \"0.8\", default-features = false, features = [\"ws\"] }\n";
    user.write("Cargo.toml", &format!("{manifest}{axum}"));
    let mut settings = blocks(GUARDING, "toml").skip(1);
    user.write("clippy.toml", settings.next().unwrap());
    let guide = GUARDING.replace("```toml\n# clippy.toml", "```text\n# clippy.toml");
    user.compiles_with_policy(&guide, (1, 3), "allow(dead_code)");
    let code = fs::read_to_string(user.dir.join("src/lib.rs")).unwrap();
    let clippy = || text(&user.cargo("clippy").stderr);
    let said = clippy();
    assert!(!said.contains("disallowed"), "{said}");
    let plain = "pub fn plain() -> axum::Router {
        axum::Router::new().route(\"/\", axum::routing::get(async || \"forgotten\"))
    }";
    user.write("src/lib.rs", &format!("{code}{plain}"));
    let said = clippy();
    assert!(said.contains("use of a disallowed method `axum::Router::route`"), "{said}");
    assert!(said.contains("use token_guard::axum::Router"), "{said}");
}

#[test]
fn the_guide_to_rotating_compiles() {
    let user = UsersCrate::new("rotating", &["token-core", "token-rotate"]);
    let manifest = fs::read_to_string(user.dir.join("Cargo.toml")).unwrap();
    let manifest = manifest.replace("token-rotate\" }", "token-rotate\", features = [\"oauth\"] }");
    user.write("Cargo.toml", &format!("{manifest}bytes = \"1\"\nhttp = \"1\"\n"));
    user.compiles_with_policy(ROTATING, (1, 7), "allow(dead_code)");
}

/// The fenced blocks of a language in a page.
fn blocks<'p>(page: &'p str, language: &str) -> impl Iterator<Item = &'p str> {
    let fence = format!("```{language}\n");
    let rests: Vec<_> = page.split(&fence).skip(1).collect();
    rests.into_iter().map(|rest| rest.split_once("```").unwrap().0)
}

/// The message that the README shows.
fn promised_error() -> &'static str {
    block("text").lines().next().unwrap()
}

/// The first fenced block of a language.
fn block(language: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```\n").unwrap().0
}

/// A package outside the workspace that depends on crates of ours by path.
struct UsersCrate {
    dir: PathBuf,
    root: &'static Path,
}

impl UsersCrate {
    fn new(name: &str, crates: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        // Kept between runs, so that the dependencies are built once.
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(dir.join("src")).unwrap();
        let user = Self { dir, root };
        // The versions that this workspace has, so that nothing is fetched.
        fs::copy(root.join("Cargo.lock"), user.dir.join("Cargo.lock")).unwrap();
        let mut manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n"
        );
        for name in crates {
            writeln!(manifest, "{name} = {{ path = {:?} }}", root.join(name)).unwrap();
        }
        user.write("Cargo.toml", &manifest);
        user
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.join(name), text).unwrap();
    }

    /// Checks that each snippet of a guide compiles.
    fn compiles(&self, guide: &str, count: usize) {
        let blocks = guide.split("```rust\n").skip(1).map(|rest| rest.split_once("```").unwrap().0);
        let modules =
            (0..).zip(blocks).map(|(i, block)| format!("pub mod snippet_{i} {{\n{block}}}\n"));
        let modules: Vec<_> = modules.collect();
        assert_eq!(modules.len(), count);
        self.write("src/lib.rs", &format!("#![allow(dead_code)]\n{}", modules.concat()));
        let checked = self.cargo("check");
        assert!(checked.status.success(), "{}", text(&checked.stderr));
    }

    /// Checks that each snippet of a guide compiles under the guide's policies together.
    fn compiles_with_policy(&self, guide: &str, counts: (usize, usize), lints: &str) {
        let policy: Vec<_> = blocks(guide, "toml").collect();
        let code: Vec<_> = blocks(guide, "rust").collect();
        assert_eq!((policy.len(), code.len()), counts);
        self.write("tokens.toml", &policy.join("\n"));
        let modules = (0..).zip(code);
        let modules = modules.map(|(i, code)| format!("pub mod snippet_{i} {{\n{code}}}\n"));
        let modules: String = modules.collect();
        let head = format!("#![{lints}]\ntoken_core::policy!(\"../tokens.toml\");\n");
        self.write("src/lib.rs", &format!("{head}{modules}"));
        let checked = self.cargo("check");
        assert!(checked.status.success(), "{}", text(&checked.stderr));
    }

    fn cargo(&self, verb: &str) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([verb, "--quiet", "--offline"]).current_dir(&self.dir);
        // The toolchain of the workspace, not the one of where target/ may be.
        let toolchain = fs::read_to_string(self.root.join("rust-toolchain.toml")).unwrap();
        let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap();
        cargo.env("RUSTUP_TOOLCHAIN", channel.trim_matches('"'));
        // One for all, so that most dependencies are built once.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("users-target");
        cargo.env("CARGO_TARGET_DIR", target).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
