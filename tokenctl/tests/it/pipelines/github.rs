//! The workflow of GitHub.

use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::{Value, json};

use super::expression::{is_true, value};
use super::{Arrival, DEFAULT, Event, arrivals, at, clone};
use crate::support::{Folder, ran};

fn event(folder: &Folder, arrival: &Arrival) -> Value {
    let name = match arrival.event {
        Event::Push | Event::Tag => "push",
        Event::Change => "pull_request",
        Event::Queued => "merge_group",
        Event::Schedule => "schedule",
    };
    let repository = json!({"default_branch": DEFAULT});
    let payload = match arrival.event {
        Event::Push | Event::Tag => json!({"before": arrival.before, "repository": repository}),
        Event::Change => json!({
            "action": if arrival.is_wider_accepted { "labeled" } else { "synchronize" },
            "label": {"name": if arrival.is_wider_accepted { "wider-policy" } else { "" }},
            "pull_request": {"base": {"sha": arrival.before}},
            "repository": repository,
        }),
        Event::Queued => json!({
            "merge_group": {"base_sha": at(folder, "HEAD^1")},
            "repository": repository,
        }),
        Event::Schedule => json!({"schedule": "23 5 * * 1"}),
    };
    let sort = if arrival.event == Event::Tag { "tags" } else { "heads" };
    let reference = format!("refs/{sort}/{}", arrival.branch);
    json!({"github": {"event_name": name, "ref": reference, "event": payload}})
}

/// Returns the member that a name such as `github.event.before` stands for, or nothing, as GitHub does.
fn look(event: &Value, name: &str) -> String {
    let found = name.split('.').try_fold(event, |value, part| value.get(part));
    found.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Runs the steps that call the program, until one fails.
fn run(folder: &Folder, arrival: &Arrival) -> i32 {
    let event = event(folder, arrival);
    let look = |name: &str| look(&event, name);
    let text = folder.read(".github/workflows/tokens.yml");
    let workflow = Yaml::load_from_str(&text).unwrap().remove(0);
    let base = workflow["env"]["BASE"].as_str().unwrap();
    let base = base.strip_prefix("${{").unwrap().strip_suffix("}}").unwrap();
    let base = value(base, &look);
    for step in workflow["jobs"]["tokens"]["steps"].as_vec().unwrap() {
        let script = step.as_mapping_get("run").and_then(Yaml::as_str).unwrap_or_default();
        let condition = step.as_mapping_get("if").and_then(Yaml::as_str);
        if !script.starts_with("tokenctl ")
            || condition.is_some_and(|condition| !is_true(&value(condition, &look)))
        {
            continue;
        }
        let mut shell = folder.command("bash");
        shell.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]);
        let ran = ran(shell.env("POLICY", "tokens.toml").env("BASE", &base));
        if ran.code != 0 {
            return ran.code;
        }
    }
    0
}

#[test]
fn each_change_is_judged_by_what_is_new() {
    arrivals(|folder, arrival, code, name| {
        // An entry of a queue was agreed to when it was a change.
        let is_judged = code != 4 || arrival.event != Event::Queued;
        assert_eq!(run(folder, arrival), if is_judged { code } else { 0 }, "{name}");
    });
}

#[test]
fn it_runs_for_each_way_in_which_a_change_comes_in() {
    let folder = clone();
    let text = folder.read(".github/workflows/tokens.yml");
    let workflow = Yaml::load_from_str(&text).unwrap().remove(0);
    let on = workflow["on"].as_mapping().unwrap();
    for event in ["push", "pull_request", "merge_group", "schedule"] {
        assert!(on.contains_key(&Yaml::value_from_str(event)), "{event}");
    }
    // That is each branch and tag, whatever its name, but for the branches that a merge queue makes.
    let names = |sort: &str| {
        let names = workflow["on"]["push"][sort].as_vec().unwrap();
        names.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(
        (names("branches"), names("tags")),
        (vec!["**", "!gh-readonly-queue/**"], vec!["**"])
    );
    assert!(workflow["on"]["pull_request"].as_mapping_get("branches").is_none());
}
