#!/bin/sh
# Builds OpenSSL 4.0.3, command and libcrypto, into a cache folder and prints that folder.
#
# usage: build_openssl.sh [CACHE]      (default ~/.cache/smimebatch-interop)
# It signs and judges what Debian's OpenSSL 3.0 does not know: ML-DSA, SLH-DSA, EdDSA in CMS, and compression (zlib).
# The source is the one inside the crate openssl-src, fetched by cargo, which has no legacy provider. About 5 minutes,
# once. Needs cargo, perl, make, a C compiler and zlib's header (zlib1g-dev).
set -eu
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/smimebatch-interop}
version=400.0.2+4.0.3
built=$cache/openssl-$version
if [ ! -x "$built/apps/openssl" ]; then
    mkdir -p "$cache/fetch/src"
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\nopenssl-src = "=%s"\n' \
        "${version%+*}" >"$cache/fetch/Cargo.toml"
    : >"$cache/fetch/src/lib.rs"
    (cd "$cache/fetch" && cargo fetch -q) >&2
    source=$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/openssl-src-"$version"/openssl | head -n 1)
    rm -rf "$built.partial"
    cp -r "$source" "$built.partial"
    (cd "$built.partial" && ./Configure linux-x86_64 no-shared no-tests no-docs no-legacy no-dtls zlib --release &&
        make -j"$(nproc)" build_programs) >"$cache/openssl-$version.log" 2>&1 ||
        { echo "OpenSSL did not build: see $cache/openssl-$version.log" >&2; exit 1; }
    mv "$built.partial" "$built"
fi
echo "$built"
