//! A repository whose `.git/config` is somebody else's, such as one out of an archive, starts no program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Folder, POLICY, Ran, github, ran};

/// Settings by which git starts a program; `$` stands for the program's path.
const SETTINGS: &[(&str, &str)] = &[
    ("alias.cat-file", "!$"),
    ("alias.diff", "!$"),
    ("alias.log", "!$"),
    ("alias.ls-files", "!$"),
    ("alias.rev-parse", "!$"),
    ("core.alternateRefsCommand", "$"),
    ("core.askPass", "$"),
    ("core.editor", "$"),
    ("core.fsmonitor", "$"),
    ("core.gitProxy", "$"),
    ("core.pager", "$"),
    ("core.sshCommand", "$"),
    ("credential.helper", "!$"),
    ("diff.external", "$"),
    ("diff.evil.command", "$"),
    ("diff.evil.textconv", "$"),
    ("filter.evil.clean", "$"),
    ("filter.evil.smudge", "$"),
    ("gpg.program", "$"),
    ("gpg.ssh.program", "$"),
    ("merge.evil.driver", "$ %A"),
    ("merge.evil.recursive", "evil"),
    ("pager.diff", "$"),
    ("pager.log", "$"),
    ("remote.origin.uploadpack", "$"),
    ("uploadpack.packObjectsHook", "$"),
];

/// More settings that those need.
const HELPING: &[(&str, &str)] = &[
    ("core.preloadIndex", "true"),
    ("core.untrackedCache", "true"),
    ("log.showSignature", "true"),
    ("merge.default", "evil"),
    ("protocol.allow", "always"),
    ("protocol.ext.allow", "always"),
];

const HOOKS: &[&str] = &[
    "fsmonitor-watchman",
    "post-checkout",
    "post-index-change",
    "post-merge",
    "pre-auto-gc",
    "pre-commit",
    "query-watchman",
    "reference-transaction",
];

/// Programs that leave a mark when they are started, and a repository whose settings name them.
struct Hostile {
    repository: Folder,
    programs: Folder,
}

impl Hostile {
    fn new() -> Hostile {
        let hostile = Hostile { repository: merged(), programs: Folder::new() };
        let repository = &hostile.repository;
        for (name, value) in SETTINGS {
            let program = hostile.program(&name.replace('.', "-"));
            repository.git(&["config", name, &value.replace('$', &program)]);
        }
        for (name, value) in HELPING {
            repository.git(&["config", name, value]);
        }
        for hook in HOOKS {
            hostile.program(hook);
        }
        let url = format!("ext::{}", hostile.program("remote"));
        repository.git(&["config", "remote.origin.url", &url]);
        let hooks = hostile.programs.path().to_str().unwrap().to_owned();
        repository.git(&["config", "core.hooksPath", &hooks]);
        let included = hostile.program("included");
        repository.write(".git/more", format!("[interactive]\n diffFilter = {included}\n"));
        repository.git(&["config", "include.path", "more"]);
        repository.write(".git/info/attributes", "* diff=evil merge=evil filter=evil\n");
        hostile.forget();
        hostile
    }

