//! Message authentication codes: HMAC-SHA256 (RFC 2104), compared in constant time.

use aws_lc_rs::hmac;

/// Secrets of which any makes a valid code: two while one is rotated.
#[derive(Clone, Default)]
pub struct Keys(Vec<hmac::Key>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Keys {
    /// Returns the keys with these bytes, the newest first.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(secrets.into_iter().map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret)).collect())
    }

    /// Returns each key alone.
    pub fn each(&self) -> impl Iterator<Item = Self> {
        self.0.iter().map(|key| Self(vec![key.clone()]))
    }

    /// Returns the code of `content` by the newest key; none without a key.
    pub fn sign(&self, content: &[u8]) -> Option<Vec<u8>> {
        self.0.first().map(|key| hmac::sign(key, content).as_ref().to_vec())
    }

    /// Returns whether `code` is the code of `content` by one of the keys.
    pub fn verify(&self, content: &[u8], code: &[u8]) -> bool {
        // Each key is tried: which one it was does not show in the time.
        self.0.iter().fold(false, |found, key| hmac::verify(key, content, code).is_ok() | found)
    }
}

/// Returns the bytes of `text`, which has two hexadecimal digits in lower case for each.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| if let [high, low] = pair { Some(digit(*high)? << 4 | digit(*low)?) } else { None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_of_either_key_is_valid_and_the_newest_signs() {
        let [old, new] = [b"old".as_slice(), b"new"];
        let both = Keys::new([new, old]);
        for signer in [Keys::new([old]), Keys::new([new])] {
            let code = signer.sign(b"content").expect("a key");
            assert!(both.verify(b"content", &code));
            assert!(!both.verify(b"contents", &code));
        }
        assert_eq!(both.sign(b"content"), Keys::new([new]).sign(b"content"));
        assert!(!Keys::default().verify(b"content", &both.sign(b"content").expect("a key")));
    }

    #[test]
    fn hexadecimal_has_one_spelling() {
        assert_eq!(from_hex("00ff7a"), Some(vec![0, 255, 122]));
        for bad in ["0", "0g", "FF", "é0", " 0"] {
            assert_eq!(from_hex(bad), None, "{bad}");
        }
    }
}
