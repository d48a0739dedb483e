//! The CI workflow and the file for the pre-commit framework: their form, and what they run.

use saphyr::{LoadableYamlNode as _, Yaml};

use crate::support::{Folder, POLICY, Ran, github, ran, token};

fn parsed(text: &str) -> Yaml<'_> {
    Yaml::load_from_str(text).unwrap().remove(0)
}

/// The steps of the only job.
fn steps<'y>(workflow: &'y Yaml<'y>) -> &'y Vec<Yaml<'y>> {
    workflow["jobs"]["tokens"]["steps"].as_vec().unwrap()
}

/// Runs the steps that follow the installation as the code host does, until one fails: its number.
fn run_steps(folder: &Folder, base: &str, skip: &str) -> Result<(), (usize, Ran)> {
    let text = folder.read(".github/workflows/tokens.yml");
    let workflow = parsed(&text);
    let policy = workflow["env"]["POLICY"].as_str().unwrap();
    for (number, step) in steps(&workflow).iter().enumerate().skip(3) {
        let script = step["run"].as_str().unwrap();
        if !skip.is_empty() && script.contains(skip) {
            continue;
        }
        let mut shell = folder.command("bash");
        shell.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]);
        let ran = ran(shell.env("POLICY", policy).env("BASE", base));
        if ran.code != 0 {
            return Err((number, ran));
        }
    }
    Ok(())
}

#[test]
fn the_workflow_installs_this_version_and_reads_only() {
    let folder = Folder::repository();
    folder.run(&["init"]).ends(0);
    let text = folder.read(".github/workflows/tokens.yml");
    let workflow = parsed(&text);
    assert_eq!(workflow["permissions"]["contents"].as_str(), Some("read"));
    let steps = steps(&workflow);
    assert_eq!(steps.len(), 7);
    // What an action's name stands for cannot be changed.
    let actions: Vec<&str> = steps
        .iter()
        .filter_map(|step| step.as_mapping_get("uses").and_then(Yaml::as_str))
        .collect();
    assert_eq!(actions.len(), 2);
    for action in actions {
        let (_, digest) = action.split_once('@').unwrap();
        assert!(digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
    let runs = |step: &Yaml<'_>| step["run"].as_str().unwrap().to_owned();
    // The program is installed before the repository is there, by a compiler that it has no say in, and by a digest.
    let install = runs(&steps[1]);
    let (toolchain, install) = install.split_once('\n').unwrap();
    assert!(toolchain.starts_with("rustup toolchain install 1."), "{toolchain}");
    let head = format!(
        "cargo +{} install --locked --git {} --rev ",
        toolchain.split(' ').nth(3).unwrap(),
        env!("CARGO_PKG_REPOSITORY"),
    );
    let digest = install.trim_end().strip_prefix(&head).unwrap().strip_suffix(" tokenctl").unwrap();
    assert!(digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
    assert!(steps[2]["uses"].as_str().unwrap().starts_with("actions/checkout@"));
    assert_eq!(steps[2]["with"]["fetch-depth"].as_integer(), Some(0));
    // What is kept from run to run is what would be installed.
    let key = format!("tokenctl-{}-{digest}-", env!("CARGO_PKG_VERSION"));
    assert!(steps[0]["with"]["key"].as_str().unwrap().starts_with(&key));
    // No text of a pull request is put into a script.
    assert!(steps[3..].iter().all(|step| !runs(step).contains("${{")));
    // After the installation cargo is not asked: an alias of the repository could answer.
    assert!(steps[3..].iter().all(|step| runs(step).starts_with("tokenctl ")));
    for event in ["push", "pull_request", "merge_group"] {
        assert!(
            workflow["on"].as_mapping().unwrap().contains_key(&Yaml::value_from_str(event)),
            "{event}"
        );
    }
    // The label accepts what was there when it was given, and no later push.
    let unless = "!(github.event.action == 'labeled' && github.event.label.name == 'wider-policy')";
    assert!(steps[6]["if"].as_str().unwrap().ends_with(unless));
}

#[test]
fn its_steps_pass_a_clean_change_and_stop_the_others() {
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.run(&["init"]).ends(0);
    folder.commit_all("base");
    let base = folder.git(&["rev-parse", "HEAD"]).trim_end().to_owned();
    folder.write("a.txt", "nothing\n");
    folder.commit_all("clean");
    assert!(run_steps(&folder, &base, "").is_ok());

    folder.write("a.txt", github(1));
    let (step, ran) = run_steps(&folder, &base, "").unwrap_err();
    assert_eq!((step, ran.code), (4, 1), "{ran:?}");
    folder.write("a.txt", token(1));
    folder.commit_all("leak");
    folder.write("a.txt", "nothing\n");
    folder.commit_all("hide");
    let (step, ran) = run_steps(&folder, &base, "").unwrap_err();
    assert_eq!((step, ran.code), (5, 1), "{ran:?}");

    let base = folder.git(&["rev-parse", "HEAD"]).trim_end().to_owned();
    folder.write("tokens.toml", POLICY.replace("\"1h\"", "\"8h\""));
    folder.commit_all("wider");
    let (step, ran) = run_steps(&folder, &base, "").unwrap_err();
    assert_eq!((step, ran.code), (6, 4), "{ran:?}");
    assert!(run_steps(&folder, &base, "diff").is_ok());

    folder.write("tokens.toml", "version = 2\n");
    let (step, ran) = run_steps(&folder, &base, "").unwrap_err();
    assert_eq!((step, ran.code), (3, 3), "{ran:?}");
}

#[test]
fn an_alias_of_the_repository_does_not_answer_for_a_step() {
    let folder = Folder::repository();
    folder.run(&["init"]).ends(0);
    folder.alias_our_names();
    folder.commit_all("base");
    let base = folder.git(&["rev-parse", "HEAD"]).trim_end().to_owned();
    assert!(run_steps(&folder, &base, "").is_ok());

    folder.write("a.txt", github(1));
    let (step, ran) = run_steps(&folder, &base, "").unwrap_err();
    assert_eq!((step, ran.code), (4, 1), "{ran:?}");
}

#[test]
fn the_first_policy_is_a_widening_that_somebody_accepts() {
    let folder = Folder::repository();
    folder.write("x", "");
    folder.commit_all("before");
    let base = folder.git(&["rev-parse", "HEAD"]).trim_end().to_owned();
    folder.run(&["init"]).ends(0);
    folder.commit_all("first");
    let (step, ran) = run_steps(&folder, &base, "").unwrap_err();
    assert_eq!((step, ran.code), (6, 4), "{ran:?}");
}

#[test]
fn the_hooks_of_the_framework_are_commands_of_ours() {
    let text = include_str!("../../../.pre-commit-hooks.yaml");
    let hooks = parsed(text);
    let folder = Folder::repository();
    folder.write("tokens.toml", POLICY);
    folder.git(&["add", "--all"]);
    for hook in hooks.as_vec().unwrap() {
        for key in ["id", "name", "entry", "language"] {
            assert!(hook[key].as_str().is_some_and(|value| !value.is_empty()), "{key}");
        }
        let mut words = hook["entry"].as_str().unwrap().split(' ');
        let program = words.next().unwrap();
        assert_eq!(program, "tokenctl");
        let mut command = folder.command(program);
        ran(command.args(words)).ends(0);
    }
}
