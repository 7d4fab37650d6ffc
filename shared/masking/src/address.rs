//! IP addresses. Patterns find candidates; [`std::net`] says which are addresses.

use std::net::Ipv6Addr;

use regex_lite::{Error, Regex};

use crate::span::{Rule, Span, escape_end, is_free_after, is_free_before};

const MARKER: &str = "[ip]";

pub(crate) struct Addresses {
    /// Anything that version 6 may be part of.
    six: Regex,
    /// An interface behind it.
    zone: Regex,
    /// Numbers with dots between them, and what may be a port.
    four: Regex,
    port: Regex,
}

impl Addresses {
    pub(crate) fn compile() -> Result<Self, Error> {
        Ok(Self {
            six: Regex::new(r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")?,
            zone: Regex::new(r"^%[A-Za-z][A-Za-z0-9._-]*")?,
            four: Regex::new(r"[0-9]+(?:\.[0-9]+)+")?,
            port: Regex::new(r"^:[0-9]{1,5}\b")?,
        })
    }

    fn version_six(&self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        if text.bytes().filter(|&b| b == b':').count() < 2 {
            return spans;
        }
        for run in self.six.find_iter(text).filter(|run| run.as_str().matches(':').count() >= 2) {
            let escaped = escape_end(text, run.start()).unwrap_or_default();
            let starts = [run.start(), (run.start() + escaped).min(run.end())];
            if let Some((start, end)) = starts.into_iter().find_map(|start| six_within(text, start, run.end())) {
                let zone = self.zone.find(&text[end..]).map_or(0, |zone| zone.end());
                spans.push(self.in_brackets(text, start, end + zone));
            }
        }
        spans
    }

    /// The span of an address, with the brackets around it and the port behind them.
    fn in_brackets(&self, text: &str, start: usize, end: usize) -> Span {
        let (mut range, marker) = (start..end, MARKER);
        if text[..start].ends_with('[') && text[end..].starts_with(']') {
            range = start - 1..end + 1;
            range.end += self.port.find(&text[range.end..]).map_or(0, |port| port.end());
        }
        Span { range, marker }
    }

    fn version_four(&self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        if text.bytes().filter(|&b| b == b'.').count() < 3 {
            return spans;
        }
        for run in self.four.find_iter(text) {
            let escaped = escape_end(text, run.start()).unwrap_or_default();
            let starts = [run.start(), (run.start() + escaped).min(run.end())];
            let four = starts.into_iter().find(|&start| is_four(&text[start..run.end()]));
            if let Some(start) = four.filter(|&start| !is_version(&text[..start])) {
                let port = self.port.find(&text[run.end()..]).map_or(0, |port| port.end());
                spans.push(Span { range: start..run.end() + port, marker: MARKER });
            }
        }
        spans
    }
}

impl Rule for Addresses {
    fn find(&self, text: &str) -> Vec<Span> {
        let mut spans = self.version_six(text);
        // Those of version 4 within one of version 6 are masked with it.
        let four = self.version_four(text);
        let apart = |span: &Span| !spans.iter().any(|six| overlap(six, span));
        let four: Vec<Span> = four.into_iter().filter(apart).collect();
        spans.extend(four);
        spans.sort_by_key(|span| span.range.start);
        spans
    }
}

fn overlap(one: &Span, other: &Span) -> bool {
    one.range.start < other.range.end && other.range.start < one.range.end
}

/// The address of version 6 from `start` to `end`, with up to one more group before and behind it: a
/// name or a port, set off by the same colon.
fn six_within(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
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
        // `::` alone says nothing of anybody; letters around are a path of code, as in `std::add`.
        candidate.bytes().any(|b| b.is_ascii_hexdigit())
            && is_free_before(text, start)
            && is_free_after(text, end)
            && candidate.parse::<Ipv6Addr>().is_ok()
    })
}

/// Whether `text` is four numbers of a byte each. Leading zeros are permitted here, unlike in `std`.
fn is_four(text: &str) -> bool {
    text.split('.').count() == 4 && text.split('.').all(|part| part.len() <= 3 && part.parse::<u8>().is_ok())
}

/// Whether `before` ends with the `v` of a version.
fn is_version(before: &str) -> bool {
    let rest = before.strip_suffix(['v', 'V']);
    rest.is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
}
