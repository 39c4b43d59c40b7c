//! Amounts of CPU and memory in the forms that ECS accepts.

use crate::units::{CPU_UNITS_PER_VCPU, CpuUnits, Mib};

/// Least CPU of a task, units (documented: ECS API, RegisterTaskDefinition).
pub const LEAST_CPU: CpuUnits = 128;

/// Most CPU of a task, units (documented: ECS API, RegisterTaskDefinition).
pub const MOST_CPU: CpuUnits = 196_608;

/// Least memory of a task, MiB (documented: ECS API, ContainerDefinition.memory).
pub const LEAST_MEMORY: Mib = 6;

/// Most memory of a task, MiB: more than any instance type has.
pub const MOST_MEMORY: Mib = 64 << 20;

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// Neither a number nor a number with a known unit.
    #[error("is not an amount of {0}")]
    NotAnAmount(&'static str),
    /// A fraction of the smallest unit.
    #[error("is not a whole number of {0}")]
    NotWhole(&'static str),
    /// Outside the range.
    #[error("must lie between {0} and {1} {2}")]
    OutOfRange(u32, u32, &'static str),
}

/// CPU units from `512`, `0.5 vCPU` or `.5 vcpu`; 128 to 196,608.
///
/// # Errors
/// If the text is none of these or the amount is out of range.
pub fn parse_cpu(text: &str) -> Result<CpuUnits, SizeError> {
    let units = [("", 1.0), ("vcpu", f64::from(CPU_UNITS_PER_VCPU))];
    let value = parse(text, &units).ok_or(SizeError::NotAnAmount("CPU"))?;
    check(value, LEAST_CPU, MOST_CPU, "CPU units")
}

/// MiB from `1024`, `1 GB`, `0.5GB`, `1GiB` or `512 MiB`; 6 MiB or more. ECS's GB is 1,024 MiB.
///
/// # Errors
/// If the text is none of these or the amount is out of range.
pub fn parse_memory(text: &str) -> Result<Mib, SizeError> {
    let units = [("", 1.0), ("mib", 1.0), ("gb", 1_024.0), ("gib", 1_024.0)];
    let value = parse(text, &units).ok_or(SizeError::NotAnAmount("memory"))?;
    check(value, LEAST_MEMORY, MOST_MEMORY, "MiB")
}

/// A finite, non-negative number times its unit.
fn parse(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim();
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start();
    let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    let number: f64 = number.parse().ok()?;
    Some(number * factor)
}

fn check(value: f64, min: u32, max: u32, unit: &'static str) -> Result<u32, SizeError> {
    if !(f64::from(min)..=f64::from(max)).contains(&value) {
        return Err(SizeError::OutOfRange(min, max, unit));
    }
    // In range by the check above.
    let whole = value.round() as u32;
    if (f64::from(whole) - value).abs() > 1e-6 {
        return Err(SizeError::NotWhole(unit));
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_ecs_accepts_is_read() {
        for text in ["512", "0.5 vCPU", ".5 vcpu", "0.5vCPU", " 512 "] {
            assert_eq!(parse_cpu(text), Ok(512), "{text}");
        }
        for text in ["1024", "1 GB", "1GB", "1GiB", "1024 MiB", "1.0 gb"] {
            assert_eq!(parse_memory(text), Ok(1_024), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "vCPU", "abc", "-1", "1e3", "nan", "inf", "1.2.3", "½ vCPU", "1 GB"] {
            assert_eq!(parse_cpu(text), Err(SizeError::NotAnAmount("CPU")), "{text}");
        }
        assert_eq!(parse_memory("1 TB"), Err(SizeError::NotAnAmount("memory")));
        assert_eq!(parse_cpu("127"), Err(SizeError::OutOfRange(128, 196_608, "CPU units")));
        assert_eq!(parse_cpu("0.3333 vCPU"), Err(SizeError::NotWhole("CPU units")));
        assert_eq!(parse_memory("5"), Err(SizeError::OutOfRange(6, MOST_MEMORY, "MiB")));
        assert!(parse_memory(&"9".repeat(400)).is_err());
    }
}
