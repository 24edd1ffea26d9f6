//! Diagrams as documents: one file a format.
//!
//! A diagram goes in, text or bytes come out; what is drawn depends on nothing else, so two runs draw the same.

pub mod cells;
pub mod document;
pub mod text;

mod canvas;
mod strokes;
