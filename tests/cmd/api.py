#!/usr/bin/env python3
"""tests/cmd/api.py FOLDER: a server that gets everything but what it asks for. See api.t."""
import hashlib
import http.client
import json
import pathlib
import socket
import sys
import threading
import time
import urllib.parse

from hospital import PASSWORD, SOURCE, Person, Site, described, end, is_, ok, opening, people, until

top = pathlib.Path(sys.argv[1])
site = Site(str(top / "site"), "--jobs", "0")
cast = ("zhao", "qian", "sun", "li", "zhou", "wu", "zheng", "feng", "chu", "chen", "wang")
admin, stranger, auditor, *staff = people(site, "wei", "shen", *cast)
zhao, qian, feng, wang = (staff[cast.index(name)] for name in ("zhao", "qian", "feng", "wang"))
case = zhao.ask("POST", "/cases", opening()).json["case"]
where = f"/cases/{case}"
kept = zhao.upload(case, "a.bin", b"0123456789" * 100)


def entries():
    return zhao.ask("GET", where + "/entries").json["digest"]


def refused(name, reply, status, code=None):
    got = (reply.status, reply.code)
    right = got[0] in (status if isinstance(status, tuple) else (status,)) and (
        code is None or got[1] == code)
    return ok(name, right, f"{got} instead of {status} {code}: {reply.bytes[:300]}")


# Every reply of this and its neighbours is held against the description (see hospital.py). What
# is not JSON of the server's own has no shape; these have none yet: only ever fewer.
bytes_of_others = {"GET /cases/{case}/documents/{name}", "GET /cases/{case}/events",
                   "GET /cases/{case}/files/{sha256}", "GET /shares/{token}/files/{file}",
                   "GET /design/schema", "GET /plan/schema", "GET /machines", "GET /openapi.json"}
not_yet = {"GET /cases/{case}/checklist", "POST /cases/{case}/deidentified",
           "GET /cases/{case}/entries", "GET /cases/{case}/todo", "GET /flow", "GET /labels",
           "GET /registry/{kind}", "GET /statistics", "POST /trace/draw"}
is_("the description says what every other reply holds", described.without_shape(),
    bytes_of_others | not_yet)

before = entries()

# What is no request at all.
for name, raw in {"nothing": b"", "half an object": b'{"form":', "a list": b"[]", "a text": b'"x"',
                  "a number": b"1e999", "bytes": bytes(range(256)), "a member twice":
                  b'{"role":"surgeon","role":"audit"}', "lists without end": b"[" * 100000,
                  "a zero in a name": b'{"a\\u0000b":1}', "half a letter": b'{"form":{"x":"\xe9\xaa"}}',
                  "half a pair": b'{"form":{"x":"\\ud800"}}'}.items():
    for path in ("/cases", where + "/acts/team.set", where + "/uploads", where + "/jobs"):
        reply = zhao.ask("POST", path, raw=raw)
        if reply.status != 400 or reply.code != "argument":
            ok(f"{name} to {path} is refused", False, f"{reply.status} {reply.bytes[:200]}")
            break
    else:
        ok(f"{name} is no request", True)

# Wrong types, unknown members, values out of all measure, in each place.
wrong = [None, True, 0, -1, 1e300, "", "x" * 100000, [], {}, [[]], {"a": {"b": {"c": {}}}},
         9223372036854775807]
statuses = set()
for value in wrong:
    for body in (value if isinstance(value, dict) else {"form": value}, {"role": value},
                 {"form": {}, "role": "surgeon", "statement": value, "passphrase": value}):
        for act in ("team.set", "consent.record", "interaction.sign", "no.act", "x" * 500):
            reply = zhao.ask("POST", f"{where}/acts/{act}", body)
            statuses.add(reply.status)
            if reply.status < 400 or reply.status >= 500 or not reply.code:
                ok(f"{str(body)[:80]} to {act}", False, f"{reply.status} {reply.bytes[:200]}")
form = opening()["form"]
for key in form:
    for value in wrong:
        if value is True and key == "implant":
            continue
        reply = zhao.ask("POST", "/cases", {"form": {**form, key: value}})
        if not 400 <= reply.status < 500:
            ok(f"a case with {key} {str(value)[:40]}", False, f"{reply.status} {reply.bytes[:200]}")
