//! Limits of the channels.

/// The most characters of a subject. SNS takes fewer than 100, on one line.
pub(crate) const MAX_SUBJECT: usize = 99;
/// The most bytes of the text of a mail. SNS takes 262,144 bytes in all, and an item of the table 400 KB.
pub(crate) const MAX_TEXT: usize = 100_000;
/// The most bytes of the HTML of a mail. Gmail cuts a longer one, with the links at its end.
pub(crate) const MAX_HTML: usize = 100_000;
/// The most bytes of a JSON body: Standard Webhooks advises fewer than 20 KB.
pub(crate) const MAX_JSON: usize = 19_999;
/// The most bytes of an Alertmanager body, which Alertmanager itself does not limit. An item of the table holds 400 KB.
pub(crate) const MAX_ALERTMANAGER: usize = 280_000;
/// The most bytes of a Teams message. Microsoft states 28 KB, and senders have seen 21,000 bytes refused.
pub(crate) const MAX_TEAMS: usize = 20_000;

/// The most bytes of a Slack message. Slack states no limit of all blocks together, and refuses some 13,000 characters
/// (slackapi/bolt-js, issues 2509 and 2867).
pub(crate) const MAX_SLACK: usize = 10_000;

/// Returns what `render` returns for as many of `total` entries as `fits` allows, or for none. A rendering of more
/// entries is larger.
pub(crate) fn largest<T>(total: usize, render: impl Fn(usize) -> T, fits: impl Fn(&T) -> bool) -> T {
    let all = render(total);
    if fits(&all) {
        return all;
    }
    let (mut low, mut high) = (0, total);
    let mut best = render(low);
    while low + 1 < high {
        let middle = usize::midpoint(low, high);
        let rendered = render(middle);
        if fits(&rendered) {
            (low, best) = (middle, rendered);
        } else {
            high = middle;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_equals_a_linear_search() {
        for total in 0..40 {
            for limit in 0..45 {
                let expected = (0..=total).rev().find(|count| *count <= limit).unwrap_or(0);
                assert_eq!(largest(total, |count| count, |count| *count <= limit), expected, "{total} {limit}");
            }
        }
    }
}
