#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use super::*;
use proptest::prelude::*;

#[test]
fn rule_18_boolean_of_any_octet_but_zero_is_true() {
    let parsed = |octet| parse_boolean(&[octet]).map(|boolean| (boolean.value, boolean.is_der));
    assert_eq!(parsed(0), Ok((false, true)));
    assert_eq!(parsed(0xff), Ok((true, true)));
    assert_eq!(parsed(1), Ok((true, false)));
    assert_eq!(parse_boolean(&[]), Err(Error::Malformed));
    assert_eq!(parse_boolean(&[0, 0]), Err(Error::Malformed));
}

#[test]
fn integer_u32_takes_what_fits_and_nothing_negative() {
    assert_eq!(parse_u32(&[0]), Ok(0));
    assert_eq!(parse_u32(&[0, 0xff, 0xff, 0xff, 0xff]), Ok(u32::MAX));
    assert_eq!(parse_u32(&[0, 0, 0, 0, 0, 0, 7]), Ok(7));
    for refused in [&[][..], &[0x80], &[1, 0, 0, 0, 0], &[0xff, 0xff]] {
        assert_eq!(parse_u32(refused), Err(Error::Malformed), "{refused:?}");
    }
}

#[test]
fn integer_minimal_drops_only_redundant_octets() {
    let same: [(&[u8], &[u8]); 6] = [
        (&[0, 0, 1], &[1]),
        (&[0, 0x80], &[0, 0x80]),
        (&[0xff, 0xff, 0x80], &[0x80]),
        (&[0xff, 0x7f], &[0xff, 0x7f]),
        (&[0], &[0]),
        (&[], &[]),
    ];
    for (content, minimal) in same {
        assert_eq!(minimal_integer(content), minimal, "{content:?}");
    }
}

#[test]
fn rule_17_integer_hex_shows_sign_and_magnitude() {
    let shown: [(&[u8], &str); 8] = [
        (&[0], "00"),
        (&[0, 0x8f, 1], "8f01"),
        (&[0x0a], "0a"),
        (&[0xff], "-01"),
        (&[0x80], "-80"),
        (&[0xff, 0x00], "-0100"),
        (&[0xfb, 0xce, 0x99, 0x6c, 0x13], "-04316693ed"),
        (&[], ""),
    ];
    for (content, text) in shown {
        assert_eq!(integer_hex(content), text, "{content:?}");
    }
}

#[test]
fn bit_string_unused_bits_are_not_bits() {
    let bits = parse_bit_string(&[4, 0b1011_1111]).unwrap();
    let set: Vec<_> = (0..9).filter(|&index| bits.bit(index)).collect();
    assert_eq!(set, [0, 2, 3]);
    assert_eq!(bits.whole_octets(), Err(Error::Malformed));
    for refused in [&[][..], &[1], &[8, 0]] {
        assert_eq!(parse_bit_string(refused), Err(Error::Malformed), "{refused:?}");
    }
    assert!(!parse_bit_string(&[0]).unwrap().bit(0));
}

#[test]
fn rule_18_utc_time_oddities_are_read() {
    // Values of `date -u -d … +%s`.
    let times: [(&[u8], i64); 8] = [
        (b"700101000000Z", 0),
        (b"960701000000Z", 836_179_200),
        (b"9607010000Z", 836_179_200),
        (b"960701000000+0200", 836_172_000),
        (b"9607010000-0130", 836_184_600),
        (b"491231235959Z", 2_524_607_999),
        (b"500101000000Z", -631_152_000),
        (b"000229120000Z", 951_825_600),
    ];
    for (content, unix_s) in times {
        assert_eq!(parse_utc_time(content), Ok(unix_s), "{content:?}");
    }
}

#[test]
fn rule_18_generalized_time_oddities_are_read() {
    let times: [(&[u8], i64); 6] = [
        (b"20500101000000Z", 2_524_608_000),
        (b"199607010000Z", 836_179_200),
        (b"19960701000000.999Z", 836_179_200),
        (b"19960701000000,5+02", 836_172_000),
        (b"99991231235959Z", 253_402_300_799),
        (b"00000101000000Z", -62_167_219_200),
    ];
    for (content, unix_s) in times {
        assert_eq!(parse_generalized_time(content), Ok(unix_s), "{content:?}");
    }
}

