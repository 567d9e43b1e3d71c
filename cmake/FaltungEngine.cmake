# faltung_engine(device/algorithm) adds the engine in that folder of src/engines to the library (those of cuda/ to faltung_cuda) and to its list, in the
# order of the calls, best first. The folder's engine.cpp defines
#     const faltung::Engine& faltung::engines::device_algorithm();
# Every *.cpp and *.cu in the folder and its own folders is compiled; the folders under cuda/ need a CUDA compiler. A folder that needs
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
    set_property(GLOBAL APPEND PROPERTY FALTUNG_ENGINE_ROWS "    {\"${name}\", nullptr, \"not built: ${FALTUNG_ENGINE_MISSING}\"},")
    return()
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp ${folder}/*.cu)
  if(path MATCHES "^cuda/")
    target_sources(${FALTUNG_CUDA_TARGET} PRIVATE ${sources})
    set_property(GLOBAL APPEND PROPERTY FALTUNG_CUDA_DECLARATIONS "const Engine& ${function}()")
    set_property(GLOBAL APPEND PROPERTY FALTUNG_CUDA_ROWS "  if (name == \"${name}\") return &engines::${function}()")
    set_property(GLOBAL APPEND PROPERTY FALTUNG_ENGINE_ROWS "    {\"${name}\", of_part(\"${name}\"), \"not built: ${FALTUNG_CUDA_ABSENT}\"},")
    return()
  endif()
  target_sources(faltung PRIVATE ${sources})
  set_property(GLOBAL APPEND PROPERTY FALTUNG_ENGINE_DECLARATIONS "const Engine& ${function}()")
  set_property(GLOBAL APPEND PROPERTY FALTUNG_ENGINE_ROWS "    {\"${name}\", lasting(&${function}()), \"\"},")
endfunction()

# Writes GENERATED/NAME.cpp from NAME.cpp.in and adds it to the target.
function(faltung_generate name target)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.cpp.in ${PROJECT_BINARY_DIR}/generated/${name}.cpp @ONLY)
  target_sources(${target} PRIVATE ${PROJECT_BINARY_DIR}/generated/${name}.cpp)
endfunction()

# Writes the lists that the calls above collected.
function(faltung_write_engine_list)
  foreach(list IN ITEMS FALTUNG_ENGINE_DECLARATIONS FALTUNG_CUDA_DECLARATIONS FALTUNG_CUDA_ROWS)
    get_property(items GLOBAL PROPERTY ${list})
    list(JOIN items ";\n" ${list})
  endforeach()
  get_property(rows GLOBAL PROPERTY FALTUNG_ENGINE_ROWS)
  list(JOIN rows "\n" FALTUNG_ENGINE_ROWS)
  faltung_generate(engine_list faltung)
  if(FALTUNG_CUDA_ENABLED)
    faltung_generate(cuda_part ${FALTUNG_CUDA_TARGET})
  endif()
endfunction()
