//! The service that the tokens are for: a process of its own, which verifies them.

use std::{
    error::Error,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use pollster::block_on;
use token_core::{
    Authorized, Caller, RequireScopes, Secret,
    caller::{Presented, Refused, verify},
};
use token_issue::{Verifier, registry::Sqlite};

use crate::{POLICY, kind, scope};

#[derive(RequireScopes)]
#[require(scope::DeployRead)]
struct See;

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct Start;

/// Only who has a proof of scope gets here.
fn start(may: &Authorized<Start, kind::Deploy>) -> String {
    format!("{} starts a deployment", may.subject().unwrap_or("somebody"))
}

fn see(may: &Authorized<See, kind::Deploy>) -> String {
    format!("{} sees the deployments", may.subject().unwrap_or("somebody"))
}

/// Answers requests on standard input: an operation, the length of a token, the token.
pub(crate) fn serve(registry: &Path) -> Result<(), Box<dyn Error>> {
    let registry = Arc::new(Sqlite::open(registry)?);
    let verifier = block_on(Verifier::options(&POLICY, registry).start())?;
    let mut request = [0; 2];
    while io::stdin().read_exact(&mut request).is_ok() {
        let token = Secret::fill(request[1].into(), |token| io::stdin().read_exact(token))?;
        match answer(&verifier, request[0], &token) {
            Ok(done) => println!("{done}"),
            // A real service answers 401 or 403, and says no more.
            Err(refused) => println!("{refused}"),
        }
    }
    Ok(())
}

fn answer(verifier: &Verifier, operation: u8, token: &Secret) -> Result<String, Refused> {
    let caller: Caller<kind::Deploy> = token.with_bytes("as a request has it", |token| {
        block_on(verify(verifier, Presented::new(token)))
    })?;
    match operation {
        b's' => Ok(start(&caller.authorize()?)),
        _ => Ok(see(&caller.authorize()?)),
    }
}

/// The process, as the token service starts it.
pub(crate) struct Deployer {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Deployer {
    pub(crate) fn start(registry: &Path) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(registry).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self { process, requests, answers: BufReader::new(answers) })
    }

    pub(crate) fn ask(&mut self, token: &Secret, operation: char) -> io::Result<String> {
        token.with_bytes("goes to the other process", |token| {
            let head = [operation as u8, u8::try_from(token.len()).unwrap_or(0)];
            self.requests.write_all(&head)?;
            self.requests.write_all(token)
        })?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer)
    }

    /// Shows the answer, which has these words.
    pub(crate) fn expect(
        &mut self,
        token: &Secret,
        operation: char,
        words: &str,
    ) -> Result<(), Box<dyn Error>> {
        let answer = self.ask(token, operation)?;
        print!("  the deployer says: {answer}");
        match answer.contains(words) {
            true => Ok(()),
            false => Err(format!("the answer was to have `{words}`").into()),
        }
    }
}

impl Drop for Deployer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
