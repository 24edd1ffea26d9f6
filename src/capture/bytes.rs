//! The bytes of one input file: a window of them in memory, read ahead in large pieces and looked at in place.
//!
//! What cannot be read twice (a pipe, gzip) goes to a spool file as it comes, where that is asked for; offsets are
//! then those of the spool, that is of the unpacked bytes.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How much is unpacked at once: what a damaged stream takes with it.
const UNPACKED: usize = 4 << 10;
/// How long a pipe is waited for, in milliseconds.
const PATIENCE: u16 = 50;

/// Whether as many bytes as were asked for are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Have {
    /// They are.
    Enough,
    /// The input ends before.
    Ended,
    /// Not yet.
    Pending,
}

/// A window onto an input.
pub(super) struct Bytes {
    origin: Origin,
    buffer: Vec<u8>,
    /// How large the buffer is unless one block needs more.
    usual: usize,
    /// What is looked at next, and the end of what has been read, in the buffer.
    start: usize,
    end: usize,
    /// The offset of the buffer's first byte in the input.
    base: u64,
    spool: Option<Arc<File>>,
    trouble: Option<Trouble>,
}

enum Origin {
    /// Can be read at any offset.
    File { file: Arc<File>, at: u64 },
    /// A pipe; `tasted` was read from it already.
    Pipe { file: File, tasted: io::Cursor<Vec<u8>> },
    /// Unpacked on the way.
    Gzip(Box<dyn Read + Send>),
}

/// What went wrong on the way, apart from the system's own errors.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The gzip stream stops before its end.
    GzipCut,
    /// The gzip stream does not unpack.
    GzipDamaged(String),
    /// The spool could not be written: later frames cannot be read again.
    Spool(io::Error),
}

impl Bytes {
    /// The bytes of an open file, unpacked where they are gzip. With `spool` what cannot be read twice is spooled.
    pub(super) fn open(
        file: File,
        usual: usize,
        spool: impl FnOnce() -> io::Result<Option<File>>,
    ) -> io::Result<Bytes> {
        let regular = file.metadata()?.is_file();
        let mut tasted = Vec::new();
        let at = if regular {
            io::Seek::stream_position(&mut &file)?
        } else {
            (&file).take(2).read_to_end(&mut tasted)?;
            0
        };
        let mut magic = [0; 2];
        let gzip = match regular {
            true => file.read_at(&mut magic, at)? == 2 && magic == GZIP,
            false => tasted == GZIP,
        };
        let (origin, spooled) = match (gzip, regular) {
            (false, true) => (Origin::File { file: Arc::new(file), at }, false),
            (false, false) => (Origin::Pipe { file, tasted: io::Cursor::new(tasted) }, true),
            (true, _) => {
                let packed = BufReader::with_capacity(128 << 10, io::Cursor::new(tasted).chain(file));
                (Origin::Gzip(Box::new(MultiGzDecoder::new(packed))), true)
            }
        };
        let spool = if spooled { spool()?.map(Arc::new) } else { None };
        let base = if spooled { 0 } else { at };
        Ok(Bytes { origin, buffer: vec![0; usual], usual, start: 0, end: 0, base, spool, trouble: None })
    }

    /// The bytes of a file that can be read at any offset, from `at` on.
    pub(super) fn again(file: Arc<File>, at: u64, usual: usize) -> Bytes {
        let origin = Origin::File { file, at };
        Bytes {
            origin,
            buffer: vec![0; usual],
            usual,
            start: 0,
            end: 0,
            base: at,
            spool: None,
            trouble: None,
        }
    }

    /// The file in which everything that was read can be read again, if there is one.
    pub(super) fn rereadable(&self) -> Option<Arc<File>> {
        match &self.origin {
            Origin::File { file, .. } => Some(file.clone()),
            Origin::Pipe { .. } | Origin::Gzip(_) => self.spool.clone(),
        }
    }

    /// How large the input is, where it is a plain file.
    pub(super) fn size(&self) -> Option<u64> {
        match &self.origin {
            Origin::File { file, .. } => file.metadata().ok().map(|about| about.len()),
            _ => None,
        }
    }

    /// Which file of which device this is, where it is a plain one.
    pub(super) fn identity(&self) -> Option<(u64, u64)> {
        match &self.origin {
            Origin::File { file, .. } => file.metadata().ok().map(|about| (about.dev(), about.ino())),
            _ => None,
        }
    }

    /// What went wrong since this was last asked.
    pub(super) fn trouble(&mut self) -> Option<Trouble> {
        self.trouble.take()
    }

    /// Whether something went wrong that was not asked about yet.
    pub(super) fn is_troubled(&self) -> bool {
        self.trouble.is_some()
    }

