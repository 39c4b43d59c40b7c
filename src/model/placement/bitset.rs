//! Sets of small numbers that find their smallest member, or the next one after any number, in a
//! few steps whatever their size.

/// Numbers in a word.
const WORD: usize = 64;
/// The shift that takes a number to its word.
const WORD_SHIFT: usize = 6;

/// A family of sets of numbers below one capacity. Each set is a tree of 64-bit words: a bit of an
/// upper level says that the word below it is not empty. Levels: the logarithm to base 64 of the
/// capacity, so three up to 262,144 numbers.
///
/// The words of all sets for the same numbers lie side by side, because a number often enters or
/// leaves many sets at once: fifty sets are then seven cache lines and not fifty.
///
/// Inserting, removing and finding touch one word of each level at most. Memory: at most two bits
/// and 2/63 for each set and number of the capacity.
#[derive(Clone, Debug, Default)]
pub struct Bitsets {
    /// From the numbers themselves up to a level of one word for each set. The word `w` of set `s`
    /// is at `w * stride + s`.
    levels: Vec<Vec<u64>>,
    sets: usize,
    /// Sets for which there is room.
    stride: usize,
    /// Words of one set in the lowest level.
    words: usize,
}

impl Bitsets {
    /// `sets` empty sets without capacity.
    #[must_use]
    pub const fn new(sets: usize) -> Self {
        Self { levels: Vec::new(), sets, stride: sets, words: 0 }
    }

    /// Adds an empty set and returns its number. O(1) on average for each word of a set.
    pub fn add_set(&mut self) -> usize {
        if self.sets == self.stride {
            let stride = (2 * self.stride).max(1);
            for (level, words) in self.levels.iter_mut().zip(words_of_levels(self.words)) {
                let mut wider = vec![0; words * stride];
                for word in 0..words {
                    let old = &level[word * self.stride..][..self.sets];
                    wider[word * stride..][..self.sets].copy_from_slice(old);
                }
                *level = wider;
            }
            self.stride = stride;
        }
        self.sets += 1;
        self.sets - 1
    }

    /// Makes room for the numbers below `capacity`. Room is never taken away.
    pub fn grow(&mut self, capacity: usize) {
        let words = capacity.div_ceil(WORD);
        if words <= self.words {
            return;
        }
        for (height, words) in words_of_levels(words).enumerate() {
            if height == self.levels.len() {
                let summary = height.checked_sub(1).map(|below| self.summary(below));
                self.levels.push(summary.unwrap_or_default());
            }
            self.levels[height].resize(words * self.stride, 0);
        }
        self.words = words;
    }

    /// Whether `number` is a member of `set`.
    #[inline]
    #[must_use]
    pub fn contains(&self, set: usize, number: usize) -> bool {
        let word = number >> WORD_SHIFT;
        word < self.words && self.levels[0][word * self.stride + set] & bit(number) != 0
    }

    /// Makes `number` a member of `set`.
    ///
    /// # Panics
    /// When it is beyond the capacity.
    pub fn insert(&mut self, set: usize, number: usize) {
        if !self.contains(set, number) {
            self.flip(set, 1, number);
        }
    }

    /// Makes `number` no member of `set`.
    pub fn remove(&mut self, set: usize, number: usize) {
        if self.contains(set, number) {
            self.flip(set, 1, number);
        }
    }

    /// Makes `number` a member of some sets in which it is none, and none of some in which it is
    /// one: of each set `first + i` for which bit `i` of `sets` is set.
    ///
    /// # Panics
    /// When the number is beyond the capacity, or a set does not exist.
    #[inline]
    pub fn flip(&mut self, first: usize, sets: u64, number: usize) {
        let (mut sets, mut number) = (sets, number);
        for level in &mut self.levels {
            let words = &mut level[(number >> WORD_SHIFT) * self.stride + first..];
            // The sets whose word became empty, or is so no more: there the level above flips too.
            // They are gathered without a branch, because no one can foresee which they are.
            let mut above = 0;
            while sets != 0 {
                let set = sets.trailing_zeros();
                sets &= sets - 1;
                let word = &mut words[set as usize];
                let was_empty = *word == 0;
                *word ^= bit(number);
                above |= u64::from(was_empty | (*word == 0)) << set;
            }
            if above == 0 {
                return;
            }
            sets = above;
            number >>= WORD_SHIFT;
        }
    }

    /// The smallest member of `set`.
    #[inline]
    #[must_use]
    pub fn first(&self, set: usize) -> Option<usize> {
        (*self.levels.last()?.get(set)? != 0).then(|| self.smallest(set, self.levels.len(), 0))
    }

    /// The smallest member of `set` that is `start` or more.
    #[must_use]
    pub fn first_from(&self, set: usize, start: usize) -> Option<usize> {
        let mut start = start;
        for (height, level) in self.levels.iter().enumerate() {
            let word = start >> WORD_SHIFT;
            let rest = level.get(word * self.stride + set)? & (u64::MAX << (start % WORD));
            if rest != 0 {
                let found = word << WORD_SHIFT | rest.trailing_zeros() as usize;
                return Some(self.smallest(set, height, found));
            }
            // Nothing more in this word: on with the next one, which is a bit of the level above.
            start = word + 1;
        }
        None
    }

