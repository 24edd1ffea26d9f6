//! What the events amount to: a trace, its phases and verdicts, and the diagram that shows them.

pub mod diagram;
pub mod filter;
pub mod trace;
