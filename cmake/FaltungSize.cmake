# How large what is built becomes; `tests/install` holds programs to a size.

# A section for each function and object, of which a program keeps what it uses (LINKER:--gc-sections).
function(faltung_sections target)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:C,CXX>:-ffunction-sections;-fdata-sections>")
endfunction()

# For what takes no time, in release builds: a whole target, whose precompiled header is then of the same level.
function(faltung_small target)
  faltung_sections(${target})
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
endfunction()

# The level of optimisation, in release builds, of the target's C++ sources whose paths match.
function(faltung_optimise target pattern level)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "${pattern}.*\\.cpp$")
  set_property(SOURCE ${sources} TARGET_DIRECTORY ${target} APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:Release>:${level}>)
endfunction()

# g++ compiles templates as the precompiled headers were, whatever level the file has; where that shows, a file does without.
function(faltung_without_precompiled target pattern)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "${pattern}.*\\.cpp$")
  set_property(SOURCE ${sources} TARGET_DIRECTORY ${target} PROPERTY SKIP_PRECOMPILE_HEADERS ON)
endfunction()
