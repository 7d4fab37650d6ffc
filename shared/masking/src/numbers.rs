//! Personal codes and phone numbers. Both are groups of digits, so one search finds both.

use std::ops::Range;

use regex_lite::{Error, Regex};

use crate::{
    personal_code, phone,
    rule::Rule,
    span::{Span, is_free_after, is_free_before},
    view::View,
};

/// The maximum number of groups of a personal code.
const MAX_CODE_GROUPS: usize = 4;
/// The maximum number of groups of a phone number.
const MAX_PHONE_GROUPS: usize = 7;
/// The length of the text before a plus sign in which a version is searched.
const MAX_VERSION: usize = 40;
/// Units that follow a sum, a size or a duration, and never a phone number.
const UNITS: [&str; 11] = ["eur", "euro", "eurot", "usd", "bytes", "byte", "baiti", "ms", "ns", "rows", "rida"];

/// Finds personal codes and phone numbers.
pub(crate) struct Numbers(Regex);

/// Adjacent groups of digits, as byte ranges of the text.
struct Row<'a> {
    text: &'a str,
    groups: Vec<Range<usize>>,
}

impl Numbers {
    pub(crate) fn compile() -> Result<Self, Error> {
        let hex = "[0-9A-Fa-f]";
        let uuid = format!(r"\b{hex}{{8}}-{hex}{{4}}-{hex}{{4}}-{hex}{{4}}-{hex}{{12}}\b");
        let date = r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])";
        let time = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?";
        // A plus sign is an encoded space.
        let row = r"[0-9]+(?:(?:[ ()-]{1,2}|\+)[0-9]+)*";
        // The first matching alternative wins, so ids and times are skipped.
        let pattern = format!(r"{uuid}|\b{date}(?:[T ]{time})?\b|\b{time}\b|({row})");
        Ok(Self(Regex::new(&pattern)?))
    }
}

impl Rule for Numbers {
    fn find(&self, view: &View<'_>) -> Vec<Span> {
        let text = view.text();
        // Phone numbers and personal codes have at least seven digits.
        if text.bytes().filter(u8::is_ascii_digit).count() < 7 {
            return Vec::new();
        }
        let mut spans = Vec::new();
        for row in self.0.captures_iter(text).filter_map(|found| found.get(1)) {
            Row::new(text, row.range()).find(&mut spans);
        }
        spans
    }
}

impl<'a> Row<'a> {
    fn new(text: &'a str, range: Range<usize>) -> Self {
        let mut groups: Vec<Range<usize>> = Vec::new();
        for (index, _) in text[range.clone()].match_indices(|c: char| c.is_ascii_digit()) {
            let index = range.start + index;
            match groups.last_mut() {
                Some(group) if group.end == index => group.end += 1,
                _ => groups.push(index..index + 1),
            }
        }
        Self { text, groups }
    }

    /// Adds the spans to mask. Personal codes have a check digit and so are more certain: they are searched first.
    fn find(&self, spans: &mut Vec<Span>) {
        let mut from = 0;
        let mut phones_from = 0;
        while from < self.groups.len() {
            if let Some((range, groups)) = self.search(from, MAX_CODE_GROUPS, Self::is_code) {
                self.find_phones(phones_from..from, spans);
                spans.push(Span { range, marker: personal_code::MARKER });
                from += groups;
                phones_from = from;
            } else {
                from += 1;
            }
        }
        self.find_phones(phones_from..self.groups.len(), spans);
    }

    /// Adds the phone numbers among these groups.
    fn find_phones(&self, indexes: Range<usize>, spans: &mut Vec<Span>) {
        let mut from = indexes.start;
        while from < indexes.end {
            let max_groups = MAX_PHONE_GROUPS.min(indexes.end - from);
            match self.search(from, max_groups, Self::is_phone) {
                Some((range, groups)) => {
                    let plus = self.plus(range.start);
                    spans.push(Span { range: range.start - plus..range.end, marker: phone::MARKER });
                    from += groups;
                }
                None => from += 1,
            }
        }
    }

    /// Returns the longest sequence of up to `max_groups` groups, starting at group `from`, that `matches` accepts: its
    /// byte range and its number of groups.
    fn search(
        &self,
        from: usize,
        max_groups: usize,
        matches: impl Fn(&Self, &[Range<usize>]) -> bool,
    ) -> Option<(Range<usize>, usize)> {
        let groups = &self.groups[from..(from + max_groups).min(self.groups.len())];
        let count = (1..=groups.len()).rev().find(|&count| matches(self, &groups[..count]))?;
        Some((groups[0].start..groups[count - 1].end, count))
    }

