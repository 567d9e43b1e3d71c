// Objects of the program and of threads that functions of atexit() and destructors of other objects may still need.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace faltung {

// Keeps the code and the static objects of the library in memory after the plug-in that holds it was closed.
void stay_loaded() noexcept;

// For a static object: it stays for the rest of the program, whoever runs at its end. What it owns is reachable from
// it, so leak checkers do not report it.
template <class T>
class NeverDestroyed {
 public:
  template <class... Arguments>
  explicit NeverDestroyed(Arguments&&... arguments) {
    ::new (storage_) T(std::forward<Arguments>(arguments)...);
    stay_loaded();
  }
  NeverDestroyed(const NeverDestroyed&) = delete;
  NeverDestroyed& operator=(const NeverDestroyed&) = delete;

  T& operator*() noexcept { return *std::launder(reinterpret_cast<T*>(storage_)); }
  const T& operator*() const noexcept { return *std::launder(reinterpret_cast<const T*>(storage_)); }

 private:
  alignas(T) std::byte storage_[sizeof(T)];
};

// One T a thread, made by the first get() and destroyed with the thread's other objects. Destructors that run after
// that get null and have to do without.
template <class T>
class PerThread {
 public:
  static T* get() {
    if (ended_) return nullptr;
    thread_local Holder holder;
    return &holder.object;
  }

 private:
  struct Holder {
    T object;
    ~Holder() { ended_ = true; }
  };
  static constinit inline thread_local bool ended_ = false;  // lives as long as the thread's memory
};

}  // namespace faltung
