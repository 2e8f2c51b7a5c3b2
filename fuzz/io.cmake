nw_fuzz(dicom nw_io)
