//! A diagram, or the events themselves, to a document: one file a format.
//!
//! What is drawn depends on nothing else, so two runs draw the same.

pub mod cast;
pub mod cells;
pub mod document;
pub mod font;
#[cfg(feature = "png")]
pub mod gif;
pub mod har;
pub mod html;
pub mod json;
pub mod mermaid;
pub mod palette;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod plantuml;
#[cfg(feature = "png")]
pub mod png;
pub mod save;
pub mod screen;
pub mod stream;
pub mod svg;
pub mod table;
pub mod text;

mod canvas;
mod steps;
mod strokes;
