//! Inflating the messages of one direction (permessage-deflate, RFC 7692 7.2).
//!
//! Compressed payload in, plain bytes out, piece by piece. A window of 15 bits reads what any smaller one wrote.
//! Where earlier messages are missing, a message either inflates rightly or refers to what is missing, which is
//! found out; it is never garbage. This holds for the zlib-rs backend, and a test keeps it.

use flate2::{Decompress, FlushDecompress, Status};

use crate::limits::Limits;

/// What the sender removed from the end of each message (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// Below this a message may inflate to any multiple of its size.
const RATIO_FROM: u64 = 1 << 20;

/// Plain bytes that are made at a time.
const STEP: usize = 16 * 1024;

/// Why messages before this one are not all in the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// Bytes were not captured.
    Gap,
    /// The connection was joined after its start.
    Midstream,
    /// One did not inflate.
    Broken,
    /// One was not inflated to its end, because of a limit.
    Limit,
    /// One was left unfinished, or ended its stream of blocks (BFINAL).
    Cut,
}

/// Why a message is not inflated further.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// It is no valid DEFLATE data: what zlib says.
    Data(String),
    /// It refers to earlier messages that are missing.
    History(Lost),
    /// It grew over the limit.
    Limit,
}

/// The decompressor of one direction.
pub struct Inflater {
    stream: Decompress,
    takeover: bool,
    lost: Option<Lost>,
    /// A final block ended the stream and nothing came after it.
    ended: bool,
    taken: u64,
    made: u64,
    room: Vec<u8>,
}

impl Inflater {
    /// A decompressor at the start of its direction; `takeover` where messages build on those before.
    pub fn new(takeover: bool) -> Inflater {
        let stream = Decompress::new(false);
        Inflater { stream, takeover, lost: None, ended: false, taken: 0, made: 0, room: vec![0; STEP] }
    }

    /// Says that messages are missing from here on.
    pub fn lose(&mut self, why: Lost) {
        self.stream.reset(false);
        (self.lost, self.ended) = (Some(why), false);
    }

    /// Begins a message.
    pub fn begin(&mut self) {
        (self.taken, self.made) = (0, 0);
        if !self.takeover {
            self.stream.reset(false);
            (self.lost, self.ended) = (None, false);
        }
    }

    /// Inflates the next piece of the message. After a failure the rest of the message must not be given.
    pub fn feed(&mut self, input: &[u8], limits: &Limits, take: impl FnMut(&[u8])) -> Result<(), Failure> {
        self.taken = self.taken.saturating_add(input.len() as u64);
        self.go_on(input, limits, take)
    }

    fn go_on(&mut self, input: &[u8], limits: &Limits, take: impl FnMut(&[u8])) -> Result<(), Failure> {
        let done = self.run(input, limits, take);
        if let Err(failure) = &done {
            self.lose(match failure {
                Failure::Data(_) => Lost::Broken,
                Failure::History(lost) => *lost,
                Failure::Limit => Lost::Limit,
            });
        }
        done
    }

    /// Ends the message.
    pub fn end(&mut self, limits: &Limits, take: impl FnMut(&[u8])) -> Result<(), Failure> {
        if self.ended {
            // The tail belongs to a stream that goes on; this one is over.
            return Ok(());
        }
        // The tail was not sent: the ratio is that of what was.
        self.go_on(&TAIL, limits, take)
    }

    fn run(&mut self, input: &[u8], limits: &Limits, mut take: impl FnMut(&[u8])) -> Result<(), Failure> {
        let mut rest = input;
        loop {
            if self.ended {
                if rest.is_empty() {
                    return Ok(());
                }
                self.lose(Lost::Cut);
            }
            let (read, written) = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.decompress(rest, &mut self.room, FlushDecompress::Sync);
            let used = self.stream.total_in().saturating_sub(read) as usize;
            let made = self.stream.total_out().saturating_sub(written) as usize;
            rest = rest.get(used..).unwrap_or_default();
            self.made = self.made.saturating_add(made as u64);
            take(self.room.get(..made).unwrap_or_default());
            let all = match status {
                Err(error) => return Err(self.failure(error.message())),
                Ok(Status::StreamEnd) => {
                    self.ended = true;
                    false
                }
                Ok(_) => made < self.room.len() && (rest.is_empty() || used == 0),
            };
            if self.is_over(limits) {
                return Err(Failure::Limit);
            }
            if all {
                return Ok(());
            }
        }
    }

    fn is_over(&self, limits: &Limits) -> bool {
        let ratio = self.taken.saturating_mul(limits.inflate_ratio as u64);
        self.made > limits.inflate as u64 || (self.made > RATIO_FROM && self.made > ratio)
    }

