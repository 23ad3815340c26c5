#include "lab.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "../executor.h"

namespace heddle {

using Loop = double (*)(int64_t, float*);
namespace baseline {
extern const Loop peak_loop;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Loop peak_loop;
}
namespace avx512 {
extern const Loop peak_loop;
}
#endif

namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t ROUNDS = 200'000;
constexpr int SLICES = 16;

Loop loop_for(const std::string& isa) {
  const std::string name = kernels_for(isa).name;
#if defined(__x86_64__)
  if (name == "avx512") return avx512::peak_loop;
  if (name == "avx2") return avx2::peak_loop;
#endif
  return baseline::peak_loop;
}

// The best of several slices: a peak is what the machine can do when nothing disturbs it.
double peak_of_thread(Loop loop) {
  float sink = 0;
  double best = 0;
  for (int slice = 0; slice < SLICES; slice++) {
    const auto started = Clock::now();
    const double operations = loop(ROUNDS, &sink);
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    best = std::max(best, operations / seconds / 1e9);
  }
  volatile float kept = sink;
  (void)kept;
  return best;
}

}  // namespace

double fma_peak(const std::string& isa, int threads) {
  const Loop loop = loop_for(isa);
  std::vector<double> peaks(threads);
  std::vector<std::thread> others;
  for (int i = 1; i < threads; i++) others.emplace_back([&, i] { peaks[i] = peak_of_thread(loop); });
  peaks[0] = peak_of_thread(loop);
  for (auto& other : others) other.join();
  double total = 0;
  for (const double peak : peaks) total += peak;
  return total;
}

}  // namespace heddle
