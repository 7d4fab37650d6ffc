//! Compares the common causes that are found with those that were generated.

use std::{collections::BTreeMap, fmt, ops::Range};

use centops_domain::incidents::{CommonCause, common_causes};

use super::storm::{Storm, StormKind, storm};

/// The lowest precision and recall, in per cent.
pub const MIN_PERCENT: f64 = 95.0;

/// The counts of one kind of storms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Storms.
    pub storms: u64,
    /// Causes that were generated.
    pub generated: u64,
    /// Causes that were found.
    pub found: u64,
    /// Causes that were found and generated.
    pub right: u64,
    /// Storms in which nothing else was found.
    pub clean: u64,
    /// Members of the right causes.
    pub members: u64,
    /// Members of the right causes that failed for the cause.
    pub right_members: u64,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.storms += other.storms;
        self.generated += other.generated;
        self.found += other.found;
        self.right += other.right;
        self.members += other.members;
        self.right_members += other.right_members;
        self.clean += other.clean;
    }

    /// Returns the share of the found causes that are right, in per cent; 100 if none was found.
    #[must_use]
    pub fn precision(&self) -> f64 {
        percent(self.right, self.found)
    }

    /// Returns the share of the storms in which nothing wrong was found, in per cent.
    #[must_use]
    pub fn cleanness(&self) -> f64 {
        percent(self.clean, self.storms)
    }

    /// Returns the share of the generated causes that were found, in per cent; 100 if none was generated.
    #[must_use]
    pub fn recall(&self) -> f64 {
        percent(self.right, self.generated)
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let share = if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 };
    share
}

/// Returns a share as it is shown: a dash if there is nothing of which it is the share.
fn shown(percent: f64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{percent:.1} %") }
}

/// The counts of all kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The counts by kind.
    pub kinds: BTreeMap<StormKind, Counts>,
}

impl Figures {
    /// Returns the sum of all kinds.
    #[must_use]
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.kinds.values().for_each(|counts| total.add(counts));
        total
    }

    /// Returns whether precision and recall are high enough, and storms of independent failures have no cause.
    #[must_use]
    pub fn pass(&self) -> bool {
        let total = self.total();
        let independent = self.kinds.get(&StormKind::Independent).copied().unwrap_or_default();
        [total.precision(), total.recall(), independent.cleanness()].iter().all(|share| *share >= MIN_PERCENT)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "storm                   storms  causes  found  right  precision   recall  only right  members right"
        )?;
        let total = self.total();
        let rows = self.kinds.iter().map(|(kind, counts)| (kind.as_str(), counts));
        for (title, counts) in rows.chain([("all", &total)]) {
            let Counts { storms, generated, found, right, .. } = counts;
            writeln!(
                f,
                "{title:<24}{storms:>6}  {generated:>6}  {found:>5}  {right:>5}  {:>9}  {:>7}  {:>10}  {:>13}",
                shown(counts.precision(), *generated),
                shown(counts.recall(), *generated),
                shown(counts.cleanness(), *storms),
                shown(percent(counts.right_members, counts.members), counts.members)
            )?;
        }
        Ok(())
    }
}

/// Evaluates the storms with these numbers: each eighth is of one kind.
#[must_use]
pub fn evaluate(seed: u64, numbers: Range<u64>) -> Figures {
    let mut figures = Figures::default();
    for number in numbers {
        for (kind, _) in StormKind::ALL.iter().zip(0_u64..).filter(|(_, place)| *place == number % 8) {
            let storm = storm(seed, number, *kind, None);
            let found = common_causes(&storm.openings, &storm.population, &storm.caps, storm.now);
            figures.kinds.entry(*kind).or_default().add(&compare(&storm, &found));
        }
    }
    figures
}

/// Compares the found causes with the generated ones. A cause is right if it, or another that has exactly the same
/// chatbots, was generated.
fn compare(storm: &Storm, found: &[CommonCause]) -> Counts {
    let count = |number: usize| number as u64;
    let mut counts =
        Counts { storms: 1, generated: count(storm.causes.len()), found: count(found.len()), ..Counts::default() };
    for cause in &storm.causes {
        let is_right = |one: &&CommonCause| one.shared == cause.shared || one.also.contains(&cause.shared);
        if let Some(one) = found.iter().find(is_right) {
            counts.right += 1;
            counts.members += count(one.members.len());
            counts.right_members += count(one.members.iter().filter(|member| cause.members.contains(member)).count());
        }
    }
    counts.clean = u64::from(counts.right == counts.found);
    counts
}
