//! Every capture of the shared corpus that has TLS over TCP: hellos, fingerprints and decrypted requests must be
//! those that the reference dissector tells. Passes with a line where the corpus is not there.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::capture::{Capture, Reading};
use seqdump::event::{Event, Field, Side, Value};
use seqdump::keyring::Keyring;
use seqdump::layer::protocol::Protocol;
use seqdump::layer::tls;
use seqdump::limits::Limits;

/// Captures where TLS stands inside another protocol (CONNECT, SOCKS, STARTTLS and its kin, the PROXY protocol, a
/// GTP tunnel), which only the whole program unwraps.
const CARRIED: &[&str] = &[
    "PcapPlusPlus__pcapng-example.pcapng",
    "arkime__ldap-ssl.pcap",
    "ja4__https-connect.pcap",
    "nDPI__haproxy.pcap",
    "nDPI__pgsql2.pcapng",
    "nDPI__tls_invalid_reads.pcapng",
    "pyws-suite_asyncio_client.pcap",
    "pyws-suite_trio_client.pcap",
    "suricata-verify__bug-2430-backwards.pcap",
    "suricata-verify__bug-2769-issue_no_icmp.pcap",
    "suricata-verify__smtp-startssl.pcap",
    "zeek__http-connect-with-header.pcap",
    "zeek__mysql-tls-12-amazon-rds.pcap",
    "zeek__socks-with-ssl.pcap",
    "zeek__tls-pop3-starttls.pcap",
];

/// Other differences, each with its cause.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "mercury__afl_data-server_hello_tlsv1.pcap",
        "one packet: who the server is, the hello tells, not the order",
    ),
    ("nDPI__KakaoTalk_chat.pcap", "the reference lost its place in stream 2"),
    ("nDPI__google_ssl.pcap", "the reference does not list hellos of SSL 2.0"),
    ("nDPI__tls_invalid_reads.pcapng", "JA3 of a malformed hello"),
    ("nDPI__tls_multiple_synack_different_seq.pcapng", "needs the choice between two SYN/ACKs, made below"),
    ("pyws-suite_asyncio_client.pcap", "TLS in a SOCKS tunnel that the reference does not follow"),
    ("pyws-suite_trio_client.pcap", "the reference took stream 49 for another protocol, by its port"),
    ("suricata-verify__tcp-fastopen-10-syn-data-ignore.pcap", "data on SYN, read in order here"),
    (
        "suricata-verify__tls-tls13-draft14-tls13_draft14.pcap",
        "an early draft: its ServerHello has no session id",
    ),
];

pub static ONLY_TLS: &[&Protocol] = &[&tls::PROTOCOL];

fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["../shared/corpus", "../../shared/corpus"].iter().map(|at| root.join(at)).find(|at| at.is_dir())
}

pub fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a Value> {
    fields.iter().find(|field| field.name == name).map(|field| &field.value)
}

pub fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Text(text) => Some(text.clone()),
        Value::List(list) => {
            Some(list.iter().filter_map(|one| text(Some(one))).collect::<Vec<_>>().join(","))
        }
        Value::Table(fields) => text(field(fields, "id")),
        _ => None,
    }
}

fn version(json: Option<&Json>) -> Option<String> {
    let name = match json?.as_str()? {
        "0x0300" => "SSL 3.0",
        "0x0301" => "TLS 1.0",
        "0x0302" => "TLS 1.1",
        "0x0303" => "TLS 1.2",
        "0x0304" => "TLS 1.3",
        other => other,
    };
    Some(name.to_owned())
}

fn of(side: Side) -> &'static str {
    if side == Side::Client { "ab" } else { "ba" }
}

/// What is compared of an event: one line.
fn ours(stream: usize, event: &Event) -> Option<String> {
    let fields = event.facts.fields();
    let get = |name| text(field(&fields, name)).unwrap_or_default();
    let dir = of(event.side);
    Some(match event.facts.kind() {
        "tls.client_hello" => {
            let version = get("legacy_version");
            format!("{stream} {dir} client {version} {} {} {}", get("sni"), get("alpn"), get("ja3"))
        }
        "tls.server_hello" => format!("{stream} {dir} server {} {}", get("version"), get("cipher_suite")),
        "tls.hello_retry_request" => format!("{stream} {dir} retry"),
        _ => return None,
    })
}

fn theirs(oracle: &Json, numbers: &[u64]) -> Vec<String> {
    let rows = |key: &str| oracle.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let stream = |row: &Json| {
        let number = row.get("stream")?.as_u64()?;
        numbers.iter().position(|known| *known == number)
    };
    let get = |row: &Json, key: &str| match row.get(key) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(","),
        _ => String::new(),
    };
    let mut lines = Vec::new();
    for row in rows("tls_client_hellos") {
        let (Some(stream), dir) = (stream(&row), get(&row, "dir")) else { continue };
        let version = version(row.get("legacy_version")).unwrap_or_default();
        let ja3 = get(&row, "ja3");
        lines.push(format!(
            "{stream} {dir} client {version} {} {} {ja3}",
            get(&row, "sni"),
            get(&row, "alpn")
        ));
    }
    for row in rows("tls_server_hellos") {
        let (Some(stream), dir) = (stream(&row), get(&row, "dir")) else { continue };
        lines.push(match row.get("hrr").and_then(Json::as_bool) {
            Some(true) => format!("{stream} {dir} retry"),
            _ => {
                let version = version(row.get("selected_version")).unwrap_or_default();
                format!("{stream} {dir} server {version} {}", get(&row, "cipher"))
            }
        });
    }
    lines
}

