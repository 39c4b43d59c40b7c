//! `random`: every instance that is left with the same chance.

use super::super::draws::below;

/// Which of `count` instances, of which there is one at least, a draw means.
pub(super) fn pick(draw: u64, count: u32) -> u32 {
    below(draw, u64::from(count)) as u32
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
