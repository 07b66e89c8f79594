//! Address ranges and addresses of web services.

use std::net::IpAddr;

use super::names::explain;
use super::text_type;

text_type! {
    /// A range of addresses, IPv4 or IPv6, in CIDR notation, with no bit set beyond its prefix.
    Cidr: "cidr", examples ["10.20.4.0/28"];
    |text| {
        let (address, length) = text.split_once('/').ok_or("expected an address and a prefix length, such as `10.0.0.0/8`")?;
        let address: IpAddr = address.parse().map_err(|_| format!("`{address}` is no IP address"))?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let plain = !length.is_empty() && length.len() <= 3 && length.bytes().all(|it| it.is_ascii_digit());
        let length = length.parse::<u32>().ok().filter(|it| plain && *it <= bits);
        let length = length.ok_or(format!("expected a prefix length of 0 to {bits}"))?;
        let network = network(address, bits - length);
        if network == address { Ok(()) } else { Err("the address has bits beyond its prefix".to_owned()) }
    }
}

text_type! {
    /// An IPv4 or IPv6 address.
    Address: "address", examples ["10.30.9.44"];
    |text| text.parse::<IpAddr>().map(drop).map_err(|_| "expected an IP address such as `10.30.9.44`".to_owned())
}

text_type! {
    /// A port of the machine that Compose runs on, and the port of the service behind it: `[address:]port[:port]`. The
    /// address is assumed to be `127.0.0.1`; the port of the service, by name or number, to be its first.
    HostPort: "host-port", examples ["127.0.0.1:18080:http"];
    |text| {
        let (_, port, target) = host_port(text).ok_or("expected a port such as `18080:http` or `127.0.0.1:18080:http`")?;
        let plain = port.bytes().all(|it| it.is_ascii_digit());
        if !plain || port.parse::<u16>().map_or(true, |it| it == 0) {
            return Err(format!("`{port}` is no port: expected 1 to 65535"));
        }
        match target {
            Some(target) => super::Name::check(target).or_else(|why| target.parse::<u16>().map(drop).map_err(|_| why)),
            None => Ok(()),
        }
    }
}

/// The address, the port of the machine and the port of the service.
fn host_port(text: &str) -> Option<(Option<IpAddr>, &str, Option<&str>)> {
    let (address, rest) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once("]:")?;
            (Some(IpAddr::V6(address.parse().ok()?)), rest)
        }
        None => match text.split_once(':') {
            Some((address, rest)) if address.contains('.') => (Some(IpAddr::V4(address.parse().ok()?)), rest),
            _ => (None, text),
        },
    };
    let (port, target) = rest.split_once(':').map_or((rest, None), |(port, target)| (port, Some(target)));
    Some((address, port, target))
}

impl HostPort {
    /// The address of the machine, the port on it, and the name or number of the service's port.
    #[must_use]
    pub fn parts(&self) -> (IpAddr, u16, Option<&str>) {
        let (address, port, target) = host_port(self.as_str()).expect("internal error: it was read by its grammar");
        (address.unwrap_or(IpAddr::V4(core::net::Ipv4Addr::LOCALHOST)), port.parse().unwrap_or_default(), target)
    }
}

text_type! {
    /// What is reached without a proxy: a host name, `.domain` for all below it, an address or a range of them.
    NoProxy: "no-proxy", examples [".hospital.example", "10.0.0.0/8"];
    |text| {
        let fits = !text.is_empty() && text.chars().all(|it| it.is_ascii_alphanumeric() || ".-:/_*".contains(it));
        explain(fits, "a host name, `.domain`, an address or a range of addresses")
    }
}

text_type! {
    /// An address of a web service: `https://` (or `http://`), a host, an optional port and path.
    Url: "web-address";
    |text| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
        let known = |it: char| it.is_ascii_alphanumeric() || "-._~:/?#[]!&()*+,;=%".contains(it);
        let fits = rest.starts_with(|it: char| it.is_ascii_alphanumeric()) && rest.chars().all(known);
        if text.contains('@') {
            return Err("credentials do not belong in an address; name a secret".to_owned());
        }
        explain(fits, "`https://`, a host, and a path")
    }
}

