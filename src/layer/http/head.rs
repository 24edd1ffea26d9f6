//! The head of an HTTP/1.x message: its start line and header lines (RFC 9112 2 to 5), read in place and leniently.
//!
//! Bytes go in; what framing and pairing need comes out as a [`Skim`] without a copy of anything. The same bytes are
//! gone through again, line by line, when somebody looks. What breaks a rule is a note and reading goes on.

use memchr::{memchr, memrchr};

use crate::diagnostic::{self, Diagnostic, Note};
use crate::event::Side;
use crate::layer::protocol::Match;
use crate::limits::Limits;
use crate::safe;

/// The longest method that is taken for one, where the line has not ended.
const METHOD: usize = 32;

/// The methods that change how a message ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Method {
    /// The answer has no body.
    Head,
    /// A 2xx answer opens a tunnel.
    Connect,
    /// Any other.
    #[default]
    Other,
}

/// What Transfer-Encoding says (RFC 9112 6.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Transfer {
    /// Nothing.
    #[default]
    Absent,
    /// Chunked, at last.
    Chunked,
    /// Something whose end nobody can tell.
    Unknown,
}

/// What framing and pairing need of a head.
#[derive(Clone, Copy, Default, Debug)]
pub struct Skim {
    /// The request's method.
    pub method: Method,
    /// The response's status; 0 in a request, or where it is no number.
    pub status: u16,
    /// Major and minor version as one number: 9, 10, 11.
    pub version: u8,
    /// Content-Length, the first valid one.
    pub length: Option<u64>,
    /// Transfer-Encoding.
    pub transfer: Transfer,
    /// Whether Connection says `close`.
    pub close: bool,
    /// Whether Connection says `keep-alive`.
    pub keep_alive: bool,
    /// Whether there is an Upgrade header, or Connection says `upgrade`.
    pub upgrade: bool,
    /// Whether the body is a stream of server-sent events.
    pub event_stream: bool,
    /// Whether the body has a content coding.
    pub coded: bool,
    request: bool,
    lengths: u8,
    hosts: u8,
}

/// The parts of a start line, as they came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start<'a> {
    /// `method SP request-target SP HTTP-version`.
    Request(&'a [u8], &'a [u8], &'a [u8]),
    /// `HTTP-version SP status-code SP [ reason-phrase ]`.
    Response(&'a [u8], &'a [u8], &'a [u8]),
}

/// A header line: name and value without the blanks around them. A folded value still holds its line ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line<'a> {
    /// The name as it came; empty where the line has no colon.
    pub name: &'a [u8],
    /// The value.
    pub value: &'a [u8],
}

/// Whether `bytes` begin with what `side` begins a message with. `from` bytes of them were looked at before.
pub fn begins(side: Side, bytes: &[u8], from: usize) -> Match {
    let line = memchr(b'\n', bytes.get(from..).unwrap_or_default()).map(|at| from + at);
    match side {
        Side::Server => {
            let known = bytes.len().min(5);
            match bytes.get(..known) == b"HTTP/".get(..known) {
                false => Match::No,
                true if line.is_some() => Match::Yes,
                true => Match::Wait,
            }
        }
        Side::Client => match line {
            Some(end) => {
                let line = bytes.get(..end).unwrap_or_default();
                if request_line(without_cr(line)).is_some() { Match::Yes } else { Match::No }
            }
            None if has_control(without_cr(bytes.get(from..).unwrap_or_default())) => Match::No,
            None => match memchr(b' ', bytes.get(..METHOD).unwrap_or(bytes)) {
                Some(end) if is_token(bytes.get(..end).unwrap_or_default()) => Match::Wait,
                None if bytes.len() < METHOD && is_token(without_cr(bytes)) => Match::Wait,
                _ => Match::No,
            },
        },
    }
}

