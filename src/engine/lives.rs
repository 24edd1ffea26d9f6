//! The connections that are followed: found by their two ends, gone through in the order in which they were opened.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::live::Live;
use crate::connection::Transport;
use crate::event::Endpoint;

/// The two ends of a conversation, the smaller first, and its transport: in few words, as each packet is looked up by
/// it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pair {
    addresses: [[u64; 2]; 2],
    /// Both ports, what kind of address each is, and the transport.
    rest: u64,
}

impl Pair {
    /// The pair, and whether `one` is its first end.
    #[inline]
    pub(super) fn of(one: Endpoint, other: Endpoint, transport: Transport) -> (Pair, bool) {
        let words = |end: Endpoint| match end.ip {
            IpAddr::V4(ip) => ([0, u64::from(ip.to_bits())], u64::from(end.port)),
            IpAddr::V6(ip) => {
                let bits = ip.to_bits();
                ([(bits >> 64) as u64, bits as u64], u64::from(end.port) | 1 << 16)
            }
        };
        let (one, other) = (words(one), words(other));
        let first = one <= other;
        let (low, high) = if first { (one, other) } else { (other, one) };
        let rest = low.1 | high.1 << 20 | (transport as u64) << 40;
        (Pair { addresses: [low.0, high.0], rest }, first)
    }

    #[inline]
    pub(super) fn hash(&self) -> u64 {
        let [low, high] = self.addresses;
        let mut hasher = FxHasher::default();
        [low[0] ^ high[0].rotate_left(32), low[1] ^ high[1].rotate_left(32), self.rest].hash(&mut hasher);
        hasher.finish()
    }
}

/// So many gaps are always left in [`Lives::opened`].
const GAPS: usize = 4096;
/// In [`Lives::opened`]: that the connection is over.
const GONE: u32 = u32::MAX;

/// The connections, each in a cell of one array whose free cells are used again: the table holds nothing but the
/// numbers of cells, so that a packet of a connection touches little memory before the connection itself.
#[derive(Default)]
pub(super) struct Lives {
    /// The cell of the newest connection of each pair.
    table: HashTable<u32>,
    cells: Vec<Option<Live>>,
    free: Vec<u32>,
    /// The cells in the order in which the connections were opened.
    opened: Vec<u32>,
}

impl Lives {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.cells.len() - self.free.len()
    }

    /// The cell of the newest connection of a pair.
    #[inline]
    pub(super) fn find(&self, pair: &Pair) -> Option<u32> {
        let is_same = |cell: &u32| self.get(*cell).is_some_and(|live| live.pair == *pair);
        self.table.find(pair.hash(), is_same).copied()
    }

    #[inline]
    pub(super) fn get(&self, cell: u32) -> Option<&Live> {
        self.cells.get(cell as usize).and_then(Option::as_ref)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, cell: u32) -> Option<&mut Live> {
        self.cells.get_mut(cell as usize).and_then(Option::as_mut)
    }

    /// Closes the gaps in `opened`, where they are most of it.
    fn close_up(&mut self) {
        if self.opened.len() < 2 * self.count() + GAPS {
            return;
        }
        self.opened.retain(|cell| *cell != GONE);
        for (order, cell) in (0..).zip(&self.opened) {
            if let Some(live) = self.cells.get_mut(*cell as usize).and_then(Option::as_mut) {
                live.order = order;
            }
        }
    }

    /// Adds a connection, the newest of its pair; returns its cell.
    pub(super) fn add(&mut self, mut live: Live) -> u32 {
        self.close_up();
        live.order = self.opened.len() as u32;
        let hash = live.pair.hash();
        let cell = match self.free.pop() {
            Some(cell) => cell,
            None => {
                self.cells.push(None);
                self.cells.len() as u32 - 1
            }
        };
        if let Some(room) = self.cells.get_mut(cell as usize) {
            *room = Some(live);
        }
        self.opened.push(cell);
        let Lives { table, cells, .. } = self;
        let hash_of = |cell: &u32| {
            cells.get(*cell as usize).and_then(Option::as_ref).map_or(0, |live| live.pair.hash())
        };
        table.insert_unique(hash, cell, hash_of);
        cell
    }

    /// Takes a connection out.
    pub(super) fn remove(&mut self, cell: u32) -> Option<Live> {
        let live = self.cells.get_mut(cell as usize)?.take()?;
        if let Ok(entry) = self.table.find_entry(live.pair.hash(), |known| *known == cell) {
            entry.remove();
        }
        if let Some(place) = self.opened.get_mut(live.order as usize) {
            *place = GONE;
        }
        self.free.push(cell);
        Some(live)
    }

    /// The cells in the order in which the connections were opened.
    pub(super) fn in_order(&self) -> impl Iterator<Item = u32> + '_ {
        self.opened.iter().copied().filter(|cell| *cell != GONE)
    }

    /// Goes through all, in the order in which they were opened.
    pub(super) fn each(&mut self, mut work: impl FnMut(&mut Live)) {
        for cell in &self.opened {
            if let Some(live) = self.cells.get_mut(*cell as usize).and_then(Option::as_mut) {
                work(live);
            }
        }
    }
}
