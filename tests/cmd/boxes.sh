# tests/cmd/boxes.sh -- parts of known measure for the print commands; sourced, never run.

# box X0 Y0 Z0 X1 Y1 Z1 >> a part of an ASCII STL
box()
{
    awk -v a="$1" -v b="$2" -v c="$3" -v d="$4" -v e="$5" -v f="$6" 'BEGIN {
        split("3 2 1 4 3 1 5 6 7 5 7 8 1 2 6 1 6 5 2 3 7 2 7 6 3 4 8 3 8 7 4 1 5 4 5 8", v)
        x[1]=a;y[1]=b;x[2]=d;y[2]=b;x[3]=d;y[3]=e;x[4]=a;y[4]=e
        print "solid box"
        for (t = 0; t < 12; t++) {
            print "facet normal 0 0 0\nouter loop"
            for (k = 1; k <= 3; k++) {
                n = v[3 * t + k]; m = (n - 1) % 4 + 1
                print "vertex", x[m], y[m], (n > 4 ? f : c)
            }
            print "endloop\nendfacet"
        }
        print "endsolid box"
    }'
}
