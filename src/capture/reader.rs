//! One capture file of any format, walked record by record.
//!
//! Out come [`Record`]s, which say where in the window of bytes a frame lies, and whatever else the file says. The
//! format's parsers never see the index, the limits on warnings, or whether the file may still grow.

use std::fs::File;
use std::io;
use std::net::IpAddr;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bytes::{Bytes, Trouble};
use super::index::Shared;
use super::pcap::{self, Pcap};
use super::pcapng::{self, Interface, Pcapng};
use super::{Options, privilege};
use crate::diagnostic::{CAP_CORRUPT, CAP_SPOOL_FAILED, CAP_TRUNCATED_FILE, Note};
use crate::error::Error;
use crate::frame::{Frame, FrameNumber, LinkType, Place, Timestamp};
use crate::limits::Limits;

/// Warnings of one file that are said one by one; the rest is counted.
const WARNINGS: u64 = 16;
/// Link types of one file that are listed.
const LINKS: usize = 64;

/// Where a frame lies in the window of bytes, until the next step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record {
    pub(super) time: Timestamp,
    pub(super) link: LinkType,
    pub(super) wire: u32,
    /// Offset of its header in the file.
    pub(super) offset: u64,
    /// Where its bytes begin in the window, and how many they are.
    pub(super) start: usize,
    pub(super) length: usize,
    /// Whether its block holds comments.
    pub(super) commented: bool,
}

/// What a step through a file finds: small, as most steps find a record, which stays with the reader.
#[derive(Debug)]
pub(super) enum Step {
    Record,
    Aside(Box<Aside>),
    Pending,
    End { truncated: bool },
}

/// What else a file says.
#[derive(Debug)]
pub(super) enum Aside {
    Section(Section),
    Interface(Interface),
    /// Lines of a TLS key log, by their place in the window.
    Secrets(Range<usize>),
    Name(IpAddr, String),
    Warning(Note),
    /// A warning that the input ends in the middle of something.
    Damage(Note),
}

impl From<Aside> for Step {
    fn from(aside: Aside) -> Step {
        Step::Aside(Box::new(aside))
    }
}

/// How the records from an offset on are laid out; what a reader must know to begin there.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) from: u64,
    pub(super) layout: Layout,
}

#[derive(Clone, Debug)]
pub(super) enum Layout {
    Pcap(pcap::Layout),
    Pcapng { big: bool, interfaces: Vec<Interface> },
}

impl Section {
    pub(super) fn pcap(from: u64, layout: pcap::Layout) -> Section {
        Section { from, layout: Layout::Pcap(layout) }
    }

    pub(super) fn pcapng(from: u64, big: bool) -> Section {
        Section { from, layout: Layout::Pcapng { big, interfaces: Vec::new() } }
    }

    /// The interfaces that were described before `offset`, from the `known`th on.
    fn interfaces(&self, known: usize, offset: u64) -> &[Interface] {
        let Layout::Pcapng { interfaces, .. } = &self.layout else { return &[] };
        let end = interfaces.partition_point(|interface| interface.from < offset);
        &interfaces[known.min(end)..end]
    }
}

enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// Opens a file; `-` is standard input.
pub(super) fn open(path: &Path) -> Result<File, Error> {
    let opened = match path.as_os_str() == "-" {
        true => std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned().map(File::from),
        false => File::open(path),
    };
    opened.map_err(|cause| Error::Read { path: path.to_owned(), cause })
}

/// Walks one file.
pub(super) struct Reader {
    bytes: Bytes,
    format: Format,
    /// The record that was found last.
    record: Record,
    /// Its number in the input.
    file: u16,
    limits: Limits,
    /// Where it is told of sections and interfaces; not when reading again.
    index: Option<Shared>,
    /// The section that is being read again.
    section: u64,
    path: PathBuf,
    /// How it is called in warnings, where there are several.
    label: Option<String>,
    follow: bool,
    links: Vec<LinkType>,
    comment: String,
    warnings: u64,
    /// Whether the number of the warnings that were not said was said.
    counted: bool,
    /// Whether it ended in the middle of something, and where that was said.
    truncated: bool,
    cut: Option<u64>,
    /// Whether a limit was hit behind which nothing is read.
    stopped: bool,
}

