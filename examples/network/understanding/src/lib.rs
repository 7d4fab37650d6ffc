//! Understands sentences in Estonian and English from Rasa's training files.
//!
//! [`training`] reads Rasa 3.1 NLU YAML, [`responses`] reads its responses. [`Vectorizer`] turns a sentence into TF-IDF
//! weights of character n-grams (2–4), so that the cases of Estonian need no stemmer. [`Model`] ranks labels by cosine
//! similarity and decides: understood, in doubt, or unknown. [`Extractor`] finds entities. [`Bot`] is one folder of all
//! that, with both languages.

mod bot;
mod entity;
mod model;
pub mod responses;
pub mod training;
mod vector;

pub use bot::{Bot, Interpretation, Knowledge, Language, LoadError};
pub use entity::{Entity, Extractor};
pub use model::{Decision, Limits, Model, Ranked};
pub use vector::{Vector, Vectorizer};
