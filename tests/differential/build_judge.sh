#!/bin/sh
# Builds openssl_judge on OpenSSL 4.0.3 (see tests/interop/build_openssl.sh) and prints the path of the program.
#
# usage: build_judge.sh [CACHE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
openssl=$("$here/../interop/build_openssl.sh" "$@")
program=$openssl/openssl_judge
[ "$program" -nt "$here/openssl_judge.c" ] ||
    cc -O2 -Wall "$here/openssl_judge.c" -o "$program" -I "$openssl/include" "$openssl/libcrypto.a" -lz -lpthread -ldl
echo "$program"
