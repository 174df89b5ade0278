//! Content ciphers and key wrap: answers of OpenSSL and of the standards, what is refused, and what
//! a wrong key looks like.

use crate::known::cases;
use crate::vectors::from_hex;
use smimebatch_crypto::cipher::aead::{Aead, open, seal};
use smimebatch_crypto::cipher::{Cipher, CipherError, decrypt_cbc, encrypt_cbc, rc4};
use smimebatch_crypto::wrap::{KeyWrap, unwrap, wrap};

#[test]
fn rule_37_cbc_of_every_cipher_is_openssl_s() {
    for case in cases("cbc ", 120) {
        let [key, iv, text, encrypted] = ["key", "iv", "text", "encrypted"].map(|n| case.octets(n));
        let cipher = case.cipher();
        let found = encrypt_cbc(cipher, &key, &iv, &text).unwrap();
        assert_eq!(found, encrypted, "{}", case.title());
        // In pieces that are no blocks.
        let pieces: Vec<&[u8]> = encrypted.chunks(5).chain([&[][..]]).collect();
        let found = decrypt_cbc(cipher, &key, &iv, &pieces).unwrap();
        assert_eq!(found.as_bytes(), text, "{}", case.title());
    }
    for case in cases("rc4 ", 2) {
        let [key, text, encrypted] = ["key", "text", "encrypted"].map(|n| case.octets(n));
        assert_eq!(rc4(&key, &text).unwrap().as_bytes(), encrypted);
        assert_eq!(rc4(&key, &encrypted).unwrap().as_bytes(), text);
    }
    assert_eq!(rc4(&[], b"text"), Err(CipherError::Unusable));
    assert_eq!(rc4(&[1; 257], b"text"), Err(CipherError::Unusable));
}

/// One block under a vector of zeros, as the standards have their examples.
fn first_block(cipher: Cipher, key: &str, block: &str) -> Vec<u8> {
    let iv = vec![0; cipher.block_octets()];
    let mut encrypted = encrypt_cbc(cipher, &from_hex(key), &iv, &from_hex(block)).unwrap();
    encrypted.truncate(iv.len());
    encrypted
}

/// RFC 2268 §5: the key is not as long as its effective bits.
#[test]
fn rule_37_rc2_effective_bits_are_apart_from_the_key_s_length() {
    for (key, effective_bits, block, encrypted) in [
        ("0000000000000000", 63, "0000000000000000", "ebb773f993278eff"),
        ("ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"),
        ("3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"),
        ("88", 64, "0000000000000000", "61a8a244adacccf0"),
        ("88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"),
        ("88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"),
        ("88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"),
        (
            "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e",
            129,
            "0000000000000000",
            "5b78d3a43dfff1f1",
        ),
    ] {
        let found = first_block(Cipher::Rc2 { effective_bits }, key, block);
        assert_eq!(found, from_hex(encrypted), "{key} {effective_bits}");
    }
}

/// RFC 2144 §B.1, RFC 3713 appendix A, and the example of Lai's thesis for IDEA; SEED's are beside
/// its code.
#[test]
fn first_block_is_the_standard_s_example() {
    let text = "0123456789abcdeffedcba9876543210";
    for (cipher, key, block, encrypted) in [
        (Cipher::Cast5, "0123456712345678234567893456789a", &text[..16], "238b4fe5847e44b2"),
        (Cipher::Cast5, "01234567123456782345", &text[..16], "eb6a711a2c02271b"),
        (Cipher::Cast5, "0123456712", &text[..16], "7ac816d16e9b302e"),
        (Cipher::Camellia128, text, text, "67673138549669730857065648eabe43"),
        (
            Cipher::Camellia192,
            "0123456789abcdeffedcba98765432100011223344556677",
            text,
            "b4993401b3e996f84ee5cee7d79b09b9",
        ),
        (
            Cipher::Camellia256,
            "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff",
            text,
            "9acc237dff16d76c20ef7c919e3a7509",
        ),
        (Cipher::Idea, "00010002000300040005000600070008", "0000000100020003", "11fbed2b01986de5"),
    ] {
        assert_eq!(first_block(cipher, key, block), from_hex(encrypted), "{cipher:?} {key}");
    }
}

#[test]
fn rule_33_whatever_is_wrong_with_ciphertext_has_one_face() {
    for cipher in Cipher::ALL {
        let block = cipher.block_octets();
        let (key, iv) = (vec![0x5a; cipher.key_octets()], vec![0xc3; block]);
        let encrypted = encrypt_cbc(cipher, &key, &iv, b"Content-Type: text/plain").unwrap();
        let answer = |pieces: &[&[u8]]| decrypt_cbc(cipher, &key, &iv, pieces).map(|_| ());
        assert_eq!(answer(&[&encrypted]), Ok(()));
        assert_eq!(answer(&[]), Err(CipherError::Failed));
        assert_eq!(answer(&[&encrypted[1..]]), Err(CipherError::Failed));
        assert_eq!(answer(&[&encrypted[..encrypted.len() - block]]), Err(CipherError::Failed));
        // A flipped bit before the last block makes the padding's count 128 more.
        let mut wrong = encrypted.clone();
        let at = wrong.len() - block - 1;
        wrong[at] ^= 0x80;
        assert_eq!(answer(&[&wrong]), Err(CipherError::Failed));
    }
}

