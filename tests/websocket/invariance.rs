//! However the bytes are cut, the events are the same and each names exactly its frames; and no bytes do harm.

use proptest::prelude::*;
use seqdump::event::{End, Side};

use crate::harness::{Script, Step, frame};

/// A conversation with a bit of everything, and broken rules too.
fn conversation() -> Script {
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    Script::deflated()
        .client(&frame(0x81, true, "안녕하세요, how are you?".as_bytes()))
        .client(&frame(0x01, true, b"fragment one, "))
        .client(&frame(0x89, true, b"ping"))
        .client(&frame(0x80, true, "fragment two 끝".as_bytes()))
        .client(&frame(0x82, true, &[0xab; 300]))
        .client(&frame(0x83, true, b"reserved"))
        .client(&frame(0x80, true, b"orphan"))
        .server(&frame(0x8a, false, b"ping"))
        .server(&frame(0xc1, false, &hello))
        .server(&frame(0x41, false, &hello[..3]))
        .server(&frame(0x00, false, &hello[3..5]))
        .server(&frame(0x80, false, &hello[5..]))
        .server(&frame(0xc1, false, &[0xff; 9]))
        .server(&frame(0x81, true, b"masked"))
        .server(&frame(0x88, false, b"\x03\xe8bye"))
        .client(&frame(0x88, true, b"\x03\xe8"))
        .end(Side::Client, End::Closed)
        .end(Side::Server, End::Closed)
}

/// The same bytes cut at other places. What comes in one packet of the original comes in as many as cuts say; the
/// frame numbers are those of the original's bytes: ten for each packet, and one more for each further piece.
fn cut(script: &Script, cuts: &[usize]) -> Script {
    let (mut steps, mut cuts) = (Vec::new(), cuts.iter().copied().cycle());
    for step in &script.steps {
        let Step::Bytes(side, frames, bytes) = step else {
            steps.push(step.clone());
            continue;
        };
        let (mut rest, mut number) = (bytes.as_slice(), frames[0] * 10_000);
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(cuts.next().unwrap().clamp(1, rest.len()));
            steps.push(Step::Bytes(*side, vec![number], piece.to_vec()));
            (rest, number) = (after, number + 1);
        }
    }
    Script { steps, ..script.clone() }
}

/// Kind, label, payload, notes; and the packets of the original.
fn told(script: &Script, scale: u64) -> Vec<String> {
    let trace = script.play();
    let tell = |event: &seqdump::event::Event| {
        let mut frames: Vec<_> = event.frames.iter().map(|frame| frame / scale).collect();
        frames.dedup();
        let notes: Vec<_> = event.notes.iter().map(|note| note.say(seqdump::locale::Lang::En)).collect();
        let label = event.facts.label(seqdump::locale::Lang::En);
        let payload = event.facts.payload().map(|payload| payload.bytes.into_owned());
        format!("{} {:?} {frames:?} {label} {notes:?} {payload:?}", event.facts.kind(), event.side)
    };
    trace
        .events
        .iter()
        .filter(|event| !event.facts.label(seqdump::locale::Lang::En).starts_with("Pong"))
        .map(tell)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_tells_the_same(cuts in prop::collection::vec(1usize..40, 1..30)) {
        let script = conversation();
        prop_assert_eq!(told(&cut(&script, &cuts), 10_000), told(&script, 1));
    }

    #[test]
    fn each_event_names_exactly_the_packets_of_its_bytes(cuts in prop::collection::vec(1usize..60, 1..30)) {
        // All of the server's frames in one run of bytes, cut anywhere: a packet is an event's if bytes overlap.
        let frames = [frame(0x81, false, b"one"), frame(0x01, false, &[b'x'; 150]), frame(0x80, false, b""), frame(0x82, false, &[1; 70])];
        let stream = frames.concat();
        let (mut script, mut starts, mut at) = (Script::upgraded("", ""), Vec::new(), 0);
        for size in cuts.iter().copied().cycle() {
            if at == stream.len() {
                break;
            }
            let end = (at + size).min(stream.len());
            script = script.server(&stream[at..end]);
            starts.push((at, end));
            at = end;
        }
        let (mut expected, mut from) = (Vec::new(), 0);
        for frame in &frames {
            let to = from + frame.len();
            let overlap = |&(start, end): &(usize, usize)| start < to && end > from;
            let packets: Vec<u64> = (0..).zip(&starts).filter(|(_, piece)| overlap(piece)).map(|(n, _)| n + 3).collect();
            expected.push(packets);
            from = to;
        }
        let trace = script.play();
        let found: Vec<_> = trace.of("ws.frame").iter().map(|event| event.frames.to_vec()).collect();
        prop_assert_eq!(&found, &expected);
        let mut fragmented = [expected[1].clone(), expected[2].clone()].concat();
        fragmented.dedup();
        let messages: Vec<_> = trace.of("ws.message").iter().map(|event| event.frames.to_vec()).collect();
        prop_assert_eq!(messages, vec![expected[0].clone(), fragmented, expected[3].clone()]);
    }

    #[test]
    fn no_bytes_do_harm(
        pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 1..80), 0u64..200), 1..40),
        midstream in any::<bool>(),
    ) {
        let mut script = if midstream { Script::midstream() } else { Script::deflated() };
        for (client, bytes, gap) in pieces {
            let side = if client { Side::Client } else { Side::Server };
            script = if client { script.client(&bytes) } else { script.server(&bytes) };
            if gap > 150 {
                script = script.gap(side, gap);
            }
        }
        let script = script.end(Side::Client, End::Reset).end(Side::Server, End::Capture);
        let (full, survey) = (script.play(), script.survey());
        prop_assert_eq!(full.numbered, survey.numbered);
        prop_assert_eq!(full.verdict(), survey.verdict());
    }

    #[test]
    fn damaged_frames_do_no_harm(seed in any::<[u8; 16]>(), at in prop::collection::vec(any::<prop::sample::Index>(), 16)) {
        let mut script = conversation();
        for (index, byte) in at.iter().zip(seed) {
            let place = index.index(script.steps.len());
            if let Some(Step::Bytes(_, _, bytes)) = script.steps.get_mut(place).filter(|_| place >= 2) {
                let place = index.index(bytes.len());
                bytes[place] = byte;
            }
        }
        let (full, survey) = (script.play(), script.survey());
        prop_assert_eq!(full.numbered, survey.numbered);
        prop_assert_eq!(full.verdict(), survey.verdict());
    }
}
