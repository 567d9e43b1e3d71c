// stress PROCESSES WRITERS RECORDS KILLS: processes, each with that many threads, put so many records a thread into one
// folder of tuning records, all into the same few hundred files, while others read, and while processes are killed at
// random points and begin again. No record that was put is lost, no file is torn, no reader ever meets a fault.
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tuning/store.h"

namespace {

using namespace faltung;
namespace fs = std::filesystem;

constexpr const char* environment = "device=cpu name=stress";
constexpr int keys = 400, most_processes = 64;

// Of all processes.
struct Shared {
  std::atomic<bool> was_put[keys];
  std::atomic<long> written, found, faults;
  std::atomic<bool> done;
  std::atomic<long> next[most_processes];  // record of each process: a killed one goes on there
};

struct Options {
  int processes, writers;
  long records;
  int kills;
  std::string folder;
};

TuningKey key_of(int number) {
  static const ConvProblem problem = canonical(parse_problem("fwd f32 nchw n1 c2 k2 i6x6 f3x3"));
  return {problem, number + 1};
}

TuningRecord record_of(int number, long seconds) {
  TuningRecord record;
  record.key = key_of(number);
  record.engine = fmt::format("engine.{}", number);
  record.seconds = static_cast<double>(seconds);
  record.environment = environment;
  return record;
}

// Whether the key has a record that somebody put there. One that was put before must be found.
void look(Shared& shared, const RecordFolder& folder, int number) {
  const bool must_be_there = shared.was_put[number].load();
  const auto found = folder.find(key_of(number));
  if (!found && !must_be_there) return;
  ++shared.found;
  if (found && found->fault.empty() && found->record.engine == fmt::format("engine.{}", number)) return;
  ++shared.faults;
  std::fprintf(stderr, "key %d: %s\n", number, found ? found->fault.c_str() : "a record is lost");
}

void write(Shared& shared, const Options& options, int process) {
  std::mt19937 random(std::random_device{}());
  for (long i; (i = shared.next[process].fetch_add(1)) < options.records * options.writers;) {
    const int number = static_cast<int>(random() % keys);
    put_tuning(options.folder, record_of(number, i));
    shared.was_put[number].store(true);
    ++shared.written;
    if (i % 64 == 0) look(shared, RecordFolder(options.folder, environment), number);
  }
}

void work(Shared& shared, const Options& options, int process) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < options.writers; ++i) threads.emplace_back([&] { write(shared, options, process); });
}

void read(Shared& shared, const Options& options) {
  std::mt19937 random(std::random_device{}());
  while (shared.written.load() == 0) std::this_thread::yield();  // folders are looked for once
  while (!shared.done.load()) {
    const RecordFolder folder(options.folder, environment);
    for (int i = 0; i < keys; ++i) look(shared, folder, static_cast<int>(random() % keys));
    for (const TuningEntry& entry : list_tuning(options.folder)) shared.faults += !entry.fault.empty();
  }
}

template <class Body>
pid_t start(const Body& body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int code = 0;
  try {
    body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    code = 1;
  }
  std::_Exit(code);
}

bool ended_well(pid_t child) {
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Kills and starts again; true if all writers ended well after that.
bool run_writers(Shared& shared, const Options& options) {
  std::vector<pid_t> writers;
  for (int i = 0; i < options.processes; ++i) writers.push_back(start([&] { work(shared, options, i); }));
  std::mt19937 random(std::random_device{}());
  for (int i = 0; i < options.kills; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
    const int victim = static_cast<int>(random() % writers.size());
    ::kill(writers[victim], SIGKILL);
    ::waitpid(writers[victim], nullptr, 0);
    writers[victim] = start([&] { work(shared, options, victim); });
  }
  bool well = true;
  for (const pid_t writer : writers) well = ended_well(writer) && well;
  return well;
}

int stress(const Options& options) {
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& shared = *new (memory) Shared{};
  const pid_t readers[] = {start([&] { read(shared, options); }), start([&] { read(shared, options); })};
  bool well = run_writers(shared, options);
  shared.done = true;
  for (const pid_t reader : readers) well = ended_well(reader) && well;
  const RecordFolder folder(options.folder, environment);
  for (int i = 0; i < keys; ++i) look(shared, folder, i);
  std::printf("%ld records written, %ld found, %ld faults, %d kills\n", shared.written.load(), shared.found.load(),
              shared.faults.load(), options.kills);
  return well && shared.faults == 0 && shared.found > 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  std::string name = (fs::temp_directory_path() / "faltung-stress-XXXXXX").string();
  if (!::mkdtemp(name.data())) return 1;
  const int code = stress(
      {std::atoi(arguments[1]), std::atoi(arguments[2]), std::atol(arguments[3]), std::atoi(arguments[4]), name});
  fs::remove_all(name);
  return code;
}
