//! Ranks labels for a sentence, and decides whether the first one is meant.

use std::collections::BTreeMap;

use crate::vector::{Vector, Vectorizer};

/// The share of the nearest example in a score; the rest is that of the label's centroid. Of the combinations tried, it and
/// the weights of [`Vectorizer`] place most training sentences right that were left out of training (971 of 1,080).
const NEAREST: f64 = 0.3;

/// When a sentence is understood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The lowest score of the first label: 0 to 1.
    pub threshold: f64,
    /// The smallest distance between the scores of the first and the second label.
    pub margin: f64,
    /// The lowest score with which a label is offered in a question.
    pub floor: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { threshold: 0.22, margin: 0.05, floor: 0.1 }
    }
}

/// A label with its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The label.
    pub label: String,
    /// The score: 0 to 1.
    pub score: f64,
}

/// What a model makes of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The label is meant.
    Understood(Ranked),
    /// One of these may be meant, at most three, the likeliest first: ask.
    Ambiguous(Vec<Ranked>),
    /// Nothing is similar.
    Unknown,
}

#[derive(Clone, Debug)]
struct Label {
    name: String,
    centroid: Vector,
    examples: Vec<Vector>,
}

/// The vectors of all training sentences, by label.
#[derive(Clone, Debug)]
pub struct Model {
    vectorizer: Vectorizer,
    labels: Vec<Label>,
    limits: Limits,
}

impl Model {
    /// Learns from pairs of a label and a sentence.
    #[must_use]
    pub fn new(sentences: &[(String, String)], limits: Limits) -> Self {
        let vectorizer = Vectorizer::new(sentences.iter().map(|(label, text)| (label.as_str(), text.as_str())));
        let mut examples: BTreeMap<&str, Vec<Vector>> = BTreeMap::new();
        for (label, text) in sentences {
            examples.entry(label).or_default().push(vectorizer.vector(text));
        }
        let labels = examples.into_iter().map(|(name, examples)| Label {
            name: name.to_owned(),
            centroid: Vector::centroid(examples.iter()),
            examples,
        });
        Self { labels: labels.collect(), vectorizer, limits }
    }

    /// Returns all labels, the likeliest first.
    ///
    /// The score combines the similarity to the nearest example and that to the label's centroid, so that one odd example
    /// does not decide alone.
    #[must_use]
    pub fn rank(&self, sentence: &str) -> Vec<Ranked> {
        let vector = self.vectorizer.vector(sentence);
        let score = |label: &Label| {
            let nearest = label.examples.iter().map(|example| vector.cosine(example)).fold(0.0, f64::max);
            NEAREST * nearest + (1.0 - NEAREST) * vector.cosine(&label.centroid)
        };
        let ranked = self.labels.iter().map(|label| Ranked { label: label.name.clone(), score: score(label) });
        let mut ranked: Vec<Ranked> = ranked.collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        ranked
    }

    /// Decides what a sentence means.
    #[must_use]
    pub fn decide(&self, sentence: &str) -> Decision {
        let ranked = self.rank(sentence);
        let Some(first) = ranked.first().filter(|first| first.score >= self.limits.floor) else {
            return Decision::Unknown;
        };
        let second = ranked.get(1).map_or(0.0, |second| second.score);
        if first.score >= self.limits.threshold && first.score - second >= self.limits.margin {
            return Decision::Understood(first.clone());
        }
        Decision::Ambiguous(ranked.into_iter().take(3).filter(|one| one.score >= self.limits.floor).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let sentence = |label: &str, text: &str| (label.to_owned(), text.to_owned());
        let sentences = [sentence("rain", "kas vihma sajab"), sentence("snow", "kas lund sajab")];
        Model::new(&sentences, Limits { threshold: 0.4, margin: 0.05, floor: 0.2 })
    }

    #[test]
    fn clear_sentence_is_understood() {
        assert!(matches!(model().decide("vihma sajab"), Decision::Understood(first) if first.label == "rain"));
    }

    #[test]
    fn sentence_between_two_labels_is_a_question() {
        let Decision::Ambiguous(offered) = model().decide("kas sajab") else { panic!("no question") };
        assert_eq!(offered.len(), 2);
    }

    #[test]
    fn other_words_are_unknown() {
        assert_eq!(model().decide("pannkoogid moosiga"), Decision::Unknown);
        assert_eq!(model().decide(""), Decision::Unknown);
    }
}
