//! A diagram, or the events themselves, to a document: one file a format.
//!
//! What is drawn depends on nothing else, so two runs draw the same.

pub mod cells;
pub mod document;
pub mod json;
pub mod stream;
pub mod table;
pub mod text;

mod canvas;
mod strokes;
