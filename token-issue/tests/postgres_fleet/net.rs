//! A network for one test: the nodes and the servers, and a router in between that can swallow packets.
//!
//! Each is a network namespace, so nothing of the machine's own network is touched. A blackhole route in the router swallows what it
//! should pass on, and tells nobody. Within one namespace the kernel would tell who connects.

use std::{fs::File, os::fd::AsFd, process, thread};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use test_support::postgres::found;

pub(crate) struct Net {
    name: String,
}

/// The addresses of the servers.
pub(crate) const ONE: &str = "10.0.2.2";
/// Another one of the same server.
pub(crate) const TWO: &str = "10.0.2.3";
pub(crate) const STANDBY: &str = "10.0.2.4";
/// That of the nodes.
pub(crate) const NODES: &str = "10.0.1.2";

impl Net {
    /// The thread that calls this, and those that it starts from then on, are where the nodes are.
    pub(crate) fn new() -> Self {
        // The tests of one process are made one after the other.
        let net = Self { name: format!("fleet-{}", process::id()) };
        for place in PLACES {
            net.try_ip(&format!("netns add {}", net.of(place))).unwrap_or_else(|said| {
                panic!("no network namespace can be made, which takes root (CAP_SYS_ADMIN, CAP_NET_ADMIN): {said}")
            });
        }
        let [nodes, router, servers] = PLACES.map(|place| net.of(place));
        for (place, here, there, gate) in [
            (&nodes, "nodes", "to-nodes", "10.0.1.1"),
            (&servers, "servers", "to-servers", "10.0.2.1"),
        ] {
            net.ip(&format!(
                "link add name {here} netns {place} type veth peer name {there} netns {router}"
            ));
            net.ip(&format!("-n {router} address add {gate}/24 dev {there}"));
            net.ip(&format!("-n {router} link set {there} up"));
            let addresses = if here == "nodes" { vec![NODES] } else { vec![ONE, TWO, STANDBY] };
            for address in addresses {
                net.ip(&format!("-n {place} address add {address}/24 dev {here}"));
            }
            net.ip(&format!("-n {place} link set lo up"));
            net.ip(&format!("-n {place} link set {here} up"));
            net.ip(&format!("-n {place} route add default via {gate}"));
        }
        net.within("router", || std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap());
        net.enter("nodes");
        net
    }

    /// Does something where the servers are.
    pub(crate) fn with_servers<T: Send>(&self, how: impl FnOnce() -> T + Send) -> T {
        self.within("servers", how)
    }

    /// What is sent to this address is swallowed from now on.
    pub(crate) fn cut(&self, address: &str) {
        self.ip(&format!("-n {} route add blackhole {address}/32", self.of("router")));
    }

    pub(crate) fn mend(&self, address: &str) {
        self.ip(&format!("-n {} route del blackhole {address}/32", self.of("router")));
    }

    fn of(&self, place: &str) -> String {
        format!("{}-{place}", self.name)
    }

    fn enter(&self, place: &str) {
        let place = File::open(format!("/run/netns/{}", self.of(place))).unwrap();
        move_into_link_name_space(place.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
    }

    fn within<T: Send>(&self, place: &str, how: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let there = scope.spawn(|| {
                self.enter(place);
                how()
            });
            there.join().unwrap()
        })
    }

    fn ip(&self, words: &str) {
        self.try_ip(words).unwrap();
    }

    fn try_ip(&self, words: &str) -> Result<(), String> {
        let mut command = process::Command::new(found("ip", "iproute2"));
        let output = command.args(words.split(' ')).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(format!("ip {words}: {said}")) }
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for place in PLACES {
            let _ = self.try_ip(&format!("netns delete {}", self.of(place)));
        }
    }
}

const PLACES: [&str; 3] = ["nodes", "router", "servers"];
