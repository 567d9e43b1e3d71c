// Allocations that fail on demand: those of the process's operator new and aligned_alloc.
#pragma once

namespace faltung::test {

// From here on `before` allocations of any thread succeed, the next one fails, and all later ones succeed again.
void fail_one_allocation_after(long before) noexcept;
// Whether it has failed. None fails from here on.
bool allocation_has_failed() noexcept;

// Blocks of operator new that nobody has deleted yet.
long blocks_in_use() noexcept;

}  // namespace faltung::test
