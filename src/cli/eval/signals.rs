//! For `models/fit.py`: what each signal says of the candidates of each question.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use crate::conversation::Assistant;
use crate::knowledge::Question;
use crate::matching;

/// Writes a line for each question.
pub(super) fn write(
    assistant: &Assistant,
    questions: &[Question],
    path: &Path,
) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        ask: &'a str,
        kind: Option<&'a str>,
        in_scope: bool,
        n_terms: usize,
        ceiling: f32,
        background: f32,
        encoder_background: f32,
        /// The best score by words and table alone.
        first_tier: f32,
        /// How much each signal counts for this content.
        weights: Vec<f32>,
        /// Candidates of which one is the passage behind the other.
        twins: Vec<[String; 2]>,
        candidates: Vec<Candidate>,
    }
    #[derive(Serialize)]
    struct Candidate {
        entry: String,
        right: bool,
        signals: Vec<f32>,
    }
    /// Enough to hold nearly every right entry, few enough for a large corpus.
    const CANDIDATES: usize = 1000;
    let mut file = std::io::BufWriter::new(
        fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
    );
    let matcher = assistant.matcher();
    let weights = if matcher.has_second_tier() {
        matcher.weights().beside_encoder()
    } else {
        *matcher.weights()
    };
    for question in questions {
        let ranking = assistant.ranked_deeply(&question.ask, CANDIDATES);
        let entry = |it: &matching::Candidate| &assistant.knowledge().entries()[it.entry];
        let twins = ranking.candidates.iter().map(entry).filter_map(|it| {
            let section = it.section.as_ref()?;
            Some([it.id.to_string(), section.to_string()])
        });
        let candidates = ranking.candidates.iter().map(|it| Candidate {
            entry: entry(it).id.to_string(),
            right: question.expect.iter().any(|id| id == entry(it).id.as_str()),
            signals: signals(it.signals),
        });
        let line = Line {
            ask: &question.ask,
            kind: question.kind.as_deref(),
            in_scope: !question.expect.is_empty(),
            n_terms: ranking.n_terms,
            ceiling: ranking.ceiling,
            background: ranking.background,
            encoder_background: ranking.encoder_background,
            first_tier: ranking.first_tier,
            weights: signals(weights),
            twins: twins.collect(),
            candidates: candidates.collect(),
        };
        serde_json::to_writer(&mut file, &line)?;
        writeln!(file)?;
    }
    file.flush()?;
    Ok(())
}

fn signals(signals: matching::Signals) -> Vec<f32> {
    let encoder = signals.encoder.map(|it| it.named());
    let named = signals.named();
    let all = named.iter().chain(encoder.iter().flatten());
    all.map(|(_, value)| *value).collect()
}
