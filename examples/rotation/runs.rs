//! The example `rotation` runs to its end, and prints no token.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::Command;

#[test]
fn it_runs() {
    // target/debug/deps/… is the test, target/debug/examples/rotation the example, which cargo has built before.
    let test = std::env::current_exe().unwrap();
    let example = test.ancestors().nth(2).unwrap().join("examples/rotation");
    let output = Command::new(example).arg("hurried").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(" requests, 0 failed; "), "{said}");
    for happened in ["the issuer is down", "the issuer is up", "the issuer lies"] {
        assert!(said.contains(happened), "{happened}: {said}");
    }
    assert!(!said.contains("acme_hurried_"), "{said}");
}
