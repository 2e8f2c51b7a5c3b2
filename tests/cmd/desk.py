#!/usr/bin/env python3
"""tests/cmd/desk.py FOLDER: a case's papers, and what is done at the same time. See desk.t."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

from hospital import NUWA, PASSWORD, SOURCE, Person, Site, end, is_, ok, opening, people, until

top = pathlib.Path(sys.argv[1])
STEPS = json.loads((SOURCE / "examples/case/implant.json").read_text(encoding="utf-8"))["steps"]
RECORDS = {"maker": ("organisation", "maker"), "hospital": ("organisation", "hospital")}


class Hospital:
    """A server with the people who begin an implant's case, as far as the agreement is written."""

    def __init__(self, name, *options):
        self.site = Site(str(top / name), *options)
        cast = ("zhao", "qian", "sun", "li", "zhou", "wu", "zheng", "feng", "chen", "chu", "wang")
        self.admin, self.auditor, *staff = people(self.site, "shen", *cast)
        self.who = dict(zip(cast, staff))
        for person in ("zhao", "feng"):
            self.who[person].ask("POST", "/me/keys", {"passphrase": "Sign-It-Here-2026"})
        for fact, value in STEPS[2]["facts"].items():
            kind, member = RECORDS[fact]
            reply = self.who["wang"].ask(
                "PUT", f"/registry/{kind}/{urllib.parse.quote(STEPS[0]['form'][member])}",
                {"version": 0, "body": value})
            assert reply.status == 200, reply.bytes
        self.case = self.who["zhao"].ask("POST", "/cases", opening()).json["case"]
        self.where = f"/cases/{self.case}"

    def act(self, who, act, **more):
        step = next(step for step in STEPS if step["act"] == act)
        form = json.loads(json.dumps(step.get("form", {})))
        for member in form.get("members", []):
            member["person"] = self.who[member["person"]].id
        return self.who[who].ask("POST", f"{self.where}/acts/{act}", {"form": form, **more})

    def begin(self):
        for step in STEPS[1:4]:
            reply = self.act(step["who"], step["act"])
            assert reply.status == 201, reply.bytes

    def rows(self, act):
        return self.auditor.ask("GET", f"/audit?act={act}").json["rows"]


def papers(place):
    """Which there are, how far they are, the page itself; every look is a row."""
    zhao, feng = place.who["zhao"], place.who["feng"]
    reply = zhao.ask("GET", place.where + "/documents").json
    state = {one["name"]: one["state"] for one in reply["documents"]}
    is_("a paper is missing before there is anything on it", state["consent"], "missing")
    is_("or ready in part", state["interaction"], "part")
    ok("papers are named in both languages", all(one["zh"] and one["en"]
                                                for one in reply["documents"]), reply)
    is_("asked for again it is the same list", zhao.ask(
        "GET", place.where + "/documents").json, reply)
    is_("and both looks are on record", len([row for row in place.rows("read.case") if row["person"]
        == zhao.id and row["case"] == place.case and row["body"]["what"] == "documents"]), 2)
    for lang, title in (("zh", "交互约定与条件确认"), ("en", "Agreement on the interaction")):
        page = zhao.ask("GET", f"{place.where}/documents/interaction.pdf?lang={lang}")
        ok(f"a paper is a PDF ({lang})", page.status == 200 and page.bytes[:5] == b"%PDF-" and
           page.headers["Content-Type"] == "application/pdf", page.bytes[:300])
        (top / f"{lang}.pdf").write_bytes(page.bytes)
        text = os.popen(f"pdftotext {top}/{lang}.pdf - 2>/dev/null").read()
        ok(f"in the language asked for ({lang})", not text or title in text, text[:500])
    rows = place.rows("read.document")
    ok("who read which paper is on record", len(rows) == 2 and rows[0]["person"] == zhao.id and
       rows[0]["case"] == place.case and rows[0]["body"]["what"] == "interaction", rows)
    for name, status in {"nothing.pdf": 404, "order": 404, "-o.pdf": 404, "..%2forder.pdf": 404,
                         "order.pdf?lang=fr": 400, "x" * 300 + ".pdf": 404}.items():
        reply = zhao.ask("GET", f"{place.where}/documents/{name}")
        is_(f"{name[:20]} is no paper", (reply.status, reply.json["error"]["code"] != ""),
            (status, True))
    for where in ("/documents", "/documents/order.pdf"):
        is_(f"who is not of the case sees no{where.replace('/', ' ')}",
            place.who["chen"].ask("GET", f"/cases/{other(place)}{where}").status, 404)
    ok("nothing of it is left on the disk", not [one for one in pathlib.Path(
        place.site.folder, "jobs").rglob("*") if one.is_file()])
    ok("the maker's contact sees the paper too", feng.ask(
        "GET", place.where + "/documents/interaction.pdf").bytes[:5] == b"%PDF-")


