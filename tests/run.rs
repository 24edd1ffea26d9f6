//! Programs that people have, run under the eye; where capturing is not allowed or a program is missing, that is said.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.arg("run").args(words).env_remove("SSLKEYLOGFILE").env_remove("LC_ALL").env("LANG", "C.UTF-8");
    command
}

/// Runs; `None` where capturing is not allowed, in which case the program did not run.
fn run(words: &[&str]) -> Option<Output> {
    let output = program(words).output().expect("seqdump runs");
    let error = text(&output.stderr);
    if error.contains("the kernel dropped") {
        eprintln!("skipped: this machine is too busy: {}", error.trim());
        return None;
    }
    if error.starts_with("seqdump: cannot capture") {
        eprintln!("skipped: {}", error.trim());
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1));
        return None;
    }
    Some(output)
}

/// Whether a program is there.
fn has(name: &str) -> bool {
    let there =
        Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        eprintln!("skipped: {name} is not here");
    }
    there
}

/// A server of ours that answers requests, slowly enough to be looked at; its port.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            thread::sleep(Duration::from_millis(200));
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";
            let _ = stream.write_all(answer);
        }
    });
    port
}

#[test]
fn curl_is_seen_and_others_are_not() {
    if !has("curl") {
        return;
    }
    let (port, other) = (server(), server());
    let noise = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", other)).unwrap();
        stream.write_all(b"GET /noise HTTP/1.1\r\n\r\n").unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept.pcapng");
    let url = format!("http://127.0.0.1:{port}/page");
    let script = format!("sleep 0.3; curl -s {url}; exit 7");
    let Some(output) = run(&["-w", kept.to_str().unwrap(), "--", "sh", "-c", &script]) else {
        assert!(!kept.exists());
        return;
    };
    noise.join().unwrap();
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(7));
    assert!(out.contains("GET /page") && out.contains("200 OK") && out.contains("curl ("), "{out}");
    assert!(!out.contains("/noise") && !out.contains("hello"), "{out}");
    assert!(error.contains("hello"), "{error}");
    let again = Command::new(env!("CARGO_BIN_EXE_seqdump")).arg("print").arg(&kept).output().unwrap();
    let again = text(&again.stdout);
    assert!(again.contains("GET /page") && again.contains("curl (") && !again.contains("/noise"));
}

/// A TLS server of ours, as OpenSSL has one; its port. It ends with the test.
struct Tls(std::process::Child, u16);

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn tls(folder: &Path) -> Option<Tls> {
    if !has("openssl") {
        return None;
    }
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    let words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
    let made = Command::new("openssl")
        .args(words)
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Command::new("openssl")
        .args(["s_server", "-quiet", "-www", "-accept", &format!("127.0.0.1:{port}")])
        .arg("-key")
        .arg(&key)
        .arg("-cert")
        .arg(&certificate)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "openssl does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    Some(Tls(server, port))
}

#[test]
fn what_curl_node_and_python_say_in_tls_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = tls(folder.path()) else { return };
    let url = format!("https://127.0.0.1:{}/secret", server.1);
    let node = format!(
        "setTimeout(() => require('https').get('{url}', {{rejectUnauthorized: false}}, r => r.resume()), 200)"
    );
    let python = format!(
        "import ssl, time, urllib.request as u; time.sleep(0.2); \
         u.urlopen('{url}', context=ssl._create_unverified_context()).read()"
    );
    let programs: [&[&str]; 3] =
        [&["curl", "-sk", "-o", "/dev/null", &url], &["node", "-e", &node], &["python3", "-c", &python]];
    for words in programs.into_iter().filter(|words| has(words[0])) {
        // All, since on a busy machine a connection may be gone before it can be asked whose it is.
        let Some(output) = run(&[&["--all", "-f", &format!("port == {}", server.1), "--"], words].concat())
        else {
            return;
        };
        let out = text(&output.stdout);
        assert!(out.contains("GET /secret HTTP/1.1"), "{words:?}: {out}\n{}", text(&output.stderr));
    }
}

