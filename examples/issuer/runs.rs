//! The example `issuer` runs to its end, and prints no token.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::Command;

#[test]
fn it_runs() {
    // target/debug/deps/… is the test, target/debug/examples/issuer the example, which cargo has built before.
    let test = std::env::current_exe().unwrap();
    let example = test.ancestors().nth(2).unwrap().join("examples/issuer");
    let output = Command::new(example).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("both refused in the other process"), "{said}");
    assert!(said.contains("revoked") && !said.contains("acme_deploy_"), "{said}");
}
