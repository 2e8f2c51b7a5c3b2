# The checks a compiler does not make hold on this tree, and see what they are there for.
. "$(dirname "$0")/tap.sh"
tools=$NUWA_SOURCE/tools

ok 'folders include only what is below them' "$tools/check-layers" "$NUWA_SOURCE"
ok 'no banned word stands in the tree' "$tools/check-words" "$NUWA_SOURCE"
ok 'every sentence of an error has its Chinese one' "$tools/check-messages"
ok 'exported symbols begin with nw_' "$tools/check-symbols" "$NUWA_BUILD"

sed -n 's/^ *may\["\([a-z]*\)"\] = "\([^"]*\)".*/\1: \2/p' "$tools/check-layers" | sort >"$TMP/may"
sed -n 's/^| \([a-z]*\) | [^|]* |\([a-z.\/ ]*\)| `.*/\1:\2/p' "$NUWA_SOURCE/docs/map.md" |
    sed 's/ *$//' | sort >"$TMP/map"
sed -i 's/ *$//' "$TMP/may"
is 'docs/map.md has the same table' "$(diff "$TMP/may" "$TMP/map")" ''
is 'and it holds every folder' "$(wc -l <"$TMP/map")" "$(ls -d "$NUWA_SOURCE"/src/*/ | wc -l)"

mkdir -p "$TMP/tree/src/image" "$TMP/tree/src/core" "$TMP/tree/tests" "$TMP/tree/fuzz" \
    "$TMP/tree/bench"

# sees NAME CHECK REGEX CODE [FILE]: a tree with this one line in it is refused.
sees()
{
    file=$TMP/tree/${5:-src/image/a.c}
    printf '%s\n' "$4" >"$file"
    out_like "$1" "$3" "$tools/$2" "$TMP/tree"
    [ "$tap_status" -ne 0 ] || fail "$1: and the check fails"
    rm -f "$file"
}

# passes NAME CHECK CODE [FILE]
passes()
{
    file=$TMP/tree/${4:-src/image/a.c}
    printf '%s\n' "$3" >"$file"
    ok "$1" "$tools/$2" "$TMP/tree"
    rm -f "$file"
}

sees 'an arrow upwards' check-layers 'may not include io/io.h' '#include "io/io.h"'
sees 'a private header of another folder' check-layers 'is private' '#include "core/a_priv.h"'
sees 'a library of another folder' check-layers 'may not know' '#include <png.h>'
sees 'an unknown library' check-layers 'not in the table of outside' '#include <boost/a.hpp>'
sees 'a bare name' check-layers 'write folder/file.h' '#include "a.h"'
passes 'an arrow downwards' check-layers '#include "core/err.h"'
passes 'the C library' check-layers '#include <sys/stat.h>'

sees 'malloc' check-words 'core/mem.h' 'char *p = malloc(3);'
sees 'free after a bracket' check-words 'core/mem.h' 'if (x) (free)(p), free (p);'
sees 'a cosine of the machine' check-words 'core/vec.h' 'double y = 2*cosf(x);'
sees 'a jump' check-words 'no jumps' 'if (setjmp(b))'
sees 'a copy without bound' check-words 'no bound' 'strcpy(a, b);'
sees 'numbers read unchecked' check-words 'errors go unseen' 'sscanf(a, "%3d", &b);'
passes 'words read with a bound' check-words 'sscanf(a, "%31s %n", b, &c);'
sees 'printing in a library' check-words 'only the command line' 'printf("a");'
sees 'a line comment' check-words 'comments are' 'int a; // b'
sees 'a type ending in _t' check-words 'POSIX' 'typedef struct a b_t;'
sees 'a macro of no name' check-words 'begins with NW_' '#define MAX 3' src/core/a.h
passes 'words in comments' check-words 'int a; /* free(p) and printf() */'
passes 'words in strings' check-words 'const char *a = "malloc(\"//\")";'
passes 'words as parts of names' check-words 'nw_free(p); archive_free(a); x->free(y); nw_cos(x);'
passes 'libm where tests compare with it' check-words 'double y = cos(x);' tests/a.c
done_testing
