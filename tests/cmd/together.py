#!/usr/bin/env python3
"""tests/cmd/together.py FOLDER: views of a case from window to window; a lost second factor."""
import base64
import hashlib
import hmac
import http.client
import json
import struct
import sys
import time

from hospital import PASSWORD, Person, Site, end, is_, ok, opening, people

site = Site(sys.argv[1] + "/site", "--jobs", "0")
admin, auditor, zhao, qian, li, wu, sun = people(site, "shen", "zhao", "qian", "li", "wu", "sun")
case = zhao.ask("POST", "/cases", opening()).json["case"]
where = f"/cases/{case}"


class Listener:
    """Reads the events of a case."""

    def __init__(self, who):
        self.line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
        self.line.request("GET", "/api/v1" + where + "/events", headers={
            "Authorization": "Bearer " + who.token})
        self.reply = self.line.getresponse()

    def next(self, name):
        kind = None
        while True:
            line = self.reply.readline().decode("utf-8").rstrip("\n")
            if line.startswith("event: "):
                kind = line[7:]
            if line.startswith("data: ") and kind == name:
                return json.loads(line[6:])


def show(who, seat, **more):
    return who.ask("POST", where + "/together", {"seat": seat, **more})


def joined():
    rows = auditor.ask("GET", f"/audit?case={case}&act=together.join").json["rows"]
    return [row["person"] for row in rows]


# Req: R-199
ear = Listener(zhao)
first = show(zhao, "window-1", state={"cross": [1.5, 2, 3], "mark": "切缘"})
is_("one comes", (first.status, [one["seat"] for one in first.json["present"]]), (200, ["window-1"]))
heard = ear.next("together")
is_("who listens hears what is looked at", (heard["seat"], heard["state"]["cross"], heard["person"]),
    ("window-1", [1.5, 2, 3], zhao.id))
is_("under the name the server knows", heard["name"], zhao.ask("GET", "/me").json["person"]["name"])
for _ in range(5):
    show(zhao, "window-1", state={"cross": [0, 0, 0]})
is_("it is on record once for each coming", joined(), [zhao.id])
show(zhao, "window-2", state={})
is_("another window is another coming", joined(), [zhao.id, zhao.id])
gone = show(zhao, "window-2", leave=True)
is_("who leaves is not there", [one["seat"] for one in gone.json["present"]], ["window-1"])
while True:
    heard = ear.next("together")
    if heard["seat"] == "window-2" and heard.get("left"):
        break
ok("and the others hear of it", "state" not in heard, heard)
show(zhao, "window-2", leave=True)
is_("to leave is no coming", joined(), [zhao.id, zhao.id])
is_("to whom the case is not open it does not exist", show(li, "window-9", state={}).status, 404)
is_("nor its events", li.ask("GET", where + "/events").status, 404)
is_("and he is not among those on record", li.id in joined(), False)
is_("who is nobody does not come", Person(site, "x").ask("POST", where + "/together", {}).status, 401)
is_("a case that is none", zhao.ask("POST", "/cases/0123456789ABCDEFGHJKMNPQRS/together",
                                    {"seat": "window-1"}).status, 404)
for name, body in {"no window": {}, "a short one": {"seat": "a"}, "a long one": {"seat": "a" * 41},
                   "an odd one": {"seat": "window/../1"}, "no text": {"seat": 7},
                   "a state that is a list": {"seat": "window-1", "state": []},
                   "a large one": {"seat": "window-1", "state": {"a": "x" * 16400}}}.items():
    reply = zhao.ask("POST", where + "/together", body)
    ok(f"{name}: refused", 400 <= reply.status < 500, reply.status)
ok("a state of 16 KiB goes", show(zhao, "window-1", state={"a": "x" * 16300}).status == 200)
statuses = [show(zhao, "window-1", state={}).status for _ in range(200)]
ok("who sends hundreds at once is told to wait", 429 in statuses, statuses[-1])
time.sleep(1)
many = []
for number in range(40):
    while True:
        reply = show(zhao, f"crowd-{number:03d}", state={})
        if reply.status != 429:
            break
        time.sleep(0.2)
    many.append(reply.status)
ok("a case has so many windows and no more", many[0] == 200 and many[-1] not in (200, 500), many)


