//! Phone numbers: which digits, in which groups, are one.

pub(crate) const MARKER: &str = "[phone]";

/// What an Estonian number begins with abroad.
const ESTONIA: &str = "372";

/// How people write Estonian numbers of seven and eight digits. Other groups are dates and sums.
const GROUPS: [&[usize]; 15] = [
    &[7],
    &[3, 4],
    &[4, 3],
    &[3, 2, 2],
    &[2, 2, 3],
    &[2, 3, 2],
    &[1, 3, 3],
    &[8],
    &[4, 4],
    &[4, 2, 2],
    &[2, 3, 3],
    &[2, 2, 2, 2],
    &[3, 3, 2],
    &[3, 5],
    &[5, 3],
];

/// Whether `digits` after a plus, in so many groups, are a number. It has up to 15 digits; Estonia's are
/// fewer, so that a further group is of something else.
pub(crate) fn is_international(digits: &str, groups: usize) -> bool {
    match digits.strip_prefix(ESTONIA) {
        Some(national) if groups > 1 => (7..=8).contains(&national.len()),
        _ => (7..=15).contains(&digits.len()) && !digits.starts_with('0'),
    }
}

/// Whether `digits` are an Estonian number with its country, without a plus.
pub(crate) fn is_estonian_abroad(digits: &str) -> bool {
    match digits.strip_prefix("00") {
        Some(digits) => digits.strip_prefix(ESTONIA).is_some_and(|national| (7..=8).contains(&national.len())),
        None => digits.strip_prefix(ESTONIA).is_some_and(is_assigned),
    }
}

/// Whether `digits`, in groups of these lengths, are an Estonian number without its country.
pub(crate) fn is_national(digits: &str, groups: &[usize]) -> bool {
    GROUPS.contains(&groups) && is_assigned(digits)
}

/// Whether Estonia's numbering plan has such numbers: mobile, then those of places.
fn is_assigned(national: &str) -> bool {
    let begins = |first: &[u8], second: &[u8]| match national.as_bytes() {
        [one, two, ..] => first.contains(one) && second.contains(two),
        _ => false,
    };
    let any = b"0123456789";
    match national.len() {
        8 => begins(b"5", any) || begins(b"8", b"1234"),
        7 => {
            begins(b"56", any)
                || begins(b"3", b"23589")
                || begins(b"4", b"345678")
                || begins(b"7", b"123456789")
                || begins(b"8", b"8")
        }
        _ => false,
    }
}