    fn failure(&self, message: Option<&str>) -> Failure {
        match (self.lost, message) {
            (Some(lost), Some(message)) if message.contains("too far back") => Failure::History(lost),
            (_, message) => Failure::Data(message.unwrap_or("invalid data").to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

    fn deflate(compress: &mut Compress, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 256);
        compress.compress_vec(text, &mut out, FlushCompress::Sync).unwrap();
        assert!(out.ends_with(&TAIL));
        out.truncate(out.len() - 4);
        out
    }

    fn inflate(inflater: &mut Inflater, bytes: &[u8], limits: &Limits) -> (Vec<u8>, Result<(), Failure>) {
        let mut plain = Vec::new();
        inflater.begin();
        let mut done = inflater.feed(bytes, limits, |piece| plain.extend_from_slice(piece));
        if done.is_ok() {
            done = inflater.end(limits, |piece| plain.extend_from_slice(piece));
        }
        (plain, done)
    }

    #[test]
    fn a_lost_message_makes_the_next_one_an_error_and_never_garbage() {
        let mut compress = Compress::new(Compression::default(), false);
        let texts: Vec<String> =
            (0..20).map(|n| format!("{{\"메시지\":{n},\"text\":\"안녕하세요 세계\"}}")).collect();
        let packed: Vec<_> = texts.iter().map(|text| deflate(&mut compress, text.as_bytes())).collect();
        let mut inflater = Inflater::new(true);
        inflater.lose(Lost::Gap);
        let mut failed = 0;
        for (text, packed) in texts.iter().zip(&packed).skip(1) {
            match inflate(&mut inflater, packed, &Limits::default()) {
                (plain, Ok(())) => assert_eq!(plain, text.as_bytes()),
                (_, Err(failure)) => {
                    assert_eq!(failure, Failure::History(Lost::Gap));
                    failed += 1;
                }
            }
        }
        assert!(failed > 0);
    }

    #[test]
    fn messages_build_on_those_before_or_do_not() {
        for takeover in [true, false] {
            let mut compress = Compress::new(Compression::default(), false);
            let mut inflater = Inflater::new(takeover);
            for _ in 0..3 {
                let packed = deflate(&mut compress, b"the same words again");
                let plain = inflate(&mut inflater, &packed, &Limits::default());
                assert_eq!(plain, (b"the same words again".to_vec(), Ok(())));
                if !takeover {
                    compress.reset();
                }
            }
        }
    }

    #[test]
    fn a_final_block_ends_a_message_with_or_without_a_byte_after_it() {
        let mut inflater = Inflater::new(true);
        for packed in [
            &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00][..],
            &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
        ] {
            assert_eq!(inflate(&mut inflater, packed, &Limits::default()), (b"Hello".to_vec(), Ok(())));
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_either_limit_and_the_next_message_is_read() {
        let mut compress = Compress::new(Compression::best(), false);
        let bomb = deflate(&mut compress, &vec![0; 9 << 20]);
        compress.reset();
        let next = deflate(&mut compress, b"after");
        for limits in
            [Limits::default(), Limits { inflate: usize::MAX, inflate_ratio: 100, ..Limits::default() }]
        {
            let mut inflater = Inflater::new(true);
            let (plain, done) = inflate(&mut inflater, &bomb, &limits);
            assert_eq!(done, Err(Failure::Limit));
            assert!(plain.len() <= limits.inflate.min(9 << 20) + STEP);
            assert_eq!(inflate(&mut inflater, &next, &limits), (b"after".to_vec(), Ok(())));
        }
    }

    #[test]
    fn a_message_may_be_far_longer_than_what_is_made_at_a_time() {
        let text: Vec<u8> = (0..STEP * 9).map(|n| (n % 251 + n / 999) as u8).collect();
        for text in [&text[..], &vec![0; STEP * 9], &vec![0; STEP]] {
            let packed = deflate(&mut Compress::new(Compression::best(), false), text);
            for size in [packed.len(), 100, 1] {
                let (mut inflater, mut plain) = (Inflater::new(true), Vec::new());
                inflater.begin();
                for piece in packed.chunks(size) {
                    inflater.feed(piece, &Limits::default(), |made| plain.extend_from_slice(made)).unwrap();
                }
                inflater.end(&Limits::default(), |made| plain.extend_from_slice(made)).unwrap();
                assert!(plain == text, "{} of {} bytes", plain.len(), text.len());
            }
        }
    }

    #[test]
    fn the_ratio_counts_only_where_much_was_made() {
        let limits = Limits { inflate: usize::MAX, inflate_ratio: 100, ..Limits::default() };
        for (len, done) in [(1 << 20, Ok(())), ((1 << 20) + STEP, Err(Failure::Limit))] {
            let packed = deflate(&mut Compress::new(Compression::best(), false), &vec![0; len]);
            assert_eq!(inflate(&mut Inflater::new(true), &packed, &limits).1, done, "{len}");
        }
    }

    #[test]
    fn limits_are_those_of_each_message() {
        let (mut compress, mut inflater) = (Compress::new(Compression::best(), false), Inflater::new(true));
        let limits = Limits { inflate: 1000, ..Limits::default() };
        for _ in 0..3 {
            let packed = deflate(&mut compress, &[b'x'; 900]);
            assert_eq!(inflate(&mut inflater, &packed, &limits), (vec![b'x'; 900], Ok(())));
        }
        let packed = deflate(&mut compress, &[b'x'; 1001]);
        assert_eq!(
            inflate(&mut inflater, &packed, &limits).1,
            Err(Failure::Limit),
            "also where it comes at once"
        );
    }

    #[test]
    fn data_that_is_no_deflate_is_told_as_such() {
        let mut inflater = Inflater::new(true);
        let (_, done) = inflate(&mut inflater, &[0xff; 20], &Limits::default());
        assert!(matches!(done, Err(Failure::Data(_))), "{done:?}");
        inflater.lose(Lost::Gap);
        let (_, done) = inflate(&mut inflater, &[0xff; 20], &Limits::default());
        assert!(
            matches!(done, Err(Failure::Data(_))),
            "what is missing before it does not excuse it: {done:?}"
        );
    }
}
