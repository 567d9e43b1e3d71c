# Warnings and sanitizers for the project's own targets.
function(faltung_warnings target)
  set(warnings -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wno-missing-field-initializers
    -Wno-psabi)  # GCC 4.4 called structures of complex numbers differently; nobody mixes them
  set(cuda_warnings -Xcompiler=-Wall,-Wextra,-Wno-missing-field-initializers)
  if(FALTUNG_WERROR)
    list(APPEND warnings -Werror)
    list(APPEND cuda_warnings -Werror=all-warnings)
  endif()
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:C,CXX>:${warnings}>" "$<$<COMPILE_LANGUAGE:CUDA>:${cuda_warnings}>")
endfunction()

if(FALTUNG_SANITIZE)
  list(JOIN FALTUNG_SANITIZE "," _sanitizers)
  add_compile_options("$<$<COMPILE_LANGUAGE:C,CXX>:-fsanitize=${_sanitizers};-fno-sanitize-recover=all;-fno-omit-frame-pointer>")
  add_link_options(-fsanitize=${_sanitizers})
endif()

if(FALTUNG_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "FALTUNG_FUZZ needs clang: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
