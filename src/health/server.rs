//! `/healthz`, `/readyz` and `/metrics` over HTTP, on loopback unless told otherwise.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use super::Health;

/// Answers until the runtime ends.
pub async fn serve(listener: TcpListener, health: Arc<Health>) {
    let router = Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the health pages have ended");
    }
}

async fn alive(State(health): State<Arc<Health>>) -> impl IntoResponse {
    if health.is_alive() {
        (StatusCode::OK, "alive\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "hangs\n")
    }
}

async fn ready(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let (ready, lines) = health.readiness();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, lines)
}

async fn metrics(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, form)], health.exposition())
}
