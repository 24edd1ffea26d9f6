//! A diagram, or the events themselves, to a document: one file a format.

pub mod json;
pub mod stream;
pub mod table;