is_("wrong types are refused everywhere, by few statuses", statuses <= {400, 403, 404, 409, 422},
    True)
refused("unknown members are", zhao.ask("POST", "/cases", {"form": {**form, "more": 1}}), (400, 422),
        "data")
refused("a body over its limit", zhao.ask("POST", "/cases", raw=b" " * ((8 << 20) + 1)), 413, "limit")
is_("nothing of it changed the case", entries(), before)

# Text that other programs would take for more comes back as it was.
nasty = ("'; DROP TABLE cases; --", "\" OR 1=1", "<script>alert(1)</script>", "%s%n%00${7*7}",
         "骨盆\u202e重建 \u0301", "a\\b/c", "=cmd|' /C calc'!A0")
for number, text in enumerate(nasty):
    made = zhao.ask("POST", "/cases", {"form": {**form, "title": text, "patient": f"{number} " + text,
                                                "department": text, "hospital": text}})
    if not ok(f"a case may be called {text!r}", made.status == 201, made.bytes):
        continue
    seen = zhao.ask("GET", f"/cases/{made.json['case']}/entries").bytes.decode()
    shown = json.dumps(text, ensure_ascii=False)[1:-1]
    ok("and is", shown in seen or json.dumps(text)[1:-1] in seen, seen[:600])
    found = zhao.ask("GET", "/cases?words=" + "".join(f"%{b:02x}" for b in text.encode()))
    ok("and is searched without harm", found.status == 200, found.bytes)
is_("all cases are still there", len(zhao.ask("GET", "/cases?limit=200").json["cases"]),
    1 + len(nasty))
for query in ("limit=0", "limit=x", "limit=99999999999999999999", "after=%27%3b", "role=%00",
              "stage=" + "x" * 5000):
    reply = zhao.ask("GET", "/cases?" + query)
    ok(f"{query[:30]} is answered", reply.status in (200, 400, 422), f"{reply.status} {reply.bytes}")

# Names of files are names.
for name in ("../x", "/etc/passwd", "a/b", "..", ".", ".hidden", "a\\b", "a\nb", "", "x" * 300, "a\0b",
             7, None, "con:", "a\"b"):
    reply = zhao.ask("POST", where + "/uploads", {"name": name, "bytes": 1})
    refused(f"a file called {str(name)[:20]!r} is refused", reply, (400, 422))
for size in (-1, 1.5, "7", None, 2 ** 63, True):
    refused(f"a file of {size} bytes", zhao.ask("POST", where + "/uploads",
                                                {"name": "a", "bytes": size}), (400, 422))

# Uploads cut anywhere go on where they were.
content = hashlib.sha256(b"seed").digest() * 20000
upload = zhao.ask("POST", where + "/uploads", {"name": "cut.bin", "bytes": len(content)}).json["upload"]
at = 0
for cut in (1, 63, 65536, 65537, 200000):
    line = socket.create_connection(("127.0.0.1", site.port))
    line.sendall(f"PUT /api/v1/uploads/{upload}?offset={at} HTTP/1.1\r\nHost: x\r\nAuthorization: "
                 f"Bearer {zhao.token}\r\nContent-Length: {len(content) - at}\r\n\r\n".encode()
                 + content[at:at + cut])
    line.close()
    until(lambda: zhao.ask("GET", f"/uploads/{upload}").json.get("bytes") == at + cut)
    # Safe is said before the line that was cut has let go: until then another is a conflict.
    until(lambda: zhao.ask("PUT", f"/uploads/{upload}?offset={at + cut}", raw=b"").status == 200)
    at = zhao.ask("GET", f"/uploads/{upload}").json["bytes"]
ok("what came before each cut is there", at == 1 + 63 + 65536 + 65537 + 200000, at)
refused("a piece elsewhere is refused", zhao.ask("PUT", f"/uploads/{upload}?offset={at + 1}", raw=b"x"),
        409, "conflict")
refused("an end too early", zhao.ask("POST", f"/uploads/{upload}/end", {}), 409, "state")
refused("a piece too long", zhao.ask("PUT", f"/uploads/{upload}?offset={at}",
                                     raw=content[at:] + b"x"), 413, "limit")
