// Peer: Bouncy Castle CMS + JDK PKIX path validation, over an mbox, T threads (own MIME split, so it flatters the peer).
// It is warmed up first, then does one round over the archive for every line that it is given, and prints a line each:
// run: java -cp CLASSPATH:. BcCms mail.mbox root.pem T WARM_UP_ROUNDS
import java.io.*; import java.nio.file.*; import java.security.*; import java.security.cert.*; import java.util.*; import java.util.concurrent.*; import java.util.concurrent.atomic.*;
import org.bouncycastle.cms.*; import org.bouncycastle.cms.jcajce.*; import org.bouncycastle.cert.*; import org.bouncycastle.cert.jcajce.*; import org.bouncycastle.util.Store; import org.bouncycastle.jce.provider.BouncyCastleProvider;
public class BcCms {
  static int find(byte[] b,byte[] p,int from,int to){ outer: for(int i=from;i<=to-p.length;i++){ for(int j=0;j<p.length;j++) if(b[i+j]!=p[j]) continue outer; return i;} return -1; }
  static boolean one(byte[] m,Set<TrustAnchor> ta) throws Exception {
    String head=new String(m,0,Math.min(m.length,2000),"ISO-8859-1"); int bi=head.indexOf("boundary=\"")+10; String bd="--"+head.substring(bi,head.indexOf('"',bi));
    byte[] B=("\n"+bd+"\n").getBytes("ISO-8859-1"); int s=find(m,B,0,m.length)+B.length; int e=find(m,B,s,m.length);
    ByteArrayOutputStream c=new ByteArrayOutputStream(e-s+2000); for(int i=s;i<e;i++){ if(m[i]=='\n') c.write('\r'); c.write(m[i]); }
    int h=find(m,"\n\n".getBytes(),e+B.length,m.length)+2; int end=find(m,("\n"+bd+"--").getBytes(),h,m.length); 
    byte[] sig=Base64.getMimeDecoder().decode(Arrays.copyOfRange(m,h,end));
    CMSSignedData sd=new CMSSignedData(new CMSProcessableByteArray(c.toByteArray()),sig);
    Store<X509CertificateHolder> certs=sd.getCertificates(); 
    for(SignerInformation si: sd.getSignerInfos().getSigners()){
      X509CertificateHolder ch=(X509CertificateHolder)certs.getMatches(si.getSID()).iterator().next();
      if(!si.verify(new JcaSimpleSignerInfoVerifierBuilder().build(ch))) return false;
      List<java.security.cert.Certificate> all=new ArrayList<>(); for(X509CertificateHolder x: certs.getMatches(null)) all.add(new JcaX509CertificateConverter().getCertificate(x));
      X509CertSelector sel=new X509CertSelector(); sel.setCertificate(new JcaX509CertificateConverter().getCertificate(ch));
      PKIXBuilderParameters pp=new PKIXBuilderParameters(ta,sel); pp.setRevocationEnabled(false); pp.addCertStore(CertStore.getInstance("Collection",new CollectionCertStoreParameters(all)));
      CertPathBuilder.getInstance("PKIX").build(pp);
    } return true; }
  static String round(String path,Set<TrustAnchor> ta,int T) throws Exception {
    long t0=System.nanoTime(); byte[] b=Files.readAllBytes(Path.of(path)); List<byte[]> ms=new ArrayList<>(); int p=0; byte[] F="\n\nFrom ".getBytes();
    while(true){ int q=find(b,F,p,b.length); int e=q<0?b.length:q+2; ms.add(Arrays.copyOfRange(b,p,e)); if(q<0)break; p=e; }
    AtomicInteger n=new AtomicInteger(), good=new AtomicInteger(), bad=new AtomicInteger(); ExecutorService x=Executors.newFixedThreadPool(T);
    for(int i=0;i<T;i++) x.submit(()->{int k; while((k=n.getAndIncrement())<ms.size()){ boolean ok=false; try{ ok=one(ms.get(k),ta);}catch(Exception ex){ } if(ok)good.incrementAndGet(); else bad.incrementAndGet(); }});
    x.shutdown(); x.awaitTermination(1,TimeUnit.HOURS); double d=(System.nanoTime()-t0)/1e9;
    return String.format("bouncycastle threads=%d messages=%d good=%d bad=%d %.4fs",T,ms.size(),good.get(),bad.get(),d); }
  public static void main(String[] a) throws Exception {
    X509Certificate root=(X509Certificate)CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(a[1])); Set<TrustAnchor> ta=Set.of(new TrustAnchor(root,null));
    int T=Integer.parseInt(a[2]); for(int r=Integer.parseInt(a[3]);r>0;r--) round(a[0],ta,T);
    System.out.println("ready");
    BufferedReader in=new BufferedReader(new InputStreamReader(System.in)); while(in.readLine()!=null) System.out.println(round(a[0],ta,T)); } }
