//! Writes a capture for the benches: `cargo run --example generate -- KIND PACKETS FILE`.

mod traffic;

use std::io::{BufWriter, Write};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = match arguments.as_slice() {
        [kind, packets, path] => traffic::Kind::ALL
            .iter()
            .find(|(name, _)| name == kind)
            .and_then(|(_, kind)| Some((*kind, packets.parse().ok()?, path))),
        _ => None,
    };
    let Some((kind, packets, path)) = asked else {
        let kinds: Vec<&str> = traffic::Kind::ALL.iter().map(|(name, _)| *name).collect();
        eprintln!("usage: generate KIND PACKETS FILE, where KIND is {}", kinds.join(", "));
        std::process::exit(2);
    };
    let mut out =
        BufWriter::with_capacity(1 << 20, std::fs::File::create(path).expect("the file can be made"));
    traffic::write(kind, packets, &mut out);
    out.flush().expect("the file can be written");
}