/// Whether a request line that has not ended yet is certain enough: an upper-case method and the beginning of a target.
pub fn promises_request(bytes: &[u8]) -> bool {
    let Some(end) = memchr(b' ', bytes.get(..METHOD).unwrap_or(bytes)) else { return false };
    let (method, target) = bytes.split_at(end);
    method.len() > 2
        && method.iter().all(u8::is_ascii_uppercase)
        && [&b" /"[..], b" http://", b" https://"].iter().any(|start| target.starts_with(start))
}

/// `bytes` without empty lines at their start, which may stand before a message (RFC 9112 2.2).
pub fn without_blank_lines(bytes: &[u8]) -> &[u8] {
    let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    bytes.get(blank..).unwrap_or_default()
}

/// Where the head that `bytes` begin with ends, behind its empty line. `from` bytes were looked at before, without
/// finding it.
pub fn end(side: Side, bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from.saturating_sub(2);
    if side == Side::Client {
        let line = memchr(b'\n', bytes).and_then(|end| bytes.get(..=end))?;
        if !line.ends_with(b" HTTP/1.1\r\n") && is_simple(line) {
            return Some(line.len());
        }
    }
    while let Some(lf) = memchr(b'\n', bytes.get(at..)?) {
        let next = at + lf + 1;
        match bytes.get(next..)? {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => {}
        }
        at = next;
    }
    None
}

/// Whether a line with its end is a request of HTTP/0.9: `GET /target`, without a version.
fn is_simple(line: &[u8]) -> bool {
    let line = without_cr(line.strip_suffix(b"\n").unwrap_or(line));
    matches!(request_line(line), Some(Start::Request(_, _, b"")))
}

/// The start line of a head.
pub fn start(head: &[u8]) -> Option<Start<'_>> {
    let line = memchr(b'\n', head).map_or(head, |end| head.get(..end).unwrap_or_default());
    let line = without_cr(line);
    if line.starts_with(b"HTTP/") { Some(status_line(line)) } else { request_line(line) }
}

/// Whether a head has the start line of what `side` sends.
pub fn is_start(side: Side, head: &[u8]) -> bool {
    match start(head) {
        Some(Start::Request(..)) => side == Side::Client,
        Some(Start::Response(..)) => side == Side::Server,
        None => false,
    }
}

fn status_line(line: &[u8]) -> Start<'_> {
    let (version, rest) = word(line);
    let (status, reason) = word(rest.trim_ascii_start());
    Start::Response(version, status, reason.trim_ascii())
}

fn request_line(line: &[u8]) -> Option<Start<'_>> {
    let (method, rest) = word(line);
    let rest = rest.trim_ascii();
    // PRI is the preface of HTTP/2 (RFC 9113 3.4).
    if rest.is_empty() || !is_token(method) || method == b"PRI" {
        return None;
    }
    let last = memrchr(b' ', rest).map_or(0, |at| at + 1);
    let (target, version) = rest.split_at_checked(last)?;
    let target = target.trim_ascii();
    match version.starts_with(b"HTTP/") && !target.is_empty() {
        // The authority form has no blanks: the first word is the target (RFC 9112 3.2.3).
        true if method == b"CONNECT" => Some(Start::Request(method, word(target).0, version)),
        true => Some(Start::Request(method, target, version)),
        false if method == b"GET" && last == 0 && rest.starts_with(b"/") => {
            Some(Start::Request(method, rest, b""))
        }
        false => None,
    }
}

/// The bytes up to the first blank, and those from it on.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let blank = line.iter().position(|byte| matches!(byte, b' ' | b'\t'));
    line.split_at_checked(blank.unwrap_or(line.len())).unwrap_or((line, &[]))
}

/// The header lines of a head, or the trailer lines where there is no start line to skip.
pub fn lines(head: &[u8]) -> Lines<'_> {
    let start = memchr(b'\n', head).map_or(head.len(), |end| end + 1);
    Lines { rest: head.get(start..).unwrap_or_default() }
}

