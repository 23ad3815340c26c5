// A small persistent pool. Tasks are handed out one by one, so a slow core takes fewer; what a task computes
// never depends on who runs it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace heddle {

class Pool {
 public:
  // The pool with this many threads, the caller included; programs with equal counts share one.
  static std::shared_ptr<Pool> with(int threads);

  explicit Pool(int threads);
  ~Pool();

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Runs task(i, thread) for every i in [0, count) and returns when all are done. `thread` counts from 0.
  void run(int count, const std::function<void(int, int)>& task);

  // Held for a whole run: two programs that share a pool take turns.
  std::mutex turn;

 private:
  void work(int thread);
  void take_tasks(int thread);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<int> next_{0}, busy_{0};
  std::atomic<bool> stop_{false};
  int count_ = 0;
  const std::function<void(int, int)>* task_ = nullptr;
};

}  // namespace heddle
