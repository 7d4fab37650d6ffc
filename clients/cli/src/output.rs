//! Output: data goes to the standard output only, everything else to the standard error.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::{
    error::CliError,
    table::{self, plain},
};

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people. Columns may change.
    #[default]
    Table,
    /// JSON: a list of what the server said, or one object.
    Json,
    /// The same in YAML.
    Yaml,
    /// Names or ids, one a line.
    Name,
}

/// Writes what commands answer.
#[derive(Clone, Debug)]
pub struct Output {
    /// The form.
    pub format: Format,
    /// The environment, for questions.
    pub environment: String,
    /// Whether words are coloured.
    pub is_coloured: bool,
}

impl Output {
    /// Returns an output. Colours are for terminals only, and `NO_COLOR` (no-color.org) turns them off.
    pub fn new(format: Format, environment: String) -> Self {
        let is_off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { format, environment, is_coloured: stdout().is_terminal() && !is_off }
    }

    /// Returns whether somebody reads the messages.
    #[expect(clippy::unused_self, reason = "a property of the output")]
    pub fn is_attended(&self) -> bool {
        stderr().is_terminal()
    }

    /// Writes a message. A message that cannot be written is lost.
    #[expect(clippy::unused_self, reason = "an output has messages")]
    pub fn message(&self, text: &str) {
        let _ = writeln!(stderr(), "{}", table::visible_lines(text));
    }

    /// Shows how far a command is, on a terminal.
    pub fn progress(&self, text: &str) {
        if self.is_attended() {
            let _ = write!(stderr(), "\r\x1b[K{}", table::visible(text));
        }
    }

    /// Removes what [`Self::progress`] shows.
    pub fn end_progress(&self) {
        if self.is_attended() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }

    /// Writes text as it is.
    #[expect(clippy::unused_self, reason = "an output has text")]
    pub fn bytes(&self, text: &[u8]) -> Result<(), CliError> {
        let mut out = stdout().lock();
        out.write_all(text)?;
        Ok(out.flush()?)
    }

    /// Writes a list. An empty one is `[]` in JSON and YAML, and nothing but a message in the others.
    pub fn list(&self, operation: &str, items: &[Value]) -> Result<(), CliError> {
        match self.format {
            Format::Table if items.is_empty() => {
                self.message("nothing found");
                Ok(())
            }
            Format::Table => self.bytes(table::list(operation, items, self.is_coloured).as_bytes()),
            Format::Name => {
                self.bytes(items.iter().map(|item| table::name(item) + "\n").collect::<String>().as_bytes())
            }
            Format::Json | Format::Yaml => self.structured(&json!(items)),
        }
    }

    /// Writes one object.
    pub fn item(&self, item: &Value) -> Result<(), CliError> {
        match self.format {
            Format::Table => self.bytes(table::fields(item, self.is_coloured).as_bytes()),
            Format::Name => self.bytes((table::name(item) + "\n").as_bytes()),
            Format::Json | Format::Yaml => self.structured(item),
        }
    }

    /// Writes what was done to manifests' objects.
    pub fn actions(&self, rows: &[Value]) -> Result<(), CliError> {
        match self.format {
            Format::Table => self.bytes(rows.iter().map(action_line).collect::<String>().as_bytes()),
            Format::Name => self.bytes(rows.iter().map(|row| label(row) + "\n").collect::<String>().as_bytes()),
            Format::Json | Format::Yaml => self.structured(&json!(rows)),
        }
    }

    /// Writes how files and the server differ.
    pub fn differences(&self, rows: &[Value]) -> Result<(), CliError> {
        if self.format == Format::Table {
            return self.bytes(rows.iter().map(difference_lines).collect::<String>().as_bytes());
        }
        self.actions(rows)
    }

    /// Writes JSON or YAML.
    fn structured(&self, value: &Value) -> Result<(), CliError> {
        let text = if self.format == Format::Yaml {
            serde_saphyr::to_string(value).map_err(|error| CliError::Usage(error.to_string()))?
        } else {
            serde_json::to_string_pretty(value).map_err(std::io::Error::from)? + "\n"
        };
        self.bytes(text.as_bytes())
    }
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn label(row: &Value) -> String {
    format!("{}/{}", text(row, "kind").to_lowercase(), text(row, "name"))
}

fn action_line(row: &Value) -> String {
    format!("{} {}\n", label(row), text(row, "action"))
}

fn difference_lines(row: &Value) -> String {
    let sign = match text(row, "action") {
        "create" => '+',
        "delete" => '-',
        _ => '~',
    };
    let mut lines = format!("{sign} {}\n", label(row));
    for change in row.get("changes").and_then(Value::as_array).into_iter().flatten() {
        let value = |field: &str| change.get(field).filter(|value| !value.is_null()).map(plain);
        let to = table::visible(&value("to").unwrap_or_default());
        let line = match value("from") {
            Some(from) => format!("    {}: {} → {to}\n", text(change, "field"), table::visible(&from)),
            None => format!("    {}: {to}\n", text(change, "field")),
        };
        lines.push_str(&line);
    }
    lines
}
