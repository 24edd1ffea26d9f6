//! What the fields of events mean, in plain words: the kind or family that they stand in (`*`: any), the name, the
//! meaning. What is particular comes before what is general.

mod http;
mod tls;
mod transport;
mod websocket;

use crate::locale::Words;

/// The kind or family that a field stands in, its name, and what it means.
pub type Meaning = (&'static str, &'static str, Words);

/// All of them, in the order in which they are searched.
pub(super) static ALL: &[&[Meaning]] = &[tls::FIELDS, http::FIELDS, websocket::FIELDS, transport::FIELDS];

macro_rules! fields {
    ($($of:literal $name:literal [$english:literal, $korean:literal])*) => {
        &[$(($of, $name, [$english, $korean])),*]
    };
}
use fields;
