/*
 * net/directory.h -- names and passwords by the hospital's LDAP directory (RFC 4511): the entry
 * is searched for by a filter, then bound to with the password. Nothing is kept; each login is
 * a connection of its own, bounded by the timeout.
 *
 * Settings, a JSON object; a member of another name is refused:
 *   "url"           "ldaps://ldap.example.org", or "ldap://..." with "starttls": true; without
 *                   either only to this machine, as passwords would go unencrypted
 *   "starttls"      false
 *   "ca"            PEM file of who signed the directory's certificate; else the system's
 *   "base"          where persons are: "ou=people,dc=example,dc=org"
 *   "filter"        "(uid=%s)": %s is the login, escaped (RFC 4515)
 *   "bind"          who searches; else nobody in particular
 *   "password_file" his password, in a file that others cannot read
 *   "timeout_s"     of a login once the address is known, 1 to 30, else 5
 *   "makes"         false; true: whom it knows is put on record at his first login, without a
 *                   role
 *   "name", "department"  attributes to put on record then; else "cn" and none
 */
#ifndef NW_NET_DIRECTORY_H
#define NW_NET_DIRECTORY_H

#include "case/people.h"

struct nw_ldap;
/* Reads the settings; does not connect. NW_ERR_DATA names the member that is wrong. */
NW_MUST_CHECK struct nw_ldap *nw_ldap_open(const char *settings_file, struct nw_err *err);
void nw_ldap_close(struct nw_ldap *ldap);
/* Lives as long as `ldap`; may be asked by several threads. */
const struct nw_directory *nw_ldap_directory(const struct nw_ldap *ldap);

/* The filter for a login: each %s by the login with what a filter reads otherwise as \xx. */
NW_MUST_CHECK bool nw_ldap_filter(const char *filter, const char *login, char *out, size_t size,
                                  struct nw_err *err);

#endif
