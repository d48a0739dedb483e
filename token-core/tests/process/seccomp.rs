//! A filter that refuses `membarrier` from some moment on, as a service that sandboxes itself late has one.

use std::{sync::mpsc, thread};

use super::{Ci, ListRepos, MINUTE, Place, alone, clock, token};

/// Refuses `membarrier` with `errno`, for all threads of this process.
fn refuse_membarrier(errno: i32) {
    filter_membarrier(libc::SECCOMP_RET_ERRNO | u32::try_from(errno).unwrap());
    // SAFETY: numbers.
    assert_eq!(unsafe { libc::syscall(libc::SYS_membarrier, 0, 0, 0) }, -1);
}

fn filter_membarrier(action: u32) {
    const LOAD_NUMBER: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let op = |code, k, jf| libc::sock_filter { code, jt: 0, jf, k };
    let mut filter = [
        op(LOAD_NUMBER, 0, 0),
        op(IF_EQUAL, u32::try_from(libc::SYS_membarrier).unwrap(), 1),
        op(RETURN, action, 0),
        op(RETURN, libc::SECCOMP_RET_ALLOW, 0),
    ];
    let program =
        libc::sock_fprog { len: filter.len().try_into().unwrap(), filter: filter.as_mut_ptr() };
    // SAFETY: numbers.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }, 0);
    // SAFETY: the kernel copies the program.
    let set = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            &raw const program,
        )
    };
    assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
}

fn error_of(token: &Ci) -> String {
    token.check().unwrap_err().to_string()
}

#[test]
fn refused_from_the_start() {
    alone("seccomp::refused_from_the_start", || {
        refuse_membarrier(libc::EPERM);
        let clock = clock();
        let (token, exposed_token) = (token(&clock), token(&clock));
        let place = Place::of(&token.expose_for(&ListRepos).unwrap());
        thread::scope(|scope| {
            let (begun, wait) = mpsc::channel();
            let (end, ended) = mpsc::channel::<()>();
            let exposed_token = &exposed_token;
            scope.spawn(move || {
                let exposed = exposed_token.expose_for(&ListRepos).unwrap();
                begun.send(Place::of(&exposed)).unwrap();
                let _ = ended.recv();
            });
            let other_place = wait.recv().unwrap();
            clock.advance(MINUTE);
            assert!(error_of(&token).contains("and is wiped:"));
            assert!(place.is_wiped(), "though another thread exposes another token");
            assert!(error_of(exposed_token).contains("is wiped when its last exposure ends"));
            assert!(!other_place.is_wiped());
            drop(end);
        });
        assert!(error_of(&exposed_token).contains("and is wiped:"));
    });
}

/// The wiper cannot know what the other thread does, until that thread has exposed something once more.
fn refused_late(errno: i32) {
    let clock = clock();
    let (token, next, later) = (token(&clock), token(&clock), token(&clock));
    let place = Place::of(&token.expose_for(&ListRepos).unwrap());
    thread::scope(|scope| {
        let (ask, asked) = mpsc::channel::<()>();
        let (begun, wait) = mpsc::channel();
        let next = &next;
        scope.spawn(move || {
            drop(next.expose_for(&ListRepos).unwrap());
            begun.send(Place(std::ptr::null())).unwrap();
            asked.recv().unwrap();
            let exposed = next.expose_for(&ListRepos).unwrap();
            begun.send(Place::of(&exposed)).unwrap();
            let _ = asked.recv();
        });
        wait.recv().unwrap();
        refuse_membarrier(errno);
        let other = super::clock();
        let short = super::token(&other);
        let short_place = Place::of(&short.expose_for(&ListRepos).unwrap());
        other.advance(MINUTE);
        let error = error_of(&short);
        assert!(error.contains("or when it is dropped"), "{error}");
        assert!(!short_place.is_wiped(), "as the error says");

        ask.send(()).unwrap();
        let next_place = wait.recv().unwrap();
        assert!(error_of(&short).contains("and is wiped:"));
        assert!(short_place.is_wiped(), "since the other thread runs fences now");

        clock.advance(MINUTE);
        assert!(error_of(&token).contains("and is wiped:"));
        assert!(place.is_wiped());
        assert!(error_of(next).contains("is wiped when its last exposure ends"));
        assert!(!next_place.is_wiped());
        drop(ask);
    });
    assert!(error_of(&next).contains("and is wiped:"));
    // New threads are known to run fences.
    thread::scope(|scope| drop(scope.spawn(|| later.expose_for(&ListRepos).unwrap_err())));
    assert!(later.remaining().is_zero());
    assert!(error_of(&later).contains("and is wiped:"));
}

#[test]
fn refused_late_with_eperm() {
    alone("seccomp::refused_late_with_eperm", || refused_late(libc::EPERM));
}

#[test]
fn refused_late_with_enosys() {
    alone("seccomp::refused_late_with_enosys", || refused_late(libc::ENOSYS));
}

/// With one thread there is nobody to wait for.
#[test]
fn refused_late_in_a_single_thread() {
    alone("seccomp::refused_late_in_a_single_thread", || {
        let clock = clock();
        let token = token(&clock);
        let place = Place::of(&token.expose_for(&ListRepos).unwrap());
        refuse_membarrier(libc::EPERM);
        clock.advance(MINUTE);
        assert!(error_of(&token).contains("and is wiped:"));
        assert!(place.is_wiped());
    });
}

/// A filter that kills is met only where the kernel is asked: while several threads have exposed tokens.
#[test]
fn killed_late_in_a_single_thread() {
    alone("seccomp::killed_late_in_a_single_thread", || {
        let clock = clock();
        let (token, other) = (token(&clock), token(&clock));
        let place = Place::of(&token.expose_for(&ListRepos).unwrap());
        // A thread that has ended does not count.
        thread::spawn(move || drop(other.expose_for(&ListRepos).unwrap())).join().unwrap();
        filter_membarrier(libc::SECCOMP_RET_KILL_PROCESS);
        clock.advance(MINUTE);
        assert!(error_of(&token).contains("and is wiped:"));
        assert!(place.is_wiped());
    });
}
