//! What is refused before anything runs, and what is written: outcomes, the journal, records.

use std::fs;

use serde_json::Value;

use super::project::Project;

#[test]
fn without_a_lock_or_with_one_that_is_none_nothing_runs() {
    let project = Project::new();
    let lock = project.folder.path().join("repository/tokens.lock");
    let text = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, format!("{text}#\n")).unwrap();
    project.rotate(&[]).ends(3);
    fs::remove_file(&lock).unwrap();
    let ran = project.rotate(&[]).ends(3);
    assert!(ran.err.contains("tokenctl lock"), "{ran:?}");
    assert!(project.called().is_empty());
}

#[test]
fn arguments_that_name_nothing_to_do_are_refused() {
    let project = Project::with(|policy| {
        policy.replace("[environments.production]", "[environments]\nproduction = {}\nstaging = {}").replace(
            "[tokens.registry-push]\n",
            "[tokens.other]\nowner = 'a'\nscopes = ['image:push']\nmax_lifetime = '1h'\nenvironments = ['staging']\n\n[tokens.registry-push]\n",
        )
    });
    let wrong: [(&[&str], &str); 12] = [
        (&["rotate"], "required"),
        (&["rotate", "registry-psh"], "did you mean `registry-push`?"),
        (&["rotate", "registry-push"], "which environment?"),
        (&["rotate", "registry-push", "--environment", "prod"], "no environment of this name"),
        (&["rotate", "other"], "has no steps"),
        (&["rotate", "--all"], "--because"),
        (&["rotate", "--all", "--because", "leak"], "which environment?"),
        (&["rotate", "registry-push", "--all", "--because", "leak"], "cannot be used"),
        (&["rotate", "registry-push", "--sink", "file"], "--preset"),
        (&["rotate", "registry-push", "--preset", "openbao"], "--print"),
        (&["rotate", "registry-push", "--log", "audit"], "--log-key"),
        (&["rotate", "registry-push", "--wait", "soon"], "--wait"),
    ];
    for (arguments, says) in wrong {
        let ran = project.run(arguments).ends(2);
        assert!(ran.err.contains(says), "{arguments:?}: {ran:?}");
    }
    assert!(project.called().is_empty());
    let ran =
        project.run(&["rotate", "--all", "--because", "leak", "--environment", "staging"]).ends(0);
    assert!(ran.out.starts_with("registry-push.staging:"), "{ran:?}");
}

#[test]
fn the_outcome_is_json_too() {
    let project = Project::new();
    let slot = |ran: &super::project::Ended| -> Value {
        let whole: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(whole["version"], 1);
        assert_eq!(whole["slots"].as_array().unwrap().len(), 1);
        whole["slots"][0].clone()
    };
    let first = slot(&project.rotate(&["--format", "json"]).ends(0));
    assert_eq!(first["outcome"], "rotated");
    assert_eq!(
        (&first["kind"], &first["environment"]),
        (&"registry-push".into(), &"production".into())
    );
    assert_eq!((&first["generation"], &first["handle"]), (&1.into(), &"key-1".into()));
    assert!(project.line("current").unwrap().contains(first["id"].as_str().unwrap()));
    assert!(first["attempt"].as_str().unwrap().starts_with("registry-push.production."));
    assert!(first["expires_at"].as_str().unwrap().ends_with('Z'));

    let dry = slot(&project.rotate(&["--dry-run", "--format", "json"]).ends(0));
    assert_eq!((&dry["outcome"], &dry["id"]), (&"dry-run".into(), &Value::Null));
    assert_ne!(dry["attempt"], first["attempt"], "the current token is another one");

    let later = slot(&project.rotate(&["--format", "json", "--wait", "0"]).ends(0));
    assert!(later["retire_after"].as_str().is_some() && later["retired"] == serde_json::json!([]));
    project.hook("before", "[ $verb != set ] || exit 1");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let stopped = slot(&project.rotate(&["--format", "json"]).ends(6));
    assert_eq!((&stopped["outcome"], &stopped["step"]), (&"unfinished".into(), &"set".into()));
    assert_eq!(stopped["retired"], serde_json::json!(["key-1"]));
    assert!(stopped["message"].as_str().is_some() && stopped["help"].as_str().is_some());
}

