//! Answers: plain text with buttons. Each room escapes all of the text, for all of it may be somebody else's.

/// The most characters of an answer, escaped: Slack refuses a message with some 13,200.
const MAX_TEXT: usize = 12_000;
/// The last line of a text that was cut.
const CUT: &str = "\n…";

/// Who sees an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Whoever asked.
    Private,
    /// Everybody in the channel.
    Channel,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who sees it.
    pub visibility: Visibility,
    /// The text, not escaped.
    pub text: String,
    /// The buttons.
    pub buttons: Vec<Button>,
    /// The link after the text.
    pub link: Option<Link>,
}

/// A link. Both are ours: no room escapes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The words on it.
    pub label: &'static str,
    /// The address.
    pub address: String,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// The word on it.
    pub label: &'static str,
    /// The sealed value ([`crate::button::Seal`]).
    pub value: String,
}

impl Answer {
    /// Returns an answer that only whoever asked sees.
    #[must_use]
    pub fn private(text: impl Into<String>) -> Self {
        Self { visibility: Visibility::Private, text: text.into(), buttons: Vec::new(), link: None }
    }

    /// Returns an answer that everybody in the channel sees.
    #[must_use]
    pub fn in_channel(text: impl Into<String>) -> Self {
        Self { visibility: Visibility::Channel, text: text.into(), buttons: Vec::new(), link: None }
    }

    /// Returns the answer with `buttons`.
    #[must_use]
    pub fn with(self, buttons: Vec<Button>) -> Self {
        Self { buttons, ..self }
    }
}

/// Returns `text` with each character replaced by `escape`, as parts of at most `most` characters each, and of 12,000 in all.
/// No replacement is split. A text that was cut ends with an ellipsis.
pub(crate) fn escaped_parts(text: &str, most: usize, escape: impl Fn(char) -> Option<&'static str>) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut length, mut total) = (0, 0);
    for one in text.chars().filter(|one| !one.is_control() || *one == '\n') {
        let mut buffer = [0; 4];
        let piece: &str = escape(one).unwrap_or_else(|| one.encode_utf8(&mut buffer));
        let count = piece.chars().count();
        if total + count > MAX_TEXT - CUT.chars().count() {
            if length + CUT.chars().count() > most {
                parts.push(String::new());
            }
            if let Some(last) = parts.last_mut() {
                last.push_str(CUT);
            }
            return parts;
        }
        if length + count > most {
            parts.push(String::new());
            length = 0;
        }
        if let Some(last) = parts.last_mut() {
            last.push_str(piece);
        }
        length += count;
        total += count;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escape(one: char) -> Option<&'static str> {
        if one == '&' { Some("&amp;") } else { None }
    }

    proptest! {
        #[test]
        fn parts_have_at_most_so_many_characters_and_are_the_text(text in "[&a-zõ\n]{0,400}", most in 8_usize..100) {
            let parts = escaped_parts(&text, most, escape);
            prop_assert!(parts.iter().all(|part| part.chars().count() <= most));
            prop_assert_eq!(parts.concat(), text.replace('&', "&amp;"));
            prop_assert!(parts.iter().all(|part| part.matches('&').count() == part.matches("&amp;").count()));
        }
    }

    #[test]
    fn long_text_is_cut_within_the_limit_of_a_message() {
        for text in ["&".repeat(50_000), "a".repeat(12_001), "õ\n".repeat(9000)] {
            let parts = escaped_parts(&text, 3000, escape);
            assert!(parts.iter().map(|part| part.chars().count()).sum::<usize>() <= MAX_TEXT);
            assert!(parts.iter().all(|part| part.chars().count() <= 3000));
            assert!(parts.concat().ends_with(CUT));
        }
        assert!(!escaped_parts(&"a".repeat(11_998), 3000, escape).concat().ends_with(CUT));
    }

    #[test]
    fn control_characters_are_left_out() {
        assert_eq!(escaped_parts("a\u{1b}[31m\r\nb\0", 100, escape).concat(), "a[31m\nb");
    }
}
