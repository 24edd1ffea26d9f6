//! Follows TLS key log files that may still be growing, or not be there yet.
//!
//! In goes the path of a file (or a pipe); out come whole lines, as they are written. What the lines say is not looked
//! at here.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{About, Next, Source};
use crate::error::Error;

/// Bytes that are read at once; a longer line is dropped.
const PIECE: usize = 1 << 20;
/// Frames after which the files are looked at even if the source never rests.
const FRAMES: u32 = 1024;

/// A key log file that is followed.
pub struct KeyLog {
    path: PathBuf,
    file: Option<File>,
    /// Whether it can be read at any offset, and from where on it is read next.
    plain: bool,
    at: u64,
    /// What was read: whole lines that have been given out, then the beginning of one. It never grows beyond its
    /// capacity, so that no copy of it stays behind.
    lines: Zeroizing<Vec<u8>>,
    given: usize,
    /// How long the file was when it began to be followed.
    old: u64,
}

impl KeyLog {
    /// Opens the file at `path`, to follow it; it need not be there yet.
    pub fn open(path: PathBuf) -> KeyLog {
        let old = std::fs::metadata(&path).map_or(0, |file| if file.is_file() { file.len() } else { 0 });
        let mut log =
            KeyLog { path, file: None, plain: false, at: 0, lines: Zeroizing::default(), given: 0, old };
        // What cannot be opened now may be there later.
        let _ = log.reopen();
        log
    }

    /// The whole lines that came since the last call. A file that was emptied or exchanged is read from its start.
    pub fn poll(&mut self) -> Option<&[u8]> {
        self.lines.drain(..self.given);
        self.given = 0;
        let before = self.lines.len();
        // What cannot be read now may be readable later.
        let _ = self.read();
        let end = self.lines[before..].iter().rposition(|&byte| byte == b'\n');
        match end {
            Some(end) => self.given = before + end + 1,
            None if self.lines.len() >= PIECE => self.lines.clear(),
            None => {}
        }
        (self.given > 0).then(|| &self.lines[..self.given])
    }

    /// A last line that nothing ends, once nothing more is expected.
    pub fn rest(&mut self) -> Option<&[u8]> {
        self.lines.drain(..self.given);
        self.given = self.lines.len();
        (self.given > 0).then_some(&self.lines)
    }

    /// What the last call gave.
    fn given(&self) -> &[u8] {
        &self.lines[..self.given]
    }

    /// Of what the last call gave, the lines that were not in the file when it began to be followed.
    fn fresh(&self) -> &[u8] {
        let start = self.at - self.lines.len() as u64;
        let old = usize::try_from(self.old.saturating_sub(start)).unwrap_or(usize::MAX);
        self.given().get(old..).unwrap_or_default()
    }

