//! A page from the web: only `http` and `https`, only so long and so large, and no address
//! of a private network unless that is allowed. Each redirect is checked like the first
//! address, and the connection goes to the very address that was checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use url::{Host, Url};

/// What a fetch may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the page.
    pub size: usize,
    /// For the whole, with its redirects.
    pub time: Duration,
    pub private_addresses: PrivateAddresses,
}

/// Whether addresses that only this machine or its network can reach may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateAddresses {
    Refused,
    Allowed,
}

/// A page as it arrived.
#[derive(Debug)]
pub struct Fetched {
    /// Where the redirects led to.
    pub url: Url,
    pub text: String,
}

/// Why a page could not be had. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{0} is no web address; only http:// and https:// are read")]
    Scheme(String),
    #[error(
        "{} an address of a private network, which nobody outside can see; if that is your own server, say --allow-private",
        named(host, address)
    )]
    Private { host: String, address: IpAddr },
    #[error("no computer is known by the name {host}; look for a slip in the address")]
    Unknown { host: String },
    #[error(
        "{url} leads from address to address without an end; open it in a browser and give the last address"
    )]
    Redirects { url: Url },
    #[error(
        "{url} answers with {status}; open it in a browser, and if it asks for a password, save the page there and import the file"
    )]
    Refused {
        url: Url,
        status: reqwest::StatusCode,
    },
    #[error("{url} is larger than {limit} MB; save the part you need and import the file")]
    TooLarge { url: Url, limit: usize },
    #[error(
        "{url} is {kind}, and only text can be imported; give a page, or export it as HTML, Markdown or CSV"
    )]
    NotText { url: Url, kind: String },
    #[error(
        "{url} did not answer in {seconds} seconds; try again, or save the page and import the file"
    )]
    TooSlow { url: Url, seconds: u64 },
    #[error("{url} cannot be read; is this computer online?")]
    Connect { url: Url, source: reqwest::Error },
    #[error("cannot start to fetch")]
    Start(#[source] std::io::Error),
}

/// `the-desk is 10.1.2.3,`, or only `10.1.2.3 is`.
fn named(host: &str, address: &IpAddr) -> String {
    if host.trim_matches(['[', ']']) == address.to_string() {
        format!("{address} is")
    } else {
        format!("{host} is {address},")
    }
}

/// As many as browsers take is 20; a page needs two or three.
const MAX_REDIRECTS: usize = 5;

impl Default for Limits {
    /// 5 MB and 20 seconds: ten times a large page, and as long as a person waits.
    fn default() -> Self {
        Self {
            size: 5_000_000,
            time: Duration::from_secs(20),
            private_addresses: PrivateAddresses::Refused,
        }
    }
}

/// Reads a page.
///
/// # Errors
/// When the address may not be read, does not answer, or holds no text.
pub fn fetch(url: &Url, limits: &Limits) -> Result<Fetched, FetchError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(FetchError::Start)?;
    runtime.block_on(async {
        let slow = || FetchError::TooSlow {
            url: url.clone(),
            seconds: limits.time.as_secs(),
        };
        tokio::time::timeout(limits.time, follow(url, limits))
            .await
            .unwrap_or_else(|_| Err(slow()))
    })
}

async fn follow(first: &Url, limits: &Limits) -> Result<Fetched, FetchError> {
    let mut url = first.clone();
    for _ in 0..=MAX_REDIRECTS {
        let client = client(&url, limits).await?;
        let request = client
            .get(url.clone())
            .header("accept", "text/html, text/*;q=0.9, */*;q=0.1");
        let response = request.send().await.map_err(|source| FetchError::Connect {
            url: url.clone(),
            source: source.without_url(),
        })?;
        if response.status().is_redirection() {
            let target = response
                .headers()
                .get("location")
                .and_then(|it| it.to_str().ok());
            let next = target.and_then(|it| url.join(it).ok());
            url = next.ok_or_else(|| FetchError::Refused {
                url: url.clone(),
                status: response.status(),
            })?;
            continue;
        }
        return body(url, response, limits).await;
    }
    Err(FetchError::Redirects { url: first.clone() })
}

/// A client that can only reach the addresses that were checked. It takes no proxy, since
/// a proxy would look the name up again.
async fn client(url: &Url, limits: &Limits) -> Result<Client, FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Scheme(url.to_string()));
    }
    let port = url.port_or_known_default().unwrap_or(80);
    let host = url
        .host()
        .ok_or_else(|| FetchError::Scheme(url.to_string()))?;
    let addresses: Vec<SocketAddr> = match host {
        Host::Ipv4(ip) => vec![(ip, port).into()],
        Host::Ipv6(ip) => vec![(ip, port).into()],
        Host::Domain(name) => {
            let found = tokio::net::lookup_host((name, port)).await;
            found.map(Iterator::collect).unwrap_or_default()
        }
    };
    if addresses.is_empty() {
        return Err(FetchError::Unknown {
            host: host.to_string(),
        });
    }
    if limits.private_addresses == PrivateAddresses::Refused
        && let Some(private) = addresses.iter().find(|it| is_private(it.ip()))
    {
        return Err(FetchError::Private {
            host: host.to_string(),
            address: private.ip(),
        });
    }
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .user_agent(concat!("askwell/", env!("CARGO_PKG_VERSION")))
        .resolve_to_addrs(&host.to_string(), &addresses)
        .build()
        .map_err(|source| FetchError::Connect {
            url: url.clone(),
            source,
        })
}

