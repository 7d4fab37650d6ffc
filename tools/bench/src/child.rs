//! Parts of this program that run as processes of their own, so that their CPU is not counted for another.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A process that serves on an address. Dropping the value kills the process.
#[derive(Debug)]
pub struct ChildServer {
    /// The address that it serves on.
    pub address: SocketAddr,
    /// Its CPU clock.
    pub cpu: CpuClock,
    _process: Child,
}

impl ChildServer {
    /// Starts this program with `arguments`, a subcommand that prints its address first.
    ///
    /// # Errors
    /// When it does not start, or prints something else.
    pub async fn start(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> std::io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.args(arguments).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output = process.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        let line = BufReader::new(output).lines().next_line().await?.unwrap_or_default();
        let unexpected = |_| std::io::Error::other(format!("the process printed `{line}` instead of its address"));
        let address = line.parse().map_err(unexpected)?;
        Ok(Self { address, cpu: CpuClock::new(&process)?, _process: process })
    }
}

/// The CPU clock of a process. It counts all threads, those that ended included.
#[derive(Debug, Clone, Copy)]
pub struct CpuClock(ClockId);

impl CpuClock {
    /// The clock of `process`.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn new(process: &Child) -> std::io::Result<Self> {
        let pid = process.id().and_then(|id| i32::try_from(id).ok()).ok_or(ErrorKind::NotFound)?;
        Ok(Self(clock_getcpuclockid(Pid::from_raw(pid))?))
    }

    /// Returns the CPU time used so far.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn used(self) -> std::io::Result<Duration> {
        Ok(Duration::from(self.0.now()?))
    }
}

/// Returns the largest resident memory of `process` so far, in MiB.
///
/// # Errors
/// When the process has ended.
pub fn peak_memory(process: &Child) -> std::io::Result<f64> {
    peak_memory_of(process.id().ok_or(ErrorKind::NotFound)?)
}

/// Returns the largest resident memory of the process `pid` so far, in MiB.
///
/// # Errors
/// When the process has ended.
pub fn peak_memory_of(pid: u32) -> std::io::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or(ErrorKind::NotFound)?;
    let kib: u32 = line.trim().trim_end_matches(" kB").parse().map_err(std::io::Error::other)?;
    Ok(f64::from(kib) / 1024.0)
}
