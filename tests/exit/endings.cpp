// A program that convolves while it ends: endings SCENARIO. It exits with 0 if everything worked, as often as it
// should.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "convolves.h"

namespace {

int wanted = 0, done = 0;

void work(const char* when) {
  if (!faltung::test::everything_works()) {
    std::fprintf(stderr, "wrong in %s\n", when);
    _exit(1);
  }
  ++done;
}

struct Works {
  const char* when;
  explicit Works(const char* name) : when(name) { ++wanted; }
  ~Works() { work(when); }
};

// The first object of the program is the last to go.
struct Last {
  ~Last() {
    if (done != wanted) {
      std::fprintf(stderr, "%d of %d endings\n", done, wanted);
      _exit(1);
    }
  }
} last;

Works early_static("a destructor of an object made before the library was used");

void at_exit(void (*handler)()) {
  ++wanted;
  std::atexit(handler);
}

void use_everything() {
  ++wanted;
  work("main");
}

void first_use_at_the_end() {}

void static_objects() {
  use_everything();
  static Works late_static("a destructor of an object made after it");
}

void handlers() {
  at_exit([] { work("a handler registered before the library was used"); });
  use_everything();
  at_exit([] { work("a handler registered after it"); });
}

// The thread's objects go in the opposite order.
void thread_objects() {
  thread_local Works before("a thread's object made before the library was used");
  use_everything();
  thread_local Works after("a thread's object made after it");
}

void thread_objects_of_a_thread() { std::thread(thread_objects).join(); }

void first_use_at_the_end_of_a_thread() {
  std::thread([] { thread_local Works only("a thread's object, the first to use the library there"); }).join();
}

void exit_by_a_thread() {
  use_everything();
  std::thread([] {
    thread_objects();
    std::exit(0);
  }).detach();
  for (;;) faltung::test::convolves();  // beside the handlers and destructors
}

void threads_that_go_on() {
  use_everything();
  for (int i = 0; i < 3; ++i)
    std::thread([] {
      for (;;)
        if (!faltung::test::convolves()) _exit(1);
    }).detach();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

struct Scenario {
  std::string_view name;
  void (*run)();
};

constexpr Scenario scenarios[] = {{"first_use_at_the_end", first_use_at_the_end},
                                  {"static_objects", static_objects},
                                  {"handlers", handlers},
                                  {"thread_objects", thread_objects},
                                  {"thread_objects_of_a_thread", thread_objects_of_a_thread},
                                  {"first_use_at_the_end_of_a_thread", first_use_at_the_end_of_a_thread},
                                  {"exit_by_a_thread", exit_by_a_thread},
                                  {"threads_that_go_on", threads_that_go_on}};

}  // namespace

int main(int argc, char** argv) {
  for (const Scenario& scenario : scenarios)
    if (argc == 2 && scenario.name == argv[1]) return scenario.run(), 0;
  std::fprintf(stderr, "there is no such scenario\n");
  _exit(2);
}
