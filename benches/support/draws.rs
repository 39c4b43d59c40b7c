//! Draws that cost little beside what is measured, the same for a subject and its control.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

const CELLS: usize = 4_096;
/// From here on the quantile function bends too much for straight lines.
const FIRST_TAIL_CELL: usize = CELLS - CELLS / 64;
/// The bits of a draw that place it inside its cell.
const FRACTION_BITS: u32 = 52;

/// Draws from the generator PCG64-MCG. Exponential draws are by inverse CDF: a table of 4,096
/// quantiles with straight lines between them, and the logarithm itself in the last 1/64.
/// The mean is off by less than one part in a million.
#[derive(Clone)]
pub(crate) struct Draws {
    generator: Pcg64Mcg,
    quantiles: Vec<f64>,
}

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        let quantile = |cell| -libm::log(1.0 - cell as f64 / CELLS as f64);
        Self {
            generator: Pcg64Mcg::seed_from_u64(seed),
            quantiles: (0..=FIRST_TAIL_CELL).map(quantile).collect(),
        }
    }

    /// A whole number below `bound`.
    #[inline]
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.generator.next_u64()) * bound as u128) >> 64) as usize
    }

    /// An exponential draw, rounded down to a whole number.
    #[inline]
    pub(crate) fn exponential(&mut self, mean: f64) -> u64 {
        let bits = self.generator.next_u64();
        let cell = (bits >> FRACTION_BITS) as usize;
        let fraction = (bits & ((1 << FRACTION_BITS) - 1)) as f64 / (1_u64 << FRACTION_BITS) as f64;
        let standard = if cell < FIRST_TAIL_CELL {
            let (low, high) = (self.quantiles[cell], self.quantiles[cell + 1]);
            low + (high - low) * fraction
        } else {
            -libm::log(1.0 - (cell as f64 + fraction) / CELLS as f64)
        };
        (standard * mean) as u64
    }
}
