//! Parses arguments, starts logging, prints the one error and sets the exit status.

use std::io::{self, Write};
use std::process::ExitCode;

use askwell::cli::{self, Cli, Status};
use clap::Parser;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    let ended = cli::start_logging().and_then(|()| cli::run(cli, &mut out));
    match ended.and_then(|status| Ok(out.flush().map(|()| status)?)) {
        Ok(status) => status.into(),
        // Whoever reads us has seen enough, as `head` does.
        Err(error) if is_broken_pipe(&error) => Status::Fine.into(),
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "askwell: {error:#}");
            Status::Failure.into()
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|it| it.kind() == io::ErrorKind::BrokenPipe)
    })
}
