#!/usr/bin/env python3
"""tests/cmd/book.py FOLDER: the book of the site, on either database. See book.t."""
import datetime
import json
import os
import pathlib
import re
import sys
import urllib.parse

import hospital
from hospital import Person, Site, SOURCE, end, is_, ok, opening, people

top = pathlib.Path(sys.argv[1])
STEPS = json.loads((SOURCE / "examples/case/implant.json").read_text(encoding="utf-8"))["steps"]
CAST = ("wei", "shen", "zhao", "qian", "sun", "li", "zhou", "wu", "zheng", "feng", "chu", "chen", "wang")
today = datetime.datetime.now(datetime.timezone.utc).date()


def ago(days):
    return (today - datetime.timedelta(days)).isoformat()


def form_of(act):
    return json.loads(json.dumps(next(step for step in STEPS if step["act"] == act)["form"]))


class Book:
    def __init__(self, name, *options):
        self.name, self.options = name, ["--jobs", "0", *options]
        self.site = Site(str(top / name), *self.options)
        admin, *staff = people(self.site, *CAST)
        self.who = dict(zip(("admin", *CAST), (admin, *staff)))

    def read(self, who="wang"):
        return self.who[who].ask("GET", "/book").json

    def item(self, kind, item, who="wang"):
        return next(one for one in self.read(who)["items"] if (one["kind"], one["item"]) == (kind, item))

    def state(self, kind, item):
        one = self.item(kind, item)
        return one["state"], one["due"]

    def put(self, who, kind, item, act, /, **form):
        return self.who[who].ask("POST", f"/book/{kind}/{urllib.parse.quote(item)}", {"act": act, "form": form})

    def register(self, kind, item, version, **body):
        reply = self.who["wang"].ask("PUT", f"/registry/{kind}/{urllib.parse.quote(item)}", {
            "version": version, "body": body})
        return reply.status

    def tasks(self):
        return [one for one in self.read()["items"] if one["kind"] == "revalidation"]


def rights(book):
    """Who may make which entry is what the table says, for every role."""
    wrong, tried = [], 0
    roles = {login: person.ask("GET", "/me").json["person"]["roles"] for login, person in book.who.items()}
    for kind in book.read()["kinds"]:
        for act in kind["acts"]:
            for login, own in roles.items():
                status = book.put(login, kind["name"], "nothing", act["name"]).status
                tried += 1
                if (status == 403) == bool(set(own) & set(act["roles"])):
                    wrong.append((kind["name"], act["name"], login, status))
    is_(f"of {tried} pairs of role and act each is let in as the table says ({book.name})", wrong, [])
    is_(f"nobody comes in without a login ({book.name})",
        Person(book.site, "nobody").ask("GET", "/book").status, 401)
    refused = book.put("wang", "rule", "use_report", "burn")
    is_(f"there are no other acts ({book.name})", refused.status, 404)