/// Header lines of bytes that have no start line.
pub fn trailer_lines(bytes: &[u8]) -> Lines<'_> {
    Lines { rest: bytes }
}

/// Goes through header lines until the empty one.
pub struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    /// The next line with its folds and without its end; `None` at the empty line.
    fn raw(&mut self) -> Option<&'a [u8]> {
        let mut len = 0;
        loop {
            let rest = self.rest.get(len..).unwrap_or_default();
            len += memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let folded = matches!(self.rest.get(len), Some(b' ' | b'\t'));
            if !folded || rest.is_empty() {
                break;
            }
        }
        let (line, rest) = self.rest.split_at_checked(len)?;
        let bare = matches!(line, [b'\n'] | [b'\r', b'\n'] | []);
        self.rest = rest;
        if bare { None } else { Some(line) }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        self.raw().map(|raw| split(raw).0)
    }
}

/// A line's name and value, and whether it is well formed (RFC 9112 5.1).
fn split(raw: &[u8]) -> (Line<'_>, bool) {
    let token = raw.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(raw.len());
    let good = token > 0 && raw.get(token) == Some(&b':');
    let Some(colon) = (if good { Some(token) } else { memchr(b':', raw) }) else {
        return (Line { name: &[], value: raw.trim_ascii() }, false);
    };
    let (name, value) = raw.split_at_checked(colon).unwrap_or((raw, &[]));
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    (Line { name: name.trim_ascii(), value }, good)
}

/// Whether nothing is wrong with any line of a head, so that they need not be looked at one by one: all end with CRLF,
/// no control character stands elsewhere, and none is folded. Without a branch, so that many bytes are looked at at once.
fn is_clean(head: &[u8]) -> bool {
    let Some((first, rest)) = head.split_first() else { return true };
    let control =
        |byte: u8| (byte < 0x20) & (byte != b'\t') & (byte != b'\r') & (byte != b'\n') | (byte == 0x7f);
    let odd = head.iter().zip(rest).fold(control(*first) | (*first == b'\n'), |odd, (&byte, &next)| {
        let fold = (byte == b'\n') & ((next == b' ') | (next == b'\t'));
        odd | ((byte == b'\r') != (next == b'\n')) | fold | control(next)
    });
    !odd && head.ends_with(b"\n")
}

impl Skim {
    /// Goes through a head, or, where it is not `whole`, through its first lines; what breaks a rule is added to
    /// `notes`.
    pub fn of(head: &[u8], whole: bool, limits: &Limits, notes: &mut Vec<Note>) -> Skim {
        let mut skim = Skim::default();
        let first = memchr(b'\n', head).map_or(head.len(), |end| end + 1);
        let (line, rest) = head.split_at_checked(first).unwrap_or((head, &[]));
        let clean = head.len() <= limits.http_line && is_clean(head);
        if !clean {
            look(line, limits, notes);
        }
        skim.begin(line, notes);
        let mut lines = Lines { rest };
        let mut count = 0usize;
        while let Some(raw) = lines.raw() {
            count += 1;
            if !clean {
                look(raw, limits, notes);
            }
            let (line, good) = split(raw);
            if !good {
                add(notes, &diagnostic::HTTP_BAD_HEADER, raw);
            }
            skim.take(line, notes);
        }
        if !head.ends_with(b"\r\n\r\n") && head.ends_with(b"\n\n") {
            add(notes, &diagnostic::HTTP_BARE_LF, &[]);
        }
        if count > limits.http_headers {
            notes.push(diagnostic::HTTP_TOO_MANY_HEADERS.with(format!("{count} lines")));
        }
        skim.judge(whole, notes);
        skim
    }

