//! A service under load whose tokens live for 20 seconds. Meanwhile its issuer is restarted, and lies now and then: no request fails.
//!
//! Run it with `cargo run --example rotation`: it takes 40 seconds. `-- hurried` takes tokens of eight seconds, and a quarter of a minute.

#![allow(clippy::print_stdout, reason = "an example talks")]

#[path = "rotation/desk.rs"]
mod desk;
#[path = "rotation/load.rs"]
mod load;
#[path = "rotation/timeline.rs"]
mod timeline;

use std::{
    error::Error,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use token_core::{
    Admission, PermittedBy, RequireScopes, Reusable,
    record::{InMemory, Log as _},
};
use token_rotate::Rotating;

use desk::Desk;
use load::{Load, Orders};
use timeline::Timeline;

token_core::policy!("rotation.toml");

#[derive(RequireScopes)]
#[require(scope::OrdersRead)]
struct ReadOrders;

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("hurried") => run::<kind::Hurried>(Duration::from_secs(8)),
        _ => run::<kind::Orders>(Duration::from_secs(20)),
    }
}

/// Everything happens at a fraction of a token's life.
fn run<K>(life: Duration) -> Result<(), Box<dyn Error>>
where
    K: Reusable + token_core::Authorizes<ReadOrders>,
    ReadOrders: PermittedBy<K>,
{
    let dir = tempfile::tempdir()?;
    let timeline = Arc::new(Timeline::start());
    let desk = Arc::new(Desk::open(dir.path(), life, Arc::clone(&timeline))?);
    let orders = Orders::open(dir.path())?;

    // What the service does in `main`.
    let log = Arc::new(InMemory::new());
    let admission = Admission::new().recorder(log.clone()).actor("shop");
    let token = Arc::new(Rotating::<K>::options(admission, Arc::clone(&desk)).start()?);
    println!("{token:?}");

    let load = Load::start(&token, orders);
    let at = |lives: f64| life.mul_f64(lives);
    let (down, up, end) = (at(1.1), at(1.25), at(2.0));
    let (began, mut is_down, mut was_down) = (Instant::now(), false, false);
    while began.elapsed() < end {
        if !was_down && began.elapsed() > down {
            desk.stop()?;
            (is_down, was_down) = (true, true);
        }
        if is_down && began.elapsed() > up {
            desk.restart()?;
            is_down = false;
        }
        timeline.line(&token.health(), load.counts());
        thread::sleep(life / 20);
    }

    // And at its shutdown.
    let (done, failed) = load.stop();
    token.close(Duration::from_secs(5))?;
    desk.stop()?;
    let standing = log.standing()?.open.len();
    let closed = log.events().iter().filter(|event| event.action.is_closing()).count();
    let opened = log.events().iter().filter(|event| event.action.is_opening()).count();
    println!(
        "\n{done} requests, {failed} failed; {opened} tokens, {closed} of them ended on record, {standing} open"
    );
    println!("the issuer was down once, and lied {} times", desk.lies());
    match failed == 0 && standing == 0 && opened == closed && opened > 2 && desk.lies() > 0 {
        true => Ok(()),
        false => {
            Err("a request failed, a token is open on record, or there was no rotation".into())
        }
    }
}