def kept_files(place, zhao, feng):
    """Files of an entry that is kept from somebody, and what a job makes of them."""
    content = b"solid kept\nendsolid kept\n"
    kept = zhao.upload(place.case, "kept.stl", content)
    open_ = zhao.upload(place.case, "open.stl", content + b"\n")
    job = {"command": "check", "inputs": {"a.stl": kept}, "arguments": ["a.stl"], "outputs": []}
    made = zhao.ask("POST", place.where + "/jobs", job).json["id"]
    listed = lambda who: [one["sha256"] for one in who.ask(
        "GET", place.where + "/files").json["files"]]
    ok("what no entry names yet is there for all", {kept, open_} <= set(listed(feng)))
    said = zhao.ask("POST", place.where + "/acts/discuss.say", {"form": {
        "text": "kept", "view": {"name": "kept.stl", "sha256": kept, "bytes": len(content)}}})
    is_("an entry names a file", said.status, 201)
    ok("who is shown it has the file", {kept, open_} <= set(listed(zhao)))
    ok("who is not does not", kept not in listed(feng) and open_ in listed(feng))
    is_("nor by its digest", [who.ask("GET", f"{place.where}/files/{kept}").status
                              for who in (zhao, feng)], [200, 404])
    is_("nor the job that read it", [who.ask("GET", f"/jobs/{made}").status
                                     for who in (zhao, feng)], [200, 404])
    is_("nor in the list of jobs", [made in [one["id"] for one in who.ask(
        "GET", place.where + "/jobs").json["jobs"]] for who in (zhao, feng)], [True, False])
    is_("nor a job of his own on it", feng.ask("POST", place.where + "/jobs", job).status, 422)


def hidden(place):
    """What the table keeps from a role is neither among the entries nor on a paper."""
    wang, feng, zhao = (place.who[name] for name in ("wang", "feng", "zhao"))
    reply = wang.ask("GET", "/flow")
    before, table = reply.headers["ETag"].strip('"'), reply.json
    for act in table["acts"]:
        if act["name"] in ("interaction.write", "discuss.say"):
            act["hidden_from"] = ["contact"]
    is_("only quality and administrators change the process", zhao.ask(
        "PUT", "/flow", {"table": table, "before": before}).status, 403)
    is_("nobody without having seen it", wang.ask(
        "PUT", "/flow", {"table": table, "before": "0" * 64}).status, 409)
    is_("nor with something else", wang.ask("PUT", "/flow", {"table": {}, "before": before}).code,
        "data")
    now = wang.ask("PUT", "/flow", {"table": table, "before": before}).json["table"]
    ok("the process is changed", now != before and zhao.ask(
        "GET", "/flow").headers["ETag"] == f'"{now}"')
    is_("the one before is there still", zhao.ask(
        "GET", f"/flow?table={before}").headers["ETag"], f'"{before}"')
    was, place.case = place.case, other(place)
    place.where = f"/cases/{place.case}"
    place.begin()
    tables = [zhao.ask("GET", f"/cases/{case}").json["data"]["table"]
              for case in (was, place.case)]
    is_("each case has its own", tables, [before, now])
    entry = feng.ask("GET", place.where + "/entries").json["data"][3]
    ok("an entry that is kept from him is only named", entry.get("hidden") and
       entry["act"] == "interaction.write" and "form" not in entry, entry)
    ok("others see it", "form" in zhao.ask("GET", place.where + "/entries").json["data"][3])
    kept_files(place, zhao, feng)
    for who, shown in ((zhao, True), (feng, False)):
        page = who.ask("GET", place.where + "/documents/interaction.pdf?lang=zh")
        (top / "page.pdf").write_bytes(page.bytes)
        text = os.popen(f"pdftotext {top}/page.pdf - 2>/dev/null").read()
        ok("and on paper as well", not text or ("信息科" in text) == shown, text)
    wang.ask("PUT", "/flow", {"table": None, "before": now})
    is_("the program's own can be put back", zhao.ask("GET", "/flow").headers["ETag"],
        f'"{before}"')
    place.case, place.where = was, f"/cases/{was}"


