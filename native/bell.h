// Threads wait for a change of atomics; a thread that changes one rings.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace heddle {

class Bell {
 public:
  // Spins, then sleeps until `ready`, which reads atomics. A page's main thread may only spin.
  template <typename Ready>
  void wait_until(Ready ready, bool may_sleep = true) {
    for (int i = 0; i < SPINS || !may_sleep; i += may_sleep) {
      if (ready()) return;
      pause();
    }
    sleep_until(ready);
  }

  // A sleeper counts itself before it looks for the last time, and this looks for sleepers after the change: one of the two sees the other.
  void ring() {
    if (sleepers_ > 0) wake();
  }

 private:
  // Long enough to bridge the gap between two stages, or two calls that follow each other, short enough not to starve other processes.
#ifdef __wasm__
  static constexpr int SPINS = 40000;  // without a pause
#else
  static constexpr int SPINS = 2000;
#endif

  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  std::atomic<int> sleepers_{0};

#ifdef __wasm__
  // The C library has no threads, so these are WebAssembly's own instructions.
  template <typename Ready>
  void sleep_until(Ready ready) {
    while (!ready()) {
      sleepers_++;
      const int seen = rings_;
      if (!ready()) doze(seen);
      sleepers_--;
    }
  }

  void doze([[maybe_unused]] int seen) {
#ifdef __wasm_atomics__
    __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&rings_), seen, -1);
#endif
  }

  void wake() {
    rings_++;
#ifdef __wasm_atomics__
    __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&rings_), -1);
#endif
  }

  std::atomic<int> rings_{0};
#else
  template <typename Ready>
  void sleep_until(Ready ready) {
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_++;
    rung_.wait(lock, ready);
    sleepers_--;
  }

  void wake() {
    // Taken, so that no sleeper is between its last look and its sleep.
    { std::lock_guard<std::mutex> lock(mutex_); }
    rung_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable rung_;
#endif
};

}  // namespace heddle
