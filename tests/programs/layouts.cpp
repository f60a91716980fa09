// Structures with holes, bit-fields, unions, bases: what ptype/o shows of them.
struct A { char c; int i; char d; double x; short s; };
struct B { int a : 3; int b : 5; unsigned long c : 40; char e; int : 4; int f : 2; };
union U { int i; double d; struct { char p; int q; } in; char arr[11]; };
struct N { char c; struct A a; union U u; struct { short h; union { int k; char l; }; } anon; char end; };
struct Base { virtual ~Base() {} int b; char bc; };
struct Der : Base { char dd; static int st; int arr[3]; int m() { return 1; } typedef int T; T tt; int &ref; Der(int &r) : ref(r) {} };
struct Vi : virtual Base { char v; };
struct Empty {};
struct EB : Empty { char a; long b; };
struct __attribute__((packed)) P { char a; int b; short c; };
struct BF2 { char a; int x : 20; int y : 12; long z : 3; char t : 2; };
struct Fn { int (*f)(int); char c; int (A::*mp); Empty e; };
int Der::st = 1;
enum Col { R, G };
struct E { Col c; bool b; Col d[2]; };
A a; B b; U u; N n; Vi vi; EB eb; P p; BF2 bf; Fn fn; E e; int arr[3]; A aa[2]; typedef A TA; TA ta;
int main() { int r = 1; Der d(r); Base bb; return a.i + d.b + bb.b + (int)sizeof(u); }
