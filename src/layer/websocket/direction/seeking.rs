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
        self.trail.clear();
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

    /// Looks for frames.
    pub(super) fn seek(&mut self, bytes: &[u8], origin: &Origin<'_>, around: &mut Around<'_, '_>) {
        self.tell_lost(origin, around);
        self.held.push(bytes, origin);
        let Some(at) = self.held.find(self.side == Side::Client) else {
            self.skipped = self.skipped.saturating_add(self.held.shrink());
            return;
        };
        let held = std::mem::take(&mut self.held);
        let skipped = std::mem::take(&mut self.skipped).saturating_add(at as u64);
        let mut say = std::mem::take(&mut self.astray) || skipped > 0;
        (self.state, self.fresh) = (State::Header, true);
        let side = self.side;
        held.replay(at, side, |bytes, origin| {
            if std::mem::take(&mut say) {
                let found = Place::Found(skipped);
                around.out.event(origin, Vec::new(), || Told::new(Class::Control, Phase::Exchange, found));
            }
            self.read(bytes, origin, around);
        });
    }
}
