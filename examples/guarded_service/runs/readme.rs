//! The README: each line of curl has the answer that stands behind it, and `routes.txt` is the table.

use std::process::Command;

use crate::client::{Service, program};

const README: &str = include_str!("../README.md");

/// The table that a review reads is that of the program.
#[test]
fn routes_txt_is_the_table_of_the_router() {
    let output = Command::new(program()).arg("routes").output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let again = "write it anew: cargo run --example guarded_service -- routes > examples/guarded_service/routes.txt";
    assert_eq!(table, include_str!("../routes.txt"), "{again}");
}

/// The README shows the compiler's message as the UI tests have it.
#[test]
fn the_readme_shows_what_the_compiler_says() {
    let message = include_str!("../../../tests/ui/guarded-route/fail/no_proof.stderr");
    let shown = README.split("```text\n").nth(1).unwrap();
    let first = message.lines().next().unwrap();
    assert!(shown.starts_with(&format!("{first}\n")), "{shown}");
    let notes: Vec<_> = message.lines().filter(|line| line.contains("= note: ")).take(3).collect();
    assert_eq!(notes.len(), 3);
    for note in notes {
        let note = note.trim_start();
        assert!(shown.contains(note), "{note}");
    }
}

/// The lines of `README`'s table, `curl …` and the status.
fn lines() -> Vec<(String, String)> {
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| `")?.split("` | ");
        let command = cells.next().filter(|command| command.contains("curl "))?;
        let status = cells.next()?.get(..3)?;
        Some((command.replace("\\|", "|"), status.to_owned()))
    };
    README.lines().filter_map(row).collect()
}

#[test]
fn each_line_of_curl_has_the_answer_that_stands_behind_it() {
    let service = Service::start();
    // The token that expires lives for a second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let lines = lines();
    assert_eq!(lines.len(), 13, "{lines:#?}");
    for (command, status) in lines {
        let output = Command::new("sh")
            .args(["-c", &command.replace("curl -", "curl --max-time 20 -")])
            .env("URL", format!("http://{}", service.address))
            .env("DIR", &service.dir)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!why.contains("not found"), "this test needs curl: apt-get install curl; {why}");
        let head = said.lines().next().unwrap_or_default();
        assert!(head.contains(&format!(" {status}")), "{command}: {said}{why}");
    }
}
