// Virtual bases, with virtual functions and without; pointers to them and casts back.
struct V { int v = 1; virtual int f() { return 10; } virtual ~V() {} };
struct L : virtual V { int l = 2; int f() override { return 20 + l; } };
struct R : virtual V { int r = 3; virtual int g() { return 30 + r + v; } };
struct D : L, R { int d = 4; int f() override { return 40 + d; } int h() { return d + v; } };
struct NV { int n = 7; };
struct W : virtual NV { int w = 8; virtual int k() { return w + n; } };
struct Other { virtual ~Other() {} int o = 9; };
struct X : W, Other { int x = 11; };
int main() {
    D dd; X xx; L ll;
    V *bp = &dd; L *lp = &dd; R *rp = &dd; D *dp = &dd; V *vl = &ll; V &br = dd; W *wp = &xx; NV *np = &xx; Other *op = &xx; V *nullp = nullptr;
    int s = bp->f() + lp->f() + rp->g() + dp->h() + vl->f() + wp->k() + np->n + op->o + br.f() + (nullp == nullptr);
    return s == 0; // @mark stop
}
