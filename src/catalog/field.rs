//! Checked parsing of single fields. Money never passes through floating point.

/// Decimal digits of a nano-dollar.
const NANO_DIGITS: u32 = 9;

/// `text` times ten to the power `scale`, rounded half up: plain decimals only, no sign, no exponent.
pub(super) fn decimal(text: &str, scale: u32) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut digits = fraction.bytes();
    let mut value: u64 = whole.parse().ok()?;
    for _ in 0..scale {
        let digit = digits.next().map_or(0, |byte| byte - b'0');
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    let round_up = digits.next().is_some_and(|byte| byte >= b'5');
    value.checked_add(u64::from(round_up))
}

/// Dollars as nano-dollars.
pub(super) fn nano_dollars(text: &str) -> Option<u64> {
    decimal(text, NANO_DIGITS)
}

/// Percent as parts per million.
pub(super) fn percent_as_ppm(text: &str) -> Option<u32> {
    decimal(text, 4)?.try_into().ok()
}

/// A decimal as thousandths.
pub(super) fn thousandths(text: &str) -> Option<u32> {
    decimal(text, 3)?.try_into().ok()
}

/// A whole number.
pub(super) fn whole(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.starts_with(|first: char| first.is_ascii_digit()))
}

/// A whole number that may be negative.
pub(super) fn signed(text: &str) -> Option<i32> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

/// A finite number that is not negative (bandwidths).
pub(super) fn quantity(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)
}

/// `0` or `1`.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

/// An ISO date that may stop at the year or the month.
pub(super) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let number = |part: Option<&str>, digits: usize, range: std::ops::RangeInclusive<u32>| {
        part.is_none_or(|part| {
            part.len() == digits && whole(part).is_some_and(|value| range.contains(&value))
        })
    };
    !text.is_empty()
        && number(parts.next(), 4, 1970..=2999)
        && number(parts.next(), 2, 1..=12)
        && number(parts.next(), 2, 1..=31)
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_digit_by_digit() {
        assert_eq!(nano_dollars("0.0184"), Some(18_400_000));
        assert_eq!(nano_dollars("407.68"), Some(407_680_000_000));
        assert_eq!(nano_dollars("1"), Some(1_000_000_000));
        assert_eq!(nano_dollars("0.0000000005"), Some(1));
        assert_eq!(nano_dollars("0.00000000049"), Some(0));
        assert_eq!(percent_as_ppm("7.80"), Some(78_000));
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in ["", ".5", "-1", "+1", "1e3", "NaN", "inf", "1,5", " 1", "1.2.3", "9e9"] {
            assert_eq!(nano_dollars(text), None, "{text:?}");
        }
        assert_eq!(nano_dollars("99999999999999999999"), None);
        assert_eq!(whole("+1"), None);
        assert_eq!(quantity("NaN"), None);
    }

    #[test]
    fn dates_may_stop_at_the_month_or_the_year() {
        assert!(["2026", "2026-07", "2026-07-01"].into_iter().all(is_date));
        assert!(
            !["", "26", "2026-13", "2026-7-1", "01.07.2026", "2026-07-01-1"]
                .into_iter()
                .any(is_date)
        );
    }
}
