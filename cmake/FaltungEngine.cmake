# faltung_engine(device/algorithm) adds the engine in that folder of src/engines to the library and to its list, in the
# order of the calls, best first. The folder's engine.cpp defines
#     const faltung::Engine& faltung::engines::device_algorithm();
# Every *.cpp in the folder is compiled, and every *.cu; the folders under cuda/ need a CUDA compiler. A folder that needs
# more (an SDK, flags) has an engine.cmake, read first; it may set FALTUNG_ENGINE_MISSING to a reason: then the engine is not
# built and is listed with that reason.
function(faltung_engine path)
  string(REPLACE "/" "_" function ${path})
  string(REPLACE "/" "." name ${path})
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/${path})
  set(FALTUNG_ENGINE_MISSING "")
  if(path MATCHES "^cuda/" AND NOT FALTUNG_CUDA_ENABLED)
    set(FALTUNG_ENGINE_MISSING "${FALTUNG_CUDA_MISSING}")
  elseif(EXISTS ${folder}/engine.cmake)
    include(${folder}/engine.cmake)
  endif()
  if(FALTUNG_ENGINE_MISSING)
    set_property(GLOBAL APPEND PROPERTY FALTUNG_ENGINE_ROWS "    {\"${name}\", nullptr, \"${FALTUNG_ENGINE_MISSING}\"},")
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp ${folder}/*.cu)
  target_sources(faltung PRIVATE ${sources})
  set_property(GLOBAL APPEND PROPERTY FALTUNG_ENGINE_DECLARATIONS "const Engine& ${function}()")
  set_property(GLOBAL APPEND PROPERTY FALTUNG_ENGINE_ROWS "    {\"${name}\", lasting(${function}()), \"\"},")
endfunction()

# Writes the list that the calls above collected.
function(faltung_write_engine_list)
  get_property(declarations GLOBAL PROPERTY FALTUNG_ENGINE_DECLARATIONS)
  get_property(rows GLOBAL PROPERTY FALTUNG_ENGINE_ROWS)
  list(JOIN declarations ";\n" FALTUNG_ENGINE_DECLARATIONS)
  list(JOIN rows "\n" FALTUNG_ENGINE_ROWS)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/engine_list.cpp.in ${PROJECT_BINARY_DIR}/generated/engine_list.cpp @ONLY)
  target_sources(faltung PRIVATE ${PROJECT_BINARY_DIR}/generated/engine_list.cpp)
endfunction()
