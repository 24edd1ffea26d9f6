//! HTTP/2 frames (RFC 9113 4.1, 6): their header, their types, and what may be seen wrong with each alone.
//!
//! ```text
//! +-----------------------------------------------+
//! |                 Length (24)                   |
//! +---------------+---------------+---------------+
//! |   Type (8)    |   Flags (8)   |
//! +-+-------------+---------------+-------------------------------+
//! |R|                 Stream Identifier (31)                      |
//! +=+=============================================================+
//! ```

use crate::event::Side;

/// What a client sends first (RFC 9113 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of a frame header.
pub const HEADER: usize = 9;

/// The largest payload that may be sent to a receiver that has not said more (RFC 9113 4.2).
pub const PAYLOAD: usize = 16_384;

/// The flag END_STREAM of DATA and HEADERS.
pub const END_STREAM: u8 = 0x1;
/// The flag ACK of SETTINGS and PING.
pub const ACK: u8 = 0x1;
/// The flag END_HEADERS of HEADERS, PUSH_PROMISE and CONTINUATION.
pub const END_HEADERS: u8 = 0x4;
/// The flag PADDED of DATA, HEADERS and PUSH_PROMISE.
pub const PADDED: u8 = 0x8;
/// The flag PRIORITY of HEADERS.
pub const PRIORITY: u8 = 0x20;

/// The type of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// 6.1.
    Data,
    /// 6.2.
    Headers,
    /// 6.3.
    Priority,
    /// 6.4.
    RstStream,
    /// 6.5.
    Settings,
    /// 6.6.
    PushPromise,
    /// 6.7.
    Ping,
    /// 6.8.
    Goaway,
    /// 6.9.
    WindowUpdate,
    /// 6.10.
    Continuation,
    /// An extension.
    Other(u8),
}

/// A frame header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Bytes of the payload.
    pub len: u32,
    /// The type.
    pub kind: Kind,
    /// The flags.
    pub flags: u8,
    /// The stream; 0 for the connection.
    pub stream: u32,
}

impl Header {
    /// Reads a header.
    pub fn read(bytes: &[u8; HEADER]) -> Header {
        let [a, b, c, kind, flags, d, e, f, g] = *bytes;
        let kind = match kind {
            0 => Kind::Data,
            1 => Kind::Headers,
            2 => Kind::Priority,
            3 => Kind::RstStream,
            4 => Kind::Settings,
            5 => Kind::PushPromise,
            6 => Kind::Ping,
            7 => Kind::Goaway,
            8 => Kind::WindowUpdate,
            9 => Kind::Continuation,
            other => Kind::Other(other),
        };
        let stream = u32::from_be_bytes([d, e, f, g]) & 0x7fff_ffff;
        Header { len: u32::from_be_bytes([0, a, b, c]), kind, flags, stream }
    }

    /// Whether a flag is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// What is wrong with its size or its stream.
    pub fn fault(&self) -> Option<&'static str> {
        let sized = match self.kind {
            Kind::Priority => self.len == 5,
            Kind::RstStream | Kind::WindowUpdate => self.len == 4,
            Kind::Settings => self.len.is_multiple_of(6) && (self.len == 0 || !self.has(ACK)),
            Kind::Ping => self.len == 8,
            Kind::Goaway => self.len >= 8,
            Kind::PushPromise => self.len >= 4,
            _ => true,
        };
        let placed = match self.kind {
            Kind::Settings | Kind::Ping | Kind::Goaway => self.stream == 0,
            Kind::WindowUpdate | Kind::Other(_) => true,
            _ => self.stream != 0,
        };
        match (sized, placed) {
            (false, _) => Some("its size"),
            (_, false) => Some("its stream"),
            _ => None,
        }
    }

    /// Whether it can hardly be anything but a frame header.
    fn is_plausible(&self, reserved: bool) -> bool {
        let flags = match self.kind {
            Kind::Data => END_STREAM | PADDED,
            Kind::Headers => END_STREAM | END_HEADERS | PADDED | PRIORITY,
            Kind::Settings | Kind::Ping => ACK,
            Kind::PushPromise => END_HEADERS | PADDED,
            Kind::Continuation => END_HEADERS,
            _ => 0,
        };
        !reserved
            && self.flags & !flags == 0
            && self.fault().is_none()
            && self.len as usize <= PAYLOAD
            && !matches!(self.kind, Kind::Other(_))
    }
}

/// Whether `bytes` are surely the beginning of a frame: frames follow each other to the end of `bytes`, or at least
/// three do.
pub fn is_sure(bytes: &[u8]) -> bool {
    let (mut rest, mut count) = (bytes, 0);
    while let Some((header, after)) = rest.split_first_chunk::<HEADER>() {
        let read = Header::read(header);
        if !read.is_plausible(header.get(5).is_some_and(|byte| byte & 0x80 != 0)) {
            return false;
        }
        count += 1;
        match after.get(read.len as usize..) {
            Some(after) => rest = after,
            None => return count >= 3,
        }
    }
    count >= 3 || (count > 0 && rest.is_empty())
}

/// Whether `bytes` begin with the header of SETTINGS as a side sends it first.
pub fn is_settings(bytes: &[u8]) -> bool {
    let header = bytes.first_chunk().map(Header::read);
    header.is_some_and(|header| {
        header.kind == Kind::Settings && header.flags == 0 && header.fault().is_none() && header.len < 256
    })
}

/// Whether `side` may open this stream (RFC 9113 5.1.1).
pub fn may_open(side: Side, stream: u32) -> bool {
    (stream % 2 == 1) == (side == Side::Client)
}

/// The name of an error code (RFC 9113 7).
pub fn error_name(code: u32) -> String {
    let names = [
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    ];
    names.get(code as usize).map_or_else(|| format!("error {code:#x}"), |name| (*name).to_owned())
}

/// The name of a setting (RFC 9113 6.5.2, RFC 8441 3, RFC 9218 2.1).
pub fn setting_name(id: u16) -> Option<&'static str> {
    Some(match id {
        1 => "HEADER_TABLE_SIZE",
        2 => "ENABLE_PUSH",
        3 => "MAX_CONCURRENT_STREAMS",
        4 => "INITIAL_WINDOW_SIZE",
        5 => "MAX_FRAME_SIZE",
        6 => "MAX_HEADER_LIST_SIZE",
        8 => "ENABLE_CONNECT_PROTOCOL",
        9 => "NO_RFC7540_PRIORITIES",
        _ => return None,
    })
}

/// The settings in a payload: identifier and value.
pub fn settings(payload: &[u8]) -> impl Iterator<Item = (u16, u32)> + '_ {
    payload.chunks_exact(6).filter_map(|setting| match *setting {
        [a, b, c, d, e, f] => Some((u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]))),
        _ => None,
    })
}

/// A number of 32 bits at `at`; 0 where it is not there.
pub fn number(payload: &[u8], at: usize) -> u32 {
    payload.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

/// A payload without its padding (RFC 9113 6.1); `None` where there is more padding than payload.
pub fn unpadded(header: Header, payload: &[u8]) -> Option<&[u8]> {
    if !header.has(PADDED) {
        return Some(payload);
    }
    let (&padding, rest) = payload.split_first()?;
    rest.get(..rest.len().checked_sub(usize::from(padding))?)
}
