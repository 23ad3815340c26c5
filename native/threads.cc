#include "threads.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "denormals.h"

namespace heddle {

std::shared_ptr<Pool> Pool::with(int threads) {
  static std::mutex mutex;
  static std::map<int, std::weak_ptr<Pool>> pools;
  std::lock_guard<std::mutex> lock(mutex);
  auto pool = pools[threads].lock();
  if (!pool) pools[threads] = pool = std::make_shared<Pool>(threads);
  return pool;
}

Pool::Pool(int threads) : threads_(threads) {
#ifndef __wasm__
  for (int thread = 1; thread < threads; thread++) workers_.emplace_back([this, thread] { work(thread, 0); });
#endif
}

Pool::~Pool() {
  begin_shift();
#ifndef __wasm__
  for (auto& worker : workers_) worker.join();
#endif
}

int Pool::begin_shift() {
  const int shift = ++shift_;
  bell_.ring();
  return shift;
}

void Pool::run(int count, const std::function<void(int, int)>& task) {
  run_stages({count}, [&](int, int part, int thread) { task(part, thread); });
}

void Pool::run_stages(const std::vector<int>& parts, const std::function<void(int, int, int)>& task) {
  const FlushDenormals flush;
  const int stages = static_cast<int>(parts.size());
  if (threads_ == 1 || std::all_of(parts.begin(), parts.end(), [](int count) { return count <= 1; })) {
    for (int stage = 0; stage < stages; stage++)
      for (int part = 0; part < parts[stage]; part++) task(stage, part, 0);
    return;
  }
  const auto nobody_is_inside = [this] { return entrance_ % OPEN == 0; };
  bell_.wait_until(nobody_is_inside, may_sleep);  // `fail` may have ended the run before
  parts_ = &parts;
  task_ = &task;
  ticket_ = 0;
  finished_ = 0;
  failed_ = false;
  entrance_ = (entrance_ / RUN + 1) * RUN | OPEN;
  bell_.ring();
  take_parts(0);
  leave(0);
  bell_.wait_until(nobody_is_inside, may_sleep);
  if (!failed_) return;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  throw std::runtime_error("A thread of the engine has failed.");
}

void Pool::take_parts(int thread) {
  const auto stage_of = [](uint64_t ticket) { return static_cast<size_t>(ticket / STAGE); };
  const auto part_of = [](uint64_t ticket) { return static_cast<int>(ticket % STAGE); };
  for (uint64_t seen = ticket_; stage_of(seen) < parts_->size() && !failed_; seen = ticket_) {
    const size_t stage = stage_of(seen);
    const int count = (*parts_)[stage];
    if (part_of(seen) >= count) {
      bell_.wait_until([&] { return stage_of(ticket_) != stage || failed_; }, thread > 0 || may_sleep);
      continue;
    }
    // Fails where another thread took this part.
    if (!ticket_.compare_exchange_weak(seen, seen + 1)) continue;
    try {
      (*task_)(static_cast<int>(stage), part_of(seen), thread);
    } catch (...) {
      if (!failed_.exchange(true)) failure_ = std::current_exception();
      bell_.ring();
      return;
    }
    if (++finished_ < count) continue;
    finished_ = 0;
    ticket_ = (stage + 1) * STAGE;
    bell_.ring();
  }
}

void Pool::leave(int thread) {
  entrance_ -= thread == 0 ? OPEN : 1;
  bell_.ring();
}

void Pool::work(int thread, int shift) {
  const FlushDenormals flush;
  for (uint64_t last = 0;;) {
    bell_.wait_until([&] { return shift_ != shift || (entrance_ & OPEN && entrance_ / RUN != last); });
    if (shift_ != shift) return;
    uint64_t entrance = entrance_;
    if (!(entrance & OPEN) || !entrance_.compare_exchange_strong(entrance, entrance + 1)) continue;
    last = entrance / RUN;
    take_parts(thread);
    leave(thread);
  }
}

void Pool::fail(int thread) {
  if (thread == 0 && !(entrance_ & OPEN)) return;  // it threw outside of a run
  failed_ = true;
  leave(thread);
}

}  // namespace heddle
