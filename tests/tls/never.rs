//! Whatever bytes come: no panic, no buffer without bound, nothing passed up that was not sent; and however a
//! stream is cut, the same is told.

use proptest::prelude::*;

use crate::capture::{Heard, Reading};
use crate::corpus::{ONLY_TLS, plaintext};
use crate::live::{Session, Tape, play, ring};
use seqdump::event::{Body, End, Side};
use seqdump::keyring::Keyring;
use seqdump::limits::Limits;
use seqdump::locale::Lang;

/// A ClientHello and a ServerHello of TLS 1.3 in records.
fn hellos() -> [Vec<u8>; 2] {
    let mut client = vec![3, 3];
    client.extend([7; 32]);
    client.extend([0, 0, 4, 0x13, 1, 0x13, 2, 1, 0]);
    let mut extensions = vec![0, 0, 0, 8, 0, 6, 0, 0, 3, b'a', b'.', b'b'];
    extensions.extend([0, 43, 0, 5, 4, 3, 4, 3, 3]);
    extensions.extend([0, 10, 0, 4, 0, 2, 0, 29, 0, 51, 0, 8, 0, 6, 0, 29, 0, 2, 1, 2]);
    extensions.extend([0, 16, 0, 5, 0, 3, 2, b'h', b'2', 0, 13, 0, 4, 0, 2, 4, 3]);
    client.extend((extensions.len() as u16).to_be_bytes());
    client.extend(&extensions);
    let mut server = vec![3, 3];
    server.extend([8; 32]);
    server.extend([0, 0x13, 1, 0, 0, 14, 0, 43, 0, 2, 3, 4, 0, 51, 0, 4, 0, 29, 0, 0]);
    let record = |kind: u8, body: &[u8]| {
        let mut record = vec![22, 3, 3];
        record.extend((body.len() as u16 + 4).to_be_bytes());
        record.extend([kind, 0]);
        record.extend((body.len() as u16).to_be_bytes());
        record.extend(body);
        record
    };
    [record(1, &client), record(2, &server)]
}

/// Looks at everything that an event can show.
fn look(heard: &Heard) {
    for event in &heard.events {
        let _ = (event.facts.label(Lang::En), event.facts.label(Lang::Ko));
        let wire = event.facts.wire().len();
        for field in event.facts.fields() {
            assert!(field.at.is_none_or(|at| at.start <= at.end && at.end <= wire), "{}", field.name);
        }
        assert!(!event.frames.is_empty());
    }
}

fn read(pieces: &[(Side, Vec<u8>, u64)], keys: &Keyring, survey: bool) -> Heard {
    let limits = Limits::default();
    let mut reading = Reading::new(false, 443, keys, &limits, ONLY_TLS);
    reading.heard.survey = survey;
    for (index, (side, bytes, gap)) in pieces.iter().enumerate() {
        let frames = [index as u64 + 1];
        if *gap > 0 {
            reading.feed(*side, &frames, Body::Gap(*gap));
        }
        if !bytes.is_empty() {
            reading.feed(*side, &frames, Body::Bytes(bytes));
        }
    }
    for side in Side::BOTH {
        reading.feed(side, &[99_999], Body::End(End::Capture));
    }
    for verdict in reading.stack.verdicts() {
        assert!(!verdict.say(Lang::Ko).is_empty());
    }
    reading.heard
}

fn a_session() -> Option<&'static (Tape, Vec<u8>)> {
    static PLAYED: std::sync::OnceLock<Option<(Tape, Vec<u8>)>> = std::sync::OnceLock::new();
    let played = PLAYED.get_or_init(|| {
        let server = ["-cert", "ec.crt", "-key", "ec.key"];
        let says: &[&[u8]] = &[b"first words\n", b"second words\n", b"K\n", b"third words\n"];
        play(&Session { server: &server, clients: vec![vec!["-tls1_3"]], says })
    });
    if played.is_none() {
        println!("skipped: openssl is not here");
    }
    played.as_ref()
}

