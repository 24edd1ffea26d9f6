//! Diagrams of traces made by hand: which rows there are, and how they are printed.

#[path = "diagrams/scene.rs"]
mod scene;

use scene::websocket;
use seqdump::locale::Lang;
use seqdump::model::diagram::{Level, View};
use seqdump::model::outline::Outline;
use seqdump::model::trace::Trace;
use seqdump::render::cells::{Charset, Clock, Paper};
use seqdump::render::text;

fn printed(trace: &Trace, view: &View, width: usize, charset: Charset) -> String {
    let mut out = Vec::new();
    let paper = Paper { width, charset, clock: Clock::Relative };
    text::print(&mut out, trace, &Outline::new(trace, view), paper, false).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn look() {
    let scene = websocket();
    for (level, width) in [
        (Level::Connections, 80),
        (Level::Phases, 80),
        (Level::Messages, 80),
        (Level::Packets, 80),
        (Level::Messages, 120),
        (Level::Packets, 130),
    ] {
        println!("{}", printed(&scene.trace, &View::new(level, Lang::En), width, Charset::Ladder));
    }
    println!("{}", printed(&scene.trace, &View::new(Level::Messages, Lang::Ko), 80, Charset::Ladder));
    println!("{}", printed(&scene.trace, &View::new(Level::Messages, Lang::En), 80, Charset::Ascii));
}
