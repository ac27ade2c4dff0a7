//! One call to the Bot API: teloxide's typed request out, the fields we use back, and every
//! failure sorted by what it says about the request. No retries here, see [`super::retry`].
//!
//! teloxide's own client is not used: it sleeps ten seconds inside the call on each 5xx.

use std::sync::Arc;
use std::time::Duration;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use teloxide::requests::Payload;
use teloxide::types::ChatId;

use crate::config::Telegram;

/// Telegram answers a send within a second; past this the answer will not come.
const TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Shorter than the minute and more after which servers and middleboxes close an idle
/// connection: a request written into a closing one is lost in the worst way, unknown.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// As many as can be in hand at once, so that a burst does not reconnect for each reply.
const POOL_SIZE: usize = 128;
/// An answer of 100 updates of full length is below 2 MiB.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// A client for one bot, cheap to clone. Has no `Debug`: its address holds the token.
#[derive(Clone)]
pub(super) struct Api {
    http: reqwest::Client,
    /// `https://api.telegram.org/bot<token>/`.
    root: Arc<str>,
}

/// Why a call brought no result, by what is certain about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It was not carried out; the same call may work later, not before `wait`.
    NotDone {
        why: String,
        wait: Option<Duration>,
        code: Option<u16>,
    },
    /// It may have been carried out: the connection was lost after the request was written.
    Unknown { why: String },
    /// It was carried out, but what came back cannot be read.
    Unreadable,
    /// It was not carried out, because the group has another id now.
    Moved { to: ChatId },
    /// It was not carried out and never will be.
    Refused { code: u16, description: String },
    /// It was not carried out, for a reason that lies with the bot or its server and says nothing
    /// about the call: a token that was taken back, a bot that is logged out. It may work later.
    Barred { code: u16, description: String },
}

/// The envelope of every answer.
#[derive(Deserialize)]
struct Answer<R> {
    ok: bool,
    result: Option<R>,
    #[serde(default)]
    error_code: u16,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<ChatId>,
}

impl Api {
    pub(super) fn new(settings: &Telegram) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("askwell/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .pool_max_idle_per_host(POOL_SIZE)
            // A redirected POST would arrive as an empty GET.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let root = format!(
            "{}/bot{}/",
            settings.api_url.as_str().trim_end_matches('/'),
            settings.token.reveal()
        );
        let root = root.into();
        Ok(Self { http, root })
    }

    /// Makes one call. `R` names the fields of the answer that are needed: the fewer there
    /// are, the less a newer Bot API can break.
    pub(super) async fn call<P, R>(&self, payload: &P) -> Result<R, Failure>
    where
        P: Payload + Serialize,
        R: DeserializeOwned,
    {
        let timeout = TIMEOUT + payload.timeout_hint().unwrap_or_default();
        let request = self
            .http
            .post(format!("{}{}", self.root, method(P::NAME)))
            .timeout(timeout)
            .json(payload);
        exchange(request).await
    }

    /// The same for a call that carries a file.
    pub(super) async fn upload<R>(
        &self,
        method: &str,
        form: reqwest::multipart::Form,
    ) -> Result<R, Failure>
    where
        R: DeserializeOwned,
    {
        let request = self
            .http
            .post(format!("{}{method}", self.root))
            .timeout(TIMEOUT)
            .multipart(form);
        exchange(request).await
    }
}

async fn exchange<R: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<R, Failure> {
    let response = request.send().await.map_err(|error| lost(&error))?;
    let status = response.status().as_u16();
    match read(response).await {
        Ok(body) => judge(status, &body),
        // A success broken off halfway is a success: errors never have status 200.
        Err(Broken { begin, .. }) if status == 200 && may_begin_success(&begin) => {
            Err(Failure::Unreadable)
        }
        Err(Broken {
            error: Some(error), ..
        }) => Err(lost(&error)),
        Err(Broken { error: None, .. }) => Err(Failure::Unreadable),
    }
}

