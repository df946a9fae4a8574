# coffer_layer, coffer_library: the library. coffer_test, coffer_test_library: its tests.

# coffer_layer(<name> [USES <layer>...] SOURCES <file>...)
#
# A folder of the library, as the OBJECT library coffer_<name>. USES is everything below it that it needs, its row of the
# table in tools/check_layers.py: the tests of a layer are linked with these alone, so that they build without the rest.
# A layer that has only headers has no sources, and no target.
function(coffer_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "USES;SOURCES")
  if(layer_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "coffer_layer(${name}): unknown arguments: ${layer_UNPARSED_ARGUMENTS}")
  endif()
  get_property(known GLOBAL PROPERTY COFFER_LAYERS)
  foreach(used IN LISTS layer_USES)
    if(NOT used IN_LIST known)
      message(FATAL_ERROR "coffer_layer(${name}): ${used} is no layer below it")
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY COFFER_LAYERS ${name})
  set_property(GLOBAL PROPERTY COFFER_LAYER_USES_${name} ${layer_USES})
  if(NOT layer_SOURCES)
    return()
  endif()
  add_library(coffer_${name} OBJECT ${layer_SOURCES})
  set_target_properties(coffer_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  coffer_private_includes(coffer_${name})
  target_link_libraries(coffer_${name} PRIVATE coffer_build_flags coffer_dependencies)
endfunction()

# The include roots of this tree: public headers, private headers, and io_backends/ at the top.
function(coffer_private_includes target)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src"
                                               "${PROJECT_SOURCE_DIR}")
endfunction()

# Sets `out` to the OBJECT libraries of these layers, those without sources left out.
function(coffer_layer_targets out)
  set(targets)
  foreach(layer IN LISTS ARGN)
    if(TARGET coffer_${layer})
      list(APPEND targets coffer_${layer})
    endif()
  endforeach()
  set(${out} ${targets} PARENT_SCOPE)
endfunction()

# All layers in one static library.
function(coffer_library)
  get_property(layers GLOBAL PROPERTY COFFER_LAYERS)
  coffer_layer_targets(objects ${layers})
  add_library(coffer STATIC)
  add_library(coffer::coffer ALIAS coffer)
  foreach(object IN LISTS objects)
    target_sources(coffer PRIVATE $<TARGET_OBJECTS:${object}>)
  endforeach()
  target_compile_features(coffer PUBLIC cxx_std_20)
  target_compile_definitions(coffer PUBLIC ${COFFER_PUBLIC_DEFINITIONS})
  target_include_directories(coffer PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                                           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(coffer PUBLIC ${COFFER_PUBLIC_LIBRARIES} PRIVATE ${COFFER_PRIVATE_LIBRARIES})
endfunction()

# coffer_test_library(<name> SOURCES <file>...): helpers that several tests share; a target even where it has only headers.
function(coffer_test_library name)
  cmake_parse_arguments(PARSE_ARGV 1 library "" "" "SOURCES")
  if(library_SOURCES)
    add_library(${name} STATIC ${library_SOURCES})
    coffer_test_settings(${name})
  else()
    add_library(${name} INTERFACE)
  endif()
endfunction()

function(coffer_test_settings target)
  coffer_private_includes(${target})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests"
                                               "${PROJECT_SOURCE_DIR}/tests/conformance/include")
  target_compile_options(${target} PRIVATE ${COFFER_TEST_FLAGS})
  target_link_libraries(${target} PRIVATE coffer_build_flags coffer_dependencies GTest::gtest GTest::gmock)
endfunction()

# coffer_test(<layer> [USES <layer>...] [LINKS <target>...] [PROPERTIES <name> <value>...] [TIMEOUT <seconds>]
#             [NAME <suffix>] SOURCES <file>...)
#
# The executable coffer_<layer>_test (coffer_<layer>_<suffix>_test), its cases found by ctest as <Suite>.<case>. It is
# linked with the layer, with what that uses, and with USES (layers above, which only the test needs). A layer named `all`
# is the whole library. LINKS names test libraries: coffer_test_fakes, coffer_conformance (coffer_test_support is always there).
function(coffer_test layer)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT;NAME" "USES;LINKS;PROPERTIES;SOURCES")
  if(test_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "coffer_test(${layer}): unknown arguments: ${test_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT test_SOURCES)
    return()
  endif()
  set(target coffer_${layer}_test)
  if(test_NAME)
    set(target coffer_${layer}_${test_NAME}_test)
  endif()
  add_executable(${target} ${test_SOURCES})
  coffer_test_settings(${target})
  target_link_libraries(${target} PRIVATE ${test_LINKS} coffer_test_support GTest::gmock_main)
  coffer_test_layers(layers ${layer} ${test_USES})
  coffer_layer_targets(objects ${layers})
  target_link_libraries(${target} PRIVATE ${objects})

  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 120)
  endif()
  math(EXPR timeout "${test_TIMEOUT} * ${COFFER_TEST_TIMEOUT_FACTOR}")
  if(COFFER_SANITIZER)
    # A process for each of some thousand cases costs more there than the cases: each executable is one test.
    math(EXPR timeout "${timeout} * 3")
    add_test(NAME ${target} COMMAND ${target} --gtest_brief=1)
    set_tests_properties(${target} PROPERTIES TIMEOUT ${timeout} ${test_PROPERTIES})
    return()
  endif()
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES
                       PROPERTIES TIMEOUT ${timeout} ${test_PROPERTIES})
endfunction()

# Sets `out` to the layers that a test of these layers is linked with.
function(coffer_test_layers out)
  get_property(known GLOBAL PROPERTY COFFER_LAYERS)
  set(layers)
  foreach(layer IN LISTS ARGN)
    if(layer STREQUAL "all")
      list(APPEND layers ${known})
    elseif(layer IN_LIST known)
      get_property(used GLOBAL PROPERTY COFFER_LAYER_USES_${layer})
      list(APPEND layers ${used} ${layer})
    else()
      message(FATAL_ERROR "coffer_test: ${layer} is no layer")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES layers)
  set(${out} ${layers} PARENT_SCOPE)
endfunction()

# coffer_bench(<name> [LINKS <target>...] SOURCES <file>...): the program coffer_<name>_bench, which bench/run_bench.py calls.
# It may look inside, as tests do. `./dev bench` builds them all, as the target coffer_benches.
function(coffer_bench name)
  cmake_parse_arguments(PARSE_ARGV 1 bench "" "" "LINKS;SOURCES")
  set(target coffer_${name}_bench)
  add_executable(${target} ${bench_SOURCES})
  coffer_private_includes(${target})
  target_link_libraries(${target} PRIVATE coffer::coffer coffer_build_flags coffer_dependencies ${bench_LINKS})
  add_dependencies(coffer_benches ${target})
endfunction()