#[test]
fn time_that_is_no_moment_is_malformed() {
    let refused: [&[u8]; 16] = [
        b"",
        b"Z",
        b"960701000000",
        b"960701000000z",
        b"960700000000Z",
        b"961301000000Z",
        b"960631000000Z",
        b"970229000000Z",
        b"960701240000Z",
        b"960701006000Z",
        b"960701000061Z",
        b"960701000000.5Z",
        b"960701000000+02",
        b"960701000000+2400",
        b"960701000000ZZ",
        b"19020701025736Z",
    ];
    for content in refused {
        assert_eq!(parse_utc_time(content), Err(Error::Malformed), "{content:?}");
    }
    for content in [&b"20000101000000"[..], b"20000101000000.Z", b"200001010000.5Z"] {
        assert_eq!(parse_generalized_time(content), Err(Error::Malformed), "{content:?}");
    }
}

#[test]
fn rule_18_text_of_every_string_type_is_unified() {
    let strings: [(u8, &[u8]); 9] = [
        (0x0c, b"M\xc3\xbcller"),
        (0x14, b"M\xfcller"),
        (0x1e, b"\0M\0\xfc\0l\0l\0e\0r"),
        (0x1c, b"\0\0\0M\0\0\0\xfc\0\0\0l\0\0\0l\0\0\0e\0\0\0r"),
        (0x12, b"123"),
        (0x13, b"abc"),
        (0x16, b"abc"),
        (0x1a, b"abc"),
        (0x1e, b"\xd8\x3d\xde\x00"),
    ];
    let texts = ["Müller", "Müller", "Müller", "Müller", "123", "abc", "abc", "abc", "😀"];
    for ((tag, content), text) in strings.into_iter().zip(texts) {
        assert_eq!(parse_text(Tag::low(tag), content).as_deref(), Some(text));
        assert_eq!(text_of(Tag::low(tag), content), text);
    }
}

#[test]
fn text_outside_its_type_is_shown_but_never_compared() {
    let strings: [(u8, &[u8], &str); 6] = [
        (0x0c, b"a\xffb", "a\u{fffd}b"),
        (0x16, b"\xe4b", "\u{fffd}b"),
        (0x1e, b"\0a\0", "a"),
        (0x1e, b"\xd8\x00\0a", "\u{fffd}a"),
        (0x1c, b"\0\0\0a\0\x11\0\0", "a\u{fffd}"),
        (0x03, b"abc", "abc"),
    ];
    for (tag, content, shown) in strings {
        assert_eq!(parse_text(Tag::low(tag), content), None, "{content:?}");
        assert_eq!(text_of(Tag::low(tag), content), shown);
    }
}

/// Days since 1970-01-01, counted one by one.
fn days_counted(year: i64, month: i64, day: i64) -> i64 {
    let length = |year: i64, month: i64| days_in_month(year, month).unwrap();
    let year_length = |year: i64| (1..=12).map(|month| length(year, month)).sum::<i64>();
    let years: i64 = if year >= 1970 {
        (1970..year).map(year_length).sum()
    } else {
        -(year..1970).map(year_length).sum::<i64>()
    };
    years + (1..month).map(|month| length(year, month)).sum::<i64>() + day - 1
}

proptest! {
    #[test]
    fn days_from_epoch_are_those_counted(year in 0_i64..10_000, month in 1_i64..=12, day in 1_i64..=28) {
        prop_assert_eq!(days_from_epoch(year, month, day), days_counted(year, month, day));
    }

    #[test]
    fn values_of_any_bytes_never_panic(content: Vec<u8>, tag: u8) {
        let _ = parse_boolean(&content);
        let _ = parse_u32(&content);
        let _ = parse_bit_string(&content).map(|bits| bits.bit(usize::from(tag)));
        let _ = parse_utc_time(&content);
        let _ = parse_generalized_time(&content);
        let _ = integer_hex(&content);
        let _ = text_of(Tag::low(tag), &content);
    }

    #[test]
    fn time_of_any_digits_never_panics(text in "[0-9]{8,16}[.,]?[0-9]{0,3}[Z+-]?[0-9]{0,4}") {
        let _ = parse_utc_time(text.as_bytes());
        let _ = parse_generalized_time(text.as_bytes());
    }
}
