# Figures against formulas: slower than unit tests, so their own label.
add_executable(accuracy_bone accuracy/bone_test.c)
target_include_directories(accuracy_bone PRIVATE unit unit/anatomy)
target_link_libraries(accuracy_bone PRIVATE nw_anatomy)
add_test(NAME accuracy/bone COMMAND accuracy_bone)
set_tests_properties(accuracy/bone PROPERTIES LABELS accuracy TIMEOUT 300)
