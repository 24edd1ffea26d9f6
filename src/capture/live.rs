//! Live capture: every frame goes to a spool file as it comes, and is handed out from there.
//!
//! Packets are taken from the rings in batches, put into the file's own form, written with one call, and only then
//! shown: so what has been shown can be read again, and the file is whole up to the last packet even when the program
//! is killed. One thread does it all; it sleeps in `poll` for at most 50 ms.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use zeroize::Zeroizing;

use super::index::{Checkpoints, Frames, Shared};
use super::pcapng::Interface;
use super::reader::Section;
use super::tally::Tally;
use super::tap::Tap;
use super::write::{self, Format};
use super::{About, Input, Next, Source, interface, pcap, privilege};
use crate::diagnostic::{CAP_INTERFACE_LOST, CAP_SPOOL_FAILED, CAP_SPOOL_LIMIT, Note};
use crate::error::Error;
use crate::frame::{Frame, FrameNumber, LinkType, Place, Timestamp};
use crate::limits::Limits;

/// Packets of one interface that are taken at once, and bytes with which a batch is large enough.
const PACKETS: usize = 64;
const BATCH: usize = 256 << 10;
/// How long nothing may happen before that is said.
const PATIENCE: Duration = Duration::from_millis(50);
/// How often it is looked whether the interfaces are up.
const LOOK: Duration = Duration::from_secs(1);
/// How long a packet of several interfaces waits for an earlier one of another, in nanoseconds.
const HOLD: i64 = 10_000_000;
/// How long the kernel's last packets are waited for when the capture is stopped.
const LAST: Duration = Duration::from_millis(20);
/// How long packets are taken after that, should they never cease.
const LONGEST: Duration = Duration::from_millis(500);

/// Bytes of key log lines in a block.
const SECRETS: usize = 1 << 16;

/// What to capture and where to keep it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Interfaces by name; `any` for all. None means loopback.
    pub interfaces: Vec<String>,
    /// A filter in tcpdump's language; empty for everything.
    pub filter: String,
    /// Where the packets are kept (`.pcap`: in that format where one link type is enough; else pcapng).
    pub write: Option<PathBuf>,
    /// Without `write`: how many bytes of packets are kept to be read again, in a file without a name; the oldest
    /// leave first. `None` keeps nothing.
    pub spool: Option<u64>,
    /// Bytes of the kernel's ring, for each interface.
    pub ring: usize,
}

/// Bytes of packets that are kept where nobody says how many.
pub const SPOOL: u64 = 4 << 30;

impl Default for Options {
    fn default() -> Options {
        Options {
            interfaces: Vec::new(),
            filter: String::new(),
            write: None,
            spool: Some(SPOOL),
            ring: 64 << 20,
        }
    }
}

/// Ends a live capture from anywhere: what the kernel still holds is read, then the source says `End`.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends it.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Opens the interfaces. Not a byte of a packet is looked at before the source's first `next`, so that root can be
/// given up between the two ([`super::privilege::give_up`]).
///
/// # Errors
/// [`Error::Capture`] with the remedy where an interface cannot be opened, [`Error::Usage`] for a filter that
/// libpcap does not accept, [`Error::Write`] where the spool or `write` cannot be made.
pub fn open(options: &Options, stop: &Stop) -> Result<Input, Error> {
    let names = match options.interfaces.as_slice() {
        [] => vec![interface::loopback()],
        names => names.to_vec(),
    };
    let taps = names
        .iter()
        .map(|name| Tap::open(name, &options.filter, options.ring))
        .collect::<Result<Vec<Tap>, Error>>()?;
    let links: Vec<LinkType> = taps.iter().map(|tap| tap.link).collect();
    let one = links.iter().all(|link| *link == links[0]);
    let format = options.write.as_deref().map_or(Format::Pcapng, Format::of);
    let format = if one { format } else { Format::Pcapng };
    let index = Shared::new(&Limits::default());
    let spool = match (&options.write, options.spool) {
        (Some(path), _) => {
            let file = privilege::create_to_read(path)?;
            Spool::begin(file, &path.display().to_string(), format, &taps, &index)?
        }
        (None, Some(limit)) => {
            let spool = Spool::begin(privilege::temporary(None)?, "the spool", format, &taps, &index)?;
            Spool { limit, ..spool }
        }
        (None, None) => Spool { format, ..Spool::default() },
    };
    let frames = spool.is_kept().then(|| Frames::new(index.clone()));
    let source = Live {
        gather: Gather { order: taps.len() > 1, ..Gather::default() },
        taps: taps.into_iter().map(Some).collect(),
        names,
        links,
        spool,
        checkpoints: Checkpoints::new(index.clone(), 1),
        number: 0,
        tally: Tally::default(),
        warnings: Vec::new(),
        stop: stop.clone(),
        lively: false,
        stopping: None,
        looked: None,
        dropped: 0,
    };
    Ok(Input { source: Box::new(source), frames })
}

