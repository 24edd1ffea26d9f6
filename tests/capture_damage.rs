//! The capture room under damage, and by every way that bytes can come: what is whole is read, nothing is read twice
//! or differently, nothing panics.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use seqdump::capture::write::{Format, Writer};
use seqdump::capture::{self, Next, Options};
use seqdump::error::Error;
use seqdump::frame::{Frame, LinkType, Place, Timestamp};

/// Number, time, length on the wire, bytes, comment.
type Kept = (u64, i64, u32, Vec<u8>, Option<String>);

fn keep(frame: Frame<'_>) -> Kept {
    (frame.number, frame.time.0, frame.wire_len, frame.bytes.to_vec(), frame.comment.map(str::to_owned))
}

/// A capture of `count` frames from `start` on, a second apart, with comments, on two interfaces.
fn sample(format: Format, start: i64, count: u32) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), format).unwrap();
    let interfaces = [writer.interface("eth0", LinkType::ETHERNET), writer.interface("", LinkType::ETHERNET)];
    let interfaces = interfaces.map(Result::unwrap);
    for at in 0..count {
        let bytes: Vec<u8> = (0..20 + at % 50).map(|byte| (byte * 7 + at) as u8).collect();
        let comment =
            (at % 5 == 2 && format == Format::Pcapng).then_some("a comment, \u{1b}[2Jkept harmless");
        let frame = Frame {
            number: 0,
            time: Timestamp((start + i64::from(at)) * 1_000_000_000 + i64::from(at)),
            link: LinkType::ETHERNET,
            wire_len: bytes.len() as u32 + at % 3,
            bytes: &bytes,
            place: Place::default(),
            comment,
        };
        writer.frame(interfaces[at as usize % 2], &frame).unwrap();
    }
    writer.finish().unwrap()
}

