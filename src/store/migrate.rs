//! The tables, as numbered steps. A step is never edited once it is released.

use std::borrow::Cow;
use std::pin::Pin;

use sqlx::error::BoxDynError;
use sqlx::migrate::{Migration, MigrationSource, MigrationType};

/// Steps in order, each a name and its SQL, numbered from 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps(pub(super) &'static [(&'static str, &'static str)]);

type Resolved<'s> = Pin<Box<dyn Future<Output = Result<Vec<Migration>, BoxDynError>> + Send + 's>>;

impl<'s> MigrationSource<'s> for Steps {
    fn resolve(self) -> Resolved<'s> {
        let steps = self.0.iter().zip(1..).map(|((name, sql), number)| {
            Migration::new(
                number,
                Cow::Borrowed(*name),
                MigrationType::Simple,
                Cow::Borrowed(*sql),
                false,
            )
        });
        let steps = steps.collect();
        Box::pin(async move { Ok(steps) })
    }
}