/// The program of `tests/programs`, which cargo builds beside the tests.
fn rust_program() -> Option<std::path::PathBuf> {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent()?.parent()?.join("examples/tls_client");
    if !program.exists() {
        eprintln!(
            "skipped: {} is not built, which `cargo build --example tls_client` does",
            program.display()
        );
        return None;
    }
    Some(program)
}

#[test]
fn what_a_rust_program_says_in_tls_is_read_and_told_as_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (Some(program), Some(server)) = (rust_program(), tls(folder.path())) else { return };
    // The shell gives the capture a moment and then is the program; the server takes nothing but the program's keys.
    let script = format!("sleep 0.3; exec {} {}", program.display(), server.1);
    let Some(output) = run(&["--", "sh", "-c", &script]) else { return };
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("GET /secret HTTP/1.1") && out.contains("200 ok"), "{out}\n{error}");
    assert!(out.lines().any(|row| row.contains("tls_client (") && row.contains("GET /secret")), "{out}");
    assert!(error.contains("HTTP/1.0 200 ok"), "its own output: {error}");
    assert_eq!(output.status.code(), Some(23), "{error}");
}

#[test]
fn a_program_that_cannot_run_or_says_nothing_is_told_in_a_sentence() {
    let Some(output) = run(&["-w", "/tmp/never.pcapng", "--", "no-such-program"]) else { return };
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    assert!(error.contains("there is no such program") && !Path::new("/tmp/never.pcapng").exists());
    let output = run(&["--", "true"]).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    assert!(text(&output.stderr).contains("true"));
    assert_eq!(run(&["--", "sh", "-c", "kill -9 $$"]).unwrap().status.code(), Some(137));
}

#[test]
fn a_signal_is_passed_on_and_nothing_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&["--", "sh", "-c", "echo began; exec sleep 20"]);
    command.env("TMPDIR", folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut error = running.stderr.take().unwrap();
    let mut first = [0; 5];
    error.read_exact(&mut first).unwrap();
    if &first != b"began" {
        eprintln!("skipped: capturing is not allowed");
        running.wait().unwrap();
        return;
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().count() >= 1, "the folder with the keys");
    let pid = nix::unistd::Pid::from_raw(running.id() as i32);
    thread::sleep(Duration::from_millis(100));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(128 + 15));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

const CHAPTER: &str = "
import socket, threading
listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen()
def serve():
    connection, _ = listener.accept()
    connection.sendall(b'heard ' + connection.recv(100))
    connection.close()
thread = threading.Thread(target=serve); thread.start()
client = socket.socket(); client.connect(listener.getsockname())
client.sendall(b'hello'); client.recv(100); client.close(); thread.join()
";

#[test]
fn socket_calls_stand_between_the_packets() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("chapter.pcapng");
    let words = ["--calls", "-l", "4", "-w", kept.to_str().unwrap(), "--", "python3", "-c", CHAPTER];
    let Some(output) = run(&words) else { return };
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    if error.starts_with("seqdump: --calls") {
        eprintln!("skipped: {}", error.trim());
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1));
        return;
    }
    assert_eq!(output.status.code(), Some(0));
    let mut rest = out.as_str();
    let rows =
        ["socket(AF_INET, SOCK_STREAM)", "bind(", "listen(", "socket(", "connect(", "SYN", "ACK", "close("];
    for row in rows {
        let at = rest.find(row).unwrap_or_else(|| panic!("{row} is missing, or out of order, in\n{out}"));
        rest = &rest[at + row.len()..];
    }
    assert!(out.contains("accept4(") && out.contains("sendto(") && out.contains("recvfrom("), "{out}");
    // Both ends are told, however soon they were gone.
    let both = |line: &str| line.contains("SYN") && line.matches("python3 (").count() == 2;
    assert!(out.lines().any(both), "{out}");
    // The file tells the same: the processes on the lanes, the calls above what they cause.
    let again =
        Command::new(env!("CARGO_BIN_EXE_seqdump")).args(["print", "--width", "120"]).arg(&kept).output();
    let again = text(&again.unwrap().stdout);
    let order =
        ["python3 (", ") client", "listen(", "connect(", "SYN ──", "close("].map(|part| again.find(part));
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{again}");
}

