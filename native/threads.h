// A small persistent pool. Parts are handed out one by one, so a slow core takes fewer; what a part computes
// never depends on who computes it.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "bell.h"

namespace heddle {

class Pool {
 public:
  // The pool with this many threads, the caller included; programs with equal counts share one.
  static std::shared_ptr<Pool> with(int threads);

  explicit Pool(int threads);
  ~Pool();

  int threads() const { return threads_; }

  // Runs task(i, thread) for every i in [0, count) and returns when all are done. `thread` counts from 0, the caller. What a task throws (no memory)
  // on any thread is thrown here, when all threads have left the run; tasks that have not begun are left out.
  void run(int count, const std::function<void(int, int)>& task);

  // Runs task(stage, part, thread) for every part of every stage, each of at least one; a stage begins when all parts of the one before it are done. The
  // caller begins at once and waits for no thread that is still asleep.
  void run_stages(const std::vector<int>& parts, const std::function<void(int, int, int)>& task);

  // Threads come to `work` for a shift, and leave it when the next one begins. Here they are the pool's own, for one shift that lasts as long as the
  // pool. In WebAssembly JavaScript starts them: src/engine/backends/wasm/threads.ts.
  int begin_shift();
  void work(int thread, int shift);
  // Where a throw is not caught but ends a thread's call, JavaScript says so here, and may let the thread work again.
  void fail(int thread);

  // Whether the thread that runs the pool may sleep: a page's main thread may not.
  bool may_sleep = true;

  // Held for a whole run: two programs that share a pool take turns.
  std::mutex turn;

 private:
  void take_parts(int thread);
  void leave(int thread);

  const int threads_;
  Bell bell_;
  std::atomic<int> shift_{0};

  // Threads that take part in the run; a worker enters it only while it is open. So the run's own fields stand still for those inside.
  static constexpr uint64_t OPEN = 1 << 16, RUN = 1 << 17;
  std::atomic<uint64_t> entrance_{0};  // number of the run * RUN, | OPEN, + workers inside

  // Stage and next part, in one number.
  static constexpr uint64_t STAGE = uint64_t{1} << 32;
  std::atomic<uint64_t> ticket_{0};
  std::atomic<int> finished_{0};  // parts of the stage
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;  // the first, written by the thread that set `failed_`
  const std::vector<int>* parts_ = nullptr;
  const std::function<void(int, int, int)>* task_ = nullptr;

#ifndef __wasm__
  std::vector<std::thread> workers_;
#endif
};

}  // namespace heddle
