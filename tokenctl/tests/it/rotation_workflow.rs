//! The scheduled workflows that `init` writes for kinds with steps: which ones, and their form. `.ci/rotate` runs them.

use saphyr::{LoadableYamlNode as _, Yaml};

use crate::support::Folder;

/// A policy with a kind that a pipeline replaces, and one that it does not.
fn policy(lifetime: &str, environments: &str) -> String {
    format!(
        "version = 1\n[scopes]\n\"image:push\" = \"Push images\"\n[environments.production]\n[environments.staging]\n\
         [tokens.other]\nowner = \"a\"\nscopes = [\"image:push\"]\nmax_lifetime = \"1h\"\n\
         [tokens.registry]\nowner = \"a\"\nscopes = [\"image:push\"]\nmax_lifetime = \"{lifetime}\"\nenvironments = [{environments}]\n\
         [tokens.registry.rotate]\nbefore_expiry = \"10h\"\noverlap = \"1h\"\n\
         [tokens.registry.rotate.steps]\ncreate = [\"./create\"]\nset = [\"./set\"]\ntest = [\"./test\"]\n\
         find = [\"./find\"]\nretire = [\"./retire\", \"{{handle}}\"]\n"
    )
}

const GITHUB: &str = ".github/workflows/rotate-registry.yml";
const GITLAB: &str = ".gitlab/rotate-registry.yml";

fn made(folder: &str, policy: &str, more: &[&str]) -> Folder {
    let made = Folder::repository();
    made.write(&format!("{folder}/tokens.toml"), policy);
    for path in more {
        made.write(path, "");
    }
    made.run_in(folder, &["init"]).ends(0);
    made
}

fn parsed(text: &str) -> Yaml<'_> {
    Yaml::load_from_str(text).unwrap().remove(0)
}

/// The scripts of the steps that rotate and publish.
fn scripts<'y>(workflow: &'y Yaml<'y>) -> Vec<&'y Yaml<'y>> {
    let steps = workflow["jobs"]["rotate"]["steps"].as_vec().unwrap();
    steps.iter().filter(|step| step.as_mapping_get("working-directory").is_some()).collect()
}

#[test]
fn only_a_kind_with_steps_has_one() {
    let folder = made(".", &policy("30d", "\"production\""), &[]);
    assert!(folder.path().join(GITHUB).is_file());
    assert!(!folder.path().join(".github/workflows/rotate-other.yml").exists());
    assert!(!folder.path().join(GITLAB).exists());
    let again = folder.run(&["init"]).ends(0);
    assert!(again.out.contains(&format!("left {GITHUB} as it is\n")), "{}", again.out);

    let without = Folder::repository();
    assert!(!without.run(&["init"]).ends(0).out.contains("rotate-"));
    let refused = made(".", "version = 2\n", &[]);
    assert!(!refused.path().join(GITHUB).exists());
    let unwanted = Folder::repository();
    unwanted.write("tokens.toml", policy("30d", "\"production\""));
    unwanted.run(&["init", "--no-workflow"]).ends(0);
    assert!(!unwanted.path().join(GITHUB).exists());
}

#[test]
fn it_may_do_little_and_one_runs_at_a_time() {
    let folder = made(".", &policy("30d", "\"production\""), &[]);
    let text = folder.read(GITHUB);
    let workflow = parsed(&text);
    assert_eq!(workflow["concurrency"]["group"].as_str(), Some("rotate-registry"));
    assert_eq!(workflow["concurrency"]["cancel-in-progress"].as_bool(), Some(false));
    assert!(workflow["permissions"].as_mapping().unwrap().is_empty());
    let job = &workflow["jobs"]["rotate"];
    let permissions = job["permissions"].as_mapping().unwrap();
    assert_eq!(permissions.len(), 2);
    for name in ["contents", "pull-requests"] {
        assert_eq!(permissions[&Yaml::value_from_str(name)].as_str(), Some("write"));
    }
    assert!(workflow["on"].as_mapping_get("workflow_dispatch").is_some());
    // No text of whoever starts it stands in a script, and what runs the policy's steps has no token of the code host.
    let scripts = scripts(&workflow);
    assert_eq!(scripts.len(), 2);
    assert!(scripts.iter().all(|step| !step["run"].as_str().unwrap().contains("${{")));
    assert_eq!(scripts[0]["env"].as_mapping().unwrap().len(), 2, "BECAUSE, SCHEDULE");
    // The lock is checked when it is pushed: a finding about another slot must not lose it with the runner.
    let publish = scripts[1]["run"].as_str().unwrap();
    assert!(publish.find("push --quiet") < publish.find("tokenctl check --locked"), "{publish}");
    assert!(scripts[1]["env"].as_mapping_get("GITHUB_TOKEN").is_some());
    let left = ["@KIND@", "@CRON@", "@SWEEP@", "@ENVIRONMENTS@", "@FOLDER@", "COMMIT", "VERSION"];
    assert!(!left.iter().any(|place| text.contains(place)), "{text}");
    for action in text.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, it)| it) {
        let digest = action.split_once('@').unwrap().1.split(' ').next().unwrap();
        assert!(
            digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{action}"
        );
    }
}

#[test]
fn it_comes_often_enough_for_the_life_of_the_token() {
    let times = [
        ("11h", "17 * * * *"),
        ("40h", "17 4 * * *"),
        ("7d", "17 4 * * *"),
        ("30d", "17 4 * * 2"),
        ("90d", "17 4 2 * *"),
    ];
    for (lifetime, cron) in times {
        let folder = made(".", &policy(lifetime, "\"production\""), &[]);
        let text = folder.read(GITHUB);
        let workflow = parsed(&text);
        assert_eq!(workflow["on"]["schedule"][0]["cron"].as_str(), Some(cron), "{lifetime}");
        let sweep = workflow["on"]["schedule"][1]["cron"].as_str().unwrap();
        assert_ne!(sweep, cron);
        assert!(text.contains(&format!("[ \"$SCHEDULE\" = '{sweep}' ]; then sweep=--sweep")));
    }
}

#[test]
fn it_knows_the_environments_and_the_folder_of_the_policy() {
    let folder = made("it's", &policy("30d", "\"production\", \"staging\""), &[]);
    let text = folder.read(GITHUB);
    let workflow = parsed(&text);
    for step in scripts(&workflow) {
        assert_eq!(step["working-directory"].as_str(), Some("it's"));
    }
    assert!(text.contains("for environment in production staging; do"), "{text}");
}

#[test]
fn with_pipelines_of_gitlab_it_is_for_gitlab() {
    let folder = made("it's", &policy("30d", "\"production\""), &[".gitlab-ci.yml"]);
    assert!(!folder.path().join(GITHUB).exists());
    let text = folder.read(GITLAB);
    let jobs = parsed(&text);
    let job = &jobs["rotate-registry"];
    assert_eq!(job["resource_group"].as_str(), Some("rotate-registry"));
    assert_eq!(job["interruptible"].as_bool(), Some(false));
    assert_eq!(job["rules"].as_vec().unwrap().len(), 2);
    let script = job["script"][0].as_str().unwrap();
    assert!(script.starts_with("cd 'it'\\''s'\n"), "{script}");
    assert!(text.contains("17 4 * * 2") && script.contains("for environment in production; do"));
}