    /// The offset of what is looked at next.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// What has been read and not been consumed.
    pub(super) fn ahead(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Where [`Bytes::ahead`] begins in [`Bytes::slice`]; holds until the next [`Bytes::want`].
    pub(super) fn position(&self) -> usize {
        self.start
    }

    /// Bytes by their position in the window.
    pub(super) fn slice(&self, range: std::ops::Range<usize>) -> &[u8] {
        &self.buffer[range]
    }

    /// Bytes from a position in the window on.
    pub(super) fn slice_from(&self, start: usize) -> &[u8] {
        &self.buffer[start..self.end]
    }

    /// Goes on behind the next `length` bytes, which are there.
    pub(super) fn consume(&mut self, length: usize) {
        self.start = (self.start + length).min(self.end);
    }

    /// Goes to `offset`; only where the input is a plain file.
    pub(super) fn seek(&mut self, offset: u64) {
        if offset >= self.base && offset <= self.base + self.end as u64 {
            self.start = (offset - self.base) as usize;
            return;
        }
        if let Origin::File { at, .. } = &mut self.origin {
            *at = offset;
            (self.base, self.start, self.end) = (offset, 0, 0);
        }
    }

    /// Makes sure that `length` bytes lie ahead, as far as the input has them.
    #[inline]
    pub(super) fn want(&mut self, length: usize) -> io::Result<Have> {
        if self.end - self.start >= length {
            return Ok(Have::Enough);
        }
        self.fill(length)
    }

    /// [`Bytes::want`], waiting for a slow pipe however long it takes.
    pub(super) fn want_all(&mut self, length: usize) -> io::Result<Have> {
        loop {
            match self.want(length)? {
                Have::Pending => {}
                have => return Ok(have),
            }
        }
    }

    #[cold]
    fn fill(&mut self, length: usize) -> io::Result<Have> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        (self.start, self.end) = (0, self.end - self.start);
        if self.buffer.len() > self.usual && self.end.max(length) <= self.usual {
            self.buffer.truncate(self.usual);
            self.buffer.shrink_to_fit();
        }
        while self.end < length {
            if self.end == self.buffer.len() {
                // Twice as much at most: a claimed length alone gets no memory, bytes do.
                let larger = length.min(self.buffer.len() * 2);
                self.buffer.resize(larger, 0);
            }
            match self.read() {
                Ok(0) => return Ok(Have::Ended),
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Have::Pending),
                Err(error) => return Err(error),
            }
        }
        Ok(Have::Enough)
    }

    /// Reads once, behind what is there.
    fn read(&mut self) -> io::Result<usize> {
        let room = &mut self.buffer[self.end..];
        let count = match &mut self.origin {
            Origin::File { file, at } => {
                let count = file.read_at(room, *at)?;
                *at += count as u64;
                return Ok(count);
            }
            Origin::Pipe { file, tasted } => match tasted.read(room)? {
                0 => {
                    wait_for(file)?;
                    file.read(room)?
                }
                count => count,
            },
            Origin::Gzip(unpacked) => match unpacked.read(few(room)) {
                Ok(count) => count,
                // The unpacker's own complaints carry no number of the system's.
                Err(error)
                    if error.raw_os_error().is_none() && error.kind() != io::ErrorKind::Interrupted =>
                {
                    self.trouble = Some(match error.kind() {
                        io::ErrorKind::UnexpectedEof => Trouble::GzipCut,
                        _ => Trouble::GzipDamaged(error.to_string()),
                    });
                    self.origin = Origin::Gzip(Box::new(io::empty()));
                    return Ok(0);
                }
                Err(error) => return Err(error),
            },
        };
        if let Some(spool) = &self.spool
            && let Err(error) = io::Write::write_all(&mut &**spool, &self.buffer[self.end..self.end + count])
        {
            self.trouble = Some(Trouble::Spool(error));
            self.spool = None;
        }
        Ok(count)
    }
}

fn few(room: &mut [u8]) -> &mut [u8] {
    let length = room.len().min(UNPACKED);
    &mut room[..length]
}

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Waits a moment for `file` to have something to say.
fn wait_for(file: &File) -> io::Result<()> {
    let mut asked = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
    match poll(&mut asked, PollTimeout::from(PATIENCE)) {
        Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

macro_rules! read_at {
    ($($name:ident $type:ident;)*) => {$(
        /// A number in the given byte order, which lies in `bytes`.
        #[inline]
        pub(super) fn $name(bytes: &[u8], at: usize, big: bool) -> $type {
            const LENGTH: usize = size_of::<$type>();
            let mut number = [0; LENGTH];
            number.copy_from_slice(&bytes[at..at + LENGTH]);
            if big { $type::from_be_bytes(number) } else { $type::from_le_bytes(number) }
        }
    )*};
}

read_at! {
    u16_at u16;
    u32_at u32;
    u64_at u64;
}
