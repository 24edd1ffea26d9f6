//! Whether a text that comes in pieces is UTF-8 (RFC 3629, RFC 6455 8.1).

/// Checks pieces of one text in order.
#[derive(Debug, Default, Clone, Copy)]
pub struct Utf8 {
    /// The first bytes of a character whose rest is to come.
    held: [u8; 4],
    count: usize,
}

impl Utf8 {
    /// Takes the next piece; `false` where the text cannot be UTF-8 any more.
    pub fn feed(&mut self, mut bytes: &[u8]) -> bool {
        while self.count > 0 {
            let Some((&next, rest)) = bytes.split_first() else { return true };
            let Some(room) = self.held.get_mut(self.count) else { return false };
            (*room, bytes) = (next, rest);
            self.count += 1;
            match std::str::from_utf8(self.held.get(..self.count).unwrap_or_default()) {
                Ok(_) => self.count = 0,
                Err(error) if error.error_len().is_some() => return false,
                Err(_) => {}
            }
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => true,
            Err(error) if error.error_len().is_some() => false,
            Err(error) => {
                let tail = bytes.get(error.valid_up_to()..).unwrap_or_default();
                for (room, byte) in self.held.iter_mut().zip(tail) {
                    *room = *byte;
                }
                self.count = tail.len();
                true
            }
        }
    }

    /// Whether the text may end here: no character is cut.
    pub fn is_whole(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_judged_as_the_whole() {
        for text in [
            &b"hello"[..],
            "κόσμε 한글 \u{10ffff}".as_bytes(),
            b"\xce\xba\xed\xa0\x80edited",
            b"\xf4\x90\x80\x80",
            b"\xe2\x82",
            b"\xc0\xaf",
            b"ab\xff",
        ] {
            for cut in 0..=text.len() {
                let mut check = Utf8::default();
                let (front, back) = text.split_at(cut);
                let good = check.feed(front) && check.feed(back) && check.is_whole();
                assert_eq!(good, std::str::from_utf8(text).is_ok(), "{text:x?} at {cut}");
            }
        }
    }
}