#[test]
fn rule_33_wrong_key_leaves_right_padding_once_in_256_times() {
    let iv = [9; 16];
    let encrypted = encrypt_cbc(Cipher::Aes128, &[1; 16], &iv, &[0; 31]).unwrap();
    let right = (0_u32..4096)
        .filter(|key| {
            let key = [&key.to_be_bytes()[..], &[7; 12]].concat();
            decrypt_cbc(Cipher::Aes128, &key, &iv, &[&encrypted]).is_ok()
        })
        .count();
    // 16 expected, deterministic.
    assert!((4..40).contains(&right), "{right}");
}

#[test]
fn keys_vectors_and_parameters_of_wrong_length_are_unusable() {
    for cipher in Cipher::ALL {
        let (key, iv) = (vec![1; cipher.key_octets()], vec![2; cipher.block_octets()]);
        let usable = |key: &[u8], iv: &[u8]| match decrypt_cbc(cipher, key, iv, &[&[0; 5]]) {
            Err(CipherError::Failed) => true,
            Err(CipherError::Unusable) => false,
            Ok(_) => panic!("five octets are no block"),
        };
        assert!(usable(&key, &iv));
        assert!(!usable(&key, &iv[1..]) && !usable(&key, &[&iv[..], &[0]].concat()));
        for octets in 0..=140 {
            let is_usable = usable(&vec![1; octets], &iv);
            assert_eq!(is_usable, cipher.takes_key_of(octets), "{cipher:?} {octets}");
            assert_eq!(encrypt_cbc(cipher, &vec![1; octets], &iv, b"text").is_ok(), is_usable);
        }
    }
    let lengths =
        |cipher: Cipher| (0..=300_usize).filter(move |octets| cipher.takes_key_of(*octets));
    assert!(lengths(Cipher::TripleDes).eq([16, 24]));
    assert!(lengths(Cipher::Cast5).eq(5..=16));
    assert!(lengths(Cipher::Rc2 { effective_bits: 1_024 }).eq(1..=128));
    assert!(lengths(Cipher::Rc2 { effective_bits: 0 }).next().is_none());
    assert!(lengths(Cipher::Rc2 { effective_bits: 1_025 }).next().is_none());
}

#[test]
fn rule_34_aead_gives_nothing_unless_the_tag_is_right() {
    for aead in Aead::ALL {
        let key = vec![0x11; aead.key_octets()];
        let nonces: Vec<usize> = (0..=20).filter(|octets| aead.takes_nonce_of(*octets)).collect();
        let tags: Vec<usize> = (0..=20).filter(|octets| aead.takes_tag_of(*octets)).collect();
        for (nonce, tag) in nonces.iter().flat_map(|nonce| tags.iter().map(move |tag| (nonce, tag)))
        {
            let (nonce, tag) = (vec![0x22; *nonce], *tag);
            for text in [&b""[..], b"x", b"Content-Type: text/plain\r\n\r\n"] {
                let sealed = seal(aead, &key, &nonce, b"attributes", text, tag).unwrap();
                assert_eq!((sealed.ciphertext.len(), sealed.tag.len()), (text.len(), tag));
                let pieces: Vec<&[u8]> = sealed.ciphertext.chunks(3).collect();
                let found = open(aead, &key, &nonce, b"attributes", &pieces, &sealed.tag);
                assert_eq!(found.unwrap().as_bytes(), text);
                for at in 0..tag {
                    let mut wrong = sealed.tag.clone();
                    wrong[at] ^= 1;
                    let found = open(aead, &key, &nonce, b"attributes", &pieces, &wrong);
                    assert_eq!(found, Err(CipherError::Failed), "{aead:?}");
                }
                let found = open(aead, &key, &nonce, b"attribute", &pieces, &sealed.tag);
                assert_eq!(found, Err(CipherError::Failed));
            }
        }
        let (nonce, tag) = (vec![0x22; nonces[0]], tags[0]);
        for octets in 0..=20 {
            let found = seal(aead, &key, &vec![0; octets], &[], b"text", tag);
            assert_eq!(found.is_ok(), aead.takes_nonce_of(octets), "{aead:?} nonce {octets}");
            let found = seal(aead, &key, &nonce, &[], b"text", octets);
            assert_eq!(found.is_ok(), aead.takes_tag_of(octets), "{aead:?} tag {octets}");
            let found = open(aead, &key, &nonce, &[], &[b"text"], &vec![0; octets]);
            let expected =
                if aead.takes_tag_of(octets) { CipherError::Failed } else { CipherError::Unusable };
            assert_eq!(found, Err(expected));
        }
        assert_eq!(seal(aead, &key[1..], &nonce, &[], b"", tag), Err(CipherError::Unusable));
    }
    let all = |takes: fn(Aead, usize) -> bool, aead| (0..99).filter(move |n| takes(aead, *n));
    assert!(all(Aead::takes_tag_of, Aead::Aes128Gcm).eq(12..=16));
    assert!(all(Aead::takes_tag_of, Aead::Aes128Ccm).eq([4, 6, 8, 10, 12, 14, 16]));
    assert!(all(Aead::takes_nonce_of, Aead::Aes256Ccm).eq(7..=13));
    assert!(all(Aead::takes_nonce_of, Aead::Aes256Gcm).eq(1..99));
}