/// The name of the method as the documentation writes it, `sendMessage`: teloxide has it
/// with a capital, which Telegram takes and other servers need not.
fn method(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// A body that ended too early, or was too long to be Telegram's.
struct Broken {
    begin: Vec<u8>,
    error: Option<reqwest::Error>,
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, Broken> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER_BYTES => {
                body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => {
                return Err(Broken {
                    begin: body,
                    error: None,
                });
            }
            Ok(None) => return Ok(body),
            Err(error) => {
                return Err(Broken {
                    begin: body,
                    error: Some(error),
                });
            }
        }
    }
}

/// Sorts an answer that came whole.
fn judge<R: DeserializeOwned>(status: u16, body: &[u8]) -> Result<R, Failure> {
    if let Ok(answer) = serde_json::from_slice::<Answer<R>>(body) {
        return match answer.result {
            Some(result) if answer.ok => Ok(result),
            _ if answer.ok => Err(Failure::Unreadable),
            _ => Err(refusal(status, &answer)),
        };
    }
    match serde_json::from_slice::<Answer<IgnoredAny>>(body) {
        Ok(answer) if !answer.ok => Err(refusal(status, &answer)),
        Ok(_) => Err(Failure::Unreadable),
        Err(_) if status == 200 && may_begin_success(body) => Err(Failure::Unreadable),
        // A proxy's error page, or the login page of a network.
        Err(_) => Err(Failure::NotDone {
            why: format!("status {status}, and not Telegram's answer"),
            wait: None,
            code: Some(status),
        }),
    }
}

/// Sorts an error that Telegram described. Its code is trusted over the status, which a
/// proxy may have changed.
fn refusal<R>(status: u16, answer: &Answer<R>) -> Failure {
    let code = if answer.error_code == 0 {
        status
    } else {
        answer.error_code
    };
    if let Some(to) = answer.parameters.migrate_to_chat_id {
        return Failure::Moved { to };
    }
    let wait = answer.parameters.retry_after.map(Duration::from_secs);
    if wait.is_some() || code == 429 || code >= 500 {
        return Failure::NotDone {
            why: format!("code {code}"),
            wait,
            code: Some(code),
        };
    }
    let description = one_line(&answer.description);
    if is_about_us(code, &description) {
        Failure::Barred { code, description }
    } else {
        Failure::Refused { code, description }
    }
}

/// The words of an error as they may stand in a log: a line break would begin a line of its own.
fn one_line(words: &str) -> String {
    let mut line = String::with_capacity(words.len());
    for letter in words.chars() {
        if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') {
            line.extend(letter.escape_default());
        } else {
            line.push(letter);
        }
    }
    line
}

/// Whether an error would meet any other call of the bot, too.
fn is_about_us(code: u16, description: &str) -> bool {
    match code {
        // A token that was taken back or is none, a server that is slow or in conflict, a flood.
        401 | 404 | 408 | 409 | 420 => true,
        // A local server that was told to give the bot up.
        400 => description.contains("Logged out"),
        _ => false,
    }
}

/// Whether these bytes, perhaps cut, are `{"ok":true`: no error begins like it.
fn may_begin_success(body: &[u8]) -> bool {
    let begin: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .take(10)
        .collect();
    br#"{"ok":true"#.starts_with(&begin)
}

/// Sorts an exchange that broke before its answer. The address is not kept: it holds the token.
fn lost(error: &reqwest::Error) -> Failure {
    if error.is_connect() || error.is_builder() {
        return Failure::NotDone {
            why: "cannot connect".to_owned(),
            wait: None,
            code: None,
        };
    }
    let why = if error.is_timeout() {
        "no answer in time"
    } else {
        "connection lost"
    };
    Failure::Unknown {
        why: why.to_owned(),
    }
}

