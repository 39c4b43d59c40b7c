//! How much memory a round takes: the greatest resident set of this process (Linux alone).

use std::fs;

/// Counts anew from what is resident now (Linux: `5` to `/proc/self/clear_refs`).
pub(crate) fn forget_peak() {
    // Where there is no such file, `peak_mib` has no answer either.
    let _written = fs::write("/proc/self/clear_refs", "5");
}

/// The greatest resident set since, MiB; `None` where the system does not tell.
pub(crate) fn peak_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}
