#!/usr/bin/env python3
"""tests/cmd/shares.py FOLDER [OPTIONS of nuwa serve]: links for somebody outside. See shares.t."""
import datetime
import hashlib
import io
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import zipfile

from hospital import NUWA, Person, Site, end, is_, ok, opening, people

top = pathlib.Path(sys.argv[1])
site = Site(str(top / "site"), "--jobs", "1", *sys.argv[2:])
admin, stranger, auditor, zhao, li = people(site, "wei", "shen", "zhao", "li")
admin_of_registry = stranger  # an administrator, who has no part in the case
outside = Person(site, "nobody")  # has no session


def at(seconds):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


form = opening()["form"]
form.update(patient="ZY-000777-Q", title="Skull plate")
case = zhao.ask("POST", "/cases", {"form": form}).json["case"]
where = f"/cases/{case}"
model = b"solid plain\nendsolid plain\n" * 5000
stl = zhao.upload(case, "ZhangSan-skull.stl", model)
png = zhao.upload(case, "view.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)


COMMITTEE = "Committee of the city"
FOR = {"ground": "ethics", "to": COMMITTEE, "reference": "EC-2026-17"}


def listed_as(name, version=0, who=admin_of_registry, **body):
    return who.ask("PUT", "/registry/recipient/" + urllib.parse.quote(name),
                   {"version": version, "body": body})


def share(who=zhao, headers=None, **body):
    return who.ask("POST", where + "/shares",
                   {**{"until": at(3600), "files": [stl, png], "note": "for Mr Chen"}, **FOR, **body},
                   headers=headers)


# For which ground, and to whom.
refused = lambda **body: (lambda reply: (reply.status, reply.code))(share(**body))
is_("who is not on the list of recipients gets nothing", refused(), (403, "denied"))
is_("nor is he put there by who may not", listed_as(COMMITTEE, who=zhao, **{"as": "ethics"}).status, 403)
is_("nor as what there is not", listed_as(COMMITTEE, **{"as": "friend"}).status, 422)
is_("nor with a word for a yes", listed_as(COMMITTEE, **{"as": "ethics", "inside": "no"}).status, 422)
is_("nor with a day that is none", listed_as(COMMITTEE, valid_until="soon").status, 422)
is_("he is put on the list", listed_as(COMMITTEE, **{"as": "ethics"}).status, 200)
for name, body in {"without a ground": {"ground": None}, "for another": {"ground": "friend"},
                   "of the site itself": {"ground": "own"}, "to nobody": {"to": " "},
                   "to no text": {"to": 7}, "without a reference": {"reference": None},
                   "with no text as one": {"reference": 7},
                   "to a long name": {"to": "x" * 121}}.items():
    is_(f"a link {name} is refused", refused(**body), (422, "data"))
is_("one on the list is no authority", refused(ground="authority"), (403, "denied"))
is_("no permission of the patient is there", refused(ground="patient", to="Mr Chen"), (403, "denied"))
is_("who is not on the team is not", refused(ground="team", to=li.id), (403, "denied"))
is_("once he is no longer on it", (listed_as(COMMITTEE, 1, **{"as": "ethics", "valid_until":
    "2020-01-01"}).status, refused()), (200, (403, "denied")))
is_("and on it again", listed_as(COMMITTEE, 2, **{"as": "ethics"}).status, 200)
rows = auditor.ask("GET", f"/audit?case={case}&act=data.refuse").json["rows"]
is_("what was refused is on record, the newest first", [
    (row["body"]["how"], row["body"]["ground"], row["body"]["to"], row["person"]) for row in rows], [
        ("share", ground, to, zhao.id) for ground, to in (
            ("ethics", COMMITTEE), ("team", li.id), ("patient", "Mr Chen"),
            ("authority", COMMITTEE), ("ethics", COMMITTEE))])
ok("with the reason", all("list" in row["body"]["why"] for row in rows[::4]), rows)
is_("nothing left", auditor.ask("GET", f"/audit?case={case}&act=data.leave").json["rows"], [])


made = share()
is_("a link is made", made.status, 201)
token, link = made.json["token"], made.json["share"]
ok("whose secret is 256 bits by chance", len(token) == 64 and token != share().json["token"], token)
is_("and its address", made.json["path"], f"/api/v1/shares/{token}")
seen = outside.ask("GET", f"/shares/{token}")
is_("who has it sees what it shows", seen.status, 200)
is_("the files by plain names", [one["name"] for one in seen.json["files"]],
    ["model-1.stl", "picture-2.png"])
is_("of kinds", [one["kind"] for one in seen.json["files"]], ["model", "picture"])
is_("and of the case only what kind it is", set(seen.json["case"]) <= {"type", "device", "site", "side"},
    True)
file = outside.ask("GET", f"/shares/{token}/files/1")
is_("a file is the file", (file.status, file.bytes == model), (200, True))
part = outside.ask("GET", f"/shares/{token}/files/1", headers={"Range": "bytes=6-10"})
is_("or a range of it", (part.status, part.bytes), (206, b"plain"))

# Nothing that an answer holds says who or which.
words = [case, "ZY-000777-Q", "Skull plate", "ZhangSan", "First Hospital", form.get("hospital", "?"),
         form.get("department", "?"), form.get("maker", "?"), zhao.id, "zhao", "Zhao", "for Mr Chen", stl]
for reply in (seen, file, part):
    said = reply.bytes.decode("latin-1") + str(reply.headers)
    is_("no answer says who", [word for word in words if word and word in said], [])

# One answer for all links that are none.
flipped = token[:-1] + ("0" if token[-1] != "0" else "1")
for ahead in (2, 10, 60):  # on a busy machine so short a time is over before it is asked for
    brief = share(until=at(ahead), files=[stl])
    ends = time.time() + ahead
    if brief.status == 201:
        break
short = brief.json["token"]
gone = share()
revoked = zhao.ask("DELETE", f"{where}/shares/{gone.json['share']}")
is_("a link is taken back", (revoked.status, revoked.json["live"]), (200, False))
is_("once", zhao.ask("DELETE", f"{where}/shares/{gone.json['share']}").status, 404)
time.sleep(max(0, ends + 0.5 - time.time()))
answers = {}
for name, secret in {"unknown": "0" * 64, "forged": flipped, "expired": short,
                     "taken back": gone.json["token"], "too short": token[:32],
                     "too long": token + "0" * 400, "no hex": "z" * 64, "an id": link,
                     "its digest": hashlib.sha256(token.encode()).hexdigest(),
                     "capitals": token.upper(), "a percent": "%00" + token[3:],
                     "SQL": "'%20OR%201=1--"}.items():
    for tail in ("", "/files/1"):
        reply = outside.ask("GET", f"/shares/{secret}{tail}")
        kept = sorted((key, value) for key, value in reply.headers.items()
                      if key not in ("Date", "Content-Length"))
        answers.setdefault((reply.status, reply.bytes, str(kept)), []).append(name + tail)
is_("links that are none answer alike", (len(answers), list(answers)[0][0]), (1, 404))
for number in ("0", "3", "-1", "1.0", "x", "99999999999999999999"):
    is_(f"file {number} is none", outside.ask("GET", f"/shares/{token}/files/{number}").status, 404)
is_("the link itself still works", outside.ask("GET", f"/shares/{token}").status, 200)

# Who may, and what.
is_("who does not see the case makes no link", share(who=li).status, 404)
is_("nor lists", li.ask("GET", where + "/shares").status, 404)
is_("nor takes back", li.ask("DELETE", f"{where}/shares/{link}").status, 404)
is_("who has no such role does not either", share(who=stranger).status, 403)
is_("nor who is nobody", outside.ask("POST", where + "/shares", {}).status, 401)
for name, change in {"the past": {"until": at(-5)}, "too far": {"until": at(91 * 86400)},
                     "no time": {"until": "soon"}, "no files": {"files": []},
                     "no list": {"files": stl}, "no such file": {"files": ["0" * 64]},
                     "no digest": {"files": ["x"]}, "too many": {"files": [stl] * 51},
                     "a member more": {"more": 1}, "a long note": {"note": "x" * 501}}.items():
    reply = share(**change)
    ok(f"{name}: refused", reply.status in (400, 422) and reply.code == "data",
       f"{reply.status} {reply.bytes}")
pdf = zhao.upload(case, "report.pdf", b"%PDF-1.4 " + b"x" * 100)
raw = zhao.upload(case, "scan.dcm", b"\0" * 128 + b"DICM" + b"\0" * 100)
archive = zhao.upload(case, "scan.zip", (top / "scan.zip").read_bytes())
for name, digest in {"a paper": pdf, "a raw scan": raw, "an archive of one": archive}.items():
    is_(f"{name} is not shared", share(files=[digest]).status, 422)
for name, content in {
        "a model that names the patient": b"solid ZY-000777-Q\n" + model,
        "far inside": model * 12 + b"ZY-000777-Q" + model,
        "across pieces": b" " * ((1 << 20) - 5) + b"ZY-000777-Q",
        "a case's own name": b"solid " + case.encode()}.items():
    digest = zhao.upload(case, f"named-{name[:3]}.stl", content)
    is_(f"{name}: refused", share(files=[digest]).status, 422)
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
    out.writestr("3D/3dmodel.model", "<model>" + "x" * 100000 + "ZY-000777-Q</model>")
is_("a packed one too", share(files=[zhao.upload(case, "named.3mf", packed.getvalue())]).status, 422)
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
    out.writestr("3D/3dmodel.model", "<model>" + "x" * 100000 + "</model>")
is_("a packed one that does not is shared",
    share(files=[zhao.upload(case, "plain.3mf", packed.getvalue())]).status, 201)
is_("one that is no archive is not", share(files=[zhao.upload(case, "bad.3mf", b"x" * 50)]).status, 422)

# The same request again.
key = {"Idempotency-Key": "share-0001"}
first, again = share(headers=key), share(headers=key)
is_("a repeated request makes no second link", first.json["share"], again.json["share"])
is_("and does not show the secret again", "token" in again.json, False)
is_("another under its key is refused", share(headers=key, note="other").status, 409)

# A scan without identity, by a job, and its link.
job = zhao.ask("POST", where + "/deidentified", {
    "scan": archive, "dates": "shifted", "keep": ["traits"], **FOR})
is_("a scan is taken into work", job.status, 201)
for _ in range(6000):
    done = zhao.ask("GET", f"/jobs/{job.json['id']}").json
    if done["state"] in ("done", "failed"):
        break
    time.sleep(0.1)
if is_("and done", done["state"], "done"):
    out = [one for one in done["result"]["outputs"] if one["name"] == "deidentified.zip"][0]
    reply = share(files=[out["sha256"], stl])
    is_("that is shared", reply.status, 201)
    content = outside.ask("GET", f"/shares/{reply.json['token']}/files/1").bytes
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        inside = b"".join(packed.read(name) for name in packed.namelist())
    is_("and says nothing of the patient",
        [word for word in (b"Zhangsan", b"MRN-778899", b"20240229", case.encode()) if word in inside], [])
    ok("but a name by the case's key", b"NW-" in inside)
    ok("its step is not shared", share(files=[one["sha256"] for one in done["result"]["outputs"]
                                              if one["name"].endswith(".step.json")]).status == 422)
else:
    print("#", json.dumps(done)[:1000])
for wrong in ({"scan": archive, "face": "maybe"}, {"scan": archive, "keep": ["names"]},
              {"scan": archive, "dates": 7}, {}, {"scan": "0" * 64}):
    ok(f"{str(wrong)[-30:]} is refused",
       zhao.ask("POST", where + "/deidentified", {**FOR, **wrong}).status in (400, 422))
is_("nor by who does not see the case", li.ask("POST", where + "/deidentified",
                                               {"scan": archive, **FOR}).status, 404)

# A link that may be opened twice.
def look(path):
    """Misses are braked: as often as it takes."""
    while (reply := outside.ask("GET", path)).status == 429:
        time.sleep(1)
    return reply


twice = share(most=2).json
here = f"/shares/{twice['token']}"
one = look(here).json
is_("an opening gives a visit", look(f"{here}/files/1?visit={one['visit']}").status, 200)
is_("which does not count again", look(f"{here}?visit={one['visit']}").status, 200)
is_("without one a file is not there", look(f"{here}/files/1").status, 404)
forged = one["visit"][:-1] + ("0" if one["visit"][-1] != "0" else "1")
older = "0" + one["visit"][1:]
for bad in (forged, older, "9" * 30):
    is_("nor with a forged one", look(f"{here}/files/1?visit={bad}").status, 404)
is_("a second opening", look(here).status, 200)
is_("a third is none", look(here).status, 404)
is_("nor by a forged visit", look(f"{here}?visit={forged}").status, 404)
is_("who is in reads on", look(f"{here}/files/2?visit={one['visit']}").status, 200)
told = [row for row in zhao.ask("GET", where + "/shares").json["shares"]
        if row["share"] == twice["share"]][0]
is_("it is said to have ended", (told["opened"], told["most"], told["live"]), (2, 2, False))
for wrong in (0, -1, 1.5, "2", 1001):
    is_("how often is a number", share(most=wrong).status, 422)


# Views of what may be shared, as jobs make them.
def viewed(name, digest, more=()):
    job = zhao.ask("POST", where + "/jobs", {
        "command": "view", "inputs": {name: digest}, "outputs": [f"{name[:3]}-{digest[:6]}.view"],
        "arguments": [name, "-o", f"{name[:3]}-{digest[:6]}.view", *more]}).json["id"]
    while (state := zhao.ask("GET", f"/jobs/{job}").json)["state"] in ("waiting", "running"):
        time.sleep(0.2)
    made = [row["sha256"] for row in state["result"]["outputs"] if row["name"].endswith(".view")]
    return made[0] if made else None


cube = "".join(f"facet normal 0 0 0\nouter loop\n{a}{b}{c}endloop\nendfacet\n" for a, b, c in (
    [[f"vertex {x} {y} {z}\n" for x, y, z in face] for face in (
        ((0, 0, 0), (0, 9, 0), (9, 0, 0)), ((0, 0, 0), (9, 0, 0), (0, 0, 9)),
        ((0, 0, 0), (0, 0, 9), (0, 9, 0)), ((9, 0, 0), (0, 9, 0), (0, 0, 9)))]))
solid = zhao.upload(case, "ZhangSan-jaw.stl", f"solid jaw\n{cube}endsolid jaw\n".encode())
plain = viewed("model.stl", solid)
reply = share(files=[plain])
is_("a view of a model under a plain name is shared", reply.status, 201)
seen = look(f"/shares/{reply.json['token']}").json["files"]
is_("as a view", [(row["name"], row["kind"]) for row in seen], [("view-1.view", "view")])
first = look(f"/shares/{reply.json['token']}/files/1").bytes
ok("that has nobody's name in it", first[:8] == b"NUWAVIEW" and b"ZhangSan" not in first, first[:300])
other = zhao.upload(case, "ZhangSan-chin.stl", f"solid chin\n{cube.replace('9', '8')}endsolid\n".encode())
is_("one under the file's own name is not", share(files=[viewed("ZhangSan-chin.stl", other)]).status,
    422)
is_("nor one that somebody uploaded", share(files=[zhao.upload(
    case, "mine.view", first + b"\0")]).status, 422)

# What is on record.
listed = zhao.ask("GET", where + "/shares").json["shares"]
mine = [one for one in listed if one["share"] == link][0]
ok("each opening is counted", mine["opened"] == 2 and mine["live"], mine)
ok("no list shows a secret", token not in json.dumps(listed) and
   hashlib.sha256(token.encode()).hexdigest() not in json.dumps(listed))
rows = auditor.ask("GET", f"/audit?case={case}&act=share.open").json["rows"]
ok("and on record with its address", len(rows) >= 5 and all(
    row["body"]["address"] == "127.0.0.1" for row in rows), rows[:2])
rows = auditor.ask("GET", f"/audit?case={case}&act=data.leave").json["rows"]
made = auditor.ask("GET", f"/audit?case={case}&act=share.make").json["rows"]
left = [row for row in rows if row["body"]["how"] == "share"]
ok("for each link that was made it is on record for which ground and to whom",
   len(left) == len(made) and all(row["body"]["reference"] == "EC-2026-17" for row in left),
   f"{len(left)} {len(made)}")
ok("and for the scan without identity", any(row["body"]["how"] == "deidentified" for row in rows), rows)
ok("as are making and taking back", all(auditor.ask("GET", f"/audit?case={case}&act={act}").json["rows"]
                                        for act in ("share.make", "share.revoke")))
ok("the ledger holds", auditor.ask("GET", "/audit/check").json["holds"])

# Data stay in the country once the site says so.
is_("that data stay inside is said by yes or no", admin_of_registry.ask(
    "PUT", "/registry/site/here", {"version": 0, "body": {"data_inside": "yes"}}).status, 422)
before = len(auditor.ask("GET", f"/audit?case={case}&act=data.refuse").json["rows"])
is_("the site says it", admin_of_registry.ask(
    "PUT", "/registry/site/here", {"version": 0, "body": {"data_inside": True}}).status, 200)
is_("who is not on the list as inside gets nothing", refused(), (403, "denied"))
is_("no scan without identity either", zhao.ask(
    "POST", where + "/deidentified", {"scan": archive, **FOR}).status, 403)
is_("outside is not inside", (listed_as(COMMITTEE, 3, **{"as": "ethics", "inside": False}).status,
                              refused()), (200, (403, "denied")))
is_("inside until a day that is over neither", (listed_as(
    COMMITTEE, 4, **{"as": "ethics", "inside": True, "valid_until": "2020-01-01"}).status, refused()),
    (200, (403, "denied")))
is_("who is on the list as inside does", (listed_as(
    COMMITTEE, 5, **{"as": "ethics", "inside": True}).status, share().status), (200, 201))
rows = auditor.ask("GET", f"/audit?case={case}&act=data.refuse").json["rows"]
is_("each refusal is on record", len(rows) - before, 4)
ok("the first two with the country as the reason", all("country" in row["body"]["why"] for row in rows[2:4]),
   rows[:4])
here = zhao.ask("POST", "/cases", {"form": {**form, "stays_in_country": True}}).json["case"]
is_("the site says no more", admin_of_registry.ask(
    "PUT", "/registry/site/here", {"version": 1, "body": {"data_inside": False}}).status, 200)
is_("and who is not inside gets data again", (listed_as(COMMITTEE, 6, **{"as": "ethics"}).status,
                                              share().status), (200, 201))
own = zhao.upload(here, "plain.stl", b"solid plain\nendsolid plain\n")
is_("but not of a case that says it for itself", zhao.ask("POST", f"/cases/{here}/shares", {
    "until": at(3600), "files": [own], **FOR}).status, 403)

# A dossier is taken for a ground as well.
base = [NUWA, "dossier", here, "--data", site.folder, *sys.argv[2:], "-o", str(top / "d.zip")]
english = {**os.environ, "NUWA_LANG": "en"}


def dossier(*more):
    done = subprocess.run([*base, *more], capture_output=True, text=True, env=english)
    return done.returncode == 0, (top / "d.zip").exists(), done.stderr


ok("nor to whom it may not go", dossier("--ground", "ethics", "--to", COMMITTEE, "--reference", "7")[:2]
   == (False, False))
ok("nor to somebody without a ground", dossier("--to", COMMITTEE)[:2] == (False, False))
ok("nor both kept and given", dossier("--ground", "own", "--to", COMMITTEE)[:2] == (False, False))
said = dossier()
ok("the site keeps its own, without a word", said[:2] == (True, True), said)
rows = auditor.ask("GET", f"/audit?case={here}").json["rows"]
is_("both are on record", [(row["act"], row["body"]["ground"]) for row in rows if row["body"].get(
    "how") == "dossier"], [("export.dossier", "own"), ("data.refuse", "ethics")])
ok("the ledger still holds", auditor.ask("GET", "/audit/check").json["holds"])

# Guessing is told to wait; the others are not.
while (first := outside.ask("GET", f"/shares/{0:064x}").status) == 429:
    time.sleep(0.2)  # what was guessed above is forgotten by and by
codes = [outside.ask("GET", f"/shares/{number:064x}").status for number in range(60)]
ok("who guesses is told to wait", first == 404 and codes[-1] == 429, codes)
is_("who works is not", zhao.ask("GET", "/me").status, 200)
is_("the server stops in order", site.stop(), 0)
if not sys.argv[2:]:
    dump = "\n".join(sqlite3.connect(str(top / "site" / "nuwa.db")).iterdump())
    ok("the database holds no secret",
       token not in dump and hashlib.sha256(token.encode()).hexdigest() in dump)
end()