def documents(book):
    """What is written, is looked at again at set times, and nothing of it goes."""
    name = book.name
    rules = [one for one in book.read()["items"] if one["kind"] == "rule"]
    is_(f"a site begins without rules ({name})", {(one["item"], one["state"]) for one in rules}, {
        (rule, "missing") for rule in ("use_report", "information_trace", "re_evaluation", "end_of_use")})
    due = book.read()["due"]
    is_(f"what is not there cannot be looked at again ({name})", book.put(
        "wang", "rule", "end_of_use", "check", date=ago(0), passed=True, note="x").status, 409)
    for form in ({}, {"version": "1", "text": "x"}, {"version": "1", "text": "x", "months": 0},
                 {"version": "1", "text": "x", "months": 6, "more": 1}):
        is_(f"a rule has all its fields, and no other ({name})", book.put(
            "wang", "rule", "end_of_use", "write", **form).status, 422)
    is_(f"a rule is written ({name})", book.put(
        "wang", "rule", "end_of_use", "write", version="1", text="Take back, destroy.", months=6).status, 201)
    one = book.item("rule", "end_of_use")
    ok(f"it stands, and is due in half a year ({name})", one["state"] == "ok" and
       170 < (datetime.date.fromisoformat(one["due"]) - today).days <= 184, one)
    is_(f"one thing less is due ({name})", book.read()["due"], due - 1)
    brief = book.who["wang"].ask("GET", "/book?only=due").json
    is_(f"which may be asked for alone ({name})", (brief["due"], brief["items"]), (due - 1, []))
    check = lambda **form: book.put("wang", "rule", "end_of_use", "check", **{
        "date": ago(0), "passed": True, "note": "x", **form}).status
    is_(f"no day of the future ({name})", check(date=ago(-3)), 422)
    is_(f"one that no longer fits is due ({name})", (check(passed=False), book.state(
        "rule", "end_of_use")[0]), (201, "due"))
    is_(f"a look of long ago leaves it due ({name})", (check(date="2020-01-31"), book.state(
        "rule", "end_of_use")), (201, ("due", "2020-07-28")))
    is_(f"one of five months ago makes it soon due ({name})", (check(date=ago(165)), book.state(
        "rule", "end_of_use")[0]), (201, "soon"))
    is_(f"one of today puts it in order ({name})", (check(), book.state("rule", "end_of_use")[0]), (201, "ok"))
    one = book.item("rule", "end_of_use", "zhao")
    is_(f"everybody reads it, with all its history, by whom ({name})", (
        one["body"]["text"], [(entry["act"], entry["role"]) for entry in one["entries"]]),
        ("Take back, destroy.", [("write", "quality")] + [("check", "quality")] * 4))

    # What the rules ask for are acts of cases; how a case's data are stored is of its agreement.
    table = book.who["wang"].ask("GET", "/flow").json
    acts = {act["name"]: act for act in table["acts"]}
    ok(f"their steps are acts of cases ({name})", all(
        "R-322" in acts[act].get("rows", []) for act in ("recall.open", "case.cancel")) and
       {"use.record", "device.take_back", "device.destroy", "improve.open"} <= set(acts))
    ok(f"no agreement is without the way of storage ({name})", any(
        field["name"] == "storage" and not field.get("optional")
        for field in acts["interaction.write"]["fields"]))

    # The plan for a leak, and its drill: written anew does not put the drill off.
    plan = {"contacts": [{"name": "Wei", "part": "leads", "reach": "8001"}], "steps": "1. Cut the line.",
            "record_form": "when, what, whose data, told whom", "months": 12}
    is_(f"a plan without contacts is none ({name})", book.put(
        "wei", "incident_plan", "data_leak", "write", **{**plan, "contacts": []}).status, 422)
    is_(f"a plan with contacts, steps and form ({name})", book.put(
        "wei", "incident_plan", "data_leak", "write", **plan).status, 201)
    drill = {"date": ago(400), "who": "Wei, Shen", "passed": True, "note": "the line was cut"}
    is_(f"a drill of last year leaves the next one due ({name})", (book.put(
        "wei", "incident_plan", "data_leak", "check", **drill).status, book.state(
            "incident_plan", "data_leak")[0]), (201, "due"))
    is_(f"the plan written anew does not put it off ({name})", (book.put(
        "wei", "incident_plan", "data_leak", "write", **plan).status, book.state(
            "incident_plan", "data_leak")[0]), (201, "due"))
    is_(f"a drill does ({name})", (book.put("wei", "incident_plan", "data_leak", "check", **{
        **drill, "date": ago(1)}).status, book.state("incident_plan", "data_leak")[0]), (201, "ok"))

    # Who keeps the data, and that they were brought back from a backup.
    book.put("wei", "database", "own", "write", keeper="Wei", storage="encrypted, at the hospital",
             backup="each night", months=6)
    is_(f"a restore that failed leaves it due ({name})", (book.put(
        "wei", "database", "own", "check", date=ago(0), backup="Monday's", passed=False,
        note="disk full").status, book.state("database", "own")[0]), (201, "due"))
    is_(f"one that was compared does not ({name})", (book.put(
        "wei", "database", "own", "check", date=ago(0), backup="Tuesday's", passed=True,
        note="compared").status, book.state("database", "own")[0]), (201, "ok"))
    is_(f"the keeper has his name there ({name})", book.item("database", "own")["body"]["keeper"], "Wei")


