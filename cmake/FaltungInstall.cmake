# Installs the library, its headers and what find_package(faltung) reads.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/faltung)
set_target_properties(faltung PROPERTIES VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
install(TARGETS faltung EXPORT faltungTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/faltung DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT faltungTargets NAMESPACE faltung:: DESTINATION ${package_folder})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/faltungConfig.cmake.in
  ${PROJECT_BINARY_DIR}/generated/faltungConfig.cmake INSTALL_DESTINATION ${package_folder})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/generated/faltungConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/generated/faltungConfig.cmake
  ${PROJECT_BINARY_DIR}/generated/faltungConfigVersion.cmake DESTINATION ${package_folder})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
