//! TLS, from outside: other people's captures against what a reference dissector read in them, own sessions with
//! real endpoints, and bytes that nobody would send.

mod capture;
mod corpus;
mod live;
mod never;
mod peers;
