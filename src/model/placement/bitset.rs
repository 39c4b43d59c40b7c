//! A set of small numbers that finds its smallest member, or the next one after any number, in a
//! few steps whatever its size.

/// Numbers in a word.
const WORD: usize = 64;
/// The shift that takes a number to its word.
const WORD_SHIFT: usize = 6;

/// A set of numbers as a tree of 64-bit words: a bit of an upper level says that the word below it
/// is not empty. Levels: the logarithm to base 64 of the capacity, so three up to 262,144 numbers.
///
/// Inserting, removing and finding touch one word of each level at most. Memory: one bit and
/// 1/63 for each number of the capacity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitset {
    /// From the numbers themselves up to a level of one word.
    levels: Vec<Vec<u64>>,
}

impl Bitset {
    /// An empty set without capacity.
    #[must_use]
    pub const fn new() -> Self {
        Self { levels: Vec::new() }
    }

    /// Makes room for the numbers below `capacity`. Room is never taken away.
    pub fn grow(&mut self, capacity: usize) {
        let mut words = capacity.div_ceil(WORD);
        for level in 0.. {
            if level == self.levels.len() {
                let below = level.checked_sub(1).map(|below| self.levels[below].as_slice());
                self.levels.push(below.map_or_else(Vec::new, summary));
            }
            let level = &mut self.levels[level];
            if level.len() < words {
                level.resize(words, 0);
            }
            if level.len() <= 1 {
                return;
            }
            words = level.len().div_ceil(WORD);
        }
    }

    /// Whether `number` is a member.
    #[inline]
    #[must_use]
    pub fn contains(&self, number: usize) -> bool {
        let word = self.levels.first().and_then(|numbers| numbers.get(number >> WORD_SHIFT));
        word.is_some_and(|word| word & bit(number) != 0)
    }

    /// Makes `number` a member.
    ///
    /// # Panics
    /// When it is beyond the capacity.
    #[inline]
    pub fn insert(&mut self, number: usize) {
        let mut number = number;
        for level in &mut self.levels {
            let word = &mut level[number >> WORD_SHIFT];
            let was_empty = *word == 0;
            *word |= bit(number);
            if !was_empty {
                return;
            }
            number >>= WORD_SHIFT;
        }
    }

    /// Makes `number` no member.
    ///
    /// # Panics
    /// When it is beyond the capacity.
    #[inline]
    pub fn remove(&mut self, number: usize) {
        let mut number = number;
        for level in &mut self.levels {
            let word = &mut level[number >> WORD_SHIFT];
            *word &= !bit(number);
            if *word != 0 {
                return;
            }
            number >>= WORD_SHIFT;
        }
    }

    /// The smallest member.
    #[inline]
    #[must_use]
    pub fn first(&self) -> Option<usize> {
        let top = self.levels.len().checked_sub(1)?;
        (*self.levels[top].first()? != 0).then(|| self.smallest_below(top, 0))
    }

    /// The smallest member that is `start` or more.
    #[must_use]
    pub fn first_from(&self, start: usize) -> Option<usize> {
        let mut start = start;
        for (height, level) in self.levels.iter().enumerate() {
            let word = start >> WORD_SHIFT;
            let rest = level.get(word)? & (u64::MAX << (start % WORD));
            if rest != 0 {
                let found = word << WORD_SHIFT | rest.trailing_zeros() as usize;
                return Some(match height.checked_sub(1) {
                    Some(below) => self.smallest_below(below, found),
                    None => found,
                });
            }
            // Nothing more in this word: on with the next one, which is a bit of the level above.
            start = word + 1;
        }
        None
    }

    /// The smallest member under word `word` of level `height`, which is not empty.
    #[inline]
    fn smallest_below(&self, height: usize, word: usize) -> usize {
        self.levels[..=height]
            .iter()
            .rev()
            .fold(word, |word, level| word << WORD_SHIFT | level[word].trailing_zeros() as usize)
    }
}

#[inline]
const fn bit(number: usize) -> u64 {
    1 << (number % WORD)
}

/// The level above `words`: a bit for each that is not empty.
fn summary(words: &[u64]) -> Vec<u64> {
    let bits =
        |words: &[u64]| words.iter().rev().fold(0, |bits, word| bits << 1 | u64::from(*word != 0));
    words.chunks(WORD).map(bits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn the_set_does_what_an_ordered_set_does(
            capacities in prop::collection::vec(1..20_000_usize, 1..4),
            steps in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..200),
            probes in prop::collection::vec(0..25_000_usize, 10),
        ) {
            let mut set = Bitset::new();
            let mut reference = BTreeSet::new();
            let mut room = 0;
            for capacity in capacities {
                set.grow(capacity);
                room = room.max(capacity);
                for (index, insert) in &steps {
                    let number = index.index(room);
                    if *insert {
                        set.insert(number);
                        reference.insert(number);
                    } else {
                        set.remove(number);
                        reference.remove(&number);
                    }
                    prop_assert_eq!(set.first(), reference.first().copied());
                    prop_assert_eq!(set.contains(number), *insert);
                }
                for probe in &probes {
                    prop_assert_eq!(set.first_from(*probe), reference.range(probe..).next().copied());
                    prop_assert_eq!(set.contains(*probe), reference.contains(probe));
                }
            }
        }
    }

    #[test]
    fn a_set_without_room_is_empty() {
        let mut set = Bitset::new();
        assert_eq!((set.first(), set.first_from(0), set.contains(0)), (None, None, false));
        set.grow(0);
        assert_eq!((set.first(), set.first_from(7), set.contains(0)), (None, None, false));
        set.grow(1);
        set.insert(0);
        assert_eq!((set.first(), set.first_from(0), set.first_from(1)), (Some(0), Some(0), None));
    }

    #[test]
    fn members_survive_when_the_tree_grows_by_two_levels_at_once() {
        let mut set = Bitset::new();
        set.grow(64);
        set.insert(63);
        set.grow(300_000);
        assert_eq!(set.first(), Some(63));
        set.insert(299_999);
        set.remove(63);
        assert_eq!(set.first(), Some(299_999));
        assert_eq!(set.first_from(64), Some(299_999));
    }
}
