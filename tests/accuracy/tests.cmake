# Figures against formulas: slower than unit tests, so their own label.
foreach(name bone wall plate design)
    add_executable(accuracy_${name} accuracy/${name}_test.c)
    target_include_directories(accuracy_${name} PRIVATE unit unit/anatomy accuracy)
    target_link_libraries(accuracy_${name} PRIVATE nw_anatomy nw_design)
    add_test(NAME accuracy/${name} COMMAND accuracy_${name})
    set_tests_properties(accuracy/${name} PROPERTIES LABELS accuracy TIMEOUT 600)
endforeach()
