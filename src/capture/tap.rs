//! One interface being captured on: libpcap with a large ring, opened so that nothing is cut and nothing comes twice.
//!
//! The ring is filled in blocks (buffered mode): immediate mode holds a slot of the largest size for each packet and
//! loses most of a burst. How long a block may wait for more packets is how late the last of them is.

use std::os::fd::{AsFd, BorrowedFd};

use ::pcap::{Active, Capture, Linktype, Precision};

use super::interface::{self, Interface};
use super::write::SNAP;
use crate::error::Error;
use crate::frame::{LinkType, Timestamp};

/// How long a block may wait for more packets, in milliseconds.
const LATENCY: i32 = 2;
/// libpcap's link type for cooked packets with the number of the interface.
const SLL2: Linktype = Linktype(276);

/// An interface being captured on.
pub(super) struct Tap {
    /// Its name.
    pub(super) name: String,
    /// How its frames begin.
    pub(super) link: LinkType,
    capture: Capture<Active>,
    /// Whether it was up when that was last asked.
    up: bool,
    /// What the system counted as dropped: in all, and its own last answer, which wraps.
    dropped: u64,
    counter: u32,
}

/// A packet as the ring holds it.
pub(super) struct Packet<'a> {
    pub(super) time: Timestamp,
    pub(super) wire: u32,
    pub(super) bytes: &'a [u8],
}

impl Tap {
    /// Opens an interface with a ring of so many bytes, and keeps to what `filter` lets through.
    pub(super) fn open(name: &str, filter: &str, ring: usize) -> Result<Tap, Error> {
        let wrong = |error: ::pcap::Error| Error::Capture {
            interface: crate::safe::line(name),
            why: remedy(name, &error),
        };
        let mut inactive = Capture::from_device(name)
            .map_err(wrong)?
            .immediate_mode(false)
            .timeout(LATENCY)
            .buffer_size(i32::try_from(ring).unwrap_or(i32::MAX))
            .snaplen(SNAP as i32)
            .promisc(false);
        if NANOS {
            inactive = inactive.precision(Precision::Nano);
        }
        let mut capture = inactive.open().map_err(wrong)?.setnonblock().map_err(wrong)?;
        if capture.list_datalinks().is_ok_and(|links| links.contains(&SLL2)) {
            capture.set_datalink(SLL2).map_err(wrong)?;
        }
        let misread = |error: ::pcap::Error| {
            Error::Usage(format!("the capture filter {filter:?} is not understood: {}", plain(&error)))
        };
        if !filter.is_empty() {
            capture.filter(filter, true).map_err(misread)?;
        }
        // A program that is run under the eye must not inherit the right to capture.
        let kept = socket2::SockRef::from(&capture).set_cloexec(true);
        kept.map_err(|cause| Error::Capture { interface: crate::safe::line(name), why: cause.to_string() })?;
        #[cfg(target_os = "linux")]
        if interface::list().iter().any(|interface| interface.loopback && interface.name == name) {
            keep_sent_out(&capture, filter);
        }
        let link = match capture.get_datalink() {
            // What libpcap calls RAW at run time has another number in files.
            Linktype(12 | 14) => LinkType::RAW,
            Linktype(number) => LinkType(number as u32),
        };
        Ok(Tap { name: name.to_owned(), link, capture, up: true, dropped: 0, counter: 0 })
    }

    /// Gives at most `most` packets that have come to `each`; how many they were.
    ///
    /// # Errors
    /// What the system says when the interface is gone.
    pub(super) fn take(&mut self, most: usize, mut each: impl FnMut(Packet<'_>)) -> Result<usize, String> {
        let taken = self.capture.dispatch(Some(most), |packet| {
            let stamp = packet.header.ts;
            let unit = if NANOS { 1 } else { 1000 };
            #[allow(clippy::unnecessary_cast)] // Not all systems have them this wide.
            let (seconds, fraction) = (stamp.tv_sec as i64, stamp.tv_usec as i64);
            let nanos = seconds.saturating_mul(1_000_000_000).saturating_add(fraction * unit);
            each(Packet { time: Timestamp(nanos), wire: packet.header.len, bytes: packet.data });
        });
        match taken {
            Err(::pcap::Error::TimeoutExpired) => Ok(0),
            taken => taken.map_err(|error| plain(&error)),
        }
    }

    /// Whether the interface went down since this was last asked; libpcap says nothing of it, and goes on when it is
    /// up again.
    pub(super) fn went_down(&mut self, interfaces: &[Interface]) -> bool {
        let up = interfaces.iter().find(|interface| interface.name == self.name).is_none_or(|found| found.up);
        std::mem::replace(&mut self.up, up) && !up
    }

    /// Packets that the kernel dropped so far because the ring was full.
    pub(super) fn dropped(&mut self) -> u64 {
        if let Ok(counts) = self.capture.stats() {
            self.dropped += u64::from(counts.dropped.wrapping_sub(self.counter));
            self.counter = counts.dropped;
        }
        self.dropped
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.capture.as_fd()
    }
}

/// Whether the system tells nanoseconds.
const NANOS: bool = cfg!(target_os = "linux");

/// Keeps Linux from putting each loopback packet into the ring twice, sent and received. libpcap drops the one that is
/// sent, but only behind the ring, whose room it takes and whose counts it doubles; so the kernel is given the filter
/// with `inbound` before it, past libpcap, which would otherwise try that word on packets that are in the ring already
/// and lose them. Where this cannot be done, libpcap's way stays.
#[cfg(target_os = "linux")]
fn keep_sent_out(capture: &Capture<Active>, filter: &str) {
    let once = if filter.is_empty() { "inbound".to_owned() } else { format!("inbound and ({filter})") };
    let Ok(program) = capture.compile(&once, true) else { return };
    let instruction = |text: String| {
        let mut words = text.split(' ').map(str::parse::<u32>);
        let mut word = || words.next()?.ok();
        Some(socket2::SockFilter::new(word()? as u16, word()? as u8, word()? as u8, word()?))
    };
    let program: Option<Vec<_>> =
        program.get_instructions().iter().map(|one| instruction(one.to_string())).collect();
    if let Some(program) = program {
        let _ = socket2::SockRef::from(capture).attach_filter(&program);
    }
}

/// What libpcap said, and what to do about it, in a sentence.
fn remedy(name: &str, error: &::pcap::Error) -> String {
    let said = plain(error);
    let has = |words: &str| said.to_ascii_lowercase().contains(words);
    if has("permission") || has("not permitted") {
        let program =
            std::env::current_exe().map_or_else(|_| "seqdump".to_owned(), |path| path.display().to_string());
        let program = crate::safe::line(&program);
        return format!(
            "it needs CAP_NET_RAW; run `sudo setcap cap_net_raw,cap_net_admin+ep {program}` once, or use sudo"
        );
    }
    if has("no such device") {
        let names: Vec<String> = interface::list().into_iter().map(|Interface { name, .. }| name).collect();
        return format!("there is no such interface; there are {}", names.join(", "));
    }
    if has("is not up") || has("is down") {
        return format!("it is down; run `sudo ip link set {} up`", crate::safe::line(name));
    }
    said
}

/// libpcap's own words on one line, without its prefix.
fn plain(error: &::pcap::Error) -> String {
    let said = crate::safe::line(error.to_string().trim());
    said.strip_prefix("libpcap error: ").unwrap_or(&said).to_owned()
}
