//! Figures as a table, and whether their bars are met.

use comfy_table::{Cell, CellAlignment, Table};

/// One figure.
#[derive(Debug, Clone)]
pub struct Figure {
    name: String,
    value: f64,
    unit: Unit,
    bar: Option<Bar>,
}

/// What a figure is held against.
#[derive(Debug, Clone, Copy)]
enum Bar {
    AtMost(f64),
    Below(f64),
    AtLeast(f64),
}

/// What a figure counts.
#[derive(Debug, Clone, Copy)]
pub enum Unit {
    /// Mebibytes.
    MiB,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Bytes.
    Bytes,
    /// How many.
    Count,
    /// How many in a second.
    PerSecond,
    /// One figure over another.
    Ratio,
}

impl Figure {
    /// A figure for information.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, unit: Unit) -> Self {
        Self { name: name.into(), value, unit, bar: None }
    }

    /// The figure with the most that it may be.
    #[must_use]
    pub fn at_most(self, bar: f64) -> Self {
        Self { bar: Some(Bar::AtMost(bar)), ..self }
    }

    /// The figure with what it must be below.
    #[must_use]
    pub fn below(self, bar: f64) -> Self {
        Self { bar: Some(Bar::Below(bar)), ..self }
    }

    /// The figure with the least that it may be.
    #[must_use]
    pub fn at_least(self, bar: f64) -> Self {
        Self { bar: Some(Bar::AtLeast(bar)), ..self }
    }

    fn missed(&self) -> bool {
        self.bar.is_some_and(|bar| match bar {
            Bar::AtMost(bar) => self.value > bar,
            Bar::Below(bar) => self.value >= bar,
            Bar::AtLeast(bar) => self.value < bar,
        })
    }

    fn bar_text(&self) -> Option<String> {
        Some(match self.bar? {
            Bar::AtMost(bar) => format!("≤ {}", self.text(bar)),
            Bar::Below(bar) => format!("< {}", self.text(bar)),
            Bar::AtLeast(bar) => format!("≥ {}", self.text(bar)),
        })
    }

    fn text(&self, value: f64) -> String {
        match self.unit {
            Unit::MiB => format!("{value:.2} MiB"),
            Unit::Ms => format!("{value:.2} ms"),
            Unit::Us => format!("{value:.0} µs"),
            Unit::Bytes => format!("{value:.0} B"),
            Unit::Count => format!("{value:.0}"),
            Unit::PerSecond => format!("{value:.0}/s"),
            Unit::Ratio => format!("{value:.2}"),
        }
    }
}

/// The figures as a table.
#[must_use]
pub fn table(figures: &[Figure]) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(["figure", "value", "bar", ""]);
    for figure in figures {
        let verdict = match figure.bar {
            None => "",
            Some(_) if figure.missed() => "missed",
            Some(_) => "met",
        };
        let bar = figure.bar_text().unwrap_or_default();
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        table.add_row([Cell::new(&figure.name), right(figure.text(figure.value)), right(bar), Cell::new(verdict)]);
    }
    table.to_string()
}

/// One line for each bar that is missed.
#[must_use]
pub fn missed(figures: &[Figure]) -> Vec<String> {
    let line = |figure: &Figure| {
        let bar = figure.bar_text().filter(|_| figure.missed())?;
        Some(format!("{}: {}, the bar is {bar}", figure.name, figure.text(figure.value)))
    };
    figures.iter().filter_map(line).collect()
}

/// The value below which a share of the values lies: the nearest of them. Zero for none.
#[must_use]
pub fn quantile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        for (percent, expected) in [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0)] {
            assert!((quantile(&values, percent) - expected).abs() < f64::EPSILON);
        }
        assert!((quantile(&[7.0], 99) - 7.0).abs() < f64::EPSILON);
        assert!(quantile(&[], 50).abs() < f64::EPSILON);
    }

    #[test]
    fn only_a_bar_that_is_passed_is_missed() {
        let figures = [
            Figure::new("size", 5.0, Unit::MiB).at_most(6.0),
            Figure::new("cold start", 1.6, Unit::Ratio).at_most(1.5),
            Figure::new("latency", 900.0, Unit::Ms),
        ];
        assert_eq!(missed(&figures), ["cold start: 1.60, the bar is ≤ 1.50"]);
        let table = table(&figures);
        assert!(table.contains("≤ 6.00 MiB") && table.contains("900.00 ms"), "{table}");
    }
}
