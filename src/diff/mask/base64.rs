//! Base64, as the data of a Secret is written; read leniently, because what is not understood cannot be hidden.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Bytes as base64.
pub(in crate::diff) fn encode(bytes: impl AsRef<[u8]>) -> String {
    general_purpose::STANDARD.encode(bytes)
}

/// The bytes behind base64, which may be broken into lines; `None` where it is none.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|it| !it.is_ascii_whitespace()).collect();
    LENIENT.decode(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways_with_or_without_padding() {
        for text in ["", "a", "ab", "abc", "correct-horse", "é\n"] {
            let (bytes, encoded) = (text.as_bytes(), encode(text));
            assert_eq!(decode(&encoded).as_deref(), Some(bytes));
            assert_eq!(decode(encoded.trim_end_matches('=')).as_deref(), Some(bytes));
        }
        assert_eq!(encode("correct"), "Y29ycmVjdA==");
        assert_eq!(decode("not base64"), None);
    }
}
