//! A report for programs: JSON, SARIF for code scanners, and GitHub's own lines.

use std::fmt::Write as _;
use std::io::Write;

use serde_json::{Value, json};

use crate::knowledge::{Code, Problem, Report, Severity};

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// One list of findings, each with its place.
pub(super) fn json(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let place = |place: &crate::knowledge::Place| {
        let (line, column) = report.position(place);
        json!({ "file": report.sources()[place.file].path, "line": line, "column": column })
    };
    let findings: Vec<Value> = report
        .problems()
        .iter()
        .map(|it| {
            json!({
                "code": it.code.name(),
                "severity": level(it.severity),
                "message": it.message,
                "label": it.label,
                "help": it.help,
                "place": place(&it.place),
                "others": it.others.iter().map(|(other, label)| json!({ "place": place(other), "label": label })).collect::<Vec<_>>(),
                "fixable": it.fix.is_some(),
            })
        })
        .collect();
    writeln!(out, "{}", serde_json::to_string_pretty(&findings)?)?;
    Ok(())
}

/// SARIF 2.1.0, as code scanners read it.
pub(super) fn sarif(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let location = |place: &crate::knowledge::Place, label: &str| {
        let (line, column) = report.position(place);
        json!({
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&path(report, place.file)) },
                "region": { "startLine": line, "startColumn": column },
            },
            "message": { "text": label },
        })
    };
    let results: Vec<Value> = report
        .problems()
        .iter()
        .map(|it| {
            json!({
                "ruleId": it.code.name(),
                "level": level(it.severity),
                "message": { "text": words(it) },
                "locations": [location(&it.place, &it.label)],
                "relatedLocations": it.others.iter().map(|(place, label)| location(place, label)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let rules: Vec<Value> = Code::ALL
        .iter()
        .map(|it| json!({ "id": it.name(), "shortDescription": { "text": it.explanation() } }))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "askwell", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    writeln!(out, "{}", serde_json::to_string_pretty(&log)?)?;
    Ok(())
}

/// Lines that GitHub shows beside the changed lines of a pull request.
pub(super) fn github(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    for problem in report.problems() {
        let (line, column) = report.position(&problem.place);
        let command = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        writeln!(
            out,
            "::{command} file={},line={line},col={column},title={}::{}",
            property(&path(report, problem.place.file)),
            property(problem.code.name()),
            data(&words(problem)),
        )?;
    }
    Ok(())
}

/// With slashes on every system, and from the folder that the command runs in.
fn path(report: &Report, file: usize) -> String {
    let path = report.sources()[file].path.to_string_lossy();
    let path = path.replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// A path as a relative reference. Source: RFC 3986, section 3.3.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn words(problem: &Problem) -> String {
    let label = if problem.label.is_empty() {
        String::new()
    } else {
        format!(" ({})", problem.label)
    };
    format!("{}{label}: {}", problem.message, problem.help)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_with_odd_signs_is_a_reference() {
        assert_eq!(
            super::uri("our faq/a#1 ü.toml"),
            "our%20faq/a%231%20%C3%BC.toml"
        );
    }
}
