//! Nodes in another process, which is stopped and goes on.

use std::{
    env,
    io::{BufRead, BufReader, Lines, Write, stdin},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use token_core::TokenId;

use crate::{check::Seen, fleet::Fleet, token::Token};

pub(crate) struct Other {
    process: Child,
    tell: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

/// What its lines begin with. The harness of the tests prints others.
const MARK: &str = "fleet: ";
const URLS: &str = "FLEET_URLS";
const BROKEN: &str = "FLEET_BROKEN";

impl Other {
    /// A node for each URL. The one of this number breaks the promise.
    pub(crate) fn start(urls: &[String], broken: Option<usize>) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["child::other_process", "--exact", "--nocapture"]);
        command.env(URLS, urls.join(" "));
        if let Some(broken) = broken {
            command.env(BROKEN, broken.to_string());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (tell, said) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut other = Self { process, tell, said: BufReader::new(said).lines() };
        assert_eq!(other.hear(), "ready");
        other
    }

    pub(crate) fn show(&mut self, tokens: &[Arc<Token>]) {
        let tokens = tokens.iter().map(|token| String::from_utf8(token.bytes.clone()).unwrap());
        let tokens: Vec<_> = tokens.collect();
        self.ask(&format!("show {}", tokens.join(" ")));
    }

    pub(crate) fn seen(&mut self) -> Seen {
        let said = self.ask("seen");
        let nodes = |token: &str| token.split(' ').map(|at| at.parse().unwrap()).collect();
        said.split(", ").map(nodes).collect()
    }

    pub(crate) fn stop(&self) {
        self.signal("STOP");
    }

    pub(crate) fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let mut command = Command::new("kill");
        let status = command.arg(format!("-{signal}")).arg(self.process.id().to_string()).status();
        assert!(status.unwrap().success());
    }

    fn ask(&mut self, what: &str) -> String {
        writeln!(self.tell, "{what}").unwrap();
        self.hear()
    }

    fn hear(&mut self) -> String {
        let own = |line: String| line.split_once(MARK).map(|(_, said)| said.to_owned());
        self.said.by_ref().map(Result::unwrap).find_map(own).expect("the other process has ended")
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the other process does. Without its variable it is no test.
#[test]
fn other_process() {
    let Ok(urls) = env::var(URLS) else { return };
    let urls: Vec<String> = urls.split(' ').map(str::to_owned).collect();
    let fleet = Fleet::start(&urls, env::var(BROKEN).ok().map(|number| number.parse().unwrap()));
    println!("{MARK}ready");
    for line in stdin().lines().map(Result::unwrap) {
        match line.strip_prefix("show ") {
            Some(tokens) => {
                fleet.show(tokens.split(' ').map(|token| shown(token, urls.len())).collect());
                println!("{MARK}shown");
            }
            None => {
                let nodes = |token: Vec<u64>| token.iter().map(u64::to_string).collect::<Vec<_>>();
                let seen: Vec<_> =
                    fleet.seen().into_iter().map(|token| nodes(token).join(" ")).collect();
                println!("{MARK}{}", seen.join(", "));
            }
        }
    }
}

/// The id does not matter here: nothing is revoked here.
fn shown(token: &str, nodes: usize) -> Arc<Token> {
    Arc::new(Token::new((TokenId::from_bytes([0; 16]), token.as_bytes().to_vec()), nodes))
}