fn pieces(tape: &Tape) -> Vec<(Side, Vec<u8>, u64)> {
    tape.iter().map(|(side, bytes)| (*side, bytes.clone(), 0)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(start in 0usize..4, bytes in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..200), 0u64..3), 0..12)) {
        let [client, server] = hellos();
        let mut all = vec![(Side::Client, client, 0), (Side::Server, server, 0)];
        all.truncate(start.min(2));
        if start == 3 {
            all = vec![(Side::Client, vec![22, 3, 1, 0, 9, 1], 0)];
        }
        all.extend(bytes.into_iter().map(|(side, bytes, gap)| {
            (if side { Side::Client } else { Side::Server }, bytes, gap)
        }));
        let heard = read(&all, &Keyring::default(), false);
        look(&heard);
        prop_assert_eq!(heard.numbered, read(&all, &Keyring::default(), true).numbered);
    }

    #[test]
    fn any_change_of_the_hellos(places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
        let mut all = hellos();
        for (place, byte) in &places {
            let side = usize::from(byte & 1);
            let at = place.index(all[side].len());
            all[side][at] ^= byte | 1;
        }
        let [client, server] = all;
        let (first, rest) = client.split_at(cut.index(client.len()));
        let pieces =
            [(Side::Client, first.to_vec(), 0), (Side::Client, rest.to_vec(), 0), (Side::Server, server, 0)];
        look(&read(&pieces, &Keyring::default(), false));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_it_is_cut_the_same_is_told(sizes in prop::collection::vec(1usize..900, 1..40)) {
        let Some((tape, log)) = a_session() else { return Ok(()) };
        let keys = ring(log);
        let labels = |heard: &Heard| {
            heard.events.iter().map(|event| format!("{:?} {}", event.side, event.facts.label(Lang::En))).filter(|label| !label.contains(" data ")).collect::<Vec<_>>()
        };
        let whole = read(&pieces(tape), &keys, false);
        let mut sizes = sizes.into_iter().cycle();
        let mut cut = Vec::new();
        for (side, bytes) in tape {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(sizes.next().unwrap().min(rest.len()));
                cut.push((*side, piece.to_vec(), 0));
                rest = after;
            }
        }
        let cut = read(&cut, &keys, false);
        prop_assert_eq!(labels(&whole), labels(&cut));
        for side in Side::BOTH {
            prop_assert_eq!(plaintext(&whole.events, side), plaintext(&cut.events, side));
        }
    }

    #[test]
    fn nothing_is_passed_up_that_was_not_sent(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..3, 1usize..400), 1..4),
    ) {
        let Some((tape, log)) = a_session() else { return Ok(()) };
        let keys = ring(log);
        let whole = read(&pieces(tape), &keys, false);
        let mut changed = pieces(tape);
        for (piece, place, what, count) in changes {
            let at = piece.index(changed.len());
            let (_, bytes, gap) = &mut changed[at];
            if bytes.is_empty() {
                continue;
            }
            match what {
                0 => {
                    let at = place.index(bytes.len());
                    bytes[at] ^= count as u8 | 1;
                }
                1 => {
                    let lost = count.min(bytes.len());
                    bytes.drain(..lost);
                    *gap += lost as u64;
                }
                _ => bytes.truncate(place.index(bytes.len())),
            }
        }
        let heard = read(&changed, &keys, false);
        look(&heard);
        for side in Side::BOTH {
            let sent = plaintext(&whole.events, side);
            for event in heard.events.iter().filter(|event| event.decrypted && event.side == side && event.facts.kind() == "tls.data") {
                let piece = event.facts.wire();
                prop_assert!(sent.windows(piece.len()).any(|window| window == piece));
            }
        }
    }

    #[test]
    fn a_lost_piece_costs_only_itself(which in 0usize..3) {
        let Some((tape, log)) = a_session() else { return Ok(()) };
        let keys = ring(log);
        let mut all = pieces(tape);
        // The client's pieces with its words come after its Finished.
        let spoken: Vec<usize> = (0..all.len()).filter(|at| all[*at].0 == Side::Client && all[*at].1.len() < 60 && all[*at].1.len() > 30).collect();
        let at = spoken[which.min(spoken.len() - 1)];
        let lost = std::mem::take(&mut all[at].1).len() as u64;
        all[at].2 = lost;
        let heard = read(&all, &keys, false);
        let whole = plaintext(&read(&pieces(tape), &keys, false).events, Side::Client);
        let got = plaintext(&heard.events, Side::Client);
        prop_assert!(got.len() + 20 > whole.len() && got.len() < whole.len(), "{} of {}", got.len(), whole.len());
    }
}