/// The frames of some interfaces, as they come.
struct Live {
    /// `None` where an interface is gone.
    taps: Vec<Option<Tap>>,
    names: Vec<String>,
    links: Vec<LinkType>,
    gather: Gather,
    spool: Spool,
    checkpoints: Checkpoints,
    number: FrameNumber,
    tally: Tally,
    warnings: Vec<Note>,
    stop: Stop,
    /// Whether something came since it was last said that nothing is there.
    lively: bool,
    /// When it was first seen that it is to end.
    stopping: Option<Instant>,
    /// When it was last seen whether the interfaces are up.
    looked: Option<Instant>,
    /// Dropped on interfaces that are gone.
    dropped: u64,
}

impl Source for Live {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        let mut begun = None;
        loop {
            if let Some(note) = self.warnings.pop() {
                return Ok(Next::Warning(note));
            }
            if self.gather.shown < self.gather.batch.len() {
                return Ok(Next::Frame(self.show()));
            }
            let begun = *begun.get_or_insert_with(Instant::now);
            if self.stop.is_asked() {
                self.stopping.get_or_insert(begun);
            }
            let late = self.stopping.is_some_and(|since| since.elapsed() >= LONGEST);
            if !late && self.refill() {
                continue;
            }
            if late || self.is_over() {
                return Ok(match self.tally.say() {
                    Some(note) => Next::Warning(note),
                    None => Next::End { truncated: false },
                });
            }
            // At once, so that what came is shown before more is waited for.
            if std::mem::take(&mut self.lively) {
                return Ok(Next::Idle);
            }
            let left = PATIENCE.saturating_sub(begun.elapsed());
            if left < Duration::from_millis(1) {
                self.look_around();
                return Ok(Next::Idle);
            }
            self.wait(left);
        }
    }

    fn about(&self) -> About {
        let mut links = Vec::new();
        for &link in &self.links {
            if !links.contains(&link) {
                links.push(link);
            }
        }
        About { names: self.names.clone(), formats: vec!["live"], links, size: None }
    }

    fn dropped(&mut self) -> Option<u64> {
        Some(self.dropped + self.taps.iter_mut().flatten().map(Tap::dropped).sum::<u64>())
    }

    fn keep(&mut self, lines: &[u8]) {
        let mut rest = if self.spool.format == Format::Pcapng { lines } else { &[] };
        while !rest.is_empty() {
            let room = rest.len().min(SECRETS);
            let lines = rest[..room].iter().rposition(|&byte| byte == b'\n').map_or(room, |end| end + 1);
            let (here, after) = rest.split_at(if room < rest.len() { lines } else { room });
            let mut block = Zeroizing::default();
            write::secrets(&mut block, here);
            let written = self.spool.append(&block);
            self.warn(written);
            rest = after;
        }
    }
}

