#!/bin/sh
# Builds the peer `openssl_cms` on OpenSSL 4.0.3 into a cache folder and prints the path of the program.
#
# usage: build_openssl.sh [CACHE]
# OpenSSL is the one that the interop tests build too (tests/interop/build_openssl.sh says with which flags); zlib is
# in it for them and never called here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
built=$("$here/../../tests/interop/build_openssl.sh" "$@")
program=$(dirname "$built")/openssl_cms
cc -O2 "$here/openssl_cms.c" -o "$program" -I "$built/include" "$built/libcrypto.a" -lpthread -ldl -lz
echo "$program"
