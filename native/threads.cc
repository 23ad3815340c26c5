#include "threads.h"

#include <algorithm>
#include <map>
#include <utility>

#include "denormals.h"

namespace heddle {
namespace {

// Long enough to bridge the gap between two stages, or two calls that follow each other, short enough not to starve other processes.
constexpr int SPINS = 2000;

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

std::shared_ptr<Pool> Pool::with(int threads) {
  static std::mutex mutex;
  static std::map<int, std::weak_ptr<Pool>> pools;
  std::lock_guard<std::mutex> lock(mutex);
  auto pool = pools[threads].lock();
  if (!pool) pools[threads] = pool = std::make_shared<Pool>(threads);
  return pool;
}

Pool::Pool(int threads) {
  for (int thread = 1; thread < threads; thread++) workers_.emplace_back([this, thread] { work(thread); });
}

Pool::~Pool() {
  stop_ = true;
  announce();
  for (auto& worker : workers_) worker.join();
}

// Spins, then sleeps. `ready` reads atomics, and who changes them announces it.
template <typename Ready>
void Pool::wait_until(Ready ready) {
  for (int i = 0; i < SPINS; i++) {
    if (ready()) return;
    pause();
  }
  std::unique_lock<std::mutex> lock(mutex_);
  sleepers_++;
  changed_.wait(lock, ready);
  sleepers_--;
}

// A sleeper counts itself before it looks for the last time, and this looks for sleepers after the change: one of the two sees the other.
void Pool::announce() {
  if (sleepers_ == 0) return;
  // Taken, so that no sleeper is between its last look and its sleep.
  { std::lock_guard<std::mutex> lock(mutex_); }
  changed_.notify_all();
}

void Pool::run(int count, const std::function<void(int, int)>& task) {
  run_stages({count}, [&](int, int part, int thread) { task(part, thread); });
}

void Pool::run_stages(const std::vector<int>& parts, const std::function<void(int, int, int)>& task) {
  const FlushDenormals flush;
  const int stages = static_cast<int>(parts.size());
  if (workers_.empty() || std::all_of(parts.begin(), parts.end(), [](int count) { return count <= 1; })) {
    for (int stage = 0; stage < stages; stage++)
      for (int part = 0; part < parts[stage]; part++) task(stage, part, 0);
    return;
  }
  parts_ = &parts;
  task_ = &task;
  ticket_ = 0;
  failed_ = false;
  entrance_ = (entrance_ / RUN + 1) * RUN | OPEN;
  announce();
  take_parts(0);
  entrance_ -= OPEN;
  wait_until([this] { return entrance_ % OPEN == 0; });
  if (failed_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Pool::take_parts(int thread) {
  const auto stage_of = [](uint64_t ticket) { return static_cast<size_t>(ticket / STAGE); };
  const auto part_of = [](uint64_t ticket) { return static_cast<int>(ticket % STAGE); };
  for (uint64_t seen = ticket_; stage_of(seen) < parts_->size(); seen = ticket_) {
    const size_t stage = stage_of(seen);
    const int count = (*parts_)[stage];
    if (part_of(seen) >= count) {
      wait_until([&] { return stage_of(ticket_) != stage; });
      continue;
    }
    // Fails where another thread took this part.
    if (!ticket_.compare_exchange_weak(seen, seen + 1)) continue;
    try {
      if (!failed_) (*task_)(static_cast<int>(stage), part_of(seen), thread);
    } catch (...) {
      if (!failed_.exchange(true)) failure_ = std::current_exception();
    }
    if (++finished_ < count) continue;
    finished_ = 0;
    ticket_ = (stage + 1) * STAGE;
    announce();
  }
}

void Pool::work(int thread) {
  const FlushDenormals flush;
  for (uint64_t last = 0;;) {
    const auto called = [&] { return stop_ || (entrance_ & OPEN && entrance_ / RUN != last); };
    wait_until(called);
    if (stop_) return;
    uint64_t entrance = entrance_;
    if (!(entrance & OPEN) || !entrance_.compare_exchange_strong(entrance, entrance + 1)) continue;
    last = entrance / RUN;
    take_parts(thread);
    entrance_--;
    announce();
  }
}

}  // namespace heddle
