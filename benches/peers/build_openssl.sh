#!/bin/sh
# Builds the peer `openssl_cms` on OpenSSL 4.0.3 into a cache folder and prints the path of the program.
#
# usage: build_openssl.sh [CACHE]      (default ~/.cache/smimebatch-bench)
# The source is the one inside the crate openssl-src, fetched by cargo. About 5 minutes, once. Needs cargo, perl, make
# and a C compiler. Flags as the project's design names them; what is built is only the static library.
set -eu
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/smimebatch-bench}
here=$(cd "$(dirname "$0")" && pwd)
version=400.0.2+4.0.3
built=$cache/openssl-$version
if [ ! -f "$built/libcrypto.a" ]; then
    mkdir -p "$cache/fetch/src"
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\nopenssl-src = "=%s"\n' \
        "${version%+*}" >"$cache/fetch/Cargo.toml"
    : >"$cache/fetch/src/lib.rs"
    (cd "$cache/fetch" && cargo fetch -q) >&2
    source=$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/openssl-src-"$version"/openssl | head -n 1)
    rm -rf "$built.partial"
    cp -r "$source" "$built.partial"
    (cd "$built.partial" && ./Configure linux-x86_64 no-shared no-tests no-docs no-legacy no-dtls --release &&
        make -j"$(nproc)" build_libs) >"$cache/openssl-$version.log" 2>&1 ||
        { echo "OpenSSL did not build: see $cache/openssl-$version.log" >&2; exit 1; }
    mv "$built.partial" "$built"
fi
program=$cache/openssl_cms
cc -O2 "$here/openssl_cms.c" -o "$program" -I "$built/include" "$built/libcrypto.a" -lpthread -ldl
echo "$program"
