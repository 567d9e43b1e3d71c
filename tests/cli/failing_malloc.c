// Loaded before a program's libraries: lets one allocation fail, or all from there on. They are counted from the
// program's first call of std::set_terminate, which is before its own objects are made; what the system's libraries do
// before is theirs. With FAIL_FROM_MAIN they are counted from main: where device code is linked in, the CUDA runtime
// registers it before main and ends the process where it gets no memory.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

typedef void (*terminate_handler)(void);

static atomic_bool counting;
static atomic_long count;

static long number(const char* variable) {
  const char* text = getenv(variable);
  return text ? atol(text) : 0;
}

static int fails(void) {
  static long at, on;
  if (!counting) return 0;
  const long now = ++count;
  if (at == 0) {
    at = number("FAIL_AT") ? number("FAIL_AT") : -1;
    on = number("FAIL_ON");
  }
  return at > 0 && (now == at || (on && now > at));
}

void* malloc(size_t size) {
  static void* (*real)(size_t);
  if (!real) real = (void* (*)(size_t))dlsym(RTLD_NEXT, "malloc");
  if (!fails()) return real(size);
  errno = ENOMEM;
  return NULL;
}

terminate_handler start_counting(terminate_handler handler) __asm__("_ZSt13set_terminatePFvvE");
terminate_handler start_counting(terminate_handler handler) {
  terminate_handler (*real)(terminate_handler) =
      (terminate_handler(*)(terminate_handler))dlsym(RTLD_NEXT, "_ZSt13set_terminatePFvvE");
  counting = counting || !number("FAIL_FROM_MAIN");
  return real(handler);
}

typedef int (*main_function)(int, char**, char**);
static main_function program;

static int counted_main(int argc, char** argv, char** environment) {
  counting = 1;
  return program(argc, argv, environment);
}

int __libc_start_main(main_function main, int argc, char** argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void* stack_end) {
  int (*real)(main_function, int, char**, void (*)(void), void (*)(void), void (*)(void), void*) =
      (int (*)(main_function, int, char**, void (*)(void), void (*)(void), void (*)(void), void*))dlsym(
          RTLD_NEXT, "__libc_start_main");
  program = main;
  return real(counted_main, argc, argv, init, fini, loader_fini, stack_end);
}

__attribute__((destructor)) static void tell(void) {
  if (number("FAIL_COUNT")) fprintf(stderr, "%ld\n", (long)count);
}
