//! FNV-1a: hashes that are quick, and the same on every machine and in every version. Whoever wants two texts of
//! one hash finds them, so nothing here is for secrets.
//!
//! Source: <http://www.isthe.com/chongo/tech/comp/fnv/>.

/// The hash of no bytes.
pub(crate) const EMPTY_32: u32 = 0x811c_9dc5;
/// The hash of no bytes.
pub(crate) const EMPTY_64: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of some bytes and one more.
pub(crate) const fn and_32(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// The hash of some bytes and one more.
pub(crate) const fn and_64(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_reference() {
        let long = |text: &str| text.bytes().fold(EMPTY_64, and_64);
        let short = |text: &str| text.bytes().fold(EMPTY_32, and_32);
        assert_eq!((short("a"), short("foobar")), (0xe40c_292c, 0xbf9c_f968));
        assert_eq!(
            (long("a"), long("foobar")),
            (0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8)
        );
    }
}
