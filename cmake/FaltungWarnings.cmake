# Warnings and sanitizers for the project's own targets.
function(faltung_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wno-missing-field-initializers
    -Wno-psabi)  # GCC 4.4 called structures of complex numbers differently; nobody mixes them
  if(FALTUNG_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

if(FALTUNG_SANITIZE)
  list(JOIN FALTUNG_SANITIZE "," _sanitizers)
  add_compile_options(-fsanitize=${_sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${_sanitizers})
endif()

if(FALTUNG_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "FALTUNG_FUZZ needs clang: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
