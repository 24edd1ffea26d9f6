//! Every scenario is played, captured and read; where capturing is not allowed the recordings stand in, which is said.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

fn seqdump(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seqdump"))
        .args(words)
        .env_remove("SSLKEYLOGFILE")
        .env_remove("LC_ALL")
        .env("LANG", "C.UTF-8")
        .output()
        .expect("seqdump runs")
}

/// What a scenario prints; a line where it was the recording.
fn played(name: &str, more: &[&str]) -> String {
    let output = seqdump(&[&["demo", name, "--width", "120"], more].concat());
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{name}: {error}");
    if error.contains("the recording of this scenario") {
        eprintln!("{name} is not live: {}", error.lines().next().unwrap_or_default());
    }
    out
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether these texts stand in this order.
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at =
            rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing, or out of order, in\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn http_closes_or_stays() {
    let closed = played("http-close", &[]);
    let once = ["SYN", "SYN+ACK", "ACK", "GET /first HTTP/1.1", "200 OK", "◄", "FIN", "FIN"];
    in_order(&closed, &[&once[..], &["SYN", "GET /second HTTP/1.1", "200 OK", "FIN"]].concat());
    assert_eq!(closed.matches("├── SYN ─").count(), 2);
    in_order(&closed, &["Client", "Server"]);
    let kept = played("http-keepalive", &[]);
    in_order(&kept, &["SYN", "GET /first", "200 OK", "GET /second", "200 OK", "Still open"]);
    assert_eq!(kept.matches("├── SYN ─").count(), 1);
    assert!(!kept.contains("── FIN ─"));
}

#[test]
fn a_socket_is_pushed_to_and_datagrams_go_unanswered() {
    let socket = played("socket", &[]);
    in_order(
        &socket,
        &["hello", "heard: hello", "score 1:0", "move 3 4", "score 1:1", "score 2:1", "Still open"],
    );
    let udp = played("udp", &[]);
    in_order(&udp, &["one", "got one", "two", "got two", "three", "got three", "silence"]);
    assert!(!udp.contains("got silence") && !udp.contains("SYN"));
}

#[test]
fn websocket_is_upgraded_on_the_same_connection() {
    let begun = Instant::now();
    let rows = [
        "SYN",
        "SYN+ACK",
        "ACK",
        "GET /chat HTTP/1.1",
        "101 Switching Protocols",
        "안녕하세요",
        "you said: 안녕하세요",
        "서버가 먼저 보냅니다",
        "Ping",
        "Pong",
        "Close 1000",
        "Close 1000",
        "FIN",
        "closed cleanly",
    ];
    in_order(&played("websocket", &[]), &rows);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let wss = played("wss", &[]);
    in_order(
        &wss,
        &[
            "SYN",
            "ClientHello",
            "ServerHello",
            "GET /chat HTTP/1.1",
            "101",
            "hello inside TLS",
            "암호화된 인사",
        ],
    );
    in_order(&wss, &["Close 1000", "closed cleanly", "TLS 1.3"]);
}

#[test]
fn chat_has_four_parties_and_proxy_three() {
    let chat = played("chat", &[]);
    in_order(&chat, &["ann", "bo", "chris", "Server", "SYN", "GET /room", "came", "hello, who is here?"]);
    assert_eq!(chat.matches("├── SYN ─").count(), 3);
    let proxy = played("proxy", &[]);
    in_order(
        &proxy,
        &["Client", "Proxy", "Server", "GET /echo", "SYN", "GET /echo", "101", "101", "\"one\"", "\"one\""],
    );
    in_order(&proxy, &["echo: 둘", "echo: 둘", "Close 1000"]);
}

#[test]
fn a_port_that_is_taken_is_told() {
    // Where this fails, somebody else has it.
    let _held = std::net::TcpListener::bind("127.0.0.1:8443");
    let output = seqdump(&["demo", "wss", "--width", "120"]);
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && out.contains("Text \"welcome inside TLS\""), "{out}\n{error}");
    if error.contains("the recording of this scenario") {
        eprintln!("skipped: {}", error.lines().next().unwrap_or_default());
        return;
    }
    assert!(error.contains("a port of this scenario is taken") && error.lines().count() == 1, "{error}");
    assert!(!out.contains("127.0.0.1:8443"), "{out}");
}

