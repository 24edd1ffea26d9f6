//! What is to be hidden is in nothing that is shown, printed, drawn or exported: secrets are planted and searched for.

use std::path::Path;
use std::process::{Command, Output};

use seqdump::capture::{self, Next};
use seqdump::keyring::Keyring;
use seqdump::limits::Limits;

/// Secrets by where they are planted.
const SECRETS: [&str; 9] = [
    "QuerySecret",
    "BearerSecret",
    "CookieSecret",
    "SetSecret",
    "FormSecret",
    "JsonSecret",
    "KeySecret",
    "MaskedSecret",
    "EchoedSecret",
];
/// What is no secret but is hidden by choice.
const PRIVATE: [&str; 4] = ["plain words", "10.20.30.40", "198.51.100.7", "203.0.113.99"];
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A capture of connections to 198.51.100.7:80 on which these pieces are sent, by the client where `true`.
fn capture(connections: &[Vec<(bool, Vec<u8>)>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    let mut number = 0_u32;
    for (port, pieces) in (40_000_u16..).zip(connections) {
        let (client, server) = (([10, 20, 30, 40], port), ([198, 51, 100, 7], 80_u16));
        let mut next = [1000_u32, 5000];
        let handshake = [(true, 0x02, &[][..]), (false, 0x12, &[]), (true, 0x10, &[])];
        let data = pieces.iter().map(|(by_client, bytes)| (*by_client, 0x18, bytes.as_slice()));
        for (by_client, flags, bytes) in handshake.into_iter().chain(data) {
            let (from, to) = if by_client { (client, server) } else { (server, client) };
            let (own, other) = (usize::from(!by_client), usize::from(by_client));
            let mut packet = vec![0x45, 0];
            packet.extend_from_slice(&(40 + bytes.len() as u16).to_be_bytes());
            packet.extend_from_slice(&[0, 0, 0x40, 0, 64, 6, 0, 0]);
            packet.extend(from.0.into_iter().chain(to.0));
            packet.extend(from.1.to_be_bytes().into_iter().chain(to.1.to_be_bytes()));
            packet.extend(next[own].to_be_bytes().into_iter().chain(next[other].to_be_bytes()));
            packet.extend_from_slice(&[0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
            packet.extend_from_slice(bytes);
            next[own] += bytes.len() as u32 + u32::from(flags & 0x02 != 0);
            for word in [1_700_000_000, number * 1000, packet.len() as u32, packet.len() as u32] {
                file.extend_from_slice(&word.to_le_bytes());
            }
            file.extend_from_slice(&packet);
            number += 1;
        }
    }
    file
}

fn planted() -> Vec<u8> {
    let form = "user=me&password=FormSecret&x=CookieSecret&seen=EchoedSecret&from=203.0.113.99";
    let request = format!(
        "POST /in?access_token=QuerySecret&x=1 HTTP/1.1\r\nHost: 198.51.100.7\r\nAuthorization: Bearer BearerSecret\r\n\
         Cookie: sid=CookieSecret; b=2\r\nX-Api-Key: KeySecret\r\nX-Forwarded-For: 203.0.113.99\r\n\
         Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let body = "{\"token\": \"JsonSecret\", \"said\": \"plain words\"}";
    let response = format!(
        "HTTP/1.1 200 OK\r\nSet-Cookie: sid=SetSecret; Domain=server.example; HttpOnly\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // What the first connection says in passing is recognised as a secret only on the second one.
    let upgrade = "GET /chat HTTP/1.1\r\nHost: server.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
                   Cookie: echo=EchoedSecret\r\n\r\n";
    let accepted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let said = b"password=MaskedSecret plain words";
    let mut frame = vec![0x81, 0x80 | said.len() as u8];
    frame.extend(MASK);
    frame.extend(masked(said, 0));
    let both =
        |asked: &str, answered: &str| vec![(true, asked.as_bytes().to_vec()), (false, answered.into())];
    let mut talk = both(upgrade, accepted);
    talk.push((true, frame));
    capture(&[both(&request, &response), talk])
}

fn masked(bytes: &[u8], from: usize) -> Vec<u8> {
    bytes.iter().enumerate().map(|(at, byte)| byte ^ MASK[(from + at) % 4]).collect()
}

fn seqdump(file: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.args(arguments).arg(file).env("LC_ALL", "C.UTF-8").output().expect("it runs")
}

/// What a way of showing the planted capture writes.
fn shown(file: &Path, way: &[&str], more: &[&str]) -> String {
    let output = seqdump(file, &[way, more].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() != Some(2), "{way:?} {more:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned() + &said
}

fn ways() -> Vec<Vec<&'static str>> {
    let mut ways = vec![
        vec!["--print"],
        vec!["list"],
        vec!["export", "--full"],
        vec!["export", "--format", "har"],
        vec!["print", "--level", "4"],
        vec!["print", "--style", "document"],
        vec!["compare"],
        vec![
            "check",
            "--forbid",
            "kind == http.request",
            "--forbid",
            "kind == ws.message",
            "--expect",
            "tls.sni",
        ],
    ];
    for format in ["svg", "html", "txt", "mmd", "puml", "cast"] {
        ways.push(vec!["draw", "-o", "-", "--format", format]);
        ways.push(vec!["draw", "-o", "-", "--format", format, "--level", "4"]);
    }
    for keys in
        ["", "<enter>", "<enter>jjjjl4", "<enter>jjjjj<tab><tab>", "<down><enter>c", "v", "<enter>jjjjdd"]
    {
        ways.push(vec!["draw", "-o", "-", "--format", "txt", "--screen", "160x90", "--keys", keys]);
    }
    ways
}

#[test]
fn what_is_to_be_hidden_is_in_no_output() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets.pcap");
    std::fs::write(&file, planted()).expect("it is written");
    for way in ways() {
        let hidden = shown(&file, &way, &["--redact"]);
        for secret in SECRETS {
            assert!(!hidden.contains(secret), "{way:?}: {secret}");
            let from = b"password=".len();
            for bytes in [secret.as_bytes().to_vec(), masked(secret.as_bytes(), from)] {
                let hex: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                assert!(
                    !hidden.contains(&hex.join(" ")) && !hidden.contains(&hex.concat()),
                    "{way:?}: {secret}"
                );
            }
        }
        let all = shown(&file, &way, &["--redact=payloads,addresses"]);
        for told in PRIVATE {
            assert!(!all.contains(told), "{way:?}: {told} in {all}");
        }
        assert!(!way.contains(&"export") || all.contains("192.0.2."), "{way:?}");
    }
}

#[test]
fn what_is_no_secret_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets.pcap");
    std::fs::write(&file, planted()).expect("it is written");
    for way in
        [&["export", "--full"][..], &["export", "--format", "har"], &["draw", "-o", "-", "--format", "html"]]
    {
        let (bare, hidden) = (shown(&file, way, &[]), shown(&file, way, &["--redact"]));
        for secret in SECRETS {
            assert!(bare.contains(secret), "{way:?}: {secret}");
        }
        for kept in ["plain words", "198.51.100.7", "server.example", "user=me", "[redacted]"] {
            assert!(hidden.contains(kept), "{way:?}: {kept}");
        }
    }
}

#[test]
fn filters_and_names_know_what_is_hidden() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets.pcap");
    std::fs::write(&file, planted()).expect("it is written");
    let more = ["--redact=addresses", "-f", "client.ip == 10.20.30.40 && payload ~ \"MaskedSecret\""];
    for way in [&["print"][..], &["draw", "-o", "-", "--format", "txt"], &["export"]] {
        let told = shown(&file, way, &more);
        assert!(told.contains("plain words") && !told.contains("POST"), "{way:?}: {told}");
    }
    let named = shown(&file, &["print"], &["--redact=addresses", "--lane", "shop=198.51.100.7:80"]);
    assert!(named.contains("shop") && !named.contains("198.51.100.7"), "{named}");
}

#[test]
fn packets_are_not_written_where_something_is_to_be_hidden() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets.pcap");
    std::fs::write(&file, planted()).expect("it is written");
    let to = folder.path().join("out.pcapng").to_string_lossy().into_owned();
    for arguments in [
        &["export", "--format", "pcapng", "--redact", "-o", &to][..],
        &["live", "--redact", "-w", &to],
        &["run", "--redact", "-w", &to, "--"],
        &["demo", "--redact", "--record", "."],
    ] {
        let output = seqdump(&file, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("leave --redact out") && said.lines().count() == 1, "{arguments:?}: {said}");
        assert!(!Path::new(&to).exists());
    }
}

#[cfg(feature = "parquet")]
#[test]
fn tables_hide_it_too() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets.pcap");
    std::fs::write(&file, planted()).expect("it is written");
    let to = folder.path().join("tables").to_string_lossy().into_owned();
    let rows = |more: &str| {
        shown(&file, &["export", "--format", "parquet", "-o", &to, more], &[]);
        let mut rows = String::new();
        for name in ["events", "connections"] {
            let file = std::fs::File::open(format!("{to}/{name}.parquet")).expect("a file");
            let table = SerializedFileReader::new(file).expect("Parquet");
            for row in table.get_row_iter(None).expect("rows") {
                rows.push_str(&row.expect("a row").to_string());
            }
        }
        rows
    };
    let (hidden, all) = (rows("--redact"), rows("--redact=payloads,addresses"));
    assert!(SECRETS.iter().all(|secret| !hidden.contains(secret)) && hidden.contains("plain words"));
    assert!(PRIVATE.iter().all(|told| !all.contains(told)) && all.contains("192.0.2.1"));
}

#[test]
fn the_secrets_of_tls_are_in_no_output() {
    for name in
        ["wss-tls13.pcapng", "tls12-suites.pcapng", "tls-tag-mismatch.pcapng", "tls-bad-key-log.pcapng"]
    {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name);
        let mut source =
            capture::open(std::slice::from_ref(&file), &Default::default()).expect("it is there").source;
        let (mut secrets, mut keys) = (Vec::new(), Keyring::default());
        loop {
            match source.next().expect("it is read") {
                Next::Secrets(lines) => {
                    let lines = String::from_utf8_lossy(lines).into_owned();
                    let words = lines.lines().filter_map(|line| line.split(' ').nth(2));
                    secrets
                        .extend(words.filter(|word| word.len() >= 32).map(|word| word[..32].to_lowercase()));
                    for line in lines.lines() {
                        keys.learn(line.as_bytes(), &Limits::default());
                    }
                }
                Next::End { .. } => break,
                _ => {}
            }
        }
        assert!(!secrets.is_empty(), "{name}");
        let mut all = ways();
        all.push(vec!["export", "--format", "pcapng"]);
        let mut shown: Vec<String> = all.iter().map(|way| shown(&file, way, &[])).collect();
        shown.push(format!("{keys:?}"));
        for text in shown {
            let text = text.to_lowercase();
            assert!(secrets.iter().all(|secret| !text.contains(secret)), "{name}: {}", &text[..200]);
        }
        let embedded = seqdump(&file, &["export", "--format", "pcapng", "--embed-keys"]);
        let embedded = String::from_utf8_lossy(&embedded.stdout).to_lowercase();
        assert!(secrets.iter().any(|secret| embedded.contains(secret)), "{name}");
    }
}
