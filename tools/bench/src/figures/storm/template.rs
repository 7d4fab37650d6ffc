//! Values of `template.yaml` that decide how SQS and Lambda deliver messages.

use std::time::Duration;

use crate::error::BenchError;

/// The template of this commit.
const TEMPLATE: &str = include_str!("../../../../../template.yaml");

/// The settings of a queue and of the function that it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueSettings {
    /// The visibility timeout of the queue.
    pub visibility: Duration,
    /// The most messages of one invocation.
    pub batch_size: usize,
    /// The most invocations at once.
    pub concurrency: usize,
}

impl QueueSettings {
    /// Reads the settings of the queue with this logical id.
    ///
    /// # Errors
    /// [`BenchError::Template`] when the template does not have one of them.
    pub fn read(queue: &str) -> Result<Self, BenchError> {
        Self::parse(TEMPLATE, queue).ok_or_else(|| BenchError::Template(queue.to_owned()))
    }

    fn parse(template: &str, queue: &str) -> Option<Self> {
        let heading = format!("  {queue}:");
        let lines = template.lines().skip_while(|line| *line != heading).skip(1);
        let mut lines = lines.take_while(|line| line.starts_with("   ") || line.trim().is_empty());
        let visibility = lines.find_map(|line| number(line, "VisibilityTimeout"))?;
        let source = format!("Queue: !GetAtt {queue}.Arn,");
        let source = template.lines().find(|line| line.contains(&source))?;
        let count = |name| usize::try_from(number(source, name)?).ok();
        Some(Self {
            visibility: Duration::from_secs(visibility),
            batch_size: count("BatchSize")?,
            concurrency: count("MaximumConcurrency")?,
        })
    }
}

/// Returns the number after `name: ` in `line`.
fn number(line: &str, name: &str) -> Option<u64> {
    let (_, rest) = line.split_once(&format!("{name}: "))?;
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_from_the_queue_and_its_event_source() {
        let template = "Resources:\n  Other:\n    VisibilityTimeout: 1\n  Events:\n    Properties:\n      \
            VisibilityTimeout: 60\n  Last:\n    VisibilityTimeout: 2\n    \
            Properties: {Queue: !GetAtt Events.Arn, BatchSize: 10, ScalingConfig: {MaximumConcurrency: 50}}\n";
        let expected = QueueSettings { visibility: Duration::from_mins(1), batch_size: 10, concurrency: 50 };
        assert_eq!(QueueSettings::parse(template, "Events"), Some(expected));
        assert_eq!(QueueSettings::parse(template, "Other"), None);
    }

    #[test]
    fn template_has_the_settings_of_all_queues() {
        for queue in ["EventsQueue", "NotificationsQueue", "IncidentsQueue"] {
            assert!(QueueSettings::read(queue).is_ok(), "{queue}");
        }
    }
}
