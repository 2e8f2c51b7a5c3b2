# The browser's pages, made by node from web/ into generated/net/: pages.bin and pages.inc, which
# src/net/pages.c takes in. Included by src/net/CMakeLists.txt. NW_WEB=OFF leaves them out.
option(NW_WEB "build the browser's pages (needs node and npm)" ON)
set(NW_WEB_OUT ${CMAKE_BINARY_DIR}/generated/net)
set(web ${PROJECT_SOURCE_DIR}/web)

find_program(NODE_PROGRAM NAMES node nodejs)
find_program(NPM_PROGRAM NAMES npm)
set(NW_WEB_BUILT OFF)
if(NW_WEB AND NODE_PROGRAM AND NPM_PROGRAM)
    execute_process(COMMAND ${NODE_PROGRAM} --version OUTPUT_VARIABLE node_version
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    string(REPLACE "v" "" node_version "${node_version}")
    if(node_version VERSION_GREATER_EQUAL 18.19)
        set(NW_WEB_BUILT ON)
    endif()
endif()
if(NW_WEB AND NOT NW_WEB_BUILT)
    message(STATUS "the browser's pages are not built: node 18.19 or newer and npm are missing (tools/setup build)")
endif()

set(NW_WEB_BUILT ${NW_WEB_BUILT} CACHE INTERNAL "whether the pages are in the program")
file(MAKE_DIRECTORY ${NW_WEB_OUT})
if(NW_WEB_BUILT)
    add_custom_command(OUTPUT ${NW_WEB_OUT}/modules.stamp
        COMMAND ${NODE_PROGRAM} ${web}/install.mjs ${NPM_PROGRAM}
        COMMAND ${CMAKE_COMMAND} -E touch ${NW_WEB_OUT}/modules.stamp
        DEPENDS ${web}/package-lock.json ${web}/package.json ${web}/install.mjs
        COMMENT "packages of the browser's pages")
    add_custom_command(OUTPUT ${NW_WEB_OUT}/pages.inc ${NW_WEB_OUT}/pages.bin
        COMMAND ${NODE_PROGRAM} ${web}/build.mjs ${NW_WEB_OUT}
        DEPENDS ${NW_WEB_OUT}/modules.stamp ${web}/build.mjs
        DEPFILE ${NW_WEB_OUT}/pages.d
        COMMENT "the browser's pages")
    install(FILES ${NW_WEB_OUT}/NOTICE.txt DESTINATION share/doc/nuwa RENAME NOTICE-pages.txt)
else()
    file(GENERATE OUTPUT ${NW_WEB_OUT}/pages.bin CONTENT "-")
    file(GENERATE OUTPUT ${NW_WEB_OUT}/pages.inc CONTENT
        "static const struct page pages[1] = {{0}};\n")
endif()
