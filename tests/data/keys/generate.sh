#!/bin/sh
# Makes the files of this folder anew: throw-away keys, password "fixture", with openssl 3.0 or later.
set -e
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
word=pass:fixture
legacy="-provider legacy -provider default"
openssl genrsa -out "$folder/rsa.pem" 1024
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$folder/ec.pem"
for key in rsa ec; do
    openssl req -new -x509 -key "$folder/$key.pem" -subj "/CN=$key" -days 3650 -out "$folder/$key.crt"
done
cat "$folder/rsa.pem" "$folder/rsa.crt" > "$folder/both.pem"
export="openssl pkcs12 -export -in $folder/both.pem -passout $word -iter 1"
$export -out modern.p12
$export -legacy -out legacy.p12
$export -legacy -nomac -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-RC2-128 -out nomac.p12
openssl pkcs12 -export -in "$folder/both.pem" -passout pass: -legacy -iter 1 -out empty_password.p12
$export -keypbe NONE -certpbe NONE -out plain.p12
topk8="openssl pkcs8 -topk8 -in $folder/ec.pem -outform DER -passout $word -iter 1"
$topk8 -v2 aes-256-cbc -out pbes2.p8
$topk8 -v2 rc2-cbc $legacy -out pbes2_rc2.p8
$topk8 -v1 PBE-MD5-DES $legacy -out pbes1.p8
openssl pkcs8 -topk8 -in "$folder/ec.pem" -outform DER -nocrypt -out plain.p8
openssl rsa -in "$folder/rsa.pem" -traditional -aes128 -passout $word -out traditional.pem
openssl ec -in "$folder/ec.pem" -outform DER -out sec1.der
for algorithm in X25519 X448 ED25519 ED448; do
    openssl genpkey -algorithm $algorithm
done > curves.pem
