//! The walk over a message: ranges nest, the tree is a tree, transfer encodings decode within their bounds.

use bumpalo::Bump;
use smimebatch_core::mail::content_type::parse_content_type;
use smimebatch_core::mail::entity::{Walk, WalkLimits, walk_entities, walk_message};
use smimebatch_core::mail::header::parse_headers;
use smimebatch_core::mail::transfer::decode_transfer;

/// Panics where `message` shows a fault.
pub fn check(message: &[u8]) {
    let limits = WalkLimits { depth: 8, parts: 50, header_bytes: 4096, header_fields: 100 };
    let walk = walk_entities(message, 0..message.len(), limits);
    check_tree(&walk, message.len());
    let headers = parse_headers(message, limits.header_bytes, limits.header_fields);
    assert_eq!(walk_message(message, &headers, limits), walk);
    let arena = Bump::new();
    for entity in &walk.entities {
        let body = &message[entity.body.clone()];
        assert!(decode_transfer(entity.encoding, body, &arena).0.len() <= body.len() + 3);
        let _ = parse_content_type(&message[entity.content_type.clone()]);
    }
}

fn check_tree(walk: &Walk, length: usize) {
    for (index, entity) in walk.entities.iter().enumerate() {
        assert!(entity.whole.start <= entity.body.start && entity.body.end <= entity.whole.end);
        assert!(entity.whole.end <= length);
        assert_eq!(walk.children(index).count(), entity.child_count as usize);
        if let Some(parent) = entity.parent {
            let around = &walk.entities[parent as usize];
            assert!((parent as usize) < index && around.depth + 1 == entity.depth);
            assert!(around.body.start <= entity.whole.start);
            assert!(entity.whole.end <= around.body.end);
        }
    }
}
