//! What `init` writes for CI, run as each system does, for all the ways in which a change comes in.

mod expression;
mod github;
mod gitlab;
mod shell;
mod systems;

use crate::support::{Folder, POLICY, token};

/// What CI is told of a change, and what is checked out for it.
#[derive(Clone)]
struct Arrival {
    event: Event,
    /// The branch that was pushed to, or that the change asks to be merged into.
    branch: &'static str,
    /// The commit that the branch was at before; for a change, the base of its last push.
    before: String,
    /// The head of the change.
    head: String,
    /// Whether somebody has agreed to a wider policy.
    is_wider_accepted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Push,
    /// A tag is pushed, and no branch.
    Tag,
    /// What is checked out is a merge with the branch as it is now.
    Change,
    /// The same, behind another one in a queue.
    Queued,
    Schedule,
}

/// The name of the default branch.
const DEFAULT: &str = "trunk";

/// A clone in which `init` has written for all systems, on the default branch.
fn clone() -> Folder {
    let folder = Folder::repository();
    folder.git(&["checkout", "--quiet", "-b", DEFAULT]);
    folder.write("tokens.toml", POLICY);
    folder.run(&["init", "--ci", "github,gitlab,shell"]).ends(0);
    folder.commit_all("begin");
    folder
}

fn zeros() -> String {
    "0".repeat(40)
}

fn at(folder: &Folder, revision: &str) -> String {
    folder.git(&["rev-parse", revision]).trim().to_owned()
}

/// One commit adds a token, and the next one takes it out again.
fn leak_and_hide(folder: &Folder, seed: u64) {
    folder.write("leak.txt", token(seed));
    folder.commit_all("leak");
    folder.git(&["rm", "--quiet", "leak.txt"]);
    folder.git(&["commit", "--quiet", "--no-verify", "--message", "hide"]);
}

fn add(folder: &Folder, name: &str) {
    folder.write(name, "nothing\n");
    folder.commit_all(name);
}

fn widen(folder: &Folder) {
    folder.write("tokens.toml", POLICY.replace("\"1h\"", "\"8h\""));
    folder.commit_all("wider");
}

fn pushed(branch: &'static str, before: String, folder: &Folder) -> Arrival {
    let head = at(folder, "HEAD");
    // The checkout has the branches as the server has them.
    folder.git(&["update-ref", &format!("refs/remotes/origin/{branch}"), &head]);
    Arrival { event: Event::Push, branch, before, head, is_wider_accepted: false }
}

/// Each way in which a change comes in, with the code that a run must end with. The default branch's own history has a leak
/// that was hidden: only what comes in is judged.
fn arrivals(mut judge: impl FnMut(&Folder, &Arrival, i32, &str)) {
    pushes(&mut judge);
    branches(&mut judge);
    changes(&mut judge);
}

fn pushes(judge: &mut impl FnMut(&Folder, &Arrival, i32, &str)) {
    let folder = clone();
    judge(&folder, &pushed(DEFAULT, zeros(), &folder), 0, "the first push");
    let before = at(&folder, "HEAD");
    leak_and_hide(&folder, 1);
    judge(&folder, &pushed(DEFAULT, before, &folder), 1, "a push of two commits");
    judge(&folder, &pushed(DEFAULT, zeros(), &folder), 1, "the first push, of a hidden leak");
    let before = at(&folder, "HEAD");
    add(&folder, "clean.txt");
    widen(&folder);
    let push = pushed(DEFAULT, before, &folder);
    judge(&folder, &push, 0, "a push of what was agreed to");
    let schedule = Arrival { event: Event::Schedule, before: zeros(), ..push };
    judge(&folder, &schedule, 1, "a schedule looks at everything");
}

fn branches(judge: &mut impl FnMut(&Folder, &Arrival, i32, &str)) {
    let folder = clone();
    leak_and_hide(&folder, 1);
    pushed(DEFAULT, zeros(), &folder);
    folder.git(&["checkout", "--quiet", "-b", "topic"]);
    add(&folder, "clean.txt");
    judge(&folder, &pushed("topic", zeros(), &folder), 0, "a new branch");
    let gone = "1".repeat(40);
    judge(&folder, &pushed("topic", gone.clone(), &folder), 0, "a branch that was rewritten");
    leak_and_hide(&folder, 2);
    judge(&folder, &pushed("topic", zeros(), &folder), 1, "a new branch with a leak");
    judge(&folder, &pushed("topic", gone, &folder), 1, "a rewritten branch with a leak");
    let push = pushed("topic", zeros(), &folder);
    folder.git(&["update-ref", "-d", "refs/remotes/origin/topic"]);
    let tag = Arrival { event: Event::Tag, branch: "v1", ..push };
    judge(&folder, &tag, 1, "a tag on what is on no branch");
    folder.git(&["checkout", "--quiet", "--detach", DEFAULT]);
    judge(&folder, &tag, 0, "a tag on the default branch");
}

/// A change is opened at a base that moves on: others leak, hide it, and agree to a wider policy.
fn changes(judge: &mut impl FnMut(&Folder, &Arrival, i32, &str)) {
    type Does = fn(&Folder);
    let all: [(&str, Does, i32); 3] = [
        ("a clean change", |folder| add(folder, "clean.txt"), 0),
        ("a change with a hidden leak", |folder| leak_and_hide(folder, 2), 1),
        ("a change that widens", |folder| widen_more(folder), 4),
    ];
    for (name, make, code) in all {
        for event in [Event::Change, Event::Queued] {
            let folder = clone();
            let before = at(&folder, "HEAD");
            folder.git(&["checkout", "--quiet", "-b", "topic"]);
            make(&folder);
            let head = at(&folder, "HEAD");
            folder.git(&["checkout", "--quiet", DEFAULT]);
            leak_and_hide(&folder, 1);
            widen(&folder);
            pushed(DEFAULT, zeros(), &folder);
            folder.git(&["checkout", "--quiet", "--detach", DEFAULT]);
            if event == Event::Queued {
                // What stands before it in the queue is judged in a run of its own.
                leak_and_hide(&folder, 3);
            }
            folder.git(&["merge", "--quiet", "--no-ff", "-X", "theirs", "--message", "m", "topic"]);
            let change = Arrival { event, branch: DEFAULT, before, head, is_wider_accepted: false };
            judge(&folder, &change, code, name);
            if code == 4 {
                let agreed = Arrival { is_wider_accepted: true, ..change };
                judge(&folder, &agreed, 0, "a change that widens, and is agreed to");
            }
        }
    }
}

fn widen_more(folder: &Folder) {
    folder.write("tokens.toml", POLICY.replace("\"1h\"", "\"30d\""));
    folder.commit_all("much wider");
}
