//! On how many servers a revocation stands.

use std::time::{Duration, Instant};

use pollster::block_on;
use test_support::postgres::Server;
use token_core::record::Epoch;
use token_issue::Registry;

use crate::{
    desk::time_until,
    rows::{id, insert, row},
    server::{open, registry},
};

fn revoke(registry: &dyn Registry, number: u64) -> (Option<u32>, Duration) {
    insert(registry, &row(id(1, number)));
    let start = Instant::now();
    let revoked = block_on(registry.revoke(id(1, number))).unwrap();
    assert!(revoked.is_new);
    let taken = start.elapsed();
    (block_on(registry.servers(revoked.at)).unwrap(), taken)
}

#[test]
fn a_revocation_says_on_how_many_servers_it_stands() {
    let primary = Server::start();
    let registry = registry(&primary, "tokens");
    assert_eq!(revoke(&registry, 1).0, Some(1));
    let first = Server::standby_of(&primary);
    let follows = |count: &str| {
        primary
            .sql("tokens", "SELECT count(*) FROM pg_stat_replication WHERE flush_lsn IS NOT NULL")
            == count
    };
    time_until("the standby follows", || follows("1"));
    assert_eq!(revoke(&registry, 2).0, Some(2));
    let second = Server::standby_of(&primary);
    time_until("the second follows", || follows("2"));
    assert_eq!(revoke(&registry, 3).0, Some(3));
    second.freeze();
    assert_eq!(revoke(&registry, 4).0, Some(2), "one that does not confirm is not counted");
    drop((first, second));

    let unknown = Epoch { n: 2, mark: [0; 16] };
    assert_eq!(block_on(registry.servers(unknown)).unwrap(), None);
    let rule = block_on(registry.revoke_matching(token_issue::registry::Rule::all())).unwrap();
    assert_eq!(block_on(registry.servers(rule.at)).unwrap(), Some(1));
}

/// A role that may not see the standbys knows of itself alone.
#[test]
fn what_a_role_may_not_see_is_not_counted() {
    let primary = Server::start();
    let url = primary.database("tokens");
    primary.sql("tokens", "CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE tokens TO app");
    let _standby = Server::standby_of(&primary);
    let seen = "SELECT count(*) FROM pg_stat_replication WHERE flush_lsn IS NOT NULL";
    time_until("the standby follows", || primary.sql("tokens", seen) == "1");
    let registry = open(&url.replace("registry@", "app@"));
    assert_eq!(revoke(&registry, 1).0, Some(1));
    primary.sql("tokens", "GRANT pg_read_all_stats TO app");
    assert_eq!(revoke(&registry, 2).0, Some(2));
}

/// A synchronous standby is waited for, but not for ever: a revocation that counts nowhere would be worse.
#[test]
fn a_synchronous_standby_that_is_gone_does_not_stop_a_revocation() {
    let primary = Server::start();
    let registry = registry(&primary, "tokens");
    let standby = Server::standby_of(&primary);
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.sql("postgres", "SELECT pg_reload_conf()");
    let seen = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    time_until("the standby is synchronous", || primary.sql("tokens", seen) == "1");
    // Whatever the role says otherwise.
    primary.sql("tokens", "ALTER ROLE registry SET synchronous_commit = 'local'");
    let (servers, taken) = revoke(&registry, 1);
    assert_eq!(servers, Some(2));
    assert!(taken < Duration::from_secs(1), "{taken:?}");
    insert(&registry, &row(id(1, 2)));
    insert(&registry, &row(id(1, 3)));

    standby.freeze();
    for number in [2, 3] {
        let start = Instant::now();
        let revoked = block_on(registry.revoke(id(1, number))).unwrap();
        let taken = start.elapsed();
        assert!(revoked.is_new);
        assert!(taken > Duration::from_secs(1) && taken < Duration::from_secs(4), "{taken:?}");
        assert_eq!(block_on(registry.servers(revoked.at)).unwrap(), Some(1));
        let row = block_on(registry.show(id(1, number))).unwrap().unwrap();
        assert_ne!(row.state, token_issue::State::Live);
    }
}
