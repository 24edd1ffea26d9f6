//! What the events amount to: a trace, its phases and verdicts, and the diagram that shows them.
//!
//! A [`trace::Trace`] and a [`diagram::View`] go in. An [`outline::Outline`] comes out, which knows which rows there
//! are and makes each when somebody looks, or a [`diagram::Diagram`] with all of them made.

pub mod comparison;
pub mod diagram;
pub mod explain;
pub mod filter;
pub mod growing;
pub mod outline;
pub mod overview;
pub mod redact;
pub mod trace;
pub mod units;

mod build;
mod fold;
mod lanes;
mod links;
mod phase;
mod rows;
