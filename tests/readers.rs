//! What is drawn and exported is read by the programs that people read it with, where they are installed
//! (`tests/setup.sh`): npm's mermaid and har-validator; DuckDB, Arrow and Spark. What is missing is skipped and said.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The folder in which `tests/setup.sh` installs modules of node, where this one is in it and node can be run.
fn node(module: &str) -> Option<PathBuf> {
    let folder = Path::new(ROOT).join("target/readers");
    let is_there = folder.join("node_modules").join(module).is_dir()
        && Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("skipped: node and npm's {module} are not there (tests/setup.sh installs them)");
    }
    is_there.then_some(folder)
}

fn seqdump(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_seqdump")).args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The lines of JSON that a script of ours prints when node runs it on all files of a folder.
fn told(script: &str, modules: &Path, folder: &Path) -> Vec<Value> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let script = Path::new(ROOT).join("tests/readers").join(script);
    let output = Command::new("node").arg(script).arg(modules).args(&files).output().expect("node runs");
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), files.len());
    lines
}

/// All captures beside the project.
fn captures() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = std::fs::read_dir(Path::new(ROOT).join("captures"))
        .expect("captures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().contains(".pcap"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, path.to_string_lossy().into_owned())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn mermaid_draws_what_we_draw() {
    let Some(modules) = node("mermaid") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let hostile =
        "</title><script>alert(1)</script>\"'&;#end %%{init}%% ]]> --> $x end A->>B: x \u{202e}\u{1b}[2J";
    let note = format!("1={hostile}");
    let mut drawn = Vec::new();
    for name in [
        "websocket.pcapng",
        "hostile-text.pcap",
        "retransmission.pcap",
        "gap.pcap",
        "proxy.pcapng",
        "reset.pcapng",
    ] {
        for level in ["1", "2", "3", "4"] {
            let to = folder.path().join(format!("{name}.{level}.mmd")).to_string_lossy().into_owned();
            let from = format!("{ROOT}/captures/{name}");
            seqdump(&[
                "draw",
                &from,
                "-o",
                &to,
                "--level",
                level,
                "--title",
                hostile,
                "--caption",
                hostile,
                "--note",
                &note,
                "--number",
            ]);
            drawn.push(to);
        }
    }
    drawn.sort();
    for (diagram, path) in told("mermaid.mjs", &modules, folder.path()).iter().zip(&drawn) {
        let text = std::fs::read_to_string(path).expect("a file");
        assert_eq!(diagram["wrong"], Value::Null, "{text}");
        let lines = |is: fn(&str) -> bool| text.lines().filter(|line| is(line.trim_start())).count();
        let is_message = |line: &str| line.starts_with('L') && line.contains(": ");
        for (what, count) in [
            ("parties", lines(|line| line.starts_with("participant "))),
            ("messages", lines(is_message)),
            ("notes", lines(|line| line.starts_with("Note over "))),
            ("boxes", lines(|line| line.starts_with("rect "))),
        ] {
            assert_eq!(diagram[what], count, "{what}: {text}");
        }
        assert_eq!(diagram["type"], "sequence");
        let said = diagram["said"].as_str().expect("text");
        assert!(!said.contains("<script") && !said.contains("<img"), "{said}");
    }
}

#[test]
fn archives_fit_the_schema_of_har() {
    let Some(modules) = node("har-validator") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for (name, path) in captures() {
        let to = folder.path().join(format!("{name}.har")).to_string_lossy().into_owned();
        // What holds no packets at all is no capture: there is nothing to export of it.
        let made = Command::new(env!("CARGO_BIN_EXE_seqdump"))
            .args(["export", "--format", "har", "-o", &to, &path])
            .output()
            .expect("it runs");
        assert!(made.status.success() || !Path::new(&to).exists(), "{name}");
    }
    for wrong in told("har.mjs", &modules, folder.path()) {
        assert_eq!(wrong, Value::Null);
    }
}

#[cfg(feature = "parquet")]
mod tables {
    use std::collections::BTreeMap;

    use super::*;

    /// What a reader finds in partitioned tables of some captures; `None` where it is not installed.
    fn read(reader: &str, folder: &Path) -> Option<Value> {
        let script = Path::new(ROOT).join("tests/readers/tables.py");
        let output = Command::new("python3").arg(script).arg(reader).arg(folder).output();
        let Some(output) = output.ok().filter(|output| output.status.code() != Some(3)) else {
            eprintln!("skipped: Python's {reader} is not there (tests/setup.sh installs what is small)");
            return None;
        };
        assert!(output.status.success(), "{reader}: {}", String::from_utf8_lossy(&output.stderr));
        Some(serde_json::from_slice(&output.stdout).expect("JSON"))
    }

    #[test]
    fn query_engines_find_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let names =
            ["curl-nginx.pcapng", "http-close.pcapng", "udp.pcapng", "websocket.pcapng", "wss-tls13.pcapng"];
        let (mut events, mut connections, mut first) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for name in names {
            let path = format!("{ROOT}/captures/{name}");
            let to = folder.path().to_string_lossy().into_owned();
            seqdump(&["export", "--format", "parquet", "--partition", "-o", &to, &path]);
            let lines = Command::new(env!("CARGO_BIN_EXE_seqdump"))
                .args(["export", &path])
                .output()
                .expect("it runs");
            for line in String::from_utf8(lines.stdout).expect("UTF-8").lines() {
                let line: Value = serde_json::from_str(line).expect("JSON");
                match line["type"].as_str() {
                    Some("event") => *events.entry(name).or_insert(0) += 1,
                    Some("connection") => *connections.entry(name).or_insert(0) += 1,
                    _ => {}
                }
                if line["kind"] == "http.request" {
                    first.push((line["time"].to_string(), name, line["label"].clone()));
                }
            }
        }
        first.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        let mut times = Vec::new();
        for reader in ["duckdb", "pyarrow", "pyspark"] {
            let Some(found) = read(reader, folder.path()) else { continue };
            assert_eq!(found["events"], serde_json::json!(events), "{reader}");
            assert_eq!(found["connections"], serde_json::json!(connections), "{reader}");
            assert_eq!(found["first"][0], first[0].2, "{reader}");
            times.push(found["first"][1].as_i64().expect("nanoseconds"));
        }
        assert!(times.windows(2).all(|two| two[0] == two[1]), "{times:?}");
        let fraction =
            first[0].0.split('.').nth(1).and_then(|rest| rest.get(..9)).expect("nanoseconds").to_owned();
        assert!(
            times.iter().all(|time| format!("{:09}", time % 1_000_000_000) == fraction),
            "{times:?} {fraction}"
        );
    }
}
