//! PostgreSQL's server and pgbouncer for one test: in a temporary folder, on a Unix socket.
//!
//! PostgreSQL does not run as root. Where the tests do, it runs as the user `postgres`, which Debian's package makes. A program that is
//! missing fails the test, and says which package has it.
#![allow(clippy::unwrap_used, reason = "a test that cannot start a server has failed")]

use std::{
    env, fs,
    io::{Read, Write},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A server that is gone after the test, with all that it has written.
pub struct Server {
    /// Dropped after the server has ended.
    folder: TempDir,
    process: Option<Child>,
    settings: Vec<String>,
}

/// The owner of the server's tables.
pub const ROLE: &str = "registry";

impl Server {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these settings in addition, such as `wal_level=replica`.
    pub fn start_with(settings: &[&str]) -> Self {
        let server = Self::prepared(settings);
        let data = server.data();
        run(program("initdb")
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--username"])
            .arg(ROLE)
            .arg("--pgdata")
            .arg(&data));
        // For those that listen on an address of a network that is made for a test.
        let mut rules = fs::OpenOptions::new().append(true).open(data.join("pg_hba.conf")).unwrap();
        writeln!(rules, "host all all all trust").unwrap();
        server.started()
    }

    /// A standby, made from a copy of what `primary` has, that follows it.
    pub fn standby_of(primary: &Self) -> Self {
        Self::standby_with(primary, &[])
    }

    /// With these settings in addition.
    pub fn standby_with(primary: &Self, settings: &[&str]) -> Self {
        let server = Self::prepared(settings);
        run(program("pg_basebackup")
            .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--username", ROLE])
            .arg("--host")
            .arg(primary.folder.path())
            .arg("--pgdata")
            .arg(server.data()));
        server.started()
    }

    fn prepared(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some((user, group)) = other_user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        Self { folder, process: None, settings }
    }

    fn started(mut self) -> Self {
        self.go_on();
        self
    }

    /// Starts the server that was stopped.
    pub fn go_on(&mut self) {
        let mut command = program("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
        command.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        command.stdout(Stdio::null()).stderr(log);
        self.process = Some(command.spawn().unwrap());
        let is_ready = || {
            let mut command = program("pg_isready");
            command.arg("--host").arg(self.folder.path()).args(["--port", self.port()]);
            command.stdout(Stdio::null());
            command.status().unwrap().success()
        };
        within("the server starts", Duration::from_secs(60), is_ready);
    }

    /// Stops the server in good order.
    pub fn stop(&mut self) {
        self.signal("INT");
        let mut process = self.process.take().unwrap();
        assert!(process.wait().unwrap().success(), "{}", self.said());
    }

    /// Freezes the server and all its processes, as a network does that swallows what is sent.
    pub fn freeze(&self) {
        // First the one that starts the others, and then those that it had started, until all stand still.
        self.signal("STOP");
        while Self::send("STOP", &self.children(|state| !state.starts_with(['T', 'Z']))) {}
    }

    pub fn thaw(&self) {
        Self::send("CONT", &self.children(|_| true));
        self.signal("CONT");
    }

    /// The server's processes whose state is like this, but for the first one.
    fn children(&self, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
        let parent = self.process.as_ref().unwrap().id().to_string();
        let mut command = Command::new("ps");
        let listed = command.args(["-o", "pid=,stat=", "--ppid", &parent]).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let listed = listed.lines().filter_map(|line| line.trim().split_once(' '));
        let meant = listed.filter(|(_, state)| is_meant(state.trim()));
        meant.map(|(id, _)| id.to_owned()).collect()
    }

    /// Sends a signal to processes. Returns whether there were any. One may have ended meanwhile.
    fn send(signal: &str, to: &[String]) -> bool {
        let mut command = Command::new("kill");
        command.arg(format!("-{signal}")).args(to).stderr(Stdio::null());
        !to.is_empty() && command.status().is_ok()
    }

    fn signal(&self, signal: &str) {
        let id = self.process.as_ref().unwrap().id().to_string();
        run(Command::new("kill").arg(format!("-{signal}")).arg(id));
    }

    fn port(&self) -> &str {
        self.settings.iter().find_map(|setting| setting.strip_prefix("port=")).unwrap_or("5432")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the server has written into its log.
    pub fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Runs statements, and returns what they say, columns with `|` between them.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut command = program("psql");
        command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-U", ROLE, "-d", database, "-c", sql]);
        command.args(["-p", self.port()]).arg("-h").arg(self.folder.path());
        run(&mut command).trim().to_owned()
    }

    /// A new database. Its name is part of the URL.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(name)
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgresql://{ROLE}@/{database}?host={}", self.folder.path().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.is_some() {
            // One that is frozen does not end by itself, and waits for its children.
            self.thaw();
        }
        if let Some(mut process) = self.process.take() {
            let _ = Command::new("kill").arg("-QUIT").arg(process.id().to_string()).status();
            let _ = process.wait();
        }
    }
}

