//! Writes the tables of the stop rule of rollouts, and prints its exact rates of error.

use std::{fs, path::PathBuf, process::ExitCode};

use centops_domain::rollouts::{HORIZON, WHOLE};
use centops_model::rollouts::stop_rule::{Chances, chances, limited_by_risk, restarts, source};
use clap::Parser;

/// The most takers of a release that breaks half of them, and the least share of rollouts that stop by then.
const BAD: (u32, f64) = (30, 0.999);
/// The share of takers that fail by noise, and the most rollouts that it may stop.
const HEALTHY: (f64, f64) = (0.01, 0.001);

/// Writes the tables of the stop rule of rollouts, and prints its exact rates of error.
#[derive(Clone, Debug, Parser)]
#[command(name = "stop-rule", version)]
struct Options {
    /// The file of the tables.
    #[arg(long, default_value = "shared/domain/src/rollouts/stop_rule/table.rs")]
    file: PathBuf,
    /// Fails if the file is not as it would be written.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let Options { file, check } = Options::parse();
    let text = source();
    if fs::read_to_string(&file).ok().as_ref() != Some(&text) {
        if check {
            eprintln!("{} is not up to date: make stop-rule", file.display());
            return ExitCode::FAILURE;
        }
        if let Err(error) = fs::write(&file, text) {
            eprintln!("{} was not written: {error}", file.display());
            return ExitCode::FAILURE;
        }
        println!("{} was written: build again, then the figures are those of the new tables", file.display());
        return ExitCode::SUCCESS;
    }
    report()
}

/// Prints the rates of error. Returns whether they meet the bars.
fn report() -> ExitCode {
    println!("Takers and the failures that stop a rollout:");
    for taken in [3, 6, 13, 22, 34, 49, 65, 83, 101, 121, 1_000, HORIZON] {
        println!("  {taken:>6}: {}", WHOLE.least(taken));
    }
    println!("\nStopped, exactly, of rollouts to {HORIZON} takers that fail independently:");
    println!("  fails   | whole run: stopped, mean takers, 99.9 % within | with blocks");
    for rate in [0.01, 0.015, 0.02, 0.03, 0.05, 0.10, 0.25, 0.50, 0.75, 1.0] {
        let [whole, blocks] = [vec![], restarts()].map(|restarts| chances(rate, HORIZON, &restarts));
        let show = |Chances { stopped, mean, last }| format!("{:>9.5} % {mean:>8.1} {last:>6}", stopped * 100.0);
        println!("  {:>5.1} % | {} | {}", rate * 100.0, show(whole), show(blocks));
    }
    let bad = chances(0.5, BAD.0, &restarts()).stopped;
    let silent = limited_by_risk(0.5, BAD.0);
    let healthy = chances(HEALTHY.0, HORIZON, &restarts()).stopped;
    println!("\nA release that breaks half of its takers, at most {} takers:", BAD.0);
    println!("  by reports: {:.4} % (at least {:.1} %)", bad * 100.0, BAD.1 * 100.0);
    println!(
        "  if no failure is reported, by what is at risk: {:.4} % (at least {:.1} %)",
        silent * 100.0,
        BAD.1 * 100.0
    );
    println!("A release with 1 % noise, stopped: {:.5} % (at most {:.1} %)", healthy * 100.0, HEALTHY.1 * 100.0);
    let holds = bad >= BAD.1 && silent >= BAD.1 && healthy <= HEALTHY.1;
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
