# Tests in a real browser, of the pages this build made; label web. They say "skipped" without
# Chromium. heavy: passwords are slow on purpose.
if(NW_WEB_BUILT)
    add_test(NAME web/types COMMAND ${NODE_PROGRAM} ${PROJECT_SOURCE_DIR}/web/node_modules/typescript/bin/tsc
        --noEmit -p ${PROJECT_SOURCE_DIR}/web)
    set_tests_properties(web/types PROPERTIES LABELS "web;heavy" TIMEOUT 300)
    foreach(name shell)
        add_test(NAME web/${name} COMMAND ${NODE_PROGRAM} ${CMAKE_CURRENT_LIST_DIR}/${name}.mjs)
        set_tests_properties(web/${name} PROPERTIES LABELS "web;heavy" TIMEOUT 300
            ENVIRONMENT "NUWA=${CMAKE_BINARY_DIR}/nuwa;NUWA_SOURCE=${PROJECT_SOURCE_DIR};NUWA_BUILD=${CMAKE_BINARY_DIR}"
            SKIP_REGULAR_EXPRESSION "^1..0 # SKIP")
    endforeach()
endif()
