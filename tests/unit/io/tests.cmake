nw_unit(io/file nw_io)
nw_unit(io/dicom_series nw_io)
nw_unit(io/nifti nw_io)
nw_unit(io/nrrd nw_io)
nw_unit(io/volume_write nw_io)
nw_unit(io/model nw_io)
nw_unit(io/package nw_io)
nw_unit(io/dicom_objects nw_io)
nw_unit(io/intake nw_io)
nw_unit(io/dicom_odd nw_io PkgConfig::CRYPTO)
target_compile_definitions(unit_io_dicom_odd PRIVATE
    DICOM_ODD_TSV="${CMAKE_CURRENT_SOURCE_DIR}/data/dicom_odd.tsv")
nw_unit(io/foreign nw_io)
nw_unit(io/deid nw_io)

# lib3MF is only a reader to hold our files against; without it the test is not there.
find_library(LIB3MF 3MF)
find_path(LIB3MF_INCLUDE Model/COM/NMR_DLLInterfaces.h PATH_SUFFIXES lib3mf)
if(LIB3MF AND LIB3MF_INCLUDE)
    add_executable(unit_io_lib3mf unit/io/lib3mf_test.cpp)
    target_include_directories(unit_io_lib3mf SYSTEM PRIVATE ${LIB3MF_INCLUDE})
    target_link_libraries(unit_io_lib3mf PRIVATE nw_flags nw_io ${LIB3MF})
    add_test(NAME unit/io/lib3mf COMMAND unit_io_lib3mf)
    # lib3MF 1.8 itself leaks what it reads
    set_tests_properties(unit/io/lib3mf PROPERTIES LABELS unit TIMEOUT 600
        ENVIRONMENT ASAN_OPTIONS=detect_leaks=0)
endif()
