//! The capture room on other people's captures, and on hostile ones: what is read, what is said, what is read again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use seqdump::capture::{self, Next, Options};
use seqdump::error::Error;
use seqdump::frame::{Frame, LinkType, Place};

/// A frame, kept.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    number: u64,
    time: i64,
    link: LinkType,
    wire_len: u32,
    bytes: Vec<u8>,
    place: Place,
    comment: Option<String>,
}

impl From<Frame<'_>> for Kept {
    fn from(frame: Frame<'_>) -> Kept {
        Kept {
            number: frame.number,
            time: frame.time.0,
            link: frame.link,
            wire_len: frame.wire_len,
            bytes: frame.bytes.to_vec(),
            place: frame.place,
            comment: frame.comment.map(str::to_owned),
        }
    }
}

/// What a whole input says.
#[derive(Default)]
struct Said {
    frames: Vec<Kept>,
    warnings: Vec<(&'static str, String)>,
    secrets: usize,
    truncated: bool,
    links: Vec<LinkType>,
    formats: Vec<&'static str>,
}

/// Reads inputs whole, then every third frame again and compares.
fn read(paths: &[PathBuf]) -> Result<Said, Error> {
    let options = Options { rereadable: true, ..Options::default() };
    let mut input = capture::open(paths, &options)?;
    let mut said = Said::default();
    loop {
        match input.source.next()? {
            Next::Frame(frame) => said.frames.push(frame.into()),
            Next::Warning(note) => said.warnings.push((note.what.id, note.detail.unwrap_or_default().into())),
            Next::Secrets(_) => said.secrets += 1,
            Next::Name(..) | Next::Idle => {}
            Next::End { truncated } => {
                said.truncated = truncated;
                break;
            }
        }
        assert!(said.warnings.len() < 100, "{:?}", said.warnings);
    }
    let about = input.source.about();
    (said.links, said.formats) = (about.links, about.formats);
    let frames = input.frames.expect("asked for");
    let chosen: Vec<&Kept> = said.frames.iter().step_by(3).collect();
    let mut again = Vec::new();
    frames.read(chosen.iter().map(|frame| frame.number), |frame| again.push(Kept::from(frame)))?;
    assert!(again.iter().eq(chosen.iter().copied()), "read again, frames differ: {paths:?}");
    for frame in chosen.iter().rev().take(5) {
        let at = frames.read_at(frame.number, frame.place, |frame| Kept::from(frame))?;
        assert_eq!(at.as_ref(), Some(*frame));
    }
    Ok(said)
}

/// A file or folder beside the project, which not everybody has.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

#[test]
fn the_corpus_is_read_as_the_reference_dissector_reads_it() {
    let Some(corpus) = shared("shared/corpus") else { return };
    let mut seen = 0;
    let mut differ = BTreeMap::new();
    for entry in corpus.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".oracle.json") else { continue };
        seen += 1;
        let oracle: serde_json::Value = serde_json::from_slice(&std::fs::read(&entry).unwrap()).unwrap();
        // The reference counts custom blocks as packets, which they are not.
        let custom = ["0xbad", "0x40000bad"].map(|kind| oracle["file"]["blocks"][kind].as_u64().unwrap_or(0));
        let packets = oracle["packets"].as_u64().unwrap_or(0) - custom.iter().sum::<u64>();
        let failed = oracle["file"].get("error").is_some();
        match read(&[corpus.join(name)]) {
            Ok(said) => {
                let count = said.frames.len() as u64;
                // Where the reference gave up, what comes after is read all the same; or damage that it took for a
                // packet is said to be damage.
                if count != packets && !failed {
                    differ.insert(
                        name.to_owned(),
                        format!("{count} frames, not {packets}: {:?}", said.warnings),
                    );
                }
                let format = oracle["file"]["format"].as_str().unwrap_or_default();
                assert_eq!(
                    said.formats,
                    [format.split_once('-').map_or(format, |(format, _)| format)],
                    "{name}"
                );
                // What is damaged to its end ends in the middle of something, too.
                let damaged = said.warnings.iter().any(|(id, _)| *id == "cap.corrupt");
                assert_eq!(
                    said.truncated && !damaged,
                    oracle["file"]["truncated"] == true,
                    "{name}: {:?}",
                    said.warnings
                );
                assert_eq!(said.secrets as u64, oracle["file"]["dsb_blocks"].as_u64().unwrap_or(0), "{name}");
                times(name, &oracle, &said);
            }
            Err(error) if packets > 0 => drop(differ.insert(name.to_owned(), error.to_string())),
            Err(error) => eprintln!("{name}: {error}"),
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
    eprintln!("{seen} captures");
}

/// First and last time, and how many went backwards.
fn times(name: &str, oracle: &serde_json::Value, said: &Said) {
    let nanos = |text: &str| {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let fraction = format!("{fraction:0<9}");
        let nanos = fraction[..9].parse::<i64>().unwrap();
        seconds.parse::<i64>().unwrap().saturating_mul(1_000_000_000).saturating_add(nanos)
    };
    if oracle["file"].get("error").is_some() {
        return;
    }
    for (which, frame) in [("first", said.frames.first()), ("last", said.frames.last())] {
        let text = oracle["time"][which].as_str().filter(|text| !text.is_empty());
        if let (Some(text), Some(frame)) = (text, frame) {
            let expected = nanos(text);
            if frame.time != expected {
                eprintln!("{name}: {which} at {}, not {expected}", frame.time);
            }
        }
    }
}

#[test]
fn hostile_captures_come_out_as_they_are_expected_to() {
    let Some(archive) = shared("shared/hostile.tar.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(folder.path()).status();
    if !unpacked.is_ok_and(|status| status.success()) {
        eprintln!("skipped: tar does not unpack {}", archive.display());
        return;
    }
    let folder = folder.path().join("hostile");
    // Names that are no UTF-8 are written as halves of surrogates, which no string of ours can hold.
    let expectations =
        std::fs::read_to_string(folder.join("expectations.json")).unwrap().replace("\\udc", "\\u00");
    let cases: serde_json::Value = serde_json::from_str(&expectations).unwrap();
    let mut seen = 0;
    for case in cases["cases"].as_array().unwrap() {
        let (name, class) = (case["name"].as_str().unwrap(), case["cls"].as_str().unwrap());
        let path = folder.join(case["file"].as_str().unwrap());
        if !path.exists() {
            // Its name is no UTF-8.
            continue;
        }
        seen += 1;
        let read = read(&[path]);
        match (case["exit"].as_str().unwrap(), &read) {
            ("ok", Err(error)) => panic!("{name}: {error}"),
            ("error", Ok(_)) => panic!("{name} was read"),
            _ => {}
        }
        let warnings = read.map(|said| said.warnings).unwrap_or_default();
        for flag in case["flags"].as_array().unwrap().iter().filter_map(|flag| flag.as_str()) {
            let found = warnings.iter().any(|(id, _)| *id == flag);
            assert!(
                found || !flag.starts_with("cap.") || flag == "cap.unknown-linktype",
                "{name}: no {flag}"
            );
        }
        assert!(class != "valid" || warnings.is_empty(), "{name}: {warnings:?}");
        if class.starts_with("fmt-pcap") {
            eprintln!("{name}: {warnings:?}");
        }
    }
    assert!(seen > 200, "{seen}");
}