/// A program of PostgreSQL, run by a user who may run a server.
pub fn program(name: &str) -> Command {
    as_other_user(Command::new(found(name, "postgresql")))
}

/// A program of this name: in the PATH, or where Debian has PostgreSQL's.
pub fn found(name: &str, package: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let versions = versions.map(|version| version.unwrap().path().join("bin"));
    let folders = versions.chain(env::split_paths(&path)).chain(["/usr/sbin".into()]);
    let mut files = folders.map(|folder| folder.join(name)).filter(|file| file.is_file());
    files.next().unwrap_or_else(|| {
        panic!(
            "there is no program {name}: install the package {package} (apt-get install {package})"
        )
    })
}

pub fn as_other_user(mut command: Command) -> Command {
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    // The folder of the tests may be closed to that user.
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// User and group for servers, if the tests run as root.
pub fn other_user() -> Option<(u32, u32)> {
    let id = |of: &str, what: &str| {
        let output = Command::new("id").args([what, of]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().ok()
    };
    let own = Command::new("id").arg("-u").output().unwrap().stdout;
    if own != b"0\n" {
        return None;
    }
    let users = ["postgres", "nobody"];
    let ids = users.iter().find_map(|user| Some((id(user, "-u")?, id(user, "-g")?)));
    Some(ids.expect("there is no user `postgres` that could run a server"))
}

#[track_caller]
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
pub fn within(what: &str, limit: Duration, is_true: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < limit, "not in {limit:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
    start.elapsed()
}

/// A pooler before a server, in transaction mode, with fewer connections than a registry has.
pub struct Pooler {
    folder: TempDir,
    process: Child,
}

impl Pooler {
    pub fn before(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, configuration) = (folder.path(), folder.path().join("pgbouncer.ini"));
        let text = format!(
            "[databases]\n* = host={} user={ROLE}\n[pgbouncer]\nunix_socket_dir = {}\nlisten_addr =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 500\nlog_connections = 0\nlog_disconnections = 0\n",
            server.folder().display(),
            path.display(),
        );
        fs::write(&configuration, text).unwrap();
        if let Some((user, group)) = other_user() {
            chown(path, Some(user), Some(group)).unwrap();
            chown(&configuration, Some(user), Some(group)).unwrap();
        }
        let mut command = as_other_user(Command::new(found("pgbouncer", "pgbouncer")));
        let mut process = command.arg(&configuration).stderr(Stdio::piped()).spawn().unwrap();
        let socket = path.join(".s.PGSQL.6432");
        let start = Instant::now();
        while !socket.exists() {
            if process.try_wait().unwrap().is_some() || start.elapsed() > Duration::from_secs(20) {
                let _ = process.kill();
                let mut said = String::new();
                process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("pgbouncer does not start: {said}");
            }
            thread::sleep(Duration::from_millis(10));
        }
        Self { folder, process }
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgresql://{ROLE}@/{database}?host={}&port=6432", self.folder.path().display())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
