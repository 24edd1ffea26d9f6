//! The command line as a person meets it: help, errors of one line, exit statuses, pipes; and its page in `docs/`.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

fn seqdump() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("SSLKEYLOGFILE").env("LC_ALL", "C.UTF-8");
    command
}

fn run(arguments: &[&str]) -> Output {
    seqdump().args(arguments).output().expect("seqdump runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exits with 2 and says why in one line.
fn fails(arguments: &[&str], part: &str) {
    let output = run(arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.starts_with("seqdump: ") && error.contains(part), "{error}");
}

#[test]
fn what_cannot_be_done_is_said_in_one_line() {
    fails(&["list", "no/such/file.pcap"], "no/such/file.pcap");
    fails(&["list", "Cargo.toml"], "no capture file");
    fails(&["list"], "--help");
    fails(&["list", "--no-such-option", "x"], "--help");
    fails(&["list", "-f", "colour == 1", "captures/udp.pcapng"], "column 1");
    fails(&["print", "--level", "9", "captures/udp.pcapng"], "4 (packets)");
    fails(&["live", "-i", "no-such-interface", "--print"], "no-such-interface");
    let empty = tempfile::NamedTempFile::new().expect("a file");
    fails(&["list", &empty.path().to_string_lossy()], "empty");
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let mut child = seqdump()
        .args(["export", "captures/many-connections.pcap"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("seqdump runs");
    let mut first = [0; 10];
    child.stdout.take().expect("a pipe").read_exact(&mut first).expect("some bytes");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn a_full_disk_is_said() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        eprintln!("skipped: there is no /dev/full here");
        return;
    };
    let output =
        seqdump().args(["export", "captures/websocket.pcapng"]).stdout(full).stderr(Stdio::piped()).output();
    let output = output.expect("seqdump runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr).lines().count(), 1);
}

#[test]
fn standard_input_shows_the_same_as_a_file() {
    for command in ["list", "print", "export"] {
        let file = run(&[command, "captures/websocket.pcapng"]);
        let mut child = seqdump()
            .args([command, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("runs");
        let bytes =
            fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/captures/websocket.pcapng")).expect("the capture");
        child.stdin.take().expect("a pipe").write_all(&bytes).expect("it reads");
        let piped = child.wait_with_output().expect("it ends");
        let same = text(&piped.stdout).replace("[\"-\"]", "[\"captures/websocket.pcapng\"]");
        assert_eq!(same, text(&file.stdout), "{command}");
    }
}

#[test]
fn expectations_decide_the_exit_status() {
    let check = |arguments: &[&str]| {
        let output = run(&[&["check", "captures/websocket.pcapng"], arguments].concat());
        (output.status.code(), text(&output.stdout))
    };
    assert_eq!(check(&["--expect", "ws.close_code == 1000", "--violations"]).0, Some(0));
    let (status, said) = check(&["--expect", "http.status == 404"]);
    assert_eq!(status, Some(1));
    assert!(said.contains("http.status == 404") && said.contains("packet"), "{said}");
    assert_eq!(check(&["--forbid", "ws.opcode == ping"]).0, Some(1));
    assert_eq!(run(&["check", "captures/unmasked-client.pcap"]).status.code(), Some(1));
}

#[test]
fn a_filter_leaves_only_what_fits() {
    let output = run(&["export", "-f", "ws.opcode == text", "captures/websocket.pcapng"]);
    let events: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &serde_json::Value| line["type"] == "event")
        .collect();
    assert!(!events.is_empty() && events.iter().all(|event| event["opcode"] == "text"), "{events:?}");
    let printed = text(&run(&["print", "-f", "payload ~ \"bye\"", "captures/websocket.pcapng"]).stdout);
    assert!(printed.contains("bye soon") && !printed.contains("GET /chat"), "{printed}");
}

#[test]
fn an_overview_tells_each_connection_or_counts_it() {
    for (capture, connections) in [("many-connections.pcap", 60), ("chat.pcapng", 3), ("compare.pcapng", 13)]
    {
        let output = run(&["print", "--level", "1", &format!("captures/{capture}")]);
        let printed = text(&output.stdout);
        let told = printed.matches("▸ #").count();
        let counted = printed.lines().filter_map(|line| {
            let (_, count) = line.split_once("│ + ")?;
            count.split_once(" more went the same way")?.0.parse::<usize>().ok()
        });
        assert_eq!(told + counted.sum::<usize>(), connections, "{capture}: {printed}");
        assert!(told < connections, "{capture}");
    }
    let apart = text(&run(&["print", "--level", "1", "--together", "captures/chat.pcapng"]).stdout);
    assert_eq!(apart.matches("▸ #").count(), 3, "{apart}");
}

#[test]
fn korean_is_spoken_on_request() {
    let printed = text(&run(&["print", "--lang", "ko", "captures/websocket.pcapng"]).stdout);
    assert!(printed.contains("클라이언트") && printed.contains("텍스트"), "{printed}");
    let listed =
        seqdump().args(["list", "captures/udp.pcapng"]).env("LC_ALL", "ko_KR.UTF-8").output().expect("runs");
    assert!(text(&listed.stdout).contains("판정"));
}

/// `UPDATE_GOLDEN=1 cargo test --test cli` writes the page anew.
#[test]
fn the_page_on_the_command_line_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md");
    let manual = seqdump::cli::manual();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, &manual).expect("docs is writable");
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), manual, "docs/cli.md is not what --help says");
}
