# Headers only: the library is opened when a program runs.
find_path(FALTUNG_CUBLASLT_INCLUDE cublasLt.h HINTS ${CUDAToolkit_INCLUDE_DIRS} /usr/include
          DOC "Folder of cublasLt.h, of CUDA 12 or later")
mark_as_advanced(FALTUNG_CUBLASLT_INCLUDE)
if(NOT FALTUNG_CUBLASLT_INCLUDE)
  set(FALTUNG_ENGINE_MISSING "cublasLt.h was not found when this was built")
else()
  target_include_directories(${FALTUNG_CUDA_TARGET} SYSTEM PRIVATE ${FALTUNG_CUBLASLT_INCLUDE})
  target_link_libraries(${FALTUNG_CUDA_TARGET} PRIVATE ${CMAKE_DL_LIBS})
endif()