def processes(book):
    name = book.name
    is_(f"a process comes with the registry ({name})", book.register(
        "process", "P-1", 0, valid_until="2035-01-01"), 200)
    is_(f"and is not confirmed yet ({name})", book.state("process", "P-1"), ("missing", None))
    confirm = lambda **form: book.put("wang", "process", "P-1", "check", **{
        "date": ago(0), "data": "30 parts, Cpk 1.6", "passed": True, "months": 3, **form}).status
    is_(f"confirmed long ago it is due ({name})", (confirm(date="2024-11-30"), book.state("process", "P-1")),
        (201, ("due", "2025-02-28")))
    is_(f"confirmed today it is not ({name})", (confirm(), book.state("process", "P-1")[0]), (201, "ok"))
    is_(f"not passed it is ({name})", (confirm(passed=False), book.state("process", "P-1")[0]), (201, "due"))
    is_(f"the data are kept ({name})", [entry["form"]["data"] for entry in book.item("process", "P-1")[
        "entries"]], ["30 parts, Cpk 1.6"] * 3)
    is_(f"one that is not in the registry is not ({name})", book.put(
        "wang", "process", "P-2", "check", date=ago(0), data="x", passed=True, months=3).status, 404)


def printers(book):
    name = book.name
    whole = {"serial": "SN-778", "service_until": ago(-200), "warranty_from": "2026-02-28",
             "warranty_until": "2029-02-27"}
    is_(f"a printer without its number is not whole ({name})", (book.register("machine", "M", 0), book.state(
        "machine", "M")[0]), (200, "missing"))
    for wrong in ({"serial": 7}, {"service_until": "soon"}, {"warranty_until": True}):
        is_(f"nor is its day any word ({name})", book.register("machine", "M", 1, **{**whole, **wrong}), 422)
    is_(f"with number, service and warranty it is ({name})", (book.register("machine", "M", 1, **whole),
        book.state("machine", "M")), (200, ("ok", ago(-200))))
    is_(f"three years to the day are enough ({name})", book.item("machine", "M")["warranty"]["enough"], True)
    book.register("machine", "M", 2, **{**whole, "warranty_until": "2029-02-26"})
    is_(f"a day less is not ({name})", book.item("machine", "M")["warranty"]["enough"], False)
    book.register("machine", "M", 3, **{**whole, "warranty_from": "2024-02-29", "warranty_until": "2027-02-28"})
    is_(f"from a day that comes once in four years ({name})", book.item("machine", "M")["warranty"]["enough"],
        True)
    book.register("machine", "M", 4, **{**whole, "service_until": ago(2)})
    is_(f"a service that is over is due ({name})", book.state("machine", "M"), ("due", ago(2)))
    book.register("machine", "M", 5, **whole)
    number = book.put("wu", "machine", "M", "fault", date=ago(2), what="the laser is weak").json["number"]
    is_(f"a fault is open ({name})", (book.state("machine", "M")[0], book.item("machine", "M")["open"]),
        ("fault", [number]))
    mend = lambda about: book.put("wu", "machine", "M", "mend", about=about, date=ago(0), by="Maker's service",
                                  how="new laser").status
    is_(f"none but an open one is mended ({name})", mend(number + 1), 422)
    is_(f"it is mended ({name})", (mend(number), book.state("machine", "M")[0]), (201, "ok"))
    is_(f"once ({name})", mend(number), 422)
    is_(f"the history says who, when and what ({name})", [
        (one["role"], one["act"], one["form"]["date"], one["form"].get("what", one["form"].get("how")))
        for one in book.item("machine", "M")["entries"]], [
            ("producer", "fault", ago(2), "the laser is weak"), ("producer", "mend", ago(0), "new laser")])


