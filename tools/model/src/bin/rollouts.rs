//! Searches all interleavings of a rollout in a small network.

use std::{process::ExitCode, time::Instant};

use centops_domain::rollouts::{ATTEMPTS, Allowed};
use centops_model::rollouts::{
    network::{Chatbot, Enrolled, Network},
    search::{Size, search},
};
use clap::Parser;

/// Searches all interleavings of a rollout to six chatbots in three phases.
#[derive(Clone, Copy, Debug, Parser)]
#[command(name = "rollouts", version)]
struct Options {
    /// The most updates in flight.
    #[arg(long, default_value_t = 2)]
    at_once: u32,
    /// The most updates at risk before the first success.
    #[arg(long, default_value_t = 2)]
    at_risk: u32,
    /// The most attempts of a chatbot.
    #[arg(long, default_value_t = ATTEMPTS)]
    attempts: u8,
}

fn main() -> ExitCode {
    let Options { at_once, at_risk, attempts } = Options::parse();
    let allowed = Allowed { at_once, at_risk, attempts };
    let chatbot = |phase, institution| Chatbot { phase, institution, enrolled: Enrolled::Now, leaves: false };
    // Of each kind of chatbot one: alone in its phase or not, in an institution with others or not, late, leaving.
    let late = Chatbot { enrolled: Enrolled::Later, ..chatbot(1, 1) };
    let leaving = Chatbot { leaves: true, ..chatbot(2, 3) };
    let any = [chatbot(0, 0), chatbot(1, 0), late, chatbot(2, 2), chatbot(2, 2), leaving];
    // Without a success no phase passes: nearly all are in the first.
    let bad = [chatbot(0, 0), chatbot(0, 1), chatbot(0, 2), chatbot(0, 3), chatbot(1, 4), leaving];
    let networks = [("a release that may break chatbots", any, false), ("a release that breaks all", bad, true)];
    let holds = networks.map(|(name, chatbots, breaks_all)| {
        let network = Network { chatbots, allowed, approved_phase: 2, breaks_all };
        is_proved(name, &network)
    });
    if holds.into_iter().all(|holds| holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Searches the states of `network`, and prints what was found. Returns whether every invariant holds.
fn is_proved(name: &str, network: &Network) -> bool {
    let began = Instant::now();
    let progress = |searched, known| eprint!("\r{searched} of {known} states");
    let found = search(network, progress);
    eprintln!();
    match found {
        Ok(Size { states, steps, most_taken }) => {
            let seconds = began.elapsed().as_secs_f64();
            println!(
                "{name}: {states} states, {steps} steps in {seconds:.0} s, at most {most_taken} takers: every invariant holds"
            );
            true
        }
        Err(violation) => {
            println!("{name}: broken: {}", violation.invariant);
            violation.path.iter().for_each(|step| println!("  {step}"));
            false
        }
    }
}
