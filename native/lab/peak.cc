// Twelve chains of multiply-adds that never leave the registers: compiled once for each instruction set. Without an FMA
// instruction (SSE2) it is a multiplication and an addition, as in the kernels.
#include "../simd.h"

namespace heddle {
namespace HEDDLE_ISA {
namespace {

constexpr int CHAINS = 12;

// Returns the number of floating-point operations; `sink` keeps the compiler from dropping them.
double multiply_adds(int64_t rounds, float* sink) {
  vec chain[CHAINS];
  for (int i = 0; i < CHAINS; i++) chain[i] = splat(1.f + static_cast<float>(i));
  vec factor = splat(0.999999f), term = splat(1e-6f);
  // Unknown to the compiler, or it would compute the sums beforehand.
  asm volatile("" : "+m"(factor), "+m"(term));
  const vec a = factor, b = term;
  for (int64_t round = 0; round < rounds; round++) {
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; i++) chain[i] = chain[i] * a + b;
  }
  for (int i = 0; i < CHAINS; i++) *sink += sum(chain[i]);
  return 2.0 * W * CHAINS * static_cast<double>(rounds);
}

}  // namespace

using Loop = double (*)(int64_t, float*);
extern const Loop peak_loop;
const Loop peak_loop = multiply_adds;

}  // namespace HEDDLE_ISA
}  // namespace heddle