/// A copy of the program that anybody may capture with, and somebody who is not root; `None` where there cannot be.
fn without_root(folder: &Path) -> Option<Command> {
    use std::os::unix::process::CommandExt;
    let copy = folder.join("seqdump");
    if !nix::unistd::Uid::effective().is_root() || !has("setcap") {
        eprintln!("skipped: only root can give a program the right to capture");
        return None;
    }
    std::fs::copy(env!("CARGO_BIN_EXE_seqdump"), &copy).unwrap();
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    if !Command::new("setcap").arg("cap_net_raw,cap_net_admin+ep").arg(&copy).status().unwrap().success() {
        eprintln!("skipped: this file system keeps no capabilities");
        return None;
    }
    let mut command = Command::new(copy);
    command.uid(65_534).gid(65_534).current_dir("/").env("TMPDIR", "/tmp").env_remove("SSLKEYLOGFILE");
    Some(command)
}

#[test]
fn socket_calls_are_told_without_root() {
    let folder = tempfile::tempdir().unwrap();
    let (true, Some(mut command)) = (has("python3"), without_root(folder.path())) else { return };
    let output =
        command.args(["run", "--calls", "-l", "4", "--", "python3", "-c", CHAPTER]).output().unwrap();
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    if error.starts_with("seqdump: cannot capture") || error.starts_with("seqdump: --calls") {
        eprintln!("skipped: {}", error.trim());
        return;
    }
    let mut rest = out.as_str();
    for row in ["bind(3, 127.0.0.1:0) = 0", "listen(3, backlog", "connect(", "SYN", " = 11", "close(3)"] {
        let at =
            rest.find(row).unwrap_or_else(|| panic!("{row} is missing, or out of order, in\n{out}\n{error}"));
        rest = &rest[at + row.len()..];
    }
    assert!(out.contains(" from 127.0.0.1:"), "{out}");
}

#[test]
fn rows_come_while_the_program_runs_and_its_output_goes_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, port) = (folder.path().join("said"), server());
    let script = format!("echo said; curl -s http://127.0.0.1:{port}/now; sleep 30");
    let words = ["-o", kept.to_str().unwrap(), "--", "sh", "-c", &script];
    let mut running = program(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let rows = std::io::BufReader::new(running.stdout.take().unwrap());
    let seen = std::io::BufRead::lines(rows).map_while(Result::ok).any(|line| line.contains("GET /now"));
    if seen {
        assert!(running.try_wait().unwrap().is_none(), "the program has ended");
        let pid = nix::unistd::Pid::from_raw(running.id() as i32);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        assert_eq!(running.wait().unwrap().code(), Some(128 + 15));
        assert_eq!(std::fs::read_to_string(kept).unwrap(), "said\nhello\n");
        return;
    }
    let error = text(&running.wait_with_output().unwrap().stderr);
    assert!(error.starts_with("seqdump: cannot capture"), "{error}");
    eprintln!("skipped: {}", error.trim());
}

#[test]
fn a_program_inherits_none_of_our_files() {
    let files = "for file in /proc/self/fd/*; do readlink $file; done; exit 0";
    let alone = Command::new("sh").args(["-c", files]).output().unwrap();
    let Some(output) = run(&["--", "sh", "-c", files]) else { return };
    let sockets = |bytes: &[u8]| text(bytes).lines().filter(|line| line.starts_with("socket:")).count();
    assert_eq!(sockets(&output.stderr), sockets(&alone.stdout), "{}", text(&output.stderr));
}
