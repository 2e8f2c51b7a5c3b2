/* net/directory.c -- see directory.h. By libldap. */
#include "net/directory.h"

#include <errno.h>
#include <jansson.h>
#include <lber.h>
#include <ldap.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "core/crypto.h"

enum { TEXT = 512, PASSWORD = 257, FILTER = 2048, FEW = 2 };

struct nw_ldap {
    char url[TEXT], ca[TEXT], base[TEXT], filter[TEXT], bind[TEXT], password[PASSWORD];
    char name[64], department[64];
    bool starttls;
    int timeout_s;
    struct nw_directory directory;
};

/* ------------------------------------------------------------------ settings */

struct setting {
    const char *name;
    char *text;
    size_t size;
};

static bool take_text(const struct setting *setting, const json_t *value, struct nw_err *err)
{
    const char *text = json_string_value(value);
    if (!text || !*text || strlen(text) >= setting->size)
        return nw_fail(err, NW_ERR_DATA, "\"%s\" is a text of 1 to %zu letters", setting->name,
                       setting->size - 1);
    memcpy(setting->text, text, strlen(text) + 1);
    return true;
}

static bool take_switch(const char *name, const json_t *value, bool *out, struct nw_err *err)
{
    *out = json_is_true(value);
    return json_is_boolean(value) || nw_fail(err, NW_ERR_DATA, "\"%s\" is true or false", name);
}

static bool take_timeout(struct nw_ldap *ldap, const json_t *value, struct nw_err *err)
{
    const json_int_t seconds = json_integer_value(value);
    if (!json_is_integer(value) || seconds < 1 || seconds > 30)
        return nw_fail(err, NW_ERR_DATA, "\"timeout_s\" is 1 to 30 seconds");
    ldap->timeout_s = (int)seconds;
    return true;
}

/* The first line of a file that is not everybody's. */
static bool read_password(struct nw_ldap *ldap, const char *path, struct nw_err *err)
{
    struct stat stat;
    FILE *file = fopen(path, "re");
    if (!file)
        return nw_fail(err, NW_ERR_IO, "cannot read %.200s: %s", path, strerror(errno));
    bool good = fstat(fileno(file), &stat) == 0 && (stat.st_mode & S_IRWXO) == 0;
    if (!good)
        nw_fail(err, NW_ERR_DENIED, "%.200s holds a password and is open to everybody", path);
    if (good && !fgets(ldap->password, sizeof ldap->password, file))
        good = nw_fail(err, NW_ERR_DATA, "%.200s holds no password", path);
    (void)fclose(file);
    ldap->password[strcspn(ldap->password, "\r\n")] = 0;
    return good &&
           (ldap->password[0] || nw_fail(err, NW_ERR_DATA, "%.200s holds no password", path));
}

