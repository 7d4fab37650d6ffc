//! Prometheus' text format.

use std::fmt::Write;

/// Text in Prometheus' format.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    /// Adds the description of a metric.
    pub fn help(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    /// Adds a value. `name` may have labels.
    pub fn sample(&mut self, name: &str, value: impl std::fmt::Display) {
        self.line(format_args!("{name} {value}"));
    }

    /// Adds a gauge with its description.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.help(name, "gauge", help);
        self.sample(name, value);
    }

    /// Adds a counter with its description.
    pub fn counter(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.help(name, "counter", help);
        self.sample(name, value);
    }

    /// Returns the text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _infallible = writeln!(self.0, "{line}");
    }
}
