# faltung.pc, for builds without CMake. A static library leaves its own libraries to the program, and then all of them are public, so
# that `pkg-config --libs` gives them without --static too.

# The folder, below ${prefix} unless it is absolute.
function(faltung_package_path out folder)
  if(NOT IS_ABSOLUTE ${folder})
    set(folder "\${prefix}/${folder}")
  endif()
  set(${out} ${folder} PARENT_SCOPE)
endfunction()

# What C++ programs are linked with and C programs are not: the C++ runtime.
function(faltung_cxx_runtime out)
  set(libraries ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
  list(REMOVE_ITEM libraries ${CMAKE_C_IMPLICIT_LINK_LIBRARIES})
  list(REMOVE_DUPLICATES libraries)
  set(${out} ${libraries} PARENT_SCOPE)
endfunction()

# -I for DLPack's header where no compiler looks by itself.
function(faltung_dlpack_flags out)
  set(flags "")
  get_target_property(folders dlpack::dlpack INTERFACE_INCLUDE_DIRECTORIES)
  foreach(folder IN LISTS folders)
    if(NOT folder IN_LIST CMAKE_C_IMPLICIT_INCLUDE_DIRECTORIES)
      string(APPEND flags " -I${folder}")
    endif()
  endforeach()
  set(${out} ${flags} PARENT_SCOPE)
endfunction()

function(faltung_write_pkg_config file folder)
  file(RELATIVE_PATH package_prefix /${folder} /)
  string(REGEX REPLACE "/$" "" package_prefix ${package_prefix})
  faltung_package_path(package_includedir ${CMAKE_INSTALL_INCLUDEDIR})
  faltung_package_path(package_libdir ${CMAKE_INSTALL_LIBDIR})
  faltung_dlpack_flags(package_cflags)
  if(NOT BUILD_SHARED_LIBS)
    set(package_requires libhwy)
    faltung_cxx_runtime(libraries)
    list(TRANSFORM libraries PREPEND -l)
    list(TRANSFORM CMAKE_DL_LIBS PREPEND -l OUTPUT_VARIABLE dl)
    list(JOIN libraries " " libraries)
    set(package_libs " ${libraries} -pthread ${dl}")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/faltung.pc.in ${file} @ONLY)
endfunction()

# The linker takes the GPU engines for the sake of that symbol; a shared library has them inside.
function(faltung_write_cuda_pkg_config file)
  if(NOT BUILD_SHARED_LIBS)
    set(package_libs "-Wl,-u,faltung_cuda_part -lfaltung_cuda -L${CUDAToolkit_LIBRARY_DIR} -lcudart_static -lrt")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/faltung-cuda.pc.in ${file} @ONLY)
endfunction()