    fn begin(&mut self, line: &[u8], notes: &mut Vec<Note>) {
        match start(line) {
            Some(Start::Request(method, _, version)) => {
                self.method = match method {
                    b"HEAD" => Method::Head,
                    b"CONNECT" => Method::Connect,
                    _ => Method::Other,
                };
                self.version = version_of(version, notes);
                self.request = true;
            }
            Some(Start::Response(version, status, _)) => {
                self.version = version_of(version, notes);
                self.status = match status {
                    [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
                        u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
                    }
                    _ => 0,
                };
                if !(100..=599).contains(&self.status) {
                    add(notes, &diagnostic::HTTP_BAD_STATUS, status);
                }
            }
            None => {}
        }
    }

    fn take(&mut self, line: Line<'_>, notes: &mut Vec<Note>) {
        let is = |name: &str| line.name.eq_ignore_ascii_case(name.as_bytes());
        match line.name.len() {
            4 if self.request && is("host") => {
                self.hosts = self.hosts.saturating_add(1);
                if !is_authority(line.value) || self.hosts > 1 {
                    add_text(notes, &diagnostic::HTTP_HOST, safe::odd_host(line.value.trim_ascii()));
                }
            }
            7 if is("upgrade") => self.upgrade = true,
            10 if is("connection") => {
                for option in elements(line.value) {
                    self.close |= option.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                    self.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
                }
            }
            12 if is("content-type") => {
                let essence = line.value.split(|byte| *byte == b';').next().unwrap_or_default();
                self.event_stream = essence.trim_ascii().eq_ignore_ascii_case(b"text/event-stream");
            }
            14 if is("content-length") => self.take_length(line.value, notes),
            16 if is("content-encoding") => self.coded = true,
            17 if is("transfer-encoding") => self.take_transfer(line.value, notes),
            _ => {}
        }
    }

    fn take_length(&mut self, value: &[u8], notes: &mut Vec<Note>) {
        for element in value.split(|byte| *byte == b',') {
            self.lengths = self.lengths.saturating_add(1);
            let Some(length) = decimal(element.trim_ascii()) else {
                add(notes, &diagnostic::HTTP_BAD_CL, value);
                continue;
            };
            if self.length.is_some_and(|known| known != length) {
                add(notes, &diagnostic::HTTP_BAD_CL, value);
            }
            self.length.get_or_insert(length);
        }
        if self.lengths > 1 {
            add(notes, &diagnostic::HTTP_DUP_CL, value);
        }
    }

    fn take_transfer(&mut self, value: &[u8], notes: &mut Vec<Note>) {
        let before = self.transfer;
        for coding in elements(value) {
            let known =
                |names: &[&str]| names.iter().any(|name| coding.eq_ignore_ascii_case(name.as_bytes()));
            match self.transfer {
                _ if known(&["identity"]) => add(notes, &diagnostic::HTTP_BAD_TE, value),
                Transfer::Chunked => add(notes, &diagnostic::HTTP_BAD_TE, value),
                _ if known(&["chunked"]) => self.transfer = Transfer::Chunked,
                _ => {
                    self.transfer = Transfer::Unknown;
                    if !known(&["gzip", "x-gzip", "deflate", "compress", "x-compress"]) {
                        add(notes, &diagnostic::HTTP_BAD_TE, value);
                    }
                }
            }
        }
        if value.is_empty() && before == Transfer::Absent {
            self.transfer = Transfer::Unknown;
            add(notes, &diagnostic::HTTP_BAD_TE, value);
        }
    }

    /// What only the whole head can tell.
    fn judge(&self, whole: bool, notes: &mut Vec<Note>) {
        if self.transfer != Transfer::Absent && self.lengths > 0 {
            add(notes, &diagnostic::HTTP_CL_TE, &[]);
        }
        if self.request && self.transfer == Transfer::Unknown {
            add(notes, &diagnostic::HTTP_BAD_TE, b"the last coding of a request is not chunked");
        }
        if whole && self.request && self.hosts == 0 && self.version >= 11 {
            add(notes, &diagnostic::HTTP_HOST, b"no Host");
        }
    }
}

