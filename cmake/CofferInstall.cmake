# find_package(coffer) for programs: coffer::coffer, coffer::cli where the program was built, and coffer::conformance where
# GoogleTest is there.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/coffer")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/coffer" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(TARGETS coffer EXPORT coffer-targets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET coffer_cli)
  install(TARGETS coffer_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(TARGETS coffer_cli_parts EXPORT coffer-targets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
endif()
install(EXPORT coffer-targets NAMESPACE coffer:: DESTINATION "${package_dir}")

if(TARGET coffer_conformance)
  install(TARGETS coffer_conformance EXPORT coffer-conformance-targets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT coffer-conformance-targets NAMESPACE coffer:: DESTINATION "${package_dir}")
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/coffer-config.cmake.in"
                              "${PROJECT_BINARY_DIR}/coffer-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/coffer-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/coffer-config.cmake" "${PROJECT_BINARY_DIR}/coffer-config-version.cmake"
        DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/docs/pipeline.schema.json" DESTINATION "${CMAKE_INSTALL_DATADIR}/coffer")
