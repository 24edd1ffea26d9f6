//! Whatever strangers send is shown and never obeyed: each payload stands in every field that the wire fills, and is
//! looked for in every output.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::hostile::{FORGED, PAYLOADS, capture as hostile_capture};
use common::markup::{check_mermaid, check_plantuml, check_svg};
use seqdump::capture::{self, Options};
use seqdump::limits::Limits;
use seqdump::locale::Lang;
use seqdump::reading::Reading;
use seqdump::safe;
use seqdump::tui::{self, Input, Theme};
use serde_json::Value;

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.pcapng");
    std::fs::write(&path, hostile_capture()).unwrap();
    (folder, path)
}

fn seqdump(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.env_remove("SSLKEYLOGFILE").env("LC_ALL", "C.UTF-8").args(arguments);
    command
}

fn output(arguments: &[&str], path: &Path) -> Output {
    let done = seqdump(arguments).arg(path).output().unwrap();
    harmless(&done.stderr, &format!("the errors of {arguments:?}"));
    done
}

/// What it prints; it must succeed, or find what `check` finds.
fn printed(arguments: &[&str], path: &Path) -> String {
    let done = output(arguments, path);
    assert!(done.status.code().is_some_and(|code| code < 2), "{arguments:?} {done:?}");
    assert!(!done.stdout.is_empty(), "{arguments:?}");
    harmless(&done.stdout, &format!("{arguments:?}"));
    String::from_utf8(done.stdout).unwrap()
}

/// Nothing in a text moves a cursor, turns writing round, hides, or begins a line of its own (but where the document
/// style quotes the lines of a head).
fn harmless(bytes: &[u8], what: &str) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{what}: no UTF-8"));
    let quotes = what.contains("document");
    for line in text.split('\n') {
        let bad = line.chars().find(|&c| safe::is_dangerous(c));
        assert_eq!(bad, None, "{what}: {line:?}");
        assert!(quotes || !line.trim_start().starts_with(FORGED), "{what}: {line:?}");
        let marks = line.chars().fold((0, 0), |(most, run), c| {
            let run = if safe::is_mark(c) { run + 1 } else { 0 };
            (run.max(most), run)
        });
        assert!(marks.0 <= safe::MARKS, "{what}: {line:?}");
    }
}

#[test]
fn nothing_is_obeyed_where_text_is_printed() {
    let (_folder, path) = file();
    let hidden = "payload ~ \"nothing of the kind\"";
    for lang in ["en", "ko"] {
        printed(&["list", "--lang", lang], &path);
        printed(&["check", "--lang", lang, "--expect", hidden], &path);
        printed(&["print", "--lang", lang, "--style", "document"], &path);
    }
    printed(&["check", "--violations"], &path);
    for (style, level) in [("ladder", "2"), ("ascii", "3"), ("document", "1")] {
        printed(&["print", "--style", style, "--level", level], &path);
    }
    printed(&["print", "--together", "--absolute", "--width", "60", "-f", "ip == 10.0.3.1"], &path);
    printed(&["compare", "--conn", "0", "--conn", "3", "--conn", "5"], &path);
    let shown = printed(&["print", "-l", "4"], &path);
    for told in ["␛[2J", "\\u{202e}", "␛]52;c;", "U+0430 looks like a"] {
        assert!(shown.contains(told), "{told} is shown");
    }
}

#[test]
fn nothing_is_obeyed_where_text_is_coloured() {
    let (_folder, path) = file();
    let done = seqdump(&["print", "--color", "always", "-l", "4"]).arg(&path).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    let own = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    harmless(own.replace_all(&text, "").as_bytes(), "coloured");
}

