//! What each file in `captures/` must show: its diagram as text, and its events, line by line.
//!
//! A file dropped into `captures/` is a new test. `UPDATE_GOLDEN=1 cargo test --test golden` writes what is shown now;
//! look at the difference before keeping it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn seqdump(arguments: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seqdump"))
        .args(arguments)
        .arg(file)
        .env_remove("SSLKEYLOGFILE")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("seqdump runs")
}

fn captures() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/captures");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .expect("captures is readable")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().contains(".pcap"))
        .collect();
    found.sort();
    found
}

/// One line an event: number, kind, direction, packets, label, and the ids of its violations.
fn events(jsonl: &str) -> String {
    let mut text = String::new();
    for line in jsonl.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        let of = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
        let ids = |value: &serde_json::Value| -> String {
            value
                .as_array()
                .into_iter()
                .flatten()
                .map(|note| format!(" [{}]", note["id"].as_str().unwrap_or_default()))
                .collect()
        };
        let _ = match object["type"].as_str() {
            Some("event") => writeln!(
                text,
                "#{} {} {} {} {} {}{}",
                object["conn"],
                object["n"],
                of("kind"),
                of("dir"),
                object["packets"],
                of("label"),
                ids(&object["violations"])
            ),
            Some("connection") => writeln!(
                text,
                "#{} {}: {}{}",
                object["conn"],
                of("close"),
                of("verdict"),
                ids(&object["violations"])
            ),
            Some("warning") => {
                writeln!(text, "warning {} [{}] {}", object["packet"], of("id"), of("message"))
            }
            Some("end") => writeln!(
                text,
                "end {} packets, {} events, truncated {}",
                object["packets"], object["events"], object["truncated"]
            ),
            _ => Ok(()),
        };
    }
    text
}

#[test]
fn each_capture_shows_what_it_did() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for capture in captures() {
        let name = capture.file_name().expect("a name").to_string_lossy().into_owned();
        let printed = seqdump(&["print", "--width", "100", "--lang", "en"], &capture);
        let exported = seqdump(&["export", "--format", "jsonl"], &capture);
        assert_eq!(printed.status.code(), exported.status.code(), "{name}");
        let shown = format!(
            "{}\n{}{}",
            String::from_utf8_lossy(&printed.stdout),
            events(&String::from_utf8_lossy(&exported.stdout)),
            String::from_utf8_lossy(&printed.stderr).replace(&*capture.to_string_lossy(), &name),
        );
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.txt"));
        if update {
            fs::write(&golden, &shown).expect("tests/golden is writable");
        } else if fs::read_to_string(&golden).unwrap_or_default() != shown {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "these show something else than tests/golden has: {wrong:?}");
}

#[test]
fn nothing_golden_is_left_of_captures_that_are_gone() {
    let known: Vec<String> = captures()
        .iter()
        .map(|path| format!("{}.txt", path.file_name().expect("a name").to_string_lossy()))
        .collect();
    for entry in
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden")).expect("tests/golden is readable")
    {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(!name.ends_with(".txt") || known.contains(&name), "{name} is of no capture");
    }
}