def traced(place):
    """Forward and backward from any entry; a device drawn by chance. Req: R-340 R-345"""
    zhao, feng, auditor = place.who["zhao"], place.who["feng"], place.auditor
    trace = zhao.ask("GET", place.where + "/trace").json["data"]
    numbers = [link["entry"] for link in trace["links"]]
    is_("every entry is a link of the chain", numbers, list(range(1, len(numbers) + 1)))
    edges = {(link["entry"], on) for link in trace["links"] for on in link["rests_on"]}
    is_("each edge stands at both its ends", edges, {
        (by, link["entry"]) for link in trace["links"] for by in link["carries"]})
    last = zhao.ask("GET", f"{place.where}/trace?entry={len(numbers)}").json["data"]
    reached, open_ = set(), [len(numbers)]
    while open_:
        now = open_.pop()
        open_ += [on for by, on in edges if by == now and on not in reached]
        reached |= {on for by, on in edges if by == now}
    ok("from the last entry all it rests on is reached",
       reached and last["back"] == sorted(reached) and last["forth"] == [], (last, reached))
    for entry, status in (("0", 404), ("999", 404), ("x", 400)):
        is_(f"there is no entry {entry}", zhao.ask(
            "GET", f"{place.where}/trace?entry={entry}").status, status)
    is_("who is not of the case sees none of it", place.who["chen"].ask(
        "GET", f"/cases/{other(place)}/trace").status, 404)
    is_("the physician does not draw", zhao.ask("POST", "/trace/draw").status, 403)
    reply = auditor.ask("POST", "/trace/draw")
    is_("where no device has a code there is none to draw", (reply.status, reply.json["error"][
        "code"]), (404, "notfound"))
    page = zhao.ask("GET", place.where + "/documents/device-life.pdf?lang=zh")
    (top / "life.pdf").write_bytes(page.bytes)
    text = os.popen(f"pdftotext {top}/life.pdf - 2>/dev/null").read()
    ok("the life of the device is a paper", page.bytes[:5] == b"%PDF-" and
       (not text or "追溯链" in text), text[:300])


