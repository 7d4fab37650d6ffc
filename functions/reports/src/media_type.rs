//! The forms of a report, and their negotiation by `Accept` (RFC 9110, section 12.5.1).

use centops_api::quality::thousandths;
use lambda_http::http::{HeaderMap, header};

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// `application/json`.
    Json,
    /// `text/csv`.
    Csv,
    /// `text/html`.
    Html,
}

impl MediaType {
    /// Every form; of those that a client accepts equally, the first is chosen.
    const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Html];

    /// Returns the form that `Accept` prefers: JSON without the header. None if it accepts none.
    pub(crate) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let members = values.flat_map(|value| value.split(',')).map(str::trim).filter(|member| !member.is_empty());
        let ranges: Vec<_> = members.map(Range::parse).collect();
        if ranges.is_empty() {
            return Some(Self::Json);
        }
        let weighed = Self::ALL.into_iter().rev().map(|form| (form.weight(&ranges), form));
        weighed.filter(|(weight, _)| *weight > 0).max_by_key(|(weight, _)| *weight).map(|(_, form)| form)
    }

    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("application", "json"),
            Self::Csv => ("text", "csv"),
            Self::Html => ("text", "html"),
        }
    }

    /// Returns the weight of the most specific range that the form is in, in thousandths.
    fn weight(self, ranges: &[Range]) -> u16 {
        let specificity = |range: &&Range| range.specificity(self.name());
        let best = ranges.iter().filter(|range| specificity(range).is_some()).max_by_key(specificity);
        best.map_or(0, |range| range.weight)
    }
}

/// A media range with its weight in thousandths.
struct Range {
    kind: String,
    subtype: String,
    weight: u16,
}

impl Range {
    fn parse(member: &str) -> Self {
        let mut parts = member.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let (kind, subtype) = name.split_once('/').unwrap_or((&name, ""));
        let weight = parts.find(|part| part.starts_with("q=") || part.starts_with("Q="));
        // A weight that cannot be read may be a refusal.
        let weight = weight.map_or(1000, |weight| thousandths(weight).unwrap_or(0));
        Self { kind: kind.to_owned(), subtype: subtype.to_owned(), weight }
    }

    /// Returns how specific the range is if a form of the name `(kind, subtype)` is in it.
    fn specificity(&self, (kind, subtype): (&str, &str)) -> Option<u8> {
        match (self.kind.as_str(), self.subtype.as_str()) {
            ("*", "*") => Some(0),
            (own, "*") if own == kind => Some(1),
            (own, exact) if own == kind && exact == subtype => Some(2),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;

    use super::*;

    #[test]
    fn most_specific_range_decides_and_the_highest_weight_wins() {
        use MediaType::{Csv, Html, Json};
        for (accept, expected) in [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("text/csv", Some(Csv)),
            ("TEXT/HTML", Some(Html)),
            ("text/*", Some(Csv)),
            ("text/*, text/csv;q=0.5", Some(Html)),
            ("text/csv;q=0.9, application/json;q=0.1", Some(Csv)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Html)),
            ("application/json;q=0, */*", Some(Csv)),
            ("text/csv; charset=utf-8; q=0.5, text/html; q=0.4", Some(Csv)),
            ("application/pdf", None),
            ("text/csv;q=0", None),
            ("text/csv;q=x", None),
            ("*", None),
        ] {
            let mut headers = HeaderMap::new();
            if !accept.is_empty() {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(MediaType::negotiate(&headers), expected, "{accept}");
        }
    }
}
