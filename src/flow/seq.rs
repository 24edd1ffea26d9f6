//! Sequence numbers: arithmetic modulo 2^32 (RFC 9293 3.4).

/// How far `to` lies ahead of `from`; negative where it lies behind. Right while the two are less than 2^31 apart.
pub(super) fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from) as i32
}

/// Whether `a` comes after `b`.
pub(super) fn is_after(a: u32, b: u32) -> bool {
    distance(b, a) > 0
}

/// Moves `place` on to `to`, unless it is there or further already.
pub(super) fn advance(place: &mut Option<u32>, to: u32) {
    match place {
        Some(now) if !is_after(to, *now) => {}
        _ => *place = Some(to),
    }
}

/// The offset in the byte stream of sequence number `seq`, where offset `near` has sequence number `near_seq`:
/// the one of all offsets with that number that is nearest. So a stream of any length is numbered without a break.
pub(super) fn widen(near: i64, near_seq: u32, seq: u32) -> i64 {
    near.saturating_add(i64::from(distance(near_seq, seq)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_across_the_wrap() {
        assert_eq!(distance(u32::MAX, 4), 5);
        assert_eq!(distance(4, u32::MAX), -5);
        assert!(is_after(3, u32::MAX - 3) && !is_after(u32::MAX - 3, 3) && !is_after(7, 7));
        let mut place = None;
        for (to, then) in [(u32::MAX, u32::MAX), (5, 5), (u32::MAX - 9, 5)] {
            advance(&mut place, to);
            assert_eq!(place, Some(then));
        }
    }

    #[test]
    fn an_offset_is_the_nearest_of_its_number() {
        assert_eq!(widen(0, 100, 90), -10);
        let far = 3_i64 << 32;
        assert_eq!(widen(far, u32::MAX, 9), far + 10);
        assert_eq!(widen(far, 9, u32::MAX), far - 10);
    }
}
