//! IP addresses. Patterns find candidates, and [`std::net`] validates them.

use std::net::Ipv6Addr;

use regex_lite::{Error, Regex};

use crate::{
    rule::Rule,
    span::{Span, is_free_after, is_free_before},
    view::View,
};

const MARKER: &str = "[ip]";

/// Finds IP addresses.
pub(crate) struct Addresses {
    /// A run of characters that may contain an IPv6 address.
    v6_run: Regex,
    /// The zone (interface) after an IPv6 address.
    zone: Regex,
    /// Numbers separated by dots.
    v4_run: Regex,
    /// The port after an address.
    port: Regex,
}

impl Addresses {
    pub(crate) fn compile() -> Result<Self, Error> {
        Ok(Self {
            v6_run: Regex::new(r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")?,
            zone: Regex::new(r"^%[A-Za-z][A-Za-z0-9._-]*")?,
            v4_run: Regex::new(r"[0-9]+(?:\.[0-9]+)+")?,
            port: Regex::new(r"^:[0-9]{1,5}\b")?,
        })
    }

    fn find_v6(&self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        if text.bytes().filter(|&b| b == b':').count() < 2 {
            return spans;
        }
        for run in self.v6_run.find_iter(text).filter(|run| run.as_str().matches(':').count() >= 2) {
            if let Some((start, end)) = v6_within(text, run.start(), run.end()) {
                let zone = self.zone.find(&text[end..]).map_or(0, |zone| zone.end());
                spans.push(self.with_brackets(text, start, end + zone));
            }
        }
        spans
    }

    /// Returns the span of an IPv6 address, including brackets around it and the port after them.
    fn with_brackets(&self, text: &str, start: usize, end: usize) -> Span {
        let (mut range, marker) = (start..end, MARKER);
        if text[..start].ends_with('[') && text[end..].starts_with(']') {
            range = start - 1..end + 1;
            range.end += self.port.find(&text[range.end..]).map_or(0, |port| port.end());
        }
        Span { range, marker }
    }

    fn find_v4(&self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        if text.bytes().filter(|&b| b == b'.').count() < 3 {
            return spans;
        }
        for run in self.v4_run.find_iter(text) {
            if is_v4(run.as_str()) && !is_version(&text[..run.start()]) {
                let port = self.port.find(&text[run.end()..]).map_or(0, |port| port.end());
                spans.push(Span { range: run.start()..run.end() + port, marker: MARKER });
            }
        }
        spans
    }
}

impl Rule for Addresses {
    fn find(&self, view: &View<'_>) -> Vec<Span> {
        let text = view.text();
        let mut spans = self.find_v6(text);
        // An IPv4 address inside an IPv6 address is masked with it.
        let v4 = self.find_v4(text);
        let is_separate = |span: &Span| !spans.iter().any(|v6| overlap(v6, span));
        let v4: Vec<Span> = v4.into_iter().filter(is_separate).collect();
        spans.extend(v4);
        spans
    }
}

fn overlap(one: &Span, other: &Span) -> bool {
    one.range.start < other.range.end && other.range.start < one.range.end
}

/// Returns the IPv6 address between `start` and `end`. One more group may precede it and one may follow it: a name or a
/// port, separated by a colon too.
fn v6_within(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let run = &text[start..end];
    let run_start = start + usize::from(run.starts_with(':') && !run.starts_with("::"));
    let run = run.trim_end_matches('.');
    let run_end = start + run.len() - usize::from(run.ends_with(':') && !run.ends_with("::"));
    let run = text.get(run_start..run_end)?;
    let later = run.find(':').map_or(run_end, |colon| run_start + colon + 1);
    let earlier = run.rfind(':').map_or(run_start, |colon| run_start + colon);
    let candidates = [(run_start, run_end), (run_start, earlier), (later, run_end), (later, earlier)];
    candidates.into_iter().find(|&(start, end)| {
        let candidate = text.get(start..end).unwrap_or_default();
        // `::` alone is not personal data, and letters around it make it a path in code, as in `std::add`.
        candidate.bytes().any(|b| b.is_ascii_hexdigit())
            && is_free_before(text, start)
            && is_free_after(text, end)
            && candidate.parse::<Ipv6Addr>().is_ok()
    })
}

/// Returns true if `text` is four numbers of one byte. Unlike `std`, it permits leading zeros.
fn is_v4(text: &str) -> bool {
    text.split('.').count() == 4 && text.split('.').all(|part| part.len() <= 3 && part.parse::<u8>().is_ok())
}

/// Returns true if `before` ends with the `v` of a version number.
fn is_version(before: &str) -> bool {
    let rest = before.strip_suffix(['v', 'V']);
    rest.is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
}
