//! Which classes are content with an amount, found by its rank among the amounts asked for.

use crate::units::{Limit, Resources};

use super::WORD;

/// In one dimension: which classes are content with how much.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    /// The amounts that classes ask for, above zero, each once, ascending.
    amounts: Vec<u32>,
    /// For each rank a set of classes, `words` long: first those that ask for nothing, then those
    /// that are content with the first amount, and so on.
    sets: Vec<u64>,
    words: usize,
}

impl Ranks {
    pub(super) fn new(sizes: &[Resources], limit: Limit) -> Self {
        let words = sizes.len().div_ceil(WORD);
        let mut asked: Vec<(u32, usize)> =
            sizes.iter().enumerate().map(|(class, size)| (size.get(limit), class)).collect();
        asked.sort_unstable();
        let mut ranks = Self { amounts: Vec::new(), sets: Vec::new(), words };
        let mut set = vec![0; words];
        let mut amount = 0;
        for (next, class) in asked {
            if next != amount {
                ranks.sets.extend_from_slice(&set);
                ranks.amounts.push(next);
                amount = next;
            }
            set[class / WORD] |= 1 << (class % WORD);
        }
        ranks.sets.extend_from_slice(&set);
        ranks
    }

    /// The classes that are content with `amount`.
    #[inline]
    fn content_with(&self, amount: u32) -> &[u64] {
        let rank = self.amounts.partition_point(|asked| *asked <= amount);
        &self.sets[rank * self.words..][..self.words]
    }
}

/// For each dimension the classes that are content with what is `free` in it.
#[inline]
pub(super) fn content<'a>(
    ranks: &'a [Ranks; Limit::ALL.len()],
    free: &Resources,
) -> [&'a [u64]; 4] {
    let [memory, cpu, eni, gpu] = ranks;
    [
        memory.content_with(free.memory),
        cpu.content_with(free.cpu),
        eni.content_with(free.eni_slots),
        gpu.content_with(free.gpus),
    ]
}

/// A word of the classes that all four sets hold.
#[inline]
pub(super) fn intersection([a, b, c, d]: [&[u64]; 4], word: usize) -> u64 {
    a[word] & b[word] & c[word] & d[word]
}
