//! WebSocket as an observer sees it: the examples of the RFCs, each rule broken, any cut of the bytes, random bytes,
//! and other people's captures against a reference dissector's reading.

mod corpus;
mod harness;
mod invariance;
mod messages;
mod rules;
