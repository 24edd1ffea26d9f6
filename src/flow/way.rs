//! One direction of a connection: what one side sends, and what the other has said of it.

use super::health::Health;
use super::piece::Span;
use super::seq;
use super::stream::Ordered;
use crate::decode::Segment;

/// What one side sends; in an order in which what every segment touches lies together.
#[derive(Default)]
#[repr(C)]
pub(super) struct Way {
    /// Its initial sequence number, once its SYN was seen.
    pub(super) isn: Option<u32>,
    /// The initial sequence number of a second SYN/ACK that differs, until the other side acknowledges one of them.
    pub(super) other_isn: Option<u32>,
    /// The sequence number of its FIN.
    pub(super) fin: Option<u32>,
    /// Whether a SYN/ACK of it was seen.
    pub(super) synack: bool,
    /// Whether it has acknowledged anything.
    pub(super) acks: bool,
    /// Whether any segment of it had a checksum that is right, or that offload explains.
    pub(super) right_checksum: bool,
    /// Whether any segment of it was seen.
    pub(super) seen: bool,
    /// Whether the layers were told that it ended.
    pub(super) ended: bool,
    /// Its bytes.
    pub(super) stream: Ordered,
    /// The window scale that its SYN offers.
    pub(super) scale: Option<u8>,
    /// The highest acknowledgement number that the other side has sent.
    pub(super) acked: Option<u32>,
    /// The sequence number that the other side's window ends before.
    pub(super) edge: Option<u32>,
    /// Payload bytes, each once.
    pub(super) payload: u64,
    /// How its sending went.
    pub(super) health: Health,
}

impl Way {
    /// The payload of a segment, and where it stands: behind the SYN, where there is one.
    pub(super) fn span<'a>(&self, segment: &Segment<'a>, syn: bool) -> Span<'a> {
        let at = self.stream.offset(segment.seq.wrapping_add(u32::from(syn)));
        let bytes = segment.payload.get(..segment.payload_len as usize).unwrap_or(segment.payload);
        Span { at, bytes, len: segment.payload_len }
    }

    /// The offset that is acknowledged.
    pub(super) fn acked_offset(&self) -> Option<i64> {
        self.acked.filter(|_| self.stream.is_based()).map(|acked| self.stream.offset(acked))
    }

    /// The offset of the FIN.
    pub(super) fn fin_offset(&self) -> Option<i64> {
        self.fin.map(|fin| self.stream.offset(fin))
    }

    /// Whether its FIN was acknowledged.
    pub(super) fn is_fin_acked(&self) -> bool {
        self.fin.zip(self.acked).is_some_and(|(fin, acked)| seq::is_after(acked, fin))
    }

    /// The offset of the first byte, where the SYN was seen.
    pub(super) fn first_offset(&self) -> Option<i64> {
        self.isn.map(|isn| self.stream.offset_at_start(isn.wrapping_add(1)))
    }

    /// Whether its stream may still be said to begin elsewhere.
    pub(super) fn is_fresh(&self) -> bool {
        self.stream.is_fresh() && self.fin.is_none() && !self.ended
    }

    /// Takes what the other side acknowledges, and how far its window reaches from there (`None` where the scale is
    /// not known).
    pub(super) fn acknowledge(&mut self, ack: u32, window: Option<u32>) {
        if let Some(isn) = self.other_isn
            && self.is_fresh()
            && seq::distance(isn, ack) == 1
        {
            self.isn = Some(isn);
            self.stream.rebase(ack);
            self.health.sent = Some(ack);
            (self.acked, self.edge, self.other_isn) = (None, None, None);
        }
        seq::advance(&mut self.acked, ack);
        if let Some(window) = window {
            seq::advance(&mut self.edge, ack.wrapping_add(window));
        }
    }
}
