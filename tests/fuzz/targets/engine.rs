//! Fuzzes `engine`, and changes its inputs frame by frame: a change inside a payload leaves headers that are believed.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| seqdump_fuzz::engine(data));
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

/// A frame: its head (link type and clock) and its bytes.
type Frame = (u8, Vec<u8>);

fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let Some((first, rest)) = data[..size].split_first() else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    };
    let (first, mut frames) = (*first, apart(rest));
    let mut random = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |most: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % most.max(1) as u64) as usize
    };
    let how = below(16);
    if frames.is_empty() || how == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let (one, other) = (below(frames.len()), below(frames.len()));
    match how {
        1 => frames.swap(one, other),
        2 => drop(frames.remove(one)),
        3 => frames.insert(other, frames[one].clone()),
        4 => frames[one].0 = frames[one].0 & 0x0f | (below(16) as u8) << 4,
        5 => {
            let at = below(frames[one].1.len().min(frames[other].1.len()) + 1);
            let end = frames[other].1[at..].to_vec();
            frames[one].1.truncate(at);
            frames[one].1.extend(end);
        }
        6 | 7 => {
            let at = payload(&frames[one].1).unwrap_or(0);
            let cut = at + below(frames[one].1.len() - at + 1);
            let mut behind = frames[one].clone();
            behind.1.drain(at..cut);
            frames[one].1.truncate(cut);
            if let Some(seq) = sequence(&mut behind.1) {
                let next = u32::from_be_bytes(*seq).wrapping_add((cut - at) as u32);
                *seq = next.to_be_bytes();
            }
            frames.insert(one + 1, behind);
        }
        8 => mutate_from(&mut frames[one].1, 0),
        _ => {
            let at = payload(&frames[one].1).unwrap_or(0);
            mutate_from(&mut frames[one].1, at);
        }
    }
    frames.iter_mut().for_each(|(_, bytes)| mend(bytes));
    together(first, &frames, data, max_size)
}

fn apart(mut data: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let [head, high, low, rest @ ..] = data {
        let len = (usize::from(*high) << 8 | usize::from(*low)).min(rest.len());
        frames.push((*head, rest[..len].to_vec()));
        data = &rest[len..];
    }
    frames
}

fn together(first: u8, frames: &[Frame], data: &mut [u8], max_size: usize) -> usize {
    let mut whole = vec![first];
    for (head, bytes) in frames {
        whole.extend([*head, (bytes.len() >> 8) as u8, bytes.len() as u8]);
        whole.extend(bytes);
    }
    let size = whole.len().min(max_size).min(data.len());
    data[..size].copy_from_slice(&whole[..size]);
    size
}

/// Lets libFuzzer change what follows the first `at` bytes; it may grow.
fn mutate_from(bytes: &mut Vec<u8>, at: usize) {
    let mut tail = bytes.split_off(at.min(bytes.len()));
    let size = tail.len();
    tail.resize(size + 64, 0);
    let size = libfuzzer_sys::fuzzer_mutate(&mut tail, size, size + 64);
    bytes.extend(&tail[..size]);
}

/// Where the TCP header of a packet over Ethernet or raw IP begins.
fn transport(bytes: &[u8]) -> Option<(usize, usize)> {
    let ip = match bytes {
        [_, _, _, _, _, _, _, _, _, _, _, _, 8, 0, 0x45, ..]
        | [_, _, _, _, _, _, _, _, _, _, _, _, 0x86, 0xdd, ..] => 14,
        [0x45, ..] | [0x60, ..] => 0,
        _ => return None,
    };
    let (head, protocol) = if bytes.get(ip)? >> 4 == 4 { (20, ip + 9) } else { (40, ip + 6) };
    (*bytes.get(protocol)? == 6).then_some((ip, ip + head))
}

/// Where the payload of a TCP segment begins.
fn payload(bytes: &[u8]) -> Option<usize> {
    let (_, tcp) = transport(bytes)?;
    let at = tcp + usize::from(bytes.get(tcp + 12)? >> 4) * 4;
    (at <= bytes.len()).then_some(at)
}

fn sequence(bytes: &mut [u8]) -> Option<&mut [u8; 4]> {
    let (_, tcp) = transport(bytes)?;
    bytes.get_mut(tcp + 4..)?.first_chunk_mut()
}

/// Makes the length right, and leaves the checksum to the interface.
fn mend(bytes: &mut [u8]) {
    let Some((ip, tcp)) = transport(bytes) else { return };
    let version = bytes[ip] >> 4;
    let (field, from) = if version == 4 { (ip + 2, ip) } else { (ip + 4, tcp) };
    let len = (bytes.len().saturating_sub(from) as u16).to_be_bytes();
    bytes[field..field + 2].copy_from_slice(&len);
    if let Some(checksum) = bytes.get_mut(tcp + 16..tcp + 18) {
        checksum.fill(0);
    }
}
