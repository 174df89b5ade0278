#!/bin/sh
# Builds a judge on OpenSSL 4.0.3 (see tests/interop/build_openssl.sh) and prints the path of the program.
#
# usage: build_judge.sh [CACHE]           for `compare.py`, which calls it
#        build_judge.sh --system [CACHE]  on the system's OpenSSL instead, for `compare.py --judge PROGRAM`
# --chains before these builds chains/chain_judge.c, for `chains/chain_compare.py`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$here/openssl_judge.c
if [ "${1:-}" = --chains ]; then
    source=$here/chains/chain_judge.c
    shift
fi
name=$(basename "$source" .c)
flags="-O2 -Wall $source"
if [ "${1:-}" = --system ]; then
    cache=${2:-${XDG_CACHE_HOME:-$HOME/.cache}/smimebatch-interop}
    mkdir -p "$cache"
    program=$cache/$name-system
    cc $flags -o "$program" -lcrypto
else
    openssl=$("$here/../interop/build_openssl.sh" "$@")
    program=$openssl/$name
    [ "$program" -nt "$source" ] ||
        cc $flags -o "$program" -I "$openssl/include" "$openssl/libcrypto.a" -lz -lpthread -ldl
fi
echo "$program"