def again(book):
    """What changes is to be validated again, until somebody entitled says that it was."""
    name = book.name
    is_(f"nothing was changed yet but the printer's dates ({name})", [
        one["body"]["id"] for one in book.tasks() if one["body"]["what"] != "machine"], [])
    book.register("process", "P-1", 1, valid_until="2036-01-01")
    is_(f"a later date is no change ({name})", [
        one for one in book.tasks() if one["body"]["what"] == "process"], [])
    due = book.read()["due"]
    book.register("process", "P-1", 2, valid_until="2036-01-01", parameters="280 W")
    book.register("process", "P-1", 3, valid_until="2036-01-01", parameters="300 W", structure="lattice")
    found = [(one["body"]["changed"], one["state"]) for one in book.tasks() if one["body"]["id"] == "P-1"]
    is_(f"each change of a process is a task ({name})", found,
        [(["parameters"], "due"), (["parameters", "structure"], "due")])
    is_(f"and counts as due ({name})", book.read()["due"], due + 2)
    book.register("material_lot", "L-1", 0, material="Ti-6Al-4V", supplier="A", released=True)
    book.register("material_lot", "L-2", 0, material="Ti-6Al-4V", supplier="A", released=False)
    book.register("material_lot", "L-3", 0, material="PEEK", supplier="C")
    lots = lambda: [(one["item"], one["body"]["id"]) for one in book.tasks()
                    if one["body"]["what"] == "material_lot"]
    is_(f"a lot of the same source is none ({name})", lots(), [])
    book.register("material_lot", "L-2", 1, material="Ti-6Al-4V", supplier="A", released=True)
    is_(f"nor is its release ({name})", lots(), [])
    book.register("material_lot", "L-4", 0, material="Ti-6Al-4V", supplier="B", released=True)
    is_(f"one of another source is ({name})", [lot for _, lot in lots()], ["L-4"])
    book.register("material", "Ti-6Al-4V", 0, grade="23")
    book.register("material", "Ti-6Al-4V", 1, grade="5")
    book.register("product", "0690", 0, structure="solid")
    book.register("product", "0690", 1, structure="porous")
    is_(f"so is another grade, and another structure of a product ({name})", [
        (one["body"]["what"], one["body"]["changed"]) for one in book.tasks()
        if one["body"]["what"] in ("material", "product")],
        [("material", ["grade"]), ("product", ["structure"])])
    task = lots()[0][0]
    done = {"date": ago(0), "data": "coupons, report 26-17", "passed": True}
    is_(f"the producer does not say that it was validated ({name})", book.put(
        "wu", "revalidation", task, "check", **done).status, 403)
    is_(f"not passed it stays due ({name})", (book.put("wang", "revalidation", task, "check", **{
        **done, "passed": False}).status, book.state("revalidation", task)[0]), (201, "due"))
    is_(f"passed it is not ({name})", (book.put("wang", "revalidation", task, "check", **done).status,
                                       book.state("revalidation", task)[0]), (201, "ok"))
    is_(f"once ({name})", book.put("wang", "revalidation", task, "check", **done).status, 409)
    is_(f"what there is not, is not ({name})", book.put(
        "wang", "revalidation", "1", "check", **done).status, 404)


def signed(person, case, act, form):
    path = f"/cases/{case}/acts/{act}"
    shown = person.ask("GET", path + "/statement").json["data"]["digest"]
    return person.ask("POST", path, {"form": form, "passphrase": "Sign-It-Here-2026", "statement": shown})


