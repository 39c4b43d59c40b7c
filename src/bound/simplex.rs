//! A small dense simplex method over a dictionary: few columns, rows added as they are found.
//!
//! The programs here have at most a few dozen columns. A dictionary writes each basic variable in
//! terms of the others: `basic[i] = value[i] - sum(row[i][j] * nonbasic[j])`. Its answers are
//! proposals: whoever uses them verifies in integers, so rounding errors can cost strength, never
//! truth.

/// Below this, a coefficient is taken for zero.
const TINY: f64 = 1e-10;

/// A variable: one of the program's own, or the slack of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    Own(usize),
    Slack(usize),
}

/// Maximise `gain . x` subject to rows `a . x <= limit` and `x >= 0`.
#[derive(Clone, Debug)]
pub(super) struct Dictionary {
    width: usize,
    /// Row-major, `width` to a row.
    rows: Vec<f64>,
    value: Vec<f64>,
    basic: Vec<Variable>,
    nonbasic: Vec<Variable>,
    /// Gain of the objective for each unit of a nonbasic variable.
    gain: Vec<f64>,
    slacks: usize,
}

impl Dictionary {
    /// A program without rows.
    pub(super) fn new(gain: &[f64]) -> Self {
        Self {
            width: gain.len(),
            rows: Vec::new(),
            value: Vec::new(),
            basic: Vec::new(),
            nonbasic: (0..gain.len()).map(Variable::Own).collect(),
            gain: gain.to_vec(),
            slacks: 0,
        }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.rows[row * self.width..(row + 1) * self.width]
    }

    /// Adds the row `coefficients . x <= limit`, in terms of the nonbasic variables of now.
    pub(super) fn add_row(&mut self, coefficients: &[f64], limit: f64) {
        let mut fresh = vec![0.0; self.width];
        let mut value = limit;
        for (column, variable) in self.nonbasic.iter().enumerate() {
            if let Variable::Own(own) = variable {
                fresh[column] += coefficients[*own];
            }
        }
        for (row, variable) in self.basic.iter().enumerate() {
            if let Variable::Own(own) = variable
                && coefficients[*own] != 0.0
            {
                value -= coefficients[*own] * self.value[row];
                for (sum, entry) in fresh.iter_mut().zip(self.row(row)) {
                    *sum -= coefficients[*own] * entry;
                }
            }
        }
        self.rows.extend(fresh);
        self.value.push(value);
        self.basic.push(Variable::Slack(self.slacks));
        self.slacks += 1;
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let width = self.width;
        let inverse = 1.0 / self.rows[row * width + column];
        let mut scaled: Vec<f64> = self.row(row).iter().map(|entry| entry * inverse).collect();
        scaled[column] = inverse;
        let value = self.value[row] * inverse;
        for other in 0..self.basic.len() {
            let factor = self.rows[other * width + column];
            if other == row || factor == 0.0 {
                continue;
            }
            let entries = &mut self.rows[other * width..(other + 1) * width];
            entries[column] = 0.0;
            for (entry, scaled) in entries.iter_mut().zip(&scaled) {
                *entry -= factor * scaled;
            }
            self.value[other] -= factor * value;
        }
        let factor = self.gain[column];
        self.gain[column] = 0.0;
        for (gain, scaled) in self.gain.iter_mut().zip(&scaled) {
            *gain -= factor * scaled;
        }
        self.rows[row * width..(row + 1) * width].copy_from_slice(&scaled);
        self.value[row] = value;
        std::mem::swap(&mut self.basic[row], &mut self.nonbasic[column]);
    }

    /// Primal pivots, from a feasible start (limits not negative). False when a cap was reached.
    pub(super) fn maximise(&mut self) -> bool {
        for _ in 0..50 * (self.width + self.basic.len() + 1) {
            let gainful = (0..self.width).filter(|&column| self.gain[column] > TINY);
            let Some(column) = gainful.max_by(|&a, &b| {
                self.gain[a].total_cmp(&self.gain[b]).then(self.nonbasic[b].cmp(&self.nonbasic[a]))
            }) else {
                return true;
            };
            let mut leaving: Option<(usize, f64)> = None;
            for row in 0..self.basic.len() {
                let entry = self.rows[row * self.width + column];
                if entry > TINY {
                    let ratio = self.value[row].max(0.0) / entry;
                    if leaving.is_none_or(|(_, least)| ratio < least) {
                        leaving = Some((row, ratio));
                    }
                }
            }
            let Some((row, _)) = leaving else {
                return false;
            };
            self.pivot(row, column);
        }
        false
    }

    /// Dual pivots, from an optimal start to which rows were added. False when a cap was reached.
    pub(super) fn repair(&mut self) -> bool {
        for _ in 0..50 * (self.width + 20) {
            let rows = (0..self.basic.len()).filter(|&row| self.value[row] < -TINY);
            let Some(row) = rows.min_by(|&a, &b| self.value[a].total_cmp(&self.value[b])) else {
                return true;
            };
            let mut entering: Option<(usize, f64)> = None;
            for column in 0..self.width {
                let entry = self.rows[row * self.width + column];
                if entry < -TINY {
                    let ratio = self.gain[column].min(0.0) / entry;
                    if entering.is_none_or(|(_, least)| ratio < least) {
                        entering = Some((column, ratio));
                    }
                }
            }
            let Some((column, _)) = entering else {
                return false;
            };
            self.pivot(row, column);
        }
        false
    }

    /// The values of the program's own variables.
    pub(super) fn own(&self) -> Vec<f64> {
        let mut own = vec![0.0; self.width];
        for (variable, value) in self.basic.iter().zip(&self.value) {
            if let Variable::Own(position) = variable {
                own[*position] = *value;
            }
        }
        own
    }

    /// The multipliers of the rows that bear one: (row in order of addition, multiplier).
    pub(super) fn multipliers(&self) -> Vec<(usize, f64)> {
        let mut all: Vec<(usize, f64)> = self
            .nonbasic
            .iter()
            .zip(&self.gain)
            .filter_map(|(variable, gain)| match variable {
                Variable::Slack(row) => Some((*row, (-gain).max(0.0))),
                Variable::Own(_) => None,
            })
            .collect();
        all.sort_by_key(|(row, _)| *row);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_textbook_program_is_solved_and_repaired_after_a_cut() {
        let mut program = Dictionary::new(&[3.0, 5.0]);
        program.add_row(&[1.0, 0.0], 4.0);
        program.add_row(&[0.0, 2.0], 12.0);
        program.add_row(&[3.0, 2.0], 18.0);
        assert!(program.maximise());
        assert!(program.own().iter().zip([2.0, 6.0]).all(|(a, b)| (a - b).abs() < 1e-9));
        assert_eq!(program.multipliers().len(), 2);
        program.add_row(&[1.0, 1.0], 5.0);
        assert!(program.repair());
        assert!(program.own().iter().zip([0.0, 5.0]).all(|(a, b)| (a - b).abs() < 1e-9));
    }
}
