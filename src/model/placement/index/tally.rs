//! How many slots each class fits on, in all and by stretches of slots: what a fair draw needs.

/// Slots of a stretch: those under one word of the second level of a set.
pub(super) const STRETCH: usize = 4_096;

/// Counts by class.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    classes: usize,
    /// For each stretch and class.
    stretches: Vec<u32>,
    /// For each class.
    total: Vec<u32>,
}

impl Tally {
    pub(super) fn new(classes: usize) -> Self {
        Self { classes, stretches: Vec::new(), total: vec![0; classes] }
    }

    pub(super) fn grow(&mut self, slots: usize) {
        self.stretches.resize(slots.div_ceil(STRETCH) * self.classes, 0);
    }

    /// Counts a slot in the classes `first + i` for which bit `i` of `changed` is set: in where it is
    /// set in `fits` too, out where not.
    pub(super) fn flip(&mut self, first: usize, changed: u64, fits: u64, slot: usize) {
        let mut changed = changed;
        let stretch = slot / STRETCH * self.classes;
        while changed != 0 {
            let class = changed.trailing_zeros() as usize;
            changed &= changed - 1;
            let by = if fits >> class & 1 == 1 { 1 } else { u32::MAX };
            for count in
                [&mut self.total[first + class], &mut self.stretches[stretch + first + class]]
            {
                *count = count.wrapping_add(by);
            }
        }
    }

    pub(super) fn count(&self, class: usize) -> u32 {
        self.total[class]
    }

    /// The stretch in which the `n`-th slot of a class is, and which one it is there.
    pub(super) fn stretch_of(&self, class: usize, n: u32) -> Option<(usize, u32)> {
        let mut n = n;
        let counts = self.stretches.iter().skip(class).step_by(self.classes.max(1));
        for (stretch, count) in counts.enumerate() {
            if n < *count {
                return Some((stretch, n));
            }
            n -= count;
        }
        None
    }
}
