//! HTTP/1.x on scripted streams, cut at every place, and on other people's captures.

mod streams;

use std::collections::BTreeMap;

use seqdump::event::Side;
use serde_json::Value as Json;

/// Requests and responses of the corpus, compared with what a reference dissector read.
#[test]
fn the_corpus_is_read_as_the_reference_reads_it() {
    let Some(folder) = streams::corpus() else { return };
    let (mut same, mut differences) = (0, Vec::new());
    let only = std::env::var("ONLY").unwrap_or_default();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(capture) = name.strip_suffix(".oracle.json").filter(|name| name.contains(&only)) else {
            continue;
        };
        let oracle: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let theirs = theirs(&oracle);
        if theirs.is_empty() {
            continue;
        }
        let ours = ours(&folder.join(capture));
        for (key, count) in &theirs {
            let found = ours.get(key).copied().unwrap_or(0);
            same += found.min(*count);
            if found < *count {
                differences.push(format!("{capture} reference only: {key:?}"));
            }
        }
        for (key, count) in &ours {
            if theirs.get(key).copied().unwrap_or(0) < *count {
                differences.push(format!("{capture} seqdump only: {key:?}"));
            }
        }
    }
    differences.sort();
    for difference in &differences {
        eprintln!("{difference}");
    }
    eprintln!("{same} same, {} differences", differences.len());
}

/// Stream, direction, last frame, and method and target or status.
type Key = (String, bool, u64, String);

fn theirs(oracle: &Json) -> BTreeMap<Key, usize> {
    let mut found = BTreeMap::new();
    let ends: BTreeMap<u64, &str> = oracle["tcp_streams"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|stream| (stream["stream"].as_u64().unwrap(), stream["a"].as_str().unwrap()))
        .collect();
    for message in oracle["http"].as_array().into_iter().flatten() {
        let (Some(stream), false) = (message["stream"].as_u64(), message["in_tls"] == true) else { continue };
        let _ = ends.get(&stream);
        let what = match message["kind"] == "request" {
            true => format!(
                "{} {}",
                message["method"].as_str().unwrap_or_default(),
                message["uri"].as_str().unwrap_or_default()
            ),
            false => message["status"].to_string(),
        };
        let key = (String::new(), message["kind"] == "request", message["frame"].as_u64().unwrap(), what);
        *found.entry(key).or_insert(0) += 1;
    }
    found
}

fn ours(path: &std::path::Path) -> BTreeMap<Key, usize> {
    let mut found = BTreeMap::new();
    for connection in streams::streams(path) {
        let (recorder, _) = connection.read(true);
        for event in &recorder.events {
            let frame = *event.frames.last().unwrap();
            let (request, what) = match event.facts.kind() {
                "http.request" => {
                    (true, format!("{} {}", streams::field(event, "method"), streams::field(event, "target")))
                }
                "http.response" => (false, streams::field(event, "status")),
                _ => continue,
            };
            *found.entry((String::new(), request, frame, what)).or_insert(0) += 1;
        }
        let _ = Side::BOTH;
    }
    found
}