#[test]
fn a_dry_run_and_a_print_change_nothing() {
    let project = Project::running();
    let read = || {
        ["tokens.lock", ".token/rotate.journal"]
            .map(|it| project.folder.read(&format!("repository/{it}")))
    };
    let files = read();
    let ran = project.rotate(&["--dry-run"]).ends(0);
    assert_eq!(project.called(), ["find"]);
    assert!(ran.out.contains("generation 2; 1 live token"), "{ran:?}");
    project.forget();
    let ran = project.rotate(&["--print"]).ends(0);
    assert!(project.called().is_empty());
    assert!(
        ran.out.contains("create  [\"./ci/step\",\"create\",\"registry-push.production\","),
        "{ran:?}"
    );
    assert!(ran.out.contains("retire  [\"./ci/step\",\"retire\",\"{handle}\"]"), "{ran:?}");
    assert!(ran.out.contains("up to 3"), "{ran:?}");
    assert_eq!(read(), files);
}

#[test]
fn a_preset_is_printed_for_a_kind() {
    let project = Project::new();
    let ran = project
        .run(&["rotate", "--preset", "openbao", "--sink", "github", "--print", "deploy"])
        .ends(0);
    assert!(ran.out.starts_with("[tokens.deploy.rotate.steps]\n"), "{ran:?}");
    assert!(
        ran.out.contains("\"gh\", \"secret\", \"set\"") && !ran.out.contains("\"kv\", \"put\""),
        "{ran:?}"
    );
    project.run(&["rotate", "--preset", "openbao", "--print", "a b"]).ends(2);
}

const JOURNAL: &str = "repository/.token/rotate.journal";

#[test]
fn the_journal_has_each_step_before_and_after_it_and_git_does_not_see_it() {
    let project = Project::running();
    let ran = project.rotate(&[]).ends(0);
    assert!(!ran.err.contains("journal"), "{ran:?}");
    let journal = project.folder.read(JOURNAL);
    let events: Vec<String> = journal
        .lines()
        .rev()
        .take(16)
        .map(|line| line.split(' ').skip(4).collect::<Vec<_>>().join(" "))
        .collect();
    let expected = [
        "find begun",
        "find done",
        "create begun",
        "create done key-2",
        "set begun",
        "set done",
        "test begun",
        "test done key-2",
        "lock begun",
        "lock done",
        "retire begun key-1",
        "retire done key-1",
        "find begun",
        "find done",
        "lock begun",
        "lock done",
    ];
    assert_eq!(events.into_iter().rev().collect::<Vec<_>>(), expected);
    assert_eq!(project.folder.read("repository/.token/.gitignore"), "*\n");
}

#[test]
fn a_journal_that_is_torn_foreign_or_not_there_changes_nothing() {
    let project = Project::running();
    let whole = project.folder.read(JOURNAL);
    project.folder.write(JOURNAL, format!("a word\n{}", &whole[..whole.len() - 9]));
    let ran = project.rotate(&[]).ends(0);
    assert!(ran.err.contains("2 lines skipped"), "{ran:?}");
    project.is_settled();
    // A killed run.
    project.hook("before", "[ $verb != set ] || kill -9 $PPID");
    assert_eq!(project.rotate(&[]).code, None);
    project.unhook();
    let ran = project.rotate(&[]).ends(0);
    assert!(ran.err.contains("ended in the step `set` of `registry-push.production`"), "{ran:?}");
    // What cannot be a journal.
    let path = project.folder.path().join(JOURNAL);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(project.state("elsewhere"), &path).unwrap();
    let ran = project.rotate(&[]).ends(0);
    assert!(ran.err.contains("keeps no journal"), "{ran:?}");
    assert!(!project.state("elsewhere").exists());
    project.is_settled();
}

#[test]
fn what_is_created_replaced_and_revoked_is_on_record() {
    let project = Project::new();
    let key = project.folder.path().join("log.key");
    let key = key.to_str().unwrap();
    let public = project.run(&["audit", "key", "example.com/production", "--out", key]).ends(0).out;
    project.folder.write("log.vkey", public);
    let log = project.folder.path().join("audit");
    let log = log.to_str().unwrap();
    let with_log = ["--log", log, "--log-key", key];
    project.rotate(&with_log).ends(0);
    assert!(project.line("current").unwrap().contains("log=0"));
    // A run that was killed has left a token, of which the next one knows the handle alone.
    project.hook("before", "[ $verb != set ] || kill -9 $PPID");
    assert_eq!(project.rotate(&with_log).code, None);
    project.unhook();
    project.rotate(&[&with_log[..], &["--because", "it leaked"]].concat()).ends(0);
    project.is_settled();
    let vkey = project.folder.path().join("log.vkey");
    let vkey = vkey.to_str().unwrap();
    let open = project.run(&["audit", "open", log, "--key", vkey, "--format", "json"]).ends(0);
    assert_eq!(open.out.lines().count(), 1, "{open:?}");
    project.run(&["audit", "verify", log, "--key", vkey]).ends(0);
    let ran = project
        .run(&["lock", "verify", "--environment", "production", "--log", log, "--key", vkey])
        .ends(0);
    assert!(ran.out.is_empty(), "{ran:?}");
    // A wrong key is told before anything happens.
    project.forget();
    project.folder.write("other.key", "x");
    let other = project.folder.path().join("other.key");
    project.rotate(&["--log", log, "--log-key", other.to_str().unwrap()]).ends(3);
    assert!(project.called().is_empty());
}

