//! `seqdump export` to other formats: captures of chosen connections, HTTP archives, tables.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn seqdump(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("SSLKEYLOGFILE").env("LC_ALL", "C.UTF-8");
    command.args(arguments).output().expect("seqdump runs")
}

/// What it prints; it must succeed.
fn printed(arguments: &[&str]) -> String {
    let output = seqdump(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn events(path: &str) -> Vec<Value> {
    printed(&["export", path]).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The connections of a capture without what depends on which others are in it.
fn connections(path: &str, only: &str) -> Vec<String> {
    let mut arguments = vec!["export", path];
    if !only.is_empty() {
        arguments.extend(["-f", only]);
    }
    let lines = printed(&arguments);
    let all = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut found: Vec<(String, String)> = all
        .filter(|line| line["type"] == "connection")
        .map(|mut line| {
            for name in ["conn", "stream", "first_packet", "last_packet"] {
                line.as_object_mut().expect("an object").remove(name);
            }
            (line["start"].to_string(), line.to_string())
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, line)| line).collect()
}

fn at(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

fn archive(arguments: &[&str]) -> Value {
    let mut all = vec!["export", "--format", "har"];
    all.extend(arguments);
    serde_json::from_str(&printed(&all)).expect("JSON")
}

#[test]
fn chosen_connections_come_back_as_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, only) in [
        ("many-connections.pcap", "client.port < 50002"),
        ("http-close.pcapng", "conn == 1"),
        ("pcapng-comments.pcapng", ""),
        ("pcapng-mixed-interfaces.pcapng", ""),
        ("ip-fragments.pcap", ""),
        ("qinq.pcap", ""),
    ] {
        let (from, to) = (format!("captures/{name}"), at(folder.path(), "out.pcapng"));
        let mut arguments = vec!["export", "--format", "pcapng", "-o", &to, &from];
        if !only.is_empty() {
            arguments.extend(["-f", only]);
        }
        printed(&arguments);
        let kept = connections(&to, "");
        assert!(!kept.is_empty(), "{name}");
        assert_eq!(kept, connections(&from, only), "{name}");
    }
}

#[test]
fn a_filter_on_events_chooses_their_connections() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = at(folder.path(), "out.pcapng");
    let from = "captures/violations.pcapng";
    let of = |wanted: &str| {
        printed(&["export", "--format", "pcapng", "-o", &to, "-f", wanted, from]);
        connections(&to, "").len()
    };
    let talking: std::collections::BTreeSet<u64> = events(from)
        .iter()
        .filter(|event| event["kind"] == "ws.message")
        .map(|event| event["conn"].as_u64().expect("a number"))
        .collect();
    assert_eq!(of("kind == ws.message"), talking.len());
    assert_eq!(of("kind == dns.query"), 0);
}

#[test]
fn comments_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = at(folder.path(), "out.pcapng");
    printed(&["export", "--format", "pcapng", "-o", &to, "captures/pcapng-comments.pcapng"]);
    let comments = |path: &str| {
        let text = printed(&["print", "-l", "4", path]);
        text.lines().filter(|line| line.contains('»')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(!comments(&to).is_empty());
    assert_eq!(comments(&to), comments("captures/pcapng-comments.pcapng"));
}

#[test]
fn secrets_are_written_only_where_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let (with, without) = (at(folder.path(), "with.pcapng"), at(folder.path(), "without.pcapng"));
    for name in ["wss-tls13", "wss-tls12", "tls13-resumption"] {
        let from = format!("captures/{name}.pcapng");
        printed(&["export", "--format", "pcapng", "-o", &without, &from]);
        printed(&["export", "--format", "pcapng", "--embed-keys", "-o", &with, &from]);
        let decrypted = |path: &str| {
            let all = events(path);
            let some = all.iter().filter(|event| event["decrypted"] == true);
            some.map(|event| event["label"].to_string()).collect::<Vec<_>>()
        };
        assert!(!decrypted(&from).is_empty());
        assert_eq!(decrypted(&with), decrypted(&from), "{name}");
        assert!(decrypted(&without).is_empty(), "{name}");
        let bytes = std::fs::read(&without).expect("a file");
        for label in [&b"CLIENT_RANDOM"[..], b"TRAFFIC_SECRET"] {
            assert!(!bytes.windows(label.len()).any(|part| part == label), "{name}");
        }
    }
    // Secrets that stand behind the packets that they open stand before them afterwards.
    let late = "captures/tls-keys-behind-packets.pcapng";
    printed(&["export", "--format", "pcapng", "--embed-keys", "-o", &with, late]);
    assert!(events(&with).iter().any(|event| event["decrypted"] == true));
}

#[test]
fn only_the_secrets_of_chosen_connections_are_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = at(folder.path(), "out.pcapng");
    let from = "captures/tls13-suites.pcapng";
    printed(&["export", "--format", "pcapng", "--embed-keys", "-f", "conn == 0", "-o", &to, from]);
    let bytes = std::fs::read(&to).expect("a file");
    let text = String::from_utf8_lossy(&bytes);
    let randoms: std::collections::BTreeSet<&str> = text
        .match_indices("CLIENT_TRAFFIC_SECRET_0 ")
        .filter_map(|(at, label)| text.get(at + label.len()..at + label.len() + 64))
        .collect();
    assert_eq!(randoms.len(), 1);
}