    fn read(&mut self) -> io::Result<()> {
        self.reopen()?;
        let Some(file) = &mut self.file else { return Ok(()) };
        let room = (2 * PIECE).saturating_sub(self.lines.len());
        self.lines.reserve_exact(room);
        let before = self.lines.len();
        self.lines.resize(before + PIECE, 0);
        let mut room = &mut self.lines[before..];
        while !room.is_empty() {
            let read = if self.plain { file.read_at(room, self.at) } else { file.read(room) };
            match read {
                Ok(0) => break,
                Ok(count) => {
                    self.at += count as u64;
                    room = &mut room[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let left = room.len();
        self.lines.truncate(before + PIECE - left);
        Ok(())
    }

    /// Opens the file where it was not there before, is another one now, or has become shorter.
    fn reopen(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file {
            let ours = file.metadata()?;
            let same = std::fs::metadata(&self.path)
                .map_or(true, |there| (there.dev(), there.ino()) == (ours.dev(), ours.ino()));
            if !self.plain || (same && ours.len() >= self.at) {
                return Ok(());
            }
        }
        // A pipe that nobody writes to yet must not hold everything up.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&self.path)?;
        self.plain = file.metadata()?.is_file();
        if self.file.replace(file).is_some() {
            self.old = 0;
        }
        self.at = 0;
        self.lines.clear();
        Ok(())
    }
}

/// A source with the lines of key log files put in, as [`Next::Secrets`], as soon as they are written.
pub struct WithKeyLogs<S> {
    source: S,
    logs: Logs,
    /// Whether the source shall keep the lines that are written from now on, and the log whose lines it has not kept.
    keep: bool,
    unkept: Option<usize>,
}

/// Several key logs, which take turns.
pub struct Logs {
    logs: Vec<KeyLog>,
    /// The log that is looked at next; behind the last one where it is not time.
    turn: usize,
    /// Frames since they were all looked at.
    frames: u32,
}

impl<S: Source> WithKeyLogs<S> {
    /// Follows `logs` beside `source`: they are looked at before the first frame, whenever the source rests, and at
    /// its end.
    pub fn new(source: S, logs: Logs) -> WithKeyLogs<S> {
        WithKeyLogs { source, logs, keep: false, unkept: None }
    }

    /// The same; and the source keeps the lines that are written from now on ([`Source::keep`]).
    pub fn keeping(self) -> WithKeyLogs<S> {
        WithKeyLogs { keep: true, ..self }
    }
}

impl Logs {
    /// Opens those that are there.
    pub fn open(paths: Vec<PathBuf>) -> Logs {
        Logs { logs: paths.into_iter().map(KeyLog::open).collect(), turn: 0, frames: 0 }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// Looks at the logs whose turn it is; which one has lines. It may have more than were read at once.
    fn look(&mut self) -> Option<usize> {
        while self.turn < self.logs.len() {
            if self.logs[self.turn].poll().is_some() {
                return Some(self.turn);
            }
            self.turn += 1;
        }
        None
    }

    /// Looks at all of them for the last time; which one has lines, or the beginning of one.
    fn last(&mut self) -> Option<usize> {
        self.turn = 0;
        self.look().or_else(|| self.logs.iter_mut().position(|log| log.rest().is_some()))
    }

    fn given(&self, log: usize) -> &[u8] {
        self.logs[log].given()
    }

    /// A frame goes by.
    fn count(&mut self) {
        self.frames += 1;
        if self.frames >= FRAMES {
            (self.turn, self.frames) = (0, 0);
        }
    }
}

impl<S: Source> Source for WithKeyLogs<S> {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        if let Some(log) = self.unkept.take().filter(|_| self.keep) {
            self.source.keep(self.logs.logs[log].fresh());
        }
        if let Some(log) = self.logs.look() {
            self.unkept = Some(log);
            return Ok(Next::Secrets(self.logs.given(log)));
        }
        self.logs.count();
        match self.source.next()? {
            Next::Idle => {
                self.logs.turn = 0;
                Ok(Next::Idle)
            }
            Next::End { truncated } => {
                self.unkept = self.logs.last();
                let log = self.unkept;
                Ok(log.map_or(Next::End { truncated }, |log| Next::Secrets(self.logs.given(log))))
            }
            other => Ok(other),
        }
    }

    fn about(&self) -> About {
        self.source.about()
    }

    fn dropped(&mut self) -> Option<u64> {
        self.source.dropped()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn whole_lines_come_as_they_are_written_and_the_rest_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let mut log = KeyLog::open(path.clone());
        assert_eq!(log.poll(), None);
        let mut file = File::create(&path).unwrap();
        file.write_all(b"one\ntw").unwrap();
        assert_eq!(log.poll(), Some(&b"one\n"[..]));
        assert_eq!(log.poll(), None);
        file.write_all(b"o\nthree\nfou").unwrap();
        assert_eq!(log.poll(), Some(&b"two\nthree\n"[..]));
        assert_eq!(log.poll(), None);
        assert_eq!(log.rest(), Some(&b"fou"[..]));
        assert_eq!(log.rest(), None);
        assert!(log.fresh().is_empty());
        // What is there already when it begins to be followed is old.
        let mut later = KeyLog::open(path.clone());
        file.write_all(b"r\nfive\n").unwrap();
        assert_eq!(later.poll(), Some(&b"one\ntwo\nthree\nfour\nfive\n"[..]));
        assert_eq!(later.fresh(), b"r\nfive\n");
        file.write_all(b"six\n").unwrap();
        assert_eq!(later.poll(), Some(&b"six\n"[..]));
        assert_eq!(later.fresh(), b"six\n");
        // Emptied, then another file in its place.
        file.set_len(0).unwrap();
        std::fs::write(&path, "anew\n").unwrap();
        assert_eq!(log.poll(), Some(&b"anew\n"[..]));
        let other = folder.path().join("other");
        std::fs::write(&other, "other\n").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(log.poll(), Some(&b"other\n"[..]));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(log.poll(), None);
    }

    /// Says `Idle` once, then ends.
    struct Silent(bool);

    impl Source for Silent {
        fn next(&mut self) -> Result<Next<'_>, Error> {
            let first = !std::mem::replace(&mut self.0, true);
            Ok(if first { Next::Idle } else { Next::End { truncated: false } })
        }

        fn about(&self) -> About {
            About::default()
        }
    }

    #[test]
    fn a_source_gets_the_lines_when_they_are_written_and_all_of_them_before_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = ["a", "b"].map(|name| folder.path().join(name)).into();
        std::fs::write(&paths[1], "early\n").unwrap();
        let mut source = WithKeyLogs::new(Silent(false), Logs::open(paths.clone()));
        let mut said = Vec::new();
        loop {
            match source.next().unwrap() {
                Next::Secrets(lines) => said.push(String::from_utf8_lossy(lines).into_owned()),
                Next::Idle => std::fs::write(&paths[0], "late\nlast").unwrap(),
                _ => break,
            }
        }
        assert_eq!(said, ["early\n", "late\n", "last"]);
        assert!(matches!(source.next().unwrap(), Next::End { .. }));
    }

    #[test]
    fn a_line_without_end_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(&path, [b"a\n".to_vec(), vec![b'x'; 3 * PIECE], b"\nb\n".to_vec()].concat()).unwrap();
        let mut log = KeyLog::open(path);
        let mut seen = Vec::new();
        for _ in 0..8 {
            seen.extend(log.poll().unwrap_or_default().to_vec());
        }
        assert!(seen.starts_with(b"a\n") && seen.ends_with(b"\nb\n"));
        assert!(seen.len() < 2 * PIECE);
    }
}
