//! A server, an issuer, and the nodes in two processes.

use std::{sync::Arc, thread, time::Duration};

use pollster::block_on;
use test_support::postgres::{Server, within};
use token_issue::Issuer;

use crate::{
    check::Figures,
    child::Other,
    clock::{Starved, now, sleep},
    desk::{issuer, mint},
    fleet::Fleet,
    net::{Net, ONE, TWO},
    server::open,
    token::Token,
};

/// Its parts end in this order.
pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) other: Other,
    issuer: Issuer,
    pub(crate) primary: Server,
    pub(crate) starved: Starved,
    pub(crate) net: Arc<Net>,
}

pub(crate) const NODES: usize = 100;
/// In the other process.
pub(crate) const OTHERS: usize = 6;

/// Which nodes break the promise, for a test that must find them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Broken {
    pub(crate) node: Option<usize>,
    pub(crate) other: Option<usize>,
}

impl World {
    /// Half of the nodes reach the server by one address, and half by another.
    pub(crate) fn new(net: &Arc<Net>, nodes: usize, broken: Broken) -> Self {
        let primary = net.with_servers(|| Server::start_with(&SETTINGS));
        primary.database("tokens");
        let urls = |count| (0..count).map(|number| url(address_of(number))).collect::<Vec<_>>();
        let issuer = issuer(Arc::new(open(&primary.url("tokens"))));
        let other = Other::start(&urls(OTHERS), broken.other);
        let fleet = Fleet::start(&urls(nodes), broken.node);
        Self { fleet, other, issuer, primary, starved: Starved::start(), net: Arc::clone(net) }
    }

    /// Mints tokens, and shows them to all nodes until all have accepted them.
    pub(crate) fn begin(&mut self, count: usize) -> Vec<Arc<Token>> {
        let nodes = self.fleet.nodes.len();
        let tokens = (0..count).map(|_| Arc::new(Token::new(mint(&self.issuer), nodes)));
        let tokens: Vec<_> = tokens.collect();
        self.other.show(&tokens);
        self.fleet.show(tokens.clone());
        let all = |seen: crate::check::Seen| seen.iter().flatten().all(|accepted| *accepted != 0);
        within("all accept", Duration::from_secs(20), || all(self.fleet.seen()));
        while !all(self.other.seen()) {
            sleep(10);
        }
        self.starved.take();
        self.take_refused();
        tokens
    }

    /// Revokes a token, and notes when that was done. A server that was away may need several tries.
    pub(crate) fn revoke(&self, token: &Token) {
        token.condemn();
        let mut tries = 0;
        while let Err(error) = block_on(self.issuer.revoke(token.id, "a test")) {
            tries += 1;
            assert!(tries < 50, "{error}");
            sleep(50);
        }
        token.note_revoked(now());
    }

    /// Waits until whatever was revoked must be refused, and looks.
    pub(crate) fn end(&mut self, tokens: &[Arc<Token>], figures: &mut Figures) {
        sleep(1_250);
        figures.check_revoked("node", tokens, &self.fleet.seen());
        let seen = self.other.seen();
        figures.check_revoked("other node", tokens, &seen);
        figures.starved = figures.starved.max(self.starved.take());
    }

    /// Waits until these nodes are back, but not for ever.
    pub(crate) fn wait_until_back(&self, is_meant: impl Fn(usize) -> bool) {
        let is_back = |(number, node): (usize, &Arc<crate::node::Node>)| {
            !is_meant(number) || node.back().is_some()
        };
        for _ in 0..500 {
            if self.fleet.nodes.iter().enumerate().all(is_back) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// How often the nodes have refused live tokens.
    pub(crate) fn take_refused(&self) -> u64 {
        self.fleet.nodes.iter().map(|node| node.take_refused()).sum()
    }
}

/// A node has up to seven connections here.
const SETTINGS: [&str; 2] = ["listen_addresses=10.0.2.2,10.0.2.3", "max_connections=1000"];

/// By which address a node reaches the server.
pub(crate) fn address_of(node: usize) -> &'static str {
    if node.is_multiple_of(2) { ONE } else { TWO }
}

fn url(address: &str) -> String {
    format!("postgresql://registry@{address}/tokens?sslmode=disable")
}
