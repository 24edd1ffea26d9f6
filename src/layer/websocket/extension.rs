//! Extensions offered and chosen (RFC 6455 9.1), and what the parameters of permessage-deflate say (RFC 7692 7.1).

use std::ops::RangeInclusive;

/// The one extension that is read here.
pub const DEFLATE: &str = "permessage-deflate";

/// Sizes of the LZ77 window, as a power of two (RFC 7692 7.1.2).
const WINDOW: RangeInclusive<u8> = 8..=15;

/// An element of a Sec-WebSocket-Extensions header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Its parameters in order, each with its value without quotes.
    pub params: Vec<(String, Option<String>)>,
}

impl Extension {
    /// Whether it is permessage-deflate.
    pub fn is_deflate(&self) -> bool {
        self.name.eq_ignore_ascii_case(DEFLATE)
    }
}

impl std::fmt::Display for Extension {
    /// As a header has it, without needless quotes and blanks.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        for (name, value) in &self.params {
            match value {
                Some(value) => write!(f, "; {name}={value}")?,
                None => write!(f, "; {name}")?,
            }
        }
        Ok(())
    }
}

/// The elements of header values, and whether all of them follow the grammar.
pub fn parse<'a>(values: impl Iterator<Item = &'a str>) -> (Vec<Extension>, bool) {
    let (mut found, mut good) = (Vec::new(), true);
    for element in values.flat_map(|value| split(value, b',')) {
        if element.is_empty() {
            continue;
        }
        let mut parts = split(element, b';');
        let name = parts.next().unwrap_or_default().to_owned();
        good &= is_token(&name);
        let params = parts
            .map(|part| {
                let (name, value) = match part.split_once('=') {
                    Some((name, value)) => (name.trim(), Some(unquote(value.trim()))),
                    None => (part, None),
                };
                good &= is_token(name) && value.as_deref().is_none_or(is_token);
                (name.to_owned(), value)
            })
            .collect();
        found.push(Extension { name, params });
    }
    (found, good)
}

/// What is agreed upon for permessage-deflate, or offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deflate {
    /// The server forgets its window after each message.
    pub server_no_takeover: bool,
    /// The client forgets its window after each message.
    pub client_no_takeover: bool,
    /// The server's window.
    pub server_bits: Option<u8>,
    /// The client's window; in an offer it may stand without a value, which is 15 here.
    pub client_bits: Option<u8>,
}

impl Deflate {
    /// What these parameters say, and the first thing that is wrong with them.
    pub fn read(extension: &Extension, is_offer: bool) -> (Deflate, Option<String>) {
        let (mut said, mut wrong, mut seen) = (Deflate::default(), None, [false; 4]);
        let mut complain = |what: String| {
            if wrong.is_none() {
                wrong = Some(what);
            }
        };
        for (name, value) in &extension.params {
            let place = match name.as_str() {
                "server_no_context_takeover" => 0,
                "client_no_context_takeover" => 1,
                "server_max_window_bits" => 2,
                "client_max_window_bits" => 3,
                _ => {
                    complain(format!("{} is unknown", brief(name)));
                    continue;
                }
            };
            if let Some(seen) = seen.get_mut(place)
                && std::mem::replace(seen, true)
            {
                complain(format!("{name} stands twice"));
            }
            let bits = value.as_deref().and_then(window);
            match (place, value) {
                (0, None) => said.server_no_takeover = true,
                (1, None) => said.client_no_takeover = true,
                (2, Some(_)) if bits.is_some() => said.server_bits = bits,
                (3, Some(_)) if bits.is_some() => said.client_bits = bits,
                (3, None) if is_offer => said.client_bits = Some(*WINDOW.end()),
                (2 | 3, None) => complain(format!("{name} has no value")),
                (2 | 3, Some(value)) => complain(format!("{name} is {}, not 8 to 15", brief(value))),
                (_, value) => {
                    complain(format!("{name} has the value {}", brief(value.as_deref().unwrap_or(""))))
                }
            }
        }
        (said, wrong)
    }

    /// Why `self`, chosen by the server, does not answer `offer`.
    fn mismatch(&self, offer: &Deflate) -> Option<&'static str> {
        if offer.server_no_takeover && !self.server_no_takeover {
            return Some("server_no_context_takeover was asked for and is missing");
        }
        match (offer.server_bits, self.server_bits) {
            (Some(_), None) => return Some("server_max_window_bits was asked for and is missing"),
            (Some(asked), Some(chosen)) if chosen > asked => {
                return Some("server_max_window_bits is above the offer");
            }
            _ => {}
        }
        match (offer.client_bits, self.client_bits) {
            (None, Some(_)) => Some("client_max_window_bits was not offered"),
            (Some(offered), Some(chosen)) if chosen > offered => {
                Some("client_max_window_bits is above the offer")
            }
            _ => None,
        }
    }

    /// Why `self`, chosen by the server, answers none of `offers`; `None` where it answers one.
    pub fn answers_none(&self, offers: &[Deflate]) -> Option<&'static str> {
        let mut mismatches = offers.iter().map(|offer| self.mismatch(offer));
        let first = mismatches.next()?;
        if mismatches.any(|mismatch| mismatch.is_none()) { None } else { first }
    }
}