# Listening ends when it may no longer be done: each person's stream, and nobody else's.
# Req: R-350 R-357
def ended(ear):
    """The stream's end, past what was still under way."""
    try:
        while ear.reply.readline():
            pass
        return True
    except OSError:  # its line is still open after half a minute
        return False


def sees_on(ear, who):
    show(who, "window-1", state={"still": True})
    while not ear.next("together")["state"].get("still"):
        pass
    return True


def record(who):
    one = next(one for one in admin.ask("GET", "/people").json["people"] if one["id"] == who.id)
    return {key: one[key] for key in one if key in (
        "login", "name", "organisation", "rank", "skills", "licence_until", "department",
        "roles", "version")}


def again(who, password=PASSWORD):
    return Person(site, who.login).enter(password, None)


case = zhao.ask("POST", "/cases", {"form": {**opening()["form"], "type": "model",
                                              "implant": False, "device": "model"}}).json["case"]
where = f"/cases/{case}"
team = {"members": [{"person": who.id, "name": who.login, "role": role} for who, role in (
    (zhao, "surgeon"), (qian, "physician"), (li, "designer"), (wu, "producer"), (sun, "imaging"))]}
is_("a team is named", zhao.ask("POST", where + "/acts/team.set", {"form": team}).status, 201)
time.sleep(3)  # the views of before are through, and one may be sent again
stays, leaves = Listener(zhao), Listener(qian)
is_("who listens leaves", qian.ask("POST", "/logout").status, 200)
ok("and hears no more", ended(leaves))
qian = again(qian)
one, two = again(qian), again(qian)
ears = Listener(one), Listener(two)
is_("a new password ends the others", one.ask("POST", "/me/password", {
    "old": PASSWORD, "new": PASSWORD + "x"}).status, 200)
ok("hears no more whoever was in with the old one", ended(ears[1]))
ears[1].line.close()
qian, PASSWORD_OF_QIAN = one, PASSWORD + "x"
is_("a role goes", admin.ask("PUT", f"/people/{qian.id}", {
    **record(qian), "roles": ["delegate"]}).status, 200)
ok("and with it the case", ended(ears[0]))
is_("it comes again", admin.ask("PUT", f"/people/{qian.id}", {
    **record(qian), "roles": ["physician"]}).status, 200)
ear = Listener(sun)
less = {"members": [one for one in team["members"] if one["person"] != sun.id]}
reply = zhao.ask("POST", where + "/acts/team.set", {"form": less})
ok("somebody is of the team no more", reply.status == 201, reply.bytes)
ok("and hears no more of the case", ended(ear))
ok("who may listen on does", sees_on(stays, zhao))
is_("nor does it open to him", sun.ask("GET", where + "/events").status, 404)
is_("the password is the first again", qian.ask("POST", "/me/password", {
    "old": PASSWORD_OF_QIAN, "new": PASSWORD}).status, 200)


# A lost second factor.
def code(secret, at):
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", at // 30), hashlib.sha1).digest()
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place:place + 4])[0] & 0x7fffffff
    return f"{number % 1000000:06d}"


def enters(**more):
    return qian.ask("POST", "/login", {"login": "qian", "password": PASSWORD, **more}).status


secret = qian.ask("POST", "/me/second").json["secret"]
is_("a second factor is made", qian.ask("POST", "/me/second/confirm", {
    "code": code(secret, int(time.time()))}).status, 200)
is_("without it he does not come in", enters(), 403 if enters() == 403 else 401)
is_("nobody but the security administrator takes it away", [who.ask(
    "DELETE", f"/people/{qian.id}/second").status for who in (zhao, auditor, qian)], [403] * 3)
is_("nor one's own", admin.ask("DELETE", f"/people/{admin.id}/second").status, 409)
is_("nor nobody's", admin.ask("DELETE", "/people/nobody/second").status, 404)
is_("he does", admin.ask("DELETE", f"/people/{qian.id}/second").status, 200)
is_("who was in is out", qian.ask("GET", "/me").status, 401)
is_("the password alone opens", enters(), 200)
rows = auditor.ask("GET", "/audit?act=second.reset").json["rows"]
is_("it is on record", [(row["person"], row["body"]["person"]) for row in rows], [(admin.id, qian.id)])
again = admin.ask("DELETE", f"/people/{qian.id}/second")
ok("one that is not there is not taken away", again.status == 409, again.bytes)
is_("the server ends in good order", site.stop(), 0)
end()
