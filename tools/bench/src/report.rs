//! The figures, their bars, and the printed table.

use std::time::Duration;

use comfy_table::{Cell, CellAlignment, Table};

/// One figure.
#[derive(Debug, Clone)]
pub struct Figure {
    name: String,
    value: f64,
    unit: Unit,
    bar: Option<Bar>,
}

/// The limit of a figure.
#[derive(Debug, Clone, Copy)]
enum Bar {
    AtMost(f64),
    Below(f64),
    AtLeast(f64),
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy)]
pub enum Unit {
    /// Mebibytes.
    MiB,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Bytes.
    Bytes,
    /// A count.
    Count,
    /// A count a second.
    PerSecond,
    /// The quotient of two figures.
    Ratio,
}

impl Figure {
    /// A figure without a bar.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, unit: Unit) -> Self {
        Self { name: name.into(), value, unit, bar: None }
    }

    /// The figure, with a bar that it must not exceed.
    #[must_use]
    pub fn at_most(self, bar: f64) -> Self {
        Self { bar: Some(Bar::AtMost(bar)), ..self }
    }

    /// The figure, with a bar that it must stay below.
    #[must_use]
    pub fn below(self, bar: f64) -> Self {
        Self { bar: Some(Bar::Below(bar)), ..self }
    }

    /// The figure, with a bar that it must reach.
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
            Unit::Seconds => format!("{value:.1} s"),
            Unit::Ms => format!("{value:.2} ms"),
            Unit::Us => format!("{value:.0} µs"),
            Unit::Bytes => format!("{value:.0} B"),
            Unit::Count => format!("{value:.0}"),
            Unit::PerSecond => format!("{value:.0}/s"),
            Unit::Ratio => format!("{value:.2}"),
        }
    }
}

/// Formats the figures as a table.
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

/// Returns one line for each missed bar.
#[must_use]
pub fn missed(figures: &[Figure]) -> Vec<String> {
    let line = |figure: &Figure| {
        let bar = figure.bar_text().filter(|_| figure.missed())?;
        Some(format!("{}: {}, the bar is {bar}", figure.name, figure.text(figure.value)))
    };
    figures.iter().filter_map(line).collect()
}

/// Returns the quantile of `values` at `percent`, which is one of them (nearest rank); zero if there is none.
#[must_use]
pub fn quantile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}

/// `time` in milliseconds.
#[must_use]
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// `time` in microseconds.
#[must_use]
pub fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        for (percent, expected) in [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0)] {
            assert!((quantile(&values, percent) - expected).abs() < f64::EPSILON);
        }
        assert!((quantile(&[7.0], 99) - 7.0).abs() < f64::EPSILON);
        assert!(quantile(&[], 50).abs() < f64::EPSILON);
    }

    #[test]
    fn only_exceeded_bars_are_missed() {
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
