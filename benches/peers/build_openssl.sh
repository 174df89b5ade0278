#!/bin/sh
# Builds the peers `openssl_cms` and `openssl_cms_envelope` on OpenSSL 4.0.3 into a cache folder and prints the path
# of the first; the other lies beside it.
#
# usage: build_openssl.sh [CACHE]
# OpenSSL is the one that the interop tests build too (tests/interop/build_openssl.sh says with which flags); zlib is
# in it for them and never called here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
built=$("$here/../../tests/interop/build_openssl.sh" "$@")
for name in openssl_cms openssl_cms_envelope; do
    program=$(dirname "$built")/$name
    cc -O2 "$here/$name.c" -o "$program" -I "$built/include" "$built/libcrypto.a" -lpthread -ldl -lz
done
echo "$(dirname "$built")/openssl_cms"
