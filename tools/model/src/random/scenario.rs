//! The scenarios of random histories.

/// A scenario. Each shows an effect that is rare in the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scenario {
    Mixed,
    /// Most chatbots fail at once.
    Outage,
    /// One chatbot goes up and down.
    Flapping,
    /// One DMR reports nonsense.
    FaultyDmr,
    /// Observers report regularly, and then some stop.
    Silence,
    /// Steps are minutes or hours apart.
    Slow,
}