impl Reader {
    /// Finds out the format of an open file, the `file`th of the input.
    pub(super) fn begin(
        path: &Path,
        opened: File,
        file: u16,
        window: usize,
        options: &Options,
    ) -> Result<Reader, Error> {
        let wrong = |cause| Error::Read { path: path.to_owned(), cause };
        let mut spool_failed = None;
        let spool = || match options.rereadable {
            true => privilege::temporary(options.spool_folder.as_deref()).map(Some).or_else(|error| {
                spool_failed = Some(error);
                Ok(None)
            }),
            false => Ok(None),
        };
        let mut bytes = Bytes::open(opened, window, spool).map_err(wrong)?;
        if let Some(error) = spool_failed {
            return Err(error);
        }
        let format = match Reader::format(&mut bytes, &options.limits).map_err(wrong)? {
            Ok(format) => format,
            Err(why) => return Err(Error::NotACapture { path: path.to_owned(), why }),
        };
        let mut reader = Reader::new(bytes, format, file, path, options);
        if let Format::Pcap(pcap) = &reader.format {
            reader.links.push(pcap.layout().link());
        }
        Ok(reader)
    }

    fn new(bytes: Bytes, format: Format, file: u16, path: &Path, options: &Options) -> Reader {
        Reader {
            bytes,
            format,
            record: Record::default(),
            file,
            limits: options.limits.clone(),
            index: None,
            section: 0,
            path: path.to_owned(),
            label: None,
            follow: options.follow,
            links: Vec::new(),
            comment: String::new(),
            warnings: 0,
            counted: false,
            truncated: false,
            cut: None,
            stopped: false,
        }
    }

    fn format(bytes: &mut Bytes, limits: &Limits) -> io::Result<Result<Format, String>> {
        bytes.want_all(4)?;
        let Some(start) = bytes.ahead().first_chunk::<4>().copied() else {
            return Ok(Err(match (bytes.trouble(), bytes.ahead().len()) {
                (Some(_), _) => "its gzip stream does not unpack".to_owned(),
                (None, 0) => "it is empty".to_owned(),
                (None, length) => format!("it has only {length} bytes"),
            }));
        };
        if pcap::is_magic(&start) {
            return Ok(Pcap::open(bytes, limits)?.map(Format::Pcap));
        }
        if pcapng::is_magic(&start) {
            return Ok(Pcapng::open(bytes, limits)?.map(Format::Pcapng));
        }
        Ok(Err(format!("{}; pcap and pcapng are read, also gzipped", looks_like(bytes.ahead()))))
    }

    /// A reader of the same file, at `offset` of `section`.
    pub(super) fn again(
        file: Arc<File>,
        number: u16,
        section: &Section,
        offset: u64,
        limits: &Limits,
    ) -> Reader {
        const WINDOW: usize = 32 << 10;
        let options = Options { limits: limits.clone(), ..Options::default() };
        let bytes = Bytes::again(file, offset, WINDOW);
        let format = Reader::format_of(section, offset, limits);
        let mut reader = Reader::new(bytes, format, number, Path::new(""), &options);
        reader.section = section.from;
        reader
    }

    fn format_of(section: &Section, offset: u64, limits: &Limits) -> Format {
        match &section.layout {
            Layout::Pcap(layout) => Format::Pcap(Pcap::again(*layout, limits)),
            Layout::Pcapng { big, .. } => {
                Format::Pcapng(Pcapng::again(*big, section.interfaces(0, offset).to_vec(), limits))
            }
        }
    }

    /// Goes to `offset` of `section`, behind where it is.
    pub(super) fn seek(&mut self, section: &Section, offset: u64) {
        if section.from != self.section {
            self.format = Reader::format_of(section, offset, &self.limits);
            self.section = section.from;
        }
        match &mut self.format {
            Format::Pcap(pcap) => pcap.moved(),
            Format::Pcapng(pcapng) => pcapng.moved(section.interfaces(pcapng.known(), offset)),
        }
        self.bytes.seek(offset);
    }

    /// Tells `index` of this file's sections from now on.
    pub(super) fn tell(&mut self, index: &Shared) {
        let section = match &self.format {
            Format::Pcap(pcap) => Section::pcap(0, pcap.layout()),
            // Its header may be damaged; what stands behind it is yet read by the order of its bytes.
            Format::Pcapng(pcapng) => Section::pcapng(0, pcapng.is_big()),
        };
        let mut told = index.lock();
        told.file(self.bytes.rereadable());
        told.section(self.file, section);
        drop(told);
        self.index = Some(index.clone());
    }