/// The number of each TCP stream of the oracle, in order: a few numbers are not given to streams.
fn numbers(oracle: &Json) -> Vec<u64> {
    let rows = oracle.get("tcp_streams").and_then(Json::as_array).cloned().unwrap_or_default();
    rows.iter().filter_map(|row| row.get("stream")?.as_u64()).collect()
}

pub fn keys(path: &Path, capture: &Capture) -> Keyring {
    let mut ring = Keyring::default();
    let log = std::fs::read(path.with_extension("keys")).unwrap_or_default();
    for line in log.split(|byte| *byte == b'\n').chain(capture.secrets.split(|byte| *byte == b'\n')) {
        ring.learn(line, &Limits::default());
    }
    ring
}

#[test]
fn hellos_are_those_of_the_reference() {
    let Some(corpus) = corpus() else { return println!("skipped: the shared corpus is not here") };
    let limits = Limits::default();
    let mut different = Vec::new();
    let (mut files, mut same) = (0, 0);
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for oracle_path in entries.iter().filter(|path| path.to_string_lossy().ends_with(".oracle.json")) {
        let oracle: Json = serde_json::from_slice(&std::fs::read(oracle_path).unwrap()).unwrap();
        let numbers = numbers(&oracle);
        let mut theirs = theirs(&oracle, &numbers);
        if theirs.is_empty() {
            continue;
        }
        files += 1;
        let path = PathBuf::from(oracle_path.to_string_lossy().trim_end_matches(".oracle.json"));
        let capture = Capture::open(&path);
        let keys = keys(&path, &capture);
        let mut ours_all = Vec::new();
        for (number, stream) in capture.streams.iter().enumerate() {
            let mut reading = Reading::new(stream.midstream(), stream.port(), &keys, &limits, ONLY_TLS);
            stream.feed(&mut reading);
            ours_all.extend(reading.heard.events.iter().filter_map(|event| ours(number, event)));
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let explained = EXPLAINED.iter().any(|(known, _)| *known == name);
        for line in ours_all {
            match theirs.iter().position(|their| *their == line) {
                Some(at) => {
                    theirs.remove(at);
                    same += 1;
                }
                None if explained => println!("{name}: only here: {line}"),
                None => different.push(format!("{name}: only here: {line}")),
            }
        }
        if !explained && !CARRIED.contains(&name.as_str()) {
            different.extend(theirs.iter().map(|line| format!("{name}: only there: {line}")));
        }
    }
    println!("{files} files, {same} hellos agree");
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// What came out of each side's records, as it stood.
pub fn plaintext(events: &[Event], side: Side) -> Vec<u8> {
    let decrypted = events.iter().filter(|event| event.side == side && event.decrypted);
    decrypted
        .filter(|event| event.facts.kind() == "tls.data")
        .flat_map(|event| event.facts.wire().to_vec())
        .collect()
}

#[test]
fn what_the_reference_decrypts_is_decrypted() {
    let Some(corpus) = corpus() else { return println!("skipped: the shared corpus is not here") };
    let limits = Limits::default();
    let (mut found, mut bad) = (0, Vec::new());
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for oracle_path in entries.iter().filter(|path| path.to_string_lossy().ends_with(".oracle.json")) {
        let oracle: Json = serde_json::from_slice(&std::fs::read(oracle_path).unwrap()).unwrap();
        let numbers = numbers(&oracle);
        let path = PathBuf::from(oracle_path.to_string_lossy().trim_end_matches(".oracle.json"));
        let name = path.file_name().unwrap().display().to_string();
        let capture = Capture::open(&path);
        let keys = keys(&path, &capture);
        if keys.is_empty() {
            continue;
        }
        let carried = CARRIED.contains(&name.as_str());
        let rows = |key: &str| oracle.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
        for (index, stream) in capture.streams.iter().enumerate() {
            let mut reading = Reading::new(stream.midstream(), stream.port(), &keys, &limits, ONLY_TLS);
            stream.feed(&mut reading);
            if carried && reading.stack.verdicts().is_empty() {
                continue;
            }
            let is_here = |row: &&Json| row["stream"].as_u64() == numbers.get(index).copied();
            for row in rows("http").iter().filter(is_here).filter(|row| row["in_tls"] == true) {
                let side = if row["dir"] == "ab" { Side::Client } else { Side::Server };
                let line = match row["kind"].as_str() {
                    Some("request") => format!(
                        "{} {} {}",
                        text_of(row, "method"),
                        text_of(row, "uri"),
                        text_of(row, "version")
                    ),
                    _ => format!("{} {}", text_of(row, "version"), row["status"]),
                };
                let plain = plaintext(&reading.heard.events, side);
                match plain.windows(line.len()).any(|window| window == line.as_bytes()) {
                    true => found += 1,
                    false => bad.push(format!("{name} {index}: no {line}")),
                }
            }
            for row in rows("tls_streams").iter().filter(is_here) {
                let verdict: Vec<_> = reading.stack.verdicts();
                let id = verdict.first().map_or("none", |verdict| verdict.outcome.id);
                if row["decrypted"] == true && id != "tls.read" {
                    let say = verdict.first().map(|verdict| verdict.say(seqdump::locale::Lang::En));
                    bad.push(format!("{name} {index}: {id} {}", say.unwrap_or_default()));
                }
            }
        }
    }
    println!("{found} HTTP lines agree");
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

fn text_of(row: &Json, key: &str) -> String {
    row[key].as_str().unwrap_or_default().to_owned()
}
