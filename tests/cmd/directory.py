"""Logging in by the hospital's directory: a real slapd on this machine, with and without TLS."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

from hospital import NUWA, PASSWORD, Person, Site, end, is_, ok, people

TOP = pathlib.Path(sys.argv[1])
SLAPD = shutil.which("slapd", path=os.environ["PATH"] + ":/usr/sbin:/usr/lib/openldap")
CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {top}/slapd.pid
TLSCACertificateFile {top}/ca.pem
TLSCertificateFile {top}/server.pem
TLSCertificateKeyFile {top}/server.key
disallow bind_anon
database mdb
suffix "dc=hospital"
rootdn "cn=root,dc=hospital"
rootpw "Root-Word-1"
directory {top}/db
access to attrs=userPassword by anonymous auth by * none
access to * by dn="cn=reader,dc=hospital" read by * none
"""
ENTRIES = """dn: dc=hospital
objectClass: dcObject
objectClass: organization
o: hospital
dc: hospital

dn: cn=reader,dc=hospital
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: Reads-Only-7

dn: ou=people,dc=hospital
objectClass: organizationalUnit
ou: people
"""


def person(login, name, password, department="骨科"):
    return f"""
dn: uid={login},ou=people,dc=hospital
objectClass: inetOrgPerson
uid: {login}
cn: {name}
sn: {name}
departmentNumber: {department}
userPassword: {password}
"""


def free_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def run(*command, **more):
    subprocess.run(command, check=True, cwd=TOP, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, **more)


