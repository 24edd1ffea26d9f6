//! Which connections are the two sides of a proxy, told by what it passed on: a value that is one of a kind stands in a
//! request on one connection, and in a request on another that was made and answered while the first waited.
//!
//! In go the requests of a trace; out comes, for a connection that a proxy opened, the one that it had accepted, and
//! what says so. Two requests alike by chance, such as one and its repetition, are not linked.

use rustc_hash::FxHashMap;

use crate::event::{Class, Event, Side, Value};
use crate::frame::Timestamp;
use crate::model::trace::Trace;

/// Headers whose values are one of a kind, in small letters; of the first no two connections ever have the same
/// (RFC 6455 4.1), of the others somebody may ask several servers with the same one.
const KINDS: &[&str] = &[
    "sec-websocket-key",
    "traceparent",
    "x-request-id",
    "x-correlation-id",
    "request-id",
    "x-amzn-trace-id",
    "x-cloud-trace-context",
    "x-b3-spanid",
    "cf-ray",
];
/// Bytes that such a value has at least.
const SHORTEST: usize = 8;
/// So many requests of a connection are looked at.
const REQUESTS: usize = 32;

/// The side of a proxy that it opened itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The connection that the proxy had accepted, as its place in the trace.
    pub front: usize,
    /// The header that says so, as it was written.
    pub basis: String,
}

/// A request that carries a value.
struct Carrier {
    place: usize,
    name: String,
    asked: Timestamp,
    /// When it was answered; at the end of time where it was not.
    answered: Timestamp,
}

/// For each connection of a trace the link to the one before it, where there is one.
pub(super) fn links(trace: &Trace) -> Vec<Option<Link>> {
    let mut links = vec![None; trace.connections.len()];
    if trace.connections.len() < 2 {
        return links;
    }
    for ((kind, _), mut carriers) in carriers(trace) {
        carriers.sort_by_key(|carrier| carrier.asked);
        for (at, inner) in carriers.iter().enumerate() {
            let encloses = |outer: &&Carrier| {
                let server = |carrier: &Carrier| trace.connections[carrier.place].endpoint(Side::Server);
                outer.place != inner.place
                    && server(outer) != server(inner)
                    && outer.answered >= inner.answered
            };
            let mut outer = carriers[..at].iter().rev().filter(encloses);
            let (nearest, further) = (outer.next(), outer.next());
            // Where a proxy asks several servers at once, one may seem to wait for the other.
            let is_certain = kind == 0 || further.is_none();
            if let (Some(front), None, true) = (nearest, &links[inner.place], is_certain) {
                links[inner.place] = Some(Link { front: front.place, basis: inner.name.clone() });
            }
        }
    }
    links
}

/// The requests that carry each value, by the kind of the value.
fn carriers(trace: &Trace) -> Vec<((usize, String), Vec<Carrier>)> {
    let places: FxHashMap<u32, usize> =
        trace.connections.iter().enumerate().map(|(place, known)| (known.id, place)).collect();
    let mut counts = vec![0; trace.connections.len()];
    let mut found: FxHashMap<(usize, String), Vec<Carrier>> = FxHashMap::default();
    let mut waiting: FxHashMap<(usize, Option<u32>), Vec<(usize, String)>> = FxHashMap::default();
    for traced in trace.events.iter() {
        let (Some(&place), event) = (places.get(&traced.connection), &traced.event) else { continue };
        let channel = (place, event.channel);
        match event.class {
            Class::Request if counts[place] < REQUESTS => {
                counts[place] += 1;
                for (kind, name, value) in values(event) {
                    waiting.entry(channel).or_default().push((kind, value.clone()));
                    let answered = Timestamp(i64::MAX);
                    let carrier = Carrier { place, name, asked: event.time, answered };
                    found.entry((kind, value)).or_default().push(carrier);
                }
            }
            Class::Response => {
                for key in waiting.remove(&channel).unwrap_or_default() {
                    let carriers = found.get_mut(&key).into_iter().flatten();
                    let open = carriers.filter(|of| of.place == place && of.answered.0 == i64::MAX);
                    open.for_each(|carrier| carrier.answered = event.time);
                }
            }
            _ => {}
        }
    }
    let mut found: Vec<_> = found.into_iter().filter(|(_, carriers)| carriers.len() > 1).collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

/// The values of a request that are one of a kind: the kind, the name as written, the value.
fn values(event: &Event) -> Vec<(usize, String, String)> {
    let fields = event.facts.fields();
    let headers = fields.into_iter().find(|field| field.name == "headers").map(|field| field.value);
    let Some(Value::List(headers)) = headers else { return Vec::new() };
    let values = headers.into_iter().filter_map(|header| {
        let Value::List(pair) = header else { return None };
        let [Value::Text(name), Value::Text(value)] = pair.as_slice() else { return None };
        let kind = KINDS.iter().position(|kind| name.eq_ignore_ascii_case(kind))?;
        // What was hidden is the same everywhere.
        let is_one = value.len() >= SHORTEST && !value.contains("[redacted]");
        is_one.then(|| (kind, name.clone(), value.clone()))
    });
    values.collect()
}
