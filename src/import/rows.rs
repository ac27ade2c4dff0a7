//! The rows of CSV and TSV files, and texts in their cells.

use std::ffi::OsStr;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::ImportError;
use crate::markup::Document;

/// One line of a table with its number.
pub(super) type Row = (u64, StringRecord);

/// What stands between the cells, by the name of the file and its first line.
pub(super) fn delimiter(name: &str, text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let n = |sign: char| first.matches(sign).count();
    let ending = Path::new(name).extension().map(OsStr::to_ascii_lowercase);
    let is_tabs = ending.is_some_and(|it| it == "tsv" || it == "tab");
    if is_tabs || n('\t') > n(',').max(n(';')) {
        b'\t'
    } else if n(';') > n(',') {
        b';'
    } else if n('|') > n(',') {
        b'|'
    } else {
        b','
    }
}

/// The rows of a table with the lines they begin on.
pub(super) fn rows(name: &str, text: &str, delimiter: u8) -> Result<Vec<Row>, ImportError> {
    // Tab-separated files quote nothing as a rule, so that `"` is just a sign in them.
    let quotes = delimiter != b'\t' || text.contains("\t\"");
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .quoting(quotes)
        .from_reader(text.as_bytes());
    if let Some(line) = unclosed(text, delimiter).filter(|_| quotes) {
        return Err(ImportError::Unclosed {
            name: name.to_owned(),
            line,
        });
    }
    let mut rows = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for record in reader.records() {
        let record = record.map_err(|error| ImportError::Broken {
            name: name.to_owned(),
            line: error.position().map_or(0, csv::Position::line),
            what: "a table",
            why: error.into(),
        })?;
        // The reader counts its lines before the second half of `\r\n`.
        let at = record.position().map_or(0, csv::Position::byte);
        let at = usize::try_from(at).unwrap_or(text.len()).min(text.len());
        let n_ends = text.as_bytes()[at..]
            .iter()
            .take_while(|it| matches!(it, b'\r' | b'\n'));
        let start = at + n_ends.count();
        line += newlines(&text.as_bytes()[counted..start]);
        counted = start;
        rows.push((line, record));
    }
    Ok(rows)
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|it| **it == b'\n').count() as u64
}

/// The line of a quotation mark that opens a cell and is never closed. What follows it
/// would become one long answer. Source: RFC 4180.
fn unclosed(text: &str, delimiter: u8) -> Option<u64> {
    let bytes = text.as_bytes();
    let mut opened = None;
    let mut begins_cell = true;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if opened.is_some() {
            if byte == b'"' && bytes.get(at + 1) == Some(&b'"') {
                at += 1;
            } else if byte == b'"' {
                opened = None;
            }
        } else if byte == b'"' && begins_cell {
            opened = Some(at);
        }
        begins_cell = opened.is_none() && (byte == delimiter || matches!(byte, b'\r' | b'\n'));
        at += 1;
    }
    opened.map(|at| newlines(&bytes[..at]) + 1)
}

pub(super) fn push_new(variants: &mut Vec<String>, variant: String) {
    if !variant.is_empty() && !variants.contains(&variant) {
        variants.push(variant);
    }
}

/// Markdown, or plain text in which a line end was meant as one.
pub(super) fn from_lines(text: &str) -> Document {
    let is_item = |line: &str| {
        let line = line.trim_start();
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        line.starts_with(['-', '*', '+', '•'])
            || digits > 0 && line[digits..].starts_with(['.', ')'])
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let bullet = line
            .trim_start()
            .strip_prefix("• ")
            .map(|rest| format!("- {rest}"));
        out.push_str(bullet.as_deref().unwrap_or(line));
        let next = lines.get(index + 1);
        let both_text = next.is_some_and(|next| {
            !next.trim().is_empty()
                && !line.trim().is_empty()
                && !is_item(next)
                && !is_item(line)
                && !next.starts_with(' ')
        });
        if both_text && !line.ends_with('\\') && !line.ends_with("  ") {
            out.push('\\');
        }
        out.push('\n');
    }
    Document::parse(&out).0
}