    fn is_code(&self, groups: &[Range<usize>]) -> bool {
        if groups.iter().map(Range::len).sum::<usize>() != personal_code::DIGITS {
            return false;
        }
        let (start, end) = (groups[0].start, groups[groups.len() - 1].end);
        // A code in one group may touch letters. One in several groups may not, because parts of ids look like it.
        let is_separate = groups.len() == 1
            || (is_free_before(self.text, start)
                && is_free_after(self.text, end)
                && groups.windows(2).all(|pair| self.text[pair[0].end..pair[1].start].chars().count() == 1));
        is_separate && personal_code::is_code(&self.digits(groups))
    }

    fn is_phone(&self, groups: &[Range<usize>]) -> bool {
        let total = groups.iter().map(Range::len).sum::<usize>();
        if !(7..=15).contains(&total) {
            return false;
        }
        let (start, end) = (groups[0].start, groups[groups.len() - 1].end);
        let digits = self.digits(groups);
        if self.is_followed_by_decimals(end) || self.is_sum(start, end) || self.is_fraction_of_second(&groups[0]) {
            return false;
        }
        if self.plus(start) > 0 && phone::is_international(&digits, groups.len()) {
            return true;
        }
        if phone::has_country_code(&digits) {
            return is_free_before(self.text, start) || digits.starts_with("00");
        }
        let lengths: Vec<usize> = groups.iter().map(Range::len).collect();
        let is_separate = is_free_before(self.text, start) && is_free_after(self.text, end);
        is_separate && !self.is_decimals(start) && !self.is_build(start) && phone::is_national(&digits, &lengths)
    }

    fn digits(&self, groups: &[Range<usize>]) -> String {
        groups.iter().map(|group| &self.text[group.clone()]).collect()
    }

    /// Returns the length in bytes of the plus sign of an international number that starts at `start`, or zero. After a
    /// letter or digit it is an encoded space or the plus sign of a version, unless an Estonian number follows.
    fn plus(&self, start: usize) -> usize {
        let Some(before) = self.text[..start].strip_suffix('+') else { return 0 };
        let is_sign = is_free_before(before, before.len()) || self.text[start..].starts_with("372");
        usize::from(is_sign)
    }

    /// Returns true if decimals or the next number of a version follow after `end`.
    fn is_followed_by_decimals(&self, end: usize) -> bool {
        let rest = self.text[end..].strip_prefix('.');
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// Returns true if the digits at `start` are decimals or a later number of a version. Domain registries write a point after
    /// the country code (RFC 5733).
    fn is_decimals(&self, start: usize) -> bool {
        let rest = self.text[..start].strip_suffix('.');
        rest.is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()) && !rest.ends_with("+372"))
    }

    /// Returns true if the digits are milli-, micro- or nanoseconds after a comma, as in `09:30:56,123`. Other numbers of
    /// digits there are the next field of a row.
    fn is_fraction_of_second(&self, digits: &Range<usize>) -> bool {
        let before = self.text.as_bytes()[..digits.start].last_chunk();
        matches!(digits.len(), 3 | 6 | 9) && matches!(before, Some([b':', b'0'..=b'9', b'0'..=b'9', b',']))
    }

    /// Returns true if the digits at `start` are the build metadata of a version, as in `1.0.0+5123456`.
    fn is_build(&self, start: usize) -> bool {
        let Some(before) = self.text[..start].strip_suffix('+') else { return false };
        let version =
            before.bytes().rev().take(MAX_VERSION).take_while(|&b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        let version: Vec<u8> = version.collect();
        version.windows(3).any(|part| matches!(part, [b'0'..=b'9', b'.', b'0'..=b'9']))
    }

    /// Returns true if the number is a sum of money, a size or a duration.
    fn is_sum(&self, start: usize, end: usize) -> bool {
        const CURRENCIES: [char; 3] = ['€', '$', '£'];
        let rest = self.text[end..].trim_start_matches(' ');
        // A comma and two digits are cents, if a unit follows.
        let cents = rest.strip_prefix(',').filter(|rest| rest.bytes().take_while(u8::is_ascii_digit).count() == 2);
        let rest = cents.map_or(rest, |rest| rest[2..].trim_start_matches(' '));
        let unit: String = rest.chars().take_while(char::is_ascii_alphabetic).take(8).collect();
        let before = self.text[..start].trim_end_matches(' ');
        // In `12 € 5123456`, the currency belongs to the former number.
        let is_price = before
            .strip_suffix(CURRENCIES)
            .is_some_and(|rest| !rest.trim_end_matches(' ').ends_with(|c: char| c.is_ascii_digit()));
        is_price || rest.starts_with(CURRENCIES) || UNITS.contains(&unit.to_ascii_lowercase().as_str())
    }
}
