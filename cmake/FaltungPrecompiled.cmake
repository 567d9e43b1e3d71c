# Precompiled headers: most files spend 0.5 of 0.9 seconds on reading the standard library. Off behind a compiler launcher, since
# ccache keeps nothing that was compiled with them, and in the clang presets, which prove that every file includes what it needs.
if(CMAKE_CXX_COMPILER_LAUNCHER AND NOT DEFINED CMAKE_DISABLE_PRECOMPILE_HEADERS)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()

# faltung_precompile(TARGET <HEADER>…): those headers and the usual ones of the standard library.
function(faltung_precompile target)
  target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <complex> <cstdint> <functional> <map> <memory>
    <optional> <span> <string> <string_view> <vector> ${ARGN})
  # g++ 12 then takes some concatenations of strings for overflows; without precompiled headers it does not.
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13 AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-restrict>")
  endif()
endfunction()
