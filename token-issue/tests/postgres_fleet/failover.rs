//! A standby that lacks a revocation takes the place of the primary.
//!
//! Nobody can tell that from the new primary alone. So what is checked is what was promised: who has heard of the revocation refuses
//! everything, and says so.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use pollster::block_on;
use test_support::postgres::{Server, program, run as run_program, within};
use token_issue::{Health, Issuer};

use crate::{
    check::Figures,
    clock::{Moment, SECOND, Starved, ms, now, sleep},
    desk::{issuer, mint},
    fleet::Fleet,
    net::{Net, ONE, STANDBY},
    server::open,
    token::Token,
};

struct Pair {
    fleet: Fleet,
    issuer: Issuer,
    primary: Server,
    standby: Server,
}

pub(crate) fn run(net: &Arc<Net>, nodes: usize, rng: &mut Rng) -> Figures {
    let mut pair = Pair::new(net, nodes);
    let tokens: Vec<_> = (0..4).map(|_| Arc::new(Token::new(mint(&pair.issuer), nodes))).collect();
    pair.fleet.show(tokens.clone());
    let all_accept = || pair.fleet.seen().iter().flatten().all(|accepted| *accepted != 0);
    within("all accept", Duration::from_secs(20), all_accept);
    let (mut figures, starved) = (Figures::default(), Starved::start());

    // This one both servers have, and the next two only the first.
    pair.revoke(&tokens[1]);
    within("the standby has it", Duration::from_secs(10), || pair.standby_is_at(1));
    pair.forget_the_primary();
    sleep(rng.u64(0..300));
    pair.revoke(&tokens[2]);
    sleep(rng.u64(0..300));
    pair.revoke(&tokens[3]);
    within("all have heard of it", Duration::from_secs(10), || {
        pair.fleet.nodes.iter().all(|node| node.has_heard_of(&tokens[3]))
    });
    figures.check_revoked("node", &tokens, &pair.fleet.seen());

    // It dies, or stands still.
    let stops = rng.bool();
    if stops {
        pair.primary.stop();
    } else {
        pair.primary.freeze();
    }
    let lost = now();
    sleep(rng.u64(0..800));
    run_program(program("pg_ctl").args(["promote", "-w", "-D"]).arg(pair.standby.data()));
    let promoted = now();
    starved.take();
    pair.wait_until_told(&mut figures, promoted, &starved);
    sleep(1_250);
    figures.check_revoked("node", &tokens, &pair.fleet.seen());
    // The new primary has all of this as valid, and nobody takes it from there.
    assert!(pair.standby.sql("tokens", "SELECT n FROM token_registry.epoch") == "1");
    figures.check_cut("node", lost, &pair.fleet.seen(), |_| true);
    for (number, node) in pair.fleet.nodes.iter().enumerate() {
        if node.remembered() != 0 {
            figures.wrong.push(format!("node {number} remembers {}", node.remembered()));
        }
    }
    figures
}

impl Pair {
    fn new(net: &Arc<Net>, nodes: usize) -> Self {
        let settings = |address| [address, "max_connections=1000"];
        let primary =
            net.with_servers(|| Server::start_with(&settings("listen_addresses=10.0.2.2")));
        primary.database("tokens");
        let issuer = issuer(Arc::new(open(&primary.url("tokens"))));
        let standby = net.with_servers(|| {
            Server::standby_with(&primary, &settings("listen_addresses=10.0.2.4"))
        });
        let url = format!("postgresql://registry@{ONE},{STANDBY}/tokens?sslmode=disable");
        let fleet = Fleet::start(&vec![url; nodes], None);
        Self { fleet, issuer, primary, standby }
    }

    fn revoke(&self, token: &Token) {
        token.condemn();
        let _ = block_on(self.issuer.revoke(token.id, "a test")).unwrap();
        token.note_revoked(now());
    }

    fn standby_is_at(&self, n: u64) -> bool {
        self.standby.sql("tokens", "SELECT n FROM token_registry.epoch") == n.to_string()
    }

    /// Nothing reaches the standby any more.
    fn forget_the_primary(&self) {
        self.standby.sql("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
        self.standby.sql("postgres", "SELECT pg_reload_conf()");
        let follows = "SELECT count(*) FROM pg_stat_replication";
        within("the standby is cut off", Duration::from_secs(10), || {
            self.primary.sql("tokens", follows) == "0"
        });
    }

    /// All nodes say that they do not trust the new primary, as soon as they can know of it.
    fn wait_until_told(&self, figures: &mut Figures, promoted: Moment, starved: &Starved) {
        let is_told = |health: Health| matches!(health, Health::Distrusted { .. });
        let silent = || self.fleet.nodes.iter().filter(|node| !is_told(node.health())).count();
        while silent() > 0 && now() < promoted + 6 * SECOND {
            sleep(5);
        }
        let (told, late) = (ms(promoted, now()), starved.take());
        (figures.back, figures.starved) = (told, late);
        let allowed = 1_000 + if late >= 20 { late } else { 0 };
        if silent() > 0 || told > allowed {
            let silent = silent();
            let says = self.fleet.nodes.iter().map(|node| node.health());
            let says = says.filter(|health| !is_told(health.clone()));
            figures.wrong.push(format!("one says {:?}", says.into_iter().next()));
            figures.wrong.push(format!("{silent} say nothing after {told} of {allowed} ms"));
        }
    }
}
