//! ClientHello and ServerHello (RFC 8446 4.1, RFC 5246 7.4.1), and the hello of SSL 2.0 that old clients open with
//! (RFC 5246 E.2). What is readable of a malformed one is kept; what is wrong with it is a note.

use std::ops::Range;

use super::extension::{Extensions, In};
use super::names;
use super::reader::{Reader, u16s};
use crate::diagnostic::{Note, TLS_BAD_HANDSHAKE};

/// The random of a ServerHello that is a HelloRetryRequest: SHA-256 of its name (RFC 8446 4.1.3).
pub(super) const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// A ClientHello. Ranges are places in the message, its four bytes of header included.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientHello {
    /// `legacy_version`.
    pub(super) legacy_version: u16,
    /// `random`.
    pub(super) random: [u8; 32],
    /// `legacy_session_id`.
    pub(super) session_id: Vec<u8>,
    /// Where `cipher_suites` stand.
    pub(super) suites_at: Range<usize>,
    /// `cipher_suites`.
    pub(super) cipher_suites: Vec<u16>,
    /// Cipher kinds of SSL 2.0 (24 bits) that are no TLS suites.
    pub(super) old_kinds: Vec<u32>,
    /// The extensions.
    pub(super) extensions: Extensions,
}

/// A ServerHello, which may be a HelloRetryRequest.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerHello {
    /// `legacy_version`.
    pub(super) legacy_version: u16,
    /// `random`.
    pub(super) random: [u8; 32],
    /// `legacy_session_id_echo`.
    pub(super) session_id: Vec<u8>,
    /// The suite chosen.
    pub(super) cipher_suite: u16,
    /// How records are compressed; 0 where they are not.
    pub(super) compression: u8,
    /// The extensions.
    pub(super) extensions: Extensions,
}

/// Why no hello could be read at all.
const CUT: &str = "it ends too early";

impl ClientHello {
    /// Reads a message, its header included. `None` where not even the random is there.
    pub(super) fn read(message: &[u8], notes: &mut Vec<Note>) -> Option<ClientHello> {
        let mut reader = Reader::new(message);
        reader.take(4)?;
        let mut hello =
            ClientHello { legacy_version: reader.u16()?, random: reader.array()?, ..ClientHello::default() };
        match hello.read_rest(message, &mut reader, notes) {
            None => notes.push(TLS_BAD_HANDSHAKE.with(format!("ClientHello: {CUT}"))),
            Some(()) if !reader.is_empty() => {
                notes.push(TLS_BAD_HANDSHAKE.with("ClientHello: bytes behind its end"));
            }
            Some(()) => {}
        }
        Some(hello)
    }

    fn read_rest(&mut self, message: &[u8], reader: &mut Reader<'_>, notes: &mut Vec<Note>) -> Option<()> {
        self.session_id = reader.vector(1)?.to_vec();
        if self.session_id.len() > 32 {
            notes.push(TLS_BAD_HANDSHAKE.with("ClientHello: a session id over 32 bytes"));
        }
        let (suites, at) = reader.placed(2)?;
        self.suites_at = at;
        self.cipher_suites = u16s(suites).unwrap_or_else(|| {
            notes.push(TLS_BAD_HANDSHAKE.with("ClientHello: cipher suites of an odd length"));
            u16s(suites.get(..suites.len() - 1).unwrap_or_default()).unwrap_or_default()
        });
        reader.vector(1)?;
        self.extensions = extensions(message, reader, In::Client, notes)?;
        Some(())
    }

    /// Reads an SSL 2.0 CLIENT-HELLO that offers a later version, its two bytes of record header included.
    pub(super) fn read_old(record: &[u8]) -> Option<ClientHello> {
        let mut reader = Reader::new(record);
        reader.take(3)?;
        let legacy_version = reader.u16()?;
        let (kinds, session_id, challenge) = (reader.u16()?, reader.u16()?, reader.u16()?);
        let kinds_at = reader.at();
        let kinds = reader.take(kinds.into())?;
        let session_id = reader.take(session_id.into())?.to_vec();
        let challenge = reader.take(challenge.into())?;
        let mut random = [0; 32];
        let used = challenge.get(challenge.len().saturating_sub(32)..)?;
        random.get_mut(32 - used.len()..)?.copy_from_slice(used);
        let mut hello = ClientHello {
            legacy_version,
            random,
            session_id,
            suites_at: kinds_at..kinds_at + kinds.len(),
            ..ClientHello::default()
        };
        for [high, middle, low] in kinds.as_chunks::<3>().0 {
            match high {
                0 => hello.cipher_suites.push(u16::from_be_bytes([*middle, *low])),
                _ => hello.old_kinds.push(u32::from_be_bytes([0, *high, *middle, *low])),
            }
        }
        Some(hello)
    }

    /// The versions offered, best first as the client lists them.
    pub(super) fn versions(&self) -> Vec<u16> {
        match self.extensions.versions.as_slice() {
            [] => vec![self.legacy_version],
            versions => versions.to_vec(),
        }
    }

    /// Whether a version may be chosen.
    pub(super) fn offers(&self, version: u16) -> bool {
        let versions = &self.extensions.versions;
        if versions.is_empty() {
            return version <= self.legacy_version || self.legacy_version == 0x0002;
        }
        // An older version than any listed one is out of bounds too, unless legacy_version alone would allow it.
        versions.contains(&version)
    }
}

