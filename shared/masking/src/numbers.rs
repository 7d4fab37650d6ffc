//! Personal codes and phone numbers: both are digits in groups, so a row of groups is searched for both.

use std::ops::Range;

use regex_lite::{Error, Regex};

use crate::{
    personal_code, phone,
    span::{Rule, Span, escape_end, is_free_after, is_free_before},
};

/// The most groups that a personal code is written in.
const CODE_GROUPS: usize = 4;
/// The most groups of a phone number.
const PHONE_GROUPS: usize = 7;
/// What follows a sum or a size, and never a phone number.
const UNITS: [&str; 11] = ["eur", "euro", "eurot", "usd", "bytes", "byte", "baiti", "ms", "ns", "rows", "rida"];

pub(crate) struct Numbers(Regex);

/// Groups of digits, by their places in the text.
struct Row<'a> {
    text: &'a str,
    groups: Vec<Range<usize>>,
}

impl Numbers {
    pub(crate) fn compile() -> Result<Self, Error> {
        let hex = "[0-9A-Fa-f]";
        let uuid = format!(r"\b{hex}{{8}}-{hex}{{4}}-{hex}{{4}}-{hex}{{4}}-{hex}{{12}}\b");
        let date = r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])";
        let time = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?";
        let row = r"[0-9]+(?:[ \u{A0}\u{202F}\u{2010}\u{2011}\u{2013}()-]{1,2}[0-9]+)*";
        // The first that fits is taken, so ids and times are passed over.
        let pattern = format!(r"{uuid}|\b{date}(?:[T ]{time})?\b|\b{time}\b|({row})");
        Ok(Self(Regex::new(&pattern)?))
    }
}

impl Rule for Numbers {
    fn find(&self, text: &str) -> Vec<Span> {
        // No number that is looked for has fewer digits.
        if text.bytes().filter(u8::is_ascii_digit).count() < 7 {
            return Vec::new();
        }
        let mut spans = Vec::new();
        for row in self.0.captures_iter(text).filter_map(|found| found.get(1)) {
            Row::of(text, row.range()).find(&mut spans);
        }
        spans
    }
}

impl<'a> Row<'a> {
    fn of(text: &'a str, range: Range<usize>) -> Self {
        let mut groups: Vec<Range<usize>> = Vec::new();
        for (place, _) in text[range.clone()].match_indices(|c: char| c.is_ascii_digit()) {
            let place = range.start + place;
            match groups.last_mut() {
                Some(group) if group.end == place => group.end += 1,
                _ => groups.push(place..place + 1),
            }
        }
        Self { text, groups }
    }

    /// Adds what is to be masked. A code is sure by its check digit, so codes are looked for first.
    fn find(&self, spans: &mut Vec<Span>) {
        let mut from = 0;
        let mut phones_from = 0;
        while from < self.groups.len() {
            if let Some((range, groups)) = self.search(from, CODE_GROUPS, Self::is_code) {
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

    fn find_phones(&self, places: Range<usize>, spans: &mut Vec<Span>) {
        let mut from = places.start;
        while from < places.end {
            let most = PHONE_GROUPS.min(places.end - from);
            match self.search(from, most, Self::is_phone) {
                Some((range, groups)) => {
                    let plus = self.plus(range.start);
                    spans.push(Span { range: range.start - plus..range.end, marker: phone::MARKER });
                    from += groups;
                }
                None => from += 1,
            }
        }
    }

    /// The longest that `fits` of up to `most` groups from the place `from`: where it stands, and of how
    /// many groups it is. Behind an escape, as `%20`, also without the escape's digits.
    fn search(
        &self,
        from: usize,
        most: usize,
        fits: impl Fn(&Self, &[Range<usize>]) -> bool,
    ) -> Option<(Range<usize>, usize)> {
        let groups = &self.groups[from..(from + most).min(self.groups.len())];
        let longest = |groups: &[Range<usize>]| {
            (1..=groups.len()).rev().find(|&count| fits(self, &groups[..count])).map(|count| {
                let end = groups[count - 1].end;
                (groups[0].start..end, count)
            })
        };
        longest(groups).or_else(|| {
            let first = groups.first()?;
            let start = first.start + escape_end(self.text, first.start).filter(|&escaped| escaped > 0)?;
            let mut groups = groups.to_vec();
            groups[0].start = start;
            (start < groups[0].end).then(|| longest(&groups)).flatten()
        })
    }

    fn is_code(&self, groups: &[Range<usize>]) -> bool {
        if groups.iter().map(Range::len).sum::<usize>() != personal_code::DIGITS {
            return false;
        }
        let (start, end) = (groups[0].start, groups[groups.len() - 1].end);
        // In one piece it may stand against letters; in several it is too like the parts of an id.
        let apart = groups.len() == 1
            || (is_free_before(self.text, start)
                && is_free_after(self.text, end)
                && groups.windows(2).all(|pair| self.text[pair[0].end..pair[1].start].chars().count() == 1));
        apart && personal_code::is_code(&self.digits(groups))
    }

    fn is_phone(&self, groups: &[Range<usize>]) -> bool {
        let total = groups.iter().map(Range::len).sum::<usize>();
        if !(7..=15).contains(&total) {
            return false;
        }
        let (start, end) = (groups[0].start, groups[groups.len() - 1].end);
        let digits = self.digits(groups);
        if self.goes_on(end) || self.is_sum(start, end) {
            return false;
        }
        let before = &self.text[..start - self.plus(start)];
        let built = self.plus(start) == 1 && before.ends_with(|c: char| c.is_ascii_alphanumeric());
        if self.plus(start) > 0 && phone::is_international(&digits, groups.len()) {
            // What a version was built from comes after a plus too, as in `1.0.0+20261121`.
            return !built || digits.starts_with("372");
        }
        if phone::is_estonian_abroad(&digits) {
            return is_free_before(self.text, start) || digits.starts_with("00");
        }
        let lengths: Vec<usize> = groups.iter().map(Range::len).collect();
        let free = is_free_before(self.text, start) && is_free_after(self.text, end) && !built;
        free && !self.is_fraction(start) && phone::is_national(&digits, &lengths)
    }

    fn digits(&self, groups: &[Range<usize>]) -> String {
        groups.iter().map(|group| &self.text[group.clone()]).collect()
    }

    /// How many bytes the plus right before `start` has, in a URL or not.
    fn plus(&self, start: usize) -> usize {
        let before = &self.text[..start];
        if before.ends_with('+') {
            1
        } else if before.ends_with("%2B") || before.ends_with("%2b") {
            3
        } else {
            0
        }
    }

    /// Whether a number, a time or a version goes on after `end`.
    fn goes_on(&self, end: usize) -> bool {
        let rest = self.text[end..].strip_prefix(['.', ',', ':']);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// Whether what begins at `start` is the end of a number, a time or a version.
    fn is_fraction(&self, start: usize) -> bool {
        let rest = self.text[..start].strip_suffix(['.', ',', ':']);
        rest.is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()))
    }

    /// Whether it is a sum of money or a size.
    fn is_sum(&self, start: usize, end: usize) -> bool {
        let rest = self.text[end..].trim_start_matches([' ', '\u{A0}']);
        let unit: String = rest.chars().take_while(char::is_ascii_alphabetic).take(8).collect();
        rest.starts_with(['€', '$', '£', '%'])
            || UNITS.contains(&unit.to_ascii_lowercase().as_str())
            || self.text[..start].trim_end_matches(' ').ends_with(['€', '$', '£'])
    }
}
