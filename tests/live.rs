//! A real capture on loopback: our own client and server talk, and what the program shows must be what was said.
//! Skips, saying so, where capture is not permitted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Starts a capture on a port of loopback and waits until it listens; `None`, said, where it may not.
fn capture(port: u16, arguments: &[&str]) -> Option<Child> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_seqdump"))
        .args(["live", "--print", "-i", "lo"])
        .args(arguments)
        .args(["port", &port.to_string()])
        .env_remove("SSLKEYLOGFILE")
        .env("LC_ALL", "C.UTF-8")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("seqdump runs");
    std::thread::sleep(Duration::from_millis(700));
    if let Some(status) = child.try_wait().expect("it can be asked") {
        let mut why = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut why).expect("text");
        eprintln!("skipped: no live capture here ({status}): {}", why.trim());
        return None;
    }
    Some(child)
}

/// Ends a capture as Ctrl-C does, and gives what it printed.
fn finish(mut child: Child) -> String {
    std::thread::sleep(Duration::from_millis(400));
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).expect("it is there");
    let until = Instant::now() + Duration::from_secs(10);
    while child.try_wait().expect("it can be asked").is_none() {
        if Instant::now() > until {
            child.kill().expect("it is there");
            panic!("it did not end on SIGINT");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().expect("it ended");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A request and its answer over `listener`, then the server closes.
fn talk(listener: &TcpListener) {
    let address = listener.local_addr().expect("an address");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
            let mut line = String::new();
            while reader.read_line(&mut line).expect("a head") > 2 {
                line.clear();
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
                .expect("sent");
        });
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
        write!(stream, "GET /live HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        assert!(answer.ends_with(b"hello"));
    });
}

fn both_ends_are_on_their_own_side(listener: &TcpListener) {
    let port = listener.local_addr().expect("an address").port();
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept.pcapng");
    let Some(child) = capture(port, &["-w", &kept.to_string_lossy()]) else { return };
    talk(listener);
    let shown = finish(child);
    let server = format!(":{port}");
    let find = |part: &str| {
        shown.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {shown}"))
    };
    assert!(find("GET /live").contains('▶') && find("GET /live").trim_end().ends_with(&server), "{shown}");
    assert!(find("200 OK").contains('◀') && find("200 OK").trim_end().ends_with(&server), "{shown}");
    assert!(find("■").contains("Connection: close"), "{shown}");

    // What was kept shows the same conversation.
    let listed =
        Command::new(env!("CARGO_BIN_EXE_seqdump")).arg("list").arg(&kept).output().expect("seqdump runs");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("HTTP/1.1") && listed.contains("Connection: close"), "{listed}");
}

#[test]
fn a_conversation_over_ipv4_is_shown_as_it_was() {
    both_ends_are_on_their_own_side(&TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port"));
}

#[test]
fn a_conversation_over_ipv6_is_shown_as_it_was() {
    match TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        Ok(listener) => both_ends_are_on_their_own_side(&listener),
        Err(why) => eprintln!("skipped: no IPv6 loopback here: {why}"),
    }
}

#[test]
fn a_closed_port_is_told_as_refused() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let Some(child) = capture(address.port(), &[]) else { return };
    assert!(TcpStream::connect(address).is_err());
    let shown = finish(child);
    assert!(shown.contains("RST") && shown.to_lowercase().contains("refused"), "{shown}");
}

#[test]
fn rows_are_printed_while_packets_keep_coming() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let Some(mut child) = capture(address.port(), &["--level", "3"]) else { return };
    let mut client = TcpStream::connect(address).expect("the server listens");
    let (_server, _) = listener.accept().expect("a client");
    let out = child.stdout.take().expect("a pipe");
    let told = std::thread::spawn(move || BufReader::new(out).lines().next());
    let mut sent = 0;
    while !told.is_finished() && sent < 1000 {
        client.write_all(b"tick").expect("sent");
        sent += 1;
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(client);
    child.kill().expect("it is there");
    child.wait().expect("it ended");
    assert!(sent < 1000, "nothing was printed while {sent} packets came");
}

#[test]
#[cfg(target_os = "linux")]
fn who_has_the_sockets_is_shown_and_kept() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept.pcapng");
    let Some(child) = capture(address.port(), &["-w", &kept.to_string_lossy()]) else { return };
    let mut client = TcpStream::connect(address).expect("the server listens");
    let (mut server, _) = listener.accept().expect("a client");
    client.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
    for _ in 0..5 {
        client.write_all(b"GET /named HTTP/1.1\r\nHost: here\r\n\r\n").expect("sent");
        server.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("sent");
        client.read_exact(&mut [0; 38]).expect("an answer");
        std::thread::sleep(Duration::from_millis(100));
    }
    let shown = finish(child);
    let own = std::process::id();
    let last = shown.lines().rfind(|line| line.contains("GET /named")).unwrap_or_else(|| panic!("{shown}"));
    assert_eq!(last.matches(&format!(" ({own}):")).count(), 2, "{shown}");

    let told = Command::new(env!("CARGO_BIN_EXE_seqdump"))
        .args(["export", "--filter", &format!("pid == {own}")])
        .arg(&kept)
        .output()
        .expect("seqdump runs");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.matches(&format!(r#""pid":{own}"#)).count(), 2, "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
}
