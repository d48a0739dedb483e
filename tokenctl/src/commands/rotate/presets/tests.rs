//! Every preset with every sink is a part of a policy.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use token_policy::Policy;
use token_policy::lock::{Attempt, Lock, StepValues};

use super::*;

fn sinks() -> impl Iterator<Item = Option<Sink>> {
    std::iter::once(None).chain(Sink::value_variants().iter().copied().map(Some))
}

fn policy(preset: &str) -> Policy {
    let begin = "version = 1\nscopes.\"x:y\" = 'Do y'\n[environments.production]\n[tokens.ci]\nowner = 'a'\n\
                 scopes = ['x:y']\nmax_lifetime = '30d'\n[tokens.ci.rotate]\nbefore_expiry = '10d'\noverlap = '2h'\n";
    Policy::parse(&format!("{begin}{preset}")).unwrap_or_else(|errors| panic!("{errors}\n{preset}"))
}

#[test]
fn every_preset_with_every_sink_is_a_policy() {
    for issuer in Issuer::value_variants() {
        for sink in sinks() {
            let preset = text(*issuer, sink, "ci").unwrap();
            let policy = policy(&preset);
            let steps = policy.kind("ci").unwrap().steps().unwrap();
            assert!(!preset.contains("#SET"), "{preset}");
            assert!(steps.find().is_some() || steps.is_idempotent(), "{preset}");
        }
    }
}

/// What is wrong in a preset is wrong in many policies: no value of a step is a part of a script, so none can be a command.
#[test]
fn values_are_arguments_of_a_script_and_never_a_part_of_it() {
    for issuer in Issuer::value_variants() {
        for sink in sinks() {
            let policy = policy(&text(*issuer, sink, "ci").unwrap());
            let kind = policy.kind("ci").unwrap();
            let steps = kind.steps().unwrap();
            let lock = Lock::new(&policy);
            let (name, slot) = lock.slots().next().unwrap();
            let attempt = Attempt::next(name, slot, kind);
            let handle = "HANDLE-17".parse().unwrap();
            let values = StepValues::of(&attempt).ending(&handle).claiming("HOLDER-17", 17);
            let all = [steps.create(), steps.set(), steps.test(), steps.retire()];
            let all = all.into_iter().chain(steps.claim()).chain(steps.find());
            for argv in all.map(|step| step.argv(&values)) {
                let words: Vec<&str> = argv.iter().map(String::as_str).collect();
                let ["sh", "-c", script, name, ..] = words.as_slice() else { continue };
                assert_eq!(*name, "sh", "{argv:?}");
                for value in ["HANDLE-17", "HOLDER-17", "production", attempt.idempotency_key()] {
                    assert!(!script.contains(value), "{script}");
                }
                assert!(script.contains("set -eu"), "{script}");
            }
        }
    }
}

/// A name of the command line, and the file that belongs to it.
#[test]
fn every_file_is_a_preset_or_a_sink_and_says_what_was_verified() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("presets");
    let names = |folder: &Path| {
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let files = files.filter(|path| path.extension().is_some());
        let mut names: Vec<_> = files.map(|it| it.file_stem().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let known = |all: Vec<String>| {
        let mut all: Vec<_> = all.into_iter().map(std::ffi::OsString::from).collect();
        all.sort();
        all
    };
    let name = |value: Option<clap::builder::PossibleValue>| value.unwrap().get_name().to_owned();
    let issuers = Issuer::value_variants().iter().map(|it| name(it.to_possible_value()));
    assert_eq!(names(&root), known(issuers.collect()));
    let sinks = Sink::value_variants().iter().map(|it| name(it.to_possible_value()));
    let sinks = sinks.chain(["aws-secrets-manager".to_owned()]);
    assert_eq!(names(&root.join("sinks")), known(sinks.collect()));
    for issuer in Issuer::value_variants() {
        assert!(issuer.steps().contains("\n# Verified: "), "{}", issuer.steps());
    }
}

#[test]
fn a_kind_that_cannot_be_is_refused() {
    for kind in ["", "a b", "a]", "a.b", "\"", "x\n[scopes]"] {
        assert!(text(Issuer::Openbao, None, kind).is_err(), "{kind}");
    }
}

/// Runs `set` of each sink with stand-ins for the programs of others: they write down their arguments and what they read.
#[cfg(unix)]
#[test]
fn every_sink_takes_the_token_from_standard_input_and_passes_it_on_in_no_argument() {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};

    let token: String = (0..9).map(|number| format!("t{number}Kx")).collect();
    for sink in Sink::value_variants() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for program in ["gh", "glab", "kubectl", "bao", "aws", "systemd-creds", "systemctl"] {
            let script = "#!/bin/sh\necho \"$0 $*\" >>\"$SEEN/argv\"\n[ \"${0##*/}\" = systemctl ] || cat >>\"$SEEN/read\"\n";
            fs::write(at(program), script).unwrap();
            fs::set_permissions(at(program), PermissionsExt::from_mode(0o755)).unwrap();
        }
        let policy = policy(&text(Issuer::Openbao, Some(*sink), "ci").unwrap());
        let kind = policy.kind("ci").unwrap();
        let lock = Lock::new(&policy);
        let (name, slot) = lock.slots().next().unwrap();
        let attempt = Attempt::next(name, slot, kind);
        let argv = kind.steps().unwrap().set().argv(&StepValues::of(&attempt));
        let here = folder.path().to_str().unwrap();
        let argv: Vec<String> = argv
            .iter()
            .map(|item| {
                item.replace("/run/secrets", here).replace("/etc/credstore.encrypted", here)
            })
            .collect();
        let mut set = Command::new(&argv[0]);
        set.args(&argv[1..]).env("PATH", format!("{here}:/usr/bin:/bin")).env("SEEN", here);
        let mut set = set.stdin(Stdio::piped()).spawn().unwrap();
        set.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
        assert!(set.wait().unwrap().success(), "{argv:?}");
        if *sink == Sink::File {
            assert_eq!(fs::read_to_string(at("ci")).unwrap(), token);
            assert_eq!(fs::metadata(at("ci")).unwrap().permissions().mode() & 0o777, 0o600);
            let left = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, 8, "the stand-ins and the file");
            continue;
        }
        assert_eq!(fs::read_to_string(at("read")).unwrap(), token, "{argv:?}");
        let seen = fs::read_to_string(at("argv")).unwrap();
        assert!(!seen.contains(&token[..8]) && !seen.is_empty(), "{seen}");
    }
}