refused("another's upload is none", qian.ask("PUT", f"/uploads/{upload}?offset={at}", raw=b"x"), 404)
is_("the rest is taken", zhao.ask("PUT", f"/uploads/{upload}?offset={at}", raw=content[at:]).status,
    200)
refused("a digest of other bytes", zhao.ask("POST", f"/uploads/{upload}/end", {"sha256": "0" * 64}),
        (400, 422), "data")
sha = zhao.upload(case, "whole.bin", content)
file = f"{where}/files/{sha}"
for asked, status, expected in (("bytes=0-0", 206, content[:1]), ("bytes=-5", 206, content[-5:]),
                                ("bytes=65530-65545", 206, content[65530:65546]),
                                ("bytes=639999-", 206, content[-1:]), ("bytes=640000-", 416, b""),
                                ("bytes=5-2", 200, content), ("lines=1-2", 200, content),
                                ("bytes=0-1,5-6", 200, content),
                                ("bytes=99999999999999999999999-", 200, content)):
    reply = zhao.ask("GET", file, headers={"Range": asked})
    ok(f"{asked} is {status}", reply.status == status and reply.bytes == expected, reply.status)
for sha in ("0" * 64, "x", "../../keys/site.key", "%2e%2e%2fkeys"):
    is_(f"no file {sha[:20]}", zhao.ask("GET", f"{where}/files/{sha}").status, 404)

# Tokens.
for name, head in {"none": {}, "a forged one": {"Authorization": "Bearer " + "0" * 64},
                   "half a one": {"Authorization": "Bearer " + zhao.token[:40]},
                   "another scheme": {"Authorization": "Basic " + zhao.token},
                   "one with a quote": {"Authorization": "Bearer " + "'" * 64},
                   "an empty cookie": {"Cookie": "nuwa="}}.items():
    nobody = Person(site, "")
    refused(f"with {name} nobody is let in", nobody.ask("GET", "/me", headers=head), 401, "login")
nobody = Person(site, "")
cookie = {"Cookie": "nuwa=" + zhao.token}
is_("by cookie one may look", nobody.ask("GET", where, headers=cookie).status, 200)
refused("but change nothing without the second token",
        nobody.ask("POST", where + "/acts/team.set", {"form": {}}, headers=cookie), (401, 403))
refused("nor with another's", nobody.ask("POST", where + "/uploads", {"name": "a", "bytes": 1}, headers={
    **cookie, "X-CSRF-Token": qian.ask("GET", "/me").json["csrf"]}), (401, 403))
is_("with one's own one may", nobody.ask("POST", where + "/uploads", {"name": "a", "bytes": 1}, headers={
    **cookie, "X-CSRF-Token": zhao.ask("GET", "/me").json["csrf"]}).status, 201)
old = Person(site, "qian").enter(PASSWORD, None)
old.ask("POST", "/logout")
refused("after logging out a token is worth nothing", old.ask("GET", "/me"), 401, "login")

# Requests that are repeated.
key = {"Idempotency-Key": "one-and-only"}
made = [zhao.ask("POST", "/cases", {"form": {**form, "patient": "once"}}, headers=key) for _ in (1, 2)]
is_("a repeated request is answered the same", made[0].json, made[1].json)
refused("the same key for another request is not",
        zhao.ask("POST", "/cases", {"form": {**form, "patient": "twice"}}, headers=key), 409, "conflict")
refused("a key too short", zhao.ask("POST", "/cases", opening(), headers={"Idempotency-Key": "x"}), 400)
refused("a key too long", zhao.ask("POST", "/cases", opening(),
                                   headers={"Idempotency-Key": "x" * 101}), 400)

# Two at once: one after the other, never both on the same ground.
steps = {step["act"]: step for step in json.loads((SOURCE / "examples/case/implant.json").read_text(
    encoding="utf-8"))["steps"]}
team = {"form": {"members": [
    {**one, "person": dict(zip(cast, staff))[one["person"]].id}
    for one in steps["team.set"]["form"]["members"]]}}
