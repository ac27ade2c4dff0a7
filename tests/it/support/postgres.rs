//! A PostgreSQL server for this run of the tests: one that a variable names, or one started
//! from installed binaries in a temporary folder.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The address of a server whose user may create databases.
const URL: &str = "ASKWELL_TEST_DATABASE_URL";
/// Set to `required`, a missing server is a failure, as it is in CI.
const POSTGRES: &str = "ASKWELL_TEST_POSTGRES";

/// Starts a server, says that it is there, and ends it when its input ends, so with us. The
/// server refuses to run as root.
const SCRIPT: &str = r#"
PATH="$PATH:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')"
command -v initdb postgres >/dev/null || exit 1
dir=$(mktemp -d) || exit 1
cd "$dir"
initdb -D "$dir/data" -U askwell -A trust -E UTF8 --no-sync >/dev/null || exit 1
postgres -D "$dir/data" -k "$dir" -p "$PORT" -c listen_addresses=127.0.0.1 -c fsync=off \
    -c max_connections=200 -c log_min_messages=fatal >/dev/null 2>&1 &
server=$!
trap 'kill -QUIT $server; wait $server; rm -rf "$dir"' EXIT
tries=0
until pg_isready -q -h 127.0.0.1 -p "$PORT"; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || exit 1
    sleep 0.1
done
echo ready
cat >/dev/null
"#;

/// The address of a new, empty database; none where there is no server.
pub(crate) async fn database() -> Option<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = tokio::task::spawn_blocking(server).await.unwrap()?;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("askwell_{}_{count}", std::process::id());
    let pool = sqlx::PgPool::connect(server).await.unwrap();
    sqlx::query(&format!("CREATE DATABASE {name}"))
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let (root, _) = server.rsplit_once('/').unwrap();
    Some(format!("{root}/{name}"))
}

/// A way to a database that can be cut.
pub(crate) struct Proxy {
    pub(crate) url: String,
    open: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(url: &str) -> Self {
        let (head, name) = url.rsplit_once('/').unwrap();
        let (user, server) = head.rsplit_once('@').unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, is_open) = watch::channel(true);
        Self {
            url: format!("{user}@{address}/{name}"),
            open,
            task: tokio::spawn(carry(listener, server.to_owned(), is_open)),
        }
    }

    /// Ends all connections and takes no new ones.
    pub(crate) fn cut(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn mend(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(listener: tokio::net::TcpListener, server: String, is_open: watch::Receiver<bool>) {
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let (server, mut is_open) = (server.clone(), is_open.clone());
        tokio::spawn(async move {
            if !*is_open.borrow_and_update() {
                return;
            }
            let mut far = TcpStream::connect(server).await.unwrap();
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                _ = is_open.wait_for(|open| !open) => {}
            }
        });
    }
}

fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    SERVER.get_or_init(find_or_start).as_deref()
}

#[expect(
    clippy::explicit_write,
    reason = "the test runner keeps what `eprintln` says of a passed test"
)]
fn find_or_start() -> Option<String> {
    if let Some(url) = std::env::var(URL).ok().filter(|url| !url.is_empty()) {
        return Some(url);
    }
    let started = start();
    if started.is_none() {
        let words = format!(
            "No PostgreSQL: neither {URL} is set nor are its programs installed. The tests of PostgreSQL did NOT run."
        );
        assert!(
            !std::env::var(POSTGRES).is_ok_and(|it| it == "required"),
            "{words}"
        );
        writeln!(std::io::stderr(), "{words}").unwrap();
    }
    started
}

fn start() -> Option<String> {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|it| it.local_addr())
        .unwrap()
        .port();
    let root = nix::unistd::geteuid().is_root();
    let mut command = if root {
        let mut su = Command::new("su");
        su.args(["postgres", "-s", "/bin/sh", "-c"]);
        su
    } else {
        let mut sh = Command::new("sh");
        sh.arg("-c");
        sh
    };
    let mut child = command
        .arg(format!("PORT={port}\n{SCRIPT}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut said = String::new();
    BufReader::new(child.stdout.take()?)
        .read_line(&mut said)
        .ok()?;
    // Its input stays open until this process ends.
    std::mem::forget(child.stdin.take());
    (said.trim() == "ready").then(|| format!("postgres://askwell@127.0.0.1:{port}/postgres"))
}
