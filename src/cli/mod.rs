//! The commands, one file each: they build the parts and join them. Results go to the
//! writer they are given, talk to standard error.

mod ask;
#[cfg(feature = "sqlite")]
mod backup;
mod calibrate;
mod chat;
mod check;
mod diff;
#[cfg(feature = "telegram")]
mod doctor;
mod eval;
#[cfg(feature = "workshop")]
mod export;
#[cfg(feature = "workshop")]
mod import;
mod init;
#[cfg(feature = "workshop")]
mod manual;
#[cfg(feature = "encoder")]
mod model;
mod questions;
mod run;
mod save;
mod schema;
mod settings;
#[cfg(feature = "telegram")]
mod webhook;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{self, LogFormat};
use crate::day::Day;

/// Answers questions from your own FAQ and articles, in Telegram or here.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Without a command, askwell does `askwell run`.\n\n\
        Exit status: 0 fine, 1 a failure or findings, 2 wrong usage.\n\n\
        Example:\n  askwell ask will my partner be blamed"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Run(run::RunArgs),
    Chat(chat::ChatArgs),
    Ask(ask::AskArgs),
    Check(check::CheckArgs),
    Diff(diff::DiffArgs),
    Eval(eval::EvalArgs),
    #[cfg(feature = "workshop")]
    Export(export::ExportArgs),
    #[cfg(feature = "workshop")]
    Import(import::ImportArgs),
    Init(init::InitArgs),
    Schema(schema::SchemaArgs),
    Config(settings::ConfigArgs),
    #[cfg(feature = "workshop")]
    Completions(manual::CompletionsArgs),
    #[cfg(feature = "workshop")]
    Man(manual::ManArgs),
    Calibrate(calibrate::CalibrateArgs),
    #[cfg(feature = "telegram")]
    Doctor(doctor::DoctorArgs),
    #[cfg(feature = "telegram")]
    Webhook(webhook::WebhookArgs),
    #[cfg(feature = "sqlite")]
    Backup(backup::BackupArgs),
    #[cfg(feature = "sqlite")]
    Restore(backup::RestoreArgs),
    #[cfg(feature = "encoder")]
    Model(model::ModelArgs),
}

/// The folder that every command reads.
#[derive(Debug, Clone, Args)]
struct Folder {
    /// Content folder: TOML files with articles and questions
    #[arg(
        long = "faq",
        alias = "content",
        value_name = "DIR",
        default_value = "faq"
    )]
    dir: PathBuf,
}

/// The day that dates in the content are judged by.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
struct Calendar {
    /// Answer as on this day, such as 2026-12-26 [default: today]
    #[arg(long, value_name = "DAY")]
    today: Option<Day>,
}

impl Calendar {
    fn day(self) -> Day {
        self.today.unwrap_or_else(today)
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Fine,
    /// A failure, or findings in what was checked.
    Failure,
    /// The command cannot be used like this.
    Usage,
}

/// Runs the command that was asked for.
///
/// # Errors
/// Whatever stopped it, with the chain of causes.
pub fn run(cli: Cli, out: &mut dyn Write) -> anyhow::Result<Status> {
    match cli.command {
        None => run::run(&run::RunArgs::default(), out),
        Some(Command::Run(args)) => run::run(&args, out),
        Some(Command::Chat(args)) => chat::run(&args, out),
        Some(Command::Ask(args)) => ask::run(&args, out),
        Some(Command::Check(args)) => check::run(&args, out),
        Some(Command::Diff(args)) => diff::run(&args, out),
        Some(Command::Eval(args)) => eval::run(&args, out),
        #[cfg(feature = "workshop")]
        Some(Command::Export(args)) => export::run(&args, out),
        #[cfg(feature = "workshop")]
        Some(Command::Import(args)) => import::run(&args, out),
        Some(Command::Init(args)) => init::run(&args, out),
        Some(Command::Schema(args)) => schema::run(&args, out),
        Some(Command::Config(args)) => settings::run(&args, out),
        #[cfg(feature = "workshop")]
        Some(Command::Completions(args)) => Ok(manual::completions(&args, out)?),
        #[cfg(feature = "workshop")]
        Some(Command::Man(args)) => manual::man(&args, out),
        Some(Command::Calibrate(args)) => calibrate::run(&args, out),
        #[cfg(feature = "telegram")]
        Some(Command::Doctor(args)) => doctor::run(&args, out),
        #[cfg(feature = "sqlite")]
        Some(Command::Backup(args)) => backup::back_up(&args, out),
        #[cfg(feature = "sqlite")]
        Some(Command::Restore(args)) => backup::restore(&args, out),
        #[cfg(feature = "telegram")]
        Some(Command::Webhook(args)) => webhook::run(&args, out),
        #[cfg(feature = "encoder")]
        Some(Command::Model(args)) => model::run(&args, out),
    }
}

/// A bar on standard error for work that takes long; drawn only at a terminal, and after a moment.
fn progress(n_steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len}, {eta} left");
    let bar = ProgressBar::new(n_steps as u64);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Sends log lines to standard error. No line holds a person's words.
///
/// # Errors
/// When the environment asks for a log that there is not.
pub fn start_logging() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(config::log_filter()?)
        .with_context(|| format!("cannot read {}; write a level such as info", config::LOG))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        // A full disk under the log must not end the bot: the complaint about it would go the same way, and panic there.
        .log_internal_errors(false);
    match config::log_format() {
        LogFormat::Text => log.with_writer(anstream::stderr).init(),
        LogFormat::Json => log.json().with_writer(std::io::stderr).init(),
    }
    Ok(())
}

/// What runs asynchronous code, on the thread that calls.
#[cfg(any(feature = "encoder", feature = "sqlite"))]
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// The day it is in Greenwich (UTC), by which entries begin and end to hold.
fn today() -> Day {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let days = since.map_or(0, |it| it.as_secs() / 86_400);
    i64::try_from(days)
        .ok()
        .and_then(Day::from_number)
        .expect("a clock that is set shows a day before the year 10,000")
}

impl Default for Folder {
    fn default() -> Self {
        Self { dir: "faq".into() }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Fine => Self::SUCCESS,
            Status::Failure => Self::from(1),
            Status::Usage => Self::from(2),
        }
    }
}