impl Live {
    /// The next packet of the batch.
    fn show(&mut self) -> Frame<'_> {
        let packet = &self.gather.batch[self.gather.shown];
        self.gather.shown += 1;
        self.lively = true;
        self.number += 1;
        let offset = self.spool.shown + packet.start as u64;
        if self.spool.is_kept() {
            self.checkpoints.pass(self.number, packet.captured, || std::iter::once(offset));
        }
        let frame = Frame {
            number: self.number,
            time: packet.time,
            link: packet.link,
            wire_len: packet.wire,
            bytes: packet.of(&self.gather.bytes),
            place: Place { file: 0, offset },
            comment: None,
        };
        self.tally.count(&frame);
        frame
    }

    /// Takes what has come and writes it; whether that is anything to show or to say.
    fn refill(&mut self) -> bool {
        self.gather.clear();
        for (number, tap) in self.taps.iter_mut().enumerate() {
            let Some(taken) = tap.as_mut().map(|tap| self.gather.take(tap, number as u32, self.spool.format))
            else {
                continue;
            };
            if let Err(why) = taken {
                self.dropped += tap.take().map_or(0, |mut tap| tap.dropped());
                let what =
                    format!("{}: {why}; nothing more comes from it", crate::safe::line(&self.names[number]));
                self.warnings.push(CAP_INTERFACE_LOST.with(what));
            }
        }
        self.gather.order(self.stopping.is_some());
        let written = self.spool.write(&self.gather.bytes);
        self.warn(written);
        match self.spool.trim(&self.checkpoints) {
            Ok(None) => {}
            Ok(Some(limit)) => {
                let what = format!("more than {limit} bytes: the oldest packets are let go");
                self.warnings.push(CAP_SPOOL_LIMIT.with(what));
            }
            Err(why) => self.warn(Err(why)),
        }
        !self.gather.batch.is_empty() || !self.warnings.is_empty()
    }

    fn warn(&mut self, written: std::io::Result<()>) {
        if let Err(why) = written {
            let what = format!("{why}: what follows is shown, but neither kept nor opened again");
            self.warnings.push(CAP_SPOOL_FAILED.with(what));
        }
    }

    /// Whether nothing more will come, now that nothing is there.
    fn is_over(&self) -> bool {
        let gone = self.taps.iter().all(Option::is_none);
        let stopped = self.stopping.is_some_and(|since| since.elapsed() >= LAST);
        (gone || stopped) && self.gather.held.is_empty()
    }

    /// Now and then, while nothing comes: whether the interfaces are still up.
    fn look_around(&mut self) {
        if self.looked.is_some_and(|last| last.elapsed() < LOOK) {
            return;
        }
        self.looked = Some(Instant::now());
        let interfaces = interface::list();
        for tap in self.taps.iter_mut().flatten() {
            if tap.went_down(&interfaces) {
                let what = format!(
                    "{} went down; what comes when it is up again is shown",
                    crate::safe::line(&tap.name)
                );
                self.warnings.push(CAP_INTERFACE_LOST.with(what));
            }
        }
    }

    /// Sleeps until packets come.
    fn wait(&self, longest: Duration) {
        let longest = if self.gather.held.is_empty() && self.stopping.is_none() {
            longest
        } else {
            longest.min(LAST / 4)
        };
        let mut asked: Vec<PollFd<'_>> =
            self.taps.iter().flatten().map(|tap| PollFd::new(tap.as_fd(), PollFlags::POLLIN)).collect();
        // A signal wakes it too, and then the caller looks around; so does trouble, which the next take tells.
        let _ = poll(&mut asked, PollTimeout::try_from(longest).unwrap_or(PollTimeout::ZERO));
    }
}

/// A packet in the form in which it is written.
#[derive(Clone, Copy)]
struct Encoded {
    time: Timestamp,
    link: LinkType,
    wire: u32,
    /// Where its record begins among the bytes, how long that is, where in it the packet lies and how long that is.
    start: usize,
    length: usize,
    header: usize,
    captured: usize,
}

impl Encoded {
    fn of<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.start + self.header..self.start + self.header + self.captured]
    }
}

/// Packets on their way from the rings to the file.
#[derive(Default)]
struct Gather {
    /// What is written and shown next, and how much of it has been shown.
    batch: Vec<Encoded>,
    bytes: Vec<u8>,
    shown: usize,
    /// Whether there are several interfaces, whose packets are put in order of time.
    order: bool,
    /// Then: what still waits for earlier packets.
    held: Vec<Encoded>,
    held_bytes: Vec<u8>,
}

impl Gather {
    fn clear(&mut self) {
        self.batch.clear();
        self.bytes.clear();
        self.shown = 0;
    }

    /// Takes what has come on an interface, up to a batch of it.
    fn take(&mut self, tap: &mut Tap, interface: u32, format: Format) -> Result<(), String> {
        let link = tap.link;
        let (packets, bytes) = match self.order {
            true => (&mut self.held, &mut self.held_bytes),
            false => (&mut self.batch, &mut self.bytes),
        };
        let before = bytes.len();
        loop {
            let taken = tap.take(PACKETS, |packet| {
                let start = bytes.len();
                let captured = packet.bytes.len();
                let header =
                    write::packet(bytes, format, interface, packet.time, packet.wire, packet.bytes, None);
                let length = bytes.len() - start;
                packets.push(Encoded {
                    time: packet.time,
                    link,
                    wire: packet.wire,
                    start,
                    length,
                    header,
                    captured,
                });
            })?;
            if taken < PACKETS || bytes.len() - before >= BATCH {
                return Ok(());
            }
        }
    }

