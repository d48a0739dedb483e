//! Which of several servers to connect to: the one that takes changes.

use tokio::{task::JoinSet, time::timeout};
use tokio_postgres::{
    Client, Config,
    config::{Host, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    connect::Wire,
    settings::{CONNECT, SET_UP},
    trouble::{Trouble, unavailable},
};

type Opened = Result<(Client, Wire), tokio_postgres::Error>;

/// Connects to each host of the URL, to the next one when the one before has failed or is slow. The first that takes changes is taken, or the
/// first of all if `any` will do. A server that hangs may still take connections, so none is waited for alone: its successor would never be found.
pub(super) async fn connect(
    config: Config,
    tls: &MakeRustlsConnect,
    any: bool,
) -> Result<(Client, Wire), Trouble> {
    let (mut trying, mut failed) = (JoinSet::new(), None);
    for mut one in each(config) {
        if any {
            one.target_session_attrs(TargetSessionAttrs::Any);
        }
        let tls = tls.clone();
        trying.spawn(async move { one.connect(tls).await });
        if let Ok(Some(opened)) = timeout(CONNECT, first(&mut trying, &mut failed)).await {
            return Ok(opened);
        }
    }
    match timeout(SET_UP, first(&mut trying, &mut failed)).await {
        Ok(Some(opened)) => Ok(opened),
        Ok(None) => Err(failed.unwrap_or_else(|| unavailable("the URL has no host"))),
        Err(_) => Err(unavailable("the server cannot be reached in time")),
    }
}

/// The first connection that is made, if any is.
async fn first(
    trying: &mut JoinSet<Opened>,
    failed: &mut Option<Trouble>,
) -> Option<(Client, Wire)> {
    while let Some(opened) = trying.join_next().await {
        match opened {
            Ok(Ok(opened)) => return Some(opened),
            Ok(Err(error)) => *failed = Some(error.into()),
            Err(_) => *failed = Some(unavailable("the registry is being closed")),
        }
    }
    None
}

/// The same for each host alone.
fn each(config: Config) -> Vec<Config> {
    let count = config.get_hosts().len().max(config.get_hostaddrs().len());
    if count < 2 {
        return vec![config];
    }
    (0..count).map(|number| of_host(&config, number)).collect()
}

fn of_host(config: &Config, number: usize) -> Config {
    let mut one = Config::new();
    match config.get_hosts().get(number) {
        Some(Host::Tcp(name)) => drop(one.host(name)),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => drop(one.host_path(folder)),
        None => {}
    }
    if let Some(address) = config.get_hostaddrs().get(number) {
        one.hostaddr(*address);
    }
    // One port is that of all.
    let ports = config.get_ports();
    if let Some(port) = ports.get(number).or(ports.first()) {
        one.port(*port);
    }
    copy(config, &mut one);
    one.target_session_attrs(TargetSessionAttrs::ReadWrite);
    one
}

/// All but the hosts.
fn copy(config: &Config, to: &mut Config) {
    config.get_user().map(|user| to.user(user));
    config.get_password().map(|password| to.password(password));
    config.get_dbname().map(|name| to.dbname(name));
    config.get_options().map(|options| to.options(options));
    config.get_application_name().map(|name| to.application_name(name));
    config.get_connect_timeout().map(|limit| to.connect_timeout(*limit));
    config.get_tcp_user_timeout().map(|limit| to.tcp_user_timeout(*limit));
    config.get_keepalives_interval().map(|interval| to.keepalives_interval(interval));
    config.get_keepalives_retries().map(|retries| to.keepalives_retries(retries));
    to.keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .channel_binding(config.get_channel_binding());
}
