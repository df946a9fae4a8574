# What the library itself needs. Tests, benches and the program look for their own.
find_package(Boost 1.81 REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(simdjson 3.0 REQUIRED)
pkg_check_modules(libisal REQUIRED IMPORTED_TARGET libisal>=2.30)
pkg_check_modules(libcrypto REQUIRED IMPORTED_TARGET libcrypto>=3.0)
if(COFFER_WITH_URING)
  pkg_check_modules(liburing REQUIRED IMPORTED_TARGET liburing>=2.3)
endif()

# How everything in this tree is compiled; nothing of it reaches programs that use the library.
add_library(coffer_build_flags INTERFACE)
target_compile_options(coffer_build_flags INTERFACE -Wall -Wextra $<$<BOOL:${COFFER_WERROR}>:-Werror>)
# g++ 12 inlines only one half of Asio's allocation of a coroutine frame above 1 KiB and takes the pair for mismatched.
target_compile_options(coffer_build_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
# It takes a source that is included for a header: one that is used twice.
if(CMAKE_UNITY_BUILD)
  target_compile_options(coffer_build_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

# What each layer may use from outside. The exported library names the same targets.
add_library(coffer_dependencies INTERFACE)
# Public, for Asio's inline functions have other bodies with it: the program and the library must agree.
set(COFFER_PUBLIC_DEFINITIONS BOOST_ASIO_NO_DEPRECATED)
set(COFFER_PUBLIC_LIBRARIES Boost::headers Threads::Threads)
set(COFFER_PRIVATE_LIBRARIES simdjson::simdjson PkgConfig::libisal PkgConfig::libcrypto)
if(COFFER_WITH_URING)
  list(APPEND COFFER_PRIVATE_LIBRARIES PkgConfig::liburing)
  target_compile_definitions(coffer_dependencies INTERFACE COFFER_WITH_URING=1)
endif()
target_compile_definitions(coffer_dependencies INTERFACE ${COFFER_PUBLIC_DEFINITIONS})
target_link_libraries(coffer_dependencies INTERFACE ${COFFER_PUBLIC_LIBRARIES} ${COFFER_PRIVATE_LIBRARIES})
