//! The contract of the results: datasets and columns that other programs read. Dropping a name here is a change of the
//! contract, and belongs into the changelog.

use arrow_schema::{DataType, TimeUnit};
use smimebatch_core::columns::input::input_schema;
use smimebatch_core::columns::schema::{Dataset, all_datasets, schema_named};

const MESSAGES: &str = "source source_index source_offset source_length message_sha256 message_id \
    date mbox_from_date from_raw from_addresses from_status sender_address reply_to_addresses kind \
    layers indication sub_indication reasons flags signer_count signers_passed deciding_signature \
    control_time coverage header_protection headers_mismatched protected_headers repair limits_hit \
    error";
const SIGNATURES: &str = "source source_index layer_path parent_layer_path format signer_index \
    cms_sha256 signature_value_sha256 sid_kind signer_subject signer_issuer signer_serial \
    certificate_sha256 certificate_source signer_addresses digest_algorithm signature_algorithm \
    signature_parameters key_algorithm key_bits curve signed_bytes_sha256 message_digest_claimed \
    signed_offset signed_length canonicalization repair eligible quirks flags digest_ok \
    signature_ok crypto_result signed_attributes signing_time_claim algorithm_protection \
    ess_certificate_id ess security_labels receipts_to chain_result chain_sha256 \
    trust_anchor_sha256 policy_oids \
    revocation_result revocation address_match address_match_rule algorithm_status weak_elements \
    poe_time poe_kind poe_source not_before_evidence best_signature_time control_time \
    time_evidence indication sub_indication reasons indication_now indication_at_claimed_time";
const CERTIFICATES: &str = "sha256 spki_sha256 subject issuer serial not_before not_after ski aki \
    addresses key_usage extended_key_usage policies key_algorithm key_bits signature_algorithm \
    is_ca self_signed weak_key messages first_seen last_seen der";
const ENCRYPTIONS: &str = "source source_index layer_path parent_layer_path content_algorithm \
    key_bits integrity recipients decrypt_status flags key_id original_integrity";
const RECIPIENTS: &str = "source source_index layer_path parent_layer_path recipient_index kind \
    rid_issuer rid_serial rid_ski algorithm encrypted_key_sha256 key_available";
const OBJECTS: &str = "source source_index output state source_sha256 output_sha256 plaintext_hmac \
    content_equal signatures_equal recipients_before recipients_after missing_recipients \
    algorithms_before algorithms_after signer transfer_encoded original_integrity key_id reason";
const ERRORS: &str = "source offset code text";

fn dataset(name: &str) -> Dataset {
    all_datasets().into_iter().find(|dataset| dataset.name == name).unwrap()
}

#[test]
fn datasets_have_the_columns_of_the_contract_in_its_order() {
    for (name, contract) in [
        ("messages", MESSAGES),
        ("signatures", SIGNATURES),
        ("certificates", CERTIFICATES),
        ("encryptions", ENCRYPTIONS),
        ("recipients", RECIPIENTS),
        ("objects", OBJECTS),
        ("errors", ERRORS),
    ] {
        let found: Vec<&str> = dataset(name).columns.iter().map(|column| column.name).collect();
        let expected: Vec<&str> = contract.split_ascii_whitespace().collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn file_types_are_those_that_every_reader_knows() {
    fn is_plain(data_type: &DataType) -> bool {
        match data_type {
            DataType::Boolean
            | DataType::Int32
            | DataType::Int64
            | DataType::Utf8
            | DataType::Binary => true,
            DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) => &**zone == "UTC",
            DataType::List(item) => is_plain(item.data_type()),
            DataType::Struct(fields) => fields.iter().all(|field| is_plain(field.data_type())),
            _ => false,
        }
    }
    for dataset in all_datasets() {
        for column in &dataset.columns {
            assert!(is_plain(&column.file_type), "{} {}", dataset.name, column.name);
            assert!(column.sentence.ends_with('.'), "{} {}", dataset.name, column.name);
            let is_snake = |name: &str| {
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            };
            assert!(is_snake(column.name), "{} {}", dataset.name, column.name);
        }
    }
}

#[test]
fn enum_columns_are_plain_strings_in_files_and_dictionaries_at_most_in_memory() {
    for dataset in all_datasets() {
        for column in dataset.columns {
            match &column.memory_type {
                DataType::Dictionary(_, values) => {
                    assert_eq!(**values, column.file_type, "{}", column.name);
                    assert_eq!(column.file_type, DataType::Utf8, "{}", column.name);
                }
                DataType::List(_) => assert!(matches!(column.file_type, DataType::List(_))),
                same => assert_eq!(*same, column.file_type, "{}", column.name),
            }
        }
    }
}

#[test]
fn schema_is_named_after_a_dataset_or_input() {
    for dataset in all_datasets() {
        assert_eq!(schema_named(dataset.name).unwrap(), dataset.file_schema());
    }
    assert_eq!(schema_named("input").unwrap(), input_schema());
    let refused = schema_named("mails").unwrap_err();
    let known = all_datasets().into_iter().map(|dataset| dataset.name);
    assert!(known.chain(["input"]).all(|name| refused.expected.contains(name)));
}
