//! A token that is kept fresh is used for what its kind permits, by whoever has it: as itself, and as `Current`.

use std::time::Duration;

use token_core::{Admission, Current, Grant, RequireScopes, Secret};
use token_rotate::{Attempt, Failure, Fetched, FromFn, Rotating};

token_core::policy!("../../tokens.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct List;

type Lengths = Result<[usize; 2], Box<dyn std::error::Error>>;

fn list(github: &Rotating<kind::GithubCi>) -> Lengths {
    let token = github.current()?;
    let exposed = token.expose_for(&List)?;
    let with = github.current()?.with(&List, |exposed| exposed.as_str().len())?;
    Ok([exposed.as_str().len(), with])
}

fn list_with(github: &dyn Current<kind::GithubCi>) -> Lengths {
    let lease = github.current()?;
    let exposed = lease.expose_for(&List)?;
    Ok([exposed.as_str().len(), github.current()?.with(&List, |exposed| exposed.as_str().len())?])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = FromFn::new(|_: &Attempt| {
        let grant = Grant::new("repo:read deploy:run").expires_in(Duration::from_secs(60));
        Ok::<_, Failure>(Fetched::new(Secret::from(vec![b'x'; 20]), grant))
    });
    let (github, hand) = Rotating::<kind::GithubCi>::options(Admission::new(), issuer).by_hand();
    assert!(list(&github).is_err() && list_with(&github).is_err(), "not fetched yet");
    hand.step();
    assert_eq!((list(&github)?, list_with(&github)?), ([20, 20], [20, 20]));
    github.close(Duration::ZERO)?;
    assert!(list(&github).is_err() && list_with(&github).is_err());
    Ok(())
}