impl ServerHello {
    /// Reads a message, its header included. `None` where not even the random is there.
    pub(super) fn read(message: &[u8], notes: &mut Vec<Note>) -> Option<ServerHello> {
        let mut reader = Reader::new(message);
        reader.take(4)?;
        let mut hello =
            ServerHello { legacy_version: reader.u16()?, random: reader.array()?, ..ServerHello::default() };
        match hello.read_rest(message, &mut reader, notes) {
            None => notes.push(TLS_BAD_HANDSHAKE.with(format!("ServerHello: {CUT}"))),
            Some(()) if !reader.is_empty() => {
                notes.push(TLS_BAD_HANDSHAKE.with("ServerHello: bytes behind its end"));
            }
            Some(()) => {}
        }
        Some(hello)
    }

    fn read_rest(&mut self, message: &[u8], reader: &mut Reader<'_>, notes: &mut Vec<Note>) -> Option<()> {
        // Drafts of TLS 1.3 before the 22nd had neither session id nor compression method here; the final version
        // never writes its number into this field.
        let short = self.legacy_version == 0x0304 || (0x7f01..=0x7f15).contains(&self.legacy_version);
        if !short {
            self.session_id = reader.vector(1)?.to_vec();
        }
        self.cipher_suite = reader.u16()?;
        if !short {
            self.compression = reader.u8()?;
        }
        self.extensions = extensions(message, reader, In::Server, notes)?;
        Some(())
    }

    /// The version in force.
    pub(super) fn version(&self) -> u16 {
        self.extensions.versions.first().copied().unwrap_or(self.legacy_version)
    }

    /// Whether it is a HelloRetryRequest.
    pub(super) fn is_retry(&self) -> bool {
        self.random == RETRY
    }

    /// The version that the client could have had, by the sentinel in the random (RFC 8446 4.1.3).
    pub(super) fn downgraded_from(&self) -> Option<u16> {
        match self.random.last_chunk::<8>()? {
            b"DOWNGRD\x01" => Some(0x0304),
            b"DOWNGRD\x00" => Some(0x0303),
            _ => None,
        }
    }
}

/// The extensions at the end of a hello; none at all is allowed up to TLS 1.2.
fn extensions(message: &[u8], reader: &mut Reader<'_>, of: In, notes: &mut Vec<Note>) -> Option<Extensions> {
    if reader.is_empty() {
        return Some(Extensions::default());
    }
    let Some((bytes, at)) = reader.placed(2) else {
        // The list claims more than there is: what is there is read, and the note names the message.
        reader.u16()?;
        let start = reader.at();
        let read = Extensions::read(message.get(start..)?, start, of, notes);
        reader.take(reader.rest().len())?;
        notes.push(TLS_BAD_HANDSHAKE.with("extensions longer than the message"));
        return Some(read);
    };
    Some(Extensions::read(bytes, at.start, of, notes))
}

/// What the server chose that the client did not offer (RFC 8446 4.1.3, 4.2), each in words.
pub(super) fn unoffered(client: &ClientHello, server: &ServerHello) -> Vec<String> {
    let mut found = Vec::new();
    let version = server.version();
    if !client.offers(version) {
        found.push(format!("version {}", names::version(version)));
    }
    let suite = server.cipher_suite;
    if !client.cipher_suites.contains(&suite) {
        found.push(format!("cipher suite {}", names::suite(suite)));
    }
    let chosen = &server.extensions;
    for alpn in chosen.alpn.iter().filter(|alpn| !client.extensions.alpn.contains(alpn)) {
        found.push(format!("application protocol {:?}", String::from_utf8_lossy(alpn)));
    }
    if let Some(&group) = chosen.key_shares.first() {
        let among = if server.is_retry() { &client.extensions.groups } else { &client.extensions.key_shares };
        if !among.contains(&group) {
            found.push(format!("group {}", names::group(group)));
        }
    }
    for id in chosen.ids() {
        // A cookie is the server's to begin (4.2.2); renegotiation_info answers a suite as well (RFC 5746 3.6).
        let signalled = id == super::extension::RENEGOTIATION_INFO && client.cipher_suites.contains(&0x00ff);
        if !client.extensions.has(id) && id != super::extension::COOKIE && !signalled {
            found.push(format!("extension {}", names::extension(id)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};

    #[test]
    fn the_retry_random_is_the_digest_of_its_name() {
        assert_eq!(RETRY, *Sha256::digest("HelloRetryRequest"));
    }

    #[test]
    fn a_cut_hello_tells_what_it_has() {
        let mut message = vec![1, 0, 0, 0, 3, 3];
        message.extend([7; 32]);
        message.extend([0, 0, 3, 0x13, 1, 0xff, 1, 0]);
        let mut notes = Vec::new();
        let hello = ClientHello::read(&message, &mut notes).unwrap();
        assert_eq!((hello.random, hello.cipher_suites.as_slice()), ([7; 32], &[0x1301][..]));
        assert_eq!(notes.len(), 1);
        notes.clear();
        assert!(ClientHello::read(&message[..40], &mut notes).is_some());
        assert_eq!(notes.len(), 1);
        assert!(ClientHello::read(&message[..30], &mut notes).is_none());
    }

    #[test]
    fn an_old_hello_is_read() {
        let record = [
            0x80, 31, 1, 3, 1, 0, 6, 0, 0, 0, 16, 0, 0, 0x2f, 7, 0, 0xc0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
            12, 13, 14, 15, 16,
        ];
        let hello = ClientHello::read_old(&record).unwrap();
        assert_eq!((hello.legacy_version, hello.cipher_suites.as_slice()), (0x0301, &[0x2f][..]));
        assert_eq!((hello.old_kinds.as_slice(), hello.random[31], hello.random[0]), (&[0x0700c0][..], 16, 0));
    }
}
