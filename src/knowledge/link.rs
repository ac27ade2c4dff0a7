//! Addresses: which are accepted, and the one that opens a passage.

use std::fmt::Write as _;

use url::{Host, Url};

use super::code::Code;
use super::fields::{Findings, Text};
use super::problem::Problem;

/// The address that opens a passage of `page`: at its anchor, or else at the first place
/// where the heading's words stand.
///
/// Source of the second form: "URL Fragment Text Directives" (WICG scroll-to-text-fragment);
/// inside the text `-`, `,` and `&` would be syntax, so they are percent-encoded with
/// everything else that isn't plain.
#[must_use]
pub(super) fn passage(page: &str, anchor: Option<&str>, heading: &str) -> String {
    let (page, fragment) = page.split_once('#').unwrap_or((page, ""));
    if let Some(anchor) = anchor {
        return format!(
            "{page}#{}",
            encode(anchor.trim_start_matches('#'), b"-._~!$&'()*+,;=:@/?%")
        );
    }
    let fragment = fragment
        .split_once(":~:")
        .map_or(fragment, |(before, _)| before);
    format!("{page}#{fragment}:~:text={}", encode(heading, b"._~"))
}

/// Percent-encodes all but ASCII letters, digits and `plain`.
fn encode(text: &str, plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a String does not fail");
        }
    }
    out
}

/// A web address in full, or a problem.
pub(crate) fn checked(text: &Text<'_>, findings: &mut Findings<'_>) -> Option<String> {
    let address = text.value.trim();
    match web_address(address) {
        Ok(url) => {
            if is_placeholder(&url) {
                findings.placeholders.push(text.mark.clone());
            }
            // As it was written where that can be sent as it is.
            let plain = address
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
            Some(if plain {
                address.to_owned()
            } else {
                url.into()
            })
        }
        Err(label) => {
            let problem = Problem::error(Code::BadLink, findings.place(&text.mark), "this is not a web address that can be opened")
                .label(label)
                .help("people press it to read on, so give it in full: copy it from the browser, beginning with https://");
            // A name with a dot, such as the address bar shows it.
            let full = format!("https://{address}");
            let is_bare = !address.contains([':', '@', '"', '\\'])
                && web_address(&full)
                    .is_ok_and(|url| url.host_str().is_some_and(|it| it.contains('.')));
            let problem = if is_bare {
                problem.fix(text.span.clone(), format!("\"{full}\""))
            } else {
                problem
            };
            findings.push(problem);
            None
        }
    }
}

/// A complete `http` or `https` address, or what keeps it from being one.
pub(super) fn web_address(address: &str) -> Result<Url, &'static str> {
    if address.contains(char::is_whitespace) {
        return Err("there is a space in it");
    }
    let url = Url::parse(address).map_err(|_| {
        if address.contains("://") {
            "not a complete address"
        } else {
            "https:// is missing at the beginning"
        }
    })?;
    match url.scheme() {
        // `Url` also takes "https:page" and "https:/page".
        scheme @ ("http" | "https") if address[scheme.len()..].starts_with("://") => Ok(url),
        "http" | "https" => Err("two slashes are missing after https:"),
        _ if !address.contains("://") => Err("https:// is missing at the beginning"),
        _ => Err("not a web address (http or https)"),
    }
}

/// Whether an address is one of those reserved for examples (RFC 2606, RFC 6761), or this
/// very machine.
pub(crate) fn is_placeholder(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => {
            let domain = domain.trim_end_matches('.');
            [
                "example.org",
                "example.com",
                "example.net",
                "example",
                "test",
                "invalid",
                "localhost",
            ]
            .iter()
            .any(|reserved| {
                domain
                    .strip_suffix(reserved)
                    .is_some_and(|before| before.is_empty() || before.ends_with('.'))
            })
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = "https://a.org/blog/one";

    #[track_caller]
    fn check(page: &str, anchor: Option<&str>, heading: &str, expected: &str) {
        let link = passage(page, anchor, heading);
        assert_eq!(link, expected);
        assert!(Url::parse(&link).is_ok());
    }

    #[test]
    fn an_anchor_opens_its_passage() {
        check(
            PAGE,
            Some("first-step"),
            "First",
            "https://a.org/blog/one#first-step",
        );
        check(
            PAGE,
            Some("#first step"),
            "First",
            "https://a.org/blog/one#first%20step",
        );
        check(
            "https://a.org/one#top",
            Some("first"),
            "First",
            "https://a.org/one#first",
        );
    }

    #[test]
    fn without_an_anchor_the_words_of_the_heading_do() {
        check(
            PAGE,
            None,
            "One-to-One, Joint & Online: 100%?",
            "https://a.org/blog/one#:~:text=One%2Dto%2DOne%2C%20Joint%20%26%20Online%3A%20100%25%3F",
        );
        check(
            PAGE,
            None,
            "Person’s",
            "https://a.org/blog/one#:~:text=Person%E2%80%99s",
        );
        check(
            "https://a.org/one#top",
            None,
            "a b",
            "https://a.org/one#top:~:text=a%20b",
        );
        check(
            "https://a.org/one#:~:text=x",
            None,
            "a",
            "https://a.org/one#:~:text=a",
        );
    }

    #[test]
    fn only_complete_web_addresses_are_taken() {
        for good in [
            "https://a.org",
            "http://a.org/x?y=1#z",
            "HTTPS://A.org",
            "https://bücher.de/ä",
        ] {
            assert!(web_address(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.org",
            "www.a.org/x",
            "/blog",
            "ftp://a.org",
            "https:a.org",
            "https://",
            "https://a b.org",
            "mailto:a@b.c",
        ] {
            assert!(web_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reserved_names_are_placeholders() {
        for (address, expected) in [
            ("https://example.org/x", true),
            ("https://www.example.com", true),
            ("https://clinic.example", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1/", true),
            ("http://[::1]/", true),
            ("https://myexample.org", false),
            ("https://example.org.uk", false),
        ] {
            assert_eq!(
                is_placeholder(&Url::parse(address).unwrap()),
                expected,
                "{address}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_browser_finds_the_words_again(heading in any::<String>()) {
            let link = passage(PAGE, None, &heading);
            let text = link.strip_prefix("https://a.org/blog/one#:~:text=").unwrap();
            prop_assert!(!text.contains(['-', ',', '&', '#', ' ']));
            let mut bytes = Vec::new();
            let mut rest = text.as_bytes();
            while let [first, tail @ ..] = rest {
                if *first == b'%' {
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
                    rest = &tail[2..];
                } else {
                    bytes.push(*first);
                    rest = tail;
                }
            }
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), heading);
        }
    }
}
