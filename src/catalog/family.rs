//! What the name of an instance type says.

/// `m7g` of `m7g.large`.
#[must_use]
pub fn of(instance_type: &str) -> &str {
    instance_type.split_once('.').map_or(instance_type, |(family, _)| family)
}

/// `large` of `m7g.large`.
pub(super) fn size_of(instance_type: &str) -> &str {
    instance_type.split_once('.').map_or("", |(_, size)| size)
}

/// The generation that a family's name carries: its first number before a hyphen, else its first
/// number at all (`u-6tb1` is 1: there the number behind the memory counts).
pub(super) fn generation_number(family: &str) -> Option<u32> {
    let (head, tail) = family.split_once('-').unwrap_or((family, ""));
    first_number(head)
        .or_else(|| first_number(tail.split_once("tb").map_or(tail, |(_, after)| after)))
}

fn first_number(text: &str) -> Option<u32> {
    let start = text.find(|letter: char| letter.is_ascii_digit())?;
    let digits = &text[start..];
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// Whether a family is of the C, M or R series, which price protection refers to.
pub(super) fn is_general_series(family: &str) -> bool {
    let mut letters = family.bytes();
    matches!(letters.next(), Some(b'c' | b'm' | b'r'))
        && letters.next().is_some_and(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_carry_their_generation() {
        let pairs = [
            ("c6g", 6),
            ("t4g", 4),
            ("im4gn", 4),
            ("is4gen", 4),
            ("u-6tb1", 1),
            ("u7i-12tb", 7),
            ("u7in-16tb", 7),
            ("x2iedn", 2),
            ("hpc7g", 7),
            ("p6-b200", 6),
            ("mac2-m2pro", 2),
            ("mac-m4max", 4),
            ("g6e", 6),
            ("c7i-flex", 7),
        ];
        for (family, number) in pairs {
            assert_eq!(generation_number(family), Some(number), "{family}");
        }
        assert_eq!(generation_number("metal"), None);
    }

    #[test]
    fn macs_are_not_of_the_m_series() {
        assert!(
            is_general_series("m5dn") && is_general_series("c6g") && is_general_series("r8i-flex")
        );
        assert!(
            !is_general_series("mac1") && !is_general_series("t4g") && !is_general_series("hpc7g")
        );
    }
}
