//! What the machine says about this process.

/// Memory of this process \[byte\].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Held now.
    pub now: u64,
    /// The most it has held.
    pub peak: u64,
}

impl Memory {
    /// As the system says in `/proc/self/status`; none where there is no such file.
    #[must_use]
    pub fn now() -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let kilobytes = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        Some(Self { now: kilobytes("VmRSS:")? * 1_024, peak: kilobytes("VmHWM:")? * 1_024 })
    }
}

/// Cores that this process may use.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
