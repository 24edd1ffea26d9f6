//! seqdump draws what happened on the wire as sequence diagrams.
//!
//! Frames go down a pipe and come out as events; events become a diagram; a diagram is drawn. Nothing flows back.
//! The rooms sort in the order in which data flows, and each imports only rooms to its left:
//!
//! ```text
//! capture ─Frame▶ decode ─Segment▶ flow ─Chunk▶ layer ⟲ ─Event▶ model ─Diagram▶ render   document
//! live│replay     etherparse       TCP in order tls▸http▸websocket trace, lanes, rows ▶ tui    screen
//! ```

pub mod capture;
pub mod cli;
pub mod connection;
pub mod decode;
pub mod demo;
pub mod diagnostic;
pub mod engine;
pub mod error;
pub mod event;
pub mod flow;
pub mod frame;
pub mod keyring;
pub mod layer;
pub mod limits;
pub mod locale;
pub mod model;
pub mod packed;
pub mod reading;
pub mod render;
pub mod run;
pub mod safe;
pub mod summaries;
pub mod survey;
pub mod tui;

/// The page on adding a protocol, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/adding-a-protocol.md")]
pub struct AddingAProtocol;
