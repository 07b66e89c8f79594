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

/// The text as base64.
pub(in crate::diff) fn encode(text: &str) -> String {
    general_purpose::STANDARD.encode(text)
}

/// The text behind base64; `None` where it is none.
pub(super) fn decode(text: &str) -> Option<String> {
    String::from_utf8(LENIENT.decode(text.trim()).ok()?).ok()
}

/// What stands in the base64 of any longer text that holds this one: it may begin at each of three places.
pub(super) fn inside(text: &str) -> impl Iterator<Item = String> {
    (0..3_usize).map(move |before| {
        let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(text.bytes()).collect();
        // Digits that also tell of what comes before or after are left out.
        let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        general_purpose::STANDARD_NO_PAD.encode(bytes)[first..last].to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways_with_or_without_padding() {
        for text in ["", "a", "ab", "abc", "correct-horse", "é\n"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
            assert_eq!(decode(encode(text).trim_end_matches('=')).as_deref(), Some(text));
        }
        assert_eq!(encode("correct"), "Y29ycmVjdA==");
        assert_eq!(decode("not base64"), None);
    }

    #[test]
    fn a_text_is_known_inside_the_base64_of_a_longer_one() {
        let forms: Vec<String> = inside("correct-horse").collect();
        for longer in ["correct-horse", "a correct-horse", "my correct-horse.", "{\"p\":\"correct-horse\"}"] {
            let encoded = encode(longer);
            assert!(forms.iter().any(|it| encoded.contains(it.as_str())), "{longer}: {encoded} {forms:?}");
        }
    }
}
