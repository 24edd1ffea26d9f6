//! Losing the place in a stream of frames, and finding it again.

use super::{Around, Direction, State};
use crate::event::{Class, Origin, Phase, Side, Told};
use crate::layer::websocket::facts::{Astray, Place};
use crate::layer::websocket::inflate::Lost;

impl Direction {
    /// It is not known any more where frames begin.
    pub(super) fn lose(&mut self, why: Astray, count: u64, around: &mut Around<'_, '_>) {
        let skipped = std::mem::take(&mut self.held).len() as u64;
        self.skipped = self.skipped.saturating_add(skipped);
        (self.open, self.message) = (None, None);
        self.have = 0;
        if self.state != State::Seeking {
            // What it names then is of a frame, not of bytes that were passed over.
            self.trail.clear();
        }
        self.wire.clear();
        self.notes.clear();
        if around.out.full() && (around.terms.deflate.is_some() || !around.terms.known) {
            self.inflater_of(around.terms).lose(Lost::Gap);
        }
        let before = self.lost.map_or(0, |(_, count)| count);
        self.lost = Some((why, count.saturating_add(before)));
        self.state = if why == Astray::Gap { State::Seeking } else { State::Unknown };
        self.astray = true;
    }

    /// Says, once and at the first occasion, that the place was lost.
    pub(super) fn tell_lost(&mut self, origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        if let Some((why, count)) = self.lost.take() {
            let place = Place::Lost(why, count);
            around.out.event(origin, Vec::new(), || Told::new(Class::Trouble, Phase::Exchange, place));
        }
    }

    /// Takes bytes in which a frame may begin.
    pub(super) fn seek(&mut self, bytes: &[u8], origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        self.tell_lost(origin, around);
        if around.out.full() {
            self.trail.add(origin, around.out.limits().event_frames);
        }
        self.held.push(bytes, origin);
        self.resume(false, around);
        self.skipped = self.skipped.saturating_add(self.held.shrink());
    }

    /// Reads on where frames are recognised in what waits; `last` where no more will come.
    pub(super) fn resume(&mut self, last: bool, around: &mut Around<'_, '_>) {
        let Some(at) = self.held.find(self.side == Side::Client, last) else { return };
        let held = std::mem::take(&mut self.held);
        let skipped = std::mem::take(&mut self.skipped).saturating_add(at as u64);
        let mut say = std::mem::take(&mut self.astray) || skipped > 0;
        (self.state, self.fresh) = (State::Header, true);
        self.trail.clear();
        let side = self.side;
        held.replay(at, side, |bytes, origin| {
            if std::mem::take(&mut say) {
                let found = Place::Found(skipped);
                around.out.event(origin, Vec::new(), || Told::new(Class::Control, Phase::Exchange, found));
            }
            self.read(bytes, origin, around);
        });
    }

    /// Takes bytes that nobody can read.
    pub(super) fn skip(&mut self, bytes: &[u8], origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        self.skipped = self.skipped.saturating_add(bytes.len() as u64);
        if around.out.full() {
            self.trail.add(origin, around.out.limits().event_frames);
        }
    }

    /// Says how many bytes were not read, where the place was not found again.
    pub(super) fn tell_unread(&mut self, origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        self.tell_lost(origin, around);
        let unread = self.skipped.saturating_add(self.held.len() as u64);
        if unread > 0 {
            let trail = std::mem::take(&mut self.trail);
            let origin = if around.out.full() { trail.origin(self.side) } else { *origin };
            let unread = Place::Unread(unread);
            around.out.event(&origin, Vec::new(), || Told::new(Class::Trouble, Phase::Exchange, unread));
        }
    }
}
