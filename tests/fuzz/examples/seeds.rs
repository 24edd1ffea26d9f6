//! Writes seeds for the targets: `seeds FOLDER`. They are made of the captures beside the project.

use std::fs;
use std::path::{Path, PathBuf};

use seqdump::capture::{self, Next};
use seqdump::decode::{Decoder, Transport};
use seqdump::limits::Limits;

/// The largest seed; longer inputs only make fuzzing slow.
const MOST: usize = 12_000;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("a folder for the seeds"));
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../captures");
    for entry in fs::read_dir(captures)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.contains(".pcap") {
            of_capture(&path, &name, &folder)?;
        }
    }
    let filters = [
        "ws.opcode == text && payload ~ \"order\"",
        "tcp.port == 80 || !(ip == 10.0.0.1)",
        "kind in {http.request}",
    ];
    for (nth, text) in filters.iter().enumerate() {
        write(&folder, "filter", &nth.to_string(), text.as_bytes())?;
    }
    write(&folder, "config", "0", b"theme = \"dark\"\nlang = \"ko\"\n[keys]\nquit = [\"ctrl-q\"]\n")?;
    write(&folder, "config", "1", b"connections=10,message=64k")?;
    let line = format!("CLIENT_RANDOM {} {}\n", "ab".repeat(32), "cd".repeat(48));
    write(&folder, "keylog", "0", line.as_bytes())
}

fn write(folder: &Path, target: &str, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    if bytes.len() > MOST {
        return Ok(());
    }
    fs::create_dir_all(folder.join(target))?;
    fs::write(folder.join(target).join(name), bytes)
}

fn of_capture(path: &Path, name: &str, folder: &Path) -> std::io::Result<()> {
    write(folder, "files", name, &fs::read(path)?)?;
    let Ok(mut input) = capture::open(&[path.to_owned()], &capture::Options::default()) else {
        return Ok(());
    };
    let limits = Limits::default();
    let mut decoder = Decoder::new(&limits);
    // Large limits, port 80.
    let (mut frames, mut stream, mut segments) = (vec![0], vec![0], vec![0]);
    let mut client = None;
    while let Ok(next) = input.source.next() {
        let frame = match next {
            Next::Frame(frame) => frame,
            Next::End { .. } => break,
            _ => continue,
        };
        let link = [1, 0, 9, 50, 51, 101, 104, 105, 108, 113, 127, 147, 228, 229, 276, 12];
        let link = link.iter().position(|&link| link == frame.link.0).unwrap_or(0) as u8;
        let len = frame.bytes.len().min(0xffff);
        frames.extend([link, (len >> 8) as u8, len as u8]);
        frames.extend(&frame.bytes[..len]);
        if let Transport::Tcp(segment) = decoder.decode(&frame).transport {
            let from_client = *client.get_or_insert(segment.from) == segment.from;
            if segment.payload.is_empty() {
                segments.extend([u8::from(!from_client), segment.flags as u8, 0, 0, 0, 0xff, 0]);
            }
            for piece in segment.payload.chunks(255) {
                segments.extend([
                    u8::from(!from_client),
                    segment.flags as u8,
                    0,
                    0,
                    0,
                    0xff,
                    piece.len() as u8,
                ]);
                segments.extend(piece);
                stream.extend([u8::from(!from_client), piece.len() as u8]);
                stream.extend(piece);
            }
        }
    }
    write(folder, "engine", name, &frames)?;
    write(folder, "decode", name, &frames[1..])?;
    write(folder, "tcp", name, &segments)?;
    write(folder, "stack", name, &stream)?;
    let about = [
        ("http", "http"),
        ("ws", "http"),
        ("socket", "http"),
        ("chat", "http"),
        ("tls", "tls"),
        ("wss", "tls"),
        ("h2", "http2"),
        ("dns", "dns"),
    ];
    for (_, target) in about.iter().filter(|(word, _)| name.contains(word)) {
        write(folder, target, name, &stream)?;
    }
    if let Some(at) = stream.windows(4).rposition(|bytes| bytes == b"\r\n\r\n") {
        let mut frames = vec![1];
        frames.extend([0x01, (stream.len() - at - 4).min(255) as u8]);
        frames.extend(&stream[at + 4..]);
        write(folder, "websocket", name, &frames)?;
    }
    Ok(())
}