async fn body(
    url: Url,
    mut response: reqwest::Response,
    limits: &Limits,
) -> Result<Fetched, FetchError> {
    if !response.status().is_success() {
        return Err(FetchError::Refused {
            url,
            status: response.status(),
        });
    }
    let kind = response
        .headers()
        .get("content-type")
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    if !kind.is_empty() && !is_text(&kind) {
        return Err(FetchError::NotText { url, kind });
    }
    let mut bytes = Vec::new();
    let broken = |source: reqwest::Error, url: &Url| FetchError::Connect {
        url: url.clone(),
        source: source.without_url(),
    };
    while let Some(chunk) = response.chunk().await.map_err(|it| broken(it, &url))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > limits.size {
            return Err(FetchError::TooLarge {
                url,
                limit: limits.size / 1_000_000,
            });
        }
    }
    if let Some(kind) = not_text(&bytes) {
        return Err(FetchError::NotText {
            url,
            kind: kind.to_owned(),
        });
    }
    let charset = kind
        .split("charset=")
        .nth(1)
        .map(|it| it.trim_matches(['"', ' ', ';']).to_owned());
    Ok(Fetched {
        url,
        text: decode(&bytes, charset.as_deref()),
    })
}

/// Whether a media type in lower case is that of a text. One that ends in `+json` or `+xml`
/// is in that syntax. Source: RFC 6839.
fn is_text(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim_end();
    let texts = [
        "text/",
        "application/xhtml",
        "application/xml",
        "application/json",
        "application/x-yaml",
        "application/yaml",
    ];
    texts.iter().any(|it| kind.starts_with(it)) || kind.ends_with("+json") || kind.ends_with("+xml")
}

/// What a file is that holds no text, by its first bytes.
#[must_use]
pub fn not_text(bytes: &[u8]) -> Option<&'static str> {
    let begins: &[(&[u8], &str)] = &[
        (b"%PDF", "a PDF"),
        (b"PK\x03\x04", "a Word, Excel or ZIP file"),
        (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"\x1f\x8b", "a packed file"),
    ];
    let known = begins.iter().find(|(mark, _)| bytes.starts_with(mark));
    let has_mark = encoding_rs::Encoding::for_bom(bytes).is_some();
    known
        .map(|(_, kind)| *kind)
        .or_else(|| (bytes.contains(&0) && !has_mark).then_some("no text file"))
}

/// Bytes as text: by their mark, by what the server or the page itself says, else UTF-8 if
/// it is, else Windows-1252, as browsers do.
#[must_use]
pub fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2_048)]).to_ascii_lowercase();
    let by_page = || {
        head.split("charset=").nth(1).map(|it| {
            it.trim_start_matches(['"', '\''])
                .split(['"', '\'', '>', ';', ' ', '/'])
                .next()
                .unwrap_or_default()
        })
    };
    let encoding = charset
        .or_else(by_page)
        .and_then(|it| encoding_rs::Encoding::for_label(it.as_bytes()));
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding
            .decode_without_bom_handling(&bytes[mark..])
            .0
            .into_owned();
    }
    match (std::str::from_utf8(bytes), encoding) {
        (Ok(text), _) => text.to_owned(),
        (Err(_), Some(encoding)) if encoding != encoding_rs::UTF_8 => {
            encoding.decode(bytes).0.into_owned()
        }
        (Err(_), _) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// Whether an address is reached only inside some network: this machine, a local network,
/// a provider's own, or what is reserved. Source: IANA's special-purpose registries.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => is_private_v4(ip),
        IpAddr::V6(ip) => is_private_v6(ip),
    }
}

fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a == 100 && (64..128).contains(&b)
        || a == 192 && b == 0 && c == 0
        || a == 198 && (b == 18 || b == 19)
        || a >= 240
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
    // An IPv4 address in another form is judged as one.
    let segments = ip.segments();
    let embedded = ip.to_ipv4_mapped().or_else(|| {
        (segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0]).then(|| {
            let [.., a, b, c, d] = ip.octets();
            Ipv4Addr::new(a, b, c, d)
        })
    });
    if let Some(ip) = embedded {
        return is_private_v4(ip);
    }
    // Only 2000::/3 is given out to the open internet; 2001:db8::/32 is for examples, and
    // 2002::/16 and 2001::/32 carry IPv4 addresses of anyone's choice.
    segments[0] & 0xe000 != 0x2000
        || segments[0] == 0x2002
        || segments[0] == 0x2001 && matches!(segments[1], 0 | 0xdb8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_private_networks_are_known_in_every_form() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "93.184.216.34",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::101:101",
        ] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn texts_are_known_by_their_media_types() {
        for text in [
            "text/html; charset=utf-8",
            "application/ld+json",
            "application/ld+json; charset=utf-8",
            "application/json",
            "application/xhtml+xml",
        ] {
            assert!(is_text(text), "{text}");
        }
        for other in ["application/pdf", "image/png", "application/zip; a=+json"] {
            assert!(!is_text(other), "{other}");
        }
    }

    #[test]
    fn a_text_is_read_in_its_own_encoding() {
        assert_eq!(decode("Größe".as_bytes(), None), "Größe");
        assert_eq!(decode(b"\xef\xbb\xbfa", None), "a");
        assert_eq!(decode(b"\xff\xfea\0", None), "a");
        assert_eq!(decode(b"Gr\xf6\xdfe", None), "Größe");
        assert_eq!(
            decode(b"<meta charset=\"iso-8859-2\">\xb3", None),
            "<meta charset=\"iso-8859-2\">ł"
        );
        assert_eq!(decode(b"\xb3", Some("iso-8859-2")), "ł");
    }
}
