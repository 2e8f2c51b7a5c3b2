nw_unit(io/dicom_series nw_io)
