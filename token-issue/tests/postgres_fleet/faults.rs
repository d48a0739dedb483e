//! What goes wrong.

use test_support::postgres::Server;

use crate::{
    net::{NODES, ONE, TWO},
    world::{World, address_of},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Nobody can listen: whoever does is cut off at once.
    Deaf,
    /// All that listen are cut off once.
    ListenersKilled,
    /// A process with nodes stands still.
    NodesStopped,
    /// The same, and when it goes on, no server can be reached.
    StoppedAndCut,
    /// The server and all its processes stand still.
    ServerFrozen,
    ServerRestarted,
    /// The network swallows what nodes send, or what they are answered.
    Blackhole,
    /// A standby that lacks a revocation takes the place of the primary.
    Failover,
}

impl Fault {
    pub(crate) const ALL: [Self; 8] = [
        Self::Deaf,
        Self::ListenersKilled,
        Self::NodesStopped,
        Self::StoppedAndCut,
        Self::ServerFrozen,
        Self::ServerRestarted,
        Self::Blackhole,
        Self::Failover,
    ];
}

/// A way to take the server away from nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    Freeze,
    Restart,
    /// What is sent to this address is swallowed.
    Swallow(&'static str),
}

impl Cut {
    pub(crate) const ADDRESSES: [&'static str; 3] = [ONE, TWO, NODES];

    /// From its return on, no question is answered that is sent then.
    pub(crate) fn begin(self, world: &mut World) {
        match self {
            Self::Freeze => world.primary.freeze(),
            Self::Restart => world.primary.stop(),
            Self::Swallow(address) => world.net.cut(address),
        }
    }

    /// From its return on, the server can be reached again.
    pub(crate) fn end(self, world: &mut World) {
        match self {
            Self::Freeze => world.primary.thaw(),
            Self::Restart => go_on(world),
            Self::Swallow(address) => world.net.mend(address),
        }
    }

    /// Whether this node is cut off.
    pub(crate) fn concerns(self, node: usize) -> bool {
        match self {
            Self::Freeze | Self::Restart | Self::Swallow(NODES) => true,
            Self::Swallow(address) => address_of(node) == address,
        }
    }

    /// Whether the issuer reaches the server all the same. It is on the server's own machine.
    pub(crate) fn spares_the_issuer(self) -> bool {
        matches!(self, Self::Swallow(_))
    }
}

fn go_on(world: &mut World) {
    let (net, primary) = (&world.net, &mut world.primary);
    net.with_servers(|| primary.go_on());
}

/// Cuts off all that listen. A connection that has nothing to say for long asks nothing, to see whether it is alive.
pub(crate) fn kill_listeners(server: &Server) {
    server.sql("tokens", &format!("SELECT count(pg_terminate_backend(pid)) {LISTENING}"));
}

/// Cuts off for some time, in tenths of a second, all that listen.
pub(crate) fn keep_deaf(server: &Server, tenths: u32) {
    let sql = format!(
        "DO $$ BEGIN FOR i IN 1..{tenths} LOOP PERFORM pg_terminate_backend(pid) {LISTENING};
         PERFORM pg_stat_clear_snapshot(); PERFORM pg_sleep(0.1); END LOOP; END $$"
    );
    server.sql("tokens", &sql);
}

const LISTENING: &str = "FROM pg_stat_activity WHERE datname = 'tokens' AND pid <> pg_backend_pid() \
     AND (query LIKE 'LISTEN%' OR query = '')";
