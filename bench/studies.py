#!/usr/bin/env python3
"""bench/studies.py URL -- waits for an Orthanc, gives it a hundred small studies of a hundred
patients, and prints lines "- - STUDY" for bench_load."""
import io
import sys
import time
import urllib.request

import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

base = sys.argv[1]


def ask(path, data=None):
    return urllib.request.urlopen(urllib.request.Request(base + path, data=data), timeout=10).read()


for _ in range(100):
    try:
        ask("/system")
        break
    except OSError:
        time.sleep(0.2)
for number in range(100):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID = meta.MediaStorageSOPClassUID
    data.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
    data.PatientID, data.PatientName, data.Modality = f"P{number:05d}", f"Test^{number}", "CT"
    data.StudyDate, data.AccessionNumber = "20260301", str(number)
    data.is_little_endian, data.is_implicit_VR = True, False
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, write_like_original=False)
    ask("/instances", out.getvalue())
for study in ask("/studies").decode().split('"')[1::2]:
    print("-", "-", study)
