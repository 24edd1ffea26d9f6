use crate::capture::{Capture, Reading};
#[test]
#[ignore]
fn show() {
    let path = std::path::PathBuf::from(std::env::var("SHOW").unwrap());
    let only: Option<usize> = std::env::var("STREAM").ok().and_then(|n| n.parse().ok());
    let capture = Capture::open(&path);
    let keys = crate::corpus::keys(&path, &capture);
    let limits = Default::default();
    for (number, stream) in capture.streams.iter().enumerate() {
        if only.is_some_and(|only| only != number) {
            continue;
        }
        let mut reading =
            Reading::new(stream.midstream(), stream.port(), &keys, &limits, crate::corpus::ONLY_TLS);
        stream.feed(&mut reading);
        println!(
            "== {number} mid {} {:?}",
            stream.midstream(),
            reading.stack.verdicts().iter().map(|v| v.say(Default::default())).collect::<Vec<_>>()
        );
        for event in &reading.heard.events {
            println!(
                "{:?} {:?} {} {} {}",
                event.side,
                event.frames,
                if event.decrypted { "D" } else { " " },
                event.facts.kind(),
                event.facts.label(Default::default()).chars().take(160).collect::<String>()
            );
            for note in &event.notes {
                println!("      [{}] {}", note.what.id, note.say(Default::default()));
            }
            if std::env::var("FIELDS").is_ok() {
                println!(
                    "      {:?}",
                    event
                        .facts
                        .fields()
                        .iter()
                        .map(|f| format!("{}={:?}", f.name, f.value))
                        .collect::<Vec<_>>()
                );
            }
        }
    }
}
