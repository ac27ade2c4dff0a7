//! The environment, read once and checked. The only reader of environment variables.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

use url::Url;

/// The token itself.
pub const TOKEN: &str = "TELOXIDE_TOKEN";
/// A file that holds the token, as Docker and systemd hand out secrets.
pub const TOKEN_FILE: &str = "TELOXIDE_TOKEN_FILE";
/// Another Bot API server.
pub const API_URL: &str = "TELOXIDE_API_URL";
/// The folder of the bot's own data.
pub const DATA: &str = "ASKWELL_DATA";
/// A database that several processes share, instead of a file in the data folder.
pub const DATABASE_URL: &str = "ASKWELL_DATABASE_URL";
/// The key for hashes of ids.
pub const KEY_FILE: &str = "ASKWELL_KEY_FILE";
/// Most messages a second to all chats together.
pub const SENDS_PER_SECOND: &str = "ASKWELL_SENDS_PER_SECOND";
/// What is logged, in `tracing`'s own filter language.
pub const LOG: &str = "ASKWELL_LOG";

/// `json` for log lines that programs read.
pub const LOG_FORMAT: &str = "ASKWELL_LOG_FORMAT";
/// Telegram's FAQ: "no more than 30 messages per second".
const DEFAULT_SENDS_PER_SECOND: u32 = 30;

const TELEGRAM: &str = "https://api.telegram.org";

/// What the bot needs to talk to Telegram.
#[derive(Debug, Clone)]
pub struct Telegram {
    pub token: Token,
    pub api_url: Url,
}

/// A bot token, which opens the bot to whoever has it: `Debug` prints `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Where the store is.
#[derive(Debug, Clone)]
pub enum Storage {
    /// SQLite, in this folder.
    Folder(PathBuf),
    Postgres(DatabaseUrl),
}

/// The address of a database, which may hold a password: `Debug` prints `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// Why the environment cannot be used. No message quotes the token.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("both {TOKEN} and {TOKEN_FILE} are set; unset one of them")]
    TwoTokens,
    #[error("cannot read {path}, which {TOKEN_FILE} names")]
    TokenFile { path: PathBuf, source: io::Error },
    #[error(
        "{source_name} does not hold a bot token; BotFather's look like 123456789:AAF7g0gYncWnm5IyfZlpPRq"
    )]
    Token { source_name: String },
    #[error("{API_URL} is not a web address; it should look like {TELEGRAM}")]
    ApiUrl,
    #[error(
        "{DATABASE_URL} is not the address of a database; it should look like postgres://user:password@host/name"
    )]
    DatabaseUrl,
    #[error("neither {DATA} nor HOME is set; set {DATA} to a folder for the bot's data")]
    NoFolder,
    #[error(
        "neither {KEY_FILE} nor HOME is set; let {KEY_FILE} name a file outside the data folder"
    )]
    NoKeyFile,
    #[error(
        "{LOG} holds `{word}`, which is no level; write error, warn, info, debug, trace or off"
    )]
    LogLevel { word: String },
    #[error("{SENDS_PER_SECOND} is not a number; 0 means no limits")]
    SendsPerSecond,
}

/// A variable of the environment, as it may be shown to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub name: &'static str,
    /// Of a secret, `***`.
    pub value: String,
    /// Whether the environment sets it; otherwise the value is the default.
    pub is_set: bool,
}

/// Every variable with its default, and whether its value may be shown.
const VARIABLES: &[(&str, &str, Secrecy)] = &[
    (TOKEN, "", Secrecy::Secret),
    (TOKEN_FILE, "", Secrecy::Public),
    (API_URL, TELEGRAM, Secrecy::MayHoldPassword),
    (DATA, "", Secrecy::Public),
    (DATABASE_URL, "", Secrecy::MayHoldPassword),
    (KEY_FILE, "", Secrecy::Public),
    (SENDS_PER_SECOND, "30", Secrecy::Public),
    (LOG, "info", Secrecy::Public),
    (LOG_FORMAT, "text", Secrecy::Public),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    Public,
    /// An address, of which name and password are masked.
    MayHoldPassword,
    Secret,
}

/// Every variable that is read, for `askwell config show`.
#[must_use]
pub fn shown() -> Vec<Shown> {
    shown_from(|name| std::env::var_os(name))
}

fn shown_from(variable: impl Fn(&str) -> Option<OsString>) -> Vec<Shown> {
    let one = |(name, default, secrecy): &(&'static str, &str, Secrecy)| {
        let set = variable(name).filter(|value| !value.is_empty());
        let value = set.as_ref().map_or((*default).to_owned(), |value| {
            let value = value.to_string_lossy().into_owned();
            match secrecy {
                Secrecy::Public => value,
                Secrecy::Secret => "***".to_owned(),
                Secrecy::MayHoldPassword => without_password(&value),
            }
        });
        Shown {
            name,
            value,
            is_set: set.is_some(),
        }
    };
    VARIABLES.iter().map(one).collect()
}

