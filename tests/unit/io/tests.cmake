nw_unit(io/file nw_io)
nw_unit(io/dicom_series nw_io)
nw_unit(io/nifti nw_io)
