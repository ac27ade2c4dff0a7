//! `askwell init`: a content folder that works, for a practice that begins.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use url::Url;

use super::Status;
use super::save::{Over, save};
use crate::content::is_content_file;
use crate::matching;
use crate::safety::CrisisTexts;

/// Begin a content folder: settings, first questions, crisis texts of your country
///
/// Asks for what is not given. Nothing that is there is overwritten.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:\n  askwell init\n  \
    askwell init practice/faq --name \"Mill Practice\" --site https://mill.uk --country GB --contact desk@mill.uk")]
pub(super) struct InitArgs {
    /// The new folder
    #[arg(value_name = "DIR", default_value = "faq")]
    dir: PathBuf,
    /// What the practice is called
    #[arg(long)]
    name: Option<String>,
    /// Its website
    #[arg(long, value_name = "URL")]
    site: Option<String>,
    /// Its country, for the crisis texts: AU, CA, GB, IE, US, or none
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// How to reach a person: a mail address, a telephone number or a page
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
}

const BOT: &str = include_str!("bot.toml");
const FIRST_QUESTIONS: &str = include_str!("first-questions.toml");
const TESTS: &str = include_str!("tests.toml");
const HELPLINES: &str = include_str!("../../../faq/safety/helplines.toml");

/// What init makes.
const NAMES: [&str; 4] = [
    "bot.toml",
    "first-questions.toml",
    "tests.toml",
    "safety/helplines.toml",
];

/// The line of the crisis texts that names the country.
const COUNTRY_LINE: &str = "country = \"CA\"";

pub(super) fn run(args: &InitArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let dir = &args.dir;
    refuse_taken(dir)?;
    let practice = if io::stdin().is_terminal() && io::stderr().is_terminal() {
        Practice::ask(args, &mut io::stdin().lock(), &mut anstream::stderr())?
    } else {
        Practice::given(args)?
    };
    let mut made = Made::default();
    for (name, text) in practice.files() {
        if let Err(error) = made.file(&dir.join(name), &text) {
            made.take_back();
            return Err(error);
        }
    }
    next_steps(dir, out)?;
    Ok(Status::Fine)
}

/// An error if anything is there that content is made of.
fn refuse_taken(dir: &Path) -> anyhow::Result<()> {
    const CURE: &str = "and init overwrites nothing; give the name of a new folder";
    let is_content = |it: io::Result<fs::DirEntry>| it.is_ok_and(|it| is_content_file(&it.path()));
    if fs::read_dir(dir).is_ok_and(|mut it| it.any(is_content)) {
        bail!("{} holds content already, {CURE}", dir.display());
    }
    for name in NAMES {
        let path = dir.join(name);
        // A link that leads nowhere is somebody's too.
        if fs::symlink_metadata(&path).is_ok() {
            bail!("{} is there already, {CURE}", path.display());
        }
    }
    Ok(())
}

/// The files and folders that were made so far.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    /// The outer before the inner.
    folders: Vec<PathBuf>,
}