def at_once(person, number, method, path, body, **more):
    """The same request so many times at the same moment; the statuses in order."""
    replies = [None] * number
    gate = threading.Barrier(number)

    def one(at):
        gate.wait()
        replies[at] = person.ask(method, path, body, **more)

    threads = [threading.Thread(target=one, args=(at,)) for at in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(reply.status for reply in replies), replies


def signing(place, name):
    """Whoever signs what another has just signed is told; an entry is there once."""
    feng = place.who["feng"]
    path = f"{place.where}/acts/interaction.sign"
    shown = feng.ask("GET", path + "/statement").json["data"]
    body = {"form": {}, "statement": shown["digest"], "passphrase": "Sign-It-Here-2026"}
    wrong = feng.ask("POST", path, {**body, "passphrase": "not this one"})
    is_(f"a wrong passphrase signs nothing ({name})", wrong.status, 403)
    statuses, replies = at_once(feng, 4, "POST", path, body)
    is_(f"of four that sign the same at once one does ({name})", statuses, [201, 409, 409, 409])
    is_(f"the others are in conflict ({name})",
        {reply.code for reply in replies if reply.status == 409}, {"conflict"})
    entries = feng.ask("GET", place.where + "/entries").json["data"]
    is_(f"there is one entry ({name})", [entry["act"] for entry in entries].count(
        "interaction.sign"), 1)
    again = feng.ask("POST", path, body)
    is_(f"nor later by the same statement ({name})", (again.status, again.code),
        (409, "conflict"))
    body["statement"] = feng.ask("GET", path + "/statement").json["data"]["digest"]
    is_(f"but by a new one ({name})", feng.ask("POST", path, body).status, 201)
    key = {"Idempotency-Key": f"decide-{name}"}
    statuses, replies = at_once(place.who["zhao"], 4, "POST", f"{place.where}/acts/interaction.write",
                                {"form": form_of("interaction.write")}, headers=key)
    ok(f"a request sent four times at once is done once ({name})", statuses == [201] * 4 and
       len({reply.json["digest"] for reply in replies}) == 1, [statuses, replies[0].bytes])


def form_of(act):
    return next(step for step in STEPS if step["act"] == act)["form"]


def roles(place):
    """Who has lost the role in which he is of the team is outside of it (R-350)."""
    admin, zhou, li = place.admin, place.who["zhou"], place.who["li"]
    ok("who is of the team sees the case", zhou.ask("GET", place.where).status == 200 and
       any(one["case"] == place.case for one in zhou.ask("GET", "/cases").json["cases"]))
    record = next(one for one in admin.ask("GET", "/people").json["people"]
                  if one["id"] == zhou.id)
    body = {key: record[key] for key in record if key in (
        "login", "name", "organisation", "rank", "skills", "licence_until", "department")}
    changed = admin.ask("PUT", f"/people/{zhou.id}",
                        {**body, "roles": ["warehouse"], "version": record["version"]})
    is_("a role is taken away in mid-session", changed.status, 200)
    for path in ("", "/todo", "/entries", "/checklist", "/parties", "/files", "/jobs", "/documents",
                 "/documents/order.pdf", "/events", "/acts/discuss.say/statement"):
        is_(f"he sees no more of the case: {path or 'itself'}",
            zhou.ask("GET", place.where + path).status in (403, 404), True)
    is_("nor finds it", [one for one in zhou.ask("GET", "/cases").json["cases"]
                         if one["case"] == place.case], [])
    is_("nor by its words", zhou.ask("GET", "/cases?words=ZY&stage=agreement").json["cases"], [])
    for role, status in (("reviewer", 403), ("warehouse", 404), (None, 404)):
        reply = zhou.ask("POST", f"{place.where}/acts/team.set",
                         {"form": {}, **({"role": role} if role else {})})
        is_(f"nor acts in it as {role}", reply.status, status)
    is_("others see it still", li.ask("GET", place.where).status, 200)


def needed(place):
    """Persons and the registry are shown as far as a page of the one who asks needs them."""
    who, admin = place.who, place.admin
    stranger = people_more(place, "stranger")
    listed = lambda one: {p["id"]: p for p in one.ask("GET", "/people").json["people"]}
    private = {"login", "version", "rank", "skills", "licence_until", "department"}
    for name, sees, knows in (("zhao", True, False), ("wang", True, True), ("li", False, False)):
        seen = listed(who[name])
        is_(f"{name} is told of a stranger: {sees}", stranger in seen, sees)
        others = [one for id_, one in seen.items() if id_ != who[name].id]
        told = set().union(*(one.keys() for one in others))
        ok(f"{name}: names, no logins and no more", others and all(one["name"] for one in others) and
           told & private == ({"rank", "skills", "licence_until"} if knows else set()), told)
        is_(f"{name} sees all of himself", seen[who[name].id]["login"], name)
    ok("who shares a case is told", who["zhao"].id in listed(who["li"]))
    ok("the auditor has the names of all", stranger in listed(place.auditor) and
       "login" not in listed(place.auditor)[stranger])
    is_("who keeps the accounts sees them whole", listed(admin)[stranger]["login"], "stranger")
    for name, whole in (("wang", True), ("zhao", False), ("wu", False)):
        items = who[name].ask("GET", "/registry/organisation").json["organisation"]
        ok(f"{name}: what is on record of organisations: {whole}", len(items) == 2 and
           all(("body" in one) == whole and one["id"] for one in items), items)


def parties(place):
    """What hospital and maker are on record with is shown on the case, and what has run out."""
    zhao, wang = place.who["zhao"], place.who["wang"]

    def shown(part):
        found = zhao.ask("GET", place.where + "/parties").json["data"]["parties"]
        return next(one for one in found if one["part"] == part)

    before = shown("hospital")
    item = next(one for one in wang.ask("GET", "/registry/organisation").json["organisation"]
                if one["id"] == before["id"])
    ok("the hospital's conditions are those on record, and hold", before["known"] and
       before["conditions"] == {**item["body"], "version": item["version"]} and
       before["lapsed"] == [], before)
    ok("so are the maker's", shown("maker")["known"] and shown("maker")["lapsed"] == [])
    put = lambda version, body: wang.ask("PUT", f"/registry/organisation/{urllib.parse.quote(before['id'])}",
                                         {"version": version, "body": body}).json["version"]
    version = put(item["version"], {**item["body"], "grade": "3A", "approvals_until": "2020-01-01",
                                    "conditions_until": "2999-01-01"})
    after = shown("hospital")
    ok("a change shows at once, with what has run out", after["lapsed"] == ["approvals_until"] and
       after["conditions"]["grade"] == "3A", after)
    put(version, item["body"])


def people_more(place, login):
    made = place.admin.ask("POST", "/people", {
        "login": login, "name": "A stranger", "organisation": "X", "roles": ["physician"],
        "rank": 3, "licence_until": "2030-12-31", "password": "Begin-Here-1!qqq"})
    return made.json["id"]


def methods(place):
    zhao = place.who["zhao"]
    for method, path, allowed in (("DELETE", place.where, "GET, HEAD"),
                                  ("PUT", "/cases", "POST, GET, HEAD"),
                                  ("GET", "/login", "POST"), ("PATCH", "/me", "GET, HEAD"),
                                  ("POST", "/uploads/x", "PUT, GET, HEAD")):
        reply = zhao.ask(method, path)
        is_(f"{method} is not for {path.split('/')[1]}",
            (reply.status, reply.headers.get("Allow"), reply.code), (405, allowed, "method"))
    is_("what is not there is not there by any method", zhao.ask("DELETE", "/nothing").status, 404)


def jobs(place):
    zhao = place.who["zhao"]
    sha = zhao.upload(place.case, "a.bin", b"0123456789")
    job = zhao.ask("POST", place.where + "/jobs", {
        "command": "check", "inputs": {"a.stl": sha}, "arguments": ["a.stl"],
        "outputs": []}).json["id"]
    # Req: R-356
    # A page asks again and again; each state that somebody was shown is one row for his session.
    mine = lambda: [row["body"] for row in place.rows("read.job")
                    if row["case"] == place.case and row["body"].get("job", job) == job]
    for _ in range(5):
        zhao.ask("GET", f"/jobs/{job}")
        zhao.ask("GET", place.where + "/jobs")
    is_("who looked at a job is on record, once", mine(), [{}, {"job": job, "state": "waiting"}])
    again = Person(place.site, "zhao").enter(PASSWORD, None)
    again.ask("GET", f"/jobs/{job}")
    is_("once more in another session", len(mine()), 3)
    zhao.ask("DELETE", f"/jobs/{job}")
    for _ in range(3):
        zhao.ask("GET", f"/jobs/{job}")
    is_("and once when it has become something else", (len(mine()), mine()[0]),
        (4, {"job": job, "state": "cancelled"}))
    rows = [row for row in place.rows("read.job") if row["body"].get("job") == job]
    ok("each row names its session and its person", len({row["session"] for row in rows}) == 2 and
       {row["person"] for row in rows} == {zhao.id}, rows)


def links(place, name):
    """A link works, is taken back, and is on record, on either database."""
    zhao = place.who["zhao"]
    sha = zhao.upload(place.case, "link.stl", b"solid link\nendsolid link\n")
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 600))
    wanted = {"until": until, "files": [sha], "ground": "authority", "to": "Bureau", "reference": "7"}
    reply = zhao.ask("POST", place.where + "/shares", wanted)
    is_(f"to nobody that is not on the list ({name})", (reply.status, [
        row["body"]["to"] for row in place.rows("data.refuse")]), (403, ["Bureau"]))
    place.who["wang"].ask("PUT", "/registry/recipient/Bureau", {"version": 0, "body": {"as": "authority"}})
    made = zhao.ask("POST", place.where + "/shares", wanted).json
    is_(f"who is on it is on record ({name})", [row["body"] for row in place.rows("data.leave")],
        [{"how": "share", "ground": "authority", "to": "Bureau", "reference": "7"}])
    outside = Person(place.site, "nobody")
    seen = [outside.ask("GET", f"/shares/{made['token']}{tail}").status for tail in ("", "/files/1")]
    back = zhao.ask("DELETE", f"{place.where}/shares/{made['share']}").status
    seen += [back, outside.ask("GET", f"/shares/{made['token']}").status]
    listed = zhao.ask("GET", place.where + "/shares").json["shares"][0]
    is_(f"a link opens, and is taken back ({name})", (seen, listed["opened"], listed["live"]),
        ([200, 200, 200, 404], 1, False))
    given = lambda to: zhao.ask("POST", place.where + "/shares", {
        "until": until, "files": [sha], "ground": "team", "to": place.who[to].id}).status
    is_(f"who is on the team may be given data, who is not may not ({name})",
        (given("feng"), given("wang")), (201, 403))
    place.who["wang"].ask("PUT", "/registry/site/S", {"version": 0, "body": {"data_inside": True}})
    firm = urllib.parse.quote(next(one["organisation"] for one in place.admin.ask("GET", "/people").json[
        "people"] if one["id"] == place.who["feng"].id))
    away = given("feng")
    place.who["wang"].ask("PUT", f"/registry/recipient/{firm}", {"version": 0, "body": {"inside": True}})
    is_(f"of a member's organisation the list says whether it is inside ({name})", (away, given("feng")),
        (403, 201))
    place.who["wang"].ask("PUT", "/registry/site/S", {"version": 1, "body": {"data_inside": False}})