fn window(value: &str) -> Option<u8> {
    let bits = value.parse().ok().filter(|bits| WINDOW.contains(bits))?;
    // No sign and no leading zero (RFC 7692 7.1.2.1).
    (value == bits.to_string()).then_some(bits)
}

/// The beginning of a text that may be very long.
pub fn brief(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Pieces between `separator`s that stand outside quotes, trimmed.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.bytes().position(|byte| {
            let is_end = byte == separator && !quoted;
            quoted ^= byte == b'"' && !escaped;
            escaped = quoted && byte == b'\\' && !escaped;
            is_end
        });
        let (piece, after) = match end.and_then(|end| text.split_at_checked(end)) {
            Some((piece, after)) => (piece, after.get(1..)),
            None => (text, None),
        };
        rest = after;
        Some(piece.trim_matches([' ', '\t']))
    })
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return value.to_owned();
    };
    let (mut plain, mut escaped) = (String::with_capacity(inner.len()), false);
    for c in inner.chars() {
        escaped = c == '\\' && !escaped;
        if !escaped {
            plain.push(c);
        }
    }
    plain
}

/// Whether `text` is a token (RFC 9110 5.6.2).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Extension {
        parse([text].into_iter()).0.remove(0)
    }

    #[test]
    fn elements_are_split_outside_quotes_only() {
        let (found, good) = parse(["foo, bar; baz=2", "x; a=\"b\\,c\"; d , ,"].into_iter());
        let shown: Vec<_> = found.iter().map(|found| found.to_string()).collect();
        assert_eq!(shown, ["foo", "bar; baz=2", "x; a=b,c; d"]);
        assert!(!good, "a quoted value must be a token after unquoting");
        assert!(parse(["permessage-deflate; server_max_window_bits=\"10\""].into_iter()).1);
        assert!(!parse(["; x"].into_iter()).1);
        let (found, _) = parse(["x; a=\"b\\\"\", y; c=\"d\", z; e=\"f\\\\\", w"].into_iter());
        let shown: Vec<_> = found.iter().map(|found| found.to_string()).collect();
        assert_eq!(shown, ["x; a=b\"", "y; c=d", "z; e=f\\", "w"]);
    }

    #[test]
    fn parameters_are_read_and_the_first_fault_is_told() {
        for (text, is_offer, wrong) in [
            ("permessage-deflate; client_max_window_bits; server_max_window_bits=10", true, None),
            (
                "permessage-deflate; client_max_window_bits",
                false,
                Some("client_max_window_bits has no value"),
            ),
            (
                "permessage-deflate; server_max_window_bits=16",
                false,
                Some("server_max_window_bits is 16, not 8 to 15"),
            ),
            (
                "permessage-deflate; server_max_window_bits=7",
                true,
                Some("server_max_window_bits is 7, not 8 to 15"),
            ),
            (
                "permessage-deflate; server_max_window_bits=08",
                true,
                Some("server_max_window_bits is 08, not 8 to 15"),
            ),
            (
                "permessage-deflate; server_no_context_takeover=1",
                false,
                Some("server_no_context_takeover has the value 1"),
            ),
            ("permessage-deflate; speed=11", false, Some("speed is unknown")),
            (
                "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
                false,
                Some("server_max_window_bits stands twice"),
            ),
        ] {
            assert_eq!(Deflate::read(&one(text), is_offer).1.as_deref(), wrong, "{text}");
        }
    }

    #[test]
    fn an_answer_must_fit_one_of_the_offers() {
        let offer = |text| Deflate::read(&one(text), true).0;
        let answer = |text| Deflate::read(&one(text), false).0;
        let plain = offer("permessage-deflate");
        let asked = offer("permessage-deflate; server_no_context_takeover; server_max_window_bits=10");
        let hint = offer("permessage-deflate; client_max_window_bits=12");
        for (chosen, offers, fits) in [
            ("permessage-deflate", &[plain][..], true),
            ("permessage-deflate; client_no_context_takeover; server_max_window_bits=9", &[plain], true),
            ("permessage-deflate; client_max_window_bits=10", &[plain], false),
            ("permessage-deflate; client_max_window_bits=12", &[hint], true),
            ("permessage-deflate; client_max_window_bits=13", &[hint], false),
            ("permessage-deflate", &[asked], false),
            ("permessage-deflate", &[asked, plain], true),
            ("permessage-deflate; server_no_context_takeover; server_max_window_bits=11", &[asked], false),
            ("permessage-deflate; server_no_context_takeover; server_max_window_bits=8", &[asked], true),
            ("permessage-deflate; server_no_context_takeover; server_max_window_bits=10", &[asked], true),
        ] {
            assert_eq!(answer(chosen).answers_none(offers).is_none(), fits, "{chosen}");
        }
    }
}
