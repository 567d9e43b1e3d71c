# Fails if a program, stripped, has more bytes than it may: cmake -DPROGRAM=… -DSTRIP=… -DLIMIT=… -P size_limit.cmake
execute_process(COMMAND ${STRIP} -o ${PROGRAM}.stripped ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
file(SIZE ${PROGRAM}.stripped bytes)
message(STATUS "${bytes} bytes of at most ${LIMIT}")
if(bytes GREATER LIMIT)
  message(FATAL_ERROR "${PROGRAM} has ${bytes} bytes without symbols; it may have ${LIMIT}")
endif()