def signed(person, case, act, form):
    """Done with a signature, as the page does it."""
    path = f"/cases/{case}/acts/{act}"
    shown = person.ask("GET", path + "/statement").json
    return person.ask("POST", path, {
        "form": form, "passphrase": "Sign-It-Here-2026",
        "statement": shown["data"]["digest"] if "data" in shown else "0" * 64})


# Req: R-010
def whose_scan(place, name, *options):
    """What a scan says of its patient and the order does not keeps the physician from confirming."""
    zhao, sun, li = (place.who[who] for who in ("zhao", "sun", "li"))
    phantom = top / "phantom"
    if not phantom.exists():
        subprocess.run([NUWA, "phantom", "spheres", "-o", phantom, "--spacing", "4mm", "--slice",
                        "4mm", "--no-truth", "--quiet"], check=True)
        shutil.make_archive(str(phantom / "scan"), "zip", phantom, "dicom")
    scan = (phantom / "scan.zip").read_bytes()
    paper = b"%PDF-1.4 consent"
    worker = subprocess.Popen([NUWA, "work", "--data", place.site.folder, *options],
                              stdout=subprocess.DEVNULL)

    def begun(**more):
        """A case up to the physician's confirmation; the scan was not looked at yet."""
        form = {**opening()["form"], "type": "model", "implant": False, "device": "model", **more}
        case = zhao.ask("POST", "/cases", {"form": form}).json["case"]
        members = json.loads(json.dumps(form_of("team.set")))
        for member in members["members"]:
            member["person"] = place.who[member["person"]].id
        assert zhao.ask("POST", f"/cases/{case}/acts/team.set", {"form": members}).status == 201
        sha = zhao.upload(case, "consent.pdf", paper)
        consent = {**form_of("consent.record"), "date": "2026-01-01", "document": {
            "name": "consent.pdf", "sha256": sha, "bytes": len(paper)}}
        reply = signed(zhao, case, "consent.record", consent)
        assert reply.status == 201, reply.bytes
        digest = zhao.upload(case, "scan.zip", scan)
        taken = json.loads(json.dumps(form_of("images.take")))
        taken["series"][0].update(acquired="2026-01-01", sha256=digest)
        assert sun.ask("POST", f"/cases/{case}/acts/images.take", {"form": taken}).status == 201
        return case, digest

    def read(case, digest):
        job = zhao.ask("POST", f"/cases/{case}/jobs", {
            "command": "info", "inputs": {"scan.zip": digest}, "outputs": [],
            "arguments": ["scan.zip", "--brief", "--identity"]}).json["id"]
        until(lambda: zhao.ask("GET", f"/jobs/{job}").json["state"] in ("done", "failed"))

    def confirms(case):
        return signed(zhao, case, "images.confirm", form_of("images.confirm")).status

    def look(case, digest):
        seen = zhao.ask("GET", f"/cases/{case}/files/{digest}/patient").json
        return seen["compared"], seen["differs"]

    def held(case):
        may = zhao.ask("GET", f"/cases/{case}/todo").json["data"]["roles"]["surgeon"]
        return [one["reason"] for one in may["blocked"] if one["act"] == "images.confirm"]

    def said(case, who, digest, compared, confirmed=True):
        return who.ask("POST", f"/cases/{case}/acts/images.identity", {"form": {
            "scan": digest, "compared": compared, "confirmed": confirmed,
            "reason": "another hospital's number"}}).status

    case, digest = begun()
    is_(f"a scan that nobody has read is not confirmed ({name})",
        (look(case, digest), confirms(case)), (("unread", ["unread"]), 409))
    read(case, digest)
    is_(f"nor one of another number and name ({name})", (look(case, digest), confirms(case)),
        (("different", ["number"]), 409))
    ok(f"the page says so before the form is filled in ({name})",
       "differs from the order" in str(held(case)), held(case))
    is_(f"that they are the same cannot be said ({name})", said(case, zhao, digest, "same"), 409)
    is_(f"the designer's word does not settle it ({name})",
        (said(case, li, digest, "different"), confirms(case)), (201, 409))
    is_(f"who finds it somebody else's keeps it back ({name})",
        (said(case, sun, digest, "different", False), confirms(case)), (201, 409))
    is_(f"a recorded act with a reason settles it ({name})",
        (said(case, zhao, digest, "different"), held(case), confirms(case)), (201, [], 201))
    case, digest = begun(patient=" phan TOM", patient_name="Somebody Else")
    read(case, digest)
    is_(f"a name is compared, and no value goes on record ({name})",
        (look(case, digest), confirms(case)), (("different", ["name"]), 409))
    case, digest = begun(patient="PHANTOM", patient_name="张三", sex="male")
    read(case, digest)
    is_(f"what agrees needs nobody; a name in other letters says nothing ({name})",
        (look(case, digest), confirms(case)), (("same", []), 201))
    entry = zhao.ask("GET", f"/cases/{case}/entries").json["data"][-1]
    is_(f"what was compared is in the entry ({name})", entry["facts"]["scan"][digest],
        {"scan": digest, "compared": "same", "differs": []})
    is_(f"to whom the case is not open it has no patient ({name})",
        place.who["wang"].ask("GET", f"/cases/{case}/files/{'0' * 64}/patient").status, 404)
    worker.send_signal(signal.SIGTERM)
    is_(f"the worker ends ({name})", worker.wait(60), 0)
    permitted(place, name, case)