#[test]
fn nothing_is_obeyed_in_documents() {
    let (_folder, path) = file();
    // A page is drawn of some of it: the whole is long.
    let some = ["-f", "tcp.port == 80 || tcp.port == 443 || udp.port == 53"];
    let draw = |format: &str, more: &[&str]| {
        printed(&[&["draw", "-o", "-", "--format", format], &some[..], more].concat(), &path)
    };
    check_svg(&draw("svg", &[]));
    check_svg(&draw("svg", &["--screen", "100x40", "--keys", "<enter>4"]));
    let page = draw("html", &[]);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("<svg onload") && !page.contains("<style>*"));
    draw("txt", &[]);
    check_mermaid(&draw("mmd", &[]));
    check_plantuml(&draw("puml", &[]));
    let own = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    for line in draw("cast", &[]).lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if let Some(shown) = line[2].as_str() {
            harmless(own.replace_all(shown, "").replace("\r\n", "\n").as_bytes(), "a recording");
        }
    }
}

#[test]
fn nothing_is_obeyed_in_what_programs_read() {
    let (folder, path) = file();
    let (mut lines, mut longest) = (0, 0);
    for more in [&[] as &[&str], &["--full"], &["--redact"]] {
        for line in printed(&[&["export"], more].concat(), &path).lines() {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(value.is_object());
            (lines, longest) = (lines + 1, longest.max(line.len()));
        }
    }
    assert!(lines > 3000 && longest > 3000, "{lines} {longest}");
    let archive: Value = serde_json::from_str(&printed(&["export", "--format", "har"], &path)).unwrap();
    assert!(archive["log"]["entries"].as_array().is_some_and(|entries| entries.len() > 100));
    let again = folder.path().join("again.pcapng");
    let done = seqdump(&["export", "--format", "pcapng", "-o"]).args([&again, &path]).output().unwrap();
    assert!(done.status.success());
    harmless(&done.stderr, "the errors of an export");
    let connections = |path: &Path| printed(&["list"], path).lines().count();
    assert_eq!(connections(&again), connections(&path));
}

#[cfg(feature = "parquet")]
#[test]
fn tables_are_written_whatever_is_in_them() {
    let (folder, path) = file();
    let to = folder.path().join("tables");
    let done = seqdump(&["export", "--format", "parquet", "-o"]).args([&to, &path]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    harmless(&done.stderr, "the errors of an export");
}

#[test]
fn nothing_is_obeyed_on_the_screen() {
    let (_folder, path) = file();
    let screen = |lang: Lang, filter: String, keys: &str| {
        let options = Options { rereadable: true, ..Options::default() };
        let input = capture::open(std::slice::from_ref(&path), &options).unwrap();
        let input = Input { reading: Reading::new(input.source, &Limits::default()), frames: input.frames };
        let options = tui::Options {
            lang: Some(lang),
            theme: Some(Theme::Dark),
            filter: Some(filter),
            ..tui::Options::default()
        };
        tui::snapshots(input, &options, (160, 60), keys).unwrap().pop().unwrap()
    };
    let mut seen = String::new();
    // A number that has nothing in common with how many connections a payload has: all are seen in turn.
    for (shot, connection) in (0..10 * PAYLOADS.len()).step_by(9).enumerate() {
        let keys = ["<enter>4", "<enter>4jjjj<enter><tab>j", "<enter>3jjjjjd", "<enter>c", "<enter>?"];
        let keys = keys[shot % keys.len()];
        let lang = if connection % 2 == 0 { Lang::En } else { Lang::Ko };
        let buffer = screen(lang, format!("conn == {connection}"), keys);
        let text: String = buffer.content().iter().map(|cell| cell.symbol()).collect();
        harmless(text.as_bytes(), &format!("the screen of connection {connection} after {keys}"));
        seen += &text;
    }
    assert!(seen.contains('␛') && seen.contains("\\u{202e}"));
}

#[test]
fn names_of_files_are_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    for payload in PAYLOADS {
        let name: Vec<u8> =
            payload.iter().copied().filter(|byte| !matches!(byte, 0 | b'/')).take(200).collect();
        let path = folder.path().join(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(&name));
        let done = output(&["list"], &path);
        assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).lines().count()), (Some(2), 1));
    }
    // What is not read as an option is never a name that one is made of.
    for name in ["--output=x", "-o"] {
        let done = seqdump(&["list", "--", name]).current_dir(&folder).output().unwrap();
        assert_eq!(done.status.code(), Some(2));
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}
