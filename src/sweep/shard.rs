//! A part of a sweep for one of several machines. Points are dealt like cards: point p belongs to shard
//! p modulo the number of shards. Seeds know nothing of it.

use std::fmt;
use std::str::FromStr;

/// One of several parts of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// From 0.
    index: u32,
    /// How many there are.
    of: u32,
}

/// Most shards: as many as an array job of AWS Batch can have.
pub const MOST_SHARDS: u32 = 10_000;

impl Shard {
    /// Shard `index`, from 0, of `of`; none if there is no such shard.
    #[must_use]
    pub const fn new(index: u32, of: u32) -> Option<Self> {
        if index < of && of <= MOST_SHARDS { Some(Self { index, of }) } else { None }
    }

    /// Its number, from 0.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many there are.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Whether a point is one of its own.
    #[must_use]
    pub fn holds(self, point: u64) -> bool {
        point % u64::from(self.of) == u64::from(self.index)
    }

    /// The name of the file with its results.
    #[must_use]
    pub fn part_name(self) -> String {
        format!("part-{}-of-{}.jsonl", self.index, self.of)
    }

    /// The shard whose part a file with this name is.
    #[must_use]
    pub fn of_part(name: &str) -> Option<Self> {
        let (index, of) = name.strip_prefix("part-")?.strip_suffix(".jsonl")?.split_once("-of-")?;
        Self::new(index.parse().ok()?, of.parse().ok()?).filter(|of| of.part_name() == name)
    }

    /// The name of the file in which it keeps finished runs.
    #[must_use]
    pub fn journal_name(self) -> String {
        format!("journal-{}-of-{}.jsonl", self.index, self.of)
    }
}

/// As it is typed: `0/7`.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(index, of)| {
            Some((index.trim().parse::<u32>().ok()?, of.trim().parse::<u32>().ok()?))
        });
        let (index, of) =
            numbers.ok_or("write I/N, for example 0/7 for the first of seven shards")?;
        if of == 0 || of > MOST_SHARDS {
            return Err(format!("there can be 1 to {MOST_SHARDS} shards"));
        }
        let last = of - 1;
        Self::new(index, of)
            .ok_or_else(|| format!("shards are counted from 0: the last of {of} is {last}/{of}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_point_is_in_one_shard() {
        for of in [1, 2, 7] {
            for point in 0..20 {
                let holding = (0..of).filter(|i| Shard::new(*i, of).unwrap().holds(point)).count();
                assert_eq!(holding, 1);
            }
        }
        assert!(Shard::new(0, 7).unwrap().holds(14));
    }

    #[test]
    fn a_shard_is_read_as_it_is_written() {
        let shard: Shard = "6/7".parse().unwrap();
        assert_eq!((shard.index(), shard.of(), shard.to_string()), (6, 7, "6/7".to_owned()));
        assert_eq!(shard.part_name(), "part-6-of-7.jsonl");
        assert_eq!(Shard::of_part("part-6-of-7.jsonl"), Some(shard));
        for name in ["part-06-of-7.jsonl", "part-7-of-7.jsonl", "journal-6-of-7.jsonl", "part"] {
            assert_eq!(Shard::of_part(name), None);
        }
        let error = |text: &str| text.parse::<Shard>().unwrap_err();
        assert!(error("7/7").contains("the last of 7 is 6/7"));
        for text in ["", "7", "a/b", "-1/7", "1/", "/7", "1/7/8", "1.0/7", "99999999999/7"] {
            assert!(error(text).contains("for example 0/7"), "{text}");
        }
        assert!(error("0/0").contains("1 to 10000"));
        assert!(error("0/10001").contains("1 to 10000"));
    }
}