# Req: R-350
def permitted(place, name, case):
    """What the patient permitted may be given to whom he permitted it, until he withdraws."""
    zhao = place.who["zhao"]
    stl, paper = (zhao.upload(case, *file) for file in (
        ("given.stl", b"solid given\nendsolid given\n"), ("permit.pdf", b"%PDF-1.4 permit")))
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 600))
    given = lambda to: zhao.ask("POST", f"/cases/{case}/shares", {
        "until": until, "files": [stl], "ground": "patient", "to": to}).status
    before = given("Mr Chen")
    permit = zhao.ask("POST", f"/cases/{case}/acts/share.permit", {"form": {
        "to": "Mr Chen", "ground": "second opinion", "scope": "the model", "until": until[:10],
        "document": {"name": "permit.pdf", "sha256": paper, "bytes": len(b"%PDF-1.4 permit")}}})
    is_(f"the patient permits it ({name})", permit.status, 201)
    is_(f"without a permission nobody gets data, then he whom it names ({name})",
        (before, given("Mr Chen"), given("Mrs Chen")), (403, 201, 403))
    is_(f"the patient withdraws ({name})", zhao.ask(
        "POST", f"/cases/{case}/acts/consent.withdraw", {"form": {"date": "2026-01-02"}}).status, 201)
    is_(f"and nobody gets any ({name})", given("Mr Chen"), 403)


