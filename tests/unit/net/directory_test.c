/* net/directory.c: what stands in a filter for a login, whatever its letters are. */
#include <string.h>

#include "net/directory.h"
#include "unit.h"

static bool is_filter(const char *filter, const char *login, const char *expected)
{
    struct nw_err err = {0};
    char out[200];
    const bool good = nw_ldap_filter(filter, login, out, sizeof out, &err);
    if (!good || strcmp(out, expected) != 0)
        printf("# %s\n", good ? out : err.msg);
    return good && strcmp(out, expected) == 0;
}

/* RFC 4515, section 3: these and no others mean something else in a value. */
static void a_login_is_only_ever_a_value(void)
{
    CHECK(is_filter("(uid=%s)", "zhao", "(uid=zhao)"));
    CHECK(is_filter("(uid=%s)", "*", "(uid=\\2a)"));
    CHECK(is_filter("(uid=%s)", "a)(uid=*", "(uid=a\\29\\28uid=\\2a)"));
    CHECK(is_filter("(uid=%s)", "a\\2a", "(uid=a\\5c2a)"));
    CHECK(is_filter("(uid=%s)", "赵", "(uid=\\e8\\b5\\b5)"));
    CHECK(is_filter("(|(uid=%s)(mail=%s@h.cn))", "li", "(|(uid=li)(mail=li@h.cn))"));
    CHECK(is_filter("(uid=%s)", "%s", "(uid=%s)"));
    CHECK(is_filter("(&(o=100%)(uid=%s))", "", "(&(o=100%)(uid=))"));
}

static void a_filter_that_does_not_fit_is_told(void)
{
    char out[32], login[40];
    memset(login, '*', sizeof login - 1);
    login[sizeof login - 1] = 0;
    for (size_t size = 1; size < sizeof out; size++) {
        struct nw_err err = {0};
        CHECK(!nw_ldap_filter("(uid=%s)", login, out, size, &err));
        CHECK(err.code == NW_ERR_LIMIT);
    }
}

int main(void)
{
    UNIT(a_login_is_only_ever_a_value);
    UNIT(a_filter_that_does_not_fit_is_told);
    return unit_end();
}