    /// With several interfaces: moves what is old enough to the batch, in order of time; `all` does not wait.
    fn order(&mut self, all: bool) {
        if !self.order || self.held.is_empty() {
            return;
        }
        let now =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos() as i64;
        let old = |packet: &Encoded| all || packet.time.0 <= now - HOLD || packet.time.0 > now + HOLD;
        self.held.sort_by_key(|packet| packet.time);
        let (mut kept, mut kept_bytes) = (Vec::new(), Vec::new());
        for packet in self.held.drain(..) {
            let record = &self.held_bytes[packet.start..packet.start + packet.length];
            let (to, bytes) = match old(&packet) {
                true => (&mut self.batch, &mut self.bytes),
                false => (&mut kept, &mut kept_bytes),
            };
            to.push(Encoded { start: bytes.len(), ..packet });
            bytes.extend_from_slice(record);
        }
        (self.held, self.held_bytes) = (kept, kept_bytes);
    }
}

/// The file that everything is written to.
struct Spool {
    /// `None` where there is none, and after it could not be written.
    file: Option<Arc<File>>,
    format: Format,
    /// Where the batch that is being shown begins in it, and where it ends.
    shown: u64,
    end: u64,
    /// How much of it is kept.
    limit: u64,
    /// Before this nothing is read again, and before that nothing takes room any more.
    forgotten: u64,
    freed: u64,
}

impl Default for Spool {
    fn default() -> Spool {
        Spool {
            file: None,
            format: Format::Pcapng,
            shown: 0,
            end: 0,
            limit: u64::MAX,
            forgotten: 0,
            freed: 0,
        }
    }
}

/// The spool is trimmed by this part of its limit at a time. So much is forgotten before it is freed, which leaves who
/// reads it just then the time to finish.
const TRIM: u64 = 8;

impl Spool {
    /// Writes the head of the file.
    fn begin(file: File, what: &str, format: Format, taps: &[Tap], index: &Shared) -> Result<Spool, Error> {
        let file = Arc::new(file);
        let mut head = Vec::new();
        let mut index = index.lock();
        index.file(Some(file.clone()));
        match format {
            Format::Pcap => {
                write::pcap_header(&mut head, taps[0].link);
                index.section(0, Section::pcap(0, pcap::Layout::written(taps[0].link)));
            }
            Format::Pcapng => {
                write::section(&mut head);
                index.section(0, Section::pcapng(0, false));
                for tap in taps {
                    index.interface(0, Interface::written(head.len() as u64, tap.link));
                    write::interface(&mut head, &tap.name, tap.link);
                }
            }
        }
        let wrong = |cause| Error::Write { what: crate::safe::line(what), cause };
        (&*file).write_all(&head).map_err(wrong)?;
        Ok(Spool { file: Some(file), format, end: head.len() as u64, ..Spool::default() })
    }

    fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    /// Writes a batch behind the others, which is shown next.
    fn write(&mut self, batch: &[u8]) -> std::io::Result<()> {
        self.shown = self.end;
        self.append(batch)
    }

    /// Writes behind what is there. After a failure the file ends with the last whole batch, and nothing more is
    /// written.
    fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let Some(file) = self.file.as_deref().filter(|_| !bytes.is_empty()) else { return Ok(()) };
        let mut out = file;
        if let Err(why) = out.write_all(bytes) {
            let _ = file.set_len(self.end);
            self.file = None;
            return Err(why);
        }
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Lets the oldest packets go where there are more than the limit; the limit, the first time that it is hit.
    ///
    /// # Errors
    /// What the system says where it cannot free a part of a file: nothing more is written then.
    fn trim(&mut self, checkpoints: &Checkpoints) -> std::io::Result<Option<u64>> {
        let step = self.limit / TRIM;
        let Some(file) = self.file.as_deref().filter(|_| self.end - self.forgotten > self.limit - step)
        else {
            return Ok(None);
        };
        let first = self.forgotten == 0;
        if let Err(why) = free(file, self.freed, self.forgotten) {
            self.file = None;
            return Err(why);
        }
        self.freed = self.forgotten;
        self.forgotten = checkpoints.forget(self.end - (self.limit - 2 * step));
        Ok(first.then_some(self.limit))
    }
}

/// Gives the room of a part of a file back; the rest stays where it is.
#[cfg(target_os = "linux")]
fn free(file: &File, from: u64, to: u64) -> std::io::Result<()> {
    use nix::fcntl::{FallocateFlags, fallocate};
    if from < to {
        let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        fallocate(file, hole, from as i64, (to - from) as i64)?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn free(_: &File, from: u64, to: u64) -> std::io::Result<()> {
    match from < to {
        true => Err(std::io::Error::other("the spool is full, and this system cannot free a part of it")),
        false => Ok(()),
    }
}
