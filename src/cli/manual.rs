//! `askwell completions` and `askwell man`: what shells and manual readers want.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Status};

/// Print the script with which a shell completes commands and flags
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  askwell completions bash > ~/.local/share/bash-completion/completions/askwell\n  \
    askwell completions zsh > ~/.zfunc/_askwell"
)]
pub(super) struct CompletionsArgs {
    shell: Shell,
}

/// Print the manual page, or write one for each command
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  askwell man | man -l -\n  askwell man --out ~/.local/share/man/man1"
)]
pub(super) struct ManArgs {
    /// Folder to write askwell.1, askwell-import.1 and so on to
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs, out: &mut dyn Write) -> io::Result<Status> {
    // Into memory first: clap panics where a reader such as `head` has seen enough.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "askwell", &mut script);
    out.write_all(&script)?;
    Ok(Status::Fine)
}

pub(super) fn man(args: &ManArgs, mut out: &mut dyn Write) -> anyhow::Result<Status> {
    let Some(dir) = &args.out else {
        clap_mangen::Man::new(Cli::command()).render(&mut out)?;
        return Ok(Status::Fine);
    };
    std::fs::create_dir_all(dir)
        .with_context(|| format!("cannot make the folder {}", dir.display()))?;
    clap_mangen::generate_to(Cli::command(), dir)
        .with_context(|| format!("cannot write into {}", dir.display()))?;
    writeln!(out, "Wrote the manual pages into {}.", dir.display())?;
    Ok(Status::Fine)
}
