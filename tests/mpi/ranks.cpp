// Processes of MPI: random divisions with the bits of one device, and what becomes of a rank that fails or hangs.
#include <cstdio>
#include <functional>
#include <stdexcept>

#include "faltung/mpi_group.h"
#include "shard/whole.h"

namespace {

using namespace faltung;

constexpr int divisions = 300;
constexpr std::chrono::milliseconds patience{1500};

void compare_divisions() {
  MpiGroup group(MPI_COMM_WORLD);
  test::RandomProblems random(1);  // the same on every rank
  for (int i = 0; i < divisions; ++i) {
    const test::DividedProblem divided = test::random_division(random, group.size());
    const test::Whole whole(divided.problem, random);
    if (divided.ranks == group.size()) test::compare_part(divided, whole, group);
  }
}

std::string fault_of(const std::function<void(Group&)>& body) {
  MpiGroup group(MPI_COMM_WORLD, patience);
  try {
    body(group);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

// Rank 0 sends the others what they wait for, unless something stops it.
void exchange(Group& group, const std::function<void()>& before) {
  double value = 1;
  std::vector<Message> sends, receives;
  for (int peer = 1; peer < group.size() && group.rank() == 0; ++peer) sends.push_back({peer, &value, sizeof value});
  if (group.rank() > 0) receives.push_back({0, &value, sizeof value});
  if (group.rank() == 0) before();
  group.start(sends, receives, {});
  group.finish({});
}

void expect(const std::string& fault, const std::string& words) {
  if (fault.find(words) == std::string::npos) throw std::runtime_error("'" + fault + "' does not say '" + words + "'");
}

void check_faults(int rank) {
  const std::string failed = fault_of([](Group& group) {
    exchange(group, [&] {
      group.abandon("no memory");
      throw Error(ErrorCode::OutOfMemory, "no memory");
    });
  });
  expect(failed, rank == 0 ? "no memory" : "rank 0 failed: no memory");
  MPI_Barrier(MPI_COMM_WORLD);
  const std::string hung =
      fault_of([](Group& group) { exchange(group, [] { std::this_thread::sleep_for(2 * patience); }); });
  expect(hung, rank == 0 ? "" : "waited 1500 ms for rank 0, in vain");
  MPI_Barrier(MPI_COMM_WORLD);
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  try {
    compare_divisions();
    check_faults(rank);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %d: %s\n", rank, error.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  MPI_Finalize();
}
