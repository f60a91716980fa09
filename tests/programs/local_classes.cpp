// Functions of classes that are local to functions.
namespace ns { int helper(int k) { struct Loc { int v; int go(int a) { return v + a; } static int st(int b) { return b; } }; Loc l{k}; return l.go(1) + Loc::st(2); } }
template <class T> T tpl(T x) { struct In { T q; T twice() { return q + q; } } in{x}; return in.twice(); }
int outer(int x) { struct Loc2 { int operator()(int z) { return z * 2; } } f; return f(x); }
int main() { int r = ns::helper(2) + tpl(3) + (int)tpl(1.5) + outer(4); return r; }
