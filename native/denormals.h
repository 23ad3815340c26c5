// Numbers below 1.2e-38 become zero while this lives, on this thread. Weights that a regulariser shrinks end among
// them, and there every multiply-add takes about a hundred times as long.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace heddle {

class FlushDenormals {
 public:
  FlushDenormals() : before_(state()) { set(before_ | FLUSH); }
  ~FlushDenormals() { set(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr uint64_t FLUSH = 0x8040;  // results and operands
  static uint64_t state() { return _mm_getcsr(); }
  static void set(uint64_t state) { _mm_setcsr(static_cast<unsigned>(state)); }
#elif defined(__aarch64__)
  static constexpr uint64_t FLUSH = uint64_t{1} << 24;
  static uint64_t state() {
    uint64_t state;
    asm volatile("mrs %0, fpcr" : "=r"(state));
    return state;
  }
  static void set(uint64_t state) { asm volatile("msr fpcr, %0" : : "r"(state)); }
#else
  static constexpr uint64_t FLUSH = 0;
  static uint64_t state() { return 0; }
  static void set(uint64_t) {}
#endif

  uint64_t before_;
};

}  // namespace heddle
