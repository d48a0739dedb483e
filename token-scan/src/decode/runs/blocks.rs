//! Finds the places at which a run of digits can be, many bytes at a time.

/// How many bytes a block has. A run of the least length has two whole blocks in it, one after the other, wherever it
/// begins.
const BLOCK: usize = 8;
/// How many blocks are looked at together. The compiler makes vector instructions of that.
const BLOCKS: usize = 8;
const CHUNK: usize = BLOCK * BLOCKS;

/// Yields where the blocks begin of which every byte is a digit of base64, in either alphabet, as in the block before.
pub(super) fn all_digits(bytes: &[u8]) -> Blocks<'_> {
    let (chunks, rest) = bytes.as_chunks::<CHUNK>();
    Blocks { chunks: chunks.iter(), rest, start: 0, next: 0, before: 0, found: 0 }
}

pub(super) struct Blocks<'b> {
    chunks: std::slice::Iter<'b, [u8; CHUNK]>,
    /// What is left for a last chunk, which is filled up.
    rest: &'b [u8],
    /// The places of the chunk that was looked at last, and of the next one.
    start: usize,
    next: usize,
    /// The whole blocks of the last chunk, a bit for each.
    before: u8,
    /// Those of its blocks that are still to be yielded.
    found: u8,
}

impl Blocks<'_> {
    /// Looks at the next chunk, or returns `None` if there is none.
    fn look(&mut self) -> Option<()> {
        let full = match self.chunks.next() {
            Some(chunk) => full(chunk),
            None if self.rest.is_empty() => return None,
            None => {
                let mut last = [0; CHUNK];
                last.iter_mut()
                    .zip(std::mem::take(&mut self.rest))
                    .for_each(|(to, byte)| *to = *byte);
                full(&last)
            }
        };
        self.found = full & (full << 1 | self.before >> (BLOCKS - 1));
        self.before = full;
        (self.start, self.next) = (self.next, self.next + CHUNK);
        Some(())
    }
}

impl Iterator for Blocks<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            self.look()?;
        }
        let block = self.found.trailing_zeros() as usize;
        self.found &= self.found - 1;
        Some(self.start + block * BLOCK)
    }
}

/// Returns a bit for each block of a chunk: whether all of its bytes are digits.
fn full(chunk: &[u8; CHUNK]) -> u8 {
    let mut others = [0_u8; CHUNK];
    for (other, byte) in others.iter_mut().zip(chunk) {
        *other = u8::from(!is_digit(*byte));
    }
    let (blocks, _) = others.as_chunks::<BLOCK>();
    let bits = blocks.iter().enumerate();
    bits.fold(0, |bits, (at, block)| bits | u8::from(u64::from_ne_bytes(*block) == 0) << at)
}

/// Returns the same as [`is_digit`](super::is_digit), without a table, which no vector instruction reads.
fn is_digit(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let number = byte.wrapping_sub(b'0') < 10;
    letter | number | (byte == b'+') | (byte == b'/') | (byte == b'-') | (byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_know_the_same_digits() {
        assert!((0..=u8::MAX).all(|byte| is_digit(byte) == super::super::is_digit(byte)));
    }

    #[test]
    fn whole_blocks_are_found() {
        let mut text = vec![b'.'; 200];
        text.get_mut(60..90).into_iter().flatten().for_each(|byte| *byte = b'x');
        text.get_mut(176..200).into_iter().flatten().for_each(|byte| *byte = b'x');
        assert_eq!(all_digits(&text).collect::<Vec<_>>(), [72, 80, 184, 192]);
        assert_eq!(all_digits(b"").count(), 0);
    }
}