    /// A program that leaves a mark of its name.
    fn program(&self, name: &str) -> String {
        let mark = self.programs.path().join("marks").join(name);
        self.programs.write(name, format!("#!/bin/sh\ntouch '{}'\nexit 1\n", mark.display()));
        let path = self.programs.path().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn forget(&self) {
        let marks = self.programs.path().join("marks");
        let _ = fs::remove_dir_all(&marks);
        fs::create_dir(marks).unwrap();
    }

    fn marks(&self) -> Vec<String> {
        let marks = fs::read_dir(self.programs.path().join("marks")).unwrap();
        let mut marks: Vec<String> =
            marks.map(|mark| mark.unwrap().file_name().into_string().unwrap()).collect();
        marks.sort();
        marks
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ran {
        let ran = self.repository.run(arguments);
        assert_eq!(self.marks(), [""; 0], "{arguments:?}");
        ran
    }
}

/// Two branches that change the same line, merged by hand; and something staged.
fn merged() -> Folder {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.write("a.txt", "one\n");
    folder.commit_all("one");
    folder.git(&["tag", "start"]);
    folder.git(&["checkout", "-q", "-b", "side"]);
    folder.write("a.txt", "side\n");
    folder.commit_all("side");
    folder.git(&["checkout", "-q", "main"]);
    folder.write("a.txt", "main\n");
    folder.commit_all("main");
    ran(folder.command("git").args(["merge", "-q", "side"])).ends(1);
    folder.write("a.txt", format!("both\n{}\n", github(1)));
    folder.commit_all("merge");
    folder.write("a.txt", format!("both\n{}\nstaged {}\n", github(1), github(2)));
    folder.write("ignored.txt", "");
    folder.write(".gitignore", "ignored.txt\n");
    folder.git(&["add", "--all"]);
    folder.git(&["add", "--force", "ignored.txt"]);
    folder
}

#[test]
fn no_setting_of_a_repository_starts_a_program() {
    let hostile = Hostile::new();
    assert_eq!(hostile.run(&["scan"]).ends(1).out.matches("-->").count(), 2);
    assert_eq!(hostile.run(&["scan", "--staged"]).ends(1).out.matches("-->").count(), 1);
    let since = hostile.run(&["scan", "--since", "start"]).ends(1);
    assert_eq!(since.out.matches("--> a.txt:2:1\n").count(), 1, "{}", since.out);
    hostile.run(&["check"]).ends(0);
    for arguments in [&["diff"][..], &["diff", "HEAD:tokens.toml"], &["diff", "start", "HEAD"]] {
        hostile.run(arguments).ends(0);
    }
    hostile.repository.git(&["config", "--unset", "core.hooksPath"]);
    hostile.run(&["init", "--hook"]).ends(0);
}

/// What git would get from somewhere else, by a program that the settings name, is missing.
#[test]
fn what_is_missing_is_not_fetched() {
    let hostile = Hostile::new();
    let repository = &hostile.repository;
    for (name, value) in [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
    ] {
        repository.git(&["config", name, value]);
    }
    let blob = repository.git(&["rev-parse", ":a.txt"]);
    let (folder, file) = blob.trim().split_at(2);
    fs::remove_file(repository.path().join(".git/objects").join(folder).join(file)).unwrap();
    hostile.forget();
    let ran = hostile.run(&["scan", "--staged"]).ends(3);
    assert!(ran.err.contains("fetched"), "{}", ran.err);
}

/// So that the tests above would fail: git alone starts these.
#[test]
fn git_alone_starts_programs() {
    let hostile = Hostile::new();
    let attempts: [&[&str]; 5] = [
        &["status"],
        &["diff", "--cached"],
        &["log", "--patch", "--no-ext-diff"],
        &["log", "--patch", "--no-ext-diff", "--remerge-diff"],
        &["fetch", "origin"],
    ];
    for arguments in attempts {
        let _ = hostile.repository.command("git").args(arguments).output().unwrap();
    }
    let marks = hostile.marks();
    for name in ["core-fsmonitor", "diff-evil-command", "diff-evil-textconv", "merge-evil-driver"] {
        assert!(marks.iter().any(|mark| mark == name), "{name}: {marks:?}");
    }
}

/// A slow disk is no reason to scan what git leaves out, or to fail.
#[test]
fn a_slow_git_is_waited_for() {
    let folder = Folder::repository();
    folder.write(".gitignore", "/target\n");
    folder.write("below/.gitignore", "*.tmp\n");
    folder.write("target/a.txt", github(1));
    folder.write("slow/git", "#!/bin/sh\nPATH=${PATH#*:}\nsleep 1.3\nexec git \"$@\"\n");
    let program = folder.path().join("slow/git");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = folder.command(crate::support::PROGRAM);
    let path = std::env::var_os("PATH").unwrap();
    let slow = folder.path().join("slow");
    let all = std::iter::once(slow).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(all).unwrap());
    let ran = ran(command.args(["scan", "--no-policy"])).ends(0);
    assert!(ran.err.starts_with("3 files, "), "{}", ran.err);
}
