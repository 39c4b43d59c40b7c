//! `random`: every instance that is left with the same chance.

/// A number below `count`, which is above 0, by a draw whose 64 bits are equally likely to be set. Larger
/// draws give larger numbers. The bias is below 2^-32.
pub(super) fn pick(draw: u64, count: u32) -> u32 {
    ((u128::from(draw) * u128::from(count)) >> 64) as u32
}

#[cfg(test)]
mod tests {
    use super::pick;

    #[test]
    fn each_of_three_gets_a_third_of_the_draws() {
        assert_eq!((pick(0, 3), pick(u64::MAX / 3, 3)), (0, 0));
        assert_eq!((pick(u64::MAX / 3 + 1, 3), pick(u64::MAX / 3 * 2 + 2, 3)), (1, 2));
        assert_eq!(pick(u64::MAX, 3), 2);
    }
}
