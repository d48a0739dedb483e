//! The job of GitLab.

use saphyr::{LoadableYamlNode as _, Yaml};

use super::expression::{is_true, value};
use super::{Arrival, DEFAULT, Event, arrivals, at, clone, zeros};
use crate::support::{Folder, ran};

type Variables = Vec<(&'static str, String)>;

/// The variables that GitLab sets. `merged` says whether the project has pipelines for merged results.
fn variables(folder: &Folder, arrival: &Arrival, merged: bool) -> Variables {
    let branch = arrival.branch.to_owned();
    let mut all = vec![("CI_DEFAULT_BRANCH", DEFAULT.to_owned())];
    all.extend(match arrival.event {
        Event::Push => vec![
            ("CI_PIPELINE_SOURCE", "push".to_owned()),
            ("CI_COMMIT_BRANCH", branch),
            ("CI_COMMIT_BEFORE_SHA", arrival.before.clone()),
        ],
        Event::Tag => vec![
            ("CI_PIPELINE_SOURCE", "push".to_owned()),
            ("CI_COMMIT_TAG", branch),
            ("CI_COMMIT_BEFORE_SHA", zeros()),
        ],
        Event::Schedule => vec![
            ("CI_PIPELINE_SOURCE", "schedule".to_owned()),
            ("CI_COMMIT_BRANCH", branch),
            ("CI_COMMIT_BEFORE_SHA", zeros()),
        ],
        Event::Change | Event::Queued => {
            let mut all = vec![
                ("CI_PIPELINE_SOURCE", "merge_request_event".to_owned()),
                ("CI_COMMIT_BEFORE_SHA", zeros()),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", arrival.before.clone()),
            ];
            if merged {
                let target = at(folder, &format!("refs/remotes/origin/{DEFAULT}"));
                all.push(("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", target));
                all.push(("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", arrival.head.clone()));
            }
            if arrival.is_wider_accepted {
                all.push(("CI_MERGE_REQUEST_LABELS", "docs,wider-policy".to_owned()));
            }
            all
        }
    });
    all
}

/// Runs the job's script as a runner does: one shell, which ends with the first command that fails. Images without bash have `sh`,
/// and a runner may set `nounset`.
fn run_by(shell: &str, folder: &Folder, variables: &Variables) -> i32 {
    let text = folder.read(".gitlab/tokens.yml");
    let jobs = Yaml::load_from_str(&text).unwrap().remove(0);
    let script = jobs["tokens"]["script"].as_vec().unwrap();
    let lines: Vec<&str> = script.iter().map(|line| line.as_str().unwrap()).collect();
    let mut shell = folder.command(shell);
    shell.args(["-eu", "-c", &lines.join("\n")]).env("POLICY", "tokens.toml");
    ran(shell.envs(variables.iter().cloned())).code
}

fn run(folder: &Folder, variables: &Variables) -> i32 {
    run_by("sh", folder, variables)
}

/// Returns whether the job is in a pipeline with these variables.
fn starts(folder: &Folder, variables: &Variables) -> bool {
    let text = folder.read(".gitlab/tokens.yml");
    let jobs = Yaml::load_from_str(&text).unwrap().remove(0);
    let look = |name: &str| {
        let name = name.strip_prefix('$').unwrap();
        variables
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(String::new(), |(_, it)| it.clone())
    };
    let rules = jobs["tokens"]["rules"].as_vec().unwrap();
    let first = rules.iter().find(|rule| is_true(&value(rule["if"].as_str().unwrap(), &look)));
    first.is_some_and(|rule| rule.as_mapping_get("when").is_none())
}

#[test]
fn each_change_is_judged_by_what_is_new() {
    arrivals(|folder, arrival, code, name| {
        let variables = variables(folder, arrival, true);
        assert!(starts(folder, &variables), "{name}");
        assert_eq!(run(folder, &variables), code, "{name}");
    });
}

/// Without merged results the change alone is checked out, and its base is where it left the branch.
#[test]
fn a_change_that_is_checked_out_alone_is_judged_from_where_it_left_the_branch() {
    super::changes(&mut |folder, arrival, code, name| {
        if arrival.event == Event::Change {
            folder.git(&["checkout", "--quiet", "--detach", &arrival.head]);
            assert_eq!(run_by("bash", folder, &variables(folder, arrival, false)), code, "{name}");
        }
    });
}

/// What the author merged into his branch makes his head a merge, whose first parent is his own.
#[test]
fn the_head_of_a_change_that_is_a_merge_itself_is_not_taken_for_a_merged_result() {
    let folder = clone();
    let before = at(&folder, "HEAD");
    folder.git(&["checkout", "--quiet", "-b", "topic"]);
    super::leak_and_hide(&folder, 1);
    folder.git(&["checkout", "--quiet", DEFAULT]);
    super::add(&folder, "other.txt");
    folder.git(&["checkout", "--quiet", "topic"]);
    folder.git(&["merge", "--quiet", "--no-ff", "--message", "m", DEFAULT]);
    let head = at(&folder, "HEAD");
    let event = Event::Change;
    let change = Arrival { event, branch: DEFAULT, before, head, is_wider_accepted: false };
    assert_eq!(run(&folder, &variables(&folder, &change, false)), 1);
}

#[test]
fn a_pipeline_of_a_rotation_or_beside_one_of_a_merge_request_has_no_such_job() {
    let folder = clone();
    let with = |more: &[(&'static str, &str)]| {
        let push = [("CI_PIPELINE_SOURCE", "push"), ("CI_DEFAULT_BRANCH", DEFAULT)];
        push.iter().chain(more).map(|(name, it)| (*name, (*it).to_owned())).collect::<Variables>()
    };
    let requests = ("CI_OPEN_MERGE_REQUESTS", "group/project!1");
    let (topic, default) = (("CI_COMMIT_BRANCH", "topic"), ("CI_COMMIT_BRANCH", DEFAULT));
    assert!(starts(&folder, &with(&[topic])));
    assert!(!starts(&folder, &with(&[topic, requests])));
    assert!(starts(&folder, &with(&[default, requests])));
    assert!(!starts(&folder, &with(&[default, ("ROTATE", "registry")])));
    assert!(starts(&folder, &with(&[("CI_COMMIT_TAG", "v1")])));
}

#[test]
fn it_installs_by_a_digest_outside_of_the_repository_and_fetches_all() {
    let folder = clone();
    let text = folder.read(".gitlab/tokens.yml");
    let jobs = Yaml::load_from_str(&text).unwrap().remove(0);
    let job = &jobs["tokens"];
    assert_eq!(job["variables"]["GIT_DEPTH"].as_str(), Some("0"));
    let install = job["before_script"][0].as_str().unwrap();
    let head = "command -v tokenctl || (cd / && cargo install --locked --git ";
    let rest = install.strip_prefix(head).unwrap().strip_prefix(env!("CARGO_PKG_REPOSITORY"));
    let digest = rest.unwrap().strip_prefix(" --rev ").unwrap().strip_suffix(" tokenctl)").unwrap();
    assert!(digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
    let first = folder.read(".gitlab-ci.yml");
    let first = Yaml::load_from_str(&first).unwrap().remove(0);
    assert_eq!(first["include"][0]["local"].as_str(), Some("/.gitlab/tokens.yml"));
}
