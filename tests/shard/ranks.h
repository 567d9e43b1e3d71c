// Ranks that are threads of the test.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "faltung/group.h"

namespace faltung::test {

// Calls body(group) on each rank; what each of them threw, or nothing.
inline std::vector<std::string> faults_on_ranks(int ranks, std::chrono::milliseconds patience,
                                                const std::function<void(Group&)>& body) {
  std::vector<std::unique_ptr<Group>> groups = thread_groups(ranks, patience);
  std::vector<std::string> faults(groups.size());
  std::vector<std::thread> threads;
  for (std::size_t rank = 0; rank < groups.size(); ++rank)
    threads.emplace_back([&, rank] {
      try {
        body(*groups[rank]);
      } catch (const std::exception& error) {
        faults[rank] = error.what();
      }
      groups[rank].reset();
    });
  for (std::thread& thread : threads) thread.join();
  return faults;
}

// The first fault, or nothing.
inline std::string on_ranks(int ranks, const std::function<void(Group&)>& body) {
  for (const std::string& fault : faults_on_ranks(ranks, std::chrono::minutes(2), body))
    if (!fault.empty()) return fault;
  return {};
}

}  // namespace faltung::test