impl Made {
    /// Makes a file and the folders that it needs.
    fn file(&mut self, path: &Path, text: &str) -> anyhow::Result<()> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let missing = |it: &&Path| !it.as_os_str().is_empty() && !it.exists();
        let missing: Vec<&Path> = parent.ancestors().take_while(missing).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            self.folders.push(folder.to_owned());
        }
        save(path, text, Over::Only(None))?;
        self.files.push(path.to_owned());
        Ok(())
    }

    /// Leaves the disk as it was before; what others put there meanwhile stays.
    fn take_back(&self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn next_steps(dir: &Path, out: &mut dyn Write) -> io::Result<()> {
    let faq = if dir == Path::new("faq") {
        String::new()
    } else {
        format!(" --faq {}", dir.display())
    };
    let shown = dir.display();
    write!(
        out,
        "Wrote {shown}: bot.toml, first-questions.toml, tests.toml and safety/helplines.toml.\n\n\
         Next:\n  \
         askwell check {shown}   finds mistakes\n  \
         askwell chat{faq}   asks it something, such as: how do I get an appointment\n  \
         askwell import ADDRESS{faq}   takes a page of your website in\n\n\
         Before people use it, dial every number in {shown}/safety/helplines.toml and sign there.\n"
    )
}

/// What the files are made of.
struct Practice {
    name: String,
    site: Option<Url>,
    country: String,
    contact: Option<String>,
}

impl Practice {
    /// By flags alone, where nobody can be asked.
    fn given(args: &InitArgs) -> anyhow::Result<Self> {
        let Some(name) = args.name.as_deref().and_then(filled) else {
            bail!(
                "nobody can be asked here, so give at least --name, as in: askwell init --name \"Mill Practice\""
            );
        };
        let site = args
            .site
            .as_deref()
            .and_then(filled)
            .map(|it| site(&it))
            .transpose()
            .map_err(anyhow::Error::msg)?;
        let country =
            country(args.country.as_deref().unwrap_or("none")).map_err(anyhow::Error::msg)?;
        Ok(Self {
            name,
            site,
            country,
            contact: args.contact.as_deref().and_then(filled),
        })
    }

    /// By flags, and by asking for the rest.
    fn ask(args: &InitArgs, input: &mut dyn BufRead, talk: &mut dyn Write) -> anyhow::Result<Self> {
        let name = loop {
            if let Some(name) = answer(
                "What is your practice called?",
                args.name.as_deref(),
                input,
                talk,
            )? {
                break name;
            }
            writeln!(talk, "The bot needs a name; people see it first.")?;
        };
        let site = until_fine(
            "The address of your website (Enter to skip):",
            args.site.as_deref(),
            input,
            talk,
            |text| text.map(|it| site(&it)).transpose(),
        )?;
        let country = until_fine(
            "Your country, for the crisis texts (AU, CA, GB, IE, US; Enter for none of these):",
            args.country.as_deref(),
            input,
            talk,
            |text| country(text.as_deref().unwrap_or("none")),
        )?;
        let contact = answer(
            "How do people reach you? A mail address, telephone number or page (Enter to skip):",
            args.contact.as_deref(),
            input,
            talk,
        )?;
        Ok(Self {
            name,
            site,
            country,
            contact,
        })
    }

    fn files(&self) -> [(&'static str, String); 4] {
        // Reserved for examples, so that `check` reminds of what is still missing.
        let site = self
            .site
            .as_ref()
            .map_or("https://example.org/", Url::as_str);
        let contact = self
            .contact
            .as_deref()
            .map_or_else(|| format!("See our [contact page]({site})."), linked);
        let host = self
            .site
            .as_ref()
            .and_then(Url::host_str)
            .unwrap_or("our website");
        let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let matching = matching::Settings::default();
        let values = [
            ("{threshold}", matching.threshold.to_string()),
            (
                "{clarify_threshold}",
                matching.clarify_threshold.to_string(),
            ),
            ("{name}", text(&self.name)),
            ("{contact}", text(&contact)),
            (
                "{how_to_reach}",
                text(&format!("How can I reach {}?", self.name)),
            ),
            (
                "{booking}",
                text(&format!(
                    "Get in touch, and we find a time with you. {contact}"
                )),
            ),
            (
                "{where_to_read}",
                text(&format!("Where can I read more about {}?", self.name)),
            ),
            (
                "{website}",
                text(&format!("On our website: [{host}]({site}).")),
            ),
        ];
        let fill = |template: &str| {
            values
                .iter()
                .fold(template.to_owned(), |out, (key, value)| {
                    out.replace(&format!("= {key}\n"), &format!("= {value}\n"))
                })
        };
        let country = format!("country = \"{}\"", self.country);
        let [bot, first_questions, tests, helplines] = NAMES;
        [
            (bot, fill(BOT)),
            (first_questions, fill(FIRST_QUESTIONS)),
            (tests, TESTS.to_owned()),
            (helplines, HELPLINES.replacen(COUNTRY_LINE, &country, 1)),
        ]
    }
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The flag, or what somebody types; none for an empty line.
fn answer(
    question: &str,
    flag: Option<&str>,
    input: &mut dyn BufRead,
    talk: &mut dyn Write,
) -> anyhow::Result<Option<String>> {
    if let Some(text) = flag {
        return Ok(filled(text));
    }
    write!(talk, "{question} ")?;
    talk.flush()?;
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        bail!("the questions ended early; nothing was written");
    }
    Ok(filled(&line))
}

/// Asks until the answer fits; a flag that does not fit is asked for too.
fn until_fine<T>(
    question: &str,
    flag: Option<&str>,
    input: &mut dyn BufRead,
    talk: &mut dyn Write,
    read: impl Fn(Option<String>) -> Result<T, String>,
) -> anyhow::Result<T> {
    let mut flag = flag;
    loop {
        match read(answer(question, flag.take(), input, talk)?) {
            Ok(value) => return Ok(value),
            Err(why) => writeln!(talk, "{why}.")?,
        }
    }
}

fn site(text: &str) -> Result<Url, String> {
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    Url::parse(&full)
        .ok()
        .filter(|it| {
            matches!(it.scheme(), "http" | "https")
                && it.host_str().is_some_and(|it| it.contains('.'))
        })
        .ok_or_else(|| {
            format!("{text} is no web address; copy it from the browser, such as https://mill.uk")
        })
}

/// A code that the crisis texts know, or nothing for the text that names no country.
fn country(text: &str) -> Result<String, String> {
    let code = text.trim().to_ascii_uppercase();
    let code = match code.as_str() {
        "UK" => "GB",
        "NONE" | "OTHER" | "" => "",
        other => other,
    };
    let texts = HELPLINES.replacen(
        COUNTRY_LINE,
        &format!("country = {}", toml::Value::from(code)),
        1,
    );
    match CrisisTexts::parse("helplines.toml", &texts) {
        Ok(_) => Ok(code.to_owned()),
        Err(_) => Err(format!(
            "there is no crisis text for {text} yet; choose AU, CA, GB, IE or US, or none and add your own entry to safety/helplines.toml"
        )),
    }
}

/// A mail address or page as a link; a number is found by the phone itself.
fn linked(contact: &str) -> String {
    let is_word = !contact.contains(char::is_whitespace);
    if is_word && contact.contains('@') && !contact.contains('/') {
        format!("Write to [{contact}](mailto:{contact}).")
    } else if is_word && contact.contains("://") {
        format!("See our [contact page]({contact}).")
    } else if contact.starts_with(['+', '0'])
        && contact
            .chars()
            .all(|it| it.is_ascii_digit() || " +-/()".contains(it))
    {
        format!("Ring us: {contact}.")
    } else {
        contact.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;

    fn asked(typed: &str) -> (anyhow::Result<Practice>, String) {
        let mut talk = Vec::new();
        let practice = Practice::ask(&InitArgs::default(), &mut typed.as_bytes(), &mut talk);
        (practice, String::from_utf8(talk).unwrap())
    }

    #[test]
    fn answers_that_do_not_fit_are_asked_for_again() {
        let (practice, talk) =
            asked("\nMill \"Old\" Practice\nnowhere\nmill.uk\nXX\nuk\n+44 20 1234\n");
        let practice = practice.unwrap();
        assert_eq!(
            (practice.name.as_str(), practice.country.as_str()),
            ("Mill \"Old\" Practice", "GB")
        );
        assert_eq!(practice.site.as_ref().unwrap().as_str(), "https://mill.uk/");
        assert!(
            talk.contains("needs a name")
                && talk.contains("nowhere is no web address")
                && talk.contains("no crisis text for XX"),
            "{talk}"
        );
        assert!(asked("Mill\n").0.is_err());
    }

    #[test]
    fn what_is_written_is_content_without_a_problem_whatever_the_name() {
        for (name, contact) in [
            ("Mill", "desk@mill.uk"),
            ("A \"B\" {name} \\ 'C'", "+44 20 1234"),
            ("Größe", "https://mill.uk/c"),
            ("X", "Ask at the desk, or write."),
        ] {
            let args = InitArgs {
                name: Some(name.to_owned()),
                site: Some("mill.uk".to_owned()),
                contact: Some(contact.to_owned()),
                country: Some("ie".to_owned()),
                ..InitArgs::default()
            };
            let files = Practice::given(&args)
                .unwrap()
                .files()
                .map(|(name, text)| (Path::new("faq").join(name), text));
            let files = files
                .into_iter()
                .filter(|(path, _)| !path.ends_with("tests.toml"));
            let loaded = Content::parse(files.collect());
            assert_eq!(loaded.report.problems().len(), 0, "{}", loaded.report);
            assert_eq!(loaded.content.unwrap().profile.name, name.trim());
        }
    }
}
