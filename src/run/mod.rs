//! Runs a program under the eye: the capture begins before it and ends after it, its TLS keys are collected, and of
//! the connections that are seen those are told apart that are its own.
//!
//! In goes a command; out come an input like any other, and, with [`Watch`] as its observer, whose each connection is.
//! The command runs as the invoking user and is changed in nothing but the two variables that ask for TLS keys.

mod calls;
mod child;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod follow;
mod record;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod tracee;
mod tracing;
mod watch;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod wire;

pub use calls::{Call, Calls, Told, place};
pub use child::{Child, Keys, Record, Window};
pub use tracing::Tracing;
pub use watch::{Out, Recorded, Watch, Whose};

use std::fs::File;
use std::io::BufWriter;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustc_hash::FxHashMap;

use crate::capture::live::Stop;
use crate::capture::write::{Format, Writer};
use crate::capture::{Frames, interface};
use crate::error::Error;
use crate::frame::{Frame, FrameNumber, LinkType};
use crate::reading::{Reading, Step};
use crate::survey::Survey;

/// How long packets are read at most after the command's end, should they never cease.
const LONGEST: Duration = Duration::from_secs(5);

/// The errands on which this program sends itself: to watch a command, and to become it.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const FOLLOW: &str = "__follow";
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const BECOME: &str = "__become";

/// Does an errand, where this program was sent on one; its exit status.
pub fn errand() -> Option<u8> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    {
        let mut words = std::env::args_os().skip(1);
        let errand = words.next()?;
        let words: Vec<std::ffi::OsString> = words.collect();
        match errand.to_str() {
            Some(FOLLOW) => return Some(follow::follow(&words)),
            Some(BECOME) => return Some(follow::become_command(&words)),
            _ => {}
        }
    }
    None
}

/// Nanoseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as i64
}

/// Reads what comes until the command has ended and all that it sent was read, then ends the capture.
///
/// # Errors
/// What stops the reading.
pub fn attend(reading: &mut Reading, watch: &mut Watch, child: &Child, stop: &Stop) -> Result<(), Error> {
    let mut over = None;
    loop {
        let step = reading.step(watch)?;
        if step == Step::End {
            stop.stop();
            return Ok(());
        }
        watch.tick(step == Step::Idle)?;
        if child.is_over() {
            let since = *over.get_or_insert_with(Instant::now);
            if step == Step::Idle || since.elapsed() > LONGEST {
                stop.stop();
            }
        }
    }
}

/// Writes these connections to a file: their packets, the keys that open them, and as comments to packets the
/// processes at the ends of each and the calls between them.
///
/// # Errors
/// [`Error::Write`] where it cannot be written, [`Error::Usage`] where the format has no place for it.
pub fn write(
    (survey, whose, calls): (&Survey, &Whose, &[Call]),
    ids: &[u32],
    frames: &Frames,
    keys: &[u8],
    (file, format): (File, Format),
) -> Result<(), Error> {
    let mut writer = Writer::new(BufWriter::new(file), format)?;
    if !keys.is_empty() && format == Format::Pcapng {
        writer.secrets(keys)?;
    }
    let numbers = survey.frames_of(ids);
    let mut comments: FxHashMap<FrameNumber, Vec<String>> = FxHashMap::default();
    if !calls.is_empty() {
        let mut packets = Vec::with_capacity(numbers.len());
        frames.read(numbers.iter().copied(), |frame| packets.push((frame.time, frame.number)))?;
        packets.sort_unstable();
        place(calls, &packets, Call::to_string)
            .into_iter()
            .for_each(|(frame, text)| comments.entry(frame).or_default().push(text));
    }
    let mut links: Vec<(LinkType, u32)> = Vec::new();
    let mut failed = Ok(());
    frames.read(numbers, |frame| {
        let mut lines: Vec<String> = frame.comment.map(str::to_owned).into_iter().collect();
        lines.extend(whose.comment(frame.number));
        lines.extend(comments.remove(&frame.number).unwrap_or_default());
        let comment = (!lines.is_empty()).then(|| lines.join("\n"));
        let frame = Frame { comment: comment.as_deref(), ..frame };
        let mut write = || {
            let known = links.iter().find(|(link, _)| *link == frame.link).map(|(_, number)| *number);
            let number = match known {
                Some(number) => number,
                None => {
                    let number = writer.interface(interface::ANY, frame.link)?;
                    links.push((frame.link, number));
                    number
                }
            };
            writer.frame(number, &frame)
        };
        if failed.is_ok() {
            failed = write();
        }
    })?;
    failed?;
    writer.finish().map(drop)
}
