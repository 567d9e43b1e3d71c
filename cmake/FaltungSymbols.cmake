# The library's symbols are hidden but for what its public headers declare: they make it visible themselves.
function(faltung_hide_symbols target)
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden CUDA_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

# How a shared library is linked: it shows no more than the script says, and stays loaded, as its threads live as long as the program.
function(faltung_link_shared target)
  if(UNIX AND NOT APPLE)
    set(script ${PROJECT_SOURCE_DIR}/src/exported.map)
    target_link_options(${target} PRIVATE LINKER:-z,nodelete LINKER:--version-script=${script})
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${script})
  endif()
endfunction()

# faltung_link_again(TARGET KIND): a library of the other kind from the same object files.
function(faltung_link_again target kind)
  add_library(${target} ${kind} $<TARGET_OBJECTS:faltung>)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${target} PUBLIC dlpack::dlpack PRIVATE Threads::Threads hwy::hwy ${CMAKE_DL_LIBS})
  if(BUILD_SHARED_LIBS AND FALTUNG_CUDA_ENABLED)  # whose object files are then among them
    target_link_libraries(${target} PRIVATE CUDA::cudart_static)
  endif()
endfunction()

# For tests: faltung_internals is the library with all of its symbols, faltung_shared the one that shows only what it should.
function(faltung_add_both_kinds)
  if(BUILD_SHARED_LIBS)
    faltung_link_again(faltung_internals STATIC)
    add_library(faltung_shared ALIAS faltung)
  else()
    add_library(faltung_internals INTERFACE)
    target_link_libraries(faltung_internals INTERFACE faltung_all)
    faltung_link_again(faltung_shared SHARED)
    faltung_link_shared(faltung_shared)
  endif()
endfunction()