/// What is said of files: frames, ids of warnings, and whether they end in the middle of something.
type Said = (Vec<Kept>, Vec<&'static str>, bool);

fn read_files(paths: &[PathBuf]) -> Result<Said, Error> {
    let options = Options { rereadable: true, ..Options::default() };
    let mut input = capture::open(paths, &options)?;
    let (mut frames, mut warnings) = (Vec::new(), Vec::new());
    let truncated = loop {
        match input.source.next()? {
            Next::Frame(frame) => frames.push(keep(frame)),
            Next::Warning(note) => warnings.push(note.what.id),
            Next::End { truncated } => break truncated,
            _ => {}
        }
        assert!(warnings.len() < 100);
    };
    let mut again = Vec::new();
    let handle = input.frames.unwrap();
    handle.read(frames.iter().map(|frame| frame.0), |frame| again.push(keep(frame)))?;
    assert_eq!(again, frames);
    again.clear();
    handle.read(frames.iter().map(|frame| frame.0).skip(3).step_by(17), |frame| again.push(keep(frame)))?;
    assert!(again.iter().eq(frames.iter().skip(3).step_by(17)));
    Ok((frames, warnings, truncated))
}

fn read(bytes: &[u8]) -> Result<Said, Error> {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all(bytes).unwrap();
    read_files(&[file.path().to_owned()])
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

const FORMATS: [Format; 2] = [Format::Pcapng, Format::Pcap];

#[test]
fn what_was_written_is_read() {
    for format in FORMATS {
        let (frames, warnings, truncated) = read(&sample(format, 1000, 3000)).unwrap();
        assert_eq!((frames.len(), truncated), (3000, false));
        assert_eq!(warnings, ["cap.truncated-packet"]);
        assert_eq!((frames[7].0, frames[7].1), (8, 1_007_000_000_007));
        let comment = (format == Format::Pcapng).then(|| "a comment, ␛[2Jkept harmless".to_owned());
        assert_eq!(frames[7].4, comment);
    }
}

#[test]
fn a_file_cut_anywhere_gives_all_whole_frames_and_says_that_it_is_cut() {
    for format in FORMATS {
        let whole = sample(format, 1000, 8);
        let (all, ..) = read(&whole).unwrap();
        let mut most = 0;
        for end in 0..whole.len() {
            match read(&whole[..end]) {
                Ok((frames, warnings, truncated)) => {
                    assert_eq!(frames, all[..frames.len()]);
                    assert!(frames.len() >= most, "at {end}");
                    most = frames.len();
                    assert_eq!(warnings.contains(&"cap.truncated-file"), truncated, "at {end}");
                }
                Err(Error::NotACapture { .. }) => assert!(most == 0 && end < 120, "at {end}"),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(most, 7);
    }
}

#[test]
fn damage_in_the_middle_costs_only_what_it_hits() {
    for format in FORMATS {
        let whole = sample(format, 1000, 200);
        let (all, ..) = read(&whole).unwrap();
        let middle = whole.len() / 2;
        for (at, garbage) in [(middle, 40), (middle + 1, 41), (middle + 7, 300)] {
            let mut damaged = whole.clone();
            damaged[at..at + garbage].fill(0xee);
            let (frames, warnings, _) = read(&damaged).unwrap();
            assert!(frames.len() >= 200 - 2 - garbage / 36, "{format:?} {}", frames.len());
            assert_eq!(frames.last().unwrap().1, all.last().unwrap().1);
            // Bytes inside a packet may be hit without that anything shows it.
            assert!(warnings.contains(&"cap.corrupt") || frames.len() == 200);
        }
        // Bytes that are gone altogether.
        let mut shorter = whole.clone();
        shorter.drain(middle..middle + 333);
        let (frames, warnings, _) = read(&shorter).unwrap();
        assert!(frames.len() >= 190, "{}", frames.len());
        assert_eq!(frames.last().unwrap().1, all.last().unwrap().1);
        assert!(warnings.contains(&"cap.corrupt"));
    }
}

#[test]
fn gzip_pipes_and_files_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let bytes = sample(format, 1000, 5000);
        let plain = read(&bytes).unwrap();
        let packed = gzipped(&bytes);
        assert_eq!(read(&packed).unwrap(), plain);
        // Two members, as of logs that were packed one by one, are one stream.
        let (one, other) = bytes.split_at(bytes.len() / 3);
        assert_eq!(read(&[gzipped(one), gzipped(other)].concat()).unwrap(), plain);
        for (name, content) in [("plain", &bytes), ("packed", &packed)] {
            let fifo = folder.path().join(format!("{format:?}-{name}"));
            nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
            let (path, content) = (fifo.clone(), content.clone());
            let writer = std::thread::spawn(move || {
                let mut pipe = File::options().write(true).open(path).unwrap();
                for piece in content.chunks(10_001) {
                    pipe.write_all(piece).unwrap();
                }
            });
            assert_eq!(read_files(&[fifo]).unwrap(), plain);
            writer.join().unwrap();
        }
        // Cut and damaged gzip: what was unpacked is there.
        let (frames, warnings, truncated) = read(&packed[..packed.len() / 2]).unwrap();
        assert!(truncated && warnings.contains(&"cap.truncated-file"));
        assert!(frames.len() > 1000 && frames == plain.0[..frames.len()]);
        let mut damaged = packed.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0xff);
        let (frames, warnings, truncated) = read(&damaged).unwrap();
        assert!(truncated && frames.len() > 1000, "{}", frames.len());
        assert!(warnings.contains(&"cap.corrupt"), "{warnings:?}");
    }
}

#[test]
fn several_files_are_merged_by_time_each_in_its_own_order() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = [
        ("a.pcap", sample(Format::Pcap, 1000, 2000)),
        ("b.pcapng", sample(Format::Pcapng, 1500, 2000)),
        ("c.pcap.gz", gzipped(&sample(Format::Pcap, 1500, 700))),
    ];
    let paths: Vec<PathBuf> = inputs.iter().map(|(name, _)| folder.path().join(name)).collect();
    for (path, (_, bytes)) in paths.iter().zip(&inputs) {
        std::fs::write(path, bytes).unwrap();
    }
    let (frames, ..) = read_files(&paths).unwrap();
    assert_eq!(frames.len(), 4700);
    assert!(frames.is_sorted_by_key(|frame| frame.1));
    assert!(frames.iter().zip(1..).all(|(frame, number)| frame.0 == number));
    // Where times are equal, the earlier file goes first.
    let mut input = capture::open(&paths, &Options::default()).unwrap();
    let (mut last, mut formats) = ((0, 0), [0; 3]);
    while let Next::Frame(frame) = input.source.next().unwrap() {
        assert!(frame.time.0 > last.0 || frame.place.file > last.1);
        last = (frame.time.0, frame.place.file);
        formats[usize::from(frame.place.file)] += 1;
    }
    assert_eq!(formats, [2000, 2000, 700]);
    assert_eq!(input.source.about().formats, ["pcap", "pcapng", "pcap"]);
}