/// SP 800-38C §A.1: a nonce of 13 octets leaves two to count by.
#[test]
fn ccm_text_that_its_nonce_leaves_no_room_for_is_unusable() {
    let text = vec![7; 65_536];
    for (nonce_octets, octets, is_usable) in
        [(13, 65_535, true), (13, 65_536, false), (12, 65_536, true)]
    {
        let nonce = vec![3; nonce_octets];
        let sealed = seal(Aead::Aes128Ccm, &[1; 16], &nonce, &[], &text[..octets], 16);
        assert_eq!(sealed.is_ok(), is_usable, "{nonce_octets} {octets}");
        let found = open(Aead::Aes128Ccm, &[1; 16], &nonce, &[], &[&text[..octets]], &[0; 16]);
        let expected = if is_usable { CipherError::Failed } else { CipherError::Unusable };
        assert_eq!(found, Err(expected));
    }
}

/// SP 800-38C §C.1, example 1, and case 4 of the GCM specification (McGrew and Viega, §B).
#[test]
fn aead_examples_of_nist() {
    let ccm_key = from_hex("404142434445464748494a4b4c4d4e4f");
    let sealed = seal(
        Aead::Aes128Ccm,
        &ccm_key,
        &from_hex("10111213141516"),
        &[0, 1, 2, 3, 4, 5, 6, 7],
        b" !\"#",
        4,
    )
    .unwrap();
    assert_eq!(sealed.ciphertext, from_hex("7162015b"));
    assert_eq!(sealed.tag, from_hex("4dac255d"));
    let sealed = seal(
        Aead::Aes128Gcm,
        &from_hex("feffe9928665731c6d6a8f9467308308"),
        &from_hex("cafebabefacedbaddecaf888"),
        &from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
        &from_hex(concat!(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72",
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        )),
        16,
    )
    .unwrap();
    assert_eq!(sealed.tag, from_hex("5bc94fbc3221a5db94fae95ae7121a47"));
    assert_eq!(&sealed.ciphertext[..16], from_hex("42831ec2217774244b7221b784d0d49c"));
}

/// RFC 3394 §4.1 and §4.6, RFC 5649 §6.
#[test]
fn key_wrap_examples_of_the_rfcs() {
    let kek = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let key = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
    let padded_kek = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8";
    for (algorithm, kek, key, wrapped) in [
        (
            KeyWrap::Aes128,
            &kek[..32],
            &key[..32],
            "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
        ),
        (
            KeyWrap::Aes256,
            kek,
            key,
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
        ),
        (
            KeyWrap::Aes192Padded,
            padded_kek,
            "c37b7e6492584340bed12207808941155068f738",
            "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
        ),
        (KeyWrap::Aes192Padded, padded_kek, "466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
    ] {
        let [kek, key, wrapped] = [kek, key, wrapped].map(from_hex);
        assert_eq!(wrap(algorithm, &kek, &key).unwrap(), wrapped);
        assert_eq!(unwrap(algorithm, &kek, &wrapped).unwrap().as_bytes(), key);
    }
}

#[test]
fn wrapped_key_comes_back_and_damage_has_one_face() {
    for algorithm in KeyWrap::ALL {
        let kek = vec![0x77; algorithm.key_octets()];
        for octets in [16, 24, 32] {
            let key = vec![octets as u8; octets];
            let wrapped = wrap(algorithm, &kek, &key).unwrap();
            assert_eq!(unwrap(algorithm, &kek, &wrapped).unwrap().as_bytes(), key);
            for at in 0..wrapped.len() {
                let mut wrong = wrapped.clone();
                wrong[at] ^= 0x40;
                let found = unwrap(algorithm, &kek, &wrong);
                assert_eq!(found, Err(CipherError::Failed), "{algorithm:?} {at}");
                let found = unwrap(algorithm, &kek, &wrapped[..at]);
                assert_eq!(found, Err(CipherError::Failed), "{algorithm:?} {at}");
            }
        }
        let found = unwrap(algorithm, &kek[1..], &[0; 40]);
        assert_eq!(found, Err(CipherError::Unusable), "{algorithm:?}");
        assert_eq!(wrap(algorithm, &kek[1..], &[0; 32]), Err(CipherError::Unusable));
        assert_eq!(wrap(algorithm, &kek, &[]), Err(CipherError::Unusable), "{algorithm:?}");
    }
}
