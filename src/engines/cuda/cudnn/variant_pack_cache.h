// Packs of pointers that a thread used before, so that a network's layers run in turn without making them again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace faltung::cuda_cudnn {

// The pointers of a run. Serial numbers of plans are never used again, as an address may be: an entry of a plan that is
// gone is never found.
struct Pointers {
  std::uint64_t plan = 0;  // its serial number
  void* x = nullptr;
  void* w = nullptr;
  void* y = nullptr;
  const void* bias = nullptr;
  const void* z = nullptr;
  void* workspace = nullptr;
  float alpha = 1;
  bool operator==(const Pointers&) const = default;
};

// Values by pointers: `ways` places for each of `sets` hashes, the oldest of which makes room. Entries never move.
template <class Value, std::size_t sets = 128, std::size_t ways = 4>
class PackTable {
 public:
  struct Entry {
    Pointers pointers;  // plan 0: none
    Value value;
  };

  // The entry of these pointers, or null.
  Entry* find(const Pointers& pointers) noexcept {
    for (Entry& entry : set_of(pointers).entries)
      if (entry.pointers == pointers) return &entry;
    return nullptr;
  }

  // A place for them, whose old value is dropped first.
  Entry& place(const Pointers& pointers) {
    Set& set = set_of(pointers);
    Entry& entry = set.entries[set.oldest];
    set.oldest = (set.oldest + 1) % ways;
    entry.pointers = {};
    entry.value = Value();
    return entry;
  }

 private:
  struct Set {
    std::array<Entry, ways> entries;
    std::size_t oldest = 0;
  };

  static std::uint64_t mixed(std::uint64_t hash, std::uint64_t next) noexcept {
    hash = (hash ^ next) * 0x9E3779B97F4A7C15;
    return hash ^ hash >> 32;
  }
  // Pointers that only some runs have tell no more than these do.
  Set& set_of(const Pointers& p) noexcept {
    std::uint64_t hash = mixed(0, p.plan);
    for (const void* pointer :
         {static_cast<const void*>(p.x), static_cast<const void*>(p.w), static_cast<const void*>(p.y)})
      hash = mixed(hash, reinterpret_cast<std::uintptr_t>(pointer));
    return all_[hash % sets];
  }

  std::array<Set, sets> all_;
};

}  // namespace faltung::cuda_cudnn