/// What is no address is masked as a whole, since nobody can tell what is in it.
fn without_password(address: &str) -> String {
    let Some(mut url) = Url::parse(address).ok().filter(Url::has_host) else {
        return "***".to_owned();
    };
    if !url.username().is_empty() || url.password().is_some() {
        let _ = url.set_username("***");
        let _ = url.set_password(None);
    }
    if url.query().is_some() {
        url.set_query(Some("***"));
    }
    url.to_string()
}

/// The Telegram part; none when no token is set. A variable that is set but empty counts
/// as not set, since compose files write it so.
///
/// # Errors
/// When a variable is set and cannot be used.
pub fn telegram() -> Result<Option<Telegram>, ConfigError> {
    telegram_from(|name| std::env::var_os(name))
}

/// The log filter: [`LOG`], or `info`.
///
/// # Errors
/// When a word in it is no level. As a filter it would name a part of the program, and turn the
/// log of all others off.
pub fn log_filter() -> Result<String, ConfigError> {
    let filter = std::env::var(LOG).ok();
    let filter = filter.filter(|it| !it.trim().is_empty());
    checked_log_filter(filter.unwrap_or_else(|| "info".to_owned()))
}

fn checked_log_filter(filter: String) -> Result<String, ConfigError> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    // Where there are signs, somebody knows the language of filters.
    let is_plain = |it: &&str| it.bytes().all(|it| it.is_ascii_alphabetic());
    let is_level = |it: &&str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(it));
    let words = filter.split(',').map(str::trim);
    let mut words = words.filter(|it| !it.is_empty()).filter(is_plain);
    match words.find(|it| !is_level(it)) {
        Some(word) if !filter.contains('{') => Err(ConfigError::LogLevel {
            word: word.to_owned(),
        }),
        _ => Ok(filter),
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// The form of log lines: [`LOG_FORMAT`], or text.
#[must_use]
pub fn log_format() -> LogFormat {
    match std::env::var(LOG_FORMAT) {
        Ok(format) if format.eq_ignore_ascii_case("json") => LogFormat::Json,
        _ => LogFormat::Text,
    }
}

/// The send budget: [`SENDS_PER_SECOND`], or what Telegram allows; 0 for no limits.
///
/// # Errors
/// When the variable is set and no number.
pub fn sends_per_second() -> Result<u32, ConfigError> {
    match std::env::var(SENDS_PER_SECOND) {
        Ok(text) if !text.is_empty() => text.parse().map_err(|_| ConfigError::SendsPerSecond),
        _ => Ok(DEFAULT_SENDS_PER_SECOND),
    }
}

/// Where the store is: the database of [`DATABASE_URL`], or the folder of [`DATA`], or
/// `askwell` in the user's data folder (`XDG_DATA_HOME`, else `~/.local/share`).
///
/// # Errors
/// When a variable is set and cannot be used, or none says where.
pub fn storage() -> Result<Storage, ConfigError> {
    storage_from(|name| std::env::var_os(name))
}

fn storage_from(variable: impl Fn(&str) -> Option<OsString>) -> Result<Storage, ConfigError> {
    match variable(DATABASE_URL).filter(|value| !value.is_empty()) {
        Some(url) => DatabaseUrl::new(&url.to_string_lossy()).map(Storage::Postgres),
        None => data_folder_from(variable).map(Storage::Folder),
    }
}

/// The folder of [`DATA`], or `askwell` in the user's data folder (`XDG_DATA_HOME`, else
/// `~/.local/share`).
///
/// # Errors
/// When no variable says where.
pub fn data_folder() -> Result<PathBuf, ConfigError> {
    data_folder_from(|name| std::env::var_os(name))
}

fn data_folder_from(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, ConfigError> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    if let Some(folder) = set(DATA) {
        return Ok(folder.into());
    }
    let parent = xdg(&variable, "XDG_DATA_HOME", ".local/share").ok_or(ConfigError::NoFolder)?;
    Ok(parent.join("askwell"))
}

/// The file of the key: that of [`KEY_FILE`], or `askwell/key` in the user's folder for state
/// (`XDG_STATE_HOME`, else `~/.local/state`).
///
/// # Errors
/// When no variable says where.
pub fn key_file() -> Result<PathBuf, ConfigError> {
    key_file_from(|name| std::env::var_os(name))
}

fn key_file_from(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, ConfigError> {
    if let Some(file) = variable(KEY_FILE).filter(|value| !value.is_empty()) {
        return Ok(file.into());
    }
    let parent = xdg(&variable, "XDG_STATE_HOME", ".local/state").ok_or(ConfigError::NoKeyFile)?;
    Ok(parent.join("askwell/key"))
}

/// A folder of the XDG specification: that of its variable, else this one at home.
fn xdg(variable: impl Fn(&str) -> Option<OsString>, name: &str, at_home: &str) -> Option<PathBuf> {
    // A path that is not absolute is to be ignored, as the specification says.
    let named = variable(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = variable("HOME").filter(|home| !home.is_empty());
    named.or_else(|| Some(PathBuf::from(home?).join(at_home)))
}

pub(crate) fn telegram_from(
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Telegram>, ConfigError> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let token = match (set(TOKEN), set(TOKEN_FILE)) {
        (Some(_), Some(_)) => return Err(ConfigError::TwoTokens),
        (None, None) => return Ok(None),
        (Some(token), None) => parse_token(&token.to_string_lossy(), || TOKEN.to_owned())?,
        (None, Some(path)) => {
            let path = PathBuf::from(path);
            let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::TokenFile {
                path: path.clone(),
                source,
            })?;
            parse_token(&text, || path.display().to_string())?
        }
    };
    let api_url = match set(API_URL) {
        Some(text) => parse_api_url(&text.to_string_lossy())?,
        None => parse_api_url(TELEGRAM)?,
    };
    Ok(Some(Telegram { token, api_url }))
}

/// Digits, a colon, and what base64 for addresses uses: exactly what may stand in a path
/// unescaped, so that a stray character is found here and not as a 404.
fn parse_token(text: &str, source_name: impl FnOnce() -> String) -> Result<Token, ConfigError> {
    let token = text.trim();
    let fits = token.split_once(':').is_some_and(|(id, secret)| {
        !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_digit())
            && !secret.is_empty()
            && secret
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    });
    if fits {
        Ok(Token(token.to_owned()))
    } else {
        Err(ConfigError::Token {
            source_name: source_name(),
        })
    }
}

fn parse_api_url(text: &str) -> Result<Url, ConfigError> {
    Url::parse(text.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .ok_or(ConfigError::ApiUrl)
}

impl Token {
    /// The secret, for the address of a request and nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Token {
    /// The bot's id, which is no secret.
    #[must_use]
    pub fn bot(&self) -> i64 {
        let id = self.0.split(':').next().unwrap_or_default();
        id.parse().unwrap_or_default()
    }
}

impl DatabaseUrl {
    /// An address such as `postgres://user:password@host/name`.
    ///
    /// # Errors
    /// When the text is none.
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        let url = text.trim();
        let fits = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        if fits && Url::parse(url).is_ok() {
            Ok(Self(url.to_owned()))
        } else {
            Err(ConfigError::DatabaseUrl)
        }
    }

    /// The whole address, for connecting and nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_can_be_shown_and_no_secret_is() {
        let source = include_str!("config.rs");
        let names = source.lines().filter_map(|line| {
            let (_, value) = line.strip_prefix("pub const ")?.split_once(": &str = ")?;
            Some(value.trim_matches(['"', ';']))
        });
        for name in names {
            assert!(VARIABLES.iter().any(|it| it.0 == name), "{name}");
        }
        let shown = shown_from(|name| {
            let value = match name {
                TOKEN => SECRET,
                API_URL => "https://anna:geheim@bots.uk/x?key=geheim",
                DATABASE_URL => "postgres://anna:geheim@db/askwell",
                _ => return None,
            };
            Some(value.into())
        });
        let words: Vec<(&str, &str)> = shown
            .iter()
            .filter(|it| it.is_set)
            .map(|it| (it.name, it.value.as_str()))
            .collect();
        assert_eq!(
            words,
            [
                (TOKEN, "***"),
                (API_URL, "https://***@bots.uk/x?***"),
                (DATABASE_URL, "postgres://***@db/askwell"),
            ]
        );
        assert_eq!(without_password("anna:geheim"), "***");
    }

    const SECRET: &str = "123456:AAF7g0gYncWnm5-IyfZlpPRq_RRv6k";

    fn read(variables: &[(&str, &str)]) -> Result<Option<Telegram>, ConfigError> {
        telegram_from(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).into())
        })
    }

    /// Reads the variables and compares the outcome, written as words.
    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &str) {
        let outcome = match read(variables) {
            Ok(None) => "no token".to_owned(),
            Ok(Some(telegram)) => format!("{telegram:?} {}", telegram.api_url),
            Err(error) => error.to_string(),
        };
        assert!(outcome.contains(expected), "{outcome}");
        assert!(
            !outcome.contains("AAF7g0gYncWnm5-"),
            "the token shows: {outcome}"
        );
    }

    #[test]
    fn no_token_is_no_error() {
        check(&[], "no token");
        check(&[(TOKEN, ""), (TOKEN_FILE, "")], "no token");
    }

    #[test]
    fn a_token_goes_to_telegram_unless_told_otherwise() {
        check(&[(TOKEN, SECRET)], "https://api.telegram.org/");
        check(
            &[(TOKEN, SECRET), (API_URL, "http://127.0.0.1:8081")],
            "http://127.0.0.1:8081/",
        );
    }

    #[test]
    fn a_token_file_may_end_with_a_newline() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, format!("{SECRET}\n")).unwrap();
        let telegram = read(&[(TOKEN_FILE, path.to_str().unwrap())])
            .unwrap()
            .unwrap();
        assert_eq!(telegram.token.reveal(), SECRET);
    }

    /// Reads where the store is and compares it, written as words.
    #[track_caller]
    fn check_storage(variables: &[(&str, &str)], expected: &str) {
        let storage = storage_from(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).into())
        });
        let outcome = match storage {
            Ok(Storage::Folder(folder)) => folder.display().to_string(),
            Ok(Storage::Postgres(url)) => format!("{url:?} {}", url.reveal()),
            Err(error) => error.to_string(),
        };
        assert!(outcome.starts_with(expected), "{outcome}");
    }

    #[test]
    fn the_store_is_where_the_variables_say() {
        check_storage(&[("HOME", "/u/ann")], "/u/ann/.local/share/askwell");
        check_storage(
            &[("HOME", "/u/ann"), ("XDG_DATA_HOME", "/data")],
            "/data/askwell",
        );
        check_storage(
            &[("HOME", "/u/ann"), ("XDG_DATA_HOME", "data")],
            "/u/ann/.local/share/askwell",
        );
        check_storage(&[(DATA, "here"), ("HOME", "/u/ann")], "here");
        check_storage(
            &[
                (DATABASE_URL, "postgres://ann:secret@db/askwell"),
                (DATA, "here"),
            ],
            "*** postgres://ann:secret@db/askwell",
        );
        check_storage(
            &[(DATABASE_URL, "mysql://db")],
            "ASKWELL_DATABASE_URL is not",
        );
        check_storage(&[], "neither ASKWELL_DATA nor HOME");
    }

    #[test]
    fn the_key_is_apart_from_the_data() {
        let file = |variables: &[(&str, &str)]| {
            key_file_from(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).into())
            })
            .map(|path| path.display().to_string())
            .map_err(|error| error.to_string())
        };
        let home = ("HOME", "/u/ann");
        let state = ("XDG_STATE_HOME", "/state");
        assert_eq!(file(&[home]).unwrap(), "/u/ann/.local/state/askwell/key");
        assert_eq!(file(&[home, state]).unwrap(), "/state/askwell/key");
        assert_eq!(file(&[(KEY_FILE, "/key"), home]).unwrap(), "/key");
        assert!(file(&[]).unwrap_err().contains("ASKWELL_KEY_FILE"));
    }

    #[test]
    fn a_level_that_is_none_does_not_turn_the_log_off() {
        let checked = |filter: &str| checked_log_filter(filter.to_owned());
        for filter in [
            "info",
            "WARN",
            "debug,sqlx=info",
            "askwell::store=trace",
            "off",
            "info,",
        ] {
            assert_eq!(checked(filter).unwrap(), filter);
        }
        for word in ["warning", "verbose", "loud"] {
            let error = checked(&format!("sqlx=info, {word}"))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(&format!("`{word}`, which is no level")),
                "{error}"
            );
        }
    }

    #[test]
    fn every_mistake_is_named() {
        check(
            &[(TOKEN, SECRET), (TOKEN_FILE, "/nowhere")],
            "unset one of them",
        );
        check(
            &[(TOKEN_FILE, "/nowhere/token")],
            "cannot read /nowhere/token",
        );
        for token in [
            "hello",
            "123456:",
            ":AAF",
            "12 34:AAF",
            "123456:AA F",
            "123456:AA/../x",
        ] {
            check(
                &[(TOKEN, token)],
                "TELOXIDE_TOKEN does not hold a bot token",
            );
        }
        for url in [
            "localhost:8081",
            "ftp://example.org",
            "http://",
            "http://host/?a=b",
            "nonsense",
        ] {
            check(
                &[(TOKEN, SECRET), (API_URL, url)],
                "TELOXIDE_API_URL is not a web address",
            );
        }
    }
}
