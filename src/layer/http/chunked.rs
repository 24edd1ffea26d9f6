//! The chunked transfer coding (RFC 9112 7.1), however its bytes are cut.
//!
//! ```text
//! chunked-body = *( chunk-size [ chunk-ext ] CRLF chunk-data CRLF ) 1*("0") [ chunk-ext ] CRLF trailer-section CRLF
//! ```

use memchr::memchr;

use crate::diagnostic::{self, Note};
use crate::layer::http::head::add;

/// Where in a chunked body the reader stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Chunked {
    /// Before a chunk size.
    #[default]
    Begin,
    /// In a chunk size.
    Size(u64),
    /// Behind a chunk size: extensions and the line's end. Whether the last byte was CR.
    Extension(u64, bool),
    /// In chunk data; so much is left of it.
    Data(u64),
    /// Behind chunk data. Whether CR was seen.
    DataEnd(bool),
    /// In the trailer section: the bytes of the line so far without CR.
    Trailer(u64),
}

/// What the next bytes were.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<'a> {
    /// Framing.
    Framing,
    /// Bytes of the body.
    Data(&'a [u8]),
    /// Bytes of the trailer section.
    Trailer(&'a [u8]),
    /// The trailer section's last bytes, with which the body ends.
    Done(&'a [u8]),
    /// They break the coding; nothing was consumed.
    Broken,
}

impl Chunked {
    /// Takes the next bytes; returns what the first of them were, and the rest.
    pub fn next<'a>(&mut self, bytes: &'a [u8], notes: &mut Vec<Note>) -> (Step<'a>, &'a [u8]) {
        let Some((&byte, rest)) = bytes.split_first() else { return (Step::Framing, bytes) };
        match *self {
            Chunked::Begin | Chunked::Size(_) => match self.size(byte, notes) {
                true => (Step::Framing, rest),
                false => (Step::Broken, bytes),
            },
            Chunked::Extension(size, cr) => {
                let end = memchr(b'\n', bytes);
                let (line, rest) =
                    bytes.split_at_checked(end.map_or(bytes.len(), |at| at + 1)).unwrap_or((bytes, &[]));
                let last = line.len().checked_sub(if end.is_some() { 2 } else { 1 });
                let cr = last.map_or(cr, |last| line.get(last) == Some(&b'\r'));
                match end {
                    Some(_) => self.behind_line(size, cr, notes),
                    None => *self = Chunked::Extension(size, cr),
                }
                (Step::Framing, rest)
            }
            Chunked::Data(left) => {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let (data, rest) = bytes.split_at_checked(count).unwrap_or((bytes, &[]));
                *self = self.after_data(data.len() as u64);
                (Step::Data(data), rest)
            }
            Chunked::DataEnd(cr) => {
                *self = match byte {
                    b'\r' if !cr => Chunked::DataEnd(true),
                    b'\n' => {
                        if !cr {
                            add(notes, &diagnostic::HTTP_BARE_LF, &[]);
                        }
                        Chunked::Begin
                    }
                    _ => {
                        add(notes, &diagnostic::HTTP_BAD_CHUNK, b"a chunk is longer than its size");
                        return (Step::Broken, bytes);
                    }
                };
                (Step::Framing, rest)
            }
            Chunked::Trailer(len) => self.trailer(len, bytes),
        }
    }

    /// Where the reader stands behind bytes that are missing, where it can tell.
    pub fn behind(self, missing: u64) -> Option<Chunked> {
        match self {
            Chunked::Data(left) if missing <= left => Some(self.after_data(missing)),
            _ => None,
        }
    }

    fn after_data(self, count: u64) -> Chunked {
        match self {
            Chunked::Data(left) if left > count => Chunked::Data(left - count),
            _ => Chunked::DataEnd(false),
        }
    }

    /// Takes a byte of a chunk size; whether it may stand there.
    fn size(&mut self, byte: u8, notes: &mut Vec<Note>) -> bool {
        let size = if let Chunked::Size(size) = *self { Some(size) } else { None };
        let digit = char::from(byte).to_digit(16).map(u64::from);
        *self = match (byte, digit, size) {
            (_, Some(digit), _) => {
                match size.unwrap_or(0).checked_mul(16).and_then(|size| size.checked_add(digit)) {
                    Some(size) => Chunked::Size(size),
                    None => {
                        add(notes, &diagnostic::HTTP_BAD_CHUNK, b"the chunk size overflows");
                        return false;
                    }
                }
            }
            (b'\n', _, Some(size)) => {
                self.behind_line(size, false, notes);
                return true;
            }
            (b';' | b' ' | b'\t' | b'\r', _, Some(size)) => Chunked::Extension(size, byte == b'\r'),
            _ => {
                add(notes, &diagnostic::HTTP_BAD_CHUNK, b"a chunk size is no hexadecimal number");
                return false;
            }
        };
        true
    }

    fn behind_line(&mut self, size: u64, cr: bool, notes: &mut Vec<Note>) {
        if !cr {
            add(notes, &diagnostic::HTTP_BARE_LF, &[]);
        }
        *self = if size == 0 { Chunked::Trailer(0) } else { Chunked::Data(size) };
    }

    fn trailer<'a>(&mut self, len: u64, bytes: &'a [u8]) -> (Step<'a>, &'a [u8]) {
        let end = memchr(b'\n', bytes);
        let (line, rest) =
            bytes.split_at_checked(end.map_or(bytes.len(), |at| at + 1)).unwrap_or((bytes, &[]));
        let visible = line.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')).count() as u64;
        let len = len.saturating_add(visible);
        match (end, len) {
            (None, _) => *self = Chunked::Trailer(len),
            (Some(_), 0) => return (Step::Done(line), rest),
            (Some(_), _) => *self = Chunked::Trailer(0),
        }
        (Step::Trailer(line), rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data, the trailer section, the rest, and the diagnostics.
    fn read(pieces: &[&[u8]]) -> (String, String, String, Vec<&'static str>) {
        let (mut chunked, mut notes) = (Chunked::default(), Vec::new());
        let (mut data, mut trailer, mut left) = (Vec::new(), Vec::new(), Vec::new());
        let mut over = false;
        for piece in pieces {
            let mut bytes = *piece;
            while !bytes.is_empty() && !over {
                let (step, rest) = chunked.next(bytes, &mut notes);
                bytes = rest;
                match step {
                    Step::Framing => {}
                    Step::Data(bytes) => data.extend_from_slice(bytes),
                    Step::Trailer(bytes) => trailer.extend_from_slice(bytes),
                    Step::Done(bytes) => {
                        trailer.extend_from_slice(bytes);
                        over = true;
                    }
                    Step::Broken => over = true,
                }
            }
            left.extend_from_slice(bytes);
        }
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        (text(&data), text(&trailer), text(&left), notes.iter().map(|note| note.what.id).collect())
    }

    #[test]
    fn any_cut_reads_the_same() {
        for (body, data, trailer, notes) in [
            ("5\r\nhello\r\n0\r\n\r\nNEXT", "hello", "\r\n", vec![]),
            (
                "05;a=\"b\"\r\nhello\r\nA \r\n0123456789\r\n000\r\nx: y\r\n\r\nNEXT",
                "hello0123456789",
                "x: y\r\n\r\n",
                vec![],
            ),
            ("2\nhi\n0\n\nNEXT", "hi", "\n", vec!["http.bare-lf"]),
            ("1\r\na\r\n0;x\r\n\r\nNEXT", "a", "\r\n", vec![]),
        ] {
            for cut in 0..body.len() {
                let (first, second) = body.as_bytes().split_at(cut);
                let expected = (data.to_owned(), trailer.to_owned(), "NEXT".to_owned(), notes.clone());
                assert_eq!(read(&[first, second]), expected, "{body:?} at {cut}");
            }
        }
    }

    #[test]
    fn what_breaks_it_is_noted() {
        for (body, data) in [
            ("-1\r\nhi", ""),
            ("0x5\r\nhello", ""),
            ("10000000000000000\r\n", ""),
            ("2\r\nhello\r\n", "he"),
            ("2\r\nhi\r\r\n", "hi"),
            ("\r\n", ""),
            (";x\r\n", ""),
        ] {
            let (read, _, _, notes) = read(&[body.as_bytes()]);
            assert_eq!((read.as_str(), notes), (data, vec!["http.bad-chunk"]), "{body:?}");
        }
    }

    #[test]
    fn a_gap_inside_a_chunk_is_survived() {
        assert_eq!(Chunked::Data(10).behind(9), Some(Chunked::Data(1)));
        assert_eq!(Chunked::Data(10).behind(10), Some(Chunked::DataEnd(false)));
        assert_eq!(Chunked::Data(10).behind(11), None);
        assert_eq!(Chunked::Begin.behind(1), None);
    }
}