def imaged(book, version):
    """A case whose images were read with this version of a program."""
    zhao, sun = book.who["zhao"], book.who["sun"]
    form = {**opening()["form"], "type": "model", "implant": False, "device": "model"}
    made = zhao.ask("POST", "/cases", {"form": form}).json
    case = made["case"]
    team = form_of("team.set")
    for member in team["members"]:
        member["person"] = book.who[member["person"]].id
    assert zhao.ask("POST", f"/cases/{case}/acts/team.set", {"form": team}).status == 201
    paper = b"%PDF-1.4 consent"
    sha = zhao.upload(case, "consent.pdf", paper)
    consent = {**form_of("consent.record"), "date": "2026-01-01",
               "document": {"name": "consent.pdf", "sha256": sha, "bytes": len(paper)}}
    reply = signed(zhao, case, "consent.record", consent)
    assert reply.status == 201, reply.bytes
    scan = b"not a scan"
    sha = sun.upload(case, "scan.zip", scan)
    images = {**form_of("images.take"), "software": "CT station", "software_version": version}
    for one in images["series"]:
        one["sha256" if "sha256" in one else "digest"] = sha
    for key, value in images.items():
        if isinstance(value, dict) and "sha256" in value:
            images[key] = {"name": "scan.zip", "sha256": sha, "bytes": len(scan)}
        elif isinstance(value, str) and value.startswith("@"):
            images[key] = (today + datetime.timedelta(int(value[1:]) if int(value[1:]) > 0 else 0)).isoformat()
    for one in images["series"]:
        for key, value in one.items():
            if isinstance(value, dict) and "sha256" in value:
                one[key] = {"name": "scan.zip", "sha256": sha, "bytes": len(scan)}
            elif isinstance(value, str) and value.startswith("@"):
                one[key] = today.isoformat()
    reply = sun.ask("POST", f"/cases/{case}/acts/images.take", {"form": images})
    ok(f"images are taken by version {version} ({book.name})", reply.status == 201, reply.bytes)
    return next(row["number"] for row in zhao.ask("GET", "/cases?limit=200").json["cases"]
                if row["case"] == case)


def programs(book):
    """A new version of a program that a case uses makes validation due, the server's own too."""
    name = book.name
    book.who["zhao"].ask("POST", "/me/keys", {"passphrase": "Sign-It-Here-2026"})
    seen = lambda: [(one["body"]["id"], one["body"]["from"], one["body"]["to"], one["body"]["cases"])
                    for one in book.tasks() if one["body"]["what"] == "program"]
    first = imaged(book, "7.1")
    is_(f"a program's first version is none ({name})", seen(), [])
    second = imaged(book, "7.1")
    is_(f"nor the same again ({name})", seen(), [])
    third = imaged(book, "7.2")
    is_(f"an update is, with the cases it affects ({name})", seen(),
        [("CT station", "7.1", "7.2", [first, second, third])])
    fourth = imaged(book, "7.1")
    is_(f"one that was there before is none ({name})", [row[:3] for row in seen()],
        [("CT station", "7.1", "7.2")])
    is_(f"who does not answer for all cases sees no numbers ({name})", [
        one["body"]["cases"] for one in book.read("wu")["items"] if one["kind"] == "revalidation"
        and one["body"]["what"] == "program"], [[]])
    check = book.who["shen"].ask("GET", "/audit/check").json
    ok(f"the ledger holds ({name})", check["holds"], check)
    is_(f"the server ends in good order ({name})", book.site.stop(), 0)

    # The same program of another version: its number ends a text among its bytes.
    program = pathlib.Path(hospital.NUWA).read_bytes()
    version = os.popen(f"{hospital.NUWA} --version").read().split()[-1]
    other = version[:-1] + "x"
    newer = top / f"nuwa-{name}"
    newer.write_bytes(re.sub(rb"(?<![0-9.])" + re.escape(version.encode()) + rb"(?=\0)", other.encode(),
                             program))
    newer.chmod(0o755)
    for nuwa in (str(newer), str(newer)):
        hospital.NUWA = nuwa
        book.site = Site(str(top / name), *book.options)
        for login in ("wang", "shen"):
            person = Person(book.site, login).enter(hospital.PASSWORD, None)
            book.who[login] = person
        is_(f"the program's own update is a task, once ({name})", seen()[1:],
            [("nuwa", version, other, [])])
        is_(f"and the server ends ({name})", book.site.stop(), 0)
    hospital.NUWA = os.environ["NUWA"]


def everything(name, *options):
    book = Book(name, *options)
    rights(book)
    documents(book)
    processes(book)
    printers(book)
    again(book)
    programs(book)


everything("sqlite")
if os.environ.get("NUWA_TEST_POSTGRES"):
    everything("postgres", "--database", os.environ["NUWA_TEST_POSTGRES"])
end()
