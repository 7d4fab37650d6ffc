//! Crashes: a future that is abandoned after some of its steps.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

/// Runs `future`, and abandons it when it waits for the answer after the first `steps`; none never crashes. Returns none
/// after a crash: what the future had requested may still be carried out.
pub async fn abandoned_after<F: Future + Unpin>(steps: Option<usize>, mut future: F) -> Option<F::Output> {
    let mut left = steps.unwrap_or(usize::MAX);
    poll_fn(|context| match Pin::new(&mut future).poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
