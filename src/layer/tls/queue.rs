//! What the record layer says, in the order in which it is read; or kept, where it waits for keys.

use std::borrow::Cow;

use super::reason::Reason;
use super::record::Header;
use super::{Tls, most};
use crate::event::{End, Origin, Side};
use crate::layer::buffer::Trail;
use crate::layer::protocol::Out;

/// What the record layer says of a direction, in the order in which it is read.
pub(super) enum Item<'a> {
    Record(Header, Cow<'a, [u8]>),
    /// A record that was not kept: so many bytes are missing, and why it cannot be read, if not for want of a key.
    Passed(Header, u64, Option<Reason>),
    Broken(Header),
    Skipped(u64),
    Gap(u64),
    End(End),
}

/// An item that waits for keys.
pub(super) struct Held {
    pub(super) side: Side,
    pub(super) item: Item<'static>,
    pub(super) trail: Trail,
}

impl Item<'_> {
    /// How much of the limit it takes.
    pub(super) fn len(&self) -> usize {
        match self {
            Item::Record(_, body) => body.len(),
            _ => 0,
        }
    }

    fn into_owned(self) -> Item<'static> {
        match self {
            Item::Record(header, body) => Item::Record(header, Cow::Owned(body.into_owned())),
            Item::Passed(header, missing, reason) => Item::Passed(header, missing, reason),
            Item::Broken(header) => Item::Broken(header),
            Item::Skipped(count) => Item::Skipped(count),
            Item::Gap(count) => Item::Gap(count),
            Item::End(end) => Item::End(end),
        }
    }
}

impl Tls {
    /// Reads an item, or keeps it behind those that wait.
    pub(super) fn item(&mut self, item: Item<'_>, origin: &Origin<'_>, out: &mut Out<'_>) {
        if self.held.is_empty() && self.take(&item, origin, out) {
            return;
        }
        if self.held_len.saturating_add(item.len()) > out.limits().waiting_ciphertext {
            self.overflowed = true;
            self.tell_held(out);
            self.take(&item, origin, out);
            return;
        }
        let mut trail = Trail::default();
        trail.add(origin, most(out));
        self.held_len += item.len();
        self.held.push_back(Held { side: origin.side, item: item.into_owned(), trail });
    }

    /// Tells all that waits, as it is.
    pub(super) fn tell_held(&mut self, out: &mut Out<'_>) {
        self.letting_go = true;
        while let Some(held) = self.held.pop_front() {
            self.take(&held.item, &held.trail.origin(held.side), out);
        }
        self.held_len = 0;
        self.letting_go = false;
    }

    /// Reads an item; `false` where it has to wait for a key.
    pub(super) fn take(&mut self, item: &Item<'_>, origin: &Origin<'_>, out: &mut Out<'_>) -> bool {
        let side = origin.side;
        match item {
            Item::Record(header, body) => return self.record(*header, body, origin, out),
            Item::Passed(header, missing, reason) => self.passed(*header, (*missing, *reason), origin, out),
            Item::Broken(header) => {
                self.half(side).guard.doubt();
                let Header { content, version, len } = *header;
                let what = format!("type {content}, version 0x{version:04x}, length {len}");
                self.tell_no_record(*header, what, origin, out);
            }
            Item::Skipped(0) => {}
            Item::Skipped(count) => {
                let reason = self.session.gap.map_or(Reason::NoRecord, Reason::Missing);
                self.tell_sealed((None, *count), 0, reason, origin, out);
                self.carry_gap(*count, origin, out);
            }
            Item::Gap(count) => {
                let half = self.half(side);
                half.guard.doubt();
                half.messages.clear();
                half.skip = 0;
                if self.session.is_chosen() {
                    self.sealed.get_or_insert(self.missing());
                }
                self.carry_gap(*count, origin, out);
            }
            Item::End(end) => {
                self.cut_message(origin, out);
                self.carry_end(*end, origin, out);
            }
        }
        true
    }
}