#[test]
fn an_input_is_never_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = at(folder.path(), "in.pcapng");
    std::fs::copy("captures/udp.pcapng", &path).expect("a copy");
    let before = std::fs::read(&path).expect("a file");
    for format in ["jsonl", "har", "pcapng"] {
        let output = seqdump(&["export", "--format", format, "-o", &path, &path]);
        assert_eq!(output.status.code(), Some(2));
    }
    assert_eq!(std::fs::read(&path).expect("a file"), before);
}

#[test]
fn an_archive_has_what_har_requires() {
    for name in
        ["curl-nginx", "websocket", "h2-websocket", "curl-nginx-h2", "wss-tls13", "chromium-wss", "udp"]
    {
        let archive = archive(&[&format!("captures/{name}.pcapng")]);
        let log = &archive["log"];
        assert_eq!((&log["version"], &log["creator"]["name"]), (&"1.2".into(), &"seqdump".into()), "{name}");
        let entries = log["entries"].as_array().expect("entries");
        assert_eq!(entries.is_empty(), name == "udp", "{name}");
        entries.iter().for_each(valid);
    }
}

/// The fields that HAR 1.2 requires, and that the times add up.
fn valid(entry: &Value) {
    let has = |value: &Value, names: &[&str]| {
        names.iter().for_each(|name| assert!(!value[name].is_null(), "{name} in {value}"));
    };
    has(entry, &["startedDateTime", "time", "request", "response", "cache", "timings", "serverIPAddress"]);
    let both = ["httpVersion", "cookies", "headers", "headersSize", "bodySize"];
    has(&entry["request"], &["method", "url", "queryString"]);
    has(&entry["response"], &["status", "statusText", "content", "redirectURL"]);
    has(&entry["request"], &both);
    has(&entry["response"], &both);
    has(&entry["response"]["content"], &["size", "mimeType"]);
    let times = ["send", "wait", "receive"].map(|name| entry["timings"][name].as_f64().expect("a number"));
    assert!(times.iter().all(|time| *time >= 0.0));
    assert!((times.iter().sum::<f64>() - entry["time"].as_f64().expect("a number")).abs() < 1e-6);
    assert!(entry["request"]["url"].as_str().expect("text").contains("://"));
}

#[test]
fn websocket_messages_stand_in_the_entry_of_the_101() {
    let archive = archive(&["captures/websocket.pcapng"]);
    let entry = &archive["log"]["entries"][0];
    assert_eq!(entry["_resourceType"], "websocket");
    assert_eq!(entry["request"]["url"], "ws://server.example.com/chat");
    assert_eq!(entry["response"]["status"], 101);
    let messages = entry["_webSocketMessages"].as_array().expect("messages");
    let told: Vec<(&str, i64, &str)> = messages
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().expect("text");
            (text("type"), one["opcode"].as_i64().expect("a number"), text("data"))
        })
        .collect();
    assert_eq!(told[0], ("send", 1, "안녕하세요"));
    assert_eq!(told[1], ("receive", 1, "you said: 안녕하세요"));
    assert!(messages.windows(2).all(|two| two[0]["time"].as_f64() <= two[1]["time"].as_f64()));
}

#[test]
fn what_a_format_cannot_do_is_refused() {
    let capture = "captures/udp.pcapng";
    for arguments in [
        &["export", "--format", "har", "--embed-keys", capture][..],
        &["export", "--format", "pcapng", "--redact", capture],
        &["export", "--partition", capture],
    ] {
        let output = seqdump(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so() {
    let output = seqdump(&["export", "--format", "parquet", "-o", "nowhere", "captures/udp.pcapng"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("build with --features parquet"));
}

#[cfg(feature = "parquet")]
mod tables {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;

    fn table(folder: &Path, name: &str) -> SerializedFileReader<std::fs::File> {
        SerializedFileReader::new(std::fs::File::open(folder.join(name)).expect("a file")).expect("Parquet")
    }

    #[test]
    fn tables_hold_what_the_lines_hold() {
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().to_string_lossy();
        let captures = ["captures/websocket.pcapng", "captures/udp.pcapng"];
        printed(&["export", "--format", "parquet", "-o", &to, captures[0], captures[1]]);
        let count = |kind: &str| {
            let lines = captures.iter().flat_map(|path| events(path));
            lines.filter(|line| line["type"] == kind).count() as i64
        };
        let (told, ended) =
            (table(folder.path(), "events.parquet"), table(folder.path(), "connections.parquet"));
        assert_eq!(told.metadata().file_metadata().num_rows(), count("event"));
        assert_eq!(ended.metadata().file_metadata().num_rows(), count("connection"));
        let first = told.get_row_iter(None).expect("rows").next().expect("a row").expect("a row");
        assert_eq!(first.get_string(0).expect("the capture"), "websocket.pcapng");
        assert_eq!(
            first.get_string(5).expect("the kind"),
            events(captures[0])[1]["kind"].as_str().expect("text")
        );
    }

    #[test]
    fn each_capture_can_have_a_folder_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().to_string_lossy();
        let captures = ["captures/websocket.pcapng", "captures/udp.pcapng"];
        printed(&["export", "--format", "parquet", "--partition", "-o", &to, captures[0], captures[1]]);
        for capture in captures {
            let name = capture.trim_start_matches("captures/");
            let told = table(&folder.path().join(format!("capture={name}")), "events.parquet");
            let lines = events(capture);
            let count = lines.iter().filter(|line| line["type"] == "event").count() as i64;
            assert_eq!(told.metadata().file_metadata().num_rows(), count);
        }
    }
}
