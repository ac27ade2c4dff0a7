//! The peer: tantivy in memory, BM25 over the same texts. A word that it lacks is looked up among the terms one
//! edit away.

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{Language, LowerCaser, SimpleTokenizer, Stemmer, TextAnalyzer};
use tantivy::{DocAddress, Index, Score, Searcher, TantivyDocument, Term};

use crate::content::Content;

pub(crate) struct Peer {
    searcher: Searcher,
    analyzer: TextAnalyzer,
    text: Field,
}

impl Peer {
    pub(crate) fn new(content: &Content) -> Self {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("english")
            .set_index_option(IndexRecordOption::WithFreqs);
        let text = schema.add_text_field(
            "text",
            TextOptions::default().set_indexing_options(indexing),
        );
        let index = Index::create_in_ram(schema.build());
        let analyzer = TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(LowerCaser)
            .filter(Stemmer::new(Language::English))
            .build();
        index.tokenizers().register("english", analyzer.clone());
        let mut writer = index
            .writer_with_num_threads(1, 1 << 30)
            .expect("enough memory");
        for entry in &content.entries {
            let mut document = TantivyDocument::default();
            for part in std::iter::once(&entry.title)
                .chain(&entry.variants)
                .chain([&entry.answer])
            {
                document.add_text(text, part);
            }
            writer.add_document(document).expect("the writer runs");
        }
        writer.commit().expect("memory does not fail");
        let segments = index
            .searchable_segment_ids()
            .expect("memory does not fail");
        if segments.len() > 1 {
            writer
                .merge(&segments)
                .wait()
                .expect("memory does not fail");
        }
        let reader = index.reader().expect("memory does not fail");
        Self {
            searcher: reader.searcher(),
            analyzer,
            text,
        }
    }

    pub(crate) fn search(&self, question: &str) -> Vec<(Score, DocAddress)> {
        let mut terms = Vec::new();
        self.analyzer
            .clone()
            .token_stream(question)
            .process(&mut |token| {
                terms.push(Term::from_field_text(self.text, &token.text));
            });
        let queries = terms.into_iter().map(|term| {
            let known = self.searcher.doc_freq(&term).is_ok_and(|it| it > 0);
            let query: Box<dyn Query> = if known {
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
            } else {
                Box::new(FuzzyTermQuery::new(term, 1, true))
            };
            (Occur::Should, query)
        });
        let query = BooleanQuery::new(queries.collect());
        self.searcher
            .search(&query, &TopDocs::with_limit(10).order_by_score())
            .expect("memory does not fail")
    }
}
