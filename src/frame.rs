//! One captured frame, and the clock that all times are told by: the capture's own.

use std::fmt;
use std::ops::Range;

/// The number of a frame over the whole input, counted from 1 in file order.
pub type FrameNumber = u64;

/// The frames that brought something: mostly one, which needs no memory of its own.
pub type Frames = smallvec::SmallVec<[FrameNumber; 2]>;

/// A moment: nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Nanoseconds from `earlier` to `self`; negative where the capture's clock went backwards.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Year, month, day, hour, minute, second, nanosecond in UTC (proleptic Gregorian calendar).
    pub fn civil(self) -> (i64, u32, u32, u32, u32, u32, u32) {
        let seconds = self.0.div_euclid(1_000_000_000);
        let nanos = self.0.rem_euclid(1_000_000_000) as u32;
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) as u32);
        // Days to a date, by 400-year eras that begin on 1 March 0000.
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day, of_day / 3600, of_day / 60 % 60, of_day % 60, nanos)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with nine fractional digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour, minute, second, nanos) = self.civil();
        if !(0..10_000).contains(&year) {
            return write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z");
        }
        // The same, digit by digit: an export writes a time a line.
        let mut text = *b"0000-00-00T00:00:00.000000000Z";
        let mut put = |range: Range<usize>, mut number: u32| {
            for digit in text.get_mut(range).unwrap_or_default().iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        };
        put(0..4, year as u32);
        put(5..7, month);
        put(8..10, day);
        put(11..13, hour);
        put(14..16, minute);
        put(17..19, second);
        put(20..29, nanos);
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// A link type by its number in the LINKTYPE registry (tcpdump.org/linktypes.html).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub struct LinkType(pub u32);

impl LinkType {
    /// BSD loopback: four bytes of address family in the byte order of the capturing machine.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// PPP, with or without HDLC framing.
    pub const PPP: LinkType = LinkType(9);
    /// PPP in HDLC-like framing.
    pub const PPP_HDLC: LinkType = LinkType(50);
    /// PPP over Ethernet session, without the Ethernet header.
    pub const PPPOE: LinkType = LinkType(51);
    /// Raw IPv4 or IPv6.
    pub const RAW: LinkType = LinkType(101);
    /// Cisco HDLC.
    pub const C_HDLC: LinkType = LinkType(104);
    /// OpenBSD loopback: four bytes of address family in network byte order.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux cooked capture.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// Raw IPv4.
    pub const IPV4: LinkType = LinkType(228);
    /// Raw IPv6.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);

    /// The registry's name without the `LINKTYPE_` prefix (`EN10MB` for Ethernet, as libpcap calls it).
    pub fn name(self) -> String {
        let name = match self.0 {
            0 => "NULL",
            1 => "EN10MB",
            9 => "PPP",
            12 | 14 | 101 => "RAW",
            50 => "PPP_SERIAL",
            51 => "PPP_ETHER",
            104 => "C_HDLC",
            105 => "IEEE802_11",
            108 => "LOOP",
            113 => "LINUX_SLL",
            127 => "IEEE802_11_RADIO",
            228 => "IPV4",
            229 => "IPV6",
            276 => "LINUX_SLL2",
            other => return format!("LINKTYPE_{other}"),
        };
        name.to_owned()
    }
}

/// Where a frame's bytes lie, so that they can be read again: a file of the input, and the offset of the
/// record (its header included) in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// Which file of the input, from 0.
    pub file: u16,
    /// Bytes from the start of that file (or of its spool) to the record's header.
    pub offset: u64,
}

/// One captured frame, borrowed from the buffer that it was read into.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Its number over the whole input, from 1.
    pub number: FrameNumber,
    /// When it was captured.
    pub time: Timestamp,
    /// How its first bytes are to be read.
    pub link: LinkType,
    /// How many bytes it had on the wire; more than `bytes.len()` where the capture cut it short.
    pub wire_len: u32,
    /// The captured bytes, from the link header on.
    pub bytes: &'a [u8],
    /// Where it lies in the input.
    pub place: Place,
    /// What somebody wrote beside it, a line for each comment (pcapng `opt_comment`).
    pub comment: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_utc_with_nine_digits() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"),
            (1_732_320_000_123_456_789, "2024-11-23T00:00:00.123456789Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
        ] {
            assert_eq!(Timestamp(nanos).to_string(), text);
        }
    }
}
