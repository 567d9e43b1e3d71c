// The processors that this process may use.
#pragma once

namespace faltung {

int processor_count() noexcept;

// The calling thread may run on all of them, whatever the thread that started it was tied to.
void use_all_processors() noexcept;

// FALTUNG_NUM_THREADS, else OMP_NUM_THREADS, else the number of processors.
int default_thread_count() noexcept;

}  // namespace faltung