/// The elements of a comma-separated list (RFC 9110 5.6.1), without empty ones.
pub fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|element| !element.is_empty())
}

/// A version as one number: 11 for `HTTP/1.1`, 9 where none was given.
fn version_of(version: &[u8], notes: &mut Vec<Note>) -> u8 {
    let digits = match version {
        b"HTTP/1.1" => return 11,
        b"HTTP/1.0" => return 10,
        b"" => {
            add(notes, &diagnostic::HTTP_BAD_VERSION, b"HTTP/0.9");
            return 9;
        }
        other => other.get(5..).unwrap_or_default(),
    };
    add(notes, &diagnostic::HTTP_BAD_VERSION, version);
    match digits {
        [major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9', ..] => (major - b'0') * 10 + (minor - b'0'),
        _ => 10,
    }
}

/// What can be wrong with any line, its end included.
fn look(raw: &[u8], limits: &Limits, notes: &mut Vec<Note>) {
    if raw.len() > limits.http_line {
        add(notes, &diagnostic::HTTP_HEADER_TOO_LONG, raw);
    }
    let body = match raw {
        [body @ .., b'\r', b'\n'] => body,
        [body @ .., b'\n'] => {
            add(notes, &diagnostic::HTTP_BARE_LF, &[]);
            body
        }
        body => body,
    };
    if has_control(body) {
        look_closer(body, notes);
    }
}

fn look_closer(line: &[u8], notes: &mut Vec<Note>) {
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b'\r' if line.get(at + 1) != Some(&b'\n') => add(notes, &diagnostic::HTTP_BARE_CR, line),
            b'\n' => {
                add(notes, &diagnostic::HTTP_OBS_FOLD, line);
                if at == 0 || line.get(at - 1) != Some(&b'\r') {
                    add(notes, &diagnostic::HTTP_BARE_LF, &[]);
                }
            }
            b'\r' | b'\t' => {}
            byte if byte.is_ascii_control() => add(notes, &diagnostic::HTTP_NUL, line),
            _ => {}
        }
    }
}

fn has_control(bytes: &[u8]) -> bool {
    // Without a branch, so that many bytes are looked at at once.
    bytes.iter().fold(false, |any, &byte| any | ((byte < 0x20) & (byte != b'\t')) | (byte == 0x7f))
}

/// A note, once a message for each diagnostic, with what it was found in.
pub fn add(notes: &mut Vec<Note>, what: &'static Diagnostic, found: &[u8]) {
    let found = String::from_utf8_lossy(found.get(..80).unwrap_or(found).trim_ascii());
    add_text(notes, what, found.into_owned());
}

fn add_text(notes: &mut Vec<Note>, what: &'static Diagnostic, text: String) {
    if !notes.iter().any(|note| note.what.index == what.index) {
        notes.push(if text.is_empty() { what.into() } else { what.with(text) });
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// RFC 9110 5.6.2.
fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_token_byte(*byte))
}

#[inline]
fn is_token_byte(byte: u8) -> bool {
    TOKEN.get(usize::from(byte)) == Some(&true)
}

/// The characters of a token; made when the program is built.
#[allow(clippy::indexing_slicing)]
static TOKEN: [bool; 256] = {
    let mut token = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        let special =
            matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        token[byte as usize] = special || byte.is_ascii_alphanumeric();
        byte += 1;
    }
    token
};

/// Whether a Host value is `uri-host [ ":" port ]` or empty (RFC 9110 7.2), by its characters.
fn is_authority(value: &[u8]) -> bool {
    value.iter().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$'..=b'+' | b';' | b'=' | b':' | b'[' | b']'
            )
    })
}

/// 1*DIGIT, below 2^63: nobody sends more.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0i64, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(i64::from(digit))
    });
    value.map(i64::unsigned_abs)
}

#[cfg(test)]
mod tests;