#[test]
fn lock_verify_asks_the_steps_what_is_live() {
    let project = Project::running();
    let verify = ["lock", "verify", "--environment", "production", "--steps"];
    project.run(&verify).ends(0);
    assert_eq!(project.called(), ["find"]);
    project.hook("before", "[ $verb != set ] || kill -9 $PPID");
    assert_eq!(project.rotate(&[]).code, None);
    project.unhook();
    let ran = project.run(&verify).ends(1);
    assert!(
        ran.out.contains("`key-2` is not locked") && ran.out.contains("lock-not-locked"),
        "{ran:?}"
    );
    project.hook("before", "exit 9");
    project.run(&verify).ends(3);
    project.unhook();
    project.rotate(&["--because", "a test"]).ends(0);
    project.run(&verify).ends(0);
}

#[test]
fn a_step_whose_program_is_not_there_is_told_before_anything_happens() {
    let named =
        [("./ci/absent", "folder of the policy"), ("no-such-program", "in no folder of PATH")];
    for (program, says) in named {
        let project = Project::with(|policy| {
            let step = "test    = [\"./ci/step\"";
            assert!(policy.contains(step), "{policy}");
            policy.replace(step, &format!("test    = [\"{program}\""))
        });
        for how in [&[][..], &["--dry-run"], &["--sweep"]] {
            let ran = project.rotate(how).ends(3);
            assert!(
                ran.err.contains(&format!("`test`: there is no program `{program}`")),
                "{ran:?}"
            );
            assert!(ran.err.contains(says), "{ran:?}");
        }
        assert!(project.called().is_empty());
    }
}

#[test]
fn the_cause_of_a_failure_is_shown_if_it_stands_below_the_first_line() {
    let project = Project::new();
    project.hook("before", "[ $verb != create ] || { printf 'Error creating token\\n\\nCode: 403. Errors:\\n* permission denied\\n' >&2; exit 2; }");
    let ran = project.rotate(&[]).ends(6);
    assert!(
        ran.err.contains("Error creating token | Code: 403. Errors: | * permission denied"),
        "{ran:?}"
    );
}

#[test]
fn a_find_that_does_not_list_the_locked_token_is_told() {
    let project = Project::new();
    let first = project.rotate(&[]).ends(0);
    assert!(!first.err.contains("does not list"), "{first:?}");
    let second = project.rotate(&[]).ends(0);
    assert!(!second.err.contains("does not list"), "{second:?}");
    project.hook("before", "[ $verb != find ] || exit 0");
    let ran = project.rotate(&["--dry-run"]).ends(0);
    let err = ran.err.replace("\n    ", " ");
    assert!(err.contains("`find` does not list the current token of the lock, key-2"), "{ran:?}");
    let verified = ["lock", "verify", "--environment", "production", "--steps"];
    let verified = project.run(&verified).ends(1);
    assert!(
        verified.out.contains("lock-not-live") && verified.out.contains("key-2"),
        "{verified:?}"
    );
}

#[test]
fn an_answer_without_a_handle_is_none() {
    let project = Project::with(|policy| policy.replace("settle  = \"1s\"", "settle  = \"0s\""));
    project.hook("before", "[ $verb != test ] || echo 'in-use '");
    let ran = project.rotate(&[]).ends(6);
    assert!(ran.err.contains("`in-use` without a handle"), "{ran:?}");
}

#[test]
fn a_sweep_before_the_end_of_an_overlap_is_no_failure() {
    let project = Project::with(|policy| policy.replace("\"1s\"", "\"1h\""));
    project.rotate(&["--wait", "0"]).ends(0);
    project.rotate(&["--wait", "0"]).ends(0);
    let ran = project.run(&["rotate", "--all", "--sweep"]).ends(0);
    assert!(ran.out.contains("swept, nothing to end; the old token ends after"), "{ran:?}");
}
