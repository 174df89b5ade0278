// Peer: OpenSSL's C API, SMIME_read_CMS + CMS_verify with full chain building, over an mbox, T threads.
//
// Unfair to us: it compares no sender with the certificate, writes no rows, keeps the archive in memory and splits it
// with one memmem; its clock starts after reading the file. Unfair to it: a caller who knew the mail could keep chains.
// build: see build_openssl.sh; run: openssl_cms mail.mbox root.pem T [TIME]
// With TIME (seconds since 1970) chains are checked as of then, with policies and with the lists of every certificate.
#define _GNU_SOURCE
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <stdatomic.h>
static char *buf; static size_t len; static size_t *off; static int nmsg; static X509_STORE *st;
static atomic_int next_, good, bad;
static double now(){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec+t.tv_nsec*1e-9;}
static void *work(void *a){
  for(;;){int i=atomic_fetch_add(&next_,1); if(i>=nmsg) return 0;
    char *m=buf+off[i]; size_t l=off[i+1]-off[i]; char *nl=memchr(m,'\n',l); l-=nl+1-m; m=nl+1;
    BIO *in=BIO_new_mem_buf(m,l),*cont=NULL; CMS_ContentInfo *cms=SMIME_read_CMS(in,&cont);
    int ok=0; BIO *out=BIO_new(BIO_s_null());
    if(cms) ok=CMS_verify(cms,NULL,st,cont,out,0);
    if(ok==1) atomic_fetch_add(&good,1); else atomic_fetch_add(&bad,1);
    ERR_clear_error(); BIO_free(out); BIO_free(cont); BIO_free(in); CMS_ContentInfo_free(cms);
  }}
int main(int c,char**v){
  FILE*f=fopen(v[1],"rb");fseek(f,0,2);len=ftell(f);rewind(f);buf=malloc(len+1);fread(buf,1,len,f);buf[len]=0;
  double t0=now();
  off=malloc(sizeof(size_t)*(len/200+2)); off[nmsg++]=0; char*p=buf; while((p=memmem(p,buf+len-p,"\n\nFrom ",7))){p+=2;off[nmsg++]=p-buf;} off[nmsg]=len;
  st=X509_STORE_new();X509_STORE_load_file(st,v[2]);
  if(c>4){X509_VERIFY_PARAM *p=X509_STORE_get0_param(st);X509_VERIFY_PARAM_set_time(p,atoll(v[4]));X509_VERIFY_PARAM_add0_policy(p,OBJ_txt2obj("2.5.29.32.0",1));X509_VERIFY_PARAM_set_flags(p,X509_V_FLAG_CRL_CHECK|X509_V_FLAG_CRL_CHECK_ALL|X509_V_FLAG_EXTENDED_CRL_SUPPORT|X509_V_FLAG_USE_DELTAS|X509_V_FLAG_POLICY_CHECK);}
  int T=atoi(v[3]);pthread_t th[64];for(int i=0;i<T;i++)pthread_create(&th[i],0,work,0);for(int i=0;i<T;i++)pthread_join(th[i],0);
  double d=now()-t0;printf("openssl_capi threads=%d messages=%d good=%d bad=%d %.3fs %.0f msg/s %.1f MB/s\n",T,nmsg,good,bad,d,nmsg/d,len/d/1e6);}