impl Failure {
    /// A code such as `500`, or one word: a label for counting.
    pub(super) fn label(&self) -> String {
        match self {
            Self::NotDone {
                code: Some(code), ..
            }
            | Self::Refused { code, .. }
            | Self::Barred { code, .. } => code.to_string(),
            Self::NotDone { code: None, .. } => "unreachable".to_owned(),
            Self::Unknown { .. } => "unknown".to_owned(),
            Self::Unreadable => "unreadable".to_owned(),
            Self::Moved { .. } => "moved".to_owned(),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotDone { why, .. } | Self::Unknown { why } => f.write_str(why),
            Self::Unreadable => f.write_str("an answer that cannot be read"),
            Self::Moved { .. } => f.write_str("the group has another id"),
            Self::Refused { code, description } | Self::Barred { code, description } => {
                write!(f, "code {code}: {description}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Sent {
        message_id: i32,
    }

    /// Judges an answer and compares the outcome, written as words.
    #[track_caller]
    fn check(status: u16, body: &str, expected: &str) {
        let outcome = match judge::<Sent>(status, body.as_bytes()) {
            Ok(sent) => format!("sent {}", sent.message_id),
            Err(Failure::NotDone {
                wait: Some(wait), ..
            }) => format!("not done, wait {}", wait.as_secs()),
            Err(Failure::NotDone { .. }) => "not done".to_owned(),
            Err(Failure::Unknown { .. }) => "unknown".to_owned(),
            Err(Failure::Unreadable) => "unreadable".to_owned(),
            Err(Failure::Moved { to }) => format!("moved to {to}"),
            Err(Failure::Refused { code, .. }) => format!("refused {code}"),
            Err(Failure::Barred { code, .. }) => format!("barred {code}"),
        };
        assert_eq!(outcome, expected);
    }

    #[test]
    fn a_success_is_read_by_the_fields_we_use() {
        check(
            200,
            r#"{"ok":true,"result":{"message_id":7,"date":0,"new":{"in":"Bot API 99"}}}"#,
            "sent 7",
        );
    }

    #[test]
    fn a_success_that_cannot_be_read_is_not_tried_again() {
        check(
            200,
            r#"{"ok":true,"result":{"message_id":7,"da"#,
            "unreadable",
        );
        check(200, r#"{"ok":tr"#, "unreadable");
        check(200, "", "unreadable");
        check(200, r#"{"ok":true,"result":true}"#, "unreadable");
        check(200, r#"{"ok":true}"#, "unreadable");
    }

    #[test]
    fn what_was_not_carried_out_is_tried_again() {
        check(
            500,
            r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#,
            "not done",
        );
        check(502, "<html><h1>502 Bad Gateway</h1></html>", "not done");
        check(
            200,
            "<html>Please log in to this network</html>",
            "not done",
        );
        check(404, "<html>no such page</html>", "not done");
        check(
            429,
            r#"{"ok":false,"error_code":429,"description":"","parameters":{"retry_after":3}}"#,
            "not done, wait 3",
        );
        check(
            429,
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests"}"#,
            "not done",
        );
    }

    #[test]
    fn what_will_never_work_is_not_tried_again() {
        check(
            400,
            r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
            "refused 400",
        );
        check(
            403,
            r#"{"ok":false,"error_code":403,"description":"Forbidden"}"#,
            "refused 403",
        );
        check(
            200,
            r#"{"ok":false,"error_code":403,"description":"Forbidden"}"#,
            "refused 403",
        );
    }

    #[test]
    fn an_error_is_one_line_of_the_log() {
        let body = r#"{"ok":false,"error_code":400,"description":"can't\nERROR \u001b[31m – x"}"#;
        let failure = judge::<Sent>(400, body.as_bytes()).unwrap_err();
        let line = r"code 400: can't\nERROR \u{1b}[31m – x";
        assert_eq!(failure.to_string(), line);
    }

    #[test]
    fn what_bars_the_bot_is_no_verdict_on_the_call() {
        for code in [401, 404, 408, 409, 420] {
            let body = format!(r#"{{"ok":false,"error_code":{code},"description":"x"}}"#);
            check(code, &body, &format!("barred {code}"));
        }
        let body = r#"{"ok":false,"error_code":400,"description":"Logged out"}"#;
        check(400, body, "barred 400");
    }

    #[test]
    fn a_group_that_moved_says_where_to() {
        let body = r#"{"ok":false,"error_code":400,"description":"","parameters":{"migrate_to_chat_id":-1001}}"#;
        check(400, body, "moved to -1001");
    }

    #[test]
    fn methods_are_named_as_documented() {
        assert_eq!(method("SendMessage"), "sendMessage");
    }
}
