//! How records are authenticated that no AEAD protects: by HMAC (RFC 5246 6.2.3.1), in SSL 3.0 by a hash of its own
//! (RFC 6101 5.2.3.1).

use hmac::digest::{self, Digest};
use hmac::{EagerHash, Hmac, KeyInit};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::schedule::Secret;
use super::suite::Mac;

/// Bytes of the pseudo header: number, type, version, length.
pub(super) const PSEUDO_HEADER: usize = 13;

/// A keyed MAC.
pub(super) trait Authenticate {
    /// Whether `tag` authenticates `text` behind its pseudo header.
    fn holds(&self, header: &[u8; PSEUDO_HEADER], text: &[u8], tag: &[u8]) -> Option<()>;
}

impl Mac {
    /// The MAC of `version` with this key; `None` where that version does not know it.
    pub(super) fn keyed(self, version: u16, key: &[u8]) -> Option<Box<dyn Authenticate + Send>> {
        fn keyed<H: EagerHash>(key: &[u8]) -> Option<Box<dyn Authenticate + Send>>
        where
            Hmac<H>: KeyInit + digest::Mac + Clone + Send + 'static,
        {
            Some(Box::new(<Hmac<H> as KeyInit>::new_from_slice(key).ok()?))
        }
        let old = |padding, hash| -> Option<Box<dyn Authenticate + Send>> {
            Some(Box::new(Ssl3 { key: Secret::new(key.to_vec()), padding, hash }))
        };
        match (self, version) {
            (Mac::Md5, 0x0300) => old(48, hash::<Md5>),
            (Mac::Sha1, 0x0300) => old(40, hash::<Sha1>),
            (_, 0x0300) => None,
            (Mac::Md5, _) => keyed::<Md5>(key),
            (Mac::Sha1, _) => keyed::<Sha1>(key),
            (Mac::Sha256, _) => keyed::<Sha256>(key),
            (Mac::Sha384, _) => keyed::<Sha384>(key),
        }
    }
}

impl<M: digest::Mac + Clone> Authenticate for M {
    fn holds(&self, header: &[u8; PSEUDO_HEADER], text: &[u8], tag: &[u8]) -> Option<()> {
        let mut mac = self.clone();
        mac.update(header);
        mac.update(text);
        mac.verify_slice(tag).ok()
    }
}

/// The MAC of SSL 3.0, which leaves the version out of what it authenticates.
struct Ssl3 {
    key: Secret,
    padding: usize,
    hash: fn(&[&[u8]]) -> Vec<u8>,
}

fn hash<H: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = H::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().to_vec()
}

impl Authenticate for Ssl3 {
    fn holds(&self, header: &[u8; PSEUDO_HEADER], text: &[u8], tag: &[u8]) -> Option<()> {
        let [number_and_content @ .., _, _, high, low] = header;
        let [inner, outer] = [[0x36; 48], [0x5c; 48]];
        let (inner, outer) = (inner.get(..self.padding)?, outer.get(..self.padding)?);
        let inner = (self.hash)(&[&self.key, inner, number_and_content, &[*high, *low], text]);
        ((self.hash)(&[&self.key, outer, &inner]) == tag).then_some(())
    }
}
