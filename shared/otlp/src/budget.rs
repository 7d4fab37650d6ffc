//! The memory of a decoded request. A message of two bytes takes some 200 in memory, so the cap on bytes does not bound
//! it: messages are counted before they are decoded.

/// The most messages of one request, nested ones included: some 50 MB in memory at worst.
pub const MAX_MESSAGES: usize = 250_000;

/// Depth beyond that at which the decoder (100) refuses a request.
const MAX_DEPTH: usize = 200;

#[derive(Clone, Copy)]
enum Kind {
    Request,
    ResourceLogs,
    Attributes,
    ScopeLogs,
    LogRecord,
    KeyValue,
    AnyValue,
    Values,
}

impl Kind {
    fn child(self, field: u64) -> Option<Self> {
        match (self, field) {
            (Self::Request, 1) => Some(Self::ResourceLogs),
            (Self::ResourceLogs, 2) => Some(Self::ScopeLogs),
            (Self::Attributes, 1) | (Self::LogRecord, 6) => Some(Self::KeyValue),
            (Self::ScopeLogs, 2) => Some(Self::LogRecord),
            (Self::LogRecord, 5) | (Self::KeyValue, 2) | (Self::Values, 1) => Some(Self::AnyValue),
            (Self::AnyValue, 5) => Some(Self::Values),
            (Self::ResourceLogs, 1) | (Self::AnyValue, 6) => Some(Self::Attributes),
            _ => None,
        }
    }
}

/// Returns the number of messages in a protobuf request. Malformed bytes end the count: the decoder refuses them.
pub fn count_protobuf(body: &[u8]) -> usize {
    let mut count = 0;
    let mut open = vec![(Kind::Request, body)];
    while let Some((kind, mut rest)) = open.pop() {
        while let Some((field, payload, after)) = next_field(rest) {
            rest = after;
            if let (Some(child), Some(payload)) = (kind.child(field), payload) {
                count += 1;
                if count > MAX_MESSAGES || open.len() >= MAX_DEPTH {
                    return count;
                }
                open.push((kind, rest));
                open.push((child, payload));
                break;
            }
        }
    }
    count
}

type Field<'a> = (u64, Option<&'a [u8]>, &'a [u8]);

/// Splits off the first field: its number, its payload if length-delimited, and the bytes after it.
fn next_field(bytes: &[u8]) -> Option<Field<'_>> {
    let (key, rest) = varint(bytes)?;
    let (payload, after) = match key & 7 {
        0 => (None, varint(rest)?.1),
        1 => (None, rest.get(8..)?),
        2 => {
            let (length, rest) = varint(rest)?;
            let (payload, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            (Some(payload), after)
        }
        5 => (None, rest.get(4..)?),
        _ => return None,
    };
    Some((key >> 3, payload, after))
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let last = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)?;
    let (digits, rest) = bytes.split_at(last + 1);
    Some((digits.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f)), rest))
}

/// Returns the number of objects, lists and nulls in a JSON request: a list can stand for an object in serde.
pub fn count_json(body: &[u8]) -> usize {
    let (mut count, mut in_text, mut escaped) = (0, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' | b'n' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}