    /// The `n`-th member of `set`, from 0, of those that are `start` or more, where `start` begins a word.
    /// One step for each word on the way.
    #[must_use]
    pub fn nth_from(&self, set: usize, start: usize, n: u32) -> Option<usize> {
        let mut n = n;
        for word in start >> WORD_SHIFT..self.words {
            let mut members = self.levels[0][word * self.stride + set];
            if n < members.count_ones() {
                for _ in 0..n {
                    members &= members - 1;
                }
                return Some(word << WORD_SHIFT | members.trailing_zeros() as usize);
            }
            n -= members.count_ones();
        }
        None
    }

    /// The smallest member of `set` under bit `bit` of level `height`, which is set.
    #[inline]
    fn smallest(&self, set: usize, height: usize, bit: usize) -> usize {
        self.levels[..height].iter().rev().fold(bit, |word, level| {
            word << WORD_SHIFT | level[word * self.stride + set].trailing_zeros() as usize
        })
    }

    /// The level above level `height`: a bit for each of its words that is not empty.
    fn summary(&self, height: usize) -> Vec<u64> {
        let level = &self.levels[height];
        let words = level.len() / self.stride.max(1);
        let mut above = vec![0; words.div_ceil(WORD) * self.stride];
        for word in 0..words {
            for set in 0..self.sets {
                let filled = level[word * self.stride + set] != 0;
                above[(word >> WORD_SHIFT) * self.stride + set] |=
                    u64::from(filled) << (word % WORD);
            }
        }
        above
    }
}

#[inline]
const fn bit(number: usize) -> u64 {
    1 << (number % WORD)
}

/// The words of one set in each level, when there are `words` in the lowest: up to a single one.
fn words_of_levels(words: usize) -> impl Iterator<Item = usize> {
    std::iter::successors((words > 0).then_some(words), |words| {
        (*words > 1).then(|| words.div_ceil(WORD))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use std::collections::BTreeSet;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Insert(Index, Index),
        Remove(Index, Index),
        AddSet,
        Grow(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            60 => any::<(Index, Index)>().prop_map(|(set, number)| Step::Insert(set, number)),
            60 => any::<(Index, Index)>().prop_map(|(set, number)| Step::Remove(set, number)),
            6 => Just(Step::AddSet),
            6 => (0..20_000_usize).prop_map(Step::Grow),
            2 => (0..300_000_usize).prop_map(Step::Grow),
        ]
    }

    proptest! {
        #[test]
        fn each_set_does_what_an_ordered_set_does(
            steps in prop::collection::vec(step(), 1..300),
            probes in prop::collection::vec(0..25_000_usize, 10),
        ) {
            let mut sets = Bitsets::default();
            let mut reference: Vec<BTreeSet<usize>> = Vec::new();
            let mut room = 0;
            for step in steps {
                match step {
                    Step::Insert(set, number) if room > 0 && !reference.is_empty() => {
                        let (set, number) = (set.index(reference.len()), number.index(room));
                        sets.insert(set, number);
                        reference[set].insert(number);
                    }
                    Step::Remove(set, choice) if !reference.is_empty() => {
                        let set = set.index(reference.len());
                        let members: Vec<usize> = reference[set].iter().copied().collect();
                        if !members.is_empty() {
                            sets.remove(set, *choice.get(&members));
                            reference[set].remove(choice.get(&members));
                        }
                    }
                    Step::Insert(..) | Step::Remove(..) => {}
                    Step::AddSet => {
                        prop_assert_eq!(sets.add_set(), reference.len());
                        reference.push(BTreeSet::new());
                    }
                    Step::Grow(capacity) => {
                        sets.grow(capacity);
                        room = room.max(capacity);
                    }
                }
                for (set, reference) in reference.iter().enumerate() {
                    prop_assert_eq!(sets.first(set), reference.first().copied());
                    for n in 0..4 {
                        let nth = reference.range(128..).nth(n as usize).copied();
                        prop_assert_eq!(sets.nth_from(set, 128, n), nth);
                    }
                    for probe in &probes {
                        let next = reference.range(probe..).next().copied();
                        prop_assert_eq!(sets.first_from(set, *probe), next);
                        prop_assert_eq!(sets.contains(set, *probe), reference.contains(probe));
                    }
                }
            }
        }
    }

    #[test]
    fn a_set_without_room_is_empty() {
        let mut sets = Bitsets::new(1);
        assert_eq!(
            (sets.first(0), sets.first_from(0, 0), sets.contains(0, 0)),
            (None, None, false)
        );
        sets.grow(0);
        assert_eq!(
            (sets.first(0), sets.first_from(0, 7), sets.contains(0, 0)),
            (None, None, false)
        );
        sets.grow(1);
        sets.insert(0, 0);
        assert_eq!((sets.first(0), sets.first_from(0, 0)), (Some(0), Some(0)));
        assert_eq!(sets.first_from(0, 1), None);
    }

    #[test]
    fn members_survive_when_the_tree_grows_by_two_levels_at_once() {
        let mut sets = Bitsets::new(2);
        sets.grow(64);
        sets.insert(1, 63);
        sets.grow(300_000);
        assert_eq!((sets.first(0), sets.first(1)), (None, Some(63)));
        sets.insert(1, 299_999);
        sets.remove(1, 63);
        assert_eq!(sets.first(1), Some(299_999));
        assert_eq!(sets.first_from(1, 64), Some(299_999));
    }
}
