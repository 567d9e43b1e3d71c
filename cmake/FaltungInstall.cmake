# Installs in components: `program`; `runtime`, the shared library; `development`, what compilers, find_package(faltung) and pkg-config
# read; `cuda`, the GPU engines for programs that link the static library; `documentation`. The licences go with whatever holds compiled code.
include(CMakePackageConfigHelpers)
include(FaltungPkgConfig)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/faltung)
set(generated ${PROJECT_BINARY_DIR}/generated)
set_target_properties(faltung PROPERTIES VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
install(TARGETS faltung EXPORT faltungTargets
  ARCHIVE COMPONENT development
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
if(FALTUNG_CUDA_ENABLED)
  install(TARGETS faltung_cuda EXPORT faltungCudaTargets ARCHIVE COMPONENT cuda)
  install(EXPORT faltungCudaTargets NAMESPACE faltung:: DESTINATION ${package_folder} COMPONENT cuda)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/faltung DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT faltungTargets NAMESPACE faltung:: DESTINATION ${package_folder} COMPONENT development)

faltung_cxx_runtime(FALTUNG_CXX_RUNTIME)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/faltungConfig.cmake.in ${generated}/faltungConfig.cmake
  INSTALL_DESTINATION ${package_folder})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${generated}/faltungConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${generated}/faltungConfig.cmake ${generated}/faltungConfigVersion.cmake DESTINATION ${package_folder}
  COMPONENT development)

faltung_write_pkg_config(${generated}/faltung.pc ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${generated}/faltung.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

if(FALTUNG_CUDA_ENABLED)
  faltung_write_cuda_pkg_config(${generated}/faltung-cuda.pc)
  install(FILES ${generated}/faltung-cuda.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT cuda)
endif()

# The pages keep their places beside each other, for their links.
foreach(page IN ITEMS ARCHITECTURE CHANGELOG CONTRIBUTING README SECURITY)
  install(FILES ${PROJECT_SOURCE_DIR}/${page}.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs ${PROJECT_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT documentation)

set(holding_code development)
if(BUILD_SHARED_LIBS)
  list(APPEND holding_code runtime)
endif()
if(FALTUNG_CUDA_ENABLED)
  list(APPEND holding_code cuda)
endif()
if(FALTUNG_CLI)
  list(APPEND holding_code program)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/problems DESTINATION ${CMAKE_INSTALL_DATADIR}/faltung COMPONENT program)
endif()
foreach(component IN LISTS holding_code)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/THIRD_PARTY_NOTICES.md DESTINATION ${CMAKE_INSTALL_DOCDIR}
    COMPONENT ${component})
endforeach()
