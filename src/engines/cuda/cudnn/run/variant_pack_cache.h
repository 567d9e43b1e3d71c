// A thread's cache of variant packs, so that the layers of a network reuse theirs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace faltung::cuda_cudnn {

// The pointers of a run. A plan's serial number is never reused, unlike an address, so entries of a destroyed plan are
// never found.
struct Pointers {
  std::uint64_t plan = 0;  // serial number; 0: none
  void* x = nullptr;
  void* w = nullptr;
  void* y = nullptr;
  const void* bias = nullptr;
  const void* z = nullptr;
  void* workspace = nullptr;
  float alpha = 1;
  bool operator==(const Pointers&) const = default;
};

// A set-associative cache: `sets` hashes with `ways` entries each, replaced in FIFO order. Entries never move.
template <class Value, std::size_t sets = 128, std::size_t ways = 4>
class VariantPackCache {
 public:
  struct Entry {
    Pointers pointers;  // plan 0: empty
    Value value;
  };

  // The entry of these pointers, or null.
  Entry* find(const Pointers& pointers) noexcept {
    for (Entry& entry : set_of(pointers).entries)
      if (entry.pointers == pointers) return &entry;
    return nullptr;
  }

  // Drops the set's oldest entry and returns it, to be filled.
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
  // x, w and y identify a run well enough for hashing.
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
