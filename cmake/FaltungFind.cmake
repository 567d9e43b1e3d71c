# faltung_find(PACKAGE TARGET): find_package, whose target a project that this one is a part of sees too, for it links the library
# with it. One that the other project has found, or makes itself, is taken as it is.
macro(faltung_find package target)
  if(NOT TARGET ${target})
    find_package(${package} REQUIRED)
    set_target_properties(${target} PROPERTIES IMPORTED_GLOBAL TRUE)
  endif()
endmacro()
