//! Keeps tokens out of core files, and binds a step to the life of the command.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::failure::Failure;

/// Has the system write no core file of this process, whatever kills it, and refuse its memory to other processes of this
/// user. If that fails, nothing is worse than before.
pub(crate) fn raise() -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    no_core();
    Ok(())
}

/// Prepares this process for becoming a step whose parent is `parent`. Returns false if that one is gone already.
pub(super) fn bind(parent: i32) -> bool {
    #[cfg(target_os = "linux")]
    if rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .is_err()
    {
        return false;
    }
    no_core();
    // The parent may have died before the signal was set: then this process has another one.
    rustix::process::getppid().is_some_and(|found| found.as_raw_nonzero().get() == parent)
}

/// Sets the limit of a core file to one byte: less than any core file has, and the value by which Linux also starts no
/// program that would receive one (core(5)). A limit of zero stays.
fn no_core() {
    let least = |limit: Option<u64>| Some(limit.unwrap_or(u64::MAX).min(1));
    let Rlimit { current, maximum } = getrlimit(Resource::Core);
    let less = Rlimit { current: least(current), maximum: least(maximum) };
    let _ = setrlimit(Resource::Core, less);
}