reply = zhao.ask("POST", where + "/acts/team.set", team)
ok("a team is set", reply.status == 201, reply.bytes)
for kind, name in (("maker", form["maker"]), ("hospital", form["hospital"])):
    reply = wang.ask("PUT", "/registry/organisation/" + urllib.parse.quote(name), {
        "version": 0, "body": steps["conditions.check"]["facts"][kind]})
    ok(f"the {kind} is on record", reply.status == 200, reply.bytes)
for who, act in ((wang, "conditions.check"), (zhao, "interaction.write")):
    reply = who.ask("POST", f"{where}/acts/{act}", {"form": steps[act]["form"]})
    ok(act + " is done", reply.status == 201, reply.bytes)
feng.ask("POST", "/me/keys", {"passphrase": "Sign-With-This-1!", "kind": "sm2"})
signing = where + "/acts/interaction.sign"
reply = feng.ask("GET", signing + "/statement")
ok("what is to be signed is shown", reply.status == 200, reply.bytes)
shown = reply.json["data"]["digest"]
sign = {"form": {}, "statement": shown, "passphrase": "Sign-With-This-1!"}
refused("a wrong passphrase signs nothing", feng.ask("POST", signing, {
    **sign, "passphrase": "Sign-With-That-1!"}), 403, "denied")
refused("nor does one without", feng.ask("POST", signing, {"form": {}, "statement": shown}), (409, 422))
refused("who is not to sign does not", zhao.ask("POST", signing, sign), (403, 409, 422))
zhao.ask("POST", where + "/acts/interaction.write", {
    "form": {**steps["interaction.write"]["form"], "storage": "Another way"}})
refused("a statement that is no longer so is not signed", feng.ask("POST", signing, sign), 409)
sign["statement"] = feng.ask("GET", signing + "/statement").json["data"]["digest"]
signed = []
pair = [threading.Thread(target=lambda: signed.append(feng.ask("POST", signing, sign)))
        for _ in range(2)]
for thread in pair:
    thread.start()
for thread in pair:
    thread.join()
ok("two who sign at once do so one after the other", all(one.status in (201, 409) for one in signed)
   and len({one.json.get("number") for one in signed}) == 2, [one.bytes for one in signed])
both, results = threading.Barrier(2), []


def at_once(number):
    both.wait()
    results.append(zhao.ask("POST", "/cases", {"form": {**form, "patient": "both"}}, headers={
        "Idempotency-Key": "at-the-same-time"}))


