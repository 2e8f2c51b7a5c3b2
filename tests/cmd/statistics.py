"""Statistics over the API: a handful of cases whose numbers are known, as JSON, CSV and XLSX."""
import csv
import datetime
import io
import os
import sqlite3
import sys
import time
import zipfile
from xml.etree import ElementTree

from hospital import Site, end, is_, ok, opening, people

DATABASE = os.environ.get("NUWA_TEST_POSTGRES")
options = ["--database", DATABASE] if DATABASE else []
site = Site(sys.argv[1] + "/site", *options)
admin, zhao, wang, wei, shen = people(site, "zhao", "wang", "wei", "shen")

ORTHOPAEDICS, SPINE, TRICK = "骨科", "脊柱外科, \"东\"区", "=1+1"
for department, kind, device, implant in (
        (ORTHOPAEDICS, "custom", "bone_implant", True), (ORTHOPAEDICS, "custom", "plate", True),
        (ORTHOPAEDICS, "model", "model", False), (SPINE, "model", "model", False),
        (TRICK, "guide", "saw_guide", False)):
    request = opening()
    request["form"].update(department=department, type=kind, device=device, implant=implant)
    assert zhao.ask("POST", "/cases", request).status == 201

today = datetime.datetime.now(datetime.timezone.utc).date()


def ask(who, headers=None, **query):
    path = "/statistics?" + "&".join(f"{key}={value}" for key, value in query.items())
    return who.ask("GET", path, headers=headers)


# Who may.
is_("nobody without a login", ask(type(zhao)(site, "nobody")).status, 401)
is_("not the surgeon", ask(zhao).status, 403)
is_("not the security administrator", ask(admin).status, 403)
for who in (wang, wei, shen):
    is_(f"but {who.login} may", ask(who).status, 200)

# What they are.
said = ask(wang).json
is_("all cases are counted", (said["total"]["cases"], said["total"]["open"],
                              said["total"]["implant"], said["uncounted"]), (5, 5, 2, 0))
is_("by department", {group["keys"][0]["value"]: group["cases"] for group in said["groups"]},
    {ORTHOPAEDICS: 3, SPINE: 1, TRICK: 1})
stages = {stage["stage"]: stage for stage in said["total"]["stages"]}
is_("they wait in the first stage", stages["opening"]["running_h"]["cases"], 5)
is_("and have passed none", stages["opening"]["over_h"],
    {"cases": 0, "median": None, "p90": None})
said = ask(wang, by="service,device").json
is_("by service and device",
    {tuple(key["en"] for key in group["keys"]): group["cases"] for group in said["groups"]},
    {("custom-made device", "bone defect implant"): 1, ("custom-made device", "bone plate"): 1,
     ("anatomical model", "anatomical model"): 2, ("surgical guide", "saw guide"): 1})
is_("today", ask(wang, **{"from": today, "to": today}).json["total"]["cases"], 5)
is_("not tomorrow", ask(wang, **{"from": today + datetime.timedelta(1)}).json["total"]["cases"], 0)
is_("nor yesterday", ask(wang, to=today - datetime.timedelta(1)).json["groups"], [])
is_("this month", ask(wang, by="month").json["groups"][0]["keys"][0]["value"],
    today.isoformat()[:7])

# As tables.
reply = ask(wang, format="csv", headers={"Accept-Language": "zh-CN"})
is_("CSV says what it is", reply.headers["Content-Type"], "text/csv; charset=utf-8")
ok("and is a file", "statistics.csv" in reply.headers["Content-Disposition"])
ok("it begins with UTF-8's mark", reply.bytes.startswith(b"\xef\xbb\xbf"))
rows = list(csv.reader(io.StringIO(reply.bytes.decode("utf-8-sig"), newline="")))
is_("Chinese headings", rows[0][:3], ["科室", "病例", "进行中"])
is_("its rows, and the total; no formula", {row[0]: row[1] for row in rows[1:]},
    {"'" + TRICK: "1", ORTHOPAEDICS: "3", SPINE: "1", "合计": "5"})
ok("all of one width", len({len(row) for row in rows}) == 1)
reply = ask(wang, format="csv", table="stages", by="device,month")
rows = list(csv.reader(io.StringIO(reply.bytes.decode("utf-8-sig"), newline="")))
is_("English headings", rows[0][:4], ["device", "month", "stage", "cases that passed"])
is_("a row for each stage of each group", len(rows), 1 + 16 * 5)

reply = ask(wang, format="xlsx")
ok("XLSX says what it is", "spreadsheetml.sheet" in reply.headers["Content-Type"])
NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
with zipfile.ZipFile(io.BytesIO(reply.bytes)) as book:
    ok("it is a whole archive", book.testzip() is None)
    words = ["".join(item.itertext()) for item in
             ElementTree.fromstring(book.read("xl/sharedStrings.xml")).findall("m:si", NS)]
    sheets = [sheet.get("name") for sheet in
              ElementTree.fromstring(book.read("xl/workbook.xml")).find("m:sheets", NS)]
    is_("its sheets", sheets, ["cases", "times per stage", "notes"])
    table = []
    first = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    for row in first.iter("{%s}row" % NS["m"]):
        table.append([words[int(cell.find("m:v", NS).text)] if cell.get("t") == "s" else
                      float(cell.find("m:v", NS).text) for cell in row if len(cell)])
    is_("no formula in it", list(first.iter("{%s}f" % NS["m"])), [])
is_("its headings", table[0][:3], ["department", "cases", "open"])
is_("its numbers", {row[0]: row[1] for row in table[1:]},
    {TRICK: 1.0, ORTHOPAEDICS: 3.0, SPINE: 1.0, "total": 5.0})

# What cannot be.
for query in ({"by": "patient"}, {"by": "month,month"}, {"from": "2026-02-30"}, {"to": "soon"},
              {"from": "2026-02-01", "to": "2026-01-01"}, {"format": "pdf"},
              {"format": "csv", "table": "people"}, {"by": "%27%3B--"}):
    reply = ask(wang, **query)
    is_(f"{query} is refused", (reply.status, reply.code), (400, "argument"))

rows = shen.ask("GET", f"/audit?act=read.statistics&person={wang.id}").json["rows"]
ok("each reading is on record", len(rows) >= 8 and rows[0]["body"]["cases"] == 5, rows[:1])

# A site that was there before its cases were counted.
if not DATABASE:
    site.stop()
    line = sqlite3.connect(site.folder + "/nuwa.db")
    line.execute("DELETE FROM case_figures")
    line.commit()
    line.close()
    site = wang.site = Site(site.folder)
    for _ in range(3000):
        said = ask(wang).json
        if said["uncounted"] == 0:
            break
        time.sleep(0.1)
    is_("older cases are counted soon", (said["total"]["cases"], said["uncounted"]), (5, 0))
is_("the server ends in good order", site.stop(), 0)
end()
