//! A token from the beginning to the end: a policy file, what the compiler makes of
//! it, a token file, an OAuth token response, and a real HTTP server.
//!
//! Run it with `cargo run --example quickstart`. Then take `repo:read` out of
//! `github-ci` in `quickstart.toml` and run it again: it does not compile.

#![allow(clippy::print_stdout, reason = "an example talks")]

#[path = "quickstart/issuer.rs"]
mod issuer;
#[path = "quickstart/server.rs"]
mod server;

use std::{error::Error, fs, io::Write, net::TcpStream, path::Path, time::Duration};

use server::Server;
use time::UtcDateTime;
use token_core::{
    Exposed, Grant, RequireScopes, Token,
    source::{self, TokenResponse},
};

// Makes `mod scope`, `mod kind` and `POLICY` from the file.
token_core::policy!("quickstart.toml");

#[derive(RequireScopes)]
#[require(scope::RepoRead)]
struct ListRepos;

#[derive(RequireScopes)]
#[require(scope::DeployRun)]
struct StartDeployment;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let issued = issuer::issue(dir.path())?;
    let server = Server::start(issued)?;

    use_a_token_file(dir.path(), &server)?;
    use_a_token_response(dir.path(), &server)?;
    show_refusals(dir.path())?;

    println!(
        "\nEvery token is dropped, so its memory is wiped. Server saw {} requests.",
        server.stop()
    );
    Ok(())
}

/// A token in a file of its own. There is no grant from its issuer, so the grant is
/// assumed from the policy, with the lifetime counted from when the file was written.
fn use_a_token_file(dir: &Path, server: &Server) -> Result<(), Box<dyn Error>> {
    let path = dir.join("github");
    let written = UtcDateTime::from(fs::metadata(&path)?.modified()?);
    let secret = source::file(&path)?;
    let token = Token::<kind::GithubCi>::admit(secret, &Grant::assumed::<kind::GithubCi>(written))?;

    println!("token file      {token:?}");
    println!("  expires in    {:?}", token.remaining());
    let header = token.expose_for(&ListRepos)?.bearer_header()?;
    println!("  header        {header:?}");
    println!("  GET /repos    {}", get(server, "/repos", &token.expose_for(&ListRepos)?)?);
    // token.expose_for(&StartDeployment)
    //                  ^ error: token kind `GithubCi` does not grant scope `DeployRun`
    Ok(())
}

/// A token that an OAuth 2.0 server granted (RFC 6749 section 5.1), kept on disk.
fn use_a_token_response(dir: &Path, server: &Server) -> Result<(), Box<dyn Error>> {
    let path = dir.join("response.json");
    let received = UtcDateTime::from(fs::metadata(&path)?.modified()?);
    let response = TokenResponse::read(fs::File::open(path)?, "deploy:run repo:read")?;
    let grant = response.grant.received_at(received);
    let token = Token::<kind::Deployer>::admit(response.access_token, &grant)?;

    println!("token response  {token:?}");
    println!("  expires in    {:?}", token.remaining());
    // `uses = "once"`: spending takes the token by value, so a second use does not compile.
    println!("  GET /deploy   {}", get(server, "/deploy", &token.spend_for(&StartDeployment)?)?);
    Ok(())
}

/// Tokens that are refused: two at admission, which wipes their secrets, and one in a file that
/// everybody can read.
fn show_refusals(dir: &Path) -> Result<(), Box<dyn Error>> {
    println!("\nrefused:");
    let response = TokenResponse::read(fs::File::open(dir.join("too_much.json"))?, "repo:read")?;
    let refused = Token::<kind::GithubCi>::admit(response.access_token, &response.grant);
    println!("  {}", refused.expect_err("it has repo:write as well"));

    let yesterday = UtcDateTime::now() - Duration::from_secs(24 * 3600);
    let secret = source::file(dir.join("github"))?;
    let refused =
        Token::<kind::GithubCi>::admit(secret, &Grant::assumed::<kind::GithubCi>(yesterday));
    println!("  {}", refused.expect_err("it expired long ago"));

    let refused = source::file(dir.join("readable_by_all"));
    println!("  {}", refused.expect_err("its mode is 0644"));
    Ok(())
}

/// A GET request whose Authorization header goes from the wiped buffer straight
/// into the socket.
fn get(server: &Server, path: &str, token: &Exposed<'_>) -> Result<String, Box<dyn Error>> {
    let header = token.bearer_header()?;
    let mut stream = TcpStream::connect(server.address())?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ")?;
    stream.write_all(header.as_bytes())?;
    stream.write_all(b"\r\n\r\n")?;
    let answer = std::io::read_to_string(stream)?;
    Ok(answer.lines().next().unwrap_or("no answer").to_owned())
}
