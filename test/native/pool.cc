// What the engine's pool does with a task that throws: see pool.test.ts. Prints the first thing that is wrong, or nothing.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "../../native/threads.h"

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::printf("%s\n", what);
  std::exit(1);
}

template <typename Run>
std::string thrown_by(Run run) {
  try {
    run();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

// All parts, each once.
void require_whole_run(heddle::Pool& pool) {
  std::atomic<int> sum{0};
  pool.run(100, [&](int i, int) { sum += i; });
  require(sum == 4950, "a run after an exception is not whole");
}

void throw_on(heddle::Pool& pool, bool on_worker) {
  std::atomic<bool> has_thrown{false};
  std::atomic<int> later{0};
  const auto task = [&](int stage, int, int thread) {
    if (stage > 0) later++;
    if ((thread > 0) != on_worker) {
      while (!has_thrown) std::this_thread::yield();
      return;
    }
    has_thrown = true;
    throw std::runtime_error("thrown");
  };
  require(thrown_by([&] { pool.run_stages({8, 4}, task); }) == "thrown", "the caller does not get what a task threw");
  require(later == 0, "a stage began although one before it failed");
  require_whole_run(pool);
}

}  // namespace

int main() {
  heddle::Pool pool(3), alone(1);
  for (int round = 0; round < 200; round++) {
    throw_on(pool, false);
    throw_on(pool, true);
  }
  require(thrown_by([&] { alone.run(2, [](int, int) { throw std::runtime_error("alone"); }); }) == "alone", "one thread hides what a task threw");
  require_whole_run(alone);
}
