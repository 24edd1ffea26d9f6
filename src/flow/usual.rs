//! The segments that nearly all are: of an open connection, where the next byte is expected, and nothing to say of
//! them. What [`super::accept`] would do with such a one in a survey is done here at once; where anything is unusual,
//! it is left to `accept`.

use super::way::Way;
use super::{Brought, Tcp, options, seq};
use crate::decode::{Segment, flags};
use crate::event::{Side, Sink, Stream};

/// Takes a usual segment; false where it is not, and nothing was done.
#[inline]
pub(super) fn take(
    tcp: &mut Tcp,
    side: Side,
    segment: &Segment<'_>,
    brought: Brought<'_>,
    out: &mut dyn Stream,
) -> bool {
    let plain = segment.flags & !flags::PSH == flags::ACK
        && !segment.bad_checksum
        && segment.window != 0
        && options::are_usual(segment.options);
    if !plain || !tcp.usual || out.full() {
        return false;
    }
    let (own, peer) = tcp.ways_mut(side);
    if own.health.sent != Some(segment.seq) || !own.stream.is_at(segment.seq) || peer.health.window == 0 {
        return false;
    }
    let bare = segment.payload_len == 0;
    if bare && (own.health.ack == Some(segment.ack) || super::admit::is_far(own, segment)) {
        return false;
    }
    own.health.go_on(segment);
    let shift = own.scale.filter(|_| peer.scale.is_some()).unwrap_or(0);
    seq::advance(&mut peer.acked, segment.ack);
    seq::advance(&mut peer.edge, segment.ack.wrapping_add(u32::from(segment.window) << shift));
    if bare {
        let sink: &mut dyn Sink = out;
        sink.number(&[]);
    } else {
        own.payload += u64::from(segment.payload_len);
        own.stream.pass(side, own.span(segment, false), brought, out);
    }
    true
}

/// Whether a connection is open and nothing waits, so that a segment may be a usual one: what only unusual ones change.
pub(super) fn may_come(tcp: &Tcp) -> bool {
    let settled = |way: &Way| {
        way.seen
            && way.acks
            && way.right_checksum
            && way.fin.is_none()
            && !way.ended
            && way.other_isn.is_none()
            && way.isn.is_some_and(|isn| way.stream.base() == Some(isn.wrapping_add(1)))
            && way.stream.is_anchored()
            && !way.stream.is_waiting()
    };
    tcp.established && tcp.reset.is_none() && tcp.suspect.is_none() && tcp.ways.iter().all(settled)
}