text_type! {
    /// The address of a bucket: `s3://`, `gs://`, `az://`, `abfss://` or `https://`, a name, and an optional path.
    BucketUrl: "bucket-address", examples ["s3://reading-models", "gs://reading-models/2026"];
    |text| {
        let schemes = ["s3://", "gs://", "az://", "abfss://", "https://"];
        let rest = schemes.iter().find_map(|it| text.strip_prefix(it)).unwrap_or_default();
        let known = |it: char| it.is_ascii_alphanumeric() || "-._~:/@".contains(it);
        // The container of `abfss://container@account` stands where other addresses have a password.
        if text.contains('@') && (!text.starts_with("abfss://") || text.matches(':').count() > 1) {
            return Err("credentials do not belong in an address; name a secret".to_owned());
        }
        let fits = rest.starts_with(|it: char| it.is_ascii_alphanumeric()) && rest.chars().all(known);
        explain(fits, "`s3://`, `gs://`, `az://`, `abfss://` or `https://`, a name, and a path")
    }
}

impl Cidr {
    /// The range that an address with bits beyond its prefix is in.
    pub(super) fn around(text: &str) -> Option<String> {
        let (address, length) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128_u32 };
        let host_bits = bits.checked_sub(length.parse().ok()?)?;
        Some(format!("{}/{length}", network(address, host_bits)))
    }

    /// Whether this is every address there is.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.as_str().ends_with("/0")
    }
}

/// The address without its last `host_bits` bits.
fn network(address: IpAddr, host_bits: u32) -> IpAddr {
    match address {
        IpAddr::V4(it) => IpAddr::V4((u32::from(it) & u32::MAX.checked_shl(host_bits).unwrap_or(0)).into()),
        IpAddr::V6(it) => IpAddr::V6((u128::from(it) & u128::MAX.checked_shl(host_bits).unwrap_or(0)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_no_bits_beyond_their_prefix() {
        for good in ["10.20.4.0/28", "0.0.0.0/0", "10.20.8.7/32", "fd00::/8", "::/0"] {
            assert_eq!(Cidr::check(good), Ok(()), "{good}");
        }
        for bad in ["10.20.4.1/28", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/+8", "10.0.0.0/"] {
            assert!(Cidr::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn buckets_have_a_scheme_and_no_credentials() {
        for good in ["s3://reading-models", "gs://a/b/c", "abfss://c@account.dfs.example", "https://minio:9000/models"]
        {
            assert_eq!(BucketUrl::check(good), Ok(()), "{good}");
        }
        for bad in ["models", "s3://", "ftp://a", "s3://key:word@a", "abfss://u:p@a", "s3://a b", "http://a"] {
            assert!(BucketUrl::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ports_of_the_machine_may_say_where_and_what_for() {
        let parts = |text| {
            HostPort::parse(text).map(|it| {
                let (a, b, c) = it.parts();
                format!("{a} {b} {c:?}")
            })
        };
        assert_eq!(parts("18080").as_deref(), Ok("127.0.0.1 18080 None"));
        assert_eq!(parts("18080:http").as_deref(), Ok("127.0.0.1 18080 Some(\"http\")"));
        assert_eq!(parts("0.0.0.0:104:11112").as_deref(), Ok("0.0.0.0 104 Some(\"11112\")"));
        assert_eq!(parts("[::1]:18080:http").as_deref(), Ok("::1 18080 Some(\"http\")"));
        for bad in ["", "0", "70000", "host:80", "1.2.3:80", "80:", "80:a b", "::1:80", "+80", "80:http:x"] {
            assert!(HostPort::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_carry_no_credentials() {
        assert_eq!(Url::check("https://nexus.hospital.example/pypi"), Ok(()));
        for bad in ["nexus", "ftp://a", "https://", "https://u:p@host/", "https://a b", "https://a\"b"] {
            assert!(Url::check(bad).is_err(), "{bad}");
        }
    }
}
