//! One line of the access log, in the format `centops` of the sample configuration.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;

/// The version of the format that this agent reads.
const VERSION: u64 = 1;

/// A line. All values are texts as nginx wrote them: a number, `-`, empty, or a list.
#[derive(Debug, Deserialize)]
pub struct Line<'a> {
    v: u64,
    #[serde(borrow)]
    at: Cow<'a, str>,
    /// The value of the header that names the chatbot.
    #[serde(borrow)]
    pub to: Cow<'a, str>,
    /// `1` if the header's value has a route.
    #[serde(borrow)]
    pub hit: Cow<'a, str>,
    /// The status that the sender got.
    #[serde(borrow, rename = "s")]
    pub status: Cow<'a, str>,
    #[serde(borrow)]
    us: Cow<'a, str>,
    #[serde(borrow)]
    ua: Cow<'a, str>,
    #[serde(borrow)]
    urt: Cow<'a, str>,
    #[serde(borrow)]
    uht: Cow<'a, str>,
    #[serde(borrow, default)]
    len: Cow<'a, str>,
    #[serde(borrow, default)]
    cl: Cow<'a, str>,
    /// The request's method. Optional: older configurations do not write it.
    #[serde(borrow, default, rename = "m")]
    pub method: Cow<'a, str>,
}

/// A line that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It is no JSON, or a field is missing.
    #[error("the line is not in the format centops")]
    Malformed,
    /// It has another version of the format.
    #[error("the line has version {0} of the format; this agent reads version 1")]
    Version(u64),
}

/// One try of a request: nginx may try several addresses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempt {
    /// The chatbot's status, or 502 or 504 if nginx got none.
    pub status: Option<u16>,
    /// The time until the response's header. `None` if there was no header.
    pub header_time: Option<f64>,
    /// The time of the whole try, in seconds.
    pub response_time: Option<f64>,
    /// The length of the response's body, in bytes.
    pub length: Option<u64>,
}

impl<'a> Line<'a> {
    /// Parses a line.
    ///
    /// # Errors
    /// Returns an error if the line has another format.
    pub fn parse(text: &'a str) -> Result<Self, LineError> {
        let line: Self = serde_json::from_str(text).map_err(|_| LineError::Malformed)?;
        if line.v == VERSION { Ok(line) } else { Err(LineError::Version(line.v)) }
    }

    /// Returns the time of the line: `$msec`, seconds with milliseconds.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        let (seconds, milliseconds) = self.at.split_once('.')?;
        let (seconds, milliseconds): (i64, i64) = (seconds.parse().ok()?, milliseconds.parse().ok()?);
        Timestamp::from_millisecond(seconds.checked_mul(1000)?.checked_add(milliseconds)?).ok()
    }

    /// Returns whether nginx had an address to connect to.
    #[must_use]
    pub fn has_address(&self) -> bool {
        !matches!(&*self.ua, "" | "-")
    }

    /// Returns the tries, the last one last. Empty if there was no upstream.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        if self.us.is_empty() {
            return Vec::new();
        }
        let (times, headers, lengths) = (values(&self.urt), values(&self.uht), values(&self.len));
        let attempt = |(index, status): (usize, &str)| Attempt {
            status: status.parse().ok(),
            header_time: headers.get(index).and_then(|value| value.parse().ok()),
            response_time: times.get(index).and_then(|value| value.parse().ok()),
            length: lengths.get(index).and_then(|value| value.parse().ok()),
        };
        values(&self.us).into_iter().enumerate().map(attempt).collect()
    }

    /// Returns the chatbot's `Content-Length`, of the last try.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        values(&self.cl).last().and_then(|value| value.parse().ok())
    }
}

/// Splits a list: tries are separated by `, `, and groups after an internal redirect by ` : `.
fn values(text: &str) -> Vec<&str> {
    text.split(" : ").flat_map(|group| group.split(',')).map(str::trim).collect()
}