threads = [threading.Thread(target=at_once, args=(n,)) for n in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
ok("two requests of one key at once are one case",
   {r.status for r in results} == {201} and results[0].json["case"] == results[1].json["case"],
   [r.bytes for r in results])

# A role that is taken away is gone at once.
record = next(one for one in admin.ask("GET", "/people").json["people"] if one["id"] == qian.id)
body = {key: value for key, value in record.items() if key not in ("id", "login", "version", "locked")}
is_("the physician sees the case", qian.ask("GET", where).status, 200)
changed = admin.ask("PUT", f"/people/{qian.id}", {**body, "version": record["version"],
                                                  "roles": ["warehouse"]})
if not ok("the physician becomes somebody else", changed.status == 200, changed.bytes):
    print("#", record)
refused("and no longer acts as one, in the same session", qian.ask(
    "POST", where + "/acts/consent.record", {"role": "physician", "form": {}}), 403, "denied")
refused("the older version of a person is no ground to change him",
        admin.ask("PUT", f"/people/{qian.id}", {**body, "version": record["version"]}), 409, "conflict")
refused("only the security administrator changes persons",
        zhao.ask("PUT", f"/people/{zhao.id}", {**body, "version": 1}), 403, "denied")
refused("only the audit administrator reads the ledger", zhao.ask("GET", "/audit"), 403, "denied")
refused("who has no part in a case sees none", stranger.ask("GET", where), 404, "notfound")
refused("nor acts in it", stranger.ask("POST", where + "/acts/team.set", team), (403, 404, 422))
refused("nor sends files", stranger.ask("POST", where + "/uploads", {"name": "a", "bytes": 1}), 404)
refused("nor has work done", stranger.ask("POST", where + "/jobs", {
    "command": "check", "inputs": {}, "arguments": [], "outputs": []}), 404)

# Routes and methods.
document = zhao.ask("GET", "/openapi.json").json
job = zhao.ask("POST", where + "/jobs", {"command": "check", "inputs": {"a.bin": kept},
                                         "arguments": ["a.bin"], "outputs": []}).json["id"]
upload = zhao.ask("POST", where + "/uploads", {"name": "z", "bytes": 1}).json["upload"]
stand = {"{case}": case, "{act}": "team.set", "{upload}": upload, "{sha256}": kept, "{person}": zhao.id,
         "{kind}": "machine", "{id}": "M", "{job}": job, "{name}": "order.pdf"}
latest = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
plain = zhao.upload(case, "plain.stl", b"solid x\nendsolid x\n")
wang.ask("PUT", "/registry/recipient/B", {"version": 0, "body": {"as": "authority"}})
links = [zhao.ask("POST", where + "/shares", {"until": latest, "files": [plain], "ground": "authority",
                                              "to": "B", "reference": "7"}).json for _ in "12"]
stand.update({"{share}": links[0]["share"], "{token}": links[1]["token"], "{file}": "1"})
missing, routes = [], 0
for path, verbs in sorted(document["paths"].items()):
    for verb in sorted(verbs):
        if path.endswith(("/logout", "/events")):
            continue
        real = path[len("/api/v1"):]
        for name, value in stand.items():
            real = real.replace(name, value)
        routes += 1
        for who in (zhao, admin, auditor):
            reply = who.ask(verb.upper(), real)
            if reply.status in (404, 405) and who is zhao or reply.status >= 500:
                missing.append((verb, path, reply.status, reply.bytes[:200]))
ok(f"all {routes} routes of the document answer an empty call", routes > 30 and not missing, missing)
for verb in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
    reply = zhao.ask(verb, "/health")
    ok(f"{verb} is no method there", reply.status in (404, 405), reply.status)
for path in ("/", "/cases/", "//cases", "/cases/../health", "/cases/%2e%2e/health", "/%00", "/" + "a" * 8000):
    is_(f"there is nothing at {path[:30]}", zhao.ask("GET", path).status, 404)
head = zhao.ask("HEAD", "/health")
ok("HEAD is GET without the body", head.status == 200 and not head.bytes, head.status)


def raw(text, seconds=300):
    line = socket.create_connection(("127.0.0.1", site.port), timeout=seconds)
    line.sendall(text)
    try:
        return line.recv(200).split(b"\r\n")[0].decode()
    except OSError:
        return "closed"
    finally:
        line.close()


for name, text in {"no HTTP": b"\x16\x03\x01\x02\x00\r\n\r\n", "a header without end": b"GET / HTTP/1.1\r\n"
                   + b"X: " + b"y" * 300000 + b"\r\n\r\n", "a length that is none":
                   b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
                   "two lengths": b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                   b"Content-Length: 2\r\n\r\n{}"}.items():
    first = raw(text)
    ok(f"{name} is refused", first in ("", "closed") or " 4" in first[:14], first)
slow = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(100)]
for line in slow:
    line.sendall(b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
begun = time.time()
is_("a hundred slow ones keep nobody waiting", zhao.ask("GET", "/health").status, 200)
ok("not until they are given up", time.time() - begun < 30, time.time() - begun)
for line in slow:
    line.close()

# Guessing is slow, and one who asks without pause must wait.
nobody, codes = Person(site, ""), []
for number in range(400):
    reply = nobody.ask("POST", "/login", {"login": f"nobody{number}", "password": "x"})
    codes.append(reply.status)
    if reply.status == 429:
        break
ok("who guesses names and passwords is told to wait", codes[-1] == 429 and len(codes) > 10 and
   set(codes[:-1]) <= {401, 403}, codes)
ok("and for how long", int(reply.headers.get("Retry-After", 0)) > 0 and reply.code == "limit",
   reply.bytes)
is_("who is in is not disturbed", zhao.ask("GET", "/me").status, 200)

# All of it left its rows, and the chain holds.
check = auditor.ask("GET", "/audit/check").json
ok("the ledger holds", check["holds"] and check["rows"] > 100, check)
is_("the server is still there, and ends in good order", site.stop(), 0)
end()
