//! Secrets by the connection that they open: lines of key logs, wherever they came from (RFC 9850).
//!
//! The lines may arrive before or after the records that they open. All secrets are zeroed when they are dropped,
//! and none is ever shown: `Debug` prints counts.

use std::collections::BTreeSet;
use std::fmt;

use rustc_hash::FxHashMap;
use zeroize::Zeroizing;

use crate::limits::Limits;

/// The random of a ClientHello, by which key log lines name their connection.
pub type ClientRandom = [u8; 32];

/// A secret and the label that says which one it is, such as `CLIENT_TRAFFIC_SECRET_0`.
#[derive(Clone)]
pub struct Secret {
    /// The label of the key log line.
    pub label: Box<str>,
    /// The secret itself.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// All secrets that are known.
#[derive(Clone, Default)]
pub struct Keyring {
    secrets: FxHashMap<ClientRandom, Vec<Secret>>,
    lines: usize,
    ignored: u64,
    expected: bool,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Keyring({} connections, {} lines, {} ignored)",
            self.secrets.len(),
            self.lines,
            self.ignored
        )
    }
}

/// What became of a key log line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Learned {
    /// It is a new secret of this connection.
    Secret(ClientRandom),
    /// It is empty, a comment, known already, or of a kind that opens nothing here.
    Nothing,
    /// It makes no sense, or is over the limit; why.
    Ignored(&'static str),
}

impl Keyring {
    /// Takes one line of a key log: label, client random and secret in hex, separated by blanks.
    pub fn learn(&mut self, line: &[u8], limits: &Limits) -> Learned {
        let learned = self.take(line, limits);
        if matches!(learned, Learned::Ignored(_)) {
            self.ignored += 1;
        }
        learned
    }

    fn take(&mut self, line: &[u8], limits: &Limits) -> Learned {
        // Editors put a byte order mark before the first line.
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            return Learned::Nothing;
        }
        if line.len() > 1024 {
            return Learned::Ignored("longer than 1,024 bytes");
        }
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let (Some(label), Some(random), Some(secret), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Learned::Ignored("not three words");
        };
        let Ok(label) = std::str::from_utf8(label) else { return Learned::Ignored("label is no text") };
        if !label.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') {
            return Learned::Ignored("no such label");
        }
        if label == "RSA" || label == "PMS_CLIENT_RANDOM" {
            return Learned::Nothing;
        }
        let Some(random) = unhex(random).and_then(|bytes| ClientRandom::try_from(bytes.as_slice()).ok())
        else {
            return Learned::Ignored("client random is not 32 bytes of hex");
        };
        let Some(bytes) = unhex(secret).filter(|bytes| (16..=64).contains(&bytes.len())) else {
            return Learned::Ignored("secret is not 16 to 64 bytes of hex");
        };
        if self.lines >= limits.keylog_lines {
            return Learned::Ignored("over the limit of key log lines");
        }
        let known = self.secrets.entry(random).or_default();
        if known.iter().any(|secret| *secret.label == *label && secret.bytes == bytes) {
            return Learned::Nothing;
        }
        known.push(Secret { label: label.into(), bytes });
        self.lines += 1;
        Learned::Secret(random)
    }

    /// The secrets of this label for the connection with this client random, the newest first; most often one.
    pub fn secrets(&self, random: &ClientRandom, label: &str) -> impl Iterator<Item = &[u8]> {
        let known = self.secrets.get(random).into_iter().flatten().rev();
        known.filter(move |secret| *secret.label == *label).map(|secret| secret.bytes.as_slice())
    }

    /// Whether any secret is known for this client random.
    pub fn knows(&self, random: &ClientRandom) -> bool {
        self.secrets.contains_key(random)
    }

    /// How many key log lines were taken.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// The key log lines of these connections, as a key log has them.
    pub fn log(&self, randoms: &BTreeSet<ClientRandom>) -> Zeroizing<Vec<u8>> {
        let known = |random| self.secrets.get(random).into_iter().flatten();
        let secrets = || randoms.iter().flat_map(|random| known(random).map(move |secret| (random, secret)));
        let size = secrets()
            .map(|(random, secret)| secret.label.len() + 2 * (random.len() + secret.bytes.len()) + 3);
        // All at once: a buffer that grows would leave its former self behind.
        let mut lines = Zeroizing::new(Vec::with_capacity(size.sum()));
        for (random, secret) in secrets() {
            lines.extend_from_slice(secret.label.as_bytes());
            for bytes in [random.as_slice(), &secret.bytes] {
                lines.push(b' ');
                lines.extend(bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit));
            }
            lines.push(b'\n');
        }
        lines
    }

    /// Whether no secret is known at all.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Whether more secrets may still come, such as from a log that grows while its connections run.
    ///
    /// While so, a layer may keep what it cannot open yet. When it turns `false`, each layer is told once more that
    /// there is news ([`crate::layer::protocol::Layer::learned`]), so that it lets go of what it kept.
    pub fn expected(&self) -> bool {
        self.expected
    }

    /// Says whether more secrets may still come.
    pub fn expect(&mut self, more: bool) {
        self.expected = more;
    }

    /// How many lines were ignored.
    pub fn ignored(&self) -> u64 {
        self.ignored
    }
}

fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

fn unhex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |b: u8| char::from(b).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect::<Option<Vec<u8>>>()
        .map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_once_and_nonsense_is_counted() {
        let mut ring = Keyring::default();
        let limits = Limits::default();
        let random = "ab".repeat(32);
        let line = format!("CLIENT_RANDOM {random} {}\r\n", "0C".repeat(48));
        assert_eq!(ring.learn(line.as_bytes(), &limits), Learned::Secret([0xab; 32]));
        assert_eq!(ring.learn(line.as_bytes(), &limits), Learned::Nothing);
        assert_eq!(ring.learn(b"# a comment", &limits), Learned::Nothing);
        assert!(matches!(ring.learn(b"CLIENT_RANDOM xy 00", &limits), Learned::Ignored(_)));
        let other = format!("\u{feff}CLIENT_RANDOM {random} {}", "0d".repeat(48));
        assert_eq!(ring.clone().learn(other.as_bytes(), &limits), Learned::Secret([0xab; 32]));
        assert_eq!(ring.secrets(&[0xab; 32], "CLIENT_RANDOM").collect::<Vec<_>>(), [[0x0c; 48]]);
        let again = ring.log(&BTreeSet::from([[0xab; 32], [0; 32]]));
        assert_eq!(*again, format!("CLIENT_RANDOM {random} {}\n", "0c".repeat(48)).into_bytes());
        assert_eq!((ring.ignored(), format!("{ring:?}").contains("0c0c")), (1, false));
    }
}