def other(place):
    """A case that has no team yet."""
    return place.who["zhao"].ask("POST", "/cases", opening()).json["case"]


def solid():
    """A tetrahedron as STL."""
    corners = ((0, 0, 0), (10, 0, 0), (0, 10, 0), (0, 0, 10))
    faces = ((0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3))
    return ("solid t\n" + "".join(
        "facet normal 0 0 0\nouter loop\n" + "".join(
            "vertex %d %d %d\n" % corners[at] for at in face) + "endloop\nendfacet\n"
        for face in faces) + "endsolid t\n").encode()


def workers(place, *options):
    """Two workers beside the server share its jobs: each is done, and by one of them."""
    zhao = place.who["zhao"]
    request = {"command": "check", "inputs": {"t.stl": zhao.upload(place.case, "t.stl", solid())},
               "arguments": ["t.stl", "--unit", "1mm"], "outputs": []}
    both = [subprocess.Popen([NUWA, "work", "--data", place.site.folder, "--lease", "5", *options],
                             stdout=subprocess.DEVNULL) for _ in range(2)]
    made = [zhao.ask("POST", place.where + "/jobs", request).json["id"] for _ in range(6)]
    latest = time.time() + 600
    while time.time() < latest:
        jobs_now = [zhao.ask("GET", f"/jobs/{job}").json for job in made]
        if all(job["state"] in ("done", "failed") for job in jobs_now):
            break
        time.sleep(0.5)
    ok("every job is done once", all(job["state"] == "done" and job["tries"] == 1
                                     for job in jobs_now), jobs_now)
    ends = place.rows("job.done")
    is_("and its end told once", sorted(row["body"]["job"] for row in ends
                                        if row["body"]["job"] in made), sorted(made))
    for worker in both:
        worker.send_signal(signal.SIGTERM)
    is_("the workers end in good order", [worker.wait(30) for worker in both], [0, 0])
    job = zhao.ask("POST", place.where + "/jobs", request).json["id"]
    is_("without them a job waits", zhao.ask("GET", f"/jobs/{job}").json["state"], "waiting")
    is_("and is cancelled at once", zhao.ask("DELETE", f"/jobs/{job}").json["state"], "cancelled")


def everything(name, *options):
    place = Hospital(name, "--jobs", "0", *options)
    place.begin()
    if name == "sqlite":
        papers(place)
        hidden(place)
    traced(place)
    signing(place, name)
    links(place, name)
    whose_scan(place, name, *options)
    if name == "sqlite":
        jobs(place)
        needed(place)
        parties(place)
        methods(place)
        roles(place)
    else:
        workers(place, *options)
    check = place.auditor.ask("GET", "/audit/check").json
    ok(f"the ledger holds ({name})", check["holds"], check)
    is_(f"the server ends in good order ({name})", place.site.stop(), 0)


everything("sqlite")
if os.environ.get("NUWA_TEST_POSTGRES"):
    everything("postgres", "--database", os.environ["NUWA_TEST_POSTGRES"])
end()
