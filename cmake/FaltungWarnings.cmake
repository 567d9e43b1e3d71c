# Warnings and sanitizers for the project's own targets.
function(faltung_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)
  if(FALTUNG_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

if(FALTUNG_SANITIZE)
  list(JOIN FALTUNG_SANITIZE "," _sanitizers)
  add_compile_options(-fsanitize=${_sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${_sanitizers})
endif()
