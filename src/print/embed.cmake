# Turns the profiles into C arrays and a table of them:
# cmake -DIN="a.json;b.json" -DOUT=machines.inc -P embed.cmake
set(arrays "")
set(table "")
foreach(file ${IN})
    get_filename_component(name ${file} NAME_WE)
    string(REPLACE "-" "_" id ${name})
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const unsigned char profile_${id}[] = {${bytes}0};\n")
    string(APPEND table "    {\"${name}\", profile_${id}, sizeof profile_${id} - 1},\n")
endforeach()
file(WRITE ${OUT} "${arrays}static const struct {\n    const char *name;\n"
    "    const unsigned char *text;\n    size_t len;\n} builtin[] = {\n${table}};\n")
