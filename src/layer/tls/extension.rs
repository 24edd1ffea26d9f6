//! Extensions of hello messages and certificate entries (RFC 8446 4.2), each read by hand: one malformed extension
//! does not end the list, and what is wrong with it is a note.

use std::ops::Range;

use super::reader::{Reader, u16s};
use crate::diagnostic::{Note, TLS_BAD_EXTENSION, TLS_BAD_SNI};
use crate::safe;

/// `server_name` (RFC 6066 3).
pub(super) const SERVER_NAME: u16 = 0;
/// `encrypt_then_mac` (RFC 7366).
pub(super) const ENCRYPT_THEN_MAC: u16 = 22;
/// `session_ticket` (RFC 5077).
pub(super) const SESSION_TICKET: u16 = 35;
/// `pre_shared_key`.
pub(super) const PRE_SHARED_KEY: u16 = 41;
/// `early_data`.
pub(super) const EARLY_DATA: u16 = 42;
/// `cookie`.
pub(super) const COOKIE: u16 = 44;
/// `encrypted_client_hello` (RFC 9849).
pub(super) const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
/// `renegotiation_info` (RFC 5746).
pub(super) const RENEGOTIATION_INFO: u16 = 0xff01;

/// The message that extensions stand in: the same type may hold other content in each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum In {
    /// ClientHello.
    Client,
    /// ServerHello, EncryptedExtensions or HelloRetryRequest.
    Server,
}

/// The extensions of a message, with what those hold that matter here.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    /// Each by its type, with the place of its content in the message, in order.
    pub(super) list: Vec<(u16, Range<usize>)>,
    /// The host name asked for, as it came.
    pub(super) server_name: Option<Vec<u8>>,
    /// Application protocols: offered, or the one chosen (RFC 7301).
    pub(super) alpn: Vec<Vec<u8>>,
    /// `supported_versions`: offered, or the one chosen.
    pub(super) versions: Vec<u16>,
    /// `supported_groups`.
    pub(super) groups: Vec<u16>,
    /// The groups of `key_share`: offered, or the one chosen.
    pub(super) key_shares: Vec<u16>,
    /// `ec_point_formats`.
    pub(super) point_formats: Vec<u8>,
    /// `signature_algorithms`.
    pub(super) signature_algorithms: Vec<u16>,
    /// Whether `encrypted_client_hello` is that of an outer ClientHello.
    pub(super) ech_outer: bool,
}

