//! The content hash, by which repeated requests are recognised: OTLP has no idempotency key.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of `sender`, the unpacked `body` and the index of the `part`, in hexadecimal digits. Each field
/// is preceded by its length, so that no two triples run together.
#[must_use]
pub fn content_hash(sender: &str, body: &[u8], part: usize) -> String {
    let mut hasher = Sha256::new();
    for field in [sender.as_bytes(), body] {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    hasher.update((part as u64).to_be_bytes());
    let digits = hasher.finalize();
    digits
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_changes_the_hash() {
        let hash = content_hash("ab", b"c", 0);
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, content_hash("ab", b"c", 0));
        for other in [content_hash("a", b"bc", 0), content_hash("ab", b"c", 1), content_hash("ab", b"d", 0)] {
            assert_ne!(hash, other);
        }
    }
}