static bool take_member(struct nw_ldap *ldap, const char *key, const json_t *value,
                        char password_file[TEXT], struct nw_err *err)
{
    const struct setting settings[] = {
        {"url", ldap->url, sizeof ldap->url},
        {"ca", ldap->ca, sizeof ldap->ca},
        {"base", ldap->base, sizeof ldap->base},
        {"filter", ldap->filter, sizeof ldap->filter},
        {"bind", ldap->bind, sizeof ldap->bind},
        {"password_file", password_file, TEXT},
        {"name", ldap->name, sizeof ldap->name},
        {"department", ldap->department, sizeof ldap->department},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (strcmp(settings[i].name, key) == 0)
            return take_text(&settings[i], value, err);
    if (strcmp(key, "starttls") == 0)
        return take_switch(key, value, &ldap->starttls, err);
    if (strcmp(key, "makes") == 0)
        return take_switch(key, value, &ldap->directory.makes, err);
    if (strcmp(key, "timeout_s") == 0)
        return take_timeout(ldap, value, err);
    return nw_fail(err, NW_ERR_DATA, "\"%.40s\" is no setting of a directory", key);
}

static bool is_here(const char *host)
{
    static const char *const here[] = {"127.", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        if (strncmp(host, here[i], strlen(here[i])) == 0 &&
            (i == 0 || !host[strlen(here[i])] || strchr(":/", host[strlen(here[i])])))
            return true;
    return false;
}

/* What belongs together, and what would send passwords over the wire as they are. */
static bool check_settings(const struct nw_ldap *ldap, const char *password_file,
                           struct nw_err *err)
{
    const bool plain = strncmp(ldap->url, "ldap://", 7) == 0;
    if (!plain && strncmp(ldap->url, "ldaps://", 8) != 0)
        return nw_fail(err, NW_ERR_DATA,
                       "\"url\" is the directory's address: ldaps://... or ldap://...");
    if (!plain && ldap->starttls)
        return nw_fail(err, NW_ERR_DATA, "\"starttls\" is for ldap://, not for ldaps://");
    if (plain && !ldap->starttls && !is_here(ldap->url + 7))
        return nw_fail(err, NW_ERR_DATA,
                       "without ldaps:// or \"starttls\" passwords would go unencrypted");
    if (!*ldap->base)
        return nw_fail(err, NW_ERR_DATA, "\"base\" says where the directory has its persons");
    if (!strstr(ldap->filter, "%s"))
        return nw_fail(err, NW_ERR_DATA,
                       "\"filter\" has %%s where the login stands, as in (uid=%%s)");
    if ((*ldap->bind != 0) != (*password_file != 0))
        return nw_fail(err, NW_ERR_DATA, "\"bind\" and \"password_file\" belong together");
    return true;
}

static bool read_settings(struct nw_ldap *ldap, const char *path, struct nw_err *err)
{
    json_error_t where;
    json_t *all = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    char password_file[TEXT] = "";
    const char *key;
    const json_t *value;
    bool good = json_is_object(all) ||
                nw_fail(err, NW_ERR_DATA, "%.200s is no JSON object: line %d: %.100s", path,
                        where.line, where.text);
    json_object_foreach(all, key, value)
    {
        good = good && take_member(ldap, key, value, password_file, err);
    }
    good = good && check_settings(ldap, password_file, err) &&
           (!*password_file || read_password(ldap, password_file, err));
    json_decref(all);
    return good || nw_fail_at(err, "%.200s", path);
}

/* ------------------------------------------------------------------ the filter */

bool nw_ldap_filter(const char *filter, const char *login, char *out, size_t size,
                    struct nw_err *err)
{
    size_t len = 0;
    for (const char *at = filter; *at; at++) {
        const bool is_login = at[0] == '%' && at[1] == 's';
        const char *from = is_login ? login : at;
        const size_t count = is_login ? strlen(login) : 1;
        for (size_t i = 0; i < count; i++) {
            const unsigned char byte = (unsigned char)from[i];
            const bool escaped = is_login && (strchr("*()\\", byte) || byte >= 0x80);
            if (len + 4 >= size)
                return nw_fail(err, NW_ERR_LIMIT, "the filter is too long");
            len += (size_t)snprintf(out + len, size - len, escaped ? "\\%02x" : "%c", byte);
        }
        at += is_login;
    }
    out[len] = 0;
    return true;
}

/* ------------------------------------------------------------------ asking */

static bool away(int code, struct nw_err *err)
{
    return nw_fail(err, NW_ERR_IO,
                   "the hospital's directory does not answer (%.80s): try again later",
                   ldap_err2string(code));
}

static int bind_as(LDAP *line, const char *name, const char *password)
{
    char copy[PASSWORD];
    (void)snprintf(copy, sizeof copy, "%s", password);
    struct berval secret = {.bv_len = strlen(copy), .bv_val = copy};
    const int code = ldap_sasl_bind_s(line, name, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
    nw_wipe(copy, sizeof copy);
    return code;
}

/* libldap's own limits do not bound the handshake of TLS: a thread beside it hangs up when the
 * time is over. */
struct watch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct timespec until;
    int file;        /* the line's socket; -1: there is none */
    bool over, late; /* the login is over; so is its time */
};

static int note_socket(LDAP *line, Sockbuf *buffer, LDAPURLDesc *url, struct sockaddr *address,
                       struct ldap_conncb *context)
{
    struct watch *watch = (struct watch *)context->lc_arg;
    (void)line;
    (void)url;
    (void)address;
    (void)pthread_mutex_lock(&watch->lock);
    const bool good =
        !watch->late && ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &watch->file) >= 0;
    (void)pthread_mutex_unlock(&watch->lock);
    return good ? LDAP_SUCCESS : LDAP_TIMEOUT;
}

static void forget_socket(LDAP *line, Sockbuf *buffer, struct ldap_conncb *context)
{
    struct watch *watch = (struct watch *)context->lc_arg;
    (void)line;
    (void)buffer;
    (void)pthread_mutex_lock(&watch->lock);
    watch->file = -1;
    (void)pthread_mutex_unlock(&watch->lock);
}

static void *keep_watch(void *context)
{
    struct watch *watch = (struct watch *)context;
    (void)pthread_mutex_lock(&watch->lock);
    while (!watch->over && !watch->late)
        watch->late =
            pthread_cond_timedwait(&watch->changed, &watch->lock, &watch->until) == ETIMEDOUT;
    if (!watch->over && watch->file >= 0)
        (void)shutdown(watch->file, SHUT_RDWR);
    (void)pthread_mutex_unlock(&watch->lock);
    return NULL;
}

static bool begin_watch(struct watch *watch, int seconds, struct nw_err *err)
{
    pthread_condattr_t attributes;
    *watch = (struct watch){.file = -1};
    (void)clock_gettime(CLOCK_MONOTONIC, &watch->until);
    watch->until.tv_sec += seconds;
    (void)pthread_mutex_init(&watch->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&watch->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (pthread_create(&watch->thread, NULL, keep_watch, watch) == 0)
        return true;
    (void)pthread_cond_destroy(&watch->changed);
    (void)pthread_mutex_destroy(&watch->lock);
    return nw_fail(err, NW_ERR_LIMIT, "the server is busy: try again in a moment");
}

/* Before the line is closed: its socket's number may be another's at once. */
static void end_watch(struct watch *watch)
{
    (void)pthread_mutex_lock(&watch->lock);
    watch->over = true;
    (void)pthread_cond_signal(&watch->changed);
    (void)pthread_mutex_unlock(&watch->lock);
    (void)pthread_join(watch->thread, NULL);
}

static void free_watch(struct watch *watch)
{
    (void)pthread_cond_destroy(&watch->changed);
    (void)pthread_mutex_destroy(&watch->lock);
}

/* A line with its limits and its encryption; what a user's or the machine's own LDAP settings
 * say of certificates does not count here. */
static int open_line(const struct nw_ldap *ldap, struct ldap_conncb *limits, LDAP **line)
{
    const int version = LDAP_VERSION3, must = LDAP_OPT_X_TLS_HARD, ours = 0;
    const struct timeval limit = {.tv_sec = ldap->timeout_s};
    const char *ca = *ldap->ca ? ldap->ca : "/etc/ssl/certs/ca-certificates.crt";
    const bool tls = ldap->starttls || strncmp(ldap->url, "ldaps:", 6) == 0;
    int code = ldap_initialize(line, ldap->url);
    const struct {
        int option;
        const void *value;
        bool wanted;
    } options[] = {
        {LDAP_OPT_PROTOCOL_VERSION, &version, true},
        {LDAP_OPT_REFERRALS, LDAP_OPT_OFF, true},
        {LDAP_OPT_NETWORK_TIMEOUT, &limit, true},
        {LDAP_OPT_TIMEOUT, &limit, true},
        {LDAP_OPT_CONNECT_CB, limits, true},
        {LDAP_OPT_X_TLS_REQUIRE_CERT, &must, tls},
        {LDAP_OPT_X_TLS_CACERTFILE, ca, tls},
        {LDAP_OPT_X_TLS_NEWCTX, &ours, tls}, /* the last: it takes the others in */
    };
    for (size_t i = 0; code == LDAP_SUCCESS && i < sizeof options / sizeof *options; i++)
        if (options[i].wanted &&
            ldap_set_option(*line, options[i].option, options[i].value) != LDAP_OPT_SUCCESS)
            code = LDAP_LOCAL_ERROR;
    if (code == LDAP_SUCCESS && ldap->starttls)
        code = ldap_start_tls_s(*line, NULL, NULL);
    if (code == LDAP_SUCCESS && *ldap->bind)
        code = bind_as(*line, ldap->bind, ldap->password);
    return code;
}

static void copy_value(LDAP *line, LDAPMessage *entry, const char *attribute, char out[200])
{
    struct berval **values = *attribute ? ldap_get_values_len(line, entry, attribute) : NULL;
    if (values && values[0] && values[0]->bv_len < 200 &&
        !memchr(values[0]->bv_val, 0, values[0]->bv_len)) {
        memcpy(out, values[0]->bv_val, values[0]->bv_len);
        out[values[0]->bv_len] = 0;
    }
    if (values)
        ldap_value_free_len(values);
}

/* The one entry of that login: its name, or NULL when there is none or more than one. */
static int find_entry(const struct nw_ldap *ldap, LDAP *line, const char *filter,
                      struct nw_directory_answer *out, char **name)
{
    struct timeval limit = {.tv_sec = ldap->timeout_s};
    char wanted_name[64], wanted_department[64];
    char *attributes[] = {wanted_name, wanted_department, NULL};
    LDAPMessage *found = NULL;
    *name = NULL;
    (void)snprintf(wanted_name, sizeof wanted_name, "%s", ldap->name);
    (void)snprintf(wanted_department, sizeof wanted_department, "%s",
                   *ldap->department ? ldap->department : LDAP_NO_ATTRS);
    int code = ldap_search_ext_s(line, ldap->base, LDAP_SCOPE_SUBTREE, filter, attributes, 0,
                                 NULL, NULL, &limit, FEW, &found);
    if (code == LDAP_SIZELIMIT_EXCEEDED || code == LDAP_NO_SUCH_OBJECT) {
        code = LDAP_SUCCESS;
    } else if (code == LDAP_SUCCESS && ldap_count_entries(line, found) == 1) {
        LDAPMessage *entry = ldap_first_entry(line, found);
        *name = ldap_get_dn(line, entry);
        copy_value(line, entry, ldap->name, out->name);
        copy_value(line, entry, ldap->department, out->department);
    }
    ldap_msgfree(found);
    return code;
}

static bool ask_line(const struct nw_ldap *ldap, struct ldap_conncb *limits, LDAP **line,
                     const char *filter, const char *password, struct nw_directory_answer *out,
                     struct nw_err *err)
{
    char *name = NULL;
    int code = open_line(ldap, limits, line);
    if (code == LDAP_SUCCESS)
        code = find_entry(ldap, *line, filter, out, &name);
    if (code != LDAP_SUCCESS)
        return away(code, err);
    if (!name || !*name) {
        ldap_memfree(name);
        return true;
    }
    code = bind_as(*line, name, password);
    ldap_memfree(name);
    out->holds = code == LDAP_SUCCESS;
    /* wrong, locked, expired ... the directory's reasons are its own; but it must have said so
     */
    return code >= 0 && code != LDAP_UNAVAILABLE && code != LDAP_BUSY ? true : away(code, err);
}

/* A directory that hangs up must not end this program: libldap writes as to a file. */
static void begin_quiet(sigset_t *before)
{
    sigset_t pipe;
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, before);
}

static void end_quiet(const sigset_t *before)
{
    const struct timespec at_once = {0};
    sigset_t pipe;
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    while (sigtimedwait(&pipe, NULL, &at_once) > 0)
        ;
    (void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

static bool ask(void *context, const char *login, const char *password,
                struct nw_directory_answer *out, struct nw_err *err)
{
    const struct nw_ldap *ldap = (const struct nw_ldap *)context;
    char filter[FILTER];
    LDAP *line = NULL;
    struct watch watch;
    struct ldap_conncb limits = {
        .lc_add = note_socket, .lc_del = forget_socket, .lc_arg = &watch};
    sigset_t before;
    *out = (struct nw_directory_answer){0};
    /* an empty password would be no login at all, and be answered with success (RFC 4513 5.1.2)
     */
    if (!*password || strlen(password) >= PASSWORD)
        return true;
    if (!nw_ldap_filter(ldap->filter, login, filter, sizeof filter, err))
        return false;
    begin_quiet(&before);
    bool good = begin_watch(&watch, ldap->timeout_s, err);
    if (good) {
        good = ask_line(ldap, &limits, &line, filter, password, out, err);
        end_watch(&watch);
        if (line)
            (void)ldap_unbind_ext_s(line, NULL, NULL);
        free_watch(&watch);
    }
    end_quiet(&before);
    return good;
}

/* ------------------------------------------------------------------ opening */

struct nw_ldap *nw_ldap_open(const char *settings_file, struct nw_err *err)
{
    struct nw_ldap *ldap = NW_ALLOC(struct nw_ldap, 1, err);
    if (!ldap)
        return NULL;
    ldap->timeout_s = 5;
    (void)snprintf(ldap->filter, sizeof ldap->filter, "(uid=%%s)");
    (void)snprintf(ldap->name, sizeof ldap->name, "cn");
    ldap->directory.ask = ask;
    ldap->directory.context = ldap;
    if (read_settings(ldap, settings_file, err))
        return ldap;
    nw_ldap_close(ldap);
    return NULL;
}

void nw_ldap_close(struct nw_ldap *ldap)
{
    if (ldap)
        nw_wipe(ldap, sizeof *ldap);
    nw_free(ldap);
}

const struct nw_directory *nw_ldap_directory(const struct nw_ldap *ldap)
{
    return &ldap->directory;
}