    /// Calls the file by its name in warnings.
    pub(super) fn label(&mut self) {
        self.label = Some(crate::safe::line(&self.path.to_string_lossy()));
    }

    /// `pcap` or `pcapng`.
    pub(super) fn format_name(&self) -> &'static str {
        match self.format {
            Format::Pcap(_) => "pcap",
            Format::Pcapng(_) => "pcapng",
        }
    }

    /// Bytes of the file, where known.
    pub(super) fn size(&self) -> Option<u64> {
        self.bytes.size()
    }

    /// The link types of the file so far.
    pub(super) fn links(&self) -> &[LinkType] {
        &self.links
    }

    /// Where the next record is looked for.
    pub(super) fn offset(&self) -> u64 {
        self.bytes.offset()
    }

    /// The record that the last step found.
    #[inline]
    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    /// Its frame.
    #[inline]
    pub(super) fn frame(&mut self, number: FrameNumber) -> Frame<'_> {
        if self.record.commented {
            self.read_comment();
        }
        let record = &self.record;
        Frame {
            number,
            time: record.time,
            link: record.link,
            wire_len: record.wire,
            bytes: self.bytes.slice(record.start..record.start + record.length),
            place: Place { file: self.file, offset: record.offset },
            comment: if record.commented { Some(&self.comment) } else { None },
        }
    }

    #[cold]
    fn read_comment(&mut self) {
        let Format::Pcapng(pcapng) = &self.format else { return };
        let block = self.bytes.slice_from(self.record.start - pcapng::BEFORE_PACKET);
        pcapng.comment(block, self.record.length, &mut self.comment);
    }

    /// Bytes by their place in the window.
    pub(super) fn slice(&self, range: Range<usize>) -> &[u8] {
        self.bytes.slice(range)
    }

    /// The next thing that the file says: never `Section`, `Interface` or `Damage`.
    #[inline]
    pub(super) fn step(&mut self) -> Result<Step, Error> {
        if self.stopped || self.bytes.is_troubled() {
            return Ok(self.halt());
        }
        match self.walk() {
            Ok(Step::Record) => Ok(Step::Record),
            step => self.aside(step),
        }
    }

    #[inline]
    fn walk(&mut self) -> io::Result<Step> {
        match &mut self.format {
            Format::Pcap(pcap) => pcap.step(&mut self.bytes, &mut self.record),
            Format::Pcapng(pcapng) => pcapng.step(&mut self.bytes, &mut self.record),
        }
    }

    /// What is no plain record.
    #[cold]
    fn aside(&mut self, mut step: io::Result<Step>) -> Result<Step, Error> {
        loop {
            let found = step.map_err(|cause| Error::Read { path: self.path.clone(), cause })?;
            let answer = match found {
                Step::Record | Step::Pending => Some(found),
                Step::End { .. } => Some(self.end()),
                Step::Aside(aside) => match *aside {
                    Aside::Section(section) => self.section(section),
                    Aside::Interface(interface) => self.interface(interface),
                    Aside::Warning(note) => self.warn(note),
                    Aside::Damage(note) => self.damage(note),
                    secrets_or_name => Some(secrets_or_name.into()),
                },
            };
            if let Some(answer) = answer {
                return Ok(answer);
            }
            step = self.walk();
        }
    }

    fn section(&mut self, section: Section) -> Option<Step> {
        self.section = section.from;
        if let Layout::Pcap(layout) = section.layout {
            self.link(layout.link());
        }
        let index = self.index.as_ref()?;
        if index.lock().section(self.file, section) {
            return None;
        }
        self.stopped = true;
        self.warn(CAP_CORRUPT.with("more sections and interfaces than the limit: stopped there"))
    }

    fn interface(&mut self, interface: Interface) -> Option<Step> {
        self.link(interface.link);
        let index = self.index.as_ref()?;
        if index.lock().interface(self.file, interface) {
            return None;
        }
        self.stopped = true;
        self.warn(CAP_CORRUPT.with("more sections and interfaces than the limit: stopped there"))
    }

    fn link(&mut self, link: LinkType) {
        if self.links.len() < LINKS && !self.links.contains(&link) {
            self.links.push(link);
        }
    }

    /// Says a warning, or only counts it.
    fn warn(&mut self, mut note: Note) -> Option<Step> {
        self.warnings += 1;
        if let (Some(label), Some(detail)) = (&self.label, &note.detail) {
            note.detail = Some(format!("{label}: {detail}").into());
        }
        (self.warnings <= WARNINGS).then(|| Aside::Warning(note).into())
    }

    /// The input ends in the middle of something.
    fn damage(&mut self, note: Note) -> Option<Step> {
        let ahead = self.bytes.ahead().len();
        if ahead == 0 {
            // It was passed over to the end.
            self.truncated = true;
            return self.warn(note);
        }
        if let Some(wait) = self.wait() {
            return Some(wait);
        }
        let end = self.bytes.offset() + ahead as u64;
        if self.cut.replace(end) == Some(end) || self.bytes.is_troubled() {
            return Some(Step::End { truncated: true });
        }
        self.warn(note).or(Some(Step::End { truncated: true }))
    }

    fn end(&mut self) -> Step {
        if self.bytes.is_troubled() {
            return self.halt();
        }
        if let Some(wait) = self.wait() {
            return wait;
        }
        let untold = self.warnings.saturating_sub(WARNINGS);
        if untold > 0 && !std::mem::replace(&mut self.counted, true) {
            let note = CAP_CORRUPT.with(format!("{untold} more such places"));
            self.warnings = 0;
            return self.warn(note).unwrap_or(Step::End { truncated: self.truncated });
        }
        Step::End { truncated: self.truncated }
    }

    /// The spool or the unpacking failed, or a limit stops the reading.
    #[cold]
    fn halt(&mut self) -> Step {
        let note = match self.bytes.trouble() {
            None => return Step::End { truncated: true },
            Some(Trouble::GzipCut) => CAP_TRUNCATED_FILE.with("the gzip stream stops before its end"),
            Some(Trouble::GzipDamaged(why)) => {
                CAP_CORRUPT.with(format!("the gzip stream is damaged ({why}): stopped there"))
            }
            Some(Trouble::Spool(why)) => {
                let what = format!("{why}: what follows is shown, but cannot be opened again");
                return self.warn(CAP_SPOOL_FAILED.with(what)).unwrap_or(Step::Pending);
            }
        };
        self.truncated = true;
        self.warn(note).unwrap_or(Step::Pending)
    }

    /// At the end of a file that is followed: that more may come, or that it never will.
    fn wait(&mut self) -> Option<Step> {
        let size = self.bytes.size().filter(|_| self.follow)?;
        let read = self.bytes.offset() + self.bytes.ahead().len() as u64;
        let replaced = || {
            let there = std::fs::metadata(&self.path).ok()?;
            Some((there.dev(), there.ino()))
                .filter(|there| self.bytes.identity().is_some_and(|ours| ours != *there))
        };
        let what = match size < read {
            true => "the file was cut short while it was followed: stopped there",
            false if self.path.as_os_str() != "-" && replaced().is_some() => {
                "another file has taken its place: stopped there"
            }
            false => return Some(Step::Pending),
        };
        self.follow = false;
        self.warn(CAP_TRUNCATED_FILE.with(what))
    }
}

/// What a file that is no capture looks like, in a clause.
fn looks_like(start: &[u8]) -> String {
    let known: &[(&[u8], &str)] = &[
        (b"\x28\xb5\x2f\xfd", "it is packed with zstd: unpack it first"),
        (b"\xfd7zXZ", "it is packed with xz: unpack it first"),
        (b"BZh", "it is packed with bzip2: unpack it first"),
        (b"PK\x03\x04", "it is a zip archive: unpack it first"),
        (b"\x1f\x8b", "it is gzip twice over: unpack it first"),
        (b"snoop\0", "it is a snoop file: convert it with editcap"),
        (b"\x7fELF", "it is a program"),
        (b"\0\0\0\0", "it begins with zeros"),
    ];
    if let Some((_, what)) = known.iter().find(|(magic, _)| start.starts_with(magic)) {
        return (*what).to_owned();
    }
    let start = &start[..start.len().min(4)];
    if start.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        return "it is text".to_owned();
    }
    let hex: String = start.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("it begins with {hex}")
}