#[test]
fn trouble_is_told() {
    in_order(&played("refused", &[]), &["SYN", "RST", "Refused: RST answered the SYN"]);
    in_order(&played("reset", &[]), &["GET /file", "RST", "Reset by the server"]);
    in_order(
        &played("half-close", &[]),
        &["one␊two␊three", "TCP close · by the client", "ONE", "TWO", "THREE", "TCP close · by the server"],
    );
    in_order(&played("slow", &[]), &["tcp.zero-window", "window update", "Closed by both sides"]);
    let broken = played("violations", &[]);
    let ids = [
        "ws.server-masked",
        "Close 1002",
        "ws.rsv",
        "Close 1002",
        "ws.reserved-opcode",
        "Close 1002",
        "ws.bad-continuation",
        "Close 1002",
        "ws.control-too-long",
        "Close 1002",
        "Close 1007",
    ];
    in_order(&broken, &ids);
}

#[test]
fn ten_messages_cost_what_they_cost() {
    let table = played("compare", &[]);
    in_order(&table, &["polling", "keep-alive", "WebSocket", "raw socket"]);
    let cells = |name: &str| -> Vec<String> {
        let line =
            table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in\n{table}"));
        line[name.len()..].split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(cells("connections"), ["10", "1", "1", "1"]);
    assert_eq!(cells("said by the server"), ["10", "10", "10", "10"]);
    assert_eq!(cells("useful bytes"), ["180", "B"].repeat(4));
}

#[test]
fn all_are_listed_in_both_languages() {
    let (english, korean) =
        (text(&seqdump(&["demo"]).stdout), text(&seqdump(&["demo", "--lang", "ko"]).stdout));
    for name in ["http-close", "wss", "chat", "proxy", "violations", "compare"] {
        assert!(english.contains(name) && korean.contains(name));
    }
    assert!(
        english.contains("a new TCP connection for each request") && korean.contains("요청마다 새 TCP 연결")
    );
    let unknown = seqdump(&["demo", "nothing"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert_eq!(text(&unknown.stderr).lines().count(), 1);
}

#[test]
fn what_is_recorded_opens_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let output = seqdump(&["demo", "wss", "--record", path]);
    if text(&output.stderr).contains("cannot capture") {
        eprintln!("skipped: {}", text(&output.stderr).trim());
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        return;
    }
    let file = folder.path().join("wss.pcapng");
    let printed = seqdump(&["print", file.to_str().unwrap()]);
    in_order(&text(&printed.stdout), &["GET /chat HTTP/1.1", "hello inside TLS"]);
}

#[test]
fn costs_of_files_and_of_connections_stand_side_by_side() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let path = |name: &str| captures.join(name).to_str().unwrap().to_owned();
    let files =
        seqdump(&["compare", &path("http-close.pcapng"), &path("http-keepalive.pcapng"), "--lang", "ko"]);
    let table = text(&files.stdout);
    in_order(&table, &["http-close", "http-keepalive", "연결 수"]);
    let widths: Vec<usize> = table.lines().map(unicode_width::UnicodeWidthStr::width).collect();
    assert!(widths.windows(2).all(|two| two[0] == two[1]), "{table}");
    let chosen = seqdump(&["compare", &path("compare.pcapng"), "--conn", "10,11"]);
    in_order(&text(&chosen.stdout), &["#10 HTTP/1.1", "#11 WebSocket"]);
    for wrong in [&["--conn", "99"][..], &[]] {
        let output = seqdump(&[&["compare", &path("compare.pcapng")], wrong].concat());
        assert_eq!((output.status.code(), text(&output.stderr).lines().count()), (Some(2), 1));
    }
}