impl Extensions {
    /// Reads a list of extensions that stands at `at` of its message.
    pub(super) fn read(bytes: &[u8], at: usize, of: In, notes: &mut Vec<Note>) -> Extensions {
        let mut read = Extensions::default();
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            let start = reader.at();
            let Some((id, body)) = reader.u16().zip(reader.vector(2)) else {
                notes.push(TLS_BAD_EXTENSION.with(format!("longer than its room, at byte {}", at + start)));
                break;
            };
            if read.has(id) {
                notes.push(TLS_BAD_EXTENSION.with(format!("{} twice", super::names::extension(id))));
            }
            let end = at + reader.at();
            read.list.push((id, end - body.len()..end));
            if read.interpret(id, body, of, notes).is_none() {
                notes.push(TLS_BAD_EXTENSION.with(format!("{} is malformed", super::names::extension(id))));
            }
        }
        read
    }

    /// Whether an extension is there.
    pub(super) fn has(&self, id: u16) -> bool {
        self.list.iter().any(|(known, _)| *known == id)
    }

    /// The length of an extension's content.
    pub(super) fn len_of(&self, id: u16) -> Option<usize> {
        self.list.iter().find(|(known, _)| *known == id).map(|(_, at)| at.len())
    }

    /// The types in order.
    pub(super) fn ids(&self) -> impl Iterator<Item = u16> + '_ {
        self.list.iter().map(|(id, _)| *id)
    }

    /// Takes what matters out of one; `None` where it is malformed.
    fn interpret(&mut self, id: u16, body: &[u8], of: In, notes: &mut Vec<Note>) -> Option<()> {
        let mut reader = Reader::new(body);
        match (id, of) {
            (SERVER_NAME, In::Client) if !body.is_empty() => {
                self.server_name = names(reader.vector(2)?)?.or(self.server_name.take());
                if let Some(name) = self.server_name.as_deref().filter(|name| !is_host_name(name)) {
                    notes.push(TLS_BAD_SNI.with(safe::odd_host(name)));
                }
            }
            (10, In::Client) => self.groups = u16s(reader.vector(2)?)?,
            (11, _) => self.point_formats = reader.vector(1)?.to_vec(),
            (13, In::Client) => self.signature_algorithms = u16s(reader.vector(2)?)?,
            (16, _) => {
                let mut list = Reader::new(reader.vector(2)?);
                while !list.is_empty() {
                    self.alpn.push(list.vector(1)?.to_vec());
                }
            }
            (43, In::Client) => self.versions = u16s(reader.vector(1)?)?,
            (43, In::Server) => self.versions = vec![reader.u16()?],
            (51, In::Client) => {
                let mut shares = Reader::new(reader.vector(2)?);
                while !shares.is_empty() {
                    self.key_shares.push(shares.u16()?);
                    shares.vector(2)?;
                }
            }
            (51, In::Server) => {
                self.key_shares = vec![reader.u16()?];
                if !reader.is_empty() {
                    reader.vector(2)?;
                }
            }
            (ENCRYPTED_CLIENT_HELLO, In::Client) => {
                self.ech_outer = reader.u8()? == 0;
                reader.take(reader.rest().len())?;
            }
            _ => {
                reader.take(body.len())?;
            }
        }
        reader.is_empty().then_some(())
    }
}

/// The host name of a ServerNameList; `Some(None)` where it names none.
fn names(bytes: &[u8]) -> Option<Option<Vec<u8>>> {
    let mut list = Reader::new(bytes);
    let mut host = None;
    while !list.is_empty() {
        let (kind, name) = (list.u8()?, list.vector(2)?);
        if kind == 0 && host.is_none() {
            host = Some(name.to_vec());
        }
    }
    Some(host)
}

/// Whether a server name can be one (RFC 6066 3): labels of letters, digits, hyphens (and underscores, which are
/// seen in practice), no address, no dot at the end, at most 255 bytes.
fn is_host_name(name: &[u8]) -> bool {
    let label = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_address = std::str::from_utf8(name).is_ok_and(|text| text.parse::<std::net::IpAddr>().is_ok());
    name.len() <= 255 && !is_address && name.split(|byte| *byte == b'.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Extensions, Vec<&'static str>) {
        let mut notes = Vec::new();
        let extensions = Extensions::read(bytes, 0, In::Client, &mut notes);
        (extensions, notes.iter().map(|note| note.what.id).collect())
    }

    #[test]
    fn a_malformed_extension_does_not_end_the_list() {
        // ALPN whose name is longer than its list, then two versions, then supported_versions again, cut short.
        let (extensions, notes) =
            read(&[0, 16, 0, 4, 0, 2, 9, b'h', 0, 43, 0, 5, 4, 3, 4, 3, 3, 0, 43, 0, 1, 4, 0, 10, 0, 9]);
        assert_eq!(extensions.versions, [0x0304, 0x0303]);
        assert_eq!(extensions.ids().collect::<Vec<_>>(), [16, 43, 43]);
        assert_eq!(notes, ["tls.bad-extension"; 4]);
    }

    #[test]
    fn host_names() {
        for good in ["a", "xn--80ak6aa92e.com", "_dns.example", "localhost"] {
            assert!(is_host_name(good.as_bytes()), "{good}");
        }
        for bad in ["", "a.", ".a", "10.0.0.1", "::1", "a b", "한글", &"a".repeat(64), &"a.".repeat(200)] {
            assert!(!is_host_name(bad.as_bytes()), "{bad}");
        }
    }
}
