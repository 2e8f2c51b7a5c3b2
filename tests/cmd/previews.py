"""Previews: of use while somebody works, and no records."""
import pathlib
import sqlite3
import subprocess
import sys
import zipfile

from hospital import NUWA, Site, end, is_, ok, opening, people, until

site = Site(sys.argv[1] + "/site")
admin, zhao, wang = people(site, "zhao", "wang")
case = zhao.ask("POST", "/cases", opening()).json["case"]


def listed():
    return [one["name"] for one in zhao.ask("GET", f"/cases/{case}/files").json["files"]]


def status(digest):
    return zhao.ask("GET", f"/cases/{case}/files/{digest}").status


def blob(digest):
    return pathlib.Path(site.folder, "blobs", digest[:2], digest[2:])


real = zhao.upload(case, "plan.json", b"a record")
first = zhao.upload(case, "plate.preview.stl", b"the first preview")
is_("a preview is there to be read", status(first), 200)
is_("and not among the case's files", listed(), ["plan.json"])
hers = wang.upload(case, "plate.preview.stl", b"another person's preview")
second = zhao.upload(case, "plate.preview.stl", b"the second preview")
is_("the next one of that name takes its place", (status(first), status(second)), (404, 200))
is_("another person's stays", status(hers), 200)
ok("what nobody has is destroyed", until(lambda: not blob(first).exists()))
same = zhao.upload(case, "other.preview.stl", b"a record")
is_("bytes that are a record too", same, real)
made = zhao.upload(case, "plate.stl", b"the real one")
is_("the real one ends all previews of its name", (status(second), status(hers), status(made)),
    (404, 404, 200))
is_("its number follows the last record's", listed(), ["plan.json", "plate.stl"])
job = zhao.ask("POST", f"/cases/{case}/jobs", {
    "command": "check", "inputs": {"other.preview.stl": same},
    "arguments": ["other.preview.stl"], "outputs": []})
is_("a job may work on a preview", job.status < 300, True)
old = zhao.upload(case, "old.preview.stl", b"of the day before yesterday")
dossier = sys.argv[1] + "/dossier.zip"
is_("the dossier is written", subprocess.run(
    [NUWA, "dossier", case, "--data", site.folder, "-o", dossier],
    stdout=subprocess.DEVNULL).returncode, 0)
is_("and holds no preview", [name for name in zipfile.ZipFile(dossier).namelist()
                             if "preview" in name], [])
is_("it verifies", subprocess.run([NUWA, "verify", dossier],
                                  stdout=subprocess.DEVNULL).returncode, 0)
said = admin.ask("GET", "/audit/check").json
ok("and the ledger holds", said.get("holds", True), said)

# A day later. The ledger's own time is what counts: it is put back behind the server's back.
site.stop()
line = sqlite3.connect(site.folder + "/nuwa.db")
line.execute("UPDATE ledger SET time = '2020-01-01T00:00:00.000Z' WHERE number = (SELECT -number "
             "FROM case_files WHERE name = 'old.preview.stl')")
line.commit()
line.close()
site = Site(site.folder)
ok("after a day a preview is gone, bytes and all", until(lambda: not blob(old).exists()))
line = sqlite3.connect(site.folder + "/nuwa.db")
is_("and what went is on record", line.execute(
    "SELECT COUNT(*) FROM ledger WHERE act = 'file.drop'").fetchone()[0], 4)
line.close()
is_("the server ends", site.stop(), 0)
end()
