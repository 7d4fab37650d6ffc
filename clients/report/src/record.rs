//! One record of the spool: a batch with its idempotency key and the read position of its source.
//!
//! Format: a line with the format's name and version; a line of JSON with the header; the request body; the SHA-256 of
//! all bytes before it.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const FORMAT: &[u8] = b"centops-report 1\n";

/// A batch in the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The number of the record. It grows by one with each record, over restarts.
    pub sequence: u64,
    /// The idempotency key.
    pub key: String,
    /// The time at which the batch was stored.
    pub created_at: Timestamp,
    /// The number of entries in the batch.
    pub count: u64,
    /// The read position of the source after the batch.
    pub source: Option<Value>,
    /// The time of the first request that may have reached CentOps.
    pub sent_at: Option<Timestamp>,
    /// The body of the request. It never changes: a key stands for one body.
    pub body: Arc<[u8]>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    sequence: u64,
    key: String,
    created_at: Timestamp,
    count: u64,
    source: Option<Value>,
}

impl Record {
    /// Returns the bytes of the record. `sent_at` is not among them: the file's name has it.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let header = Header {
            sequence: self.sequence,
            key: self.key.clone(),
            created_at: self.created_at,
            count: self.count,
            source: self.source.clone(),
        };
        let mut bytes = FORMAT.to_vec();
        serde_json::to_writer(&mut bytes, &header)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        seal(&mut bytes);
        Ok(bytes)
    }

    /// Parses a record, or returns `None` if a byte is missing or changed.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let content = unseal(bytes)?.strip_prefix(FORMAT)?;
        let end = content.iter().position(|byte| *byte == b'\n')?;
        let (header, body) = (content.get(..end)?, content.get(end + 1..)?);
        let Header { sequence, key, created_at, count, source } = serde_json::from_slice(header).ok()?;
        Some(Self { sequence, key, created_at, count, source, sent_at: None, body: body.into() })
    }
}

/// Appends the checksum of `bytes`.
pub(crate) fn seal(bytes: &mut Vec<u8>) {
    let checksum = digest(&SHA256, bytes);
    bytes.extend_from_slice(checksum.as_ref());
}

/// Returns the content before the checksum, or `None` if the checksum does not match.
pub(crate) fn unseal(bytes: &[u8]) -> Option<&[u8]> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(SHA256_OUTPUT_LEN)?)?;
    (digest(&SHA256, content).as_ref() == checksum).then_some(content)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn record_is_read_as_written_and_refused_after_any_change(
            body in proptest::collection::vec(any::<u8>(), 0..200), position in any::<u64>(),
            index in any::<prop::sample::Index>(), bit in 0..8_u8,
        ) {
            let record = Record {
                sequence: 7, key: "key".to_owned(), created_at: Timestamp::UNIX_EPOCH, count: 3,
                source: Some(json!({"offset": position})), sent_at: None, body: body.into(),
            };
            let mut bytes = record.encode().expect("encoded");
            prop_assert_eq!(Record::decode(&bytes), Some(record));
            let index = index.index(bytes.len());
            prop_assert_eq!(Record::decode(&bytes[..index]), None);
            bytes[index] ^= 1 << bit;
            prop_assert_eq!(Record::decode(&bytes), None);
        }
    }
}