#[test]
fn a_file_that_grows_is_followed_half_a_record_waited_for_and_its_loss_said() {
    let bytes = sample(Format::Pcapng, 1000, 30);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("growing.pcapng");
    let mut file = File::create(&path).unwrap();
    file.write_all(&bytes[..200]).unwrap();
    let options = Options { follow: true, rereadable: true, ..Options::default() };
    let mut input = capture::open(std::slice::from_ref(&path), &options).unwrap();
    let (mut seen, mut written) = (0, 200);
    while seen < 30 {
        match input.source.next().unwrap() {
            Next::Frame(frame) => {
                seen += 1;
                assert_eq!(frame.number, seen);
            }
            Next::Idle => {
                let end = (written + 33).min(bytes.len());
                file.write_all(&bytes[written..end]).unwrap();
                written = end;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(input.source.next().unwrap(), Next::Idle));
    file.set_len(100).unwrap();
    let mut said = Vec::new();
    loop {
        match input.source.next().unwrap() {
            Next::Warning(note) => said.push(note.what.id),
            Next::End { .. } => break,
            _ => {}
        }
    }
    assert!(said.contains(&"cap.truncated-file"), "{said:?}");
}

#[test]
fn what_is_no_capture_is_said_in_one_sentence() {
    let cases: [(&[u8], &str); 7] = [
        (b"", "it is empty"),
        (b"\xd4\xc3", "only 2 bytes"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "ends inside the pcap header"),
        (b"GET / HTTP/1.1\r\n", "it is text"),
        (b"PK\x03\x04....", "zip"),
        (&[0; 100], "zeros"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0", "ends inside the pcapng section header"),
    ];
    for (bytes, why) in cases {
        for bytes in [bytes.to_vec(), gzipped(bytes)] {
            let error = read(&bytes).unwrap_err();
            assert!(matches!(error, Error::NotACapture { .. }));
            let said = error.to_string();
            assert!(said.contains(why) && !said.contains('\n'), "{said}");
        }
    }
    let missing = read_files(&[PathBuf::from("no\u{1b}such")]).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read no␛such: No such file"), "{missing}");
    let folder = read_files(&[Path::new("/").to_owned()]).unwrap_err().to_string();
    assert!(folder.contains("Is a directory"), "{folder}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Any bytes changed, anywhere: it ends, it says something sensible, and what is read again is the same.
    #[test]
    fn no_change_of_bytes_makes_it_panic_or_read_differently_the_second_time(
        ng in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in prop::option::of(any::<prop::sample::Index>()),
        doubled in any::<bool>(),
    ) {
        let mut bytes = sample(if ng { Format::Pcapng } else { Format::Pcap }, 1000, 400);
        if doubled {
            bytes.extend(sample(if ng { Format::Pcapng } else { Format::Pcap }, 1300, 300));
        }
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        match read(&bytes) {
            Ok((frames, ..)) => prop_assert!(frames.len() <= 710),
            Err(error) => prop_assert!(matches!(error, Error::NotACapture { .. }), "{}", error),
        }
    }

    /// Any bytes at all behind a magic.
    #[test]
    fn no_bytes_behind_a_magic_make_it_panic(
        magic in prop::sample::select(vec![0xa1b2_c3d4_u32, 0xd4c3_b2a1, 0xa1b2_3c4d, 0xa1b2_cd34, 0x0a0d_0d0a]),
        bytes in prop::collection::vec(prop_oneof![4 => Just(0u8), 1 => any::<u8>()], 0..3000),
    ) {
        let mut input = magic.to_le_bytes().to_vec();
        input.extend(&bytes);
        drop(read(&input));
        let mut section = sample(Format::Pcapng, 0, 1);
        section.extend(&bytes);
        drop(read(&section));
    }
}

#[test]
fn behind_a_damaged_section_header_frames_are_read_again_as_they_were() {
    let mut bytes = sample(Format::Pcapng, 1000, 400);
    bytes.extend(sample(Format::Pcapng, 1300, 300));
    for at in 0..260 {
        let mut damaged = bytes.clone();
        damaged[at] = 0;
        match read(&damaged) {
            Ok(_) | Err(Error::NotACapture { .. }) => {}
            Err(error) => panic!("{at}: {error}"),
        }
    }
}
