//! Decoding of escapes: percent-encoding, JSON and source code, HTML.

use crate::view::{Decoded, Escape, Percent};

/// The longest entity between `&` and `;`: `#x0010FFFF`.
const MAX_ENTITY: usize = 10;
/// The longest code point between braces: `\u{10FFFF}`.
const MAX_BRACED: usize = 6;
/// The most backslashes of one escape: JSON in JSON, six times.
const MAX_BACKSLASHES: usize = 64;
/// The first value of an encoded byte that is not ASCII: a part of a character, or a character of Latin-1.
const BYTE: u32 = 0x11_0000;

/// A backslash that was escaped by another one, and so starts no escape.
const LITERAL_BACKSLASH: u32 = BYTE + b'\\' as u32;

/// Named entities: ASCII punctuation, spaces, Estonian letters.
const ENTITIES: [(&str, char); 58] = [
    ("amp", '&'),
    ("apos", '\''),
    ("ast", '*'),
    ("bsol", '\\'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dash", '-'),
    ("dollar", '$'),
    ("emsp", ' '),
    ("ensp", ' '),
    ("equals", '='),
    ("euro", '€'),
    ("excl", '!'),
    ("grave", '`'),
    ("gt", '>'),
    ("hyphen", '-'),
    ("lbrace", '{'),
    ("lbrack", '['),
    ("lcub", '{'),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lsqb", '['),
    ("lt", '<'),
    ("mdash", '-'),
    ("minus", '-'),
    ("nbsp", ' '),
    ("ndash", '-'),
    ("NewLine", '\n'),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("quest", '?'),
    ("quot", '"'),
    ("rbrace", '}'),
    ("rbrack", ']'),
    ("rcub", '}'),
    ("rpar", ')'),
    ("rsqb", ']'),
    ("semi", ';'),
    ("sol", '/'),
    ("Tab", '\t'),
    ("thinsp", ' '),
    ("verbar", '|'),
    ("vert", '|'),
    ("auml", 'ä'),
    ("Auml", 'Ä'),
    ("otilde", 'õ'),
    ("Otilde", 'Õ'),
    ("ouml", 'ö'),
    ("Ouml", 'Ö'),
    ("scaron", 'š'),
    ("Scaron", 'Š'),
    ("uuml", 'ü'),
    ("Uuml", 'Ü'),
    ("zcaron", 'ž'),
    ("Zcaron", 'Ž'),
];

/// Decodes `source`. Returns `None` if nothing changes.
pub(super) fn decode(source: &str, percent: Percent) -> Option<Decoded> {
    if !source.chars().any(|c| matches!(c, '%' | '\\' | '&') || fold(c) != c) {
        return None;
    }
    let mut stack = Stack { units: Vec::with_capacity(source.len()), percent, is_ambiguous: false };
    for (start, c) in source.char_indices() {
        stack.push(Unit { value: u32::from(fold(c)), start });
    }
    let decoded = stack.finish(source);
    (!decoded.escapes.is_empty()).then_some(decoded)
}

/// Returns the ASCII character of a space, a dash or a full-width character, or `c` itself.
fn fold(c: char) -> char {
    match c {
        '\0'..='\u{9F}' => c,
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ if c.is_whitespace() => ' ',
        _ => c,
    }
}

/// A character, or an encoded byte from [`BYTE`] on, and the offset of its spelling in the source.
#[derive(Clone, Copy)]
struct Unit {
    value: u32,
    start: usize,
}

impl Unit {
    fn is(self, c: char) -> bool {
        self.value == u32::from(c)
    }

    fn ascii(self) -> Option<u8> {
        u8::try_from(self.value).ok().filter(u8::is_ascii)
    }

    fn byte(self) -> Option<u8> {
        self.value.checked_sub(BYTE).and_then(|byte| u8::try_from(byte).ok())
    }
}

/// The decoded characters so far.
struct Stack {
    units: Vec<Unit>,
    percent: Percent,
    is_ambiguous: bool,
}

impl Stack {
    /// Adds a character. If it completes an escape, the escape is replaced by the character that it means.
    fn push(&mut self, unit: Unit) {
        let mut next = Some(unit);
        while let Some(unit) = next {
            self.units.push(unit);
            next = self.complete(unit);
        }
    }

    /// Removes the escape that `last` completes, and returns what it means.
    fn complete(&mut self, last: Unit) -> Option<Unit> {
        let (length, value) = match last.ascii() {
            None => self.utf8(last)?,
            Some(b';') => self.entity()?,
            Some(b'}') => self.braced()?,
            // `\/`
            Some(b'/') if self.last(2)?.first()?.is('\\') => (2, u32::from(b'/')),
            Some(c) if c.is_ascii_hexdigit() => self.hexadecimal()?,
            Some(_) => return None,
        };
        let mut from = self.units.len().checked_sub(length)?;
        let mut value = value;
        if self.units[from].is('\\') {
            // JSON in JSON doubles its backslashes, and so do escaped backslashes before the escape: `\\\u0040` is `\@`.
            let backslashes =
                1 + self.units[..from].iter().rev().take(MAX_BACKSLASHES - 1).take_while(|unit| unit.is('\\')).count();
            from -= (1 << backslashes.trailing_zeros()) - 1;
            if value == u32::from(b'\\') {
                value = LITERAL_BACKSLASH;
            }
        }
        let start = self.units[from].start;
        self.units.truncate(from);
        Some(Unit { value, start })
    }

    /// Returns the last `count` units.
    fn last(&self, count: usize) -> Option<&[Unit]> {
        self.units.len().checked_sub(count).map(|from| &self.units[from..])
    }

    /// `%40`, `\x40` or `\u0040`: the length of the escape that a digit completes, and its value.
    fn hexadecimal(&mut self) -> Option<(usize, u32)> {
        let byte = |value: u32| if value < 0x80 { value } else { BYTE + value };
        if let Some([percent, digits @ ..]) = self.last(3)
            && percent.is('%')
        {
            let value = number(digits, 16)?;
            let is_ambiguous = matches!(value >> 4, 1 | 3..=8) && number(digits, 10).is_some();
            self.is_ambiguous |= is_ambiguous;
            return (!is_ambiguous || self.percent == Percent::Escape).then_some((3, byte(value)));
        }
        if let Some([backslash, x, digits @ ..]) = self.last(4)
            && backslash.is('\\')
            && x.is('x')
        {
            return Some((4, byte(number(digits, 16)?)));
        }
        let [backslash, u, digits @ ..] = self.last(6)? else { return None };
        (backslash.is('\\') && u.is('u')).then(|| number(digits, 16).map(|value| (6, character(value))))?
    }

    /// `\u{40}`.
    fn braced(&self) -> Option<(usize, u32)> {
        let digits = self.units.iter().rev().skip(1).take(MAX_BRACED + 1).position(|unit| unit.is('{'))?;
        let [backslash, u, _, digits @ .., _] = self.last(digits + 4)? else { return None };
        (backslash.is('\\') && u.is('u'))
            .then(|| number(digits, 16).map(|value| (digits.len() + 4, character(value))))?
    }

    /// `&#64;`, `&#x40;` or `&commat;`.
    fn entity(&self) -> Option<(usize, u32)> {
        let length = self.units.iter().rev().skip(1).take(MAX_ENTITY + 1).position(|unit| unit.is('&'))?;
        let [_, name @ .., _] = self.last(length + 2)? else { return None };
        let value = match name {
            [hash, x, digits @ ..] if hash.is('#') && (x.is('x') || x.is('X')) => number(digits, 16)?,
            [hash, digits @ ..] if hash.is('#') => number(digits, 10)?,
            _ => {
                let is_name = |entity: &str| entity.bytes().map(Some).eq(name.iter().map(|unit| unit.ascii()));
                u32::from(ENTITIES.iter().find(|(entity, _)| is_name(entity))?.1)
            }
        };
        char::from_u32(value).map(|c| (length + 2, u32::from(fold(c))))
    }

    /// Returns the length in bytes of the UTF-8 character that the encoded byte `last` completes, and its value.
    fn utf8(&self, last: Unit) -> Option<(usize, u32)> {
        last.byte()?;
        (2..=4).find_map(|length| {
            let bytes: Vec<u8> = self.last(length)?.iter().map(|unit| unit.byte()).collect::<Option<_>>()?;
            let mut chars = std::str::from_utf8(&bytes).ok()?.chars();
            chars.next().filter(|_| chars.next().is_none()).map(|c| (length, u32::from(fold(c))))
        })
    }

    /// Returns the text of all characters. Encoded bytes that are left are Latin-1.
    fn finish(self, source: &str) -> Decoded {
        let mut text = String::with_capacity(source.len());
        let mut escapes = Vec::new();
        let ends = self.units.iter().skip(1).map(|unit| unit.start).chain([source.len()]);
        for (unit, end) in self.units.iter().zip(ends) {
            let value = unit.byte().map_or(unit.value, u32::from);
            let c = char::from_u32(value).map_or(char::REPLACEMENT_CHARACTER, fold);
            let from = text.len();
            text.push(c);
            if !source[unit.start..end].bytes().eq(text[from..].bytes()) {
                escapes.push(Escape { text: from..text.len(), source: unit.start..end });
            }
        }
        Decoded { text, escapes, is_ambiguous: self.is_ambiguous }
    }
}

/// Returns the number with these digits, or `None` if there is another character, no digit, or too large a number.
fn number(digits: &[Unit], radix: u32) -> Option<u32> {
    let mut number: Option<u32> = None;
    for unit in digits {
        let digit = char::from(unit.ascii()?).to_digit(radix)?;
        number = Some(number.unwrap_or_default().checked_mul(radix)?.checked_add(digit)?);
    }
    number
}

/// Returns the folded character of a code point. Surrogates, which come in pairs, are no character of personal data.
fn character(value: u32) -> u32 {
    u32::from(char::from_u32(value).map_or(char::REPLACEMENT_CHARACTER, fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(source: &str) -> String {
        decode(source, Percent::Escape).map_or_else(|| source.to_owned(), |decoded| decoded.text)
    }

    #[test]
    fn each_spelling_is_decoded() {
        let spellings = [
            "%40",
            "%2540",
            "%252540",
            r"\u0040",
            r"\\u0040",
            r"\\\\u0040",
            r"\x40",
            r"\u{40}",
            r"\u{000040}",
            "&#64;",
            "&#064;",
            "&#x40;",
            "&#X0040;",
            "&commat;",
            "&amp;#64;",
            "&amp;commat;",
            "%26%2364%3B",
            "%5Cu0040",
            r"\u002540",
            "&#37;40",
            "%26commat&semi;",
            "＠",
            "\\u00\u{FF14}0",
        ];
        for spelling in spellings {
            assert_eq!(decoded(&format!("a{spelling}b")), "a@b", "{spelling}");
        }
    }

    #[test]
    fn letters_spaces_and_dashes_are_decoded_and_folded() {
        for (source, text) in [
            ("%C3%B5 %F5 &otilde; \\u00f5 \\xc3\\xb5 \\xf5 &#245;", "õ õ õ õ õ õ õ"),
            ("5%C2%A05%E2%80%935&nbsp;5\u{202F}5\u{2011}5", "5 5-5 5 5-5"),
            (r"a\nb\\nc\td\/e\\/f", r"a\nb\\nc\td/e/f"),
            (r"\\\u0040 \\\\\\u0040 \u005cu0040", r"\\@ \\\\@ \u0040"),
            (r"\ud83d\ude00", "\u{FFFD}\u{FFFD}"),
            ("%E2%82%AC%F0%9F%98%80%E2%82", "€😀â\u{82}"),
        ] {
            assert_eq!(decoded(source), text, "{source}");
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "",
            "%",
            "%4",
            "%4g",
            "100 % of 5",
            r#"\"a\" \\ \'b\'"#,
            r"\u004",
            r"C:\Users",
            "&;",
            "&#;",
            "&#x;",
            "a && b;",
            "&unknown;",
            "&#1114112;",
            "&#99999999999;",
            r"\u{}",
            r"\u{1234567}",
            "{40}",
            "õ€😀",
        ] {
            assert!(decode(text, Percent::Escape).is_none(), "{text}");
        }
    }
}
