//! A survey on several cores: one thread reads and decodes, each of the others follows its share of the connections,
//! which are told apart by their two ends. What all connections have in common is either kept by the reader (fragments,
//! the clock, what belongs to no connection) or makes the whole be read again by one (limits over all connections,
//! secrets inside the capture).

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use super::Reading;
use crate::capture::Next;
use crate::decode::{Datagram, Decoded, Segment, Transport};
use crate::diagnostic::Note;
use crate::engine::{Engine, Observer, Totals};
use crate::error::Error;
use crate::frame::{Frame, FrameNumber, LinkType, Place, Timestamp};
use crate::keyring::Keyring;
use crate::limits::Limits;

/// Packets, and bytes of them, that are handed over at once.
const PACKETS: usize = 1024;
const BYTES: usize = 256 << 10;
/// Batches that may wait for a follower.
const WAITING: usize = 4;

/// A decoded packet whose options and payload stand, one behind the other, in [`Batch::bytes`].
struct Packet {
    number: FrameNumber,
    time: Timestamp,
    comment: Option<Box<str>>,
    /// Its header, without the bytes.
    transport: Transport<'static>,
    options: usize,
    payload: usize,
    notes: Vec<Note>,
    fragments: Vec<FrameNumber>,
}

/// Packets on their way from the reader to a follower, and the room back.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    packets: Vec<Packet>,
}

impl Batch {
    fn push(&mut self, frame: &Frame<'_>, decoded: &Decoded<'_>) {
        let (transport, options, payload) = match decoded.transport {
            Transport::Tcp(segment) => {
                let empty = Segment { options: &[], payload: &[], ..segment };
                (Transport::Tcp(empty), segment.options, segment.payload)
            }
            Transport::Udp(datagram) => {
                (Transport::Udp(Datagram { payload: &[], ..datagram }), &[][..], datagram.payload)
            }
            _ => return,
        };
        self.bytes.extend_from_slice(options);
        self.bytes.extend_from_slice(payload);
        self.packets.push(Packet {
            number: frame.number,
            time: frame.time,
            comment: frame.comment.map(Box::from),
            transport,
            options: options.len(),
            payload: payload.len(),
            notes: decoded.notes.to_vec(),
            fragments: decoded.fragments.to_vec(),
        });
    }

    fn is_full(&self) -> bool {
        self.packets.len() >= PACKETS || self.bytes.len() >= BYTES
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.packets.clear();
    }

    /// Hands each packet to `take`, with its frame but for the bytes.
    fn each(&self, mut take: impl FnMut(&Frame<'_>, Decoded<'_>)) {
        let mut rest = self.bytes.as_slice();
        let mut next = |length: usize| {
            let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            rest = after;
            piece
        };
        for packet in &self.packets {
            let (options, payload) = (next(packet.options), next(packet.payload));
            let transport = match packet.transport {
                Transport::Tcp(segment) => Transport::Tcp(Segment { options, payload, ..segment }),
                Transport::Udp(datagram) => Transport::Udp(Datagram { payload, ..datagram }),
                _ => continue,
            };
            let (notes, fragments) = (&packet.notes, &packet.fragments);
            let frame = Frame {
                number: packet.number,
                time: packet.time,
                link: LinkType::default(),
                wire_len: 0,
                bytes: &[],
                place: Place::default(),
                comment: packet.comment.as_deref(),
            };
            take(&frame, Decoded { transport, notes, tunnels: &[], fragments });
        }
    }
}

/// The reader's end of a follower.
struct Line {
    filling: Batch,
    full: SyncSender<Batch>,
    empty: Receiver<Batch>,
}

impl Line {
    /// Sends what there is; false where the follower has given up.
    fn send(&mut self) -> bool {
        let room = self.empty.try_recv().unwrap_or_default();
        self.full.send(std::mem::replace(&mut self.filling, room)).is_ok()
    }
}

impl Reading {
    /// Reads until the end, with `followers` threads beside this one, each of which tells an observer of its own of its
    /// share of the connections, numbered within it. What belongs to none `own` is told.
    ///
    /// Returns `None` where it cannot be done so: then the input has to be read again, by [`Reading::run`].
    pub fn run_divided<O: Observer + Default + Send>(
        &mut self,
        followers: usize,
        own: &mut O,
    ) -> Result<Option<Vec<O>>, Error> {
        let (limits, secrets) = (self.limits.clone(), self.keys.expected());
        let told = thread::scope(|scope| {
            let (mut lines, mut threads) = (Vec::new(), Vec::new());
            for _ in 0..followers {
                let (full, from_reader) = sync_channel(WAITING);
                let (to_reader, empty) = channel();
                lines.push(Line { filling: Batch::default(), full, empty });
                let limits = &limits;
                let work = move || follow(from_reader, to_reader, limits, followers, secrets);
                threads.push(scope.spawn(work));
            }
            let read = self.hand_out(&mut lines, own);
            drop(lines);
            let told: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap_or(None)).collect();
            read.map(|all| if all { told.into_iter().collect::<Option<Vec<_>>>() } else { None })
        })?;
        let Some(told) = told else { return Ok(None) };
        let mut observers = Vec::new();
        for (observer, totals) in told {
            self.engine.add(&totals);
            observers.push(observer);
        }
        Ok(Some(observers))
    }

    /// Reads and decodes until the end; false where it has to be read again.
    fn hand_out(&mut self, lines: &mut [Line], own: &mut dyn Observer) -> Result<bool, Error> {
        let mut latest = 0;
        loop {
            match self.source.next()? {
                Next::Frame(frame) => {
                    latest = frame.number;
                    let mut going = true;
                    self.engine.divert(&frame, own, |hash, decoded| {
                        let place = (hash >> 32) as usize % lines.len();
                        let Some(line) = lines.get_mut(place) else { return };
                        line.filling.push(&frame, decoded);
                        if line.filling.is_full() {
                            going = line.send();
                        }
                    });
                    if !going {
                        return Ok(false);
                    }
                }
                Next::Secrets(_) => return Ok(false),
                Next::Name(address, name) => {
                    self.names.insert(address, name);
                }
                Next::Warning(note) => {
                    own.reached(latest);
                    own.warning(0, note);
                }
                Next::Idle => {}
                Next::End { truncated } => {
                    self.end = Some(truncated);
                    return Ok(lines.iter_mut().all(Line::send));
                }
            }
        }
    }
}

/// Follows a share of the connections; `None` where a limit over all connections may have been hit.
fn follow<O: Observer + Default>(
    from_reader: Receiver<Batch>,
    to_reader: Sender<Batch>,
    limits: &Limits,
    followers: usize,
    secrets: bool,
) -> Option<(O, Totals)> {
    let (mut engine, mut observer) = (Engine::dividing(limits, followers), O::default());
    let mut keys = Keyring::default();
    keys.expect(secrets);
    for mut batch in from_reader {
        batch.each(|frame, decoded| engine.take(frame, decoded, &keys, &mut observer));
        if engine.is_beyond() {
            return None;
        }
        batch.clear();
        // The reader may have ended.
        let _ = to_reader.send(batch);
    }
    keys.expect(false);
    engine.learned(&keys, &mut observer);
    engine.finish(&keys, &mut observer);
    Some((observer, engine.totals().clone()))
}
