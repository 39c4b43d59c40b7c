//! Rows of runs in little room: a sweep may keep ten million of them until its end. Outside they look as
//! they always did.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xxhash_rust::xxh3::Xxh3;

use super::table::RunRow;

/// Figures, some of which there may not be.
#[derive(Clone, Default)]
pub struct Figures(
    /// Not a number where there is none: what is kept is finite.
    Box<[f64]>,
);

impl Figures {
    /// That of a column; `None` where there is none.
    #[must_use]
    pub fn get(&self, column: usize) -> Option<f64> {
        self.0.get(column).copied().filter(|figure| !figure.is_nan())
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<f64>> {
        (0..self.0.len()).map(|column| self.get(column))
    }

    /// How many columns there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no column.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them bit by bit.
    pub(super) fn bits(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|figure| figure.to_bits())
    }
}

impl FromIterator<Option<f64>> for Figures {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(figures: I) -> Self {
        Self(figures.into_iter().map(|figure| figure.unwrap_or(f64::NAN)).collect())
    }
}

impl PartialEq for Figures {
    fn eq(&self, other: &Self) -> bool {
        self.bits().eq(other.bits())
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Figures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Option<f64>>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// The digest of a run: 128 bits, as 32 hexadecimal digits outside.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest(
    /// The upper half, then the lower: two words need no room between rows.
    [u64; 2],
);

impl Digest {
    /// That which is written so; `None` where it is no digest.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_digest = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_digest)?;
        Some(Self::of(number))
    }

    /// One of several, in their order.
    pub(super) fn of_all(digests: impl Iterator<Item = Self>) -> Self {
        let mut hasher = Xxh3::new();
        digests.flat_map(Self::halves).for_each(|half| hasher.update(&half.to_le_bytes()));
        Self::of(hasher.digest128())
    }

    const fn of(number: u128) -> Self {
        Self([(number >> 64) as u64, number as u64])
    }

    /// Its halves.
    pub(super) const fn halves(self) -> [u64; 2] {
        self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [upper, lower] = self.0;
        write!(f, "{upper:016x}{lower:016x}")
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom(format!("no digest: \"{text}\"")))
    }
}

/// Rows that several tables have, as a list.
pub(super) mod shared {
    use super::{Arc, Deserialize, Deserializer, RunRow, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        rows: &Arc<[RunRow]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        rows.as_ref().serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<[RunRow]>, D::Error> {
        Ok(Vec::<RunRow>::deserialize(deserializer)?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_look_outside_as_they_are_and_come_back_bit_by_bit() {
        let figures: Figures = [Some(0.1 + 0.2), None, Some(-0.0)].into_iter().collect();
        let text = serde_json::to_string(&figures).unwrap();
        assert_eq!(text, "[0.30000000000000004,null,-0.0]");
        assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), figures);
        assert_eq!((figures.get(1), figures.get(3), figures.len()), (None, None, 3));
        let plain: Figures = [Some(0.1 + 0.2), None, Some(0.0)].into_iter().collect();
        assert_ne!(plain, figures);
    }

    #[test]
    fn a_digest_is_its_thirty_two_digits() {
        let text = "00f3a9c51b2d4e6f8091a2b3c4d5e6f7";
        let digest = Digest::read(text).unwrap();
        assert_eq!(digest.to_string(), text);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        for wrong in ["", "+1", "xyz", &"0".repeat(33).replace('0', "f")] {
            assert_eq!(Digest::read(wrong), None, "{wrong}");
        }
    }
}
