# Tests in a real browser, of the pages this build made; label web. They say "skipped" without
# Chromium. heavy: passwords are slow on purpose.
if(NW_WEB_BUILT)
    add_test(NAME web/types COMMAND ${NODE_PROGRAM} ${PROJECT_SOURCE_DIR}/web/node_modules/typescript/bin/tsc
        --noEmit -p ${PROJECT_SOURCE_DIR}/web)
    set_tests_properties(web/types PROPERTIES LABELS "web;heavy" TIMEOUT 900)
    set(api_types $<TARGET_FILE:nuwa> serve --openapi | ${NODE_PROGRAM} ${PROJECT_SOURCE_DIR}/web/types.mjs)
    list(JOIN api_types " " api_types)
    add_test(NAME web/api-types COMMAND sh -c "${api_types} --check")
    set_tests_properties(web/api-types PROPERTIES LABELS web TIMEOUT 300)
    add_custom_target(web-types COMMAND sh -c "${api_types}" DEPENDS nuwa VERBATIM)
    add_custom_target(web-pictures
        COMMAND ${CMAKE_COMMAND} -E env NUWA=$<TARGET_FILE:nuwa> NUWA_SOURCE=${PROJECT_SOURCE_DIR}
            NUWA_BUILD=${CMAKE_BINARY_DIR} ${NODE_PROGRAM} ${CMAKE_CURRENT_LIST_DIR}/pictures.mjs
            ${CMAKE_BINARY_DIR}/pictures
        DEPENDS nuwa USES_TERMINAL)
    add_custom_target(guide-pictures
        COMMAND ${CMAKE_COMMAND} -E env NUWA=$<TARGET_FILE:nuwa> NUWA_SOURCE=${PROJECT_SOURCE_DIR}
            NUWA_BUILD=${CMAKE_BINARY_DIR} ${NODE_PROGRAM} ${CMAKE_CURRENT_LIST_DIR}/pictures.mjs
            --guide ${PROJECT_SOURCE_DIR}/docs/guide/pictures
        DEPENDS nuwa USES_TERMINAL)
    add_test(NAME web/steady COMMAND ${NODE_PROGRAM} ${CMAKE_CURRENT_LIST_DIR}/steady.mjs)
    set_tests_properties(web/steady PROPERTIES LABELS web TIMEOUT 300
        ENVIRONMENT "NUWA_SOURCE=${PROJECT_SOURCE_DIR}")
    add_test(NAME web/view_logic COMMAND ${NODE_PROGRAM} ${CMAKE_CURRENT_LIST_DIR}/view_logic.mjs)
    set_tests_properties(web/view_logic PROPERTIES LABELS "web;heavy" TIMEOUT 600
        ENVIRONMENT "NUWA_SOURCE=${PROJECT_SOURCE_DIR}")
    foreach(name logic shell case view edit view_more plan_logic design print intake together whole share book)
        add_test(NAME web/${name} COMMAND ${NODE_PROGRAM} ${CMAKE_CURRENT_LIST_DIR}/${name}.mjs)
        set_tests_properties(web/${name} PROPERTIES LABELS "web;heavy" TIMEOUT 900
            ENVIRONMENT "NUWA=${CMAKE_BINARY_DIR}/nuwa;NUWA_SOURCE=${PROJECT_SOURCE_DIR};NUWA_BUILD=${CMAKE_BINARY_DIR}"
            SKIP_REGULAR_EXPRESSION "^1..0 # SKIP")
    endforeach()
    # The same way with a real scan and every act by hand.
    add_test(NAME slow/whole COMMAND ${NODE_PROGRAM} ${CMAKE_CURRENT_LIST_DIR}/whole.mjs)
    set_tests_properties(slow/whole PROPERTIES LABELS slow TIMEOUT 5400
        ENVIRONMENT "NUWA_WHOLE=real;NUWA=${CMAKE_BINARY_DIR}/nuwa;NUWA_SOURCE=${PROJECT_SOURCE_DIR};NUWA_BUILD=${CMAKE_BINARY_DIR}"
        SKIP_REGULAR_EXPRESSION "^1..0 # SKIP")
    # Handles in the solid: of designs, of plans.
    foreach(name handles planning)
        add_test(NAME web/${name} COMMAND ${NODE_PROGRAM} ${CMAKE_CURRENT_LIST_DIR}/${name}.mjs)
        set_tests_properties(web/${name} PROPERTIES LABELS "web;heavy" TIMEOUT 900
            ENVIRONMENT "NUWA=${CMAKE_BINARY_DIR}/nuwa;NUWA_SOURCE=${PROJECT_SOURCE_DIR};NUWA_BUILD=${CMAKE_BINARY_DIR}"
            SKIP_REGULAR_EXPRESSION "^1..0 # SKIP")
    endforeach()
endif()
