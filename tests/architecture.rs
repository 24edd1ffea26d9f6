//! The rules of the house: who may import whom, how large a file and a function may be, how a file opens.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in the order in which data flows.
const ROOMS: &[&str] = &["capture", "decode", "flow", "layer", "model", "render", "tui"];

/// Words that every room shares; each lists which of its kind it may use.
const WORDS: &[&str] =
    &["connection", "diagnostic", "error", "event", "frame", "keyring", "limits", "locale", "packed", "safe"];

/// What stands beside the rooms, and the rooms that each may use.
const BESIDE: &[(&str, &[&str])] = &[
    ("engine", &["capture", "decode", "flow", "layer"]),
    ("survey", &["model", "engine"]),
    ("summaries", &["engine"]),
    ("reading", &["capture", "decode", "model", "engine", "survey"]),
];

/// What besides words and earlier rooms a room may use.
const FURTHER: &[(&str, &[&str])] =
    &[("render", &["engine", "survey", "reading"]), ("tui", &["engine", "survey", "reading"])];

/// Front doors may use everything.
const DOORS: &[&str] = &["cli", "demo", "run", "lib", "main"];

fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The first step of a file's path under `src`, without the ending.
fn room(path: &Path) -> String {
    let under = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).expect("under src");
    let first = under.components().next().expect("a component").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a file names in `crate::…` paths, outside of its tests.
fn imports(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    let mut named = Vec::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            if let Some(group) = rest.strip_prefix('{') {
                named.extend(group.split(',').map(|item| first_word(item.trim())));
            } else {
                named.push(first_word(rest));
            }
        }
    }
    named.retain(|name| !name.is_empty());
    named
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn allowed(room: &str, used: &str) -> bool {
    if room == used || DOORS.contains(&room) || WORDS.contains(&used) {
        return true;
    }
    let of =
        |table: &[(&str, &[&str])]| table.iter().any(|(name, uses)| *name == room && uses.contains(&used));
    if of(BESIDE) || of(FURTHER) {
        return true;
    }
    let place = |name| ROOMS.iter().position(|known| *known == name);
    matches!((place(room), place(used)), (Some(own), Some(other)) if other < own)
}

#[test]
fn a_room_imports_only_rooms_to_its_left() {
    let mut wrong = Vec::new();
    for path in files() {
        let (room, text) = (room(&path), fs::read_to_string(&path).expect("readable"));
        for used in imports(&text) {
            let exists = ROOMS.contains(&used.as_str())
                || WORDS.contains(&used.as_str())
                || DOORS.contains(&used.as_str())
                || BESIDE.iter().any(|(name, _)| *name == used);
            if exists && !allowed(&room, &used) {
                wrong.push(format!("{}: {room} must not use {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_protocol_names_another() {
    let shared = ["mod", "protocol", "stack", "buffer", "data", "content", "sse", "status"];
    let mut wrong = Vec::new();
    for path in files().into_iter().filter(|path| room(path) == "layer") {
        let under: Vec<String> = path
            .strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src/layer"))
            .expect("under layer")
            .components()
            .map(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned())
            .collect();
        let own = under[0].clone();
        if own == "mod" {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(&text);
        for (at, _) in code.match_indices("crate::layer::") {
            let used = first_word(&code[at + "crate::layer::".len()..]);
            if !used.is_empty() && used != own && !shared.contains(&used.as_str()) {
                wrong.push(format!("{}: {own} must not use {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_none_is_too_large() {
    let mut wrong = Vec::new();
    for path in files() {
        let text = fs::read_to_string(&path).expect("readable");
        if !text.starts_with("//! ") {
            wrong.push(format!("{} does not open with a sentence", path.display()));
        }
        let lines = text.lines().count();
        if lines > 560 {
            wrong.push(format!("{} has {lines} lines: it holds two ideas", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_function_is_longer_than_a_screen() {
    let mut wrong = Vec::new();
    for path in files() {
        let text = fs::read_to_string(&path).expect("readable");
        let mut open: BTreeMap<usize, (usize, String)> = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let start = line.trim_start();
            let head = start
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub(super) ")
                .trim_start_matches("pub ");
            if head.starts_with("fn ") && !line.trim_end().ends_with(';') && !line.trim_end().ends_with('}') {
                open.insert(indent, (number, head.chars().take(40).collect()));
            } else if start == "}"
                && let Some((from, name)) = open.remove(&indent)
            {
                let length = number - from + 1;
                if length > 80 {
                    wrong.push(format!("{}:{}: {name}… has {length} lines", path.display(), from + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rooms_sort_in_the_order_in_which_data_flows() {
    let mut sorted = ROOMS.to_vec();
    sorted.sort_unstable();
    assert_eq!(sorted, ROOMS);
    for room in ROOMS {
        let folder = format!("{}/src/{room}", env!("CARGO_MANIFEST_DIR"));
        assert!(Path::new(&folder).is_dir(), "{folder} is missing");
    }
}