def certificates():
    for name in ("ca", "other"):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key",
            "-out", f"{name}.pem", "-days", "2", "-subj", f"/CN={name}")
    (TOP / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n", encoding="utf-8")
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out",
        "server.csr", "-subj", "/CN=localhost")
    run("openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "server.pem")


class Directory:
    def __init__(self):
        self.port, self.tls_port = free_port(), free_port()
        (TOP / "db").mkdir()
        (TOP / "slapd.conf").write_text(CONFIG.format(top=TOP), encoding="utf-8")
        (TOP / "entries").write_text(
            ENTRIES + person("zhao", "赵主任", "Directory-Word-1") +
            person("sun", "孙影像", "Directory-Word-2", "影像科") +
            person("admin", "someone else", "Directory-Word-3") +
            person("li", "李设计", "Directory-Word-4"), encoding="utf-8")
        run(SLAPD, "-T", "add", "-f", "slapd.conf", "-l", "entries")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [SLAPD, "-d", "0", "-f", str(TOP / "slapd.conf"), "-h",
             f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls_port}"], cwd=TOP,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3000):
            try:
                socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("slapd does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(300)


def settings(**changed):
    file = TOP / "directory.json"
    values = {"url": f"ldaps://127.0.0.1:{directory.tls_port}", "ca": str(TOP / "ca.pem"),
              "base": "ou=people,dc=hospital", "filter": "(uid=%s)",
              "bind": "cn=reader,dc=hospital", "password_file": str(TOP / "reader"),
              "timeout_s": 20, "department": "departmentNumber", **changed}
    file.write_text(json.dumps({k: v for k, v in values.items() if v is not None}), "utf-8")
    return str(file)


def site(name="site", **changed):
    return Site(str(TOP / name), "--directory", settings(**changed))


def login(who, name, word, **more):
    return Person(who, name).ask("POST", "/login", {"login": name, "password": word, **more})


certificates()
(TOP / "reader").write_text("Reads-Only-7\n", encoding="utf-8")
(TOP / "reader").chmod(0o600)
directory = Directory()
try:
    # By ldaps, whom we know.
    here = site()
    admin, wang = people(here, "wang")
    made = admin.ask("POST", "/people", {"login": "zhao", "name": "赵主任", "roles": ["surgeon"],
                                         "rank": 5, "directory": True})
    is_("a person of the directory is made without a password", made.status, 201)
    is_("not with one", admin.ask("POST", "/people", {
        "login": "qian", "name": "Q", "roles": ["surgeon"], "directory": True,
        "password": "Begin-Here-1!q"}).code, "data")
    reply = login(here, "zhao", "Directory-Word-1")
    is_("he logs in with the directory's password", reply.status, 200)
    is_("has the roles we say, and no password to change",
        (reply.json["person"]["roles"], reply.json["must_change_password"]), (["surgeon"], False))
    zhao = Person(here, "zhao")
    zhao.token = reply.json["token"]
    is_("and may do what they may", zhao.ask("GET", "/cases").status, 200)
    is_("his password is not changed here", zhao.ask("POST", "/me/password", {
        "old": "Directory-Word-1", "new": "Another-Word-11!"}).code, "state")
    is_("a wrong password is refused", login(here, "zhao", "Directory-Word-2").status, 403)
    is_("an empty one too, which a directory would take for nobody's login",
        login(here, "zhao", "").status, 403)
    for name in ("zha*", "*", "zhao)(uid=*", "zhao\\2a", "ZHAO", "uid=zhao,ou=people"):
        is_(f"{name!r} is nobody", login(here, name, "Directory-Word-1").status, 403)
    is_("whom only the directory knows is nobody here", login(here, "sun", "Directory-Word-2").status,
        403)
    is_("a local account's password stays ours",
        (login(here, "admin", "Directory-Word-3").status, login(here, "admin", PASSWORD).status),
        (403, 200))
    for _ in range(5):
        login(here, "zhao", "Not-His-Word-9")
    is_("five wrong ones lock him here", login(here, "zhao", "Directory-Word-1").status, 403)
    person_now = next(p for p in admin.ask("GET", "/people").json["people"] if p["login"] == "zhao")
    body = {key: value for key, value in person_now.items() if key not in ("id", "login")}
    is_("a person can be made local, with a one-time password",
        admin.ask("PUT", f"/people/{person_now['id']}",
                  {**body, "directory": False, "password": "Begin-Here-1!o"}).status, 200)
    is_("which unlocks him", login(here, "zhao", "Begin-Here-1!o").json["must_change_password"], True)
    is_("his sessions are over", zhao.ask("GET", "/me").status, 401)
    is_("and the directory's password is no longer his", login(here, "zhao", "Directory-Word-1").status,
        403)
    is_("back to the directory", admin.ask("PUT", f"/people/{person_now['id']}", {
        **body, "version": body["version"] + 1}).status, 200)
    is_("where his own word counts again", login(here, "zhao", "Directory-Word-1").status, 200)

    # Away, and back.
    directory.stop()
    reply = login(here, "zhao", "Directory-Word-1")
    is_("a directory that is away is told", (reply.status, reply.code), (503, "io"))
    ok("with when to come again", reply.headers["Retry-After"])
    is_("local accounts work meanwhile", login(here, "admin", PASSWORD).status, 200)
    directory.start()
    is_("and the directory's when it is back", login(here, "zhao", "Directory-Word-1").status, 200)
    is_("the server ends in good order", here.stop(), 0)

    # One that takes the line and says nothing.
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        for scheme in ("ldaps", "ldap"):
            here = site(url=f"{scheme}://127.0.0.1:{silent.getsockname()[1]}", timeout_s=1)
            began = time.monotonic()
            reply = login(here, "zhao", "Directory-Word-1")
            took = time.monotonic() - began
            ok(f"a silent {scheme} directory is given up in time",
               reply.status == 503 and took < 60, (reply.status, took))
            here.stop()

    # StartTLS, and on record from the first login on.
    here = site(url=f"ldap://127.0.0.1:{directory.port}", starttls=True, makes=True)
    reply = login(here, "sun", "Directory-Word-2")
    is_("whom only the directory knows is put on record", reply.status, 200)
    sun = Person(here, "sun")
    sun.token = reply.json["token"]
    me = sun.ask("GET", "/me").json["person"]
    is_("by name and department, without a role", (me["name"], me["department"], me["roles"]),
        ("孙影像", "影像科", []))
    is_("and without a right", (sun.ask("GET", "/cases").status, sun.ask("GET", "/people").status,
                                sun.ask("GET", "/flow").status), (403, 403, 403))
    is_("a wrong password puts nobody on record", (login(here, "li", "Directory-Word-5").status,
        "li" in [p["login"] for p in
                 Person(here, "admin").enter(PASSWORD, None).ask("GET", "/people").json["people"]]),
        (403, False))
    is_("nor one the directory does not know", login(here, "nobody", "Directory-Word-5").status, 403)
    admin = Person(here, "admin").enter(PASSWORD, None)
    version = next(p for p in admin.ask("GET", "/people").json["people"] if p["login"] == "sun")
    is_("the security administrator gives him one", admin.ask("PUT", f"/people/{version['id']}", {
        "version": version["version"], "name": "孙影像", "roles": ["imaging"],
        "directory": True}).status, 200)
    is_("which counts at once", sun.ask("GET", "/cases").status, 200)
    here.stop()

    # A certificate that somebody else signed.
    for changed in ({"ca": str(TOP / "other.pem")},
                    {"ca": str(TOP / "other.pem"), "starttls": True,
                     "url": f"ldap://127.0.0.1:{directory.port}"}):
        here = site(**changed)
        is_("a directory with another's certificate is not believed",
            login(here, "zhao", "Directory-Word-1").status, 503)
        here.stop()
    here = site(base="ou=nowhere,dc=hospital")
    is_("a base that is not there has nobody", login(here, "zhao", "Directory-Word-1").status, 403)
    here.stop()
    here = site(filter="(|(uid=%s)(departmentNumber=骨科))")
    is_("a filter that fits several fits nobody", login(here, "zhao", "Directory-Word-1").status, 403)
    here.stop()
    (TOP / "reader").write_text("Not-His-Word\n", encoding="utf-8")
    here = site()
    is_("a reader who is not let in is told", login(here, "zhao", "Directory-Word-1").status, 503)
    here.stop()
    (TOP / "reader").write_text("Reads-Only-7\n", encoding="utf-8")

    # Settings that cannot be.
    def refused(name, said, **changed):
        run_ = subprocess.run([NUWA, "serve", "--data", str(TOP / "none"), "--listen",
                               "127.0.0.1:0", "--directory", settings(**changed)],
                              capture_output=True, text=True, timeout=300,
                              env={**os.environ, "NUWA_LANG": "en"})
        ok(name, run_.returncode != 0 and said in run_.stderr, run_.stderr)

    refused("passwords do not go unencrypted", "unencrypted", url="ldap://ldap.example.org")
    refused("nor to a name that only looks like this machine", "unencrypted",
            url="ldap://localhost.example.org")
    refused("another protocol", "ldaps://", url="https://ldap.example.org")
    refused("a filter without the login", "%s", filter="(uid=zhao)")
    refused("no base", "base", base=None)
    refused("a member of another name", "no setting", uri="x")
    refused("half a reader", "belong together", password_file=None)
    refused("a timeout of an hour", "1 to 30", timeout_s=3600)
    (TOP / "reader").chmod(0o644)
    refused("a password everybody reads", "open to everybody")
    ok("nothing was made", not (TOP / "none").exists())
finally:
    directory.stop()
end()
