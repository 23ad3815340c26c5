// Measurements of the machine itself, to hold the engine against.
#pragma once

#include <string>

namespace heddle {

// The multiply-adds that `threads` threads do out of registers alone, in GFLOPS (two operations each). Takes a
// hundredth of a second. Throws where the machine cannot run the instruction set.
double fma_peak(const std::string& isa, int threads);

}  // namespace heddle
