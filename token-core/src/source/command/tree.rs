//! Ending a helper that is in our own process group, and what it started.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// Kills a process and its descendants. Each is stopped before its children are listed, so that it starts no more and
/// waits for none, whose id could then belong to another process.
pub(super) fn kill(process: Pid) {
    let _ = kill_process(process, Signal::STOP);
    children(process).into_iter().for_each(kill);
    let _ = kill_process(process, Signal::KILL);
}

/// proc_pid_children(5): the children of each thread.
fn children(process: Pid) -> Vec<Pid> {
    let threads = fs::read_dir(format!("/proc/{}/task", process.as_raw_nonzero()));
    let lists = threads.into_iter().flatten().flatten();
    let lists = lists.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let ids: Vec<Vec<Pid>> = lists
        .map(|list| {
            list.split_whitespace().filter_map(|id| Pid::from_raw(id.parse().ok()?)).collect()
        })
        .collect();
    ids.concat()
}
